"""Blocks cut into sheets: every cell says which set it belongs to."""

import numpy as np
import pytest

from dlbook.plots import sheets
from dlbook.plots.palette import TINTS

SETS = np.arange(6).reshape(2, 3, 1) + np.zeros((2, 3, 4), int)


def cells(panel):
    """Return the text and the color at the middle of every cell, by its place."""
    colors = {
        (p.get_x() + 0.5, p.get_y() + 0.5): p.get_facecolor() for p in panel.patches
    }
    return {
        t.get_position(): (t.get_text(), colors[t.get_position()])
        for t in panel.texts
        if t.get_position() in colors
    }


def test_every_cell_bears_the_number_of_its_set():
    panel = sheets({"instance": SETS}).axes[0]
    assert panel.get_title(loc="left") == "instance"
    found = cells(panel)
    assert len(found) == SETS.size
    for n, c, place in np.ndindex(SETS.shape):
        text, _ = found[n * 5 + place + 0.5, c + 0.5]
        assert text == str(SETS[n, c, place] + 1)


def test_neighboring_sets_have_different_colors():
    found = cells(sheets({"instance": SETS}).axes[0])
    colors = dict(found.values())
    assert len(set(colors.values())) == len(TINTS)  # six sets: the sixth repeats one
    assert colors["1"] == colors["6"] != colors["2"]


def test_names_the_axes_and_draws_a_row_for_each_block():
    figure = sheets(
        {"one": SETS, "two": 0 * SETS}, axes=("text", "feature", "position")
    )
    assert [a.get_title(loc="left") for a in figure.axes] == ["one", "two"]
    texts = {t.get_text() for t in figure.axes[1].texts}
    assert texts == {"1", "text 1", "text 2", "features"}


def test_is_the_same_picture_each_time():
    assert sheets({"a": SETS}).to_svg() == sheets({"a": SETS}).to_svg()


def test_refuses_what_is_no_block():
    with pytest.raises(ValueError, match="at least one"):
        sheets({})
    with pytest.raises(ValueError, match="batch"):
        sheets({"batch": np.zeros((2, 3))})
    with pytest.raises(ValueError, match=r"\(2, 3, 4\).*\(2, 3, 5\)"):
        sheets({"a": SETS, "b": np.zeros((2, 3, 5))})
