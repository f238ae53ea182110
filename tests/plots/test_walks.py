"""Walks over a surface: what is drawn is what was walked."""

import numpy as np
import pytest

from dlbook import plots
from dlbook.plots.palette import LINE_COLORS, LINE_STYLES

WALK = np.array([[1.0, 1.0], [0.5, -0.5], [0.0, 0.25]])
FRAME = {"xlim": (-2, 2), "ylim": (-2, 2), "xlabel": "x", "ylabel": "y"}


def bowl(x, y):
    return x**2 + y**2


def test_each_walk_is_drawn_with_all_its_places():
    figure = plots.walks(bowl, {"slow": WALK, "fast": WALK[:2]}, **FRAME)
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 1]
    np.testing.assert_array_equal(lines[0].get_xydata(), WALK)
    np.testing.assert_array_equal(lines[1].get_xydata(), WALK[:2])
    assert [line.get_color() for line in lines] == list(LINE_COLORS[:2])
    assert lines[0].get_linestyle() != lines[1].get_linestyle()
    assert len(LINE_STYLES) >= 2
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert texts == ["slow", "fast"]


def test_a_bowl_has_circles_at_equal_distances():
    figure = plots.walks(bowl, {"walk": WALK}, levels=3, **FRAME)
    paths = figure.axes[0].collections[0].get_paths()
    radii = [np.hypot(*path.vertices[0]) for path in paths]
    np.testing.assert_allclose(radii, np.sqrt(8) * np.array([1, 2, 3]) / 4, atol=0.02)


def test_start_and_goal_are_marked_and_the_frame_is_kept():
    figure = plots.walks(bowl, {"walk": 3 * WALK}, goal=[0.5, 0.0], **FRAME)
    axes = figure.axes[0]
    points = [tuple(p.get_xydata()[0]) for p in axes.lines if len(p.get_xdata()) == 1]
    assert points == [(3.0, 3.0), (0.5, 0.0)]
    assert axes.get_xlim() == (-2, 2)
    assert axes.get_ylim() == (-2, 2)
    assert axes.get_legend() is None


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ({}, "1 to 5 walks, got 0"),
        ({str(n): WALK for n in range(6)}, "1 to 5 walks, got 6"),
        ({"flat": WALK[:, 0]}, "'flat'.*1-?|dimension"),
        ({"deep": np.zeros((4, 3))}, r"'deep'.*\(steps \+ 1, 2\), got \(4, 3\)"),
    ],
)
def test_refuses_what_is_no_walk(places, message):
    with pytest.raises(ValueError, match=message):
        plots.walks(bowl, places, **FRAME)


def test_refuses_no_levels_and_heights_of_another_shape():
    with pytest.raises(ValueError, match="levels must be at least 1, got 0"):
        plots.walks(bowl, {"walk": WALK}, levels=0, **FRAME)
    with pytest.raises(ValueError, match="height_at returned shape"):
        plots.walks(lambda x, y: x[0], {"walk": WALK}, **FRAME)
