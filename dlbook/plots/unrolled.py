"""A recurrent network, folded with its loop and unrolled through time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from dlbook.plots.palette import (
    BLUE,
    GREY_LINE,
    GREY_TEXT,
    GROUND,
    INK,
    LINE_COLORS,
    ORANGE,
    TEXT_COLORS,
    TINTS,
)
from dlbook.plots.style import WIDTH, Figure, style, subplots

_MOST_STEPS = 7
_SIDE, _BEHIND = 0.6, 1.0  # side of a box, and from one row of boxes to the next


def unrolled(
    steps: int = 4,
    *,
    inputs: Sequence[str] | None = None,
    outputs: str = "every",
    layers: int = 1,
    bidirectional: bool = False,
    folded: bool = True,
    gradients: bool = False,
    title: str = "",
) -> Figure:
    """Draw a recurrent network, folded on the left and unrolled through time.

    Parameters
    ----------
    steps : int
        Steps of time, 2 to 7.
    inputs : sequence of str, length `steps`, optional
        What comes in, written below the boxes x_1, x_2, ...: letters or words.
    outputs : {"every", "last", "none"}
        At which steps an output y_t is read.
    layers : int
        Layers stacked on each other, 1 to 3; in torch's counting the states of layer 0
        are the inputs of layer 1.
    bidirectional : bool
        Add a row of states that runs from the end to the beginning. One layer only.
    folded : bool
        Whether the network with its loop stands on the left. Not if bidirectional.
    gradients : bool
        Draw the way of the gradient back through time, dashed.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If an argument is not as above.
    """
    if not 2 <= steps <= _MOST_STEPS:
        raise ValueError(f"steps must be 2 to {_MOST_STEPS}, got {steps}")
    if inputs is not None and len(inputs) != steps:
        raise ValueError(f"{len(inputs)} inputs for {steps} steps")
    if outputs not in ("every", "last", "none"):
        raise ValueError(f"outputs must be every, last or none, got {outputs!r}")
    if not 1 <= layers <= 3 or (bidirectional and layers > 1):
        raise ValueError(f"layers must be 1 to 3, and 1 if bidirectional, got {layers}")
    rows = 2 if bidirectional else layers
    folded = folded and not bidirectional
    first = 2.1 if folded else 0.55  # where the column of step 1 stands
    pitch = (WIDTH - first - 0.65) / (steps - 1)
    pitch = min(pitch, 1.4)
    across = [first + pitch * t for t in range(steps)]
    top = _BEHIND * (rows + (outputs != "none"))
    lowest = -0.5 if inputs is None else -0.85
    figure, axes = subplots(height=top - lowest + 0.6 + (0.35 if title else 0.0))
    with style():
        axes.set(xlim=(0, WIDTH), ylim=(lowest, top + 0.45), aspect="equal")
        axes.set_axis_off()
        for t, x in enumerate(across):
            read = outputs == "every" or (outputs == "last" and t == steps - 1)
            _column(axes, x, str(t + 1), rows, bidirectional, read)
            if inputs is not None:
                axes.text(x, -0.6, inputs[t], ha="center", va="center", color=INK)
        for row in range(1, rows + 1):
            backward = bidirectional and row == 2
            for left, right in pairwise(across):
                ends = left + _SIDE / 2, right - _SIDE / 2
                if backward:
                    ends = ends[::-1]
                y = row * _BEHIND
                _arrow(axes, (ends[0], y), (ends[1], y))
                if gradients:
                    shift = 0.17
                    _arrow(
                        axes,
                        (ends[1], y - shift),
                        (ends[0], y - shift),
                        color=ORANGE,
                        dashed=True,
                    )
        if folded:
            _folded(axes, rows, outputs != "none")
        if gradients:
            axes.text(
                1.45 if folded else (across[0] + across[1]) / 2,
                _BEHIND - 0.42,
                "gradient",
                ha="center",
                va="center",
                fontsize=11,
                color=TEXT_COLORS[1],
            )
        if title:
            axes.set_title(title)
    return figure


def _column(
    axes: Axes, x: float, t: str, rows: int, bidirectional: bool, read: bool
) -> None:
    """Draw one step: its input, its states and perhaps its output."""
    _box(axes, x, 0.0, f"$x_{{{t}}}$", TINTS[0], BLUE)
    for row in range(1, rows + 1):
        above = f"^{{({row})}}" if rows > 1 and not bidirectional else ""
        if bidirectional:
            arrow = "overleftarrow" if row == 2 else "overrightarrow"
            label = rf"$\{arrow}{{h}}_{{{t}}}$"
        else:
            label = f"$h{above}_{{{t}}}$"
        _box(axes, x, row * _BEHIND, label, GROUND, INK)
    upward = range(rows + read)
    if not bidirectional:
        for row in upward:
            _up(axes, x, row * _BEHIND, (row + 1) * _BEHIND)
    else:
        _up(axes, x, 0.0, _BEHIND)
        _bow(axes, x, 0.0, 2 * _BEHIND, side=-1)
        if read:
            _up(axes, x, 2 * _BEHIND, 3 * _BEHIND)
            _bow(axes, x, _BEHIND, 3 * _BEHIND, side=1)
    if read:
        _box(axes, x, (rows + 1) * _BEHIND, f"$y_{{{t}}}$", TINTS[2], LINE_COLORS[2])


def _folded(axes: Axes, rows: int, read: bool) -> None:
    """Draw the network with its loop, and a sign that leads on to its unrolled form."""
    x = 0.5
    _box(axes, x, 0.0, "$x_t$", TINTS[0], BLUE)
    for row in range(1, rows + 1):
        above = f"^{{({row})}}" if rows > 1 else ""
        y = row * _BEHIND
        _box(axes, x, y, f"$h{above}_t$", GROUND, INK)
        axes.add_patch(
            FancyArrowPatch(
                (x + _SIDE / 2, y + 0.16),
                (x + _SIDE / 2, y - 0.16),
                connectionstyle="arc3,rad=-1.6",
                arrowstyle="-|>",
                mutation_scale=12,
                color=GREY_LINE,
                linewidth=1.6,
                shrinkA=0,
                shrinkB=0,
            )
        )
    if read:
        _box(axes, x, (rows + 1) * _BEHIND, "$y_t$", TINTS[2], LINE_COLORS[2])
    for row in range(rows + read):
        _up(axes, x, row * _BEHIND, (row + 1) * _BEHIND)
    axes.text(
        1.45, _BEHIND, "=", ha="center", va="center", fontsize=20, color=GREY_TEXT
    )


def _box(axes: Axes, x: float, y: float, label: str, fill: str, edge: str) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (x - _SIDE / 2, y - _SIDE / 2 + 0.06),
            _SIDE,
            _SIDE - 0.12,
            boxstyle="round,pad=0,rounding_size=0.1",
            facecolor=fill,
            edgecolor=edge,
            linewidth=1.5,
            zorder=2,
        )
    )
    axes.text(x, y, label, ha="center", va="center", fontsize=13, zorder=3)


def _up(axes: Axes, x: float, low: float, high: float) -> None:
    room = _SIDE / 2 - 0.06
    _arrow(axes, (x, low + room), (x, high - room))


def _bow(axes: Axes, x: float, low: float, high: float, side: int) -> None:
    """Draw an arrow upward that passes one row by."""
    room = _SIDE / 2 - 0.06
    at = x + side * 0.2
    axes.add_patch(
        FancyArrowPatch(
            (at, low + room),
            (at, high - room),
            connectionstyle=f"arc3,rad={-0.28 * side * -1}",
            arrowstyle="-|>",
            mutation_scale=11,
            color=GREY_LINE,
            linewidth=1.4,
            shrinkA=0,
            shrinkB=0,
        )
    )


def _arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    color: str = GREY_LINE,
    dashed: bool = False,
) -> None:
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=12,
            color=color,
            linestyle=(0, (3, 2)) if dashed else "-",
            linewidth=1.6,
            shrinkA=0,
            shrinkB=0,
        )
    )
