import numpy as np
import pytest

from dlbook import plots


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_bar_for_each_entry_with_its_number():
    figure = plots.bars({"a": 1.0, "b": 2.5}, xlabel="ms", spread={"b": 0.5})
    axes = figure.axes[0]
    assert [patch.get_width() for patch in axes.patches] == [1.0, 2.5]
    assert texts(figure) == ["1", "2.5"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


def test_bars_refuse_what_they_cannot_draw():
    with pytest.raises(ValueError, match="positive"):
        plots.bars({"a": 0.0}, xlabel="x", logx=True)
    with pytest.raises(ValueError, match="'c'"):
        plots.bars({"a": 1.0}, xlabel="x", spread={"c": 1.0})


def test_a_confusion_matrix_writes_counts_and_shades_shares():
    figure = plots.confusion([[8, 2], [0, 5]], ["no", "yes"])
    axes = figure.axes[0]
    assert texts(figure) == ["8", "2", "0", "5"]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.8, 0.2], [0, 1]])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")


def test_other_tables_than_of_counts_have_other_labels():
    figure = plots.confusion([[90, 10], [5, 95]], xlabel="said", ylabel="digit")
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("said", "digit")


@pytest.mark.parametrize(
    ("counts", "names", "message"),
    [([[1, 2]], None, "square"), ([[1]], ["a", "b"], "2 entries for 1")],
)
def test_a_confusion_matrix_must_fit(counts, names, message):
    with pytest.raises(ValueError, match=message):
        plots.confusion(counts, names)
