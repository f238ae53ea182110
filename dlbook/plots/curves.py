"""Curves against one axis: any number of them, or two that should coincide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike

from dlbook.plots.palette import (
    BLUE,
    GREY_TEXT,
    INK,
    LINE_COLORS,
    LINE_STYLES,
    MARKERS,
    ORANGE,
)
from dlbook.plots.style import Figure, as_array, label_axes, style, subplots

_MOST_POINTS = 3000  # more and a curve is rasterized: a page has a weight to keep


def curves(
    x: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    logx: bool = False,
    logy: bool = False,
    ylim: tuple[float, float] | None = None,
    markers: bool = False,
    spread: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    lines: Mapping[str, float] | None = None,
    height: float | None = None,
) -> Figure:
    """Draw one curve per entry of `series`.

    Parameters
    ----------
    x : array_like, shape (n,)
    series : mapping of str to array_like, shape (n,)
        Legend text to values, at most five; the n-th has the n-th color and line style
        of the palette. NaN leaves a gap; a value between two gaps is
        marked.
    xlabel, ylabel, title : str
        A single curve has no legend: say in `ylabel` or `title` what it is.
    logx, logy : bool
        Logarithmic axes. Of few points on less than two decades, `logx` names each.
    ylim : (float, float), optional
        Limits of the vertical axis.
    markers : bool
        Also mark the points; about ten along a longer curve.
    spread : mapping of str to (low, high), optional
        A band around some of the curves, two arrays of shape (n,) each.
    lines : mapping of str to float, optional
        Horizontal reference lines, with the text that stands on them.
    height : float, optional
        Inches.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no curve or more than five, a length differs from that of `x`, or
        `spread` names a curve that is not there.
    """
    across = as_array("x", x, ndim=1)
    if not 1 <= len(series) <= len(LINE_COLORS):
        raise ValueError(
            f"series must hold 1 to {len(LINE_COLORS)} curves, got {len(series)}: "
            "draw more of them in a second figure"
        )
    unknown = set(spread or ()) - set(series)
    if unknown:
        raise ValueError(f"spread names curves that series lacks: {sorted(unknown)}")
    figure, axes = subplots(height=height)
    with style():
        for n, (label, values) in enumerate(series.items()):
            up = _same_length(f"series[{label!r}]", values, across)
            if spread and label in spread:
                low, high = (
                    _same_length(f"spread[{label!r}]", edge, across)
                    for edge in spread[label]
                )
                axes.fill_between(
                    across, low, high, color=LINE_COLORS[n], alpha=0.18, linewidth=0
                )
            axes.plot(
                across,
                up,
                label=label,
                color=LINE_COLORS[n],
                linestyle=LINE_STYLES[n],
                marker=MARKERS[n],
                markevery=marked_points(
                    up, max(1, len(across) // 10) if markers else 0
                ),
                rasterized=len(across) > _MOST_POINTS,
            )
        _scales(axes, logx, logy)
        if logx:
            _name_few_points(axes, across)
        if ylim is not None:
            axes.set_ylim(*ylim)
        for text, level in (lines or {}).items():
            _reference_line(axes, text, level)
        label_axes(axes, xlabel, ylabel, title)
        if len(series) > 1:
            handles, texts = axes.get_legend_handles_labels()
            axes.legend([_legend_line(line, markers) for line in handles], texts)
    return figure


def two_curves(
    ours: ArrayLike,
    theirs: ArrayLike,
    *,
    x: ArrayLike | None = None,
    names: tuple[str, str] = ("dlbook", "torch"),
    xlabel: str = "step",
    ylabel: str = "loss",
    title: str = "",
    logy: bool = False,
) -> Figure:
    """Draw two curves that should coincide, and below them how far apart they are.

    The first is solid and wide, the second dashed and drawn on top, so that both can be
    seen where they agree. The lower panel shows the size of their difference on a
    logarithmic scale; where it is exactly zero, or either is not finite, there is a
    gap.

    Parameters
    ----------
    ours, theirs : array_like, shape (n,)
    x : array_like, shape (n,), optional
        By default 0, 1, 2, ...
    names : (str, str)
        Legend texts of `ours` and `theirs`.
    xlabel, ylabel, title : str
    logy : bool
        Logarithmic scale for the upper panel.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    first = as_array("ours", ours, ndim=1)
    across = np.arange(len(first)) if x is None else as_array("x", x, ndim=1)
    second = _same_length("theirs", theirs, first)
    if len(across) != len(first):
        raise ValueError(f"x has {len(across)} values and ours {len(first)}")
    with np.errstate(invalid="ignore"):  # infinity minus infinity
        difference = np.abs(first - second)
    shown = np.where((difference > 0) & np.isfinite(difference), difference, np.nan)
    figure, (upper, lower) = subplots(
        2, height=4.9, sharex=True, height_ratios=(2.2, 1)
    )
    with style():
        upper.plot(across, first, color=BLUE, linestyle="-", linewidth=4.5)
        upper.plot(across, second, color=ORANGE, linestyle=(0, (3, 3)), linewidth=2)
        upper.legend(upper.lines, names)
        label_axes(upper, "", ylabel, title)
        _scales(upper, False, logy)
        label_axes(lower, xlabel, "difference", "")
        if np.isnan(shown).all():
            lower.text(
                0.5,
                0.5,
                _without_difference(difference),
                ha="center",
                va="center",
                transform=lower.transAxes,
            )
            lower.set_yticks([])
        else:
            lower.plot(
                across,
                shown,
                color=INK,
                linestyle="-",
                linewidth=1.5,
                marker="o",
                markersize=3,
                markevery=marked_points(shown, 0),
            )
            lower.set_yscale("log")
            low, high = np.log10([np.nanmin(shown), np.nanmax(shown)])
            # whole decades, and their labels alone: there is little room
            lower.set_ylim(10 ** np.floor(low - 0.05), 10 ** np.ceil(high + 0.05))
            lower.yaxis.set_major_locator(LogLocator(numticks=4))
            lower.yaxis.set_minor_formatter(NullFormatter())
        for line in (*upper.lines, *lower.lines):
            line.set_rasterized(len(across) > _MOST_POINTS)
    return figure


def _same_length(name: str, values: ArrayLike, like: np.ndarray) -> np.ndarray:
    array = as_array(name, values, ndim=1)
    if len(array) != len(like):
        raise ValueError(f"{name} has {len(array)} values, expected {len(like)}")
    return array


def marked_points(values: np.ndarray, every: int) -> np.ndarray:
    """Return which points get a marker: each `every`-th, and those without neighbors.

    A line has two ends; a point between two gaps has none, and would not be seen.
    """
    there = np.concatenate([[False], np.isfinite(values), [False]])
    marked = there[1:-1] & ~there[:-2] & ~there[2:]
    if every:
        marked[::every] = True
    return marked


def _legend_line(line: Line2D, marker: bool) -> Line2D:
    there = np.isfinite(np.asarray(line.get_ydata(), float))
    points = not (there[1:] & there[:-1]).any()  # no two neighbors, so no line
    sample = Line2D([], [])
    sample.update_from(line)  # get_linestyle() would call every dash pattern "--"
    if points:
        sample.set_linestyle("")
    elif not marker:
        sample.set_marker("None")
    return sample


def _without_difference(difference: np.ndarray) -> str:
    finite = np.isfinite(difference)
    if finite.all():
        return "exactly 0 everywhere"
    return "exactly 0 where both are finite" if finite.any() else "nowhere both finite"


def _name_few_points(axes: Axes, across: np.ndarray) -> None:
    """Name the points of a short logarithmic axis, whose own labels would overlap."""
    places = np.unique(across[np.isfinite(across) & (across > 0)])
    if not 2 <= len(places) <= 8 or places[-1] >= 100 * places[0]:
        return
    if (places[1:] >= 1.4 * places[:-1]).all():
        axes.set_xticks(places, [f"{place:g}" for place in places])
        axes.xaxis.set_minor_locator(NullLocator())


def _scales(axes: Any, logx: bool, logy: bool) -> None:
    if logx:
        axes.set_xscale("log")
    if logy:
        axes.set_yscale("log")


def _reference_line(axes: Any, text: str, level: float) -> None:
    axes.axhline(level, color=GREY_TEXT, linewidth=1.4, linestyle=(0, (2, 2)))
    axes.annotate(
        text,
        (0.99, level),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=GREY_TEXT,
    )
