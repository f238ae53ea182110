"""Walk through a small network: forward, then backward by the four equations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.graph import number_text as text
from dlbook.plots.palette import (
    BLUE,
    GREY_LINE,
    GROUND,
    INK,
    ORANGE,
    TEXT_COLORS,
    TINTS,
)
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Scene

_HEIGHT = 610.0
_INPUTS = ((122.0, 34.0), (358.0, 34.0))
_HIDDEN = ((122.0, 236.0), (358.0, 236.0))
_OUTPUT = (240.0, 450.0)
_LOSS = (240.0, 576.0)
_UNIT = (190.0, 88.0)
_SMALL = (190.0, 40.0)


@dataclass
class _Step:
    """What is new at a step: texts by part, boxes in focus, and the sentence."""

    sentence: str
    boxes: tuple[str, ...]
    texts: dict[str, str] = field(default_factory=dict)


def network_stepper(
    x: ArrayLike,
    y: ArrayLike,
    weight1: ArrayLike,
    bias1: ArrayLike,
    weight2: ArrayLike,
    bias2: ArrayLike,
) -> InteractiveFigure:
    """Step through a network of sigmoids and half its squared error, there and back.

    Two inputs, two hidden units, one output: as much as a phone shows legibly.

    Parameters
    ----------
    x : array_like, shape (2,)
    y : array_like, shape (1,)
    weight1, bias1 : array_like, shapes (2, 2) and (2,)
    weight2, bias2 : array_like, shapes (1, 2) and (1,)

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If a shape differs or a number is not finite.
    """
    inputs, (target,) = _array("x", x, (2,)), _array("y", y, (1,))
    w1, b1 = _array("weight1", weight1, (2, 2)), _array("bias1", bias1, (2,))
    w2, b2 = _array("weight2", weight2, (1, 2)), _array("bias2", bias2, (1,))
    steps = [*_forward(inputs, target, w1, b1, w2, b2)]
    z1 = w1 @ inputs + b1
    a1 = _sigmoid(z1)
    a2 = float(_sigmoid(w2 @ a1 + b2)[0])
    steps += _backward(inputs, target, w2[0], a1, a2)

    scene = Scene(_HEIGHT)
    places = {
        **{f"x{i + 1}": (_INPUTS[i], _SMALL) for i in range(2)},
        **{f"hidden {i + 1}": (_HIDDEN[i], _UNIT) for i in range(2)},
        "output": (_OUTPUT, _UNIT),
        "loss": (_LOSS, _SMALL),
    }
    _edges(scene, w1, w2)
    for i in range(2):
        _box(scene, *places[f"x{i + 1}"], f"x{i + 1} = {text(inputs[i])}", tint=True)
        _unit(scene, f"hidden {i + 1}", places, f"hidden {i + 1}, bias {text(b1[i])}")
    _unit(scene, "output", places, f"output, bias {text(b2[0])}")
    _box(scene, *places["loss"], "")
    for line, words in enumerate(("δ and ∂ are", "slopes of", "the loss")):
        scene.text(8, 440 + 22 * line, words, fill=TEXT_COLORS[1])
    scene.text(_LOSS[0], _LOSS[1] + 6, "", "loss", text_anchor="middle")
    for (cx, cy), (width, height) in places.values():
        scene.add(
            "rect",
            "active",
            x=cx - width / 2 - 4,
            y=cy - height / 2 - 4,
            width=width + 8,
            height=height + 8,
            rx=10,
            fill="none",
            stroke=ORANGE,
            stroke_width=4,
            visibility="hidden",
        )
    parts = ["loss"] + [p for p in scene.parts if p.startswith(("value", "delta"))]
    parts += [p for p in scene.parts if p.startswith("slope")]

    def frame(number: int) -> Frame:
        shown = dict.fromkeys(parts, "")
        shown["loss"] = "loss …"
        for part in parts:
            if part.startswith("value"):
                shown[part] = "…"
        for step in steps[: number + 1]:
            shown.update(step.texts)
        changes: dict[tuple[str, str], Any] = {
            (part, "text"): said for part, said in shown.items()
        }
        focus = steps[number].boxes
        changes["active", "shown"] = "".join("01"[name in focus] for name in places)
        return Frame(changes, steps[number].sentence)

    return InteractiveFigure(
        "network-stepper",
        "A network drawn from top to bottom: two inputs, two hidden units, one output, "
        "and the loss. Each line between two boxes carries a weight. Step by step, "
        "weighted sums z and activations a appear from the top down, then deltas and "
        "the slopes of the weights from the bottom up.",
        scene,
        [
            Slider(
                "step",
                list(range(len(steps))),
                [f"{number} of {len(steps) - 1}" for number in range(len(steps))],
                steps=True,
            )
        ],
        frame,
    )


def _array(name: str, value: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(value, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(
            f"network_stepper: {name} has shape {array.shape}, expected {shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"network_stepper: {name} must be finite, got {array}")
    return array


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def _terms(weights: np.ndarray, values: np.ndarray, bias: float) -> str:
    """Write "2 · 1 + (−1) · 2 + 0"."""
    products = [
        f"{_bracketed(w) if i else text(w)} · {_bracketed(v)}"
        for i, (w, v) in enumerate(zip(weights, values, strict=True))
    ]
    return " + ".join([*products, _bracketed(bias)])


def _bracketed(value: float) -> str:
    return f"({text(value)})" if text(value).startswith("−") else text(value)


def _forward(x, target, w1, b1, w2, b2) -> list[_Step]:
    """Return a step for the inputs, one for each unit, and one for the loss."""
    a1 = _sigmoid(w1 @ x + b1)
    steps = [
        _Step(
            f"Forward. The inputs are {text(x[0])} and {text(x[1])}; "
            f"the target is {text(target)}.",
            ("x1", "x2"),
        )
    ]
    units = [
        ("hidden 1", w1[0], x, b1[0], ("x1", "x2")),
        ("hidden 2", w1[1], x, b1[1], ("x1", "x2")),
        ("output", w2[0], a1, b2[0], ("hidden 1", "hidden 2")),
    ]
    for name, weights, values, bias, sources in units:
        z = weights @ values + bias
        a = _sigmoid(z)
        steps.append(
            _Step(
                f"Forward, {name}: z = {_terms(weights, values, bias)} = {text(z)}, "
                f"and a = σ(z) = {text(a)}.",
                (name, *sources),
                {f"value {name}": f"z {text(z)}, a {text(a)}"},
            )
        )
    loss = (a - target) ** 2 / 2
    steps.append(
        _Step(
            f"Forward: the loss is ½ ({text(a)} − {_bracketed(target)})² = "
            f"{text(loss)}.",
            ("output", "loss"),
            {"loss": f"loss {text(loss)}"},
        )
    )
    return steps


def _backward(x, target, w2, a1, a2) -> list[_Step]:
    """Return a step for each delta, and one for the slopes of each unit's weights."""
    slope = a2 * (1 - a2)
    delta2 = (a2 - target) * slope
    steps = [
        _Step(
            f"Backward, output: δ = (a − y) · a (1 − a) = {text(a2 - target)} · "
            f"{text(slope)} = {text(delta2)}.",
            ("loss", "output"),
            {"delta output": f"δ {text(delta2)}"},
        ),
        _weights("output", delta2, a1, ("hidden 1", "hidden 2"), "slope output"),
    ]
    deltas = []
    for i in range(2):
        slope = a1[i] * (1 - a1[i])
        deltas.append(delta2 * w2[i] * slope)
        steps.append(
            _Step(
                f"Backward, hidden {i + 1}: δ = weight · δ of the output · a (1 − a) = "
                f"{text(w2[i])} · {_bracketed(delta2)} · {text(slope)} = "
                f"{text(deltas[i])}.",
                ("output", f"hidden {i + 1}"),
                {f"delta hidden {i + 1}": f"δ {text(deltas[i])}"},
            )
        )
    for i in range(2):
        name = f"hidden {i + 1}"
        steps.append(_weights(name, deltas[i], x, ("x1", "x2"), f"slope {name}"))
    return steps


def _weights(name, delta, values, sources, part) -> _Step:
    slopes = [delta * value for value in values]
    products = " and ".join(
        f"{text(delta)} · {_bracketed(value)} = {text(slope)}"
        for value, slope in zip(values, slopes, strict=True)
    )
    return _Step(
        f"Backward, weights of {name}: slope = δ · what came in, {products}. The slope "
        f"of the bias is δ itself, {text(delta)}.",
        (name, *sources),
        {f"{part} {k + 1}": f"∂ {text(s)}" for k, s in enumerate(slopes)},
    )


def _edges(scene: Scene, w1: np.ndarray, w2: np.ndarray) -> None:
    """Draw the lines, then each weight with room for its slope below it."""
    top, middle = _INPUTS[0][1] + _SMALL[1] / 2, _HIDDEN[0][1]
    above, below = middle - _UNIT[1] / 2, middle + _UNIT[1] / 2
    for i in range(2):
        for k in range(2):
            _line(scene, (_INPUTS[k][0], top), (_HIDDEN[i][0], above))
        end = _OUTPUT[0] + (-40, 40)[i], _OUTPUT[1] - _UNIT[1] / 2
        _line(scene, (_HIDDEN[i][0], below), end)
    _line(
        scene,
        (_OUTPUT[0], _OUTPUT[1] + _UNIT[1] / 2),
        (_LOSS[0], _LOSS[1] - _SMALL[1] / 2),
    )
    labels: list[tuple[str, float, tuple[float, float], str]] = []
    for i in range(2):
        for k in range(2):
            part = f"slope hidden {i + 1} {k + 1}"
            straight = i == k
            at = ((112.0, 368.0)[i] if straight else (180.0, 300.0)[i], 100.0)
            anchor = ("end", "start")[i] if straight else "middle"
            labels.append((part, w1[i, k], (at[0], at[1] if straight else 152), anchor))
        at = ((150.0, 330.0)[i], 340.0)
        labels.append((f"slope output {i + 1}", w2[0, i], at, ("end", "start")[i]))
    for part, weight, (x, y), anchor in labels:
        if anchor == "middle":
            scene.add("rect", x=x - 46, y=y - 16, width=92, height=42, fill=GROUND)
        scene.text(x, y, f"× {text(weight)}", text_anchor=anchor)
        scene.text(x, y + 20, "", part, text_anchor=anchor, fill=TEXT_COLORS[1])


def _line(scene: Scene, start: tuple[float, float], end: tuple[float, float]) -> None:
    scene.add(
        "line",
        x1=start[0],
        y1=start[1],
        x2=end[0],
        y2=end[1],
        stroke=GREY_LINE,
        stroke_width=2,
    )


def _box(
    scene: Scene,
    place: tuple[float, float],
    size: tuple[float, float],
    title: str,
    *,
    tint: bool = False,
) -> None:
    (x, y), (width, height) = place, size
    scene.add(
        "rect",
        x=x - width / 2,
        y=y - height / 2,
        width=width,
        height=height,
        rx=8,
        fill=TINTS[0] if tint else GROUND,
        stroke=BLUE if tint else INK,
        stroke_width=2,
    )
    down = 6.0 if height < 60 else -20.0
    scene.text(x, y + down, title, text_anchor="middle", font_weight="bold")


def _unit(scene: Scene, name: str, places: dict, title: str) -> None:
    place, size = places[name]
    _box(scene, place, size, title)
    scene.text(place[0], place[1] + 6, "…", f"value {name}", text_anchor="middle")
    scene.text(
        place[0],
        place[1] + 32,
        "",
        f"delta {name}",
        text_anchor="middle",
        fill=TEXT_COLORS[1],
    )
