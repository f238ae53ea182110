"""Sinusoidal positions as clocks: hands that a shift turns alike everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.nn import shift_matrix, sinusoidal_positions
from dlbook.plots.palette import (
    BLUE,
    GREY_LINE,
    GREY_TEXT,
    GRID,
    INK,
    ORANGE,
    TEXT_COLORS,
)
from dlbook.widgets.computed import ComputedFigure
from dlbook.widgets.interactive import Frame, Slider
from dlbook.widgets.scene import Axes, Scene, number

CLOCKS = 8
"""Pairs that have a clock, at most; of more pairs, some that are evenly spaced."""
LONGEST = 200  # positions; more make the sliders too fine to be moved
EXACT = 1e-12  # a difference below this is said to be none

_PITCH, _RADIUS, _ARC = 112.0, 42.0, 14.0
_TALL = 128.0  # of a row of clocks
_CURVE = 158.0


def position_explorer(
    width: int = 16, length: int = 64, base: float = 10000.0
) -> ComputedFigure:
    r"""Let the reader move a position and a shift, and see what they do to the hands.

    Each pair (sin tω, cos tω) of the encoding is the hand of a clock that starts at
    twelve and turns clockwise. A second hand stands at position t + k: the shift k
    turns the hand by kω, whatever t is. One pair's rotation is written out, the
    inner product of both encodings is shown on its curve over all shifts, and both
    are recomputed at every position to say that they are the same.

    Parameters
    ----------
    width : int
        D, entries of a vector, even, at least 4.
    length : int
        Positions run from 0 to `length` - 1, 8 to 200; shifts to half as far, both
        ways.
    base : float
        b > 1: pair i turns by :math:`\omega_i = b^{-2i/D}` from one position to the
        next.

    Returns
    -------
    ComputedFigure

    Raises
    ------
    ValueError
        If a size or the base is out of range.
    """
    if width != int(width) or width < 4 or width % 2:
        raise ValueError(
            f"position_explorer: width must be an even number from 4 on, got {width}"
        )
    if length != int(length) or not 8 <= length <= LONGEST:
        raise ValueError(
            f"position_explorer: length must be from 8 to {LONGEST}, got {length}"
        )
    if not (np.isfinite(base) and base > 1):
        raise ValueError(f"position_explorer: base must be above 1, got {base}")
    pairs = width // 2
    omega = base ** (-2.0 * np.arange(pairs) / width)
    clocks = np.unique(np.linspace(0, pairs - 1, min(pairs, CLOCKS)).round())
    clocks = clocks.astype(int).tolist()
    reach = length // 2
    shifts = range(-reach, reach + 1)
    dots = [float(np.cos(k * omega).sum()) for k in shifts]
    low, high = min(0.0, *dots), float(pairs)
    scene, axes = _sheet(clocks, omega, reach, (low, high))
    scene.add(
        "path",
        d=axes.path([np.column_stack([shifts, dots])]),
        fill="none",
        stroke=BLUE,
        stroke_width=2,
    )
    scene.add("circle", "at", cx=0, cy=0, r=6, fill=ORANGE, stroke=INK)

    def frame(position: int, shift: int, chosen: int) -> Frame:
        changes: dict[tuple[str, str], Any] = {}
        for n, i in enumerate(clocks):
            x, y = _middle(n)
            for part, t, reaches in (
                ("hand", position, _RADIUS),
                ("moved", position + shift, _RADIUS),
            ):
                angle = t * omega[i]
                changes[f"{part} {n}", "x2"] = number(
                    float(x + reaches * np.sin(angle))
                )
                changes[f"{part} {n}", "y2"] = number(
                    float(y - reaches * np.cos(angle))
                )
            changes[f"turn {n}", "d"] = _arc(
                (x, y), position * omega[i], shift * omega[i]
            )
        changes["ring", "shown"] = "".join("01"[i == chosen] for i in clocks)
        angle = float(shift * omega[chosen])
        then = position + shift
        before, after = (
            (float(np.sin(t * omega[chosen])), float(np.cos(t * omega[chosen])))
            for t in (position, then)
        )
        c, s = fixed(float(np.cos(angle))), float(np.sin(angle))
        rows = (
            (fixed(after[0]), c, fixed(s), fixed(before[0])),
            (fixed(after[1]), fixed(-s), c, fixed(before[1])),
        )
        for r, row in enumerate(rows):
            for column, said in enumerate(row):
                changes[f"entry {r} {column}", "text"] = said
        changes["title", "text"] = f"pair {chosen}: position {signed(then)} from "
        changes["title", "text"] += f"position {position}"
        table = sinusoidal_positions(length, width, base=base)
        moved = table @ shift_matrix(width, shift, base=base).T
        angles = (np.arange(length) + shift)[:, np.newaxis] * omega
        direct = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
        direct = direct.reshape(length, width)  # also where t + k is negative
        error = float(np.abs(moved - direct).max())
        products = (table * direct).sum(axis=1)
        product = float(products[position])
        spread = float(np.ptp(products))
        changes["same", "text"] = f"tried at {length} positions: off by {small(error)}"
        changes["product", "text"] = fixed(product)
        changes["at", "cx"] = number(float(axes.x(shift)))
        changes["at", "cy"] = number(float(axes.y(product)))
        return Frame(
            changes,
            f"Position {position}, shift {signed(shift)}, so position {signed(then)}. "
            f"Pair {chosen} turns by {fixed(angle)} radians, from "
            f"({fixed(before[0])}, {fixed(before[1])}) to ({fixed(after[0])}, "
            f"{fixed(after[1])}). The same matrix does it from each of the {length} "
            f"positions, off by {small(error)}. The inner product of both encodings "
            f"is {fixed(product)} of {pairs}; between the positions it differs by "
            f"{small(spread)}.",
        )

    sliders = [
        Slider(
            "position t",
            range(length),
            [str(t) for t in range(length)],
            start=min(5, length - 1),
            steps=True,
        ),
        Slider(
            "shift k", shifts, [signed(k) for k in shifts], start=reach + min(3, reach)
        ),
        Slider(
            "pair written out",
            clocks,
            [f"{i}, period {period(omega[i])}" for i in clocks],
        ),
    ]
    return ComputedFigure(
        "position-explorer",
        f"{len(clocks)} clocks, one for each pair of the encoding. A thick blue hand "
        "shows the position, a thin orange one the shifted position, and an arc the "
        "turn between them: the first clock turns fast, the last hardly. Below them "
        "the rotation of one pair as a matrix with numbers, and a curve of the inner "
        "product over the shift, highest at shift 0, with a dot at the current shift.",
        scene,
        sliders,
        frame,
        {
            "omega": omega.tolist(),
            "clocks": clocks,
            "middles": [_middle(n) for n in range(len(clocks))],
            "radii": [_RADIUS, _ARC],
            "length": length,
            "reach": reach,
            "exact": EXACT,
            "limits": [axes.xlim, axes.ylim],
            "box": axes.box,
        },
    )


def fixed(value: float) -> str:
    """Write two decimals, halves away from zero; a rounded zero has no sign."""
    size = np.floor(100 * abs(value) + 0.5) / 100
    return f"{'−' if value < 0 and size else ''}{size:.2f}"


def signed(value: int) -> str:
    """Write an integer with a true minus sign."""
    return str(value).replace("-", "−")


def small(difference: float) -> str:
    """Say how large a difference is; below 1e-12 that alone."""
    return "less than 1e-12" if difference < EXACT else f"{difference:.0e}"


def period(omega: float) -> str:
    """Write the positions of one turn with three digits, thousands whole."""
    turn = 2 * np.pi / omega
    return f"{turn:.3g}" if turn < 999.5 else f"{turn:,.0f}"


def _middle(n: int) -> tuple[float, float]:
    row, column = divmod(n, 4)
    return 72.0 + _PITCH * column, 80.0 + _TALL * row


def _arc(middle: tuple[float, float], start: float, turn: float) -> str:
    """Return an arc from one hand to the other, as far around as a clock shows."""
    x, y = middle
    part = np.sign(turn) * (abs(turn) % (2 * np.pi))
    if abs(part) < 0.02:
        return ""
    ends = [
        f"{number(float(x + _ARC * np.sin(a)))} {number(float(y - _ARC * np.cos(a)))}"
        for a in (start, start + part)
    ]
    large, clockwise = int(abs(part) > np.pi), int(part > 0)
    size = number(_ARC)
    return f"M{ends[0]}A{size} {size} 0 {large} {clockwise} {ends[1]}"


def _sheet(
    clocks: list[int], omega: np.ndarray, reach: int, ylim: tuple[float, float]
) -> tuple[Scene, Axes]:
    clocks_end = _TALL * (1 + (len(clocks) - 1) // 4) + 30
    curve = clocks_end + 158
    scene = Scene(curve + _CURVE + 56)
    scene.text(16, 22, "blue: t", fill=TEXT_COLORS[0], font_weight="bold")
    scene.text(86, 22, "orange: t + k", fill=TEXT_COLORS[1], font_weight="bold")
    scene.text(464, 22, "pair: positions of a turn", text_anchor="end", fill=GREY_TEXT)
    for n, i in enumerate(clocks):
        x, y = _middle(n)
        scene.add("circle", cx=x, cy=y, r=_RADIUS, fill="none", stroke=GREY_LINE)
        scene.add("line", x1=x, x2=x, y1=y - _RADIUS, y2=y - _RADIUS + 6, stroke=INK)
        scene.add(
            "circle",
            "ring",
            cx=x,
            cy=y,
            r=_RADIUS + 4,
            fill="none",
            stroke=INK,
            stroke_width=3,
            visibility="hidden",
        )
        scene.add("path", f"turn {n}", fill="none", stroke=INK, stroke_width=1.5)
        for part, color, thick in (("hand", BLUE, 6), ("moved", ORANGE, 3)):
            scene.add(
                "line",
                f"{part} {n}",
                x1=x,
                y1=y,
                stroke=color,
                stroke_width=thick,
                stroke_linecap="round",
            )
        says = f"{i}: {period(omega[i])}"
        scene.text(x, y + _RADIUS + 23, says, text_anchor="middle", fill=GREY_TEXT)
    top = clocks_end
    scene.text(16, top + 18, "", "title", font_weight="bold")
    columns = (62.0, 196.0, 262.0, 340.0)
    for r in range(2):
        for column, x in enumerate(columns):
            y = top + 50 + 26 * r
            scene.text(x, y, "", f"entry {r} {column}", text_anchor="end")
    for left, right in ((8, 70), (134, 270), (286, 348)):
        for x, inward in ((left, 6), (right, -6)):
            scene.add(
                "path",
                d=f"M{x + inward} {number(top + 32)}H{x}V{number(top + 84)}"
                f"H{x + inward}",
                fill="none",
                stroke=INK,
                stroke_width=1.5,
            )
    scene.text(100, top + 63, "=", text_anchor="middle")
    scene.text(16, top + 110, "", "same", fill=GREY_TEXT)
    axes = Axes(
        scene,
        (-reach, reach),
        ylim,
        (56, curve, 464, curve + _CURVE),
        "shift k",
        "inner product of both encodings",
    )
    scene.add(
        "line",
        x1=axes.x(0),
        x2=axes.x(0),
        y1=curve,
        y2=curve + _CURVE,
        stroke=GRID,
        stroke_width=2,
    )
    scene.text(464, curve - 12, "", "product", text_anchor="end", font_weight="bold")
    return scene, axes
