"""A way is checked before it is timed, and a failure is written down."""

import copy
import dataclasses
import math
import types

import pytest
import torch

from dlbook.compare import ParityError, find_case, recording
from dlbook.compare import __main__ as command
from dlbook.compare import ways_record as module
from dlbook.compare.timing import Timing
from dlbook.compare.ways import WAYS
from dlbook.compare.ways_record import (
    in_one_line,
    largest_difference,
    measure_ways,
    validate_ways,
)
from dlbook.compare.workloads import WORKLOADS

SMALL = tuple(
    dataclasses.replace(workload, size=size)
    for workload, size in zip(WORKLOADS, [(16,), (20, 8, 4, 6), (8, 6, 4)], strict=True)
)
PRODUCT, MLP, _ = SMALL
BY_NAME = {way.name: way for way in WAYS}
TIMES = {"median", "first_quartile", "third_quartile", "rounds", "loops"}


def measured(*names, workloads=(PRODUCT,), **options):
    options = {"rounds": 2, "min_time": 0, "report": lambda line: None} | options
    ways = [BY_NAME[name] for name in names]
    return measure_ways("cpu", workloads=workloads, ways=ways, **options)


def test_what_runs_on_a_cpu_is_measured_and_the_rest_says_why():
    lines = []
    names = ("float32", "tf32", "bfloat16", "graph")
    entries = measured(*names, workloads=SMALL[:2], report=lines.append)
    assert [(e["workload"], e["way"]) for e in entries] == [
        (workload, name) for workload in ("product", "mlp") for name in names
    ]
    for entry in entries:
        assert entry["tolerance"] == BY_NAME[entry["way"]].tolerance
        if entry["way"] in ("tf32", "graph"):
            assert "needs a GPU, not 'cpu'" in entry["failed"]
            assert not TIMES & set(entry)
        else:
            assert "failed" not in entry
            assert 0 < entry["difference"] < entry["tolerance"]
            assert entry["median"] > 0
            assert entry["rounds"] == 2
    assert entries[0]["size"] == [16]
    assert lines[0].startswith("way     product 16 float32: ")
    assert lines[1].startswith("way     product 16 tf32: failed: RuntimeError: ")
    validate_ways(entries, "record")


def test_without_a_compiler_compiling_fails_in_one_line(monkeypatch):
    def compiled(function, **options):
        def call(*inputs):
            raise NotImplementedError("backend raised:\n  no compiler\n\n" + "x" * 500)

        return call

    monkeypatch.setattr(torch, "compile", compiled)
    monkeypatch.setattr(torch.compiler, "reset", lambda: None)
    failed, measured_after = measured("compile", "float32")
    assert failed["failed"] == "NotImplementedError: backend raised: no compiler ..."
    assert "failed" not in measured_after


def test_a_way_that_gives_other_numbers_is_not_timed(monkeypatch):
    monkeypatch.setattr(
        torch, "compile", lambda function, **options: lambda a, b: function(a, b) * 1.01
    )
    monkeypatch.setattr(torch.compiler, "reset", lambda: None)
    monkeypatch.setattr(module, "time_call", None)
    (entry,) = measured("compile")
    assert entry["failed"] == "ParityError: differs by 1.0e-02, more than 1e-04"


def test_a_number_that_is_not_finite_is_a_disagreement(monkeypatch):
    monkeypatch.setattr(
        torch,
        "compile",
        lambda function, **options: lambda a, b: function(a, b) * math.nan,
    )
    monkeypatch.setattr(torch.compiler, "reset", lambda: None)
    assert "ParityError: differs by nan" in measured("compile")[0]["failed"]


def test_float32_that_is_not_full_float32_is_refused():
    """As TF32 where it cannot be turned off: every other way would look slow."""

    def build(size, device, dtype):
        problem = PRODUCT.build(size, device, dtype)
        if dtype == "float64":
            return problem
        return dataclasses.replace(
            problem, forward=lambda a, b: a.half().float() @ b.half().float()
        )

    (entry,) = measured(
        "float32", workloads=[dataclasses.replace(PRODUCT, build=build)]
    )
    assert entry["failed"].startswith("ParityError: differs by ")


def test_training_that_diverges_is_no_time(monkeypatch):
    def time_call(call, **options):
        with torch.no_grad():
            for parameter in parameters:
                parameter.fill_(math.inf)
        return Timing(1.0, 1.0, 1.0, 2, 1)

    parameters = []

    def build(*arguments):
        problem = MLP.build(*arguments)
        parameters[:] = problem.parameters
        return problem

    monkeypatch.setattr(module, "time_call", time_call)
    workload = dataclasses.replace(MLP, build=build)
    (entry,) = measured("bfloat16", workloads=[workload])
    assert entry["failed"] == "FloatingPointError: diverged while it was timed"


def test_memory_that_does_not_suffice_is_a_failure_of_that_workload():
    def build(*arguments):
        raise torch.cuda.OutOfMemoryError("out of memory")

    large = dataclasses.replace(PRODUCT, name="large", build=build)
    first, second = measured("float32", workloads=[large, PRODUCT])
    assert first["failed"] == "OutOfMemoryError: out of memory"
    assert "failed" not in second


def test_no_way_is_begun_after_its_time():
    entries = measured("float32", "bfloat16", seconds=0)
    assert [e["failed"] for e in entries] == ["TimeoutError: no time was left"] * 2


def test_the_time_counts_from_the_beginning(monkeypatch):
    now = iter([1000.0, 1000.0, 1009.9, 1010.0])
    clock = types.SimpleNamespace(monotonic=lambda: next(now))
    monkeypatch.setattr(module, "time", clock)
    entries = measured("float32", "float32", "float32", seconds=10)
    assert ["failed" in entry for entry in entries] == [False, False, True]


@pytest.mark.parametrize("options", [{"rounds": 1}, {"min_time": -1.0}])
def test_bad_input_is_no_failure_of_a_way(options):
    with pytest.raises(ValueError, match="rounds must be at least 2 and min_time"):
        measured("float32", **options)


def test_largest_difference():
    one = torch.tensor([3.0, 4.0])
    zero = torch.zeros(2)
    assert largest_difference([one, one], [one, one]) == 0.0
    assert largest_difference([one, 2 * one], [one, one]) == 1.0
    assert largest_difference([one], [zero]) == 5.0  # nothing to be relative to
    assert math.isnan(largest_difference([one * math.nan, one], [one, one]))


def test_an_error_without_words_has_a_class():
    assert in_one_line(KeyError()) == "KeyError:"
    assert len(in_one_line(ValueError("many words " * 100))) <= 160


def good_entry():
    return {
        "workload": "product",
        "size": [4096],
        "way": "tf32",
        "tolerance": 0.03,
        "difference": 0.001,
        "median": 1.0,
        "first_quartile": 0.9,
        "third_quartile": 1.1,
        "rounds": 15,
        "loops": 1,
    }


@pytest.mark.parametrize("field", sorted(good_entry()))
def test_an_entry_without_a_field_is_refused(field):
    entry = good_entry()
    validate_ways([entry], "a.json")
    del entry[field]
    with pytest.raises(ValueError, match=rf"a\.json: a way lacks '{field}'"):
        validate_ways([entry], "a.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"median": 0.0}, "tf32 took 0.0 s"),
        ({"median": math.inf}, "tf32 took inf s"),
        ({"difference": 0.04}, "differs by 0.04, more than 0.03"),
        ({"difference": math.nan}, "differs by nan"),
        ({"failed": ""}, None),
    ],
)
def test_an_impossible_entry_is_refused(change, message):
    entries = [good_entry() | change]
    if message is None:
        return validate_ways(entries, "a.json")
    with pytest.raises(ValueError, match=message):
        validate_ways(entries, "a.json")


def test_an_entry_that_is_no_object_is_refused():
    with pytest.raises(ValueError, match="a way is no object: 3"):
        validate_ways([3], "a.json")


@pytest.fixture
def asked(monkeypatch):
    """What a record of a GPU that is not there asks the ways."""
    asked = []

    def measure(device, **options):
        asked.append({"device": device} | options)
        return [good_entry()]

    timing = Timing(1.0, 1.0, 1.0, 2, 1)
    monkeypatch.setattr(recording, "checked", lambda *_: [{"case": "neuron"}])
    monkeypatch.setattr(recording, "timed", lambda *_: timing)
    monkeypatch.setattr(recording, "gpu", lambda device: {"name": "Test GPU"})
    monkeypatch.setattr(recording, "measure_ways", measure)
    return asked


def record(device, **options):
    options = {"rounds": 2, "seconds": 100.0, "report": lambda line: None} | options
    return recording.record_device(
        device, [find_case("neuron")], command="python", **options
    )


def test_ways_are_recorded_after_the_cases_in_the_time_that_is_left(asked, tmp_path):
    found = record("cuda:1", ways=True)
    assert found["ways"] == [good_entry()]
    (options,) = asked
    assert options["device"] == "cuda:1"
    assert options["rounds"] == 2
    assert 90 < options["seconds"] <= 100
    recording.write_record(tmp_path / "gpu.json", found)
    assert recording.read_records(tmp_path) == [found]
    broken = copy.deepcopy(found)
    del broken["ways"][0]["loops"]
    with pytest.raises(ValueError, match="a way lacks 'loops'"):
        recording.write_record(tmp_path / "gpu.json", broken)


def test_the_cases_leave_time_for_the_ways(asked, monkeypatch):
    shares = []

    def timed(case, size, device, rounds, min_time, share):
        shares.append(share)
        return Timing(1.0, 1.0, 1.0, 2, 1)

    monkeypatch.setattr(recording, "timed", timed)
    record("cuda", ways=True)
    record("cuda")
    points = len(find_case("neuron").sizes)
    assert shares[0] == pytest.approx(70 / points, rel=0.05)
    assert shares[points] == pytest.approx(100 / points, rel=0.05)


def test_no_ways_on_a_cpu_nor_unasked(asked):
    assert "ways" not in record("cpu", ways=True)
    assert "ways" not in record("cuda")
    assert asked == []


@pytest.mark.parametrize(
    ("arguments", "ways"), [([], True), (["--cases", "neuron"], False)]
)
def test_the_command_asks_for_ways_unless_cases_are_chosen(
    monkeypatch, arguments, ways
):
    asked = []

    def record_device(device, cases, **options):
        asked.append(options["ways"])
        raise ParityError("enough")

    monkeypatch.setattr(command, "record_device", record_device)
    assert command.main(["--device", "cuda", *arguments]) == 1
    assert asked == [ways]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_every_way_on_a_gpu():
    entries = measure_ways("cuda", workloads=SMALL, rounds=2, min_time=0)
    assert len(entries) == len(SMALL) * len(WAYS)
    for entry in entries:
        if entry["way"] not in ("compile", "together"):  # they need a compiler
            assert "failed" not in entry, entry
