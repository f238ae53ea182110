"""Encodings of positions: the map holds the table, the curves its columns."""

import numpy as np
import pytest

from dlbook import plots
from dlbook.nn import sinusoidal_positions

TABLE = sinusoidal_positions(20, 8)


def test_the_map_is_the_table_and_the_curves_are_its_columns():
    figure = plots.position_waves(TABLE, title="Waves")
    upper, lower, *_ = figure.axes
    np.testing.assert_array_equal(upper.images[0].get_array(), TABLE.T)
    assert upper.images[0].get_clim() == (-1, 1)
    labels = [line.get_label() for line in lower.lines]
    assert labels == ["entry 0", "entry 2", "entry 4"]
    for line, entry in zip(lower.lines, (0, 2, 4), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), TABLE[:, entry])
        np.testing.assert_array_equal(line.get_xdata(), np.arange(20))
    assert upper.get_title("left") == "Waves"
    assert lower.get_xlim() == upper.get_xlim() == (-0.5, 19.5)
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named == labels


def test_entries_can_be_chosen_and_learned_vectors_have_their_own_scale():
    figure = plots.position_waves(3 * TABLE[:, :5], entries=[4, 1])
    _, lower, *_ = figure.axes
    assert [line.get_label() for line in lower.lines] == ["entry 4", "entry 1"]
    high = 3 * np.abs(TABLE[:, :5]).max()
    assert figure.axes[0].images[0].get_clim() == (-high, high)
    wide = plots.position_waves(sinusoidal_positions(9, 64)).axes[1]
    assert [line.get_label() for line in wide.lines] == [
        *("entry 0", "entry 10", "entry 20", "entry 32")
    ]
    single = plots.position_waves(np.zeros((3, 1))).axes[1]
    assert [line.get_label() for line in single.lines] == ["entry 0"]


def test_it_is_the_same_picture_each_time():
    figure = plots.position_waves(TABLE)
    assert figure.to_svg() == figure.to_svg()


@pytest.mark.parametrize(
    ("table", "entries", "says"),
    [
        (TABLE[0], None, "must have 2 dimension"),
        (TABLE * np.nan, None, "positions must be finite"),
        (TABLE[:1], None, "two or more positions, got 1"),
        (TABLE, [8], r"one to four of 0 to 7, got \[8\]"),
        (TABLE, [-1], r"got \[-1\]"),
        (TABLE, [], r"got \[\]"),
        (TABLE, [0, 1, 2, 3, 4], "one to four"),
    ],
)
def test_what_cannot_be_drawn_is_refused(table, entries, says):
    with pytest.raises(ValueError, match=says):
        plots.position_waves(table, entries=entries)
