"""Where the windows of a convolution lie, and how many there are."""

from __future__ import annotations

from typing import Any

from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, GROUND, INK, TINTS
from dlbook.widgets.computed import ComputedFigure
from dlbook.widgets.interactive import Frame, Slider
from dlbook.widgets.scene import Scene, number

INPUTS = range(4, 11)
KERNELS = range(1, 6)
STRIDES = range(1, 5)
PADDINGS = range(4)
DILATIONS = range(1, 4)
START = (7, 3, 2, 1, 1)  # input, kernel, stride, padding, dilation
_CELLS = INPUTS[-1] + 2 * PADDINGS[-1]  # the widest padded input
_MOST = _CELLS  # windows: a kernel of 1 at stride 1 has as many as there are cells
_CELL, _LEFT = 28.0, 16.0
_INPUT, _KERNEL, _OUTPUT = 34.0, 76.0, 146.0  # tops of the three rows


def convolution_arithmetic() -> ComputedFigure:
    """Show a convolution of one dimension cell by cell, and its formula with numbers.

    The reader sets the size of the input and of the kernel, stride, padding and
    dilation, and moves the window from output to output. Cells count from 0.

    Returns
    -------
    ComputedFigure
    """

    def frame(n: int, k: int, s: int, p: int, d: int, at: int) -> Frame:
        span, room = d * (k - 1) + 1, n + 2 * p
        outputs = outputs_of(n, k, s, p, d)
        at = min(at, max(outputs - 1, 0))
        first = at * s - p
        taps = [first + j * d for j in range(k)] if outputs else []
        unread = unread_cells(n, k, s, p, d)
        x = {cell: _LEFT + _CELL * (cell + p) for cell in range(-p, n + p)}
        changes: dict[tuple[str, str], Any] = {}
        for i in range(_CELLS):
            cell = i - p
            inside, seen = 0 <= cell < n, cell in taps
            changes |= {
                (f"cell {i}", "shown"): _digit(i < room),
                (f"cell {i}", "stroke-dasharray"): "none" if inside else "4 3",
                (f"cell {i}", "fill"): (
                    TINTS[0] if seen else TINTS[4] if cell in unread else GROUND
                ),
                (f"cell text {i}", "text"): str(cell) if inside else "",
            }
        crosses = "".join(
            f"M{number(x[cell] + 3)} {number(_INPUT + 3)}l22 22m0 -22l-22 22"
            for cell in unread
        )
        current = [(_LEFT + _CELL * at, _OUTPUT)] if outputs else []
        marks = "".join(
            f"M{number(left)} {number(top)}h28v28h-28z"
            for left, top in [(x[tap], _INPUT) for tap in taps] + current
        )
        lines = "".join(
            f"M{number(x[tap] + _CELL / 2)} {number(_KERNEL + _CELL)}"
            f"L{number(_LEFT + _CELL * (at + 0.5))} {number(_OUTPUT)}"
            for tap in taps
        )
        changes |= {
            ("crosses", "d"): crosses,
            ("marks", "d"): marks,
            ("lines", "d"): lines,
        }
        for j in range(KERNELS[-1]):
            shown = j < len(taps)
            left = x[taps[j]] if shown else _LEFT
            changes |= {
                (f"tap {j}", "shown"): _digit(shown),
                (f"tap {j}", "x"): number(left),
                (f"tap text {j}", "shown"): _digit(shown),
                (f"tap text {j}", "x"): number(left + _CELL / 2),
            }
        for i in range(_MOST):
            now = i == at and outputs > 0
            changes |= {
                (f"output {i}", "shown"): _digit(i < outputs),
                (f"output {i}", "fill"): TINTS[0] if now else GROUND,
                (f"output text {i}", "shown"): _digit(i < outputs),
            }
        put_in = f"({n} + 2·{p} − {d}·({k} − 1) − 1) / {s}"
        over = room - span
        tight = f"the kernel spans {span} cells, the padded input has {room}"
        changes |= {
            ("numbers", "text"): f"= ⌊{put_in}⌋ + 1",
            ("result", "text"): (
                f"= ⌊{over} / {s}⌋ + 1 = {outputs}"
                if outputs
                else f"no output: kernel {span} > input {room}"
            ),
        }
        setting = f"Input {n}, kernel {k}, stride {s}, padding {p}, dilation {d}: "
        if not outputs:
            said = f"no output. {tight[0].upper()}{tight[1:]}."
        else:
            said = f"{_count(outputs, 'output')}. Output {at} reads "
            said += _read([tap for tap in taps if 0 <= tap < n], k) + ". "
            said += (
                f"No window reads cell{'s' * (len(unread) > 1)} {_list(unread)}."
                if unread
                else "Every cell is read."
            )
        return Frame(changes, setting + said)

    ranges = (INPUTS, KERNELS, STRIDES, PADDINGS, DILATIONS)
    names = (
        "input size n",
        "kernel size k",
        "stride s",
        "padding p, on either side",
        "dilation d",
    )
    return ComputedFigure(
        "convolution-arithmetic",
        "Three rows of cells: the input with its padding, dashed, the kernel at one "
        "place under it, and the output, with a line from each weight of the kernel to "
        "the output it adds to. Input cells that no window reads are gray and crossed "
        "out. Below, the formula of the number of outputs.",
        _sheet(),
        [
            *(
                Slider(name, values, [str(v) for v in values], start=values.index(at))
                for name, values, at in zip(names, ranges, START, strict=True)
            ),
            Slider("output", range(_MOST), [str(i) for i in range(_MOST)], steps=True),
        ],
        frame,
        {
            "first": [values[0] for values in ranges],
            "cells": _CELLS,
            "taps": KERNELS[-1],
            "cell": _CELL,
            "left": _LEFT,
            "rows": [_INPUT, _KERNEL, _OUTPUT],
            "fills": [GROUND, TINTS[4], TINTS[0]],
        },
    )


def outputs_of(n: int, k: int, s: int, p: int, d: int) -> int:
    """Return the number of outputs: 0 where the kernel is wider than the padded input.

    Parameters
    ----------
    n, k, s, p, d : int
        Sizes of input and kernel, stride, padding on either side, dilation.
    """
    return max(0, (n + 2 * p - d * (k - 1) - 1) // s + 1)


def unread_cells(n: int, k: int, s: int, p: int, d: int) -> list[int]:
    """Return the input cells, counted from 0, that no window reads."""
    outputs = outputs_of(n, k, s, p, d)
    read = {i * s - p + j * d for i in range(outputs) for j in range(k)}
    return [cell for cell in range(n) if cell not in read]


def _sheet() -> Scene:
    scene = Scene(300)
    scene.text(_LEFT, _INPUT - 11, "input, and padding in dashes", fill=GREY_TEXT)
    scene.text(_LEFT, _OUTPUT + _CELL + 20, "output", fill=GREY_TEXT)
    scene.add("path", "lines", d="", stroke=BLUE, stroke_width=2, fill="none")
    for i in range(_CELLS):
        _cell(scene, f"cell {i}", f"cell text {i}", i, _INPUT, "")
    scene.add("path", "crosses", d="", stroke=INK, stroke_width=1.5, fill="none")
    for j in range(KERNELS[-1]):
        _cell(scene, f"tap {j}", f"tap text {j}", 0, _KERNEL, f"w{j}", TINTS[1])
    for i in range(_MOST):
        _cell(scene, f"output {i}", f"output text {i}", i, _OUTPUT, str(i))
    scene.add("path", "marks", d="", stroke=BLUE, stroke_width=3, fill="none")
    scene.text(_LEFT, 230, "⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1", font_size=18)
    scene.text(_LEFT, 257, "", "numbers", font_size=18)
    scene.text(_LEFT, 284, "", "result", font_size=18, font_weight="bold")
    return scene


def _cell(
    scene: Scene,
    part: str,
    text: str,
    place: int,
    top: float,
    says: str,
    fill: str = "",
) -> None:
    left = _LEFT + _CELL * place
    scene.add(
        "rect",
        part,
        x=left,
        y=top,
        width=_CELL,
        height=_CELL,
        fill=fill or GROUND,
        stroke=GREY_LINE,
    )
    scene.text(left + _CELL / 2, top + 20, says, text, text_anchor="middle")


def _read(cells: list[int], taps: int) -> str:
    """Write what the taps of a window meet: cells of the input, and padding."""
    said = [f"cell{'s' * (len(cells) > 1)} {_list(cells)}"] if cells else []
    if beside := taps - len(cells):
        said.append(f"{_count(beside, 'zero')} of the padding")
    return " and ".join(said)


def _digit(shown: bool) -> str:
    return "1" if shown else "0"


def _count(many: int, thing: str) -> str:
    return f"{many} {thing}{'s' if many != 1 else ''}"


def _list(cells: list[int]) -> str:
    """Write 1, 2 and 3."""
    words = [str(cell) for cell in cells]
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
