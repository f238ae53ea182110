"""What each token of a sentence looks at, with or without scale, mask and heat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, GROUND, INK, ORANGE
from dlbook.widgets.computed import ComputedFigure
from dlbook.widgets.interactive import Frame, Slider
from dlbook.widgets.scene import Scene, number

TEMPERATURES = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
LONGEST = 12  # tokens; more rows leave no room for the sliders on a phone

_TOP, _ROW = 36.0, 23.0
_PRODUCT, _SCORE, _BAR, _LONGEST_BAR, _RIGHT = 172.0, 252.0, 264.0, 136.0, 468.0
_WORD = 102.0  # where the heat map begins
_CELL = 30.0  # its widest column
_NAMES = 66.0  # room for the slanting words above it


def attention_weights(
    tokens: Sequence[str],
    queries: ArrayLike,
    keys: ArrayLike,
    *,
    key_tokens: Sequence[str] | None = None,
) -> ComputedFigure:
    r"""Let the reader ask, for each token, what it looks at and why.

    A table has, for the query of one token and every key, the product q . k, the score,
    and the weight that the softmax makes of it; a map below has all weights. The reader
    divides the products by :math:`\sqrt d` or not, hides what comes later or not, and
    sets a temperature :math:`\tau` that all scores are divided by.

    Parameters
    ----------
    tokens : sequence of str, length L
        The words whose queries are given; two to twelve.
    queries : array_like, shape (L, d) or (H, L, d)
        One query for each token; with three axes, those of H heads.
    keys : array_like, shape (S, d) or (H, S, d)
        One key for each token of `key_tokens`, for as many heads. Of both, the products
        are used to four decimals.
    key_tokens : sequence of str, length S, optional
        The words that are looked at, two to twelve, where they are others: attention
        from one sentence to another. It has no causal mask. By default, `tokens`.

    Returns
    -------
    ComputedFigure

    Raises
    ------
    ValueError
        If there are too few or too many tokens, a shape does not fit, or a product is
        not finite.
    """
    asking = _words("tokens", tokens)
    seen = asking if key_tokens is None else _words("key_tokens", key_tokens)
    q = np.asarray(queries, dtype=np.float64)
    k = np.asarray(keys, dtype=np.float64)
    q_heads, k_heads = (a[np.newaxis] if a.ndim == 2 else a for a in (q, k))
    for name, array, heads, words in (
        ("queries", q, q_heads, asking),
        ("keys", k, k_heads, seen),
    ):
        if heads.ndim != 3 or heads.shape[1] != len(words) or 0 in heads.shape:
            raise ValueError(
                f"attention_weights: {name} must have shape ({len(words)}, d) or (H, "
                f"{len(words)}, d), a row for each token, got {array.shape}"
            )
    if q_heads.shape[::2] != k_heads.shape[::2]:
        raise ValueError(
            "attention_weights: queries and keys must have as many heads and the same "
            f"d, got {q.shape} and {k.shape}"
        )
    with np.errstate(all="ignore"):
        products = q_heads @ k_heads.mT  # (H, L, S)
    if not np.isfinite(products).all():
        raise ValueError("attention_weights: queries and keys must be finite")
    products = np.round(products, 4) + 0.0
    width = q_heads.shape[2]
    several, own = len(products) > 1, key_tokens is None

    sliders = [
        Slider(
            "query",
            range(len(asking)),
            [f"{n + 1}, “{word}”" for n, word in enumerate(asking)],
            start=len(asking) - 1,
            steps=True,
        ),
        Slider(
            "temperature",
            TEMPERATURES,
            [f"{t:g}" for t in TEMPERATURES],
            start=TEMPERATURES.index(1.0),
        ),
        Slider("divide by √d", (False, True), ("no", "yes"), start=1),
    ]
    if several:
        places = range(len(products))
        sliders.insert(0, Slider("head", places, [str(h + 1) for h in places]))
    if own:
        sliders.append(Slider("causal mask", (False, True), ("off", "on")))

    def frame(*places: Any) -> Frame:
        head, *rest = places if several else (0, *places)
        query, degree, scaled, causal = rest if own else (*rest, False)
        divisor = degree * (np.sqrt(width) if scaled else 1.0)
        scores = products[head] / divisor
        hidden = np.zeros(scores.shape, dtype=bool)
        if causal:
            hidden = np.triu(np.ones(scores.shape, dtype=bool), k=1)
        weights = softmax(np.where(hidden, -np.inf, scores))
        changes: dict[tuple[str, str], Any] = {}
        for j in range(len(seen)):
            lost = hidden[query, j]
            changes |= {
                (f"product {j}", "text"): fixed(products[head, query, j]),
                (f"score {j}", "text"): "−∞" if lost else fixed(scores[query, j]),
                (f"bar {j}", "width"): number(_LONGEST_BAR * weights[query, j]),
                (f"weight {j}", "text"): (
                    "hidden" if lost else f"{weights[query, j]:.3f}"
                ),
                (f"weight {j}", "fill"): GREY_TEXT if lost else INK,
            }
        for i, j in np.ndindex(weights.shape):
            changes[f"cell {i} {j}", "fill"] = shade(float(weights[i, j]))
            changes[f"cell {i} {j}", "visibility"] = (
                "hidden" if hidden[i, j] else "visible"
            )
        changes["focus", "y"] = number(_map_top(len(seen)) + query * _map_row(asking))
        row = weights[query]
        entropy, most = bits(row), np.log2(len(row) - hidden[query].sum())
        changes["entropy", "text"] = f"entropy {entropy:.2f} of at most {most:.2f} bits"
        ranked = np.argsort(-row, kind="stable")
        first, second = (f"“{seen[j]}” ({row[j]:.3f})" for j in ranked[:2])
        then = f", then at {second}" if row[ranked[1]] else ""
        return Frame(
            changes,
            (f"Head {head + 1}. " if several else "")
            + f"The query of “{asking[query]}” (token {query + 1} of {len(asking)}), "
            + (f"products divided by √{width}" if scaled else "products not divided")
            + f", temperature {degree:g}"
            + (f", {'causal' if causal else 'no'} mask" if own else "")
            + f": it looks most at {first}{then}. The entropy of its weights is "
            f"{entropy:.2f} bits, of at most {most:.2f}.",
        )

    usual = (None, TEMPERATURES.index(1.0), 1, 0)
    settings: dict[str, tuple[int | None, ...]] = {
        "as in the paper": usual,
        "not divided": (None, usual[1], 0, 0),
        "hot": (None, TEMPERATURES.index(5.0), 1, 0),
    }
    if own:
        settings["causal"] = (None, usual[1], 1, 1)
    presets: dict[str, Sequence[int | None]] = {
        name: (*(None,) * several, *(places if own else places[:-1]))
        for name, places in settings.items()
    }
    return ComputedFigure(
        "attention-weights",
        f"A table with a row for each of {len(seen)} keys: its word, the product of "
        "query and key, the score, and a bar and a number for the weight. Below it a "
        f"map of all weights, a row for each of {len(asking)} queries and a column for "
        "each key, the darker the larger, with no cell where the mask hides the key; "
        "the row of the query is framed.",
        _sheet(asking, seen),
        sliders,
        frame,
        {
            "tokens": asking,
            "keys": seen,
            "products": products.tolist(),
            "width": width,
            "temperatures": TEMPERATURES,
            "own": own,
            "bar": _LONGEST_BAR,
            "map": [_map_top(len(seen)), _map_row(asking)],
            "colors": [_channels(GROUND), _channels(BLUE)],
            "inks": [INK, GREY_TEXT],
        },
        presets,
    )


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return weights that sum to 1 in every row; -inf excludes a key."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def bits(shares: np.ndarray) -> float:
    """Return the entropy of a distribution in bits."""
    there = shares[shares > 0]
    return abs(float((there * np.log2(there)).sum()))


def fixed(value: float) -> str:
    """Write two decimals, halves away from zero; a rounded zero has no sign."""
    size = np.floor(100 * abs(value) + 0.5) / 100
    return f"{'−' if value < 0 and size else ''}{size:.2f}"


def shade(weight: float) -> str:
    """Return the color of a weight: white for 0, the full blue for 1."""
    mixed = (
        int(np.floor(a + (b - a) * weight + 0.5))
        for a, b in zip(_channels(GROUND), _channels(BLUE), strict=True)
    )
    return f"rgb({', '.join(map(str, mixed))})"


def clipped(token: str) -> str:
    """Write a word so that it is seen, in nine characters at most."""
    seen = token.replace(" ", "␣").replace("\n", "↵")
    return seen if len(seen) <= 9 else seen[:8] + "…"


def _words(name: str, tokens: Sequence[str]) -> list[str]:
    words = [str(token) for token in tokens]
    if not 2 <= len(words) <= LONGEST:
        raise ValueError(
            f"attention_weights: {name} must be 2 to {LONGEST} words, got {len(words)}"
        )
    return words


def _channels(color: str) -> list[int]:
    return [int(color[k : k + 2], 16) for k in (1, 3, 5)]


def _map_top(keys: int) -> float:
    return _TOP + keys * _ROW + 44 + _NAMES


def _map_row(queries: Sequence[str]) -> float:
    return 26.0 if len(queries) <= 6 else 22.0


def _sheet(asking: list[str], seen: list[str]) -> Scene:
    top, row = _map_top(len(seen)), _map_row(asking)
    scene = Scene(top + len(asking) * row + 12)
    scene.text(8, 22, "key", fill=GREY_TEXT)
    for x, says in ((_PRODUCT, "q · k"), (_SCORE, "score"), (_RIGHT, "weight")):
        scene.text(x, 22, says, text_anchor="end", font_weight="bold")
    for j, word in enumerate(seen):
        y = _TOP + j * _ROW
        scene.text(8, y + 16, clipped(word))
        scene.text(_PRODUCT, y + 16, "", f"product {j}", text_anchor="end")
        scene.text(_SCORE, y + 16, "", f"score {j}", text_anchor="end")
        scene.add(
            "rect", f"bar {j}", x=_BAR, y=y + 3, width=0, height=_ROW - 6, fill=BLUE
        )
        scene.text(_RIGHT, y + 16, "", f"weight {j}", text_anchor="end")
    bottom = _TOP + len(seen) * _ROW
    scene.add("line", x1=_BAR, x2=_BAR, y1=_TOP, y2=bottom, stroke=GREY_LINE)
    scene.text(_RIGHT, bottom + 22, "", "entropy", text_anchor="end")
    scene.text(8, top - 8, "query", fill=GREY_TEXT)
    wide = min(_CELL, (400 - _WORD) / len(seen))
    for j, word in enumerate(seen):
        x = _WORD + (j + 0.6) * wide
        turn = f"rotate(-45 {number(x)} {number(top - 6)})"
        scene.text(x, top - 6, clipped(word), transform=turn)
    for i, word in enumerate(asking):
        y = top + i * row
        scene.text(8, y + row / 2 + 5.5, clipped(word))
        for j in range(len(seen)):
            scene.add(
                "rect",
                f"cell {i} {j}",
                x=_WORD + j * wide,
                y=y,
                width=wide,
                height=row,
                stroke=GREY_LINE,
                stroke_width=0.6,
            )
    scene.add(
        "rect",
        "focus",
        x=4,
        y=top,
        width=_WORD + wide * len(seen) - 2,
        height=row,
        fill="none",
        stroke=ORANGE,
        stroke_width=3,
        rx=3,
    )
    return scene
