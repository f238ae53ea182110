"""A signal that moves by single samples, and what pooling makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, INK, ORANGE, TINTS
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Scene, number

LENGTH = 16
SIGNAL = (0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0.5, 1, 0.5, 0, 0)
SHIFTS = range(8)
_LEFT, _STEP = 16.0, 28.0
_INPUT, _OUTPUT, _TALL = 136.0, 272.0, 90.0  # floors of the two rows, height of 1
_TABLE = 330.0


def wrapped(x: np.ndarray, size: int) -> np.ndarray:
    """Return the window of each sample, from it to the right, shape (length, size).

    The signal is a circle: its first sample follows its last.
    """
    return np.stack([np.roll(x, -i) for i in range(size)], axis=1)


def blur_pool(x: np.ndarray) -> np.ndarray:
    """Return the maximum of 2, blurred by (1, 2, 1) / 4, then every second sample.

    References
    ----------
    R. Zhang, "Making Convolutional Networks Shift-Invariant Again", 2019.
    """
    largest = wrapped(x, 2).max(axis=1)
    return (wrapped(np.roll(largest, 1), 3) @ np.array([0.25, 0.5, 0.25]))[::2]


POOLINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "maximum of 2, stride 1": lambda x: wrapped(x, 2).max(axis=1),
    "maximum of 2, stride 2": lambda x: wrapped(x, 2).max(axis=1)[::2],
    "mean of 2, stride 2": lambda x: wrapped(x, 2).mean(axis=1)[::2],
    "maximum, blur, stride 2": blur_pool,
    "global mean": lambda x: x.mean(keepdims=True),
}
"""Name of each pooling, and what it makes of a signal of shape (16,)."""


def pooling_shifts(signal: ArrayLike = SIGNAL) -> InteractiveFigure:
    """Shift a signal along a circle and show how five poolings of it change.

    Parameters
    ----------
    signal : array_like, shape (16,)
        Numbers in [0, 1], not all zero.

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If the signal has another shape, leaves [0, 1], or is zero.
    """
    x = np.asarray(signal, dtype=np.float64)
    if x.shape != (LENGTH,):
        raise ValueError(
            f"pooling_shifts: signal must have shape ({LENGTH},), got {x.shape}"
        )
    if not (x.min() >= 0 and x.max() <= 1 and x.any()):
        raise ValueError(
            "pooling_shifts: signal must lie in [0, 1] and not be zero, got "
            f"{x.min():g} to {x.max():g}"
        )
    scene = _sheet()

    def frame(name: str, shift: int) -> Frame:
        moved = np.roll(x, shift)
        before, after = POOLINGS[name](x), POOLINGS[name](moved)
        moves, _ = nearest(before, after)
        changes: dict[tuple[str, str], Any] = {
            ("input", "d"): _bars(moved, _INPUT, LENGTH),
            ("output", "d"): _bars(after, _OUTPUT, len(after)),
            ("expected", "d"): _outline(np.roll(before, moves), _OUTPUT, len(after)),
        }
        changes["output title", "text"] = f"{name}: {len(after)} output" + "s" * (
            len(after) > 1
        )
        for i, (other, pool) in enumerate(POOLINGS.items()):
            _, error = nearest(pool(x), pool(moved))
            changes |= {
                (f"error {i}", "text"): _percent(error),
                (f"error bar {i}", "width"): number(60 * min(error, 1.0)),
                (f"name {i}", "font-weight"): "bold" if other == name else "normal",
            }
        _, error = nearest(before, after)
        if len(after) == 1:
            ending = (
                f"the one output is {after[0]:.2f}, as before: global pooling is "
                "invariant."
            )
        elif error < 1e-9:
            ending = f"the output is the old one, moved by {moves}."
        else:
            ending = (
                "the output is no moved copy of the old one; from the nearest, moved "
                f"by {moves}, it differs by {_percent(error)}."
            )
        return Frame(
            changes,
            f"{name.capitalize()}, signal moved by {shift} "
            f"sample{'s' * (shift != 1)}: {ending}",
        )

    return InteractiveFigure(
        "pooling-shifts",
        "Two rows of bars: a signal of 16 samples on a circle, moved to the right, and "
        "what a pooling makes of it; dashed outlines are the moved copy of the old "
        "output that is nearest. Below, for each of five poolings, how far the output "
        "is from it.",
        scene,
        [
            Slider("pooling", list(POOLINGS), list(POOLINGS), start=1),
            Slider(
                "the signal moves by, in samples",
                SHIFTS,
                [str(shift) for shift in SHIFTS],
                start=1,
                steps=True,
            ),
        ],
        frame,
    )


def nearest(before: np.ndarray, after: np.ndarray) -> tuple[int, float]:
    """Return the move of `before` along the circle that comes nearest to `after`.

    Returns
    -------
    moves : int
    error : float
        Root of the sum of squared differences that remains, divided by that of
        `before`.
    """
    distances = [
        float(np.linalg.norm(np.roll(before, moves) - after))
        for moves in range(len(before))
    ]
    moves = min(range(len(before)), key=lambda i: round(distances[i], 9))
    return moves, distances[moves] / float(np.linalg.norm(before))


def _sheet() -> Scene:
    scene = Scene(_TABLE + 5 * 27 + 12)
    scene.text(_LEFT, 24, "signal")
    scene.add("path", "input", d="", fill=BLUE)
    scene.text(_LEFT, 166, "", "output title")
    scene.add("path", "output", d="", fill=TINTS[1], stroke=ORANGE, stroke_width=2)
    scene.add(
        "path",
        "expected",
        d="",
        fill="none",
        stroke=INK,
        stroke_width=2,
        stroke_dasharray="5 4",
    )
    for floor in (_INPUT, _OUTPUT):
        scene.add(
            "line",
            x1=_LEFT,
            x2=_LEFT + LENGTH * _STEP,
            y1=floor,
            y2=floor,
            stroke=GREY_LINE,
        )
    scene.text(
        _LEFT, _TABLE - 14, "distance to the nearest moved copy, dashed", fill=GREY_TEXT
    )
    for i, name in enumerate(POOLINGS):
        y = _TABLE + 14 + 27 * i
        scene.text(_LEFT, y, name, f"name {i}")
        scene.add(
            "rect",
            f"error bar {i}",
            x=280,
            y=y - 13,
            width=0,
            height=16,
            fill=ORANGE,
        )
        scene.text(464, y, "", f"error {i}", text_anchor="end")
    return scene


def _boxes(values: np.ndarray, floor: float, count: int) -> list[tuple[float, ...]]:
    """Return left border, top, width and height of each bar."""
    step = LENGTH * _STEP / count if count > 1 else 2 * _STEP
    return [
        (_LEFT + i * step + 4, floor - _TALL * float(v), step - 8, _TALL * float(v))
        for i, v in enumerate(values)
    ]


def _bars(values: np.ndarray, floor: float, count: int) -> str:
    return "".join(
        f"M{number(x)} {number(y)}h{number(w)}v{number(h)}h-{number(w)}z"
        for x, y, w, h in _boxes(values, floor, count)
        if h > 0
    )


def _outline(values: np.ndarray, floor: float, count: int) -> str:
    """Return a roof over each bar."""
    return "".join(
        f"M{number(x)} {number(floor)}V{number(y)}h{number(w)}V{number(floor)}"
        for x, y, w, h in _boxes(values, floor, count)
        if h > 0
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share > 1e-9 else "0"
