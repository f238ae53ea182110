"""Text for which matplotlib has no glyphs, written for the browser to draw."""

from __future__ import annotations

from functools import cache

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import FontProperties, findfont, get_font

from dlbook.plots.palette import INK

FAMILIES = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "PingFang SC",
    "Microsoft YaHei",
    "sans-serif",
)
"""Fonts that the browser tries in turn; one of them is on most machines."""


class BrowserText(Artist):
    """A text at a place in data coordinates, kept as text in the SVG.

    The house style draws letters as paths, so that they look alike everywhere; of
    Chinese characters the font that matplotlib ships has none. A browser has.

    Parameters
    ----------
    x, y : float
        The place, in data coordinates: where the text starts, ends or has its middle,
        half-way up.
    text : str
    size : float
        Points.
    align : {"left", "center", "right"}
    color : str
    """

    def __init__(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12.0,
        align: str = "center",
        color: str = INK,
    ) -> None:
        super().__init__()
        if align not in _STARTS:
            raise ValueError(f"align must be one of {sorted(_STARTS)}, got {align!r}")
        self.x, self.y, self.text = x, y, text
        self.size, self.align, self.color = size, align, color
        self.set_in_layout(False)

    def draw(self, renderer: RendererBase) -> None:
        """Write one text element; its width is estimated, a square a character."""
        if self.axes is None or not self.get_visible():
            return
        x, y = self.axes.transData.transform((self.x, self.y))
        points = float(np.asarray(renderer.points_to_pixels(self.size)))
        x -= _STARTS[self.align] * em(self.text) * points
        y -= 0.36 * points  # from the middle of the characters to their base line
        brush = renderer.new_gc()
        brush.set_foreground(self.color)
        font = FontProperties(family=list(FAMILIES), size=self.size)
        _, height = renderer.get_canvas_width_height()
        down = height - y if renderer.flipy() else y
        with mpl.rc_context({"svg.fonttype": "none"}):
            renderer.draw_text(brush, x, down, self.text, font, 0.0)
        brush.restore()


_STARTS = {"left": 0.0, "center": 0.5, "right": 1.0}


def has_glyphs(text: str) -> bool:
    """Return whether matplotlib's own font can draw each character of a text."""
    return all(_has_glyph(character) for character in text)


def em(text: str) -> float:
    """Return about how wide a text is, in multiples of its size."""
    return sum(1.0 if ord(character) >= 0x2E80 else 0.6 for character in text)


def write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float = 12.0,
    align: str = "center",
    color: str = INK,
) -> None:
    """Write a text with matplotlib's glyphs if it has them, else with the browser's."""
    if has_glyphs(text):
        axes.text(
            x, y, text, ha=align, va="center_baseline", fontsize=size, color=color
        )
    else:
        axes.add_artist(BrowserText(x, y, text, size=size, align=align, color=color))


@cache
def _has_glyph(character: str) -> bool:
    font = get_font(findfont("DejaVu Sans"))
    return bool(font.get_char_index(ord(character)))
