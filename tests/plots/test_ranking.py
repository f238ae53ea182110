import numpy as np
import pytest

from dlbook import plots
from dlbook.metrics import roc_auc, roc_curve

PERFECT = ([0.0, 0.0, 1.0], [0.0, 1.0, 1.0])


def legend(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_a_roc_curve_has_its_rates_its_area_and_the_diagonal(rng):
    scores, targets = rng.integers(0, 9, 50), rng.integers(0, 2, 50)
    curve = roc_curve(scores, targets)
    figure = plots.roc({"ours": curve, "perfect": PERFECT}, title="ROC")
    (axes,) = figure.axes
    diagonal, ours, perfect = axes.lines
    np.testing.assert_array_equal(diagonal.get_xydata(), [[0, 0], [1, 1]])
    np.testing.assert_array_equal(ours.get_xdata(), curve[0])
    np.testing.assert_array_equal(ours.get_ydata(), curve[1])
    assert ours.get_color() != perfect.get_color()
    assert ours.get_linestyle() != perfect.get_linestyle()
    area = f"ours (AUC {roc_auc(scores, targets):.3f})"
    assert legend(figure) == [area, "perfect (AUC 1.000)", "chance (AUC 0.5)"]
    assert axes.get_aspect() == 1
    assert axes.get_xlabel() == "false positive rate"
    assert axes.get_ylabel() == "true positive rate"
    assert axes.get_title(loc="left") == "ROC"


def test_a_mapping_may_hold_the_two_rates_alone():
    figure = plots.roc({"chance level": ([0.0, 1.0], [0.0, 1.0])})
    assert legend(figure)[0] == "chance level (AUC 0.500)"


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        ({}, "1 to 5 curves, got 0"),
        ({str(n): PERFECT for n in range(6)}, "got 6"),
        ({"a": ([0, 1],)}, "'a'.* got 1 arrays"),
        ({"a": ([0, 1], [0, 0.5, 1])}, "'a'.* 2 false positive rates and 3 true"),
        ({"a": ([0, 0.5], [0, 1])}, r"'a'\]\[0\] must rise from 0 to 1.*0 to 0.5"),
        ({"a": ([0, 0.5, 1], [0.1, 0.5, 1])}, r"'a'\]\[1\] must rise"),
        ({"a": ([0, 0.5, 0.4, 1], [0, 0.5, 0.6, 1])}, r"'a'\]\[0\] must rise"),
        ({"a": ([0, np.nan, 1], [0, 0.5, 1])}, r"'a'\]\[0\] must rise"),
        ({"a": ([], [])}, r"'a'\]\[0\] is empty"),
    ],
)
def test_what_is_no_roc_curve_is_refused(curves, message):
    with pytest.raises(ValueError, match=message):
        plots.roc(curves)
