"""Values along a text, and forecasts of a series."""

from itertools import pairwise

import matplotlib.colors as colors
import numpy as np
import pytest

from dlbook import plots
from dlbook.plots.palette import INK, contrast
from dlbook.plots.style import WIDTH

WORDS = ["the", "plot", "was", "not", "boring"]
VALUES = np.array([0.0, 0.25, -0.5, 1.0, -2.0])


def said(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_each_word_has_its_number_and_the_tint_of_its_sign():
    figure = plots.token_values(WORDS, VALUES)
    numbers = ["0.00", "0.25", "−0.50", "1.00", "−2.00"]
    assert said(figure) == [
        x for pair in zip(WORDS, numbers, strict=True) for x in pair
    ]
    tints = [patch.get_facecolor()[:3] for patch in figure.axes[0].patches]
    assert tints[0] == pytest.approx((1, 1, 1), abs=0.01)
    assert tints[1][2] > tints[1][0]
    assert tints[2][0] > tints[2][2]
    assert sum(tints[3]) < sum(tints[1])
    for tint in tints:
        assert contrast(INK, colors.to_hex(tint)) > 4.5


def test_the_tint_stays_beyond_the_scale():
    def last(scale, value):
        figure = plots.token_values(["a"], [value], scale=scale)
        return figure.axes[0].patches[0].get_facecolor()

    assert last(1.0, 1.0) == last(1.0, 5.0) == last(5.0, 5.0)
    assert last(5.0, 1.0) != last(1.0, 1.0)


def test_several_rows_of_values_have_their_names():
    texts = said(plots.token_values("ab", {"unit 3": [1, 0], "unit 7": [0, 1]}))
    assert texts == [
        *("unit 3", "a", "1.00", "b", "0.00"),
        *("unit 7", "a", "0.00", "b", "1.00"),
    ]


def test_spaces_are_seen_and_small_numbers_lose_their_sign():
    texts = said(plots.token_values(list("a \n"), [-0.001, -0.1, 0.1]))
    assert texts == ["a", "0.00", "␣", "−0.10", "↵", "0.10"]
    assert said(plots.token_values(list("ab"), [0, 1], numbers=False)) == ["a", "b"]
    assert said(plots.token_values(["a"], [0.123], format="{:.1f}")) == ["a", "0.1"]


def test_long_texts_break_and_stay_inside():
    words = WORDS * 8
    figure = plots.token_values(words, np.resize(VALUES, len(words)))
    boxes = [
        (patch.get_x(), patch.get_y(), patch.get_width(), patch.get_height())
        for patch in figure.axes[0].patches
    ]
    assert len({y for _, y, _, _ in boxes}) > 2
    assert max(x + wide for x, _, wide, _ in boxes) <= WIDTH
    assert max(y + tall for _, y, _, tall in boxes) <= figure.axes[0].get_ylim()[0]
    for (x0, y0, wide, _), (x1, y1, _, _) in pairwise(boxes):
        assert x1 == pytest.approx(x0 + wide) or (x1 == 0 and y1 > y0)


@pytest.mark.parametrize(
    ("tokens", "values", "options", "says"),
    [
        ([], [], {}, "tokens is empty"),
        (["a"], [1, 2], {}, "values has 2 numbers for 1 tokens"),
        (["a"], {"gate": [1, 2]}, {}, "values 'gate' has 2 numbers"),
        (["a"], {}, {}, "values is empty"),
        (["a"], [1], {"scale": 0.0}, "scale must be positive, got 0"),
    ],
)
def test_values_that_do_not_fit_are_refused(tokens, values, options, says):
    with pytest.raises(ValueError, match=says):
        plots.token_values(tokens, values, **options)


HISTORY, TRUTH = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0])
LABELS = {"xlabel": "time in s", "ylabel": "µV"}


def test_a_forecast_begins_where_the_history_ends():
    figure = plots.forecast(
        HISTORY,
        TRUTH,
        {"naive": [3, 3], "trend": [4.5, 5.5]},
        spread={"trend": ([4, 5], [5, 6])},
        step=0.5,
        title="Ahead",
        **LABELS,
    )
    axes = figure.axes[0]
    _, past, future, naive, trend = axes.lines
    np.testing.assert_array_equal(past.get_xdata(), [-1, -0.5, 0])
    np.testing.assert_array_equal(past.get_ydata(), HISTORY)
    np.testing.assert_array_equal(future.get_xdata(), [0, 0.5, 1])
    np.testing.assert_array_equal(future.get_ydata(), [3, 4, 5])
    np.testing.assert_array_equal(naive.get_xdata(), [0.5, 1])
    np.testing.assert_array_equal(trend.get_ydata(), [4.5, 5.5])
    assert naive.get_linestyle() != trend.get_linestyle()
    (band,) = axes.collections
    assert band.get_paths()[0].get_extents().bounds == (0.5, 4, 0.5, 2)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["what came", "naive", "trend"]
    assert axes.get_title("left") == "Ahead"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time in s", "µV")


@pytest.mark.parametrize(
    ("forecasts", "options", "says"),
    [
        ({}, {}, "1 to 4 entries, got 0"),
        ({str(n): TRUTH for n in range(5)}, {}, "1 to 4 entries, got 5"),
        ({"a": [1]}, {}, r"forecasts\['a'\] has 1 values, expected 2"),
        ({"a": TRUTH}, {"spread": {"b": (TRUTH, TRUTH)}}, r"not there: \['b'\]"),
        ({"a": TRUTH}, {"spread": {"a": (TRUTH, [1])}}, r"spread\['a'\] has 1 values"),
        ({"a": TRUTH}, {"step": 0}, "step must be positive, got 0"),
    ],
)
def test_forecasts_that_do_not_fit_are_refused(forecasts, options, says):
    with pytest.raises(ValueError, match=says):
        plots.forecast(HISTORY, TRUTH, forecasts, **LABELS, **options)


def test_they_are_the_same_pictures_each_time():
    for figure in (
        plots.token_values(WORDS, VALUES),
        plots.forecast(HISTORY, TRUTH, {"a": TRUTH}, **LABELS),
    ):
        assert figure.to_svg() == figure.to_svg()
