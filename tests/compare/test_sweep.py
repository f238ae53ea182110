"""Sweeps: the sizes rise along one axis; crossings come from the rows of the table."""

import sys

import numpy as np
import pytest

import dlbook.compare.sweep  # noqa: F401  (the function of this name hides the module)
from dlbook.compare import SweepCase, all_cases, find_case, sweep
from dlbook.compare.cases.compression.acceleration import LinearBatchesCase
from dlbook.compare.speed import NUMPY, TORCH_CPU, TORCH_GPU, SpeedRow, SpeedTable
from dlbook.compare.sweep import Sweep
from dlbook.compare.timing import Timing

SWEEPS = {n: c for n, c in all_cases().items() if isinstance(c, SweepCase)}
MODULE = sys.modules["dlbook.compare.sweep"]


def test_there_are_sweeps_of_batch_and_width():
    assert {case.swept for case in SWEEPS.values()} >= {"batch", "inputs", "queries"}


@pytest.mark.parametrize("name", SWEEPS)
def test_sizes_rise_along_the_axis_alone(name):
    case = SWEEPS[name]
    along = [case.along(size) for size in case.sizes]
    assert len(along) >= 6
    assert along == sorted(set(along))
    first = np.array(case.sizes[0])
    for size in case.sizes:
        changed = {
            case.axes[i] for i in np.flatnonzero(np.array(size) != first).tolist()
        }
        allowed = {"linear-widths": "outputs", "attention-lengths": "keys"}
        assert changed <= {case.swept, allowed.get(name)}
        assert not case.gate


def row(who, size, seconds):
    timing = seconds and Timing(seconds, seconds, seconds, 5, 1)
    return SpeedRow(who, size, timing, "" if timing else "not measured")


def made(gpu):
    case = LinearBatchesCase()
    rows = []
    for n, size in enumerate(case.sizes[:3]):
        rows += [
            row(NUMPY, size, 1e-3 * 4**n),
            row(TORCH_CPU, size, 2e-3 * 2**n),
            row(TORCH_GPU, size, gpu[n]),
        ]
    return Sweep(case, SpeedTable(case, tuple(rows), 1, True, "Test CPU"))


def test_crossings_of_each_pair():
    # 1, 4, 16 and 2, 4, 8 ms at batches 1, 4, 16: equal at 4
    ours, gpu, both = made([3e-3, 3e-3, 3e-3]).crossings()
    assert (ours.one, ours.other, ours.sizes) == (NUMPY, TORCH_CPU, (4.0,))
    assert gpu.sizes == pytest.approx((1.5**2,))
    assert both.sizes == pytest.approx((3.0,))
    assert str(ours) == "NumPy (dlbook) and torch, CPU cross at 4"
    text = repr(made([3e-3, 3e-3, 3e-3]))
    assert "torch, CPU and torch, GPU cross at 2.25" in text


def test_a_gpu_that_was_not_measured_crosses_nothing():
    result = made([None, None, None])
    ours, gpu, both = result.crossings()
    assert ours.sizes == (4.0,)
    assert not gpu.measured
    assert not both.measured
    assert str(gpu) == "torch, CPU and torch, GPU: not measured"
    markdown = result._repr_markdown_()
    assert markdown.count("not measured") == 5
    assert "Crossings, of the batch" in markdown
    assert result.times(TORCH_GPU) == [None, None, None]


def test_a_pair_is_measured_where_both_are_at_two_sizes():
    for gpu, measured in (
        ([3e-3, None, None], False),
        ([3e-3, 3e-3, None], True),
    ):
        ours, *with_gpu = made(gpu).crossings()
        assert ours.measured
        assert [pair.measured for pair in with_gpu] == [measured] * 2


def test_never():
    assert str(made([1e-6, 1e-6, 1e-6]).crossings()[1]).endswith("never cross")


def test_figure_has_the_axis_that_varies():
    figure = made([3e-3, None, None]).figure()
    (axes,) = figure.axes
    assert axes.get_xlabel() == "batch"
    assert axes.get_ylabel() == "milliseconds per pass"
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert len(axes.lines) == 3
    assert axes.lines[1].get_markevery().all()  # every size has its mark
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [1, 4, 16])
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [2, 4, 8])
    assert len(made([None] * 3).figure().axes[0].lines) == 2


def test_measured_here(monkeypatch):
    asked = []

    def speed_table(case, **options):
        asked.append((case, options))
        return made([None] * 3).table

    monkeypatch.setattr(MODULE, "speed_table", speed_table)
    result = sweep("linear-batches", sizes=[(16, 512, 512), (1, 512, 512)], rounds=3)
    ((case, options),) = asked
    assert case is find_case("linear-batches")
    assert options["sizes"] == [(1, 512, 512), (16, 512, 512)]
    assert options["rounds"] == 3
    assert result.sizes == list(case.sizes[:3])
    sweep(LinearBatchesCase)
    assert asked[1][1]["sizes"] == list(LinearBatchesCase.sizes)


def test_a_live_sweep_says_what_was_not_measured(monkeypatch):
    import dlbook.compare.speed as speed

    monkeypatch.setattr(speed, "best_device", lambda: "cpu")
    monkeypatch.setattr(speed, "recorded_on_gpu", lambda case, size: None)
    sizes = [(1, 512, 512), (4, 512, 512)]
    result = sweep("linear-batches", sizes=sizes, rounds=2, min_time=0)
    assert all(seconds > 0 for seconds in result.times(NUMPY) + result.times(TORCH_CPU))
    assert result.times(TORCH_GPU) == [None, None]
    assert "not measured" in repr(result)


def test_other_cases_are_refused():
    with pytest.raises(TypeError, match="SweepCase, got LinearCase"):
        sweep("linear")
    with pytest.raises(KeyError, match="no case 'lin'"):
        sweep("lin")
