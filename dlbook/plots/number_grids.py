"""Matrices side by side, every number written in its cell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from dlbook.plots.palette import BLUE, GREY_LINE, GROUND, INK, ORANGE
from dlbook.plots.style import WIDTH, Figure, as_array, style, subplots

_STRONGEST = 0.45  # share of the color at the largest number: ink stays legible
_TINTS = LinearSegmentedColormap.from_list("tints", [ORANGE, GROUND, BLUE])
_GAP = 1.0  # between two matrices, in cells
_LARGEST_CELL = 0.55  # inches


def number_grids(
    grids: Mapping[str, ArrayLike],
    *,
    zeros: bool = True,
    scale: float | None = None,
) -> Figure:
    """Draw matrices side by side, with their numbers and a tint for each cell.

    Positive numbers are blue and negative ones orange, paler the nearer they are to 0.

    Parameters
    ----------
    grids : mapping of str to array_like, shape (H, W)
        For each matrix its title; drawn from left to right, centered on one line.
    zeros : bool
        Whether zeros are written; without them a sparse matrix shows its pattern.
    scale : float, optional
        Absolute value drawn in full color; by default each matrix has its own, its
        largest.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no matrix, one does not have two axes or is empty, or `scale` is not
        positive.
    """
    if not grids:
        raise ValueError("number_grids: needs at least one matrix")
    matrices = {t: as_array(t, numbers, ndim=2) for t, numbers in grids.items()}
    if scale is not None and not scale > 0:
        raise ValueError(f"number_grids: scale must be positive, got {scale}")
    columns = sum(m.shape[1] + _GAP for m in matrices.values()) - _GAP
    rows = max(m.shape[0] for m in matrices.values())
    cell = min(_LARGEST_CELL, WIDTH / (columns + 0.2))
    figure, panel = subplots(height=cell * rows + 0.4)
    with style():
        spare = (WIDTH / cell - columns) / 2  # cells left free on either side
        panel.set(
            xlim=(-spare, columns + spare), ylim=(rows + 0.1, -0.7), aspect="equal"
        )
        panel.set_axis_off()
        left = 0.0
        for title, matrix in matrices.items():
            top = (rows - matrix.shape[0]) / 2
            largest = scale or np.abs(matrix).max() or 1.0
            _draw_matrix(panel, matrix, (left, top), zeros, largest, 24 * cell)
            middle = left + matrix.shape[1] / 2
            panel.text(middle, top - 0.2, title, ha="center", va="bottom", color=INK)
            left += matrix.shape[1] + _GAP
    return figure


def _draw_matrix(
    panel: Axes,
    matrix: np.ndarray,
    corner: tuple[float, float],
    zeros: bool,
    largest: float,
    fontsize: float,
) -> None:
    for (row, column), number in np.ndenumerate(matrix):
        strength = np.clip(number / largest, -1, 1) * _STRONGEST
        place = (corner[0] + column, corner[1] + row)
        panel.add_patch(
            Rectangle(
                place,
                1,
                1,
                facecolor=_TINTS(0.5 + strength / 2),
                edgecolor=GREY_LINE,
                linewidth=0.8,
            )
        )
        if number or zeros:
            panel.text(
                place[0] + 0.5,
                place[1] + 0.5,
                _text(number),
                ha="center",
                va="center_baseline",
                color=INK,
                fontsize=min(fontsize, 12),
            )


def _text(number: float) -> str:
    """Write at most three digits, with a real minus sign and no -0."""
    return f"{number + 0.0:.3g}".replace("-", "\N{MINUS SIGN}")
