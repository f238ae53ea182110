import numpy as np
import pytest

from dlbook.widgets.scene import Axes, Scene, number, ticks


@pytest.fixture
def axes():
    return Axes(Scene(300), (0, 10), (-1, 1), (50, 20, 450, 220), "x", "y")


def test_data_go_to_their_places_and_up_is_up(axes):
    assert (axes.x(0), axes.x(10), axes.x(5)) == (50, 450, 250)
    assert (axes.y(-1), axes.y(1), axes.y(0)) == (220, 20, 120)


def test_a_line_ends_at_the_frame(axes):
    assert axes.line((1, 0), -5) == "M250 220L250 20"
    assert axes.line((0, 1), 0) == "M50 120L450 120"
    assert axes.line((0, 1), -3) == ""
    assert axes.line((0, 0), 1) == ""


@pytest.mark.parametrize("weight", [(1, 0), (0, -2), (3, 1), (-1, 0.2)])
def test_the_normal_is_at_right_angles_to_the_line_on_the_sheet(axes, weight):
    w = np.array(weight, float)
    middle = -w @ [5, 0]
    along = np.array([-w[1], w[0]])
    ends = [np.array([5, 0]) + s * along for s in (0, 1)]
    on_sheet = np.subtract(*[(axes.x(p[0]), axes.y(p[1])) for p in ends])
    normal = axes.normal(w)
    assert abs(normal @ on_sheet) < 1e-9
    ahead = np.array([axes.x(5), axes.y(0)]) + normal
    x = 5 + (ahead[0] - axes.x(5)) / 40
    y = -(ahead[1] - axes.y(0)) / 100
    assert w @ [x, y] + middle > 0


def test_ticks_are_round_and_inside():
    np.testing.assert_array_equal(ticks(0.3, 5.2), [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(ticks(-1, 1), [-1, -0.5, 0, 0.5, 1])
    assert not np.signbit(ticks(-0.2, 2))[0]


def test_numbers_are_short():
    assert [number(v) for v in (1.04, 2.0, -0.01, "M0", 3)] == [
        "1",
        "2",
        "0",
        "M0",
        "3",
    ]


def test_text_is_escaped():
    scene = Scene(10)
    scene.text(0, 0, "a < b & c", fill='"red"')
    assert "a &lt; b &amp; c" in scene.to_svg("x")
    assert 'fill="&quot;red&quot;"' in scene.to_svg("x")


def test_a_path_of_several_lines_is_rounded_and_drops_repeated_places():
    axes = Axes(Scene(300), (0, 10), (0, 10), (0, 0, 100, 100), "x", "y")
    lines = [np.array([[0, 0], [0.01, 0], [5, 10]]), np.array([[1, 1], [2, 2]])]
    assert axes.path(lines) == "M0 100L50 0M10 90L20 80"
    assert axes.path([np.array([[1, 1], [1.01, 1]])]) == ""
