from itertools import combinations

import pytest

from dlbook.plots import palette


@pytest.mark.parametrize("color", palette.LINE_COLORS)
def test_a_line_can_be_seen_on_white(color):
    assert palette.contrast(color) >= 3


@pytest.mark.parametrize("color", [*palette.TEXT_COLORS, palette.GREY_TEXT])
def test_text_can_be_read_on_white_and_on_every_tint(color):
    assert palette.contrast(color) >= 4.5


def test_contrast_is_that_of_the_standard():
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#ffffff", "#ffffff") == 1
    assert palette.contrast("#777777") == pytest.approx(4.48, abs=0.01)


def test_without_color_curves_differ_in_line_style_and_marker():
    for first, second in combinations(range(len(palette.LINE_COLORS)), 2):
        assert palette.LINE_STYLES[first] != palette.LINE_STYLES[second]
        assert palette.MARKERS[first] != palette.MARKERS[second]
