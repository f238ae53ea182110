"""The roof, what lies under it, and its record. No test asserts a time."""

import dataclasses
import json
import pathlib
import re

import numpy as np
import pytest

from dlbook.autograd.grad_mode import is_grad_enabled
from dlbook.compare import roof as roof_module
from dlbook.compare import roofline as module
from dlbook.compare.__main__ import main
from dlbook.compare.roof import Roof, measure_roof
from dlbook.compare.roofline import (
    Operation,
    Roofline,
    RooflinePoint,
    all_operations,
    measure_roofline,
    read_roofline,
    recorded_roofline,
)
from dlbook.compare.timing import Timing
from dlbook.compare.work import Work

ROOF = Roof(peak=100e9, copy=15e9, triad=20e9, cache=80e9)
POINTS = (
    RooflinePoint("linear", "2 × 3", Work(8_000_000_000, 80_000_000), 0.1),
    RooflinePoint("addition", "9", Work(1_000_000, 12_000_000), 0.001),
    RooflinePoint("embedding", "5", Work(0, 4_000), 0.001),
)
MADE = Roofline(ROOF, POINTS, "Test CPU", 1, {"numpy": "2.0"}, "2026-01-31")


def test_roof_is_slanted_then_flat():
    assert ROOF.bandwidth == 20e9
    assert ROOF.ridge == 5
    assert ROOF.attainable(0) == 0
    assert ROOF.attainable(1) == 20e9
    assert ROOF.attainable(5) == ROOF.attainable(500) == 100e9


@pytest.mark.parametrize("name", ["peak", "copy", "triad", "cache"])
@pytest.mark.parametrize("value", [0.0, -1.0, np.inf, np.nan])
def test_impossible_roof(name, value):
    with pytest.raises(ValueError, match=f"{name} must be positive"):
        dataclasses.replace(ROOF, **{name: value})


@pytest.fixture
def calls(monkeypatch):
    """The options of each timing; all take two seconds, on small arrays."""
    calls = []

    def two_seconds(call, **options):
        call()
        calls.append(options)
        return Timing(2.0, 1.0, 4.0, 5, 1)

    monkeypatch.setattr(roof_module, "time_call", two_seconds)
    monkeypatch.setattr(roof_module, "MATRIX", 8)
    monkeypatch.setattr(roof_module, "MEMORY", 100)
    monkeypatch.setattr(roof_module, "CACHE", 10)
    return calls


def test_roof_counts_what_it_moves(calls):
    found = measure_roof(rounds=3, min_time=0.5, clock="process")
    # 8^3 products and additions; 2, 5 and 2 arrays of 4 bytes a number
    assert found == Roof(8**3, 400, 5 * 200, 40)
    assert calls == [{"rounds": 3, "min_time": 0.5, "clock": "process"}] * 4


def test_roof_times_a_product_two_copies_and_a_triad(calls, monkeypatch):
    done = []

    class Watched:
        def __getattr__(self, name):
            function = getattr(np, name)

            def noted(*arrays, **options):
                done.append((name, *arrays, *options.values()))
                return function(*arrays, **options)

            watched = name in ("matmul", "multiply", "add", "copyto")
            return noted if watched else function

    monkeypatch.setattr(roof_module, "np", Watched())
    measure_roof()
    names = [name for name, *_ in done]
    assert names == ["matmul", "copyto", "multiply", "add", "copyto"]
    (_, a, b, product), _, (_, c, _, target), (_, _, other, _), _ = done
    np.testing.assert_array_equal(product, a @ b)
    np.testing.assert_array_equal(target, other + 3 * c)
    for _, *arrays in done:
        assert {array.dtype.name for array in arrays} == {"float32"}
    for _, written, read in (done[1], done[4]):
        assert not np.shares_memory(written, read)


def test_points_under_the_roof():
    linear, addition, embedding = POINTS
    assert linear.speed == 80e9
    assert linear.limit(ROOF) == "arithmetic"
    assert linear.share(ROOF) == pytest.approx(0.8)
    assert addition.limit(ROOF) == "memory"
    assert addition.traffic == 12e9
    assert addition.share(ROOF) == pytest.approx(0.6)
    assert embedding.speed == 0
    assert embedding.share(ROOF) == pytest.approx(2e-4)


def test_display():
    text = repr(MADE)
    wanted = ["linear", "2 × 3", "100", "arithmetic", "100 ms", "80", "0.8", "0.80"]
    assert [cell.strip() for cell in re.split("  +", text.splitlines()[1])] == wanted
    assert text.endswith(MADE.caption)
    for words in ("Test CPU, 1 thread, NumPy 2.0, 2026-01-31", "100 GFLOP/s", "5.0 FL"):
        assert words in MADE.caption
    assert MADE._repr_markdown_().startswith("| operation | size |")
    assert "2 threads" in dataclasses.replace(MADE, num_threads=2).caption
    legend = MADE.figure().legends[0].get_texts()
    assert [entry.get_text() for entry in legend] == ["addition", "linear"]


def test_round_trip(tmp_path):
    path = tmp_path / "new" / "folder" / "one.json"
    MADE.write(path)
    assert read_roofline(path) == MADE
    text = path.read_text("utf-8")
    assert "2 × 3" in text
    assert text.endswith("}\n")
    newer = dataclasses.replace(MADE, date="2026-02-01")
    newer.write(path.parent / "a.json")
    assert recorded_roofline(path.parent) == newer
    assert recorded_roofline(tmp_path) is None


def test_a_time_that_is_no_number_is_not_written(tmp_path):
    broken = dataclasses.replace(POINTS[0], seconds=np.nan)
    with pytest.raises(ValueError, match="not JSON compliant"):
        dataclasses.replace(MADE, points=(broken,)).write(tmp_path / "one.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "change",
    [
        {"roof": {"peak": 1.0}},
        {"roof": {"peak": -1.0, "copy": 1.0, "triad": 1.0, "cache": 1.0}},
        {"points": [{"name": "a"}]},
        {"date": "today"},
        {"more": 1},
    ],
)
def test_what_is_no_roofline_is_refused(tmp_path, change):
    MADE.write(tmp_path / "bad.json")
    held = json.loads((tmp_path / "bad.json").read_text("utf-8")) | change
    (tmp_path / "bad.json").write_text(json.dumps(held), "utf-8")
    with pytest.raises(ValueError, match=r"bad\.json is no recorded roofline"):
        read_roofline(tmp_path / "bad.json")


def test_recorded_rooflines_of_the_package_can_be_read():
    for path in module.ROOFLINES.glob("*.json"):
        assert read_roofline(path).points


OPERATIONS = {operation.name: operation for operation in all_operations()}


def test_names_are_unique():
    assert len(OPERATIONS) == len(all_operations())
    assert sum(operation.work.flops == 0 for operation in OPERATIONS.values()) == 1


SMALL = {
    "linear": (module.linear(3, 4, 5), (3, 5)),
    "vector": (module.linear(1, 4, 5), (1, 5)),
    "padded": (module.convolution(2, 3, 6, 4, 3), (2, 4, 6, 6)),
    "not padded": (module.convolution(2, 3, 6, 4, 5), (2, 4, 2, 2)),
    "attention": (module.attention(2, 3, 4, 5), (2, 3, 4, 5)),
    "softmax": (module.softmax(3, 4), (3, 4)),
    "layer norm": (module.layer_norm(3, 4), (3, 4)),
    "gelu": (module.gelu(7), (7,)),
    "addition": (module.addition(7), (7,)),
    "max pooling": (module.max_pooling(2, 3, 6, 2), (2, 3, 3, 3)),
    "embedding": (module.embedding(10, 4, 3), (4, 3)),
}


@pytest.mark.parametrize("name", SMALL)
def test_operation_does_what_its_size_says(name):
    operation, shape = SMALL[name]
    result = operation.prepare(np.random.default_rng(0))()
    assert result.shape == shape
    assert result.dtype == np.float32


def test_linear_says_whether_there_is_a_batch():
    names = [module.linear(batch, 4, 5).name for batch in (1, 2, 3)]
    assert names == ["linear, batch 1", "linear", "linear"]


def test_addition_adds():
    total = module.addition(7).prepare(np.random.default_rng(0))()
    a, b = module.tensors(np.random.default_rng(0), (7,), (7,))
    np.testing.assert_array_equal(total.data, a.data + b.data)


def test_lstm_and_adam(rng):
    output, _ = module.lstm(4, 3, 5, 2).prepare(rng)()
    assert output.shape == (4, 3, 2)
    module.adam(6).prepare(rng)()
    assert module.lstm(4, 3, 5, 2).work.flops == module.work.lstm_work(4, 3, 5, 2).flops


def test_measuring():
    seen = []

    def prepare(rng):
        seen.append(rng.random())
        return lambda: seen.append(is_grad_enabled())

    operations = [Operation("one", "1", Work(5, 7), prepare)] * 2
    found = measure_roofline(operations, rounds=2, min_time=0)
    assert [point.name for point in found.points] == ["one", "one"]
    assert found.points[0].seconds > 0
    assert found.points[0].work == Work(5, 7)
    assert True not in seen  # nothing is recorded for a backward pass
    numbers = [value for value in seen if isinstance(value, float)]
    assert numbers == [np.random.default_rng(0).random()] * 2
    assert found.num_threads == 1
    assert found.versions["numpy"] == np.__version__


def test_command_line(monkeypatch, tmp_path, capsys):
    import dlbook.compare.__main__ as command

    asked = []

    def measure(**options):
        asked.append(options)
        return MADE

    monkeypatch.setattr(command, "measure_roofline", measure)
    path = tmp_path / "here.json"
    assert main(["roofline", "--threads", "2", "--json", str(path)]) == 0
    options = {"rounds": 15, "min_time": 0.02}
    assert asked == [options | {"num_threads": 2, "clock": "wall"}]
    assert read_roofline(pathlib.Path(path)) == MADE
    printed = capsys.readouterr().out
    assert "Test CPU" in printed
    assert f"written: {path}" in printed
    assert main(["roofline"]) == 0
    assert asked[1] == options | {"num_threads": 1, "clock": "process"}
    assert "written" not in capsys.readouterr().out
