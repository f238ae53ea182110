import numpy as np
import pytest

from dlbook import plots

X = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
Y = np.array([0, 0, 1, 1])


def labels(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_every_class_is_drawn_with_its_points():
    figure = plots.scatter_classes(X, Y, ["low", "high"])
    low, high = figure.axes[0].collections
    np.testing.assert_array_equal(low.get_offsets(), X[:2])
    np.testing.assert_array_equal(high.get_offsets(), X[2:])
    assert labels(figure) == ["low", "high"]


def test_ringed_points_and_the_line():
    figure = plots.scatter_classes(
        X, Y, highlight=[False, True, False, False], line=([1.0, 1.0], -3.0)
    )
    axes = figure.axes[0]
    np.testing.assert_array_equal(axes.collections[2].get_offsets(), X[1:2])
    assert "mistake" in labels(figure)
    line = axes.lines[0]
    for x, y in (line.get_xy1(), line.get_xy2()):
        assert x + y == pytest.approx(3.0)


def test_regions_are_what_the_classifier_says_and_mistakes_are_ringed():
    figure = plots.decision_regions(lambda p: (p[:, 0] > 0.5).astype(int), X, Y)
    axes = figure.axes[0]
    picture = axes.images[0].get_array()
    assert set(np.unique(picture)) == {0, 1}
    assert picture[:, 0].max() == 0
    assert picture[:, -1].min() == 1
    np.testing.assert_array_equal(axes.collections[-1].get_offsets(), X[1:2])
    assert len(figure.to_svg()) < 300_000


@pytest.mark.parametrize(
    ("x", "y", "names", "message"),
    [
        (X[:, :1], Y, None, r"\(N, 2\)"),
        (X, Y[:2], None, "y must have shape"),
        (X, Y, ["one"], "1 entries for 2"),
        (X * np.nan, Y, None, "NaN"),
        (np.ones((6, 2)), np.arange(6), None, "more than"),
    ],
)
def test_data_that_do_not_fit_are_refused(x, y, names, message):
    with pytest.raises(ValueError, match=message):
        plots.scatter_classes(x, y, names)


def test_a_classifier_must_return_classes():
    with pytest.raises(ValueError, match="classes, not scores"):
        plots.decision_regions(lambda p: p[:, 0], X, Y)
    with pytest.raises(ValueError, match="highlight"):
        plots.scatter_classes(X, Y, highlight=[0, 1, 0, 0])
