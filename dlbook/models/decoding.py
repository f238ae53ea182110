"""From scores to text: temperature, top-k, top-p, and one token after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.autograd import Tensor, no_grad
from dlbook.nn import Module
from dlbook.random import default_rng

__all__ = ["evaluating", "generate", "next_token_probabilities", "sample_token"]


def next_token_probabilities(
    scores: Tensor | ArrayLike,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> np.ndarray:
    r"""Turn scores into the probabilities that a token is drawn with.

    Three steps in this order, each optional: the scores are divided by the temperature,

    .. math:: p_v = \frac{e^{s_v / \tau}}{\sum_u e^{s_u / \tau}},

    all but the k most probable tokens are excluded, and of what is left all but the
    fewest tokens whose probabilities sum to at least top-p. What remains is scaled to
    the sum 1.

    Parameters
    ----------
    scores : Tensor or array_like of floats, shape (*, V)
        Logits; -inf excludes a token.
    temperature : float
        :math:`\tau \ge 0`. Below 1 the probable becomes more probable, above 1 all
        becomes more even. 0 stands for greedy: the token with the largest score, of
        equal ones the first, has probability 1.
    top_k : int, optional
        k >= 1; more than V keeps all.
    top_p : float, optional
        In (0, 1]; the most probable token is always kept, and 1 keeps all.

    Returns
    -------
    ndarray of float64, shape (*, V)
        Of tokens with equal scores, top-k and top-p keep the first ones, so that
        exactly k and never more than needed are kept.

    Raises
    ------
    TypeError
        If the scores are no real numbers, or an option is of the wrong type.
    ValueError
        If there are no scores, one is NaN or +inf, all of a position are -inf, or an
        option is out of range.

    References
    ----------
    Ackley, Hinton & Sejnowski (1985), Cognitive Science 9(1), for the temperature;
    Fan, Lewis & Dauphin (2018), arXiv:1805.04833, for top-k; Holtzman, Buys, Du, Forbes
    & Choi (2020), arXiv:1904.09751, equations 2 and 3 for top-p, its nucleus.
    """
    values = _scores(scores)
    temperature, top_k, top_p = sampling_options(temperature, top_k, top_p)
    if temperature == 0:
        greedy = values.argmax(axis=-1, keepdims=True)
        return (np.arange(values.shape[-1]) == greedy).astype(np.float64)
    values = values - values.max(axis=-1, keepdims=True)
    with np.errstate(over="ignore"):  # -inf, of which exp is 0
        p = np.exp(values / temperature)
    p /= p.sum(axis=-1, keepdims=True)
    if top_k is None and top_p is None:
        return p
    by_size = np.argsort(-values, axis=-1, kind="stable")  # the most probable first
    p = np.take_along_axis(p, by_size, -1)
    if top_k is not None:
        p[..., top_k:] = 0
        p /= p.sum(axis=-1, keepdims=True)
    if top_p is not None and top_p < 1:
        reached = p.cumsum(axis=-1)[..., :-1] >= top_p  # by this and those before it
        p[..., 1:][reached] = 0
        p /= p.sum(axis=-1, keepdims=True)
    result = np.empty_like(p)
    np.put_along_axis(result, by_size, p, axis=-1)
    return result


def sample_token(
    scores: Tensor | ArrayLike,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Draw a token from the probabilities that `next_token_probabilities` returns.

    Parameters
    ----------
    scores : Tensor or array_like of floats, shape (*, V)
    temperature, top_k, top_p
        As there. With temperature 0 nothing is drawn.
    rng : numpy.random.Generator, int or None

    Returns
    -------
    ndarray of int64, shape (*)
        Tokens in [0, V), drawn independently of each other.

    Raises
    ------
    TypeError, ValueError
        As `next_token_probabilities`.
    """
    p = next_token_probabilities(
        scores, temperature=temperature, top_k=top_k, top_p=top_p
    )
    if temperature == 0:
        return np.asarray(p.argmax(axis=-1))
    cumulative = p.cumsum(axis=-1)
    cumulative /= cumulative[..., -1:]
    draws = default_rng(rng).random((*p.shape[:-1], 1))
    return np.asarray((cumulative <= draws).sum(axis=-1))


def generate(
    model: Module,
    prompt: ArrayLike,
    length: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Continue a text, token by token.

    The model reads the prompt once, and from then on one token a call: what it has
    read is in its state. It is in evaluation mode meanwhile, and no graph is recorded.

    Parameters
    ----------
    model : Module
        Called as ``model(ids, state)`` with integers of shape (T, N) and what it
        returned before, None at first; returns scores (T, N, V) and the new state.
    prompt : array_like or Tensor of int, shape (T,) or (T, N)
        The text so far, at least one token; or N texts of one length, a column each.
    length : int
        How many tokens to add, at least 0.
    temperature, top_k, top_p
        As in `next_token_probabilities`.
    rng : numpy.random.Generator, int or None

    Returns
    -------
    ndarray of int64, shape (length,) or (length, N)
        The new tokens alone, without the prompt.

    Raises
    ------
    TypeError
        If the prompt holds no integers, `length` is no int, or an option is of the
        wrong type.
    ValueError
        If the prompt is empty or has other than one or two axes, `length` is negative,
        or an option is out of range.
    """
    tokens, length = prompt_and_length("generate", prompt, length, "(T,) or (T, N)")
    sampling_options(temperature, top_k, top_p)
    rng = default_rng(rng)
    columns = tokens.reshape(len(tokens), -1)  # (T, N)
    added = np.empty((length, columns.shape[1]), np.int64)
    state = None
    with evaluating(model):
        for step in range(length):
            scores, state = model(columns, state)
            added[step] = sample_token(
                scores[-1], temperature=temperature, top_k=top_k, top_p=top_p, rng=rng
            )
            columns = added[step : step + 1]
    return added.reshape(length, *tokens.shape[1:])


def prompt_and_length(
    caller: str, prompt: Any, length: Any, shape: str
) -> tuple[np.ndarray, int]:
    """Return a prompt in int64 and the number of tokens to add, or raise.

    Parameters
    ----------
    caller, shape : str
        For messages: who asks, and which shapes it expects.
    prompt : array_like or Tensor of int
    length : int
    """
    tokens = np.asarray(prompt.data if isinstance(prompt, Tensor) else prompt)
    if tokens.size == 0:
        raise ValueError(f"{caller}: prompt is empty; expected at least one token")
    if tokens.dtype.kind not in "iu":
        raise TypeError(f"{caller}: prompt must hold integers, got {tokens.dtype}")
    if tokens.ndim not in (1, 2):
        raise ValueError(f"{caller}: prompt has shape {tokens.shape}, expected {shape}")
    if isinstance(length, bool) or not isinstance(length, int | np.integer):
        raise TypeError(f"{caller}: length must be an int, got {type(length).__name__}")
    if length < 0:
        raise ValueError(f"{caller}: length must be at least 0, got {length}")
    return tokens.astype(np.int64), int(length)


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Switch a model to evaluation without graphs, and each layer back at the end."""
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        for module, was_training in before:
            module.training = was_training


def _scores(scores: Any) -> np.ndarray:
    """Return scores as float64, shape (*, V)."""
    values = np.asarray(scores.data if isinstance(scores, Tensor) else scores)
    if values.ndim == 0 or values.size == 0:
        raise ValueError(
            f"next_token_probabilities: scores has shape {values.shape}, expected "
            "(*, V), a score for each of at least one token"
        )
    if values.dtype.kind not in "fiu":
        raise TypeError(
            "next_token_probabilities: scores must hold real numbers, got "
            f"{values.dtype}"
        )
    if np.isnan(values).any() or (values == np.inf).any():
        raise ValueError(
            "next_token_probabilities: scores contains NaN or +inf, expected finite "
            "numbers, or -inf for tokens that are excluded"
        )
    if (values == -np.inf).all(axis=-1).any():
        raise ValueError(
            "next_token_probabilities: scores are all -inf at a position; no token is "
            "left to draw"
        )
    return values.astype(np.float64)


def sampling_options(
    temperature: Any, top_k: Any, top_p: Any
) -> tuple[float, int | None, float | None]:
    """Return the options of `next_token_probabilities`, or raise."""
    temperature = _number("temperature", temperature)
    if not 0 <= temperature < np.inf:
        raise ValueError(
            "next_token_probabilities: temperature must be finite and at least 0, got "
            f"{temperature}"
        )
    if top_k is not None:
        if isinstance(top_k, bool) or not isinstance(top_k, int | np.integer):
            raise TypeError(
                "next_token_probabilities: top_k must be an int or None, got "
                f"{type(top_k).__name__}"
            )
        if top_k < 1:
            raise ValueError(
                f"next_token_probabilities: top_k must be at least 1, got {top_k}"
            )
        top_k = int(top_k)
    if top_p is not None:
        top_p = _number("top_p", top_p)
        if not 0 < top_p <= 1:
            raise ValueError(
                f"next_token_probabilities: top_p must lie in (0, 1], got {top_p}"
            )
    return temperature, top_k, top_p


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(
            f"next_token_probabilities: {name} must be a number, got "
            f"{type(value).__name__}"
        )
    return float(value)
