"""What a device measures is written whole, read back, and never made up."""

import copy
import json
import re

import numpy as np
import pytest
import torch

from dlbook.compare import ParityError, find_case, speed_table
from dlbook.compare import recording as recording_module
from dlbook.compare import speed as speed_module
from dlbook.compare.__main__ import main
from dlbook.compare.cases.neurons.neuron import NeuronCase
from dlbook.compare.recording import (
    RECORDS,
    read_records,
    record_device,
    recorded_on_gpu,
    write_record,
)


class SmallNeuron(NeuronCase):
    sizes = ((5, 3), (7, 2))
    bench_size = (7, 2)


@pytest.fixture(scope="module")
def cpu_record():
    lines = []
    record = record_device(
        "cpu",
        [SmallNeuron()],
        command="python -m dlbook.compare",
        rounds=2,
        min_time=0,
        report=lines.append,
    )
    assert len(lines) == 4
    return record


@pytest.fixture
def gpu_record(cpu_record):
    """A record as a GPU would give it, with numbers that no machine measured."""
    record = copy.deepcopy(cpu_record)
    record["device"] = "cuda"
    record["gpu"] = {"name": "Test GPU", "driver": "1.2.3", "cuda": "12.0"}
    record["date"] = "2026-01-31"
    for i, result in enumerate(record["results"]):
        result["median"] = 0.5 + i
    return record


def test_record_holds_what_and_where(cpu_record):
    assert [r["size"] for r in cpu_record["results"]] == [[5, 3], [7, 2]]
    assert all(r["median"] > 0 and r["unit"] == "pass" for r in cpu_record["results"])
    assert [(p["size"], p["type"]) for p in cpu_record["parity"]] == [
        ([5, 3], "float64"),
        ([7, 2], "float32"),
    ]
    assert cpu_record["machine"]["versions"]["torch"] == torch.__version__
    assert cpu_record["machine"]["versions"]["numpy"] == np.__version__
    assert "filepath" not in json.dumps(cpu_record)


def test_round_trip(tmp_path, cpu_record):
    path = tmp_path / "folder" / "machine.json"
    write_record(path, cpu_record)
    assert read_records(path.parent) == [cpu_record]
    assert [p.name for p in path.parent.iterdir()] == ["machine.json"]


def test_newest_gpu_record_is_taken(tmp_path, cpu_record, gpu_record):
    newer = copy.deepcopy(gpu_record)
    newer["date"] = "2026-03-01"
    newer["gpu"]["name"] = "Newer GPU"
    newer["results"] = newer["results"][:1]
    write_record(tmp_path / "cpu.json", cpu_record)
    write_record(tmp_path / "a-newer.json", newer)
    write_record(tmp_path / "b-older.json", gpu_record)
    assert recorded_on_gpu("neuron", (5, 3), folder=tmp_path).gpu == "Newer GPU"
    older = recorded_on_gpu("neuron", (7, 2), folder=tmp_path)
    assert (older.gpu, older.date, older.timing.median) == (
        "Test GPU",
        "2026-01-31",
        1.5,
    )
    assert recorded_on_gpu("neuron", (9, 9), folder=tmp_path) is None
    assert recorded_on_gpu("linear", (5, 3), folder=tmp_path) is None
    assert recorded_on_gpu("neuron", (5, 3), "float64", tmp_path) is None


def test_cpu_record_is_no_gpu_row(tmp_path, cpu_record):
    write_record(tmp_path / "cpu.json", cpu_record)
    assert recorded_on_gpu("neuron", (5, 3), folder=tmp_path) is None


@pytest.mark.parametrize(
    "field",
    ["format", "device", "machine", "date", "command", "results", "parity", "gpu"],
)
def test_incomplete_record_is_neither_written_nor_read(tmp_path, gpu_record, field):
    del gpu_record[field]
    if field == "device":
        gpu_record["device"] = ""
    path = tmp_path / "bad.json"
    with pytest.raises(ValueError, match=field):
        write_record(path, gpu_record)
    assert not path.exists()
    path.write_text(json.dumps(gpu_record))
    with pytest.raises(ValueError, match=r"bad\.json: .*" + field):
        read_records(tmp_path)


@pytest.mark.parametrize("median", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_time_is_refused(tmp_path, gpu_record, median):
    gpu_record["results"][0]["median"] = median
    with pytest.raises(ValueError, match="neuron took"):
        write_record(tmp_path / "bad.json", gpu_record)


def test_result_without_a_field_is_refused(tmp_path, gpu_record):
    del gpu_record["results"][0]["rounds"]
    with pytest.raises(ValueError, match="a result lacks 'rounds'"):
        write_record(tmp_path / "bad.json", gpu_record)


def test_a_file_that_is_no_json_is_named(tmp_path):
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ValueError, match=r"bad\.json is not JSON"):
        read_records(tmp_path)


def test_records_of_the_package_are_complete_and_of_known_cases():
    for record in read_records(RECORDS):
        for result in record["results"]:
            case = find_case(result["case"])
            assert len(result["size"]) == len(case.axes)


def test_case_that_disagrees_is_not_recorded():
    class Wrong(SmallNeuron):
        @staticmethod
        def ours(x, weight, bias):
            return x @ weight + bias

    with pytest.raises(ParityError):
        record_device("cpu", [Wrong()], command="", report=lambda line: None)


def test_gpu_that_is_not_there_is_refused():
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(RuntimeError, match="no CUDA device"):
        record_device("cuda", [SmallNeuron()], command="")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_gpu_is_recorded():
    record = record_device("cuda", [SmallNeuron()], command="", rounds=2, min_time=0)
    assert record["gpu"]["name"]


def table_of(monkeypatch, folder, **options):
    monkeypatch.setattr(speed_module, "best_device", lambda: "cpu")
    monkeypatch.setattr(
        speed_module,
        "recorded_on_gpu",
        lambda case, size: recorded_on_gpu(case, size, folder=folder),
    )
    return speed_table(SmallNeuron, rounds=2, min_time=0, **options)


def test_without_a_record_the_gpu_is_not_measured(monkeypatch, tmp_path):
    found = table_of(monkeypatch, tmp_path)
    assert [row.who for row in found.rows] == [
        "NumPy (dlbook)",
        "torch, CPU",
        "torch, GPU",
    ]
    assert found.rows[2].timing is None
    for text in (repr(found), found._repr_markdown_()):
        assert re.search(r"torch, GPU[ |]+not measured", text)


def test_recorded_row_says_so(monkeypatch, tmp_path, gpu_record):
    write_record(tmp_path / "gpu.json", gpu_record)
    found = table_of(monkeypatch, tmp_path)
    note = f"Test GPU, recorded 2026-01-31, torch {torch.__version__}"
    assert f"| torch, GPU ({note}) | 1.50 s |" in found._repr_markdown_()


def test_table_says_what_was_measured(monkeypatch, tmp_path):
    text = table_of(monkeypatch, tmp_path)._repr_markdown_()
    assert text.startswith("| size: batch × inputs | computed by | median |")
    assert "| 7 × 2 | NumPy (dlbook) |" in text
    assert "float32, time per pass, forward and backward: median of 2 rounds" in text
    assert "1 thread" in text
    numpy_line = next(line for line in text.splitlines() if "NumPy (dlbook)" in line)
    assert numpy_line.endswith("| 1 |")


def test_several_sizes_make_a_figure(monkeypatch, tmp_path, gpu_record):
    write_record(tmp_path / "gpu.json", gpu_record)
    found = table_of(monkeypatch, tmp_path, sizes=SmallNeuron.sizes)
    assert len(found.rows) == 6
    assert len(found.figure().axes[0].lines) == 3
    with pytest.raises(ValueError, match="at least two sizes"):
        table_of(monkeypatch, tmp_path).figure()
    with pytest.raises(ValueError, match="at least one size"):
        table_of(monkeypatch, tmp_path, sizes=[])


def test_command_lists_the_cases(capsys):
    assert main(["--list"]) == 0
    text = capsys.readouterr().out
    assert "  neuron: One neuron, sigmoid" in text
    assert "    batch × inputs: 5 × 3, 100 × 4, 10000 × 100" in text


def test_command_writes_a_record(tmp_path, capsys, monkeypatch):
    path = tmp_path / "cpu.json"
    monkeypatch.setattr(
        recording_module, "time_call", quick(recording_module.time_call)
    )
    arguments = ["--cases", "scalar-engine", "--rounds", "2", "--record", str(path)]
    assert main(arguments) == 0
    (record,) = read_records(tmp_path)
    assert record["command"].endswith(" ".join(arguments))
    assert {r["case"] for r in record["results"]} == {"scalar-engine"}
    assert f"written: {path}" in capsys.readouterr().out


def quick(time_call):
    return lambda call, **options: time_call(call, **(options | {"min_time": 0}))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cases", "nuron"], "no case 'nuron'"),
        (["--cases", "neuron", "--rounds", "1"], "rounds must be at least 2"),
        (["bench", "--rounds", "3"], "--rounds at least 15"),
        (["bench", "--rows", "nuron"], "no case 'nuron'"),
    ],
)
def test_command_refuses_what_it_cannot_do(arguments, message, capsys):
    assert main(arguments) == 1
    assert message in capsys.readouterr().err
