"""A roofline: what a machine can do at most, and where operations lie below it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dlbook.plots.palette import GREY_TEXT, GROUND, INK, TEXT_COLORS
from dlbook.plots.style import Figure, label_axes, style, subplots

_MOST_POINTS = 16  # more numbers would cover one another


def roofline(
    peak: float,
    bandwidths: Mapping[str, float],
    points: Mapping[str, tuple[float, float]],
    *,
    unit: str = "GFLOP/s",
    title: str = "",
) -> Figure:
    """Draw slanted roofs of bandwidth, the flat roof of arithmetic, and points below.

    Both axes are logarithmic. Points carry numbers, which the legend explains, the
    smallest intensity first; left of the dotted ridge memory is the limit, and they are
    orange, right of it arithmetic, and they are blue.

    Parameters
    ----------
    peak : float, positive
        FLOP per second.
    bandwidths : mapping of str to float
        Name and bytes per second of one or two roofs; the first is drawn solid.
    points : mapping of str to (float, float)
        Name to FLOP per byte and FLOP per second; at most 16, all positive.
    unit : str
        "GFLOP/s" or "TFLOP/s", of the vertical axis.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a number is not positive and finite, or there are too many or too few.
    """
    units = {"GFLOP/s": 1e9, "TFLOP/s": 1e12}
    if unit not in units:
        raise ValueError(f"unit must be one of {list(units)}, got {unit!r}")
    if not 1 <= len(bandwidths) <= 2:
        raise ValueError(f"bandwidths must hold 1 or 2 roofs, got {len(bandwidths)}")
    if len(points) > _MOST_POINTS:
        raise ValueError(f"points must be at most {_MOST_POINTS}, got {len(points)}")
    _check("peak", peak)
    for name, value in bandwidths.items():
        _check(f"bandwidths[{name!r}]", value)
    for name, pair in points.items():
        for value in pair:
            _check(f"points[{name!r}]", value)
    ridges = [peak / bandwidth for bandwidth in bandwidths.values()]
    across = [x for x, _ in points.values()]
    left, right = min([*across, *ridges]) / 2, max([*across, *ridges]) * 3
    rows = -(-len(points) // 2)
    figure, axes = subplots(height=4.0 + 0.24 * rows)
    scale = units[unit]
    with style():
        axes.set_xscale("log")
        axes.set_yscale("log")
        widths = zip(bandwidths.items(), ("-", (0, (5, 3))), strict=False)
        for (name, bandwidth), dashes in widths:
            ridge = peak / bandwidth
            axes.plot(
                [left, ridge],
                [left * bandwidth / scale, peak / scale],
                color=INK,
                linestyle=dashes,
                label=f"{name}, {bandwidth / 1e9:.3g} GB/s",
            )
        axes.plot([min(ridges), right], [peak / scale] * 2, color=INK, linestyle="-")
        axes.annotate(
            f"{peak / scale:.3g} {unit}",
            (right, peak / scale),
            xytext=(-2, 4),
            textcoords="offset points",
            ha="right",
            color=GREY_TEXT,
        )
        axes.axvline(
            ridges[0], color=GREY_TEXT, linewidth=1.2, linestyle=(0, (2, 2)), zorder=1
        )
        ordered = sorted(points.items(), key=lambda item: item[1])
        handles = []
        for number, (name, (x, y)) in enumerate(ordered, start=1):
            color = TEXT_COLORS[1 if x < ridges[0] else 0]
            (handle,) = axes.plot(
                x,
                y / scale,
                marker=f"${number}$",
                markersize=9 if number < 10 else 12,
                color=color,
                linestyle="",
                label=name,
                zorder=4,
            )
            axes.plot(
                x,
                y / scale,
                marker="o",
                markersize=17,
                color=color,
                markerfacecolor=GROUND,
                linestyle="",
                zorder=3,
            )
            handles.append(handle)
        axes.set_xlim(left, right)
        lowest = min([y for _, y in points.values()] or [peak / 100])
        axes.set_ylim(lowest / scale / 3, peak / scale * 3)
        label_axes(axes, "FLOP per byte", unit, title)
        roofs = axes.legend(handles=axes.lines[: len(bandwidths)], loc="lower right")
        axes.add_artist(roofs)
        if handles:
            figure.legend(
                handles=handles, loc="outside lower center", ncols=2, frameon=False
            )
    return figure


def _check(name: str, value: float) -> None:
    if not 0 < value < np.inf:
        raise ValueError(f"{name} must be positive and finite, got {value}")
