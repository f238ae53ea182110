"""The layers of a network as bars, as wide as what they give holds numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from dlbook.plots.palette import BLUE, GREY_LINE, INK, ORANGE, TINTS
from dlbook.plots.style import Figure, style, subplots

_ROW = 0.36  # inches
_WIDEST = 2.4  # of the bars, in units of which the figure has 10
_TIMES = "\N{MULTIPLICATION SIGN}"


def network_blocks(
    layers: Sequence[tuple],
    *,
    skips: Sequence[tuple[int, int]] = (),
    title: str = "",
) -> Figure:
    """Draw a network from the top down: a row for each layer, with the shape it gives.

    The bar in the middle is as wide as the output holds numbers, the widest of all
    being the unit; an output of few numbers shows as a line.

    Parameters
    ----------
    layers : sequence of (str, tuple of int) or (str, tuple of int, int)
        From input to output: the name of a layer, the shape of its output for one
        sample, as (6, 28, 28), and how many parameters it has. The parameters are
        written in a last column if one layer has them given.
    skips : sequence of (int, int)
        Connections that pass layers by: from the output of a row to the output of a
        later one, counted from 0; an arc on the left of the bars.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no layer, an entry is not as above, or a skip does not lead from a
        row to a later one.
    """
    rows = [_checked(n, layer) for n, layer in enumerate(layers)]
    if not rows:
        raise ValueError("layers is empty: there is nothing to draw")
    for start, end in skips:
        if not 0 <= start < end < len(rows):
            raise ValueError(
                "skips must lead from a row to a later one, within 0.."
                f"{len(rows) - 1}, got ({start}, {end})"
            )
    counted = any(parameters is not None for _, _, parameters in rows)
    figure, axes = subplots(height=_ROW * (len(rows) + 1) + (0.35 if title else 0.0))
    with style():
        axes.set(xlim=(0, 10), ylim=(len(rows) - 0.3, -1.1))
        axes.set_axis_off()
        middle = 4.3 if counted else 5.2
        ends = {"shape": 7.9 if counted else 9.9, "parameters": 9.95}
        for heading, across in ends.items():
            if heading == "shape" or counted:
                text = "output" if heading == "shape" else heading
                axes.text(across, -0.75, text, ha="right", va="center", fontsize=11)
        most = max(math.prod(shape) for _, shape, _ in rows)
        widths = [_WIDEST * math.prod(shape) / most for _, shape, _ in rows]
        for n, (name, shape, parameters) in enumerate(rows):
            _row(axes, n, name, widths[n], middle)
            text = f" {_TIMES} ".join(f"{length:,}" for length in shape)
            axes.text(ends["shape"], n, text, ha="right", va="center", fontsize=11)
            if parameters is not None:
                axes.text(
                    9.95, n, f"{parameters:,}", ha="right", va="center", fontsize=11
                )
            if n:
                axes.add_patch(_arrow((middle, n - 0.72), (middle, n - 0.26)))
        for start, end in skips:
            left = middle - _WIDEST / 2 - 0.1
            bend = -0.35 - 0.03 * (end - start)
            axes.add_patch(_arc((left, start), (left, end), bend))
        if title:
            axes.set_title(title)
    return figure


def _checked(n: int, layer: tuple) -> tuple[str, tuple[int, ...], int | None]:
    try:
        name, shape, *rest = layer
        sizes = tuple(int(length) for length in shape)
        (parameters,) = rest or (None,)
    except (TypeError, ValueError):
        sizes = ()
    if not sizes or min(sizes) < 1:
        raise ValueError(
            "layers must hold (name, shape) or (name, shape, parameters) with lengths "
            f"of at least 1, got {layer!r} in row {n}"
        )
    return str(name), sizes, parameters


def _row(axes: Axes, n: int, name: str, width: float, middle: float) -> None:
    axes.text(0.0, n, name, ha="left", va="center", fontsize=11, color=INK)
    axes.add_patch(
        Rectangle(
            (middle - width / 2, n - 0.26),
            width,
            0.52,
            facecolor=TINTS[0],
            edgecolor=BLUE,
            linewidth=1.2,
        )
    )


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> FancyArrowPatch:
    return FancyArrowPatch(
        start,
        end,
        arrowstyle="-|>",
        mutation_scale=8,
        color=GREY_LINE,
        linewidth=1.0,
        shrinkA=0,
        shrinkB=0,
    )


def _arc(
    start: tuple[float, float], end: tuple[float, float], bend: float
) -> FancyArrowPatch:
    return FancyArrowPatch(
        start,
        end,
        connectionstyle=f"arc3,rad={-bend}",
        arrowstyle="-|>",
        mutation_scale=10,
        color=ORANGE,
        linewidth=1.5,
        linestyle="--",
        shrinkA=0,
        shrinkB=0,
    )
