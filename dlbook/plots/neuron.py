"""A nerve cell, and the artificial neuron that was modelled on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Ellipse, PathPatch
from matplotlib.path import Path
from numpy.typing import ArrayLike

from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, INK, ORANGE, TINTS
from dlbook.plots.style import Figure, as_array, style, subplots

_MOST_INPUTS = 5


def neuron_diagram(
    x: ArrayLike,
    weight: ArrayLike,
    bias: float,
    names: Sequence[str] | None = None,
) -> Figure:
    """Draw a nerve cell, and below it one neuron with its numbers.

    Parameters
    ----------
    x : array_like, shape (D,)
        The inputs, one to five.
    weight : array_like, shape (D,)
    bias : float
    names : sequence of str, optional
        What the inputs are; x1, x2, ... by default.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If x and weight differ in length, or there are more than five inputs.
    """
    inputs, weights = as_array("x", x, ndim=1), as_array("weight", weight, ndim=1)
    if inputs.shape != weights.shape or len(inputs) > _MOST_INPUTS:
        raise ValueError(
            f"x and weight must have one length, at most {_MOST_INPUTS}; "
            f"got {inputs.shape} and {weights.shape}"
        )
    texts = [f"$x_{i + 1}$" for i in range(len(inputs))] if names is None else names
    if len(texts) != len(inputs):
        raise ValueError(f"{len(texts)} names given for {len(inputs)} inputs")
    figure, (above, below) = subplots(2, 1, height=6.4, height_ratios=(1, 1.15))
    with style():
        _draw_cell(above)
        _draw_neuron(below, inputs, weights, float(bias), texts)
    return figure


def _draw_cell(axes: Axes) -> None:
    axes.set(xlim=(0, 10), ylim=(0, 4.4), title="A nerve cell")
    axes.set_axis_off()
    body = (3.6, 2.0)
    for start, bend in [
        ((1.2, 3.3), (2.4, 3.0)),
        ((0.9, 2.1), (2.0, 2.3)),
        ((1.2, 0.7), (2.3, 1.0)),
    ]:
        _stroke(axes, [start, bend, body], BLUE, 4)
        for fork in ((-0.7, 0.5), (-0.8, -0.4)):
            tip = (start[0] + fork[0], start[1] + fork[1])
            middle = ((start[0] + tip[0]) / 2, start[1])
            _stroke(axes, [start, middle, tip], BLUE, 2)
    _stroke(axes, [body, (5.4, 1.4), (7.9, 2.0)], INK, 4)
    for tip in ((9.2, 3.0), (9.5, 2.0), (9.2, 1.0)):
        _stroke(axes, [(7.9, 2.0), (8.6, 2.0), tip], INK, 2)
        axes.add_patch(Circle(tip, 0.12, color=ORANGE))
    axes.add_patch(Ellipse(body, 1.9, 1.5, facecolor=TINTS[0], edgecolor=INK, lw=2))
    axes.add_patch(Circle(body, 0.3, facecolor=BLUE, edgecolor=INK))
    for x, y, text in [
        (1.9, 4.2, "dendrites receive"),
        (3.6, 0.55, "cell body adds up"),
        (6.3, 2.35, "axon carries on"),
        (8.6, 3.75, "synapses pass to\nother cells"),
    ]:
        axes.text(x, y, text, ha="center", va="center", color=INK, fontsize=12.5)


def _stroke(axes: Axes, points: list, color: str, width: float) -> None:
    codes = [Path.MOVETO, Path.CURVE3, Path.CURVE3]
    axes.add_patch(
        PathPatch(
            Path(points, codes),
            fill=False,
            edgecolor=color,
            lw=width,
            capstyle="round",
        )
    )


def _draw_neuron(
    axes: Axes, x: np.ndarray, weight: np.ndarray, bias: float, names: Sequence[str]
) -> None:
    axes.set(xlim=(0, 10), ylim=(0, 4.6), title="An artificial neuron")
    axes.set_axis_off()
    z = float(weight @ x + bias)
    body, threshold = (5.2, 2.0), (7.5, 2.0)
    heights = np.linspace(3.5, 0.5, len(x)) if len(x) > 1 else [2.0]
    for value, w, name, y in zip(x, weight, names, heights, strict=True):
        axes.text(
            0.1, y, f"{name}\n{_number(value)}", va="center", color=INK, fontsize=13
        )
        axes.annotate(
            "",
            xy=(body[0] - 0.72, body[1] + 0.28 * np.sign(round(y - body[1], 6))),
            xytext=(1.9, y),
            arrowprops={
                "arrowstyle": "-|>",
                "color": BLUE,
                "lw": 1 + min(3.0, abs(w)),
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
        axes.text(
            3.1,
            y + (body[1] - y) * 0.38 + 0.24,
            f"× {_number(w)}",
            ha="center",
            color=BLUE,
            fontsize=13,
        )
    axes.add_patch(Circle(body, 0.75, facecolor=TINTS[0], edgecolor=INK, lw=2))
    axes.text(*body, "add", ha="center", va="center", fontsize=13)
    axes.annotate(
        f"bias {_number(bias)}",
        xy=(body[0], body[1] + 0.75),
        xytext=(body[0], 3.9),
        ha="center",
        color=BLUE,
        fontsize=13,
        arrowprops={"arrowstyle": "-|>", "color": BLUE, "lw": 2},
    )
    _arrow(axes, body[0] + 0.75, threshold[0] - 0.6)
    axes.text(5.6, 0.75, f"z = {_number(z)}", ha="left", color=INK, fontsize=13)
    axes.add_patch(Circle(threshold, 0.6, facecolor=TINTS[1], edgecolor=INK, lw=2))
    steps = np.array([[-0.32, -0.2], [0, -0.2], [0, 0.22], [0.32, 0.22]]) + threshold
    axes.plot(*steps.T, color=INK, linestyle="-", lw=2)
    axes.text(threshold[0], 3.0, "z > 0 ?", ha="center", color=INK, fontsize=13)
    _arrow(axes, threshold[0] + 0.6, 9.0)
    answer = "yes: 1" if z > 0 else "no: −1"
    axes.text(9.05, 2.0, answer, va="center", color=GREY_TEXT, fontsize=13)


def _arrow(axes: Axes, start: float, end: float) -> None:
    axes.annotate(
        "",
        xy=(end, 2.0),
        xytext=(start, 2.0),
        arrowprops={"arrowstyle": "-|>", "color": GREY_LINE, "lw": 2},
    )


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")
