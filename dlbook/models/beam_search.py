"""Beam search: keep the few most probable beginnings, and extend all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_number
from dlbook.nn.arguments import require_size

__all__ = ["Hypothesis", "beam_search", "length_penalty_of"]


@dataclass(frozen=True)
class Hypothesis:
    """A text that beam search has found.

    Attributes
    ----------
    tokens : tuple of int
        Without the start, with the end if it has one.
    log_probability : float
        Of the tokens, given the start, in nats.
    score : float
        The log-probability divided by the penalty for the length: what is ranked.
    finished : bool
        Whether the end was reached; if not, `max_length` was.
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    finished: bool


def length_penalty_of(length: int, alpha: float) -> float:
    r"""Return :math:`\bigl((5 + n) / 6\bigr)^\alpha`, 1 for a single token.

    Parameters
    ----------
    length : int
        n, the number of tokens.
    alpha : float
        0 for no penalty.

    References
    ----------
    Wu et al. (2016), *Google's neural machine translation system*, arXiv:1609.08144,
    eq. 14, without its term for coverage.
    """
    return ((5 + length) / 6) ** alpha


def beam_search(
    step: Callable[[np.ndarray], Tensor | np.ndarray],
    start: ArrayLike,
    *,
    end: int,
    beams: int = 4,
    max_length: int = 50,
    length_penalty: float = 0.0,
) -> list[Hypothesis]:
    r"""Search for the most probable text that follows a start.

    Of all texts with one token more than the `beams` best beginnings have, the `beams`
    most probable are kept; those among them that have ended are finished. The search is
    over when no beginning is left that could still become better than the `beams` best
    finished ones. One beam is greedy decoding. With as many beams as there are texts,
    the best of all is found.

    A text's probability is a product, so that long texts are improbable. Ranked is
    therefore

    .. math:: \frac{\ln p(w_1 \dots w_n)}{\bigl((5 + n) / 6\bigr)^{\alpha}}

    Parameters
    ----------
    step : callable
        ``step(texts)`` with integers of shape (B, t), the start included, returns
        scores (B, V) of the token that comes next in each, before softmax.
    start : array_like of int, shape (t,)
        What every text begins with, at least one token.
    end : int
        The token that ends a text.
    beams : int
        How many beginnings to keep.
    max_length : int
        The most tokens to add, the end included.
    length_penalty : float
        :math:`\alpha \ge 0`; 0 ranks by probability alone, 0.6 to 1 is usual.

    Returns
    -------
    list of Hypothesis
        The best one first, at most `beams`, at least one. Of equal scores the first
        found comes first.

    Raises
    ------
    TypeError, ValueError
        If the start is empty, has more axes than one or holds no integers, another
        argument is of the wrong type or out of range, or `step` returns scores of
        another shape, NaN, +inf, or nothing but -inf for a text.

    References
    ----------
    Sutskever, Vinyals & Le (2014), arXiv:1409.3215, section 3.2.
    """
    texts = _start(start)  # (B, t), at first B = 1
    beams = require_size(beams, "beam_search: beams")
    max_length = require_size(max_length, "beam_search: max_length")
    end = require_size(end, "beam_search: end", least=0)
    alpha = require_number(length_penalty, "beam_search: length_penalty")
    if alpha < 0:
        raise ValueError(
            f"beam_search: length_penalty must not be negative, got {alpha}"
        )
    given = texts.shape[1]
    log_p = np.zeros(1)  # of each beginning
    found: list[Hypothesis] = []

    def add(text: np.ndarray, log_probability: float, finished: bool) -> None:
        tokens = tuple(int(token) for token in text[given:])
        total = float(log_probability)
        score = total / length_penalty_of(len(tokens), alpha)
        found.append(Hypothesis(tokens, total, score, finished))

    for _ in range(max_length):
        scores = _checked(step(texts), len(texts), end)
        totals = log_p[:, np.newaxis] + scores  # (B, V)
        best = np.argsort(-totals, axis=None, kind="stable")[:beams]
        best = best[totals.ravel()[best] > -np.inf]
        parents, tokens = np.divmod(best, totals.shape[1])
        texts = np.concatenate([texts[parents], tokens[:, np.newaxis]], axis=1)
        log_p = totals.ravel()[best]
        for text, total in zip(texts[tokens == end], log_p[tokens == end], strict=True):
            add(text, total, True)
        texts, log_p = texts[tokens != end], log_p[tokens != end]
        found = sorted(found, key=lambda one: -one.score)[:beams]
        if not len(texts):
            return found
        # a text only becomes less probable, and no penalty is larger than the longest's
        reachable = log_p.max() / length_penalty_of(max_length, alpha)
        if len(found) == beams and found[-1].score >= reachable:
            return found
    for text, total in zip(texts, log_p, strict=True):
        add(text, total, False)
    return sorted(found, key=lambda one: -one.score)[:beams]


def _start(start: Any) -> np.ndarray:
    tokens = np.asarray(start.data if isinstance(start, Tensor) else start)
    if tokens.ndim != 1 or not len(tokens):
        raise ValueError(
            f"beam_search: start has shape {tokens.shape}, expected (t,): at least one "
            "token"
        )
    if tokens.dtype.kind not in "iu":
        raise TypeError(f"beam_search: start must hold integers, got {tokens.dtype}")
    return tokens.astype(np.int64)[np.newaxis]


def _checked(scores: Any, batch: int, end: int) -> np.ndarray:
    """Return the logarithms of the probabilities, (B, V), in float64."""
    values = np.asarray(scores.data if isinstance(scores, Tensor) else scores)
    if values.ndim != 2 or len(values) != batch or end >= values.shape[1]:
        raise ValueError(
            f"beam_search: step returned scores of shape {values.shape}, expected "
            f"({batch}, V) with V > end = {end}"
        )
    if np.isnan(values).any() or (values == np.inf).any():
        raise ValueError("beam_search: step returned scores with NaN or +inf")
    if (values == -np.inf).all(axis=1).any():
        raise ValueError(
            "beam_search: step returned scores that are all -inf for a text; no token "
            "is left to come next"
        )
    return F.log_softmax(Tensor(values.astype(np.float64))).data
