"""Encodings of positions: the whole table, and some of its columns as waves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import ArrayLike

from dlbook.plots.palette import (
    BLUE,
    GROUND,
    LINE_COLORS,
    LINE_STYLES,
    ORANGE,
)
from dlbook.plots.style import Figure, as_array, label_axes, style, subplots

_SHADES = LinearSegmentedColormap.from_list("positions", [ORANGE, GROUND, BLUE])


def position_waves(
    positions: ArrayLike,
    *,
    entries: Sequence[int] | None = None,
    title: str = "",
) -> Figure:
    """Draw an encoding of positions: all of it as a map, a few entries as curves.

    In the map, blue is positive and orange negative, white is 0, and the largest
    absolute value has the full color.

    Parameters
    ----------
    positions : array_like, shape (T, D)
        A vector for each position, such as `dlbook.nn.sinusoidal_positions` returns.
    entries : sequence of int, optional
        One to four entries that become curves; by default four, from the first to the
        middle one, each the start of a pair where D allows.
    title : str

    Returns
    -------
    Figure
        The map above, the curves below, over the same positions.

    Raises
    ------
    ValueError
        If `positions` does not have two axes or holds NaN, there is one position only,
        or `entries` are not one to four of those that there are.
    """
    table = as_array("positions", positions, ndim=2)
    length, width = table.shape
    if not np.isfinite(table).all():
        raise ValueError("position_waves: positions must be finite")
    if length < 2:
        raise ValueError("position_waves: needs two or more positions, got 1")
    if entries is None:
        spread = np.linspace(0, width / 2, 4)
        chosen = list(dict.fromkeys(int(e) // 2 * 2 for e in spread if e < width))
    else:
        chosen = [int(entry) for entry in entries]
    if not 1 <= len(chosen) <= 4 or not all(0 <= entry < width for entry in chosen):
        raise ValueError(
            f"position_waves: entries must be one to four of 0 to {width - 1}, got "
            f"{chosen}"
        )
    largest = float(np.abs(table).max()) or 1.0
    figure, (upper, lower) = subplots(2, height=5.4, sharex=True)
    with style():
        image = upper.imshow(
            table.T,
            cmap=_SHADES,
            vmin=-largest,
            vmax=largest,
            aspect="auto",
            interpolation="nearest",
            extent=(-0.5, length - 0.5, width - 0.5, -0.5),
        )
        upper.grid(False)
        label_axes(upper, "", "entry of the vector", title)
        figure.colorbar(image, ax=upper, pad=0.02)
        times = np.arange(length)
        for n, entry in enumerate(chosen):
            lower.plot(
                times,
                table[:, entry],
                color=LINE_COLORS[n],
                linestyle=LINE_STYLES[n],
                label=f"entry {entry}",
            )
        lower.set_xlim(-0.5, length - 0.5)
        label_axes(lower, "position", "value", "")
        figure.legend(
            *lower.get_legend_handles_labels(), loc="outside lower left", ncols=4,
            columnspacing=1.0, handlelength=1.8,
        )  # fmt: skip
    return figure
