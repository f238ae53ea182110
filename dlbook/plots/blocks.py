"""A block of numbers with three axes, cut into sheets, and which cells go together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from dlbook.plots.palette import GREY_LINE, INK, TINTS
from dlbook.plots.style import Figure, as_array, style, subplots

_GAP = 1.0  # between two sheets, in cells


def sheets(
    sets: Mapping[str, ArrayLike],
    *,
    axes: tuple[str, str, str] = ("example", "channel", "place"),
) -> Figure:
    """Draw blocks of shape (N, C, L), one row a block, with the set of every cell.

    A block is cut into N sheets of C rows and L columns, side by side. Cells of one set
    bear the same number, and neighboring sets have different colors.

    Parameters
    ----------
    sets : mapping of str to array_like of int, shape (N, C, L)
        For each block its title and, for every cell, the number of its set, 0, 1, 2,
        ...; the picture counts from 1.
    axes : (str, str, str)
        What a sheet, a row and a column are.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no block, or the blocks do not share one shape with three axes.
    """
    if not sets:
        raise ValueError("sheets: needs at least one block")
    blocks = {
        title: as_array(title, numbers, ndim=3).astype(int)
        for title, numbers in sets.items()
    }
    shapes = {block.shape for block in blocks.values()}
    if len(shapes) > 1:
        raise ValueError(f"sheets: blocks differ in shape: {sorted(shapes)}")
    (shape,) = shapes
    width = shape[0] * (shape[2] + _GAP) + 0.2
    cell = 5.6 / width  # inches
    height = len(blocks) * (cell * (shape[1] + 1.4) + 0.5)
    figure, panels = subplots(len(blocks), height=height, squeeze=False)
    with style():
        for (title, block), panel in zip(blocks.items(), panels[:, 0], strict=True):
            _draw_block(panel, block, title, axes)
    return figure


def _draw_block(
    panel: Axes, block: np.ndarray, title: str, axes: tuple[str, str, str]
) -> None:
    count, rows, columns = block.shape
    panel.set(
        xlim=(-1.0, count * (columns + _GAP) - _GAP + 0.1),
        ylim=(rows + 1.1, -0.15),
        aspect="equal",
        title=title,
    )
    panel.set_axis_off()
    for n in range(count):
        left = n * (columns + _GAP)
        for row in range(rows):
            for column in range(columns):
                number = int(block[n, row, column])
                corner = (left + column, row)
                panel.add_patch(
                    Rectangle(
                        corner,
                        1,
                        1,
                        facecolor=TINTS[number % len(TINTS)],
                        edgecolor=GREY_LINE,
                    )
                )
                panel.text(
                    left + column + 0.5,
                    row + 0.5,
                    str(number + 1),
                    ha="center",
                    va="center_baseline",
                    color=INK,
                    fontsize=11,
                )
        panel.text(
            left + columns / 2,
            rows + 0.25,
            f"{axes[0]} {n + 1}",
            ha="center",
            va="top",
            fontsize=11,
        )
    panel.text(
        -0.25,
        rows / 2,
        f"{axes[1]}s",
        ha="right",
        va="center",
        rotation=90,
        fontsize=11,
    )
