"""The record of every case: what is refused, what time allows, what it needs."""

import subprocess
import sys

import numpy as np
import pytest

from dlbook.compare import ParityError, all_cases
from dlbook.compare import recording as module
from dlbook.compare.__main__ import main
from dlbook.compare.case import TrainingCase
from dlbook.compare.cases import PARTS
from dlbook.compare.cases.backprop.training import MlpStepCase
from dlbook.compare.cases.neurons.neuron import NeuronCase
from dlbook.compare.recording import check, parity_points, record_device, timed
from dlbook.compare.timing import Timing

SINGLE = np.dtype(np.float32)


class SmallNeuron(NeuronCase):
    sizes = ((5, 3), (7, 2))
    bench_size = (7, 2)


class Wrong(SmallNeuron):
    name = "wrong"

    @staticmethod
    def ours(x, weight, bias):
        return x @ weight + bias


class SlightlyWrong(SmallNeuron):
    """Off by one part in two thousand, about as far as TF32."""

    name = "slightly-wrong"

    @staticmethod
    def ours(x, weight, bias):
        return NeuronCase.ours(x, weight, bias) * (1 + 5e-4)


def recorded(cases, **options):
    options = {"rounds": 2, "min_time": 0, "report": lambda line: None} | options
    return record_device("cpu", cases, command="python", **options)


def test_every_part_is_recorded_and_sweeps_with_it():
    names = [case.name for part in PARTS.values() for case in part]
    assert list(all_cases()) == names
    assert {"linear-batches", "linear-widths", "mlp-batches"} <= set(names)
    assert set(PARTS) >= {"neurons", "transformer", "compression"}


def test_a_case_that_disagrees_is_refused_and_the_others_are_recorded():
    lines = []
    record = recorded([Wrong(), SmallNeuron()], report=lines.append)
    assert [r["case"] for r in record["results"]] == ["neuron", "neuron"]
    assert [p["case"] for p in record["parity"]] == ["neuron", "neuron"]
    (refused,) = record["refused"]
    assert refused["case"] == "wrong"
    assert "differ by more than" in refused["reason"]
    assert lines[0].startswith("REFUSED wrong: ")


def test_the_command_says_so_and_fails(monkeypatch, tmp_path, capsys):
    import dlbook.compare.__main__ as command

    seen = []

    def record(device, cases, **options):
        seen.append(options["seconds"])
        return recorded([Wrong(), SmallNeuron()])

    monkeypatch.setattr(command, "record_device", record)
    path = tmp_path / "record.json"
    assert main(["--cases", "neuron", "--record", str(path), "--minutes", "2"]) == 1
    assert seen == [120.0]
    assert path.exists()
    assert "refused: wrong: " in capsys.readouterr().err


def test_single_precision_is_held_to_the_root_mean_square():
    assert check(SmallNeuron(), (7, 2), SINGLE, "cpu") < 1e-5
    with pytest.raises(ParityError, match="root mean square of the difference 5"):
        check(SlightlyWrong(), (7, 2), SINGLE, "cpu")
    with pytest.raises(ParityError, match="differ by more than"):
        check(SlightlyWrong(), (5, 3), np.dtype(np.float64), "cpu")


def test_long_sums_in_single_precision_are_no_disagreement():
    """Where one element of many is off by what its sum's rounding may do."""
    for name in ("conv-lenet-1", "conv-depthwise", "residual-block"):
        case = all_cases()[name]
        found = check(case, case.bench_size, SINGLE, "cpu")
        assert np.isfinite(found)


def test_parity_comes_before_time_and_covers_what_is_timed():
    for case in all_cases().values():
        points = parity_points(case)
        assert case.bench_size in [size for size, _ in points]
        assert {dtype.name for _, dtype in points} >= {"float64"}
        if isinstance(case, TrainingCase):
            assert points[0] == (case.bench_size, np.dtype(np.float64))
            assert points[1] == (case.sizes[0], SINGLE)
    kinds = []
    recorded([SmallNeuron()], report=lambda line: kinds.append(line.split()[0]))
    assert kinds == ["parity", "parity", "time", "time"]


@pytest.fixture
def asked(monkeypatch):
    """What `time_call` is asked, with a clock that moves by 0.1 s at each look."""
    now, asked = [0.0], []

    def monotonic():
        now[0] += 0.05
        return now[0]

    def time_call(call, *, device, rounds, min_time):
        asked.append(rounds)
        return Timing(1.0, 1.0, 1.0, rounds, 1)

    monkeypatch.setattr(module.time, "monotonic", monotonic)
    monkeypatch.setattr(module, "time_call", time_call)
    return asked


@pytest.mark.parametrize(
    ("share", "rounds"), [(10.0, 15), (0.75, 11), (0.4, 4), (0.3, 3), (-5.0, 3)]
)
def test_fewer_rounds_where_time_is_short(asked, share, rounds):
    # one call takes 0.05 s by the clock; four go to the trials
    timed(SmallNeuron(), (5, 3), "cpu", 15, 0.02, share + 1e-6)
    assert asked == [rounds]


def test_a_step_is_the_unit_of_a_training_run(asked):
    size = MlpStepCase.sizes[0]
    assert timed(MlpStepCase(), size, "cpu", 3, 0.0, 1.0).median == 1.0 / 20


def test_time_that_is_left_is_shared_among_what_is_left(asked):
    record = recorded([SmallNeuron()], rounds=100, seconds=1.0)
    assert asked[0] <= asked[1] < 20
    assert [r["rounds"] for r in record["results"]] == asked
    with pytest.raises(ValueError, match="seconds must be positive, got 0"):
        recorded([SmallNeuron()], seconds=0)


@pytest.mark.slow
def test_every_case_needs_numpy_and_torch_alone():
    """Torch's side of every case, and parity for one of each part, without the rest."""
    program = """
import importlib.machinery, sys
NOT_THERE = {"sklearn", "scipy", "matplotlib", "pooch", "platformdirs", "tqdm",
             "IPython", "ipywidgets", "safetensors", "threadpoolctl"}
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in NOT_THERE:
            return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        raise ModuleNotFoundError(module.__name__)
sys.meta_path.insert(0, Hidden())
import numpy as np
from dlbook.compare import all_cases
from dlbook.compare.cases import PARTS
from dlbook.compare.recording import checked
for case in all_cases().values():
    case.their_call(case.sizes[0], np.float32, "cpu")()
for part in PARTS.values():
    checked(part[0], "cpu", lambda line: None)
print("all")
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert answer.stdout.strip() == "all", answer.stderr
