"""One step of one LSTM unit under the reader's fingers, and what repeating it does."""

from __future__ import annotations

import math
from typing import Any

from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, INK, ORANGE, TEXT_COLORS
from dlbook.widgets.computed import ComputedFigure
from dlbook.widgets.interactive import Frame, Slider
from dlbook.widgets.scene import Axes, Scene, number

STEPS = 50
_SUMS = tuple(k / 2 for k in range(-12, 13))  # of a gate's inputs, -6 to 6
_CELLS = tuple(k / 2 for k in range(-6, 7))
_HIGHEST = 6.0  # cells beyond it leave the picture
_NAMES = ("input gate i", "forget gate f", "candidate g", "output gate o")
_LEFT, _UNIT = 214.0, 90.0  # of the bars: where 0 is, and how long 1 is
_TOP, _ROW, _TALL = 34.0, 30.0, 18.0
PRESETS = {
    "keep": (-6.0, 6.0, 2.0, 1.0),
    "write": (6.0, -6.0, 2.0, 1.0),
    "erase": (-6.0, -6.0, 2.0, 1.0),
    "add up": (6.0, 6.0, 0.5, 1.0),
    "all biases 0": (0.0, 0.0, 0.0, 0.0),
}
"""Weighted sums of i, f, g and o behind each button; the cell stays where it is."""


def lstm_step() -> ComputedFigure:
    """Let the reader set the four weighted sums and the cell of one LSTM unit.

    Bars show the gates; two lines of numbers compute c = f c_0 + i g and
    h = o tanh(c); and a curve shows the cell and the state if the same step is repeated
    50 times.

    Returns
    -------
    ComputedFigure
    """
    scene = Scene(520)
    scene.add(
        "line",
        x1=_LEFT,
        x2=_LEFT,
        y1=_TOP - 8,
        y2=_TOP + 4 * _ROW - 4,
        stroke=GREY_LINE,
    )
    for row, name in enumerate(_NAMES):
        y = _TOP + row * _ROW
        scene.text(16, y + 14, name)
        scene.add(
            "rect",
            f"bar {row}",
            x=_LEFT,
            y=y,
            width=0,
            height=_TALL,
            fill=ORANGE if row == 2 else BLUE,
        )
        scene.text(464, y + 14, "", f"value {row}", text_anchor="end")
    scene.text(16, 178, "", "cell", fill=INK)
    scene.text(16, 206, "", "state", fill=INK)
    axes = Axes(
        scene,
        (0, STEPS),
        (-_HIGHEST, _HIGHEST),
        (52, 270, 468, 464),
        "how often the same step is repeated",
        "",
    )
    scene.text(52, 250, "cell c", fill=TEXT_COLORS[0], font_weight="bold")
    scene.text(112, 250, "state h", fill=TEXT_COLORS[1], font_weight="bold")
    scene.text(
        464, 250, "curves end where they leave", fill=GREY_TEXT, text_anchor="end"
    )
    scene.add("path", "cells", d="", stroke=BLUE, stroke_width=4, fill="none")
    scene.add(
        "path",
        "states",
        d="",
        stroke=ORANGE,
        stroke_width=3,
        stroke_dasharray="9 5",
        fill="none",
    )
    places = [axes.x(0), axes.x(1) - axes.x(0), axes.y(0), axes.y(0) - axes.y(1)]

    def frame(z_i: float, z_f: float, z_g: float, z_o: float, before: float) -> Frame:
        gates = step_gates(z_i, z_f, z_g, z_o)
        i, f, g, o = gates
        after = f * before + i * g
        cells, states = repeated(gates, before)
        changes: dict[tuple[str, str], Any] = {}
        for row, value in enumerate(gates):
            changes[f"bar {row}", "x"] = number(_LEFT + min(value, 0.0) * _UNIT)
            changes[f"bar {row}", "width"] = number(abs(value) * _UNIT)
            changes[f"value {row}", "text"] = _fixed(value)
        changes["cell", "text"] = (
            f"c = f c₀ + i g = {_fixed(f)}·{_factor(before)} "
            f"+ {_fixed(i)}·{_factor(g)} = {_fixed(after)}"
        )
        shown = math.tanh(after)
        changes["state", "text"] = (
            f"h = o tanh(c) = {_fixed(o)}·{_factor(shown)} = {_fixed(o * shown)}"
        )
        changes["cells", "d"] = _path(places, cells)
        changes["states", "d"] = _path(places, states[1:], first=1)
        return Frame(
            changes,
            f"The cell goes from {_fixed(before)} to {_fixed(after)} and shows "
            f"{_fixed(o * shown)}. After {STEPS} such steps it holds "
            f"{_fixed(cells[-1])}. Of a gradient at the end, {_share(f**STEPS)} comes "
            f"back along the direct path.",
        )

    zero = _SUMS.index(0.0)
    return ComputedFigure(
        "lstm-step",
        "Four bars for the three gates and the candidate of one LSTM unit, the "
        "computation of its new cell and state in numbers, and two curves: cell and "
        "state while the same step is repeated fifty times.",
        scene,
        [
            *(
                Slider(
                    f"weighted sum of the {name}",
                    _SUMS,
                    [_label(value) for value in _SUMS],
                    start=_SUMS.index(start),
                )
                for name, start in zip(_NAMES, (0.0, 1.0, 0.5, 0.0), strict=True)
            ),
            Slider(
                "cell before the step, c₀",
                _CELLS,
                [_label(value) for value in _CELLS],
                start=_CELLS.index(2.0),
            ),
        ],
        frame,
        {
            "sums": _SUMS,
            "cells": _CELLS,
            "steps": STEPS,
            "highest": _HIGHEST,
            "bars": [_LEFT, _UNIT],
            "places": places,
        },
        {
            name: (*(round(2 * value) + zero for value in sums), None)
            for name, sums in PRESETS.items()
        },
    )


def step_gates(
    z_i: float, z_f: float, z_g: float, z_o: float
) -> tuple[float, float, float, float]:
    """Return i, f, g and o for their weighted sums."""
    i, f, o = (1 / (1 + math.exp(-z)) for z in (z_i, z_f, z_o))
    return i, f, math.tanh(z_g), o


def repeated(
    gates: tuple[float, float, float, float], before: float
) -> tuple[list[float], list[float]]:
    """Return c_0 to c_50 and h_0 to h_50; h_0 is what the output gate would show."""
    i, f, g, o = gates
    cells = [before]
    for _ in range(STEPS):
        cells.append(f * cells[-1] + i * g)
    return cells, [o * math.tanh(c) for c in cells]


def _path(places: list[float], values: list[float], first: int = 0) -> str:
    """Draw a curve as far as it stays within the picture, in whole units."""
    left, across, zero, up = places
    points = []
    for step, value in enumerate(values, start=first):
        if abs(value) > _HIGHEST:
            break
        x, y = left + step * across, zero - value * up
        points.append(f"{math.floor(x + 0.5)} {math.floor(y + 0.5)}")
    return "M" + "L".join(points)


def _fixed(value: float) -> str:
    """Write two decimals; a rounded zero has no sign."""
    text = f"{value:.2f}".replace("-", "−")
    return "0.00" if text == "−0.00" else text


def _factor(value: float) -> str:
    """Write a factor, in brackets if it is negative."""
    text = _fixed(value)
    return f"({text})" if text.startswith("−") else text


def _label(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _share(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "less than 0.001"
