"""A layered network with its weights, biases and, if given, what each unit says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle
from numpy.typing import ArrayLike

from dlbook.plots.palette import BLUE, GREY_TEXT, INK, ORANGE, TEXT_COLORS, TINTS
from dlbook.plots.style import Figure, as_array, style, subplots

_MOST_UNITS = 4  # in a layer: more numbers and none can be read
_RADIUS = 0.42


def network_diagram(
    layers: Sequence[tuple[ArrayLike, ArrayLike]],
    values: Sequence[ArrayLike] | None = None,
    names: Sequence[str] | None = None,
) -> Figure:
    """Draw units as circles and weights as lines, solid above 0 and dashed below.

    Parameters
    ----------
    layers : sequence of (weight, bias)
        For each layer the weight, shape (units, units before), and the bias, shape
        (units,). At most four units in any layer.
    values : sequence of array_like, optional
        What stands in the circles: inputs first, then the output of every layer.
        Without it the circles are empty.
    names : sequence of str, optional
        What the inputs are called; x1, x2, ... by default.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the shapes do not fit together, or a layer has more than four units.
    """
    arrays = [
        (
            as_array(f"weight of layer {i + 1}", weight, ndim=2),
            as_array(f"bias of layer {i + 1}", bias, ndim=1),
        )
        for i, (weight, bias) in enumerate(layers)
    ]
    sizes = [arrays[0][0].shape[1], *(len(bias) for _, bias in arrays)]
    for i, (weight, bias) in enumerate(arrays):
        if weight.shape != (sizes[i + 1], sizes[i]):
            raise ValueError(
                f"layer {i + 1} has weight {weight.shape} and bias {bias.shape}, "
                f"expected weight ({sizes[i + 1]}, {sizes[i]})"
            )
    if max(sizes) > _MOST_UNITS:
        raise ValueError(f"at most {_MOST_UNITS} units in a layer, got {sizes}")
    shown = (
        None if values is None else [np.asarray(v, float).reshape(-1) for v in values]
    )
    if shown is not None and [len(v) for v in shown] != sizes:
        raise ValueError(
            f"values have lengths {[len(v) for v in shown]}, expected {sizes}"
        )
    texts = [f"$x_{i + 1}$" for i in range(sizes[0])] if names is None else list(names)
    if len(texts) != sizes[0]:
        raise ValueError(f"{len(texts)} names given for {sizes[0]} inputs")
    tallest = max(sizes)
    figure, axes = subplots(height=0.6 + 1.1 * tallest)
    places = [
        [(3.0 * layer, 1.7 * ((size - 1) / 2 - unit)) for unit in range(size)]
        for layer, size in enumerate(sizes)
    ]
    with style():
        axes.set(
            xlim=(-1.4, 3.0 * len(arrays) + 1.4),
            ylim=(-0.85 * (tallest - 1) - 1.1, 0.85 * (tallest - 1) + 0.6),
            aspect="equal",
        )
        axes.set_axis_off()
        for layer, (weight, bias) in enumerate(arrays):
            _draw_weights(axes, places[layer], places[layer + 1], weight)
            for place, b in zip(places[layer + 1], bias, strict=True):
                axes.text(
                    place[0],
                    place[1] - _RADIUS - 0.12,
                    f"bias {_number(b)}",
                    ha="center",
                    va="top",
                    fontsize=12,
                    color=INK,
                )
        for layer, units in enumerate(places):
            for unit, place in enumerate(units):
                axes.add_patch(
                    Circle(
                        place,
                        _RADIUS,
                        facecolor=TINTS[0],
                        edgecolor=INK,
                        lw=2,
                        zorder=3,
                    )
                )
                if shown is not None:
                    text = _number(shown[layer][unit])
                    axes.text(
                        *place, text, ha="center", va="center", fontsize=13, zorder=4
                    )
        for text, (x, y) in zip(texts, places[0], strict=True):
            axes.text(
                x - 0.6, y, text, ha="right", va="center", fontsize=13, color=GREY_TEXT
            )
    return figure


def _draw_weights(axes: Axes, before: list, after: list, weight: np.ndarray) -> None:
    """Draw a line for every weight, its number near the unit that it feeds."""
    for j, (x1, y1) in enumerate(after):
        for i, (x0, y0) in enumerate(before):
            w = weight[j, i]
            axes.plot(
                [x0, x1],
                [y0, y1],
                color=ORANGE if w < 0 else BLUE,
                linestyle=(0, (4, 2)) if w < 0 else "-",
                lw=1 + min(2.5, abs(w)),
                zorder=1,
            )
            share = 0.68 if len(before) > 1 else 0.5
            axes.text(
                x0 + share * (x1 - x0),
                y0 + share * (y1 - y0),
                _number(w),
                ha="center",
                va="center",
                fontsize=12,
                color=TEXT_COLORS[1] if w < 0 else TEXT_COLORS[0],
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
                zorder=2,
            )


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
