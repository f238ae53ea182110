"""A grid of integers that the reader lays over numbers, and the error that it makes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.compression.quantization import (
    affine_grid,
    dequantize,
    integer_range,
    quantize,
    symmetric_grid,
)
from dlbook.plots.palette import (
    BLUE,
    GREY_LINE,
    GREY_TEXT,
    INK,
    ORANGE,
    PLUM,
    TINTS,
)
from dlbook.widgets.computed import ComputedFigure
from dlbook.widgets.interactive import Frame, Slider
from dlbook.widgets.scene import Axes, Scene, number

BITS = tuple(range(2, 9))
KINDS = ("affine", "symmetric")
STEPS = 20
"""Positions of each end of the interval, beside 0, and of the number on each side."""

MOST = 400
ROOM = 1.35
"""How far the picture reaches, in multiples of the largest number."""

_BOX = (64.0, 72.0, 464.0, 292.0)
_RUG, _LEVELS, _TALL = 350.0, 384.0, 18.0
_FACTS = (426.0, 452.0, 478.0)


def quantization_grid(numbers: ArrayLike) -> ComputedFigure:
    """Let the reader choose bits, kind and interval of a grid, and quantize with it.

    A staircase shows where each number goes; below stand the numbers themselves and
    the levels of the grid. The error of all is split in that of the numbers that are
    rounded and that of those beyond the ends, which are cut off.

    Parameters
    ----------
    numbers : array_like of float, shape (n,)
        At most 400, used to four decimals; not all of them 0.

    Returns
    -------
    ComputedFigure

    Raises
    ------
    ValueError
        If there are no numbers or too many, one is not finite, or all are 0.
    """
    given = np.round(np.asarray(numbers, np.float64), 4)
    if given.ndim != 1 or not 1 <= given.size <= MOST:
        raise ValueError(
            f"quantization_grid: numbers must have shape (n,), n from 1 to {MOST}, got "
            f"{given.shape}"
        )
    if not np.isfinite(given).all() or not given.any():
        raise ValueError("quantization_grid: numbers must be finite, and not all 0")
    span = float(np.abs(given).max())
    ends = [round(span * k / STEPS, 4) for k in range(STEPS + 1)]
    lows, probes = [-end for end in ends[::-1]], [-end for end in ends[:0:-1]] + ends
    data = given.astype(np.float32)
    scene = Scene(496)
    axes = _draw(scene, given, span)
    places = [axes.x(0), axes.x(1) - axes.x(0), axes.y(0), axes.y(0) - axes.y(1)]

    def frame(bits: int, kind: str, low: float, high: float, x: float) -> Frame:
        symmetric = kind == "symmetric"
        q_min, q_max = integer_range(bits, narrow=symmetric)
        make = symmetric_grid if symmetric else affine_grid
        scale, zero_point = make(low, high, q_min, q_max)
        s, z = float(scale), int(zero_point)
        grid = scale, zero_point, q_min, q_max
        error = dequantize(quantize(data, *grid), s, z).astype(np.float64) - data
        steps = np.rint(data * (1 / scale)) + z
        outside = (steps < q_min) | (steps > q_max)
        squares = error**2
        rounding, clipping, both = (
            math.sqrt(float(squares[part].sum()) / len(data))
            for part in (~outside, outside, slice(None))
        )
        probe = np.asarray([x], np.float32)
        q = int(quantize(probe, *grid)[0])
        back = float(dequantize(np.asarray([q]), s, z)[0])
        step = float(np.rint(probe * (1 / scale))[0]) + z
        why = "rounded" if q_min <= step <= q_max else "cut off"
        left, across, zero, up = places
        changes: dict[tuple[str, str], Any] = {
            ("grid", "text"): f"s = {_fixed(s)}, z = {_whole(z)}",
            ("range", "text"): f"q from {_whole(q_min)} to {_whole(q_max)}",
            ("stairs", "d"): _stairs(places, s, z, q_min, q_max, ROOM * span),
            ("levels", "d"): "".join(
                f"M{_place(left + s * (k - z) * across)} {_LEVELS:.0f}v{_TALL:.0f}"
                for k in range(q_min, q_max + 1)
            ),
            ("probe", "cx"): number(left + x * across),
            ("probe", "cy"): number(zero - back * up),
            ("off", "d"): f"M{_place(left + x * across)} {_place(zero - x * up)}"
            f"V{_place(zero - back * up)}",
            ("told", "text"): f"x = {_fixed(x)} → q = {_whole(q)} → {_fixed(back)}",
            ("why", "text"): f"{why}, error {_fixed(back - x)}",
            ("rounding", "text"): f"rounding {_fixed(rounding)}",
            ("clipping", "text"): f"clipping {_fixed(clipping)}",
            ("both", "text"): f"together {_fixed(both)}",
        }
        edges = s * (q_min - z - 0.5), s * (q_max - z + 0.5)
        ends = _BOX[0], _BOX[2]
        cut = [min(max(left + edge * across, _BOX[0]), _BOX[2]) for edge in edges]
        changes["low", "width"] = number(cut[0] - ends[0])
        changes["high", "x"] = number(cut[1])
        changes["high", "width"] = number(ends[1] - cut[1])
        count = int(outside.sum())
        return Frame(
            changes,
            f"{bits} bits, {kind}: {q_max - q_min + 1} levels, {_fixed(s)} apart; the "
            f"integer {_whole(z)} stands for 0. Of {len(data)} numbers {count} "
            f"{'is' if count == 1 else 'are'} cut off. Root mean square error: "
            f"{_fixed(rounding)} from rounding, {_fixed(clipping)} from clipping, "
            f"{_fixed(both)} together. {_fixed(x)} becomes {_fixed(back)}.",
        )

    sliders = [
        Slider("bits", BITS, [str(b) for b in BITS], start=BITS.index(3)),
        Slider("grid", KINDS, KINDS),
        Slider("lowest number to hold", lows, [_short(v) for v in lows]),
        Slider("highest number to hold", ends, [_short(v) for v in ends], start=STEPS),
        Slider("a number x", probes, [_short(v) for v in probes], start=STEPS + 7),
    ]
    half, third = STEPS // 2, STEPS // 3
    presets: dict[str, tuple[int | None, ...]] = {
        "8 bits": (6, 0, 0, STEPS, None),
        "2 bits": (0, 0, 0, STEPS, None),
        "2 bits, half the range": (0, 0, half, half, None),
        "4 bits, a third": (2, 0, STEPS - third, third, None),
        "positive, symmetric": (1, 1, STEPS, STEPS, None),
        "positive, affine": (1, 0, STEPS, STEPS, None),
    }
    return ComputedFigure(
        "quantization-grid",
        "A staircase that sends each number to the nearest level of a grid, over a "
        "diagonal; where the grid ends, it goes on level, on colored ground. Below, "
        "the numbers and the levels as rows of strokes, and the errors in words.",
        scene,
        sliders,
        frame,
        {
            "numbers": given.tolist(),
            "bits": BITS,
            "lows": lows,
            "highs": ends,
            "probes": probes,
            "reach": ROOM * span,
            "places": places,
            "box": [_BOX[0], _BOX[2]],
            "levels": [_LEVELS, _TALL],
        },
        presets,
    )


def _draw(scene: Scene, numbers: np.ndarray, span: float) -> Axes:
    """Draw what does not change, and the parts that do."""
    left, top, right, bottom = _BOX
    scene.text(16, 26, "", "grid", font_weight="bold")
    scene.text(464, 26, "", "range", text_anchor="end")
    for part, x in (("low", left), ("high", right)):
        scene.add(
            "rect",
            part,
            x=x,
            y=top,
            width=0,
            height=bottom - top,
            fill=TINTS[1],
        )
    limits = (-ROOM * span, ROOM * span)
    axes = Axes(scene, limits, limits, _BOX, "number x", "after")
    diagonal = f"M{number(left)} {number(bottom)}L{number(right)} {number(top)}"
    scene.add("path", d=diagonal, stroke=GREY_LINE, stroke_dasharray="5 4", fill="none")
    scene.add("path", "stairs", d="", stroke=BLUE, stroke_width=2.5, fill="none")
    scene.add("path", "off", d="", stroke=PLUM, stroke_width=3, fill="none")
    scene.add("circle", "probe", cx=0, cy=0, r=6, fill=PLUM)
    strokes = "".join(
        f"M{_place(axes.x(value))} {_RUG:.0f}v{_TALL:.0f}" for value in numbers
    )
    scene.add("path", d=strokes, stroke=INK, stroke_width=1, stroke_opacity=0.55)
    scene.add("path", "levels", d="", stroke=ORANGE, stroke_width=2)
    scene.text(8, _RUG + 14, "data", fill=GREY_TEXT)
    scene.text(8, _LEVELS + 14, "grid", fill=GREY_TEXT)
    scene.text(16, _FACTS[0], "", "told", fill=PLUM)
    scene.text(464, _FACTS[0], "", "why", fill=PLUM, text_anchor="end")
    scene.text(16, _FACTS[1], "root mean square error of the data:")
    scene.text(16, _FACTS[2], "", "rounding")
    scene.text(240, _FACTS[2], "", "clipping", text_anchor="middle")
    scene.text(464, _FACTS[2], "", "both", text_anchor="end", font_weight="bold")
    return axes


def _stairs(
    places: list[float], s: float, z: int, q_min: int, q_max: int, reach: float
) -> str:
    """Draw the levels, each from halfway to the one below to halfway to the next."""
    left, across, zero, up = places
    path = f"M{_place(left - reach * across)} {_place(zero - s * (q_min - z) * up)}"
    for q in range(q_min, q_max):
        edge, level = s * (q - z + 0.5), s * (q + 1 - z)
        path += f"H{_place(left + edge * across)}V{_place(zero - level * up)}"
    return path + f"H{_place(left + reach * across)}"


def _place(value: float) -> str:
    return str(math.floor(value + 0.5))


def _fixed(value: float) -> str:
    """Write three decimals; ties go up, as in the script, and -0 has no sign."""
    text = f"{value + 1e-9:.3f}".replace("-", "−")
    return "0.000" if text == "−0.000" else text


def _whole(value: int) -> str:
    return str(value).replace("-", "−")


def _short(value: float) -> str:
    return f"{value + 0.0:.3g}".replace("-", "−")
