"""The book's colors: readable on white, in grey, and by color-blind readers.

Every line color has a contrast of at least 3:1 against white and every text color at
least 4.5:1 (WCAG 2.2, success criteria 1.4.11 and 1.4.3). A curve is never told apart
by its color alone: the n-th series also has the n-th line style and marker.
"""

from __future__ import annotations

GROUND = "#ffffff"  # the opaque background of every figure, in dark mode too

BLUE = "#1b4b99"
ORANGE = "#e0700f"
GREEN = "#217a63"
PLUM = "#7a1f5c"
INK = "#20242b"

LINE_COLORS = (BLUE, ORANGE, GREEN, PLUM, INK)
TEXT_COLORS = (BLUE, "#a34c00", GREEN, PLUM, INK)  # the same hues, dark enough to read
TINTS = ("#dce7f7", "#fde7d3", "#d9efe8", "#f3deec", "#e4e6ea")  # filled regions

LINE_STYLES = (
    "-",
    (0, (5, 2)),
    (0, (1, 1.5)),
    (0, (6, 2, 1, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
)
MARKERS = ("o", "s", "^", "D", "v")

GREY_TEXT = "#565c66"
GREY_LINE = "#868c96"
GRID = "#d9dce1"  # decoration: nothing has to be read from it


def relative_luminance(color: str) -> float:
    """Return the relative luminance of a color, from 0 (black) to 1 (white).

    Parameters
    ----------
    color : str
        Hexadecimal sRGB, for example "#1b4b99".

    References
    ----------
    WCAG 2.2, definition of relative luminance.
    """
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(color: str, ground: str = GROUND) -> float:
    """Return the contrast ratio of two colors, from 1 (equal) to 21 (black on white).

    Parameters
    ----------
    color, ground : str
        Hexadecimal sRGB; their order does not matter.

    References
    ----------
    WCAG 2.2, definition of contrast ratio.
    """
    lighter, darker = sorted(
        (relative_luminance(color), relative_luminance(ground)), reverse=True
    )
    return (lighter + 0.05) / (darker + 0.05)
