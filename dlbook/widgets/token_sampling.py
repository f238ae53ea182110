"""A text that grows token by token: the distribution, the draw, and what it picks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.models import next_token_probabilities
from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, GROUND, INK, ORANGE, TINTS
from dlbook.widgets.computed import ComputedFigure
from dlbook.widgets.interactive import Frame, Slider
from dlbook.widgets.scene import Scene, number

SHOWN = 8
"""Tokens with a bar of their own; all others share one."""
LINES, PER_LINE = 4, 44
"""Of the text, so many lines are seen, and so many characters in one."""

_CHARACTER, _LINE, _TEXT = 10.0, 24.0, 14.0
_LEFT, _LONGEST, _RIGHT = 150.0, 230.0, 468.0
_ROW = 25.0
_STRIP = (16.0, 448.0)  # where the strip of length 1 begins, and its width
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class SampledToken:
    """One step of a text: the distribution of the next token, and the one chosen.

    Attributes
    ----------
    candidates : sequence of (str, float)
        The most probable tokens with their probabilities, the largest first.
    chosen : str
        The token that was taken.
    draw : float or None
        The number in [0, 1) that chose it: where it falls on a strip of length 1 on
        which the tokens lie side by side, the most probable first. None: nothing was
        drawn, the most probable token was taken.
    probability : float or None
        Of the chosen token; needed where it is none of the candidates.
    others : int
        How many further tokens share what the candidates leave.
    """

    candidates: Sequence[tuple[str, float]]
    chosen: str
    draw: float | None = None
    probability: float | None = None
    others: int = 0


def sample_path(
    scores_of: Callable[[list[int]], ArrayLike],
    tokens: Sequence[str],
    start: Sequence[int],
    steps: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    draws: ArrayLike | None = None,
    shown: int = SHOWN,
) -> list[SampledToken]:
    """Let a model continue a text, and keep what `token_sampling` shows of it.

    Parameters
    ----------
    scores_of : callable
        Takes the tokens so far, a list of ids, and returns the scores of the next one,
        of shape (V,).
    tokens : sequence of str, length V
        What each id stands for.
    start : sequence of int
        The tokens of the prompt.
    steps : int
        How many tokens to add, at least 1.
    temperature, top_k, top_p
        As in `dlbook.models.next_token_probabilities`. At temperature 0 the most
        probable token is taken; the probabilities kept are those of temperature 1.
    draws : array_like, shape (steps,), optional
        The numbers in [0, 1) that choose; the same ones at several temperatures make
        texts that can be compared. Needed unless the temperature is 0.
    shown : int
        How many candidates are kept of each step, at most.

    Returns
    -------
    list of SampledToken

    Raises
    ------
    ValueError
        If `steps` or `shown` is less than 1, or there is not one draw in [0, 1) for
        each step.
    """
    if steps < 1 or shown < 1:
        raise ValueError(
            f"sample_path: steps and shown must be at least 1, got {steps} and {shown}"
        )
    drawn: list[float | None] = [None] * steps
    if temperature:
        given = np.asarray([] if draws is None else draws, dtype=np.float64)
        if given.shape != (steps,) or not ((given >= 0) & (given < 1)).all():
            raise ValueError(
                f"sample_path: draws must be {steps} numbers in [0, 1), one for each "
                f"step, got {draws!r}"
            )
        drawn = given.tolist()
    ids, path = [int(token) for token in start], []
    for draw in drawn:
        shares = next_token_probabilities(
            np.asarray(scores_of(list(ids)), dtype=np.float64),
            temperature=temperature or 1.0,
            top_k=top_k,
            top_p=top_p,
        )
        order = np.argsort(-shares, kind="stable")
        order = order[shares[order] > 0]
        ends = shares[order].cumsum()
        place = 0 if draw is None else int((ends <= draw * ends[-1]).sum())
        chosen = int(order[place])
        path.append(
            SampledToken(
                [(tokens[i], float(shares[i])) for i in order[:shown]],
                tokens[chosen],
                draw,
                float(shares[chosen]),
                max(0, len(order) - shown),
            )
        )
        ids.append(chosen)
    return path


def token_sampling(
    runs: Mapping[str, Sequence[SampledToken]] | Sequence[SampledToken],
    *,
    prompt: str = "",
) -> ComputedFigure:
    """Step through a text as it is sampled, token by token.

    Bars show the distribution of the next token. A strip has the same probabilities
    side by side; a number drawn from [0, 1) falls on the part of one token, and that
    token is added to the text.

    Parameters
    ----------
    runs : mapping of str to sequence of SampledToken, or one such sequence
        Texts of two tokens or more that continue the prompt, each under how it was
        sampled, as "temperature 0.5"; up to six, all made before. `sample_path` makes
        them.
    prompt : str
        The text that all of them continue.

    Returns
    -------
    ComputedFigure

    Raises
    ------
    ValueError
        If there is no run, or more than six, a run has fewer than two steps,
        probabilities are no distribution or not sorted, a draw does not fall on the
        token that was chosen, or a token chosen without one is not the most probable.
    """
    named = dict(runs) if isinstance(runs, Mapping) else {"": list(runs)}
    if not 1 <= len(named) <= 6:
        raise ValueError(f"token_sampling: needs one to six runs, got {len(named)}")
    paths = {
        name: [_read(name, n, step) for n, step in enumerate(steps)]
        for name, steps in named.items()
    }
    for name, path in paths.items():
        if len(path) < 2:
            raise ValueError(
                f"token_sampling: {_of(name)}needs two or more steps, got {len(path)}"
            )
    names, several = list(paths), len(paths) > 1
    rows = max(len(step["tokens"]) for path in paths.values() for step in path)
    longest = max(len(path) for path in paths.values())

    def frame(*places: Any) -> Frame:
        name, at = places if several else (names[0], *places)
        path = paths[name]
        at = min(at, len(path) - 1)
        step = path[at]
        changes: dict[tuple[str, str], Any] = {}
        pieces = [prompt, *(before["chosen"] for before in path[: at + 1])]
        text, mark = lines(pieces)
        for n in range(LINES):
            said = text[n] if n < len(text) else ""
            changes[f"line {n}", "text"] = said
            changes[f"line {n}", "textLength"] = number(_CHARACTER * (len(said) or 1))
        row, column, wide = mark
        changes |= {
            ("chosen", "x"): number(_TEXT + _CHARACTER * column),
            ("chosen", "y"): number(8 + _LINE * row),
            ("chosen", "width"): number(_CHARACTER * wide),
        }
        before = 0.0
        for n in range(rows + 1):
            share, says = 0.0, ""
            if n < len(step["tokens"]):
                share, says = step["shares"][n], visible(step["tokens"][n])
            elif n == rows and step["others"]:
                share, says = step["rest"], f"{step['others']} more"
            picked = n == step["place"] or (n == rows and step["place"] is None)
            left, width = _STRIP
            changes |= {
                (f"token {n}", "text"): says,
                (f"bar {n}", "width"): number(_LONGEST * share),
                (f"bar {n}", "fill"): ORANGE if picked else BLUE,
                (f"share {n}", "text"): percent(share) if says else "",
                (f"part {n}", "x"): number(left + width * before),
                (f"part {n}", "width"): number(width * share),
                (f"part {n}", "fill"): ORANGE if picked else TINTS[0],
            }
            before += share
        drawn = step["draw"] is not None
        changes["draw", "x"] = number(_STRIP[0] + _STRIP[1] * (step["draw"] or 0) - 1.5)
        changes["draw", "visibility"] = "visible" if drawn else "hidden"
        how = (
            f"the draw {step['draw']:.3f} picks it"
            if drawn
            else "the most probable, nothing is drawn"
        )
        changes["how", "text"] = how
        lost = sum(-np.log2(s["probability"]) for s in path[: at + 1]) + 0.0
        changes["bits", "text"] = f"{lost:.1f} bits so far"
        last = visible(step["chosen"])
        written = "".join(pieces[:-1])
        return Frame(
            changes,
            (f"{name}. " if name else "")
            + f"Token {at + 1} of {len(path)}, after "
            + (f"“{ending(written)}”" if written else "nothing")
            + f": “{last}” with probability {percent(step['probability'])}; {how}. "
            f"The {at + 1} tokens together have the probability 2 to the power of "
            f"{'−' if lost >= 0.05 else ''}{lost:.1f}.".replace(
                "The 1 tokens together have", "It has"
            ),
        )

    sliders = [
        Slider(
            "token",
            range(longest),
            [str(n + 1) for n in range(longest)],
            steps=True,
        )
    ]
    presets: dict[str, Sequence[int | None]] = {}
    if several:
        sliders.insert(0, Slider("how", names, names))
        presets = {name: (n, None) for n, name in enumerate(names)}
    return ComputedFigure(
        "token-sampling",
        "A text that grows by one token at each step, the new token on an orange "
        f"ground. Below it bars with the probabilities of the up to {rows} most "
        "probable next tokens and of all others together, the chosen one in orange; "
        "then a strip on which the same probabilities lie side by side, with a mark "
        "where the drawn number falls.",
        _sheet(rows),
        sliders,
        frame,
        {
            "prompt": prompt,
            "names": names,
            "runs": list(paths.values()),
            "rows": rows,
            "lines": [LINES, PER_LINE],
            "text": [_TEXT, _CHARACTER, _LINE],
            "bar": _LONGEST,
            "strip": _STRIP,
            "colors": [ORANGE, BLUE, TINTS[0]],
        },
        presets,
    )


def lines(pieces: Sequence[str]) -> tuple[list[str], tuple[int, int, int]]:
    """Break a text between its tokens; return the last lines, and where the end is.

    Returns
    -------
    text : list of str
        Up to four lines of up to 44 characters, blanks as hard ones.
    mark : (row, column, width)
        The place of the last piece, in characters; of a long one, of its end.
    """
    broken = [""]
    for n, piece in enumerate(pieces):
        left = piece.replace("\n", "↵").replace("\t", " ").replace(" ", "\u00a0")
        words = left.split("\u00a0") if n == 0 else [left]
        for k, word in enumerate(words):
            whole = ("\u00a0" if k else "") + word
            if broken[-1] and len(broken[-1]) + len(whole) > PER_LINE:
                broken.append("")
            while len(whole) > PER_LINE:
                broken[-1], whole = whole[:PER_LINE], whole[PER_LINE:]
                broken.append("")
            start = len(broken[-1])
            broken[-1] += whole
    shown = broken[-LINES:]
    return shown, (len(shown) - 1, start, len(shown[-1]) - start)


def visible(token: str) -> str:
    """Write a token so that its blanks are seen, in 14 characters at most."""
    seen = token.replace(" ", "␣").replace("\n", "↵").replace("\t", "⇥") or "(empty)"
    return seen if len(seen) <= 14 else seen[:13] + "…"


def ending(text: str) -> str:
    """Write the end of a text, 40 characters at most."""
    seen = text.replace("\n", "↵")
    return seen if len(seen) <= 40 else "…" + seen[-39:]


def percent(share: float) -> str:
    """Write a share with one decimal."""
    return f"{np.floor(1000 * share + 0.5) / 10:.1f}%"


def _of(name: str) -> str:
    return f"run {name!r} " if name else ""


def _read(name: str, n: int, step: SampledToken) -> dict[str, Any]:
    """Return a step as the scripts read it, after checking that it can have been."""
    where = f"token_sampling: {_of(name)}step {n}: "
    tokens = [str(token) for token, _ in step.candidates]
    shares = np.array([share for _, share in step.candidates], dtype=np.float64)
    if not tokens:
        raise ValueError(f"{where}there are no candidates")
    if not (shares > 0).all() or (np.diff(shares) > _TOLERANCE).any():
        raise ValueError(
            f"{where}probabilities must be positive, the largest first, got "
            f"{shares.tolist()}"
        )
    rest = 1 - float(shares.sum())
    if rest < -_TOLERANCE or (not step.others and rest > _TOLERANCE):
        raise ValueError(
            f"{where}probabilities sum to {1 - rest:.6g}, with {step.others} others"
        )
    ends = shares.cumsum()
    if step.draw is None:
        place: int | None = 0
        if step.chosen != tokens[0]:
            raise ValueError(
                f"{where}nothing is drawn, and {step.chosen!r} is not the most "
                f"probable, {tokens[0]!r}"
            )
    elif not 0 <= step.draw < 1:
        raise ValueError(f"{where}draw must lie in [0, 1), got {step.draw}")
    else:
        near = [
            i
            for i, token in enumerate(tokens)
            if token == step.chosen
            and ends[i] - shares[i] - _TOLERANCE <= step.draw <= ends[i] + _TOLERANCE
        ]
        place = near[0] if near else None
        if place is None and not (step.others and step.draw >= ends[-1] - _TOLERANCE):
            raise ValueError(
                f"{where}the draw {step.draw:.6g} does not fall on {step.chosen!r}"
            )
    own = step.probability if place is None else float(shares[place])
    if own is None or not 0 < own <= 1:
        raise ValueError(
            f"{where}needs the probability of {step.chosen!r}, in (0, 1], got {own}"
        )
    return {
        "tokens": tokens,
        "shares": [round(float(share), 6) for share in shares],
        "rest": round(max(rest, 0.0), 6),
        "others": step.others,
        "chosen": step.chosen,
        "place": place,
        "probability": round(float(own), 9),
        "draw": None if step.draw is None else round(float(step.draw), 6),
    }


def _sheet(rows: int) -> Scene:
    top = 8 + LINES * _LINE + 14
    strip = top + (rows + 1) * _ROW + 34
    scene = Scene(strip + 54)
    scene.add("rect", "chosen", x=_TEXT, y=8, width=0, height=_LINE, fill=TINTS[1])
    for n in range(LINES):
        scene.text(
            _TEXT,
            25 + _LINE * n,
            "",
            f"line {n}",
            font_family="ui-monospace,monospace",
            textLength=_CHARACTER,
            lengthAdjust="spacingAndGlyphs",
        )
    for n in range(rows + 1):
        y = top + n * _ROW
        scene.text(_LEFT - 8, y + 17, "", f"token {n}", text_anchor="end")
        scene.add(
            "rect", f"bar {n}", x=_LEFT, y=y + 4, width=0, height=_ROW - 8, fill=BLUE
        )
        scene.text(_RIGHT, y + 17, "", f"share {n}", text_anchor="end", fill=GREY_TEXT)
    bottom = top + (rows + 1) * _ROW
    scene.add("line", x1=_LEFT, x2=_LEFT, y1=top, y2=bottom, stroke=GREY_LINE)
    scene.text(16, strip - 10, "", "how")
    scene.text(_RIGHT - 4, strip - 10, "", "bits", text_anchor="end", fill=GREY_TEXT)
    for n in range(rows + 1):
        scene.add(
            "rect",
            f"part {n}",
            x=_STRIP[0],
            y=strip,
            width=0,
            height=22,
            stroke=GROUND,
            stroke_width=1,
            fill=TINTS[0],
        )
    left, width = _STRIP
    scene.add(
        "rect",
        x=left,
        y=strip,
        width=width,
        height=22,
        fill="none",
        stroke=GREY_LINE,
    )
    scene.add("rect", "draw", x=left, y=strip - 5, width=3, height=32, fill=INK)
    for x, says in ((left, "0"), (left + width, "1")):
        scene.text(x, strip + 44, says, text_anchor="middle", fill=GREY_TEXT)
    return scene
