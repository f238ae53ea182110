"""Maps of attention: what each query looks at, head by head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.textpath import TextPath
from numpy.typing import ArrayLike

from dlbook.plots.browser_text import BrowserText, em, has_glyphs, write
from dlbook.plots.palette import BLUE, GREY_LINE, GROUND, INK, contrast
from dlbook.plots.style import WIDTH, Figure, as_array, style, subplots

_SHADES = LinearSegmentedColormap.from_list("weights", [GROUND, BLUE])
_SHOWN = {" ": "\N{OPEN BOX}", "\n": "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}"}
_SIZE = 12.0  # points
_INKS = (INK, "#000000", GROUND)  # on any shade, one of them can be read
_LARGEST, _SMALLEST = 0.6, 0.13  # inches, of a cell
_NUMBERED = 0.38  # inches; a smaller cell has no room for a number
_GAP, _TITLE = 0.2, 0.3  # inches, between two maps and above one


def attention_map(
    weights: ArrayLike | Mapping[str, ArrayLike],
    queries: Sequence[str],
    keys: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    numbers: bool | None = None,
    scale: float = 1.0,
    title: str = "",
) -> Figure:
    """Draw the weights of attention as a map, or those of several heads as a grid.

    Each row belongs to a query and each column to a key; the darker a cell, the larger
    its weight: white is 0.

    Parameters
    ----------
    weights : array_like, shape (L, S) or (H, L, S), or mapping of str to (L, S)
        Weights of at least 0, of one head or of H, which are then called "head 1" and
        so on; or several maps under their names. NaN is refused.
    queries : sequence of str, length L
        Tokens, or any characters: a space shows as an open box, a newline as a bent
        arrow.
    keys : sequence of str, length S, optional
        By default, `queries`.
    columns : int, optional
        Maps side by side; by default one if there is one map, else two.
    numbers : bool, optional
        Whether each weight is written into its cell; by default where there is room.
    scale : float
        The weight that has the full color; beyond it the color stays.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no map, a shape does not fit the tokens, a weight is negative or no
        number, or `columns` or `scale` is not positive.
    """
    rows = [_visible(token) for token in queries]
    names = rows if keys is None else [_visible(token) for token in keys]
    maps = _maps(weights, (len(rows), len(names)))
    if not scale > 0:
        raise ValueError(f"attention_map: scale must be positive, got {scale}")
    side = min(2, len(maps)) if columns is None else columns
    if side < 1:
        raise ValueError(f"attention_map: columns must be at least 1, got {columns}")
    side = min(side, len(maps))
    left = 0.12 + max(map(_wide, rows))
    turned = any(_wide(name) > 0.24 for name in names)
    head = 0.1 + (max(map(_wide, names)) if turned else 0.2)
    room = (WIDTH - 0.1 - left - _GAP * (side - 1)) / side
    cell = float(np.clip(room / len(names), _SMALLEST, _LARGEST))
    across, down = cell * len(names), cell * len(rows)
    if left + side * across + _GAP * (side - 1) > WIDTH:
        raise ValueError(
            f"attention_map: {len(names)} keys in {side} columns do not fit the width"
        )
    named = any(maps)
    tall = down + head + (_TITLE if named else 0.0) + 0.1
    lines = -(-len(maps) // side)
    height = tall * lines
    figure, axes = subplots(height=height + 0.1 + (0.35 if title else 0.0))
    with style():
        axes.set(xlim=(0, WIDTH), ylim=(height, 0), aspect="equal", anchor="W")
        axes.set_axis_off()
        for n, (name, array) in enumerate(maps.items()):
            line, place = divmod(n, side)
            x = left + place * (across + _GAP)
            y = tall * line
            if named:
                axes.text(x, y + 0.18, name, va="center", fontweight="bold")
                y += _TITLE
            _column_names(axes, names, x, y + head, cell, turned)
            y += head
            if place == 0:
                for i, token in enumerate(rows):
                    middle = y + (i + 0.5) * cell
                    size = min(_SIZE, 72 * cell * 0.95)
                    write(axes, x - 0.07, middle, token, size=size, align="right")
            written = cell >= _NUMBERED if numbers is None else numbers
            _cells(axes, array, (x, y), cell, scale, written)
        if title:
            axes.set_title(title)
    return figure


def _maps(weights: Any, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """Return every map under its name; a single one has none."""
    if isinstance(weights, Mapping):
        maps = {
            str(name): as_array(f"weights {name!r}", array, ndim=2)
            for name, array in weights.items()
        }
    else:
        array = as_array("weights", weights)
        if array.ndim == 3:
            maps = {f"head {n + 1}": one for n, one in enumerate(array)}
        else:
            maps = {"": array}
    if not maps:
        raise ValueError("attention_map: weights is empty: there is nothing to draw")
    for name, array in maps.items():
        of = f" of {name!r}" if name else ""
        if array.shape != shape:
            raise ValueError(
                f"attention_map: weights{of} have shape {array.shape}, expected "
                f"{shape}, a row for each query and a column for each key"
            )
        if not (array >= 0).all():
            raise ValueError(
                f"attention_map: weights{of} must be at least 0, got {array.min()}"
            )
    return maps


def _column_names(
    axes: Axes, names: list[str], x: float, y: float, cell: float, turned: bool
) -> None:
    for j, name in enumerate(names):
        middle = x + (j + 0.5) * cell
        if not turned:
            write(axes, middle, y - 0.12, name, size=min(_SIZE, 72 * cell * 0.95))
        elif has_glyphs(name):
            axes.text(
                middle,
                y - 0.06,
                name,
                rotation=90,
                ha="center",
                va="bottom",
                fontsize=min(_SIZE, 72 * cell * 0.95),
            )
        else:  # characters above each other, as they are written where they are at home
            size = min(_SIZE, 72 * cell * 0.95)
            step = size / 72
            for k, character in enumerate(reversed(name)):
                at = y - 0.06 - (k + 0.5) * step
                axes.add_artist(BrowserText(middle, at, character, size=size))


def _cells(
    axes: Axes,
    array: np.ndarray,
    corner: tuple[float, float],
    cell: float,
    scale: float,
    numbers: bool,
) -> None:
    x, y = corner
    for (i, j), weight in np.ndenumerate(array):
        color = to_hex(_SHADES(float(min(weight / scale, 1.0))))
        place = (x + j * cell, y + i * cell)
        axes.add_patch(
            Rectangle(
                place, cell, cell, facecolor=color, edgecolor=GREY_LINE, linewidth=0.5
            )
        )
        if numbers:
            ink = next(i for i in _INKS if contrast(i, color) >= 4.5)
            axes.text(
                place[0] + cell / 2,
                place[1] + cell / 2,
                _number(weight),
                ha="center",
                va="center_baseline",
                color=ink,
                fontsize=min(12.0, 72 * cell * 0.37),
            )


def _number(weight: float) -> str:
    """Write two decimals, without the leading zero, and 0 and 1 without any."""
    if weight in (0, 1):
        return f"{weight:.0f}"
    text = f"{weight:.2f}"
    return text.removeprefix("0")


def _visible(token: str) -> str:
    for blank, sign in _SHOWN.items():
        token = token.replace(blank, sign)
    return token


def _wide(text: str) -> float:
    """Return the width of a text in inches."""
    if not text.strip():
        return 0.05
    if not has_glyphs(text):
        return em(text) * _SIZE / 72
    plain = FontProperties(family="DejaVu Sans")
    return TextPath((0, 0), text, _SIZE, plain).get_extents().width / 72
