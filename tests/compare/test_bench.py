"""The benchmark's harness: settings, gates and limits. No test asserts a time."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from dlbook.compare import Cost
from dlbook.compare import bench as benchmark
from dlbook.compare.__main__ import gated, main
from dlbook.compare.cases import find_case
from dlbook.compare.cases.neurons.neuron import NeuronCase
from dlbook.compare.timing import Timing


class GatedNeuron(NeuronCase):
    sizes = ((5, 3),)
    bench_size = (5, 3)
    gate = 2.0

    def cost(self, size, dtype=None):
        return Cost(flops=6e9, moved=4e9)


def rows(monkeypatch, ratio):
    monkeypatch.setattr(
        benchmark,
        "time_both",
        lambda ours, theirs, **options: (
            Timing(12.0, 11.0, 13.0, 15, 1),
            Timing(6.0, 5.0, 7.0, 15, 1),
            ratio,
        ),
    )
    machine = {"flops": 3e9, "bandwidth": 1e9}
    return benchmark.measure_row(GatedNeuron(), machine, 15, 0.0, "process")


@pytest.mark.parametrize(("ratio", "holds"), [(1.99, True), (2.0, True), (2.01, False)])
def test_gate_is_held_against_the_ratio(monkeypatch, ratio, holds):
    row = rows(monkeypatch, ratio)
    assert row["holds"] is holds
    assert ("MISSED" in benchmark.line(row)) is not holds


def test_gates_are_for_one_thread(monkeypatch):
    timing = Timing(12.0, 11.0, 13.0, 15, 1)
    monkeypatch.setattr(benchmark, "time_both", lambda *_, **__: (timing, timing, 9.0))
    machine = {"flops": 3e9, "bandwidth": 1e9}
    monkeypatch.setattr(benchmark, "measure_machine", lambda clock: machine)
    held = {
        n: benchmark.bench([GatedNeuron()], num_threads=n)["rows"][0] for n in (1, 2)
    }
    assert (held[1]["gate"], held[1]["holds"]) == (2.0, False)
    assert (held[2]["gate"], held[2]["holds"]) == (None, None)


def test_limit_is_the_slower_of_arithmetic_and_traffic(monkeypatch):
    # 6e9 flops at 3e9 a second: 2 s; 4e9 bytes at 1e9 a second: 4 s; ours took 12 s
    assert rows(monkeypatch, 1.0)["over_limit"] == pytest.approx(3.0)


def test_every_row_of_the_benchmark_has_a_gate():
    names = {case.name for case in gated()}
    assert names == {
        "linear",
        "cross-entropy",
        "gelu-tanh",
        "gelu-exact",
        "engine",
        "scalar-engine",
        "mlp-step",
        "adam",
        "conv-3x3",
        "conv-lenet-1",
        "conv-lenet-2",
        "conv-1x1",
        "conv-strided",
        "max-pool-2x2",
        "lenet-step",
        "embedding",
        "embedding-words",
        "lstm",
        "gru",
        "multi-head",
        "multi-head-causal",
        "gpt",
        "batch-norm",
        "layer-norm",
        "int8-product",
    }
    assert all(case.gate > 0 for case in gated())


def test_a_row_names_the_side_that_it_is_held_against(monkeypatch):
    assert rows(monkeypatch, 1.0)["against"] == "torch"
    case = find_case("int8-product")
    size = case.sizes[0]
    x, weight = case.inputs(size, np.float32, np.random.default_rng(0))
    product = case.rival_call(size, np.float32)()
    assert product.dtype == np.float32
    np.testing.assert_array_equal(product, case.our_call(size, np.float32)())
    np.testing.assert_array_equal(product, x.astype(np.int64) @ weight)
    timed = []

    def time_both(ours, theirs, **options):
        timed.extend([ours(), theirs()])
        return Timing(1.0, 1.0, 1.0, 15, 1), Timing(1.0, 1.0, 1.0, 15, 1), 1.0

    monkeypatch.setattr(benchmark, "time_both", time_both)
    machine = {"flops": 3e9, "bandwidth": 1e9}
    row = benchmark.measure_row(case, machine, 15, 0.0, "process")
    assert row["against"] == "own float32 product"
    assert [array.dtype for array in timed] == [np.int32, np.float32]


def test_too_few_rounds_are_refused():
    with pytest.raises(ValueError, match="rounds must be at least 15"):
        benchmark.bench([], rounds=14)


def test_settings_reach_the_new_process(monkeypatch):
    started = []

    def run(command, env, check):
        started.append((command, env))
        status = {"1": 0, "2": 7}[command[-3]]
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(benchmark.subprocess, "run", run)
    monkeypatch.delenv(benchmark.CHILD, raising=False)
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Zen")
    assert main(["bench", "--threads", "2", "--coretype", "Haswell"]) == 7
    ((command, env),) = started
    assert command[1:4] == ["-m", "dlbook.compare", "bench"]
    assert env["OPENBLAS_CORETYPE"] == "Haswell"
    assert {env[f"{name}_NUM_THREADS"] for name in ("OMP", "MKL", "OPENBLAS")} == {"2"}
    assert (
        env["MALLOC_TRIM_THRESHOLD_"] == env["MALLOC_MMAP_THRESHOLD_"] == "1073741824"
    )
    assert command[-4:] == ["--threads", "2", "--json", "_build/bench_2_threads.json"]
    assert env["PATH"] == os.environ["PATH"]
    assert env["OMP_WAIT_POLICY"] == "PASSIVE"
    assert main(["bench", "--json", "x/y.json"]) == 7
    assert started[1][1].get("OMP_WAIT_POLICY") == os.environ.get("OMP_WAIT_POLICY")
    threads_and_file = [command[-3::2] for command, _ in started[1:]]
    assert threads_and_file == [["1", "x/y.json"], ["2", "x/y_2_threads.json"]]
    assert started[1][1]["OPENBLAS_CORETYPE"] == "Zen"


@pytest.mark.slow
def test_benchmark_runs_and_writes_what_it_measured(tmp_path):
    path = tmp_path / "out" / "bench.json"
    arguments = ["bench", "--threads", "1", "--json", str(path), "--rows"]
    arguments += ["engine", "scalar-engine"]
    answer = subprocess.run(
        [sys.executable, "-m", "dlbook.compare", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(path.read_text("utf-8"))
    assert [row["case"] for row in report["rows"]] == ["engine", "scalar-engine"]
    assert report["threads"] == 1
    assert report["clock"] == "process"
    assert report["environment"]["OMP_NUM_THREADS"] == "1"
    assert report["machine"]["versions"]["torch"] == torch.__version__
    assert report["peak"]["flops"] > 0
    assert all(row["ours"] > 0 and row["torch"] > 0 for row in report["rows"])
    assert "Scalar engine" in answer.stdout
    assert f"written: {path}" in answer.stdout


def test_check_turns_a_missed_gate_into_a_failure(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(benchmark.CHILD, "1")
    report = {"rows": [{"title": "Linear", "holds": False}]}
    monkeypatch.setattr(benchmark, "bench", lambda cases, **options: report)
    arguments = ["bench", "--threads", "1", "--json", str(tmp_path / "bench.json")]
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 1
    assert "missed the gate: Linear" in capsys.readouterr().out
    report["rows"][0]["holds"] = True
    assert main([*arguments, "--check"]) == 0
