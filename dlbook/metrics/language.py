"""How well a language model predicts a text."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlbook.metrics.arguments import plain, require_count

__all__ = ["bits_per_character", "perplexity"]


def perplexity(surprisals: Any) -> float:
    r"""Return the exponential of the mean surprisal.

    .. math:: \exp\Bigl(-\frac{1}{T} \sum_{t=1}^{T} \ln p(w_t \mid w_{<t})\Bigr)

    A model that always spreads its probability evenly over k tokens, the right one
    among them, has perplexity k.

    Parameters
    ----------
    surprisals : float, array_like or Tensor, of any shape
        -ln p of each token, in nats; or their mean, a cross-entropy, as one number.
        At least 0; infinite where a probability was 0.

    Returns
    -------
    float
        At least 1, for each token: two models can be compared if they cut the text
        into the same tokens, and not otherwise. Computed in float64.

    Raises
    ------
    TypeError
        If the surprisals are no real numbers.
    ValueError
        If there are none, or one is negative or NaN.

    Examples
    --------
    >>> round(perplexity([math.log(2), math.log(8)]), 9)
    4.0

    References
    ----------
    Jelinek, Mercer, Bahl & Baker (1977), Perplexity: a measure of the difficulty of
    speech recognition tasks.
    """
    mean = float(np.mean(_surprisals("perplexity", surprisals)))
    try:
        return math.exp(mean)
    except OverflowError:
        return math.inf


def bits_per_character(surprisals: Any, characters: int | None = None) -> float:
    r"""Return the surprisal of a text in bits, divided by its characters.

    .. math:: -\frac{1}{C} \sum_{t=1}^{T} \log_2 p(w_t \mid w_{<t})

    It is the length to which an arithmetic coder with this model's probabilities
    brings a character. Unlike the perplexity, it compares models that cut the text
    into different tokens.

    Parameters
    ----------
    surprisals : float, array_like or Tensor, of any shape
        -ln p of each token, in nats, all T of them. Without `characters` also their
        mean, as one number.
    characters : int, optional
        C, the characters of the text, at least 1. By default every token is one
        character, C = T. With the number of bytes, ``len(text.encode())``, the result
        is bits per byte, which is the same for ASCII text and smaller for other text.

    Returns
    -------
    float
        At least 0. Computed in float64.

    Raises
    ------
    TypeError
        If the surprisals are no real numbers, or `characters` is no int.
    ValueError
        If there are no surprisals, one is negative or NaN, or `characters` is less
        than 1.

    Examples
    --------
    >>> round(bits_per_character([math.log(2), math.log(8)]), 9)
    2.0
    >>> round(bits_per_character([math.log(2), math.log(8)], characters=8), 9)
    0.5
    """
    nats = _surprisals("bits_per_character", surprisals)
    count = nats.size
    if characters is not None:
        count = require_count("bits_per_character", "characters", characters)
    return float(np.sum(nats)) / (count * math.log(2))


def _surprisals(function: str, values: Any) -> np.ndarray:
    """Return surprisals as float64 of any shape."""
    nats = plain(function, "surprisals", values)
    if nats.dtype.kind not in "fiu":
        raise TypeError(
            f"{function}: surprisals must be real numbers, got {nats.dtype}"
        )
    wrong = ~(nats >= 0)  # also NaN
    if wrong.any():
        raise ValueError(
            f"{function}: surprisals contains {nats[wrong][0]}, expected numbers of at "
            "least 0: minus the logarithm of a probability"
        )
    return nats.astype(np.float64)
