"""Text that the browser draws stands in the SVG as text, where it was put."""

import re

import pytest

from dlbook import plots
from dlbook.plots.browser_text import BrowserText, em, has_glyphs, write


def drawn(draw):
    figure, axes = plots.subplots(width=4, height=2)
    axes.set(xlim=(0, 4), ylim=(0, 2))
    axes.set_axis_off()
    axes.set_position((0, 0, 1, 1))  # one unit is an inch
    draw(axes)
    return figure.to_svg()


def place(svg, text):
    """Return where a text starts and the height of its base line, in points."""
    found = re.search(
        rf'<text style="[^"]*" transform="translate\((\S+) (\S+)\)[^>]*>{text}</text>',
        svg,
    )
    return float(found[1]), float(found[2])


@pytest.mark.parametrize(
    ("align", "start"), [("left", 144), ("center", 129), ("right", 114)]
)
def test_it_starts_ends_or_stands_at_its_place(align, start):
    svg = drawn(
        lambda axes: axes.add_artist(BrowserText(2, 0.5, "一万", size=15, align=align))
    )
    x, y = place(svg, "一万")
    assert x == pytest.approx(start, abs=0.01)
    assert 108 < y < 108 + 7.5  # the base line lies below the middle
    style = re.search(r'<text style="([^"]*)"', svg)[1]
    assert "15px" in style
    assert style.index("DejaVu Sans") < style.index("PingFang") < style.index("sans-s")


def test_glyphs_that_there_are_become_paths():
    assert has_glyphs("abc ΔÄ␣↵")
    assert not has_glyphs("abc万")
    svg = drawn(lambda axes: (write(axes, 1, 1, "ab"), write(axes, 1, 1, "万")))
    assert re.findall(r"<text [^>]*>([^<]*)</text>", svg) == ["万"]


def test_a_chinese_character_is_a_square():
    assert em("万亿") == 2
    assert em("ab") == pytest.approx(1.2)


def test_a_hidden_text_is_not_drawn():
    def draw(axes):
        text = BrowserText(1, 1, "万")
        text.set_visible(False)
        axes.add_artist(text)

    assert "万" not in drawn(draw)


def test_other_alignments_are_refused():
    with pytest.raises(ValueError, match=r"align must be one of .* got 'middle'"):
        BrowserText(0, 0, "万", align="middle")
