"""The shapes of problems with sequences: what comes in, and what goes out when."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from dlbook.plots.palette import BLUE, GREEN, GREY_LINE, GROUND, INK, TINTS
from dlbook.plots.style import Figure, style, subplots

_MOST_STEPS = 8
_WIDE, _TALL = 0.66, 0.44  # of a box, where steps and rows are 1 apart


def sequence_shapes(
    problems: Sequence[tuple[str, int, Sequence[int], Sequence[int]]],
    *,
    columns: int = 2,
    title: str = "",
) -> Figure:
    """Draw a panel for each problem: inputs below, states in the middle, outputs above.

    Parameters
    ----------
    problems : sequence of (title, steps, inputs, outputs)
        A title; how many steps the network makes, 1 to 8; and at which of them, counted
        from 1, an input comes in and an output goes out.
    columns : int
        Panels in a row.
    title : str
        Above all panels.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no problem, one is not as above, or `columns` is less than 1.
    """
    if not len(problems):
        raise ValueError("problems is empty: there is nothing to draw")
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    for name, steps, inputs, outputs in problems:
        if not 1 <= steps <= _MOST_STEPS:
            raise ValueError(
                f"problem {name!r}: steps must be 1 to {_MOST_STEPS}, got {steps}"
            )
        for what, places in (("inputs", inputs), ("outputs", outputs)):
            if not set(places) <= set(range(1, steps + 1)):
                raise ValueError(
                    f"problem {name!r}: {what} must be steps from 1 to {steps}, got "
                    f"{list(places)}"
                )
    columns = min(columns, len(problems))
    rows = -(-len(problems) // columns)
    figure, panels = subplots(
        rows,
        columns,
        height=1.75 * rows + (0.35 if title else 0.0),
        squeeze=False,
    )
    longest = max(steps for _, steps, _, _ in problems)
    with style():
        for n, axes in enumerate(panels.flat):
            axes.set_axis_off()
            if n < len(problems):
                _panel(axes, *problems[n], longest)
        if title:
            figure.suptitle(title, x=0.0, ha="left")
    return figure


def _panel(
    axes: Axes,
    name: str,
    steps: int,
    inputs: Sequence[int],
    outputs: Sequence[int],
    longest: int,
) -> None:
    middle = (steps + 1) / 2
    reach = max(longest, 4) / 2 + 0.1
    axes.set(xlim=(middle - reach, middle + reach), ylim=(-0.5, 2.5))
    axes.set_title(name, loc="center", fontsize=12, fontweight="normal")
    for t in range(1, steps + 1):
        _box(axes, t, 1, GROUND, INK)
        if t > 1:
            _arrow(axes, (t - 1 + _WIDE / 2, 1), (t - _WIDE / 2, 1))
        if t in inputs:
            _box(axes, t, 0, TINTS[0], BLUE)
            _arrow(axes, (t, _TALL / 2), (t, 1 - _TALL / 2))
        if t in outputs:
            _box(axes, t, 2, TINTS[2], GREEN)
            _arrow(axes, (t, 1 + _TALL / 2), (t, 2 - _TALL / 2))


def _box(axes: Axes, t: int, row: int, fill: str, edge: str) -> None:
    axes.add_patch(
        Rectangle(
            (t - _WIDE / 2, row - _TALL / 2),
            _WIDE,
            _TALL,
            facecolor=fill,
            edgecolor=edge,
            linewidth=1.4,
            zorder=2,
        )
    )


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=9,
            color=GREY_LINE,
            linewidth=1.3,
            shrinkA=0,
            shrinkB=0,
        )
    )
