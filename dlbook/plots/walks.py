"""Walks over a surface: the places of optimizers on lines of equal height."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.palette import GREY_LINE, INK, LINE_COLORS, LINE_STYLES, MARKERS
from dlbook.plots.style import Figure, as_array, label_axes, style, subplots

_SIDE = 101  # heights along each side of the picture


def walks(
    height_at: Callable[[np.ndarray, np.ndarray], ArrayLike],
    places: Mapping[str, ArrayLike],
    *,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    xlabel: str,
    ylabel: str,
    levels: int = 9,
    goal: ArrayLike | None = None,
    title: str = "",
    height: float | None = None,
) -> Figure:
    """Draw the places of each walk, joined, over lines of equal height.

    The heights of neighboring lines grow as squares do, so that a bowl has lines at
    equal distances. A disc marks where all walks start, and a cross the goal.

    Parameters
    ----------
    height_at : callable
        Takes two float arrays of one shape, the coordinates, and returns the heights
        there, an array of that shape.
    places : mapping of str to array_like, shape (steps + 1, 2)
        Legend text to the places of a walk, at most five; the first place is the
        start.
    xlim, ylim : (float, float)
        What the picture shows; a walk may leave it.
    xlabel, ylabel, title : str
    levels : int
        Lines of equal height.
    goal : array_like, shape (2,), optional
    height : float, optional
        Inches.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no walk or more than five, a walk has not the shape (steps + 1, 2),
        `levels` is less than 1, or the heights have another shape than the
        coordinates.
    """
    if not 1 <= len(places) <= len(LINE_COLORS):
        raise ValueError(
            f"places must hold 1 to {len(LINE_COLORS)} walks, got {len(places)}"
        )
    if levels < 1:
        raise ValueError(f"levels must be at least 1, got {levels}")
    across, up = np.meshgrid(np.linspace(*xlim, _SIDE), np.linspace(*ylim, _SIDE))
    heights = as_array("the heights", height_at(across, up))
    if heights.shape != across.shape:
        raise ValueError(
            f"height_at returned shape {heights.shape} for coordinates of shape "
            f"{across.shape}"
        )
    low, high = heights.min(), heights.max()
    steps = np.arange(1, levels + 1) / (levels + 1)
    figure, axes = subplots(height=height)
    with style():
        axes.contour(
            across,
            up,
            heights,
            levels=low + steps**2 * (high - low),
            colors=GREY_LINE,
            linewidths=1.0,
        )
        for n, (label, walk) in enumerate(places.items()):
            points = as_array(f"places[{label!r}]", walk, ndim=2)
            if points.shape[1] != 2:
                raise ValueError(
                    f"places[{label!r}] must have shape (steps + 1, 2), "
                    f"got {points.shape}"
                )
            axes.plot(
                *points.T,
                label=label,
                color=LINE_COLORS[n],
                linestyle=LINE_STYLES[n],
                marker=MARKERS[n],
                markersize=4,
                linewidth=1.8,
            )
            axes.plot(*points[0], marker="o", color=INK, markersize=9, linestyle="")
        if goal is not None:
            axes.plot(
                *as_array("goal", goal, ndim=1),
                marker="x",
                color=INK,
                markersize=10,
                markeredgewidth=2.5,
                linestyle="",
            )
        axes.set(xlim=xlim, ylim=ylim)
        axes.grid(visible=False)
        label_axes(axes, xlabel, ylabel, title)
        if len(places) > 1:
            axes.legend()
    return figure
