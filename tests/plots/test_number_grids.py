"""Matrices with their numbers: every cell bears its own, and a tint of its sign."""

import matplotlib.colors as colors
import numpy as np
import pytest

from dlbook.plots import number_grids

ONE = np.array([[1.0, -2.0], [0.0, 0.5]])
ROW = np.array([[3.0, -0.0, 1234.5]])


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_writes_every_number_and_the_titles():
    found = texts(number_grids({"one": ONE, "row": ROW}))
    assert found == [
        *("1", "\N{MINUS SIGN}2", "0", "0.5", "one"),
        *("3", "0", "1.23e+03", "row"),
    ]


def test_cells_stand_where_the_numbers_do():
    panel = number_grids({"one": ONE, "row": ROW}).axes[0]
    middles = [text.get_position() for text in panel.texts if text.get_text() != "row"]
    corners = [patch.get_xy() for patch in panel.patches]
    assert corners[:4] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert corners[4:] == [(3, 0.5), (4, 0.5), (5, 0.5)]  # centered on the line
    assert middles[:4] == [(x + 0.5, y + 0.5) for x, y in corners[:4]]


def test_zeros_can_be_left_out():
    assert texts(number_grids({"one": ONE}, zeros=False)).count("0") == 0
    assert len(number_grids({"one": ONE}, zeros=False).axes[0].patches) == 4


def test_the_tint_tells_the_sign_and_the_size():
    panel = number_grids({"one": ONE}).axes[0]
    plus, minus, zero, half = (patch.get_facecolor()[:3] for patch in panel.patches)
    assert zero == pytest.approx(colors.to_rgb("white"), abs=0.01)
    assert plus[2] > plus[0]  # blue
    assert minus[0] > minus[2]  # orange
    assert sum(half) > sum(plus) > sum(minus)


def test_a_common_scale():
    panel = number_grids({"a": [[1.0]], "b": [[2.0]]}, scale=2.0).axes[0]
    own = number_grids({"a": [[1.0]], "b": [[2.0]]}).axes[0]
    assert panel.patches[0].get_facecolor() != panel.patches[1].get_facecolor()
    assert own.patches[0].get_facecolor() == own.patches[1].get_facecolor()


def test_only_zeros_are_drawn_too():
    assert texts(number_grids({"nothing": np.zeros((1, 2))})) == ["0", "0", "nothing"]


def test_is_the_same_picture_each_time():
    assert number_grids({"a": ONE}).to_svg() == number_grids({"a": ONE}).to_svg()


def test_refuses_what_is_no_matrix():
    with pytest.raises(ValueError, match="at least one"):
        number_grids({})
    with pytest.raises(ValueError, match="vector"):
        number_grids({"vector": np.zeros(3)})
    with pytest.raises(ValueError, match="none is empty"):
        number_grids({"none": np.zeros((0, 2))})
    with pytest.raises(ValueError, match=r"scale.*-1"):
        number_grids({"one": ONE}, scale=-1.0)
