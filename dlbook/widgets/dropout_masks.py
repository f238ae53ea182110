"""A hidden layer that loses units at random, and the mean of what the network says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.graph import number_text as text
from dlbook.plots.palette import (
    BLUE,
    GREY_LINE,
    GREY_TEXT,
    GROUND,
    INK,
    ORANGE,
    TINTS,
)
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Axes, Scene, number

HIDDEN = 6
_INPUTS = ((160.0, 26.0), (320.0, 26.0))
_ROW, _RADIUS = 150.0, 31.0
_OUTPUT = (240.0, 274.0)
_PLOT = (60.0, 372.0, 468.0, 520.0)


def dropout_masks(
    x: ArrayLike,
    weight1: ArrayLike,
    bias1: ArrayLike,
    weight2: ArrayLike,
    bias2: ArrayLike,
    *,
    rates: Sequence[float] = (0.2, 0.5, 0.8),
    draws: int = 30,
    seed: int = 0,
) -> InteractiveFigure:
    """Draw masks for a hidden layer of six ReLU units, inverted dropout.

    The picture has the network from top to bottom, two inputs, six hidden units and one
    output, and below it the mean of the outputs of all draws so far.

    Parameters
    ----------
    x : array_like, shape (2,)
    weight1, bias1 : array_like, shapes (6, 2) and (6,)
    weight2, bias2 : array_like, shapes (1, 6) and (1,)
    rates : sequence of float
        The probabilities of dropping to choose from, at least two, each in (0, 1).
    draws : int
        How many masks, at least 2. Every rate sees the same random numbers, so a unit
        that a low rate drops is dropped by a higher one as well.
    seed : int

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If a shape differs, a number is not finite, or a rate is not inside (0, 1).
    """
    arrays = {"x": (x, (2,)), "weight1": (weight1, (HIDDEN, 2))}
    arrays |= {"bias1": (bias1, (HIDDEN,)), "weight2": (weight2, (1, HIDDEN))}
    arrays |= {"bias2": (bias2, (1,))}
    inputs, w1, b1, (w2,), (b2,) = (
        _array(name, value, shape) for name, (value, shape) in arrays.items()
    )
    if not all(0 < rate < 1 for rate in rates):
        raise ValueError(
            f"dropout_masks: rates must lie inside (0, 1), got {tuple(rates)}"
        )
    hidden = np.maximum(w1 @ inputs + b1, 0)
    whole = float(w2 @ hidden + b2)
    uniform = np.random.default_rng(seed).random((draws, HIDDEN))
    outputs = {p: (uniform >= p) * hidden / (1 - p) @ w2 + b2 for p in rates}

    scene = Scene(570)
    across = [240 + 78.0 * (i - (HIDDEN - 1) / 2) for i in range(HIDDEN)]
    for i, place in enumerate(across):
        for start in _INPUTS:
            _line(scene, "in", start, (place, _ROW), w1[i, _INPUTS.index(start)])
    for i, place in enumerate(across):
        _line(scene, "out", (place, _ROW), _OUTPUT, w2[i])
    for i, (left, top) in enumerate(_INPUTS):
        _box(scene, left, top, 110, f"x{i + 1} = {text(inputs[i])}")
    for place in across:
        _circle(scene, place, "", GROUND, GREY_LINE, "5 4")
    for place in across:
        _circle(scene, place, "unit", TINTS[0], BLUE)
    for i, place in enumerate(across):
        scene.text(place, _ROW + 6, "", f"value {i + 1}", text_anchor="middle")
    _box(scene, *_OUTPUT, 230, "", "output")
    spread = [whole, *(v for values in outputs.values() for v in values)]
    low, high = min(spread), max(spread)
    room = 0.08 * (high - low) or 1.0
    axes = Axes(
        scene,
        (1, draws),
        (low - room, high + room),
        _PLOT,
        "draw",
        "output of each draw, and their mean",
    )
    level = axes.y(whole)
    scene.add(
        "line",
        x1=_PLOT[0],
        x2=_PLOT[2],
        y1=level,
        y2=level,
        stroke=INK,
        stroke_dasharray="6 4",
    )
    scene.text(_PLOT[2] - 4, level - 6, "evaluation", text_anchor="end", fill=GREY_TEXT)
    scene.add("path", "dots", d="", fill=GREY_LINE)
    scene.add("path", "mean", d="", stroke=ORANGE, stroke_width=3, fill="none")

    def frame(rate: float, draw: int) -> Frame:
        kept = uniform[draw] >= rate
        said = outputs[rate][: draw + 1]
        means = np.cumsum(said) / np.arange(1, draw + 2)
        places = [(axes.x(n + 1), axes.y(v)) for n, v in enumerate(said)]
        path = "L".join(
            f"{number(axes.x(n + 1))} {number(axes.y(v))}" for n, v in enumerate(means)
        )
        changes: dict[tuple[str, str], Any] = {
            ("unit", "shown"): _digits(kept),
            ("in", "shown"): _digits(np.repeat(kept, 2)),
            ("out", "shown"): _digits(kept),
            ("output", "text"): f"output {text(said[-1])}",
            ("dots", "d"): "".join(_dot(*place) for place in places),
            ("mean", "d"): f"M{path}",
        }
        for i in range(HIDDEN):
            value = text(hidden[i] / (1 - rate)) if kept[i] else "0"
            changes[f"value {i + 1}", "text"] = value
        alive = ", ".join(str(i + 1) for i in range(HIDDEN) if kept[i]) or "none"
        return Frame(
            changes,
            f"Draw {draw + 1} with p = {rate:g}. Units that stay: {alive}; what they "
            f"say is divided by {text(1 - rate)}. Output {text(said[-1])}, mean of the "
            f"draws so far {text(means[-1])}; in evaluation the network says "
            f"{text(whole)}.",
        )

    return InteractiveFigure(
        "dropout-masks",
        "A network drawn from top to bottom: two inputs, six hidden units, one output. "
        "Units that are dropped are empty dashed circles without lines. Below, the "
        "output of every draw so far as a dot, their mean as a curve, and a dashed "
        "line at the output in evaluation.",
        scene,
        [
            Slider(
                "probability of dropping p",
                list(rates),
                [f"{rate:g}" for rate in rates],
                start=len(rates) // 2,
            ),
            Slider(
                "draw",
                list(range(draws)),
                [f"{n + 1} of {draws}" for n in range(draws)],
                steps=True,
            ),
        ],
        frame,
    )


def _array(name: str, value: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(value, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(
            f"dropout_masks: {name} has shape {array.shape}, expected {shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"dropout_masks: {name} must be finite, got {array}")
    return array


def _digits(kept: np.ndarray) -> str:
    return "".join("01"[bool(k)] for k in kept)


def _dot(x: float, y: float) -> str:
    """Return a diamond around a place, as a piece of a path."""
    return f"M{number(x)} {number(y - 3)}l3 3l-3 3l-3 -3z"


def _line(
    scene: Scene,
    part: str,
    start: tuple[float, float],
    end: tuple[float, float],
    weight: float,
) -> None:
    """Draw a weight, dashed below zero."""
    dashes = {"stroke_dasharray": "6 4"} if weight < 0 else {}
    scene.add(
        "line",
        part,
        x1=start[0],
        y1=start[1],
        x2=end[0],
        y2=end[1],
        stroke=ORANGE if weight < 0 else BLUE,
        stroke_width=2,
        **dashes,
    )


def _circle(
    scene: Scene, x: float, part: str, fill: str, stroke: str, dashes: str = ""
) -> None:
    style = {"stroke_dasharray": dashes} if dashes else {}
    scene.add(
        "circle",
        part,
        cx=x,
        cy=_ROW,
        r=_RADIUS,
        fill=fill,
        stroke=stroke,
        stroke_width=2,
        **style,
    )


def _box(
    scene: Scene, x: float, y: float, width: float, says: str, part: str = ""
) -> None:
    scene.add(
        "rect",
        x=x - width / 2,
        y=y - 21,
        width=width,
        height=42,
        rx=8,
        fill=TINTS[4],
        stroke=INK,
        stroke_width=2,
    )
    scene.text(x, y + 6, says, part, text_anchor="middle", font_weight="bold")
