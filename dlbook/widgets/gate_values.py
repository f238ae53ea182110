"""The gates of an LSTM along a sentence, one unit at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, GROUND, ORANGE
from dlbook.widgets.computed import ComputedFigure
from dlbook.widgets.interactive import Frame, Slider
from dlbook.widgets.scene import Scene, number

COLUMNS = ("i", "f", "g", "o", "c", "h")
"""Input gate, forget gate, proposal, output gate, cell, hidden state."""
LONGEST = 18  # words; more rows leave no room for the sliders on a phone
_WORD, _CELL, _LAST = 104.0, 51.0, 58.0
_APART = 4.0  # gates, state and answer stand so far apart
_TOP, _ROW = 36.0, 25.0
_STRONGEST = 0.45  # share of the color at 1: ink stays legible on it
_TOLERANCE = 1e-3


def gate_values(
    sentences: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    *,
    units: Sequence[int] | None = None,
    outcome: str = "P(positive)",
) -> ComputedFigure:
    """Show what one unit of an LSTM does at each word, and the answer after it.

    A table with a row for each word: the gates i, f and o, the proposal g, the cell
    c_t = f_t c_{t-1} + i_t g_t, the state h_t = o_t tanh(c_t), and the probability that
    the model gives after the words so far. The sentence below writes one row out.

    Parameters
    ----------
    sentences : mapping, or sequence of mappings
        For each sentence: "tokens", T words; "i", "f", "g", "o", "c" and "h", arrays of
        shape (T, H) from one layer that starts at zero; and "probability", shape (T,).
        Used to four decimals.
    units : sequence of int, optional
        Which units can be looked at, in this order; by default all. The first is shown
        at the start.
    outcome : str
        What the probability is of.

    Returns
    -------
    ComputedFigure

    Raises
    ------
    ValueError
        If an array is missing or of another shape, a gate or probability leaves [0, 1],
        the numbers do not follow the equations of an LSTM, there are more than 18 words
        or fewer than two, fewer than two units, or no unit of that number.
    """
    given = [sentences] if isinstance(sentences, Mapping) else list(sentences)
    if not given:
        raise ValueError("gate_values: sentences is empty")
    read = [_read(n, sentence) for n, sentence in enumerate(given)]
    hidden = read[0][1].shape[2]
    for n, (_, values, _) in enumerate(read):
        if values.shape[2] != hidden:
            raise ValueError(
                f"gate_values: sentence {n} has {values.shape[2]} units, sentence 0 "
                f"has {hidden}"
            )
    chosen = list(range(hidden)) if units is None else [int(unit) for unit in units]
    if len(chosen) < 2 or not all(0 <= unit < hidden for unit in chosen):
        raise ValueError(
            f"gate_values: units must name two or more of 0 to {hidden - 1}, got "
            f"{chosen}"
        )
    longest = max(len(tokens) for tokens, _, _ in read)
    said = [" ".join(tokens) for tokens, _, _ in read]

    def frame(*places: Any) -> Frame:
        which, unit, at = places if len(read) > 1 else (0, *places)
        tokens, values, chances = read[which]
        at = min(at, len(tokens) - 1)
        rows = values[:, :, unit]
        largest = max(1.0, *(np.abs(v[:, 4, unit]).max() for _, v, _ in read))
        changes: dict[tuple[str, str], Any] = {}
        for t in range(longest):
            there = t < len(tokens)
            changes[f"word {t}", "text"] = clipped(tokens[t]) if there else ""
            for n, name in enumerate(COLUMNS):
                value = float(rows[t, n]) if there else 0.0
                strength = value / largest if name == "c" else value
                changes[f"{name} {t}", "text"] = fixed(value) if there else ""
                changes[f"{name} box {t}", "fill"] = tint(strength)
            chance = float(chances[t]) if there else 0.5
            changes[f"chance {t}", "text"] = percent(chance) if there else ""
            changes[f"chance box {t}", "fill"] = tint(2 * chance - 1)
        changes["focus", "y"] = number(_TOP + at * _ROW)
        i, f, g, o, c, h = (fixed(value) for value in rows[at])
        before = fixed(rows[at - 1, 4]) if at else "0"
        return Frame(
            changes,
            f"Word {at + 1}, “{tokens[at]}”, unit {unit}: c = f · c before + i · g = "
            f"{f} · {_bracketed(before)} + {i} · {_bracketed(g)} = {c}, and h = o · "
            f"tanh c = {o} · tanh({c}) = {h}. {outcome} is now {percent(chances[at])}.",
        )

    sliders = [
        Slider("unit", chosen, [str(unit) for unit in chosen]),
        Slider(
            "word",
            range(longest),
            [str(t + 1) for t in range(longest)],
            steps=True,
        ),
    ]
    if len(read) > 1:
        sliders.insert(0, Slider("sentence", range(len(read)), said))
    return ComputedFigure(
        "gate-values",
        f"A table with a row for each of up to {longest} words. Its columns: input "
        "gate i, forget gate f, proposal g, output gate o, cell c and state h of one "
        f"unit of an LSTM, and {outcome} after the word. Numbers above zero, and "
        "probabilities above one half, stand on blue, the others on orange.",
        _sheet(longest, outcome),
        sliders,
        frame,
        {
            "tokens": [tokens for tokens, _, _ in read],
            "shown": [[clipped(token) for token in tokens] for tokens, _, _ in read],
            "values": [values[:, :, chosen].tolist() for _, values, _ in read],
            "chances": [chances.tolist() for _, _, chances in read],
            "columns": COLUMNS,
            "units": chosen,
            "longest": longest,
            "outcome": outcome,
            "top": _TOP,
            "row": _ROW,
            "colors": [_channels(GROUND), _channels(BLUE), _channels(ORANGE)],
            "strongest": _STRONGEST,
        },
    )


def _read(n: int, sentence: Mapping[str, Any]) -> tuple[list[str], np.ndarray, Any]:
    """Return words, values of shape (T, 6, H) and probabilities, all checked."""
    missing = [k for k in ("tokens", *COLUMNS, "probability") if k not in sentence]
    if missing:
        raise ValueError(f"gate_values: sentence {n} lacks {missing}")
    tokens = [str(token) for token in sentence["tokens"]]
    if not 2 <= len(tokens) <= LONGEST:
        raise ValueError(
            f"gate_values: sentence {n} has {len(tokens)} words, expected 2 to "
            f"{LONGEST}"
        )
    shape = (len(tokens), np.shape(sentence["h"])[-1] if np.ndim(sentence["h"]) else 0)
    arrays = [_array(n, name, sentence[name], shape) for name in COLUMNS]
    chances = _array(n, "probability", sentence["probability"], shape[:1])
    for name, values in zip("ifo", (arrays[0], arrays[1], arrays[3]), strict=True):
        _check_range(n, name, values)
    _check_range(n, "probability", chances)
    i, f, g, o, c, h = arrays
    before = np.vstack([np.zeros_like(c[:1]), c[:-1]])
    for name, values, expected in (
        ("c", c, f * before + i * g),
        ("h", h, o * np.tanh(c)),
    ):
        off = np.abs(values - expected).max(axis=1)
        if not (off <= _TOLERANCE * (1 + np.abs(expected).max(axis=1))).all():
            t = int(off.argmax())
            raise ValueError(
                f"gate_values: {name} of sentence {n} is {off[t]:.3g} away from the "
                f"equations of an LSTM at word {t} ({tokens[t]!r}); the first state "
                "must be zero"
            )
    return tokens, np.round(np.stack(arrays, axis=1), 4) + 0.0, np.round(chances, 4)


def _array(n: int, name: str, value: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(value, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(
            f"gate_values: {name} of sentence {n} has shape {array.shape}, expected "
            f"{shape}"
        )
    return array


def _check_range(n: int, name: str, values: np.ndarray) -> None:
    if not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            f"gate_values: {name} of sentence {n} must lie in [0, 1], got "
            f"{values.min():.3g} to {values.max():.3g}"
        )


def tint(value: float) -> str:
    """Return the ground of a number: blue above zero, orange below, white at zero."""
    strength = min(abs(value), 1.0) * _STRONGEST
    ground, color = _channels(GROUND), _channels(BLUE if value > 0 else ORANGE)
    mixed = (
        int(np.floor(a + (b - a) * strength + 0.5))
        for a, b in zip(ground, color, strict=True)
    )
    return f"rgb({', '.join(map(str, mixed))})"


def fixed(value: float) -> str:
    """Write two decimals, halves away from zero; a rounded zero has no sign."""
    size = np.floor(100 * abs(value) + 0.5) / 100
    return f"{'−' if value < 0 and size else ''}{size:.2f}"


def percent(chance: float) -> str:
    """Write a probability in whole percents, halves up."""
    return f"{np.floor(100 * chance + 0.5):.0f}%"


def clipped(token: str) -> str:
    """Write a word in ten characters at most."""
    return token if len(token) <= 10 else token[:9] + "…"


def _bracketed(said: str) -> str:
    return f"({said})" if said.startswith("−") else said


def _channels(color: str) -> list[int]:
    return [int(color[k : k + 2], 16) for k in (1, 3, 5)]


def _sheet(longest: int, outcome: str) -> Scene:
    scene = Scene(_TOP + longest * _ROW + 10)
    lefts = [
        _WORD + n * _CELL + _APART * (name in "ch") for n, name in enumerate(COLUMNS)
    ]
    last = lefts[-1] + _CELL + _APART
    for name, left in zip(COLUMNS, lefts, strict=True):
        scene.text(left + _CELL / 2, 24, name, text_anchor="middle", font_weight="bold")
    heading = outcome if len(outcome) < 8 else "P"
    scene.text(last + _LAST / 2, 24, heading, text_anchor="middle", font_weight="bold")
    scene.text(8, 24, "word", fill=GREY_TEXT)
    for t in range(longest):
        y = _TOP + t * _ROW
        scene.text(8, y + 18, "", f"word {t}")
        cells = [(name, left, _CELL) for name, left in zip(COLUMNS, lefts, strict=True)]
        for name, left, width in [*cells, ("chance", last, _LAST)]:
            scene.add(
                "rect",
                f"{name} box {t}",
                x=left,
                y=y,
                width=width,
                height=_ROW,
                fill=GROUND,
            )
            scene.text(
                left + width / 2, y + 18, "", f"{name} {t}", text_anchor="middle"
            )
    bottom = _TOP + longest * _ROW
    for x in (lefts[4] - _APART / 2, last - _APART / 2):
        scene.add("line", x1=x, x2=x, y1=8, y2=bottom, stroke=GREY_LINE)
    scene.add(
        "rect",
        "focus",
        x=3,
        y=_TOP,
        width=last + _LAST - 3,
        height=_ROW,
        fill="none",
        stroke=ORANGE,
        stroke_width=3,
        rx=4,
    )
    return scene
