"""What temperature, top-k and top-p make of the distribution of the next token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.models import next_token_probabilities
from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, INK, ORANGE
from dlbook.widgets.computed import ComputedFigure
from dlbook.widgets.interactive import Frame, Slider
from dlbook.widgets.scene import Scene, number

TEMPERATURES = tuple(round(0.1 * n, 1) for n in range(1, 21))
KEPT = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50, 100, 200, 500, 1000)
SHARES = tuple(round(0.05 * n, 2) for n in range(1, 21))
ROWS = 16
"""Tokens with a bar of their own; all others share one."""

_LEFT, _LONGEST, _RIGHT = 88.0, 300.0, 468.0
_TOP, _ROW = 66.0, 23.0
_NAMES = {" ": "space", "\n": "newline", "\t": "tab", "": "(empty)"}


def temperature(
    scores: ArrayLike | Mapping[str, ArrayLike], tokens: Sequence[str]
) -> ComputedFigure:
    """Let the reader set temperature, top-k and top-p of a next-token distribution.

    The probabilities are those of `dlbook.models.next_token_probabilities`; entropy and
    perplexity are those of what is left.

    Parameters
    ----------
    scores : array_like, shape (V,), or mapping of str to array_like
        Scores before the softmax, used to four decimals; or several such arrays, each
        under the text that it follows.
    tokens : sequence of str, length V
        Characters or words. A space and the like are written as words.

    Returns
    -------
    ComputedFigure

    Raises
    ------
    ValueError
        If there are fewer than three tokens, not one score for each, or a score is not
        finite.
    """
    contexts = dict(scores) if isinstance(scores, Mapping) else {"": scores}
    names = [token_name(token) for token in tokens]
    if len(names) < 3:
        raise ValueError(f"temperature: needs three or more tokens, got {len(names)}")
    if not contexts:
        raise ValueError("temperature: scores is empty")
    given: list[np.ndarray] = []
    for context, values in contexts.items():
        array = np.asarray(values, dtype=np.float64)
        where = f" after {context!r}" if isinstance(scores, Mapping) else ""
        if array.shape != (len(names),):
            raise ValueError(
                f"temperature: scores{where} must have shape ({len(names)},), one for "
                f"each token, got {array.shape}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"temperature: scores{where} must be finite")
        given.append(np.round(array, 4))
    texts = [f"“{context}”" if context else "" for context in contexts]
    headings = [
        f"after “{clipped(context)}”" if context else "" for context in contexts
    ]
    rows = min(ROWS, len(names))
    kept = [k for k in KEPT if k < len(names)] + [len(names)]

    def frame(*places: Any) -> Frame:
        which, degree, k, p = places if len(given) > 1 else (0, *places)
        raw = given[which]
        own = next_token_probabilities(raw)
        left = next_token_probabilities(raw, temperature=degree, top_k=k, top_p=p)
        order = np.argsort(-raw, kind="stable")
        changes: dict[tuple[str, str], Any] = {}
        changes["context", "text"] = headings[which]
        rest = order[rows:]
        for n in range(rows + 1):
            at = order[n : n + 1] if n < rows else rest
            share, before = float(left[at].sum()), float(own[at].sum())
            x = _LEFT + _LONGEST * before
            changes |= {
                (f"token {n}", "text"): (
                    names[at[0]] if n < rows else f"{len(rest)} more"
                ),
                (f"token {n}", "fill"): INK if share else GREY_TEXT,
                (f"bar {n}", "width"): number(_LONGEST * share),
                (f"own {n}", "x"): number(x - 1.5),
                (f"share {n}", "text"): percent(share) if share else "cut",
            }
        entropy = bits(left)
        count = int((left > 0).sum())
        facts = (
            f"{count} of {len(names)} tokens",
            f"entropy {entropy:.2f} bits",
            f"perplexity {2**entropy:.2f}",
        )
        for n, fact in enumerate(facts):
            changes[f"fact {n}", "text"] = fact
        best = sorted(range(len(left)), key=lambda i: -left[i])[:2]
        first, second = (f"“{names[i]}” ({percent(left[i])})" for i in best)
        then = f", then {second}" if left[best[1]] else ""
        return Frame(
            changes,
            (f"After {texts[which]}. " if texts[which] else "")
            + f"Temperature {degree:.1f}, top-k {k if k < len(names) else 'all'}, "
            f"top-p {p:.2f}: {count} of {len(names)} tokens are left, with an entropy "
            f"of {entropy:.2f} bits and a perplexity of {2**entropy:.2f}. Most likely "
            f"is {first}{then}.",
        )

    sliders = [
        Slider(
            "temperature",
            TEMPERATURES,
            [f"{t:.1f}" for t in TEMPERATURES],
            start=TEMPERATURES.index(1.0),
        ),
        Slider(
            "top-k: tokens left, at most",
            kept,
            [str(k) for k in kept[:-1]] + ["all"],
            start=len(kept) - 1,
        ),
        Slider(
            "top-p: share of them to reach",
            SHARES,
            [f"{p:.2f}" for p in SHARES],
            start=len(SHARES) - 1,
        ),
    ]
    everything = (TEMPERATURES.index(1.0), len(kept) - 1, len(SHARES) - 1)
    presets: dict[str, tuple[int | None, ...]] = {
        "as the model has it": everything,
        "cold": (TEMPERATURES.index(0.5), *everything[1:]),
        "hot": (TEMPERATURES.index(1.5), *everything[1:]),
        "hot, top-p 0.9": (TEMPERATURES.index(1.5), everything[1], SHARES.index(0.9)),
    }
    if len(given) > 1:
        sliders.insert(
            0, Slider("after", range(len(given)), [t or "nothing" for t in texts])
        )
        presets = {name: (None, *places) for name, places in presets.items()}
    return ComputedFigure(
        "temperature",
        f"Horizontal bars with the probabilities of the {rows} most likely next tokens "
        "and of all others together. A mark on each row stands where the model's own "
        "probability lies, at temperature 1 and with nothing cut off. Above, how many "
        "tokens are left, their entropy and their perplexity.",
        _sheet(rows),
        sliders,
        frame,
        {
            "names": names,
            "contexts": texts,
            "headings": headings,
            "scores": [raw.tolist() for raw in given],
            "rows": rows,
            "temperatures": TEMPERATURES,
            "kept": kept,
            "shares": SHARES,
            "bars": [_LEFT, _LONGEST],
            "inks": [INK, GREY_TEXT],
        },
        presets,
    )


def bits(shares: np.ndarray) -> float:
    """Return the entropy of a distribution in bits."""
    there = shares[shares > 0]
    return float(-(there * np.log2(there)).sum()) + 0.0


def token_name(token: str) -> str:
    """Write a token so that it is seen, in eight characters at most."""
    said = _NAMES.get(token, token.strip() or repr(token)[1:-1])
    return said if len(said) <= 8 else said[:7] + "…"


def percent(share: float) -> str:
    """Write a share with one decimal."""
    return f"{100 * share:.1f}%"


def clipped(context: str) -> str:
    """Write the end of a text, 18 characters at most, its newlines as arrows."""
    seen = context.replace("\n", "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}")
    return seen if len(seen) <= 18 else "…" + seen[-17:]


def _sheet(rows: int) -> Scene:
    scene = Scene(_TOP + _ROW * (rows + 1) + 42)
    top = _TOP
    scene.text(16, 24, "", "context", font_weight="bold")
    places = ((_RIGHT, 24, "end"), (16, 50, "start"), (_RIGHT, 50, "end"))
    for n, (x, y, anchor) in enumerate(places):
        scene.text(x, y, "", f"fact {n}", text_anchor=anchor)
    for n in range(rows + 1):
        y = top + n * _ROW
        scene.text(_LEFT - 8, y + 16, "", f"token {n}", text_anchor="end")
        scene.add(
            "rect", f"bar {n}", x=_LEFT, y=y + 3, width=0, height=_ROW - 6, fill=BLUE
        )
        scene.add("rect", f"own {n}", x=_LEFT, y=y, width=3, height=_ROW, fill=ORANGE)
        scene.text(_RIGHT, y + 16, "", f"share {n}", text_anchor="end", fill=GREY_TEXT)
    bottom = top + _ROW * (rows + 1)
    scene.add(
        "line", x1=_LEFT, x2=_LEFT, y1=top, y2=bottom, stroke=GREY_LINE, stroke_width=1
    )
    scene.add("rect", x=16, y=bottom + 12, width=3, height=18, fill=ORANGE)
    scene.text(26, bottom + 27, "the model's own: temperature 1, nothing cut")
    return scene
