"""Walk through an unrolled recurrent network: forward in time, then backward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.palette import (
    BLUE,
    GREY_LINE,
    GREY_TEXT,
    GROUND,
    INK,
    ORANGE,
    TEXT_COLORS,
    TINTS,
)
from dlbook.widgets.back_through_time import Passes, passes
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Scene, number

RADII = (0.5, 0.9, 1.0, 1.5)
LONGEST = 6  # steps; more boxes side by side cannot be read on a phone
_LEFT, _PITCH, _BOX = 40.0, 66.5, 58.0
_BARS, _TALL = 170.0, 46.0  # the line of norm 1, and the longest bar on either side
_GRADS, _STATES, _INPUTS = 250.0, 292.0, 388.0
_PANEL = 476.0
_ROWS, _ROW = 8, 24.0
_CELL = 62.0  # width of a number in the matrices
_COLUMNS = (374.0, 462.0)  # right ends of the panel's numbers
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def recurrent_stepper(
    x: ArrayLike,
    weight_ih: ArrayLike,
    weight_hh: ArrayLike,
    bias: ArrayLike = (0.0, 0.0),
    readout: ArrayLike = (1.0, 0.0),
    *,
    radii: Sequence[float] = RADII,
    start: float = 0.9,
    names: Sequence[str] | None = None,
) -> InteractiveFigure:
    """Step through an Elman network of two units, there and back through time.

    h_t = tanh(W_ih x_t + W_hh h_{t-1} + b) with h_0 = 0, and the score s = v . h_T,
    whose gradient runs back. A second slider rescales W_hh to a spectral radius.

    Parameters
    ----------
    x : array_like, shape (T,), (T, 1) or (T, 2)
        Inputs of two to six steps.
    weight_ih : array_like, shape (2, D)
        W_ih, D the entries of an input; shape (2,) will do where D is 1.
    weight_hh : array_like, shape (2, 2)
        W_hh; only its direction counts.
    bias : array_like, shape (2,)
        b, the sum of the two biases.
    readout : array_like, shape (2,)
        v: the gradient of the score with respect to the last state.
    radii : sequence of float
        Spectral radii to choose from, positive.
    start : float
        The radius at first, one of `radii`.
    names : sequence of str, length T, optional
        What the inputs stand for, as the letters of a word; written below them.

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If a shape differs, a number is not finite, the spectral radius of `weight_hh`
        is 0, or a radius is not positive.
    """
    inputs = np.asarray(x, dtype=np.float64)
    inputs = inputs[:, np.newaxis] if inputs.ndim == 1 else inputs
    if (
        inputs.ndim != 2
        or not 2 <= len(inputs) <= LONGEST
        or inputs.shape[1] not in (1, 2)
    ):
        raise ValueError(
            f"recurrent_stepper: x must have shape (T,), (T, 1) or (T, 2) with T from "
            f"2 to {LONGEST}, got {np.shape(x)}"
        )
    w_ih = np.asarray(weight_ih, dtype=np.float64)
    w_ih = w_ih[:, np.newaxis] if w_ih.ndim == 1 else w_ih
    w_ih = _array("weight_ih", w_ih, (2, inputs.shape[1]))
    w_hh = _array("weight_hh", weight_hh, (2, 2))
    b, v = _array("bias", bias, (2,)), _array("readout", readout, (2,))
    _array("x", inputs, inputs.shape)
    radius = np.abs(np.linalg.eigvals(w_hh)).max()
    if not radius > 1e-12:
        raise ValueError(
            "recurrent_stepper: the spectral radius of weight_hh is 0 and cannot be "
            "rescaled"
        )
    if not v.any():
        raise ValueError("recurrent_stepper: readout is zero, no gradient runs back")
    if len(radii) < 2 or not all(np.isfinite(r) and r > 0 for r in radii):
        raise ValueError(
            f"recurrent_stepper: radii must be two or more positive numbers, got "
            f"{list(radii)}"
        )
    if start not in radii:
        raise ValueError(
            f"recurrent_stepper: start must be one of radii, got {start} with "
            f"{list(radii)}"
        )
    steps = len(inputs)
    words = [""] * steps if names is None else [str(name) for name in names]
    if len(words) != steps:
        raise ValueError(f"recurrent_stepper: {len(words)} names for {steps} inputs")

    runs = {r: passes(inputs, w_ih, w_hh * (r / radius), b, v) for r in radii}
    norms = np.array([np.linalg.norm(run.grads, axis=1) for run in runs.values()])
    positive = norms[norms > 0]
    reach = max(1.0, np.ceil(np.abs(np.log10(positive)).max()))  # decades
    scene = _sheet(inputs, w_ih, b, v, words, int(reach))

    def frame(at: int, r: float) -> Frame:
        run = runs[r]
        changes: dict[tuple[str, str], Any] = {}
        for i, k in np.ndindex(2, 2):
            changes[f"W_hh {i + 1} {k + 1}", "text"] = text(w_hh[i, k] * r / radius)
        known = min(at, steps)  # states
        back = max(0, 2 * steps + 1 - at) if at > steps else steps + 1
        for t in range(steps + 1):
            for i in range(2):
                changes[f"h {t} {i + 1}", "text"] = (
                    text(run.states[t, i], most=2) if t <= known else "…"
                )
                changes[f"grad {t} {i + 1}", "text"] = (
                    text(run.grads[t, i]) if t >= back else ""
                )
            norm = float(np.linalg.norm(run.grads[t])) if t >= back else 0.0
            up = np.log10(norm) / reach * _TALL if norm else 0.0
            changes[f"norm {t}", "text"] = text(norm) if t >= back else ""
            changes[f"norm {t}", "y"] = number(_BARS - up - 7 if up >= 0 else _BARS - 7)
            changes[f"bar {t}", "y"] = number(_BARS - max(up, 0.0))
            changes[f"bar {t}", "height"] = number(abs(up))
        changes["back", "shown"] = "".join("01"[t >= back] for t in range(steps))
        title, rows, active, said = _step(at, r, run, b, v)
        rows += [("", None)] * (_ROWS - len(rows))
        for n, (label, values) in enumerate(rows):
            changes[f"row {n}", "text"] = label
            for i in range(2):
                shown = values is not None and i < len(values)
                changes[f"row {n} {i + 1}", "text"] = text(values[i]) if shown else ""
        changes["title", "text"] = title
        places = [f"h {t}" for t in range(steps + 1)]
        places += [f"x {t + 1}" for t in range(steps)]
        changes["active", "shown"] = "".join("01"[place in active] for place in places)
        return Frame(changes, said)

    count = 2 * steps + 2
    return InteractiveFigure(
        "recurrent-stepper",
        f"A recurrent network of two units, unrolled through {steps} steps: a row of "
        "boxes with the states, below each the input of its step. Step by step, states "
        "appear from left to right; then, from right to left above them, the gradients "
        "of the score and bars with their lengths, up from a line for lengths above 1 "
        "and down below 1. A table writes out the current step.",
        scene,
        [
            Slider(
                "step",
                range(count),
                [f"{n} of {count - 1}" for n in range(count)],
                steps=True,
            ),
            Slider(
                "spectral radius of W_hh",
                list(radii),
                [f"{r:g}" for r in radii],
                start=list(radii).index(start),
            ),
        ],
        frame,
    )


def text(value: float, most: int = 3) -> str:
    """Write three digits, `most` decimals at most, with a true minus sign."""
    decimals = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1
    written = f"{value:.{min(decimals, most)}f}"
    return written.lstrip("-") if not float(written) else written.replace("-", "−")


def given(value: float) -> str:
    """Write a number that the figure starts from: three digits at most."""
    return f"{value + 0.0:.3g}".replace("-", "−")


Row = tuple[str, Sequence[float] | None]


def _step(
    at: int, r: float, run: Passes, b: np.ndarray, v: np.ndarray
) -> tuple[str, list[Row], tuple[str, ...], str]:
    """Return the panel's title and rows, the boxes in focus, and the sentence."""
    steps = len(run.sums)
    start = f"Spectral radius {r:g}. "
    last = f"h{_sub(steps)}"
    if at == 0:
        return (
            "before the first step",
            [("h₀", run.states[0])],
            ("h 0",),
            start + "Before the first step the state h₀ is zero.",
        )
    if at <= steps:
        t, now, before = at, _sub(at), _sub(at - 1)
        rows: list[Row] = [
            (f"W_ih x{now}", run.from_input[t - 1]),
            (f"+ W_hh h{before}", run.from_state[t - 1]),
            ("+ b", b),
            (f"= z{now}", run.sums[t - 1]),
            (f"h{now} = tanh z{now}", run.states[t]),
        ]
        parts = " + ".join(_pair(values) for _, values in rows[:3])
        return (
            f"forward, step {t}",
            rows,
            (f"h {t - 1}", f"x {t}", f"h {t}"),
            start + f"Forward, step {t}: z{now} = W_ih x{now} + W_hh h{before} + b = "
            f"{parts} = {_pair(run.sums[t - 1])}, and h{now} = tanh z{now} = "
            f"{_pair(run.states[t])}.",
        )
    if at == steps + 1:
        score = float(v @ run.states[-1])
        return (
            "the score, and back",
            [("v", v), (last, run.states[-1]), (f"s = v · {last}", [score])],
            (f"h {steps}",),
            start + f"The score is s = v · {last} = {text(score)}. Backward begins: "
            f"∂s/∂{last} = v = {_pair(v)}, of length {text(np.linalg.norm(v))}.",
        )
    t = 2 * steps + 2 - at  # from h_t to h_{t-1}
    now, before = f"h{_sub(t)}", f"h{_sub(t - 1)}"
    jacobian, weights = run.jacobians[t - 1], run.weight_grads[t - 1]
    norm, many = text(np.linalg.norm(jacobian, 2)), steps - t + 1
    rows = [
        (f"∂s/∂{now}", run.grads[t]),
        (f"· (1 − {now}²)", 1 - run.states[t] ** 2),
        (f"= ∂s/∂z{_sub(t)}", run.deltas[t - 1]),
        (f"∂s/∂{before} = W_hhᵀ ∂s/∂z{_sub(t)}", run.grads[t - 1]),
        (f"∂{last}/∂{before}: {_count(many, 'Jacobian')},", jacobian[0]),
        (f"norm of their product {norm}", jacobian[1]),
        ("∂s/∂W_hh from the steps", weights[0]),
        (f"{t} to {steps}" if t < steps else f"{t} alone", weights[1]),
    ]
    return (
        f"backward, from {now} to {before}",
        rows,
        (f"h {t}", f"h {t - 1}"),
        start + f"Backward, from {now} to {before}: ∂s/∂z{_sub(t)} = ∂s/∂{now} · "
        f"(1 − {now}²) = {_pair(run.deltas[t - 1])}, and ∂s/∂{before} = W_hhᵀ "
        f"∂s/∂z{_sub(t)} = {_pair(run.grads[t - 1])}, of length "
        f"{text(np.linalg.norm(run.grads[t - 1]))}. The product of "
        f"{_count(many, 'Jacobian')} has norm {norm}.",
    )


def _array(name: str, value: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(value, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(
            f"recurrent_stepper: {name} has shape {array.shape}, expected {shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"recurrent_stepper: {name} must be finite, got {array}")
    return array


def _sub(n: int) -> str:
    return str(n).translate(_SUBSCRIPTS)


def _pair(values: ArrayLike) -> str:
    return f"({', '.join(text(value) for value in np.asarray(values))})"


def _count(many: int, thing: str) -> str:
    return f"{many} {thing}{'s' if many != 1 else ''}"


def _sheet(
    inputs: np.ndarray,
    w_ih: np.ndarray,
    b: np.ndarray,
    v: np.ndarray,
    words: list[str],
    reach: int,
) -> Scene:
    steps = len(inputs)
    scene = Scene(_PANEL + 30 + _ROW * _ROWS)
    left = _matrix(scene, "W_ih", 12.0, w_ih)
    left = _matrix(scene, "W_hh", left, np.zeros((2, 2)), changes=True)
    left = _matrix(scene, "b", left, b[:, np.newaxis])
    _matrix(scene, "v", left, v[:, np.newaxis])
    pitch = min(_PITCH * LONGEST / steps, 100.0)
    x = [_LEFT + t * pitch for t in range(steps + 1)]
    scene.text(8, 112, "length of ∂s/∂hₜ, logarithmic; line at 1", fill=TEXT_COLORS[1])
    scene.add(
        "line",
        x1=8,
        x2=x[-1] + _BOX / 2,
        y1=_BARS,
        y2=_BARS,
        stroke=GREY_LINE,
        stroke_width=1.5,
    )
    for t in range(steps + 1):
        scene.add(
            "rect",
            f"bar {t}",
            x=x[t] - 14,
            y=_BARS,
            width=28,
            height=0,
            fill=TINTS[1],
            stroke=ORANGE,
        )
    for t in range(steps + 1):
        _centered(scene, x[t], _BARS - 7, "", f"norm {t}", fill=TEXT_COLORS[1])
        for i in range(2):
            y = _GRADS + 20 * i
            _centered(scene, x[t], y, "", f"grad {t} {i + 1}", fill=TEXT_COLORS[1])
    _states(scene, x, steps)
    for t in range(1, steps + 1):
        entries = inputs[t - 1]
        height = 26.0 + 20 * (len(entries) - 1)
        _box(scene, x[t], _INPUTS, height, TINTS[0], BLUE)
        for i, entry in enumerate(entries):
            _centered(
                scene, x[t], _INPUTS + 19 + 20 * i, given(entry), f"x {t} {i + 1}"
            )
        _arrow(scene, (x[t], _INPUTS), (x[t], _STATES + 70), GREY_LINE)
        name = f"x{_sub(t)} {words[t - 1]}".rstrip()
        _centered(scene, x[t], _INPUTS + height + 19, name)
    for place, top, height in [
        *((at, _STATES, 70.0) for at in x),
        *((at, _INPUTS, 26.0 + 20 * (inputs.shape[1] - 1)) for at in x[1:]),
    ]:
        scene.add(
            "rect",
            "active",
            x=place - _BOX / 2 - 3,
            y=top - 3,
            width=_BOX + 6,
            height=height + 6,
            rx=8,
            fill="none",
            stroke=ORANGE,
            stroke_width=4,
            visibility="hidden",
        )
    scene.text(16, _PANEL + 16, "", "title", font_weight="bold")
    for i, right in enumerate(_COLUMNS):
        scene.text(
            right, _PANEL + 16, f"unit {i + 1}", text_anchor="end", fill=GREY_TEXT
        )
    for n in range(_ROWS):
        y = _PANEL + 16 + _ROW * (n + 1)
        scene.text(16, y, "", f"row {n}")
        for i, right in enumerate(_COLUMNS):
            scene.text(right, y, "", f"row {n} {i + 1}", text_anchor="end")
    return scene


def _states(scene: Scene, x: list[float], steps: int) -> None:
    for t in range(steps + 1):
        _box(scene, x[t], _STATES, 70.0, GROUND, INK)
        _centered(scene, x[t], _STATES + 20, f"h{_sub(t)}", font_weight="bold")
        for i in range(2):
            _centered(scene, x[t], _STATES + 41 + 20 * i, "…", f"h {t} {i + 1}")
    for t in range(steps):
        ends = x[t] + _BOX / 2, x[t + 1] - _BOX / 2
        y = _STATES + 35
        _arrow(scene, (ends[0], y), (ends[1], y), GREY_LINE)
    for t in range(steps):  # a gradient arrives at h_t
        start = x[t + 1] - _BOX / 2 + 4, _GRADS + 30
        end = x[t] + _BOX / 2 - 4, _GRADS + 30
        scene.add(
            "path",
            "back",
            d=_arrow_path(start, end),
            fill=ORANGE,
            stroke=ORANGE,
            stroke_width=2,
            visibility="hidden",
        )


def _matrix(
    scene: Scene, name: str, left: float, values: np.ndarray, *, changes: bool = False
) -> float:
    """Write a matrix in brackets under its name; return where the next one starts."""
    rows, columns = values.shape
    width = _CELL * columns
    _centered(scene, left + width / 2, 20, name, font_weight="bold")
    for i, k in np.ndindex(rows, columns):
        part = f"{name} {i + 1} {k + 1}"
        at = left + _CELL * (k + 1) - 4, 46.0 + 22 * i
        said = "" if changes else given(values[i, k])
        scene.text(*at, said, part, text_anchor="end")
    for side, inward in ((left - 4, 6), (left + width + 2, -6)):
        scene.add(
            "path",
            d=f"M{number(side + inward)} 28H{number(side)}V76H{number(side + inward)}",
            fill="none",
            stroke=INK,
            stroke_width=1.5,
        )
    return left + width + 22


def _centered(
    scene: Scene, x: float, y: float, said: str, part: str = "", **more: object
) -> None:
    scene.text(x, y, said, part, text_anchor="middle", **more)


def _box(
    scene: Scene, x: float, top: float, height: float, fill: str, stroke: str
) -> None:
    scene.add(
        "rect",
        x=x - _BOX / 2,
        y=top,
        width=_BOX,
        height=height,
        rx=6,
        fill=fill,
        stroke=stroke,
        stroke_width=2,
    )


def _arrow_path(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return a line with a head of 8 units at its end; along one axis only."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = np.sign(x1 - x0), np.sign(y1 - y0)
    bx, by = x1 - 7 * dx, y1 - 7 * dy
    points = (
        (x1, y1),
        (bx - 4 * dy, by - 4 * dx),
        (bx + 4 * dy, by + 4 * dx),
    )
    head = "L".join(f"{number(float(px))} {number(float(py))}" for px, py in points)
    return f"M{number(x0)} {number(y0)}L{number(float(bx))} {number(float(by))}M{head}Z"


def _arrow(
    scene: Scene, start: tuple[float, float], end: tuple[float, float], color: str
) -> None:
    scene.add(
        "path", d=_arrow_path(start, end), fill=color, stroke=color, stroke_width=1.5
    )
