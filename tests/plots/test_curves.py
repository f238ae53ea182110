import numpy as np
import pytest

from dlbook import plots


def test_each_curve_has_its_data_color_and_style():
    figure = plots.curves(
        [0, 1, 2], {"a": [1, 2, 3], "b": [3, 2, np.nan]}, xlabel="x", ylabel="y"
    )
    (axes,) = figure.axes
    first, second = axes.lines
    np.testing.assert_array_equal(first.get_ydata(), [1, 2, 3])
    np.testing.assert_array_equal(second.get_ydata(), [3, 2, np.nan])
    assert first.get_color() != second.get_color()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "y")


def test_the_legend_shows_points_for_what_has_no_line():
    lonely = [1, np.nan, 2]
    figure = plots.curves(
        [0, 1, 2], {"points": lonely, "line": [1, 2, 3]}, xlabel="x", ylabel="y"
    )
    points, line = figure.axes[0].get_legend().get_lines()
    assert (points.get_linestyle(), line.get_marker()) == ("None", "None")
    assert points.get_marker() == figure.axes[0].lines[0].get_marker()
    assert line.get_linestyle() != "None"


def test_logarithmic_axes_limits_and_reference_lines():
    figure = plots.curves(
        [1, 10],
        {"a": [1, 100]},
        xlabel="x",
        ylabel="y",
        logx=True,
        logy=True,
        ylim=(1, 1000),
        lines={"limit": 50.0},
    )
    (axes,) = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_ylim() == (1, 1000)
    assert "limit" in [text.get_text() for text in axes.texts]


@pytest.mark.parametrize(
    ("x", "names"),
    [
        ([2, 8, 32], ["2", "8", "32"]),
        ([0.5, 1, 2.5], ["0.5", "1", "2.5"]),
        ([1, 10, 100], None),  # two decades have labels of their own
        ([1, 1.2, 2], None),  # two names would overlap
        (np.geomspace(1, 50, 9), None),  # too many
    ],
)
def test_few_points_of_a_short_logarithmic_axis_are_named(x, names):
    def axis(**options):
        figure = plots.curves(x, {"a": x}, xlabel="x", ylabel="y", **options)
        figure.to_svg()
        return figure.axes[0].xaxis

    texts = [text.get_text() for text in axis(logx=True).get_ticklabels(which="both")]
    if names is None:
        assert any("mathdefault" in text for text in texts)
    else:
        assert texts == names
    straight = [text.get_text() for text in axis().get_ticklabels()]
    assert straight != names


@pytest.mark.parametrize(
    ("x", "series", "spread", "message"),
    [
        ([0, 1], {}, None, "1 to 5"),
        ([0, 1], {str(n): [0, 1] for n in range(6)}, None, "got 6"),
        ([0, 1], {"a": [0, 1, 2]}, None, "'a'"),
        ([0, 1], {"a": [0, 1]}, {"b": ([0, 0], [1, 1])}, "'b'"),
    ],
)
def test_what_does_not_fit_is_refused(x, series, spread, message):
    with pytest.raises(ValueError, match=message):
        plots.curves(x, series, xlabel="x", ylabel="y", spread=spread)


def test_two_curves_show_both_and_their_difference():
    figure = plots.two_curves([1.0, 2.0, 3.0], [1.0, 2.5, 3.0])
    upper, lower = figure.axes
    np.testing.assert_array_equal(upper.lines[0].get_ydata(), [1, 2, 3])
    np.testing.assert_array_equal(upper.lines[1].get_ydata(), [1, 2.5, 3])
    np.testing.assert_array_equal(lower.lines[0].get_ydata(), [np.nan, 0.5, np.nan])
    assert lower.get_yscale() == "log"


def test_equal_curves_say_so():
    _, lower = plots.two_curves([1.0, 2.0], [1.0, 2.0]).axes
    assert not lower.lines
    assert lower.texts[0].get_text() == "exactly 0 everywhere"


def test_two_curves_of_different_length_are_refused():
    with pytest.raises(ValueError, match="theirs"):
        plots.two_curves([1.0, 2.0], [1.0])


def test_the_legend_shows_the_dashes_of_every_curve():
    figure = plots.curves(
        [0, 1, 2], {name: [1, 2, 3] for name in "abcd"}, xlabel="x", ylabel="y"
    )
    axes = figure.axes[0]
    drawn = [line._unscaled_dash_pattern for line in axes.get_lines()]
    assert len({repr(pattern) for pattern in drawn}) == 4
    shown = [line._unscaled_dash_pattern for line in axes.get_legend().get_lines()]
    assert shown == drawn


def test_the_difference_has_few_labels_and_all_its_points():
    for gaps in ([2e-16, 4e-16, 9e-16, 5e-16], [1e-17, 3e-12, 2e-7, 0.1]):
        figure = plots.two_curves(np.array(gaps), np.zeros(4))
        lower = figure.axes[1]
        figure.canvas.draw()
        ticks = lower.yaxis.get_ticklabels(which="both")
        low, high = lower.get_ylim()
        assert low <= min(gaps)
        assert high >= max(gaps)
        assert 1 <= sum(bool(tick.get_text()) for tick in ticks) <= 6
