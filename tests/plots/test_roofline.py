import numpy as np
import pytest

from dlbook import plots

BANDWIDTHS = {"memory": 20e9, "cache": 80e9}
POINTS = {"linear": (50.0, 80e9), "addition": (0.1, 1e9)}


def drawn(**options):
    return plots.roofline(100e9, BANDWIDTHS, POINTS, **options)


def test_roofs_meet_at_the_ridge():
    (axes,) = drawn(title="Here").figure.axes
    memory, cache, flat, ridge = axes.lines[:4]
    assert memory.get_xydata()[-1].tolist() == [5.0, 100.0]
    assert cache.get_xydata()[-1].tolist() == [1.25, 100.0]
    for roof, bandwidth in ((memory, 20), (cache, 80)):
        x, y = roof.get_xydata()[0]
        assert y == pytest.approx(x * bandwidth)
    assert set(flat.get_ydata()) == {100.0}
    assert set(ridge.get_xdata()) == {5.0}
    assert memory.get_linestyle() != cache.get_linestyle()
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert axes.get_xlabel() == "FLOP per byte"
    assert axes.get_ylabel() == "GFLOP/s"
    assert axes.get_title(loc="left") == "Here"
    texts = [text.get_text() for text in axes.artists[0].get_texts()]
    assert texts == ["memory, 20 GB/s", "cache, 80 GB/s"]


def test_points_are_numbered_from_the_left():
    figure = drawn()
    (axes,) = figure.axes
    marked = {
        line.get_marker(): line for line in axes.lines if "$" in str(line.get_marker())
    }
    assert marked["$1$"].get_xydata().tolist() == [[0.1, 1.0]]
    assert marked["$2$"].get_xydata().tolist() == [[50.0, 80.0]]
    assert marked["$1$"].get_color() != marked["$2$"].get_color()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["addition", "linear"]


def test_everything_is_within_the_axes():
    (axes,) = drawn(unit="TFLOP/s").axes
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    for x, y in POINTS.values():
        assert left < x < right
        assert low < y / 1e12 < high
    assert high > 0.1
    assert axes.get_ylabel() == "TFLOP/s"


def test_without_points():
    figure = plots.roofline(1e9, {"memory": 1e9}, {})
    assert not figure.legends
    assert figure.to_svg().startswith("<svg")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, BANDWIDTHS, POINTS), "peak must be positive and finite, got 0.0"),
        ((1e9, {"a": np.nan}, POINTS), r"bandwidths\['a'\] .* got nan"),
        ((1e9, {}, POINTS), "1 or 2 roofs, got 0"),
        ((1e9, dict.fromkeys("abc", 1e9), POINTS), "1 or 2 roofs, got 3"),
        ((1e9, BANDWIDTHS, {"a": (0.0, 1e9)}), r"points\['a'\] .* got 0.0"),
        ((1e9, BANDWIDTHS, {"a": (1.0, np.inf)}), r"points\['a'\] .* got inf"),
        ((1e9, BANDWIDTHS, {str(n): (1.0, 1.0) for n in range(17)}), "at most 16"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.roofline(*arguments)


def test_unknown_unit():
    with pytest.raises(ValueError, match=r"unit must be one of .* got 'FLOP/s'"):
        drawn(unit="FLOP/s")
