"""The n-gram model: counts of short sequences, smoothed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from dlbook.autograd import Tensor
from dlbook.random import default_rng

__all__ = ["NGram", "token_ids"]

SMOOTHINGS = ("kneser-ney", "witten-bell")
FALLBACK = (0.5, 1.0, 1.5)  # as KenLM's --discount_fallback


@dataclass(frozen=True)
class _Level:
    """What is left of the counts of all k-grams, for one k.

    `codes` are sorted: the number of the (k-1)-gram before it times V, plus the token.
    The number of a k-gram is its place among them.
    """

    codes: np.ndarray  # (number of k-grams,), int64
    kept: np.ndarray  # (number of k-grams,): the smoothed share of its own count
    spare: np.ndarray  # (number of (k-1)-grams,): what is left for the level below


class NGram:
    r"""Predict a token from the n - 1 tokens before it, by smoothed counts.

    A long context says more and was seen less often. So the model of order k gives up
    part of what its counts say, for the model of order k - 1:

    .. math::
        p_k(w \mid u) = \frac{\max(c(uw) - d, 0)}{c(u\,\cdot)}
        + \lambda(u)\, p_{k-1}(w \mid u'),
        \qquad p_0 = \frac{1}{V}

    Here u are the k - 1 tokens before w, u' the same without the first, c counts, and
    :math:`\lambda(u)` is what makes the sum over w equal to 1. Where u was never seen,
    :math:`p_k = p_{k-1}`. No probability is 0.

    Parameters
    ----------
    order : int
        n >= 1. 1 looks at no other token, 3 is a trigram.
    smoothing : {"kneser-ney", "witten-bell"}
        What is given up. Modified Kneser-Ney: the discount d is one of three numbers,
        for counts of 1, of 2, and of 3 or more; and below order n, c counts different
        tokens before a sequence instead of its occurrences. Witten-Bell: no discount;
        all is divided by c(u ·) + t(u) instead, where t(u) is the number of different
        tokens after u.
    discount : float, optional
        d in [0, 1], the same for every count: Kneser-Ney smoothing as it was before
        it was modified. By default the three numbers are estimated at every order
        from the numbers of sequences counted 1, 2, 3 and 4 times (Chen & Goodman,
        equation 26); where one of these is 0, or an estimate is negative, they are 0.5,
        1 and 1.5.

    Attributes
    ----------
    vocab_size : int
        V, after `fit`.
    num_grams : tuple of int
        How many different sequences of 1, 2, ..., n tokens were seen, after `fit`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range, or `discount` is given for
        Witten-Bell smoothing.

    Examples
    --------
    >>> model = NGram(2, smoothing="witten-bell").fit([0, 1, 0, 1, 0, 2], vocab_size=3)
    >>> model.probabilities([1]).round(3)
    array([0.815, 0.111, 0.074])

    References
    ----------
    Kneser & Ney (1995), ICASSP; Chen & Goodman (1999), Computer Speech & Language
    13(4), sections 2.7 and 3; Witten & Bell (1991), IEEE Transactions on Information
    Theory 37(4), their method C.
    """

    def __init__(
        self,
        order: int,
        *,
        smoothing: str = "kneser-ney",
        discount: float | None = None,
    ) -> None:
        if isinstance(order, bool) or not isinstance(order, int | np.integer):
            raise TypeError(f"NGram: order must be an int, got {type(order).__name__}")
        if order < 1:
            raise ValueError(f"NGram: order must be at least 1, got {order}")
        if smoothing not in SMOOTHINGS:
            raise ValueError(
                f"NGram: smoothing must be one of {list(SMOOTHINGS)}, got {smoothing!r}"
            )
        if discount is not None:
            if isinstance(discount, bool) or not isinstance(
                discount, int | float | np.number
            ):
                raise TypeError(
                    f"NGram: discount must be a number, got {type(discount).__name__}"
                )
            if smoothing != "kneser-ney":
                raise ValueError(
                    f"NGram: discount is for Kneser-Ney, not for {smoothing!r}"
                )
            if not 0 <= discount <= 1:
                raise ValueError(f"NGram: discount must lie in [0, 1], got {discount}")
        self.order = int(order)
        self.smoothing = smoothing
        self.discount = discount
        self._levels: tuple[_Level, ...] = ()

    def fit(self, ids: ArrayLike, vocab_size: int) -> Self:
        """Count the sequences of 1, 2, ..., n tokens of a text.

        Parameters
        ----------
        ids : array_like of int, shape (T,)
            The text as one run of tokens in [0, V), at least n of them.
        vocab_size : int
            V, at least 1; tokens that do not occur have a probability too.

        Returns
        -------
        NGram
            The model itself.

        Raises
        ------
        TypeError, ValueError
            If there are fewer than n tokens, or one is not in [0, V).
        """
        if isinstance(vocab_size, bool) or not isinstance(vocab_size, int | np.integer):
            raise TypeError(
                f"NGram: vocab_size must be an int, got {type(vocab_size).__name__}"
            )
        if vocab_size < 1:
            raise ValueError(f"NGram: vocab_size must be at least 1, got {vocab_size}")
        ids = token_ids("NGram", "ids", ids, int(vocab_size))
        if len(ids) < self.order:
            raise ValueError(
                f"NGram: ids holds {len(ids)} token(s), fewer than the order "
                f"{self.order}"
            )
        self.vocab_size = int(vocab_size)
        all_codes, all_counts = self._count(ids)
        contexts = [1, *(len(codes) for codes in all_codes)]
        self._levels = tuple(
            _Level(codes, *self._smooth(codes, counts, num_contexts))
            for codes, counts, num_contexts in zip(
                all_codes, all_counts, contexts[:-1], strict=True
            )
        )
        return self

    @property
    def num_grams(self) -> tuple[int, ...]:
        """How many different sequences of 1, 2, ..., n tokens were seen."""
        self._require_fit()
        return tuple(len(level.codes) for level in self._levels)

    def surprisals(self, ids: ArrayLike, *, context: ArrayLike = ()) -> np.ndarray:
        """Return -log p of every token, given those before it, in nats.

        Parameters
        ----------
        ids : array_like of int, shape (T,)
            Tokens in [0, V), at least one.
        context : array_like of int
            Tokens before the first one. Where fewer than n - 1 tokens precede, the
            model of the fitting order predicts.

        Returns
        -------
        ndarray of float64, shape (T,)
            Their mean is the cross-entropy in nats per token.

        Raises
        ------
        RuntimeError
            Before `fit`.
        TypeError, ValueError
            If a token is no integer in [0, V).
        """
        self._require_fit()
        before = self._context(context)
        ids = token_ids("NGram", "ids", ids, self.vocab_size)
        text = np.concatenate([before, ids])
        probability = np.full(len(text), 1 / self.vocab_size)
        contexts = np.zeros(len(text), np.int64)  # the number of the (k-1)-gram, or -1
        for level in self._levels:
            grams = self._find(level, contexts, text)
            mixed = level.spare[contexts] * probability
            mixed += np.where(grams >= 0, level.kept[grams], 0)
            probability = np.where(contexts >= 0, mixed, probability)
            contexts = np.concatenate([[-1], grams[:-1]])
        return -np.log(probability[len(before) :])

    def bits_per_character(self, ids: ArrayLike, *, context: ArrayLike = ()) -> float:
        """Return the mean of -log2 p over the tokens; each stands for one character.

        Parameters
        ----------
        ids, context : array_like of int
            As in `surprisals`.
        """
        return float(self.surprisals(ids, context=context).mean() / np.log(2))

    def probabilities(self, context: ArrayLike = ()) -> np.ndarray:
        """Return the probability of every token as the next one.

        Parameters
        ----------
        context : array_like of int
            The tokens before it; the last n - 1 count.

        Returns
        -------
        ndarray of float64, shape (V,)
            All positive; their sum is 1.

        Raises
        ------
        RuntimeError
            Before `fit`.
        TypeError, ValueError
            If a token of the context is no integer in [0, V).
        """
        self._require_fit()
        context = self._context(context)
        result = np.full(self.vocab_size, 1 / self.vocab_size)
        for length, level in enumerate(self._levels):
            if length > len(context):
                break
            gram = self._number(context[len(context) - length :])
            if gram < 0:
                break  # what was not seen was not seen after more tokens either
            start, stop = np.searchsorted(
                level.codes, [gram * self.vocab_size, (gram + 1) * self.vocab_size]
            )
            result = level.spare[gram] * result
            result[level.codes[start:stop] % self.vocab_size] += level.kept[start:stop]
        return result

    def sample(
        self,
        length: int,
        *,
        context: ArrayLike = (),
        rng: np.random.Generator | int | None = None,
    ) -> np.ndarray:
        """Draw tokens one after another, each given those before it.

        Parameters
        ----------
        length : int
            How many, at least 0.
        context : array_like of int
            The tokens before the first one.
        rng : numpy.random.Generator, int or None

        Returns
        -------
        ndarray of int64, shape (length,)

        Raises
        ------
        RuntimeError
            Before `fit`.
        TypeError, ValueError
            If `length` is no int of at least 0, or a token of the context is no integer
            in [0, V).
        """
        if isinstance(length, bool) or not isinstance(length, int | np.integer):
            raise TypeError(
                f"NGram: length must be an int, got {type(length).__name__}"
            )
        if length < 0:
            raise ValueError(f"NGram: length must be at least 0, got {length}")
        self._require_fit()
        rng = default_rng(rng)
        tokens = self._context(context).tolist()
        given = len(tokens)
        for _ in range(length):
            cumulative = self.probabilities(tokens[-self.order :]).cumsum()
            draw = rng.random() * cumulative[-1]
            tokens.append(int(np.searchsorted(cumulative, draw, side="right")))
        return np.array(tokens[given:], np.int64)

    def _count(self, ids: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the codes of all k-grams, and what each counts, for k = 1 to n."""
        all_codes, all_counts = [], []
        before = np.zeros(len(ids), np.int64)  # number of the (k-1)-gram before a token
        ends = before  # number of the (k-1)-gram that ends with a token
        for k in range(1, self.order + 1):
            codes, first, grams, counts = np.unique(
                before * self.vocab_size + ids[k - 1 :],
                return_index=True,
                return_inverse=True,
                return_counts=True,
            )
            if k > 1 and self.smoothing == "kneser-ney":
                # of each (k-1)-gram: how many different tokens stand before it
                endings = ends[1:][first]
                all_counts[-1] = np.bincount(endings, minlength=len(all_codes[-1]))
            all_codes.append(codes)
            all_counts.append(counts)
            before, ends = grams[:-1], grams
        return all_codes, all_counts

    def _smooth(
        self, codes: np.ndarray, counts: np.ndarray, num_contexts: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what each k-gram keeps, and what each context has to spare."""
        contexts = codes // self.vocab_size
        total = np.bincount(contexts, counts, num_contexts)
        if self.smoothing == "witten-bell":
            kinds = np.bincount(contexts, minlength=num_contexts)
            seen = np.maximum(total + kinds, 1)
            return counts / seen[contexts], np.where(total > 0, kinds / seen, 1.0)
        discounts = np.array([0.0, *self._discounts(counts)])
        taken = np.minimum(discounts[np.minimum(counts, 3)], counts)
        seen = np.maximum(total, 1)
        spare = np.bincount(contexts, taken, num_contexts) / seen
        return (counts - taken) / seen[contexts], np.where(total > 0, spare, 1.0)

    def _discounts(self, counts: np.ndarray) -> tuple[float, float, float]:
        """Return what is taken from counts of 1, of 2, and of 3 or more."""
        if self.discount is not None:
            return (float(self.discount),) * 3
        once, twice, thrice, four_times = np.bincount(counts, minlength=5)[1:5].tolist()
        if not (once and twice and thrice and four_times):
            return FALLBACK
        share = once / (once + 2 * twice)
        estimated = (
            1 - 2 * share * twice / once,
            2 - 3 * share * thrice / twice,
            3 - 4 * share * four_times / thrice,
        )
        return estimated if min(estimated) >= 0 else FALLBACK

    def _find(
        self, level: _Level, contexts: np.ndarray, tokens: np.ndarray
    ) -> np.ndarray:
        """Return the numbers of k-grams, -1 where one was never seen."""
        codes = contexts * self.vocab_size + tokens
        place = np.searchsorted(level.codes, codes)
        place[place == len(level.codes)] = 0
        seen = (contexts >= 0) & (level.codes[place] == codes)
        return np.where(seen, place, -1)

    def _number(self, tokens: np.ndarray) -> int:
        """Return the number of a k-gram, k < n; 0 for no tokens, -1 if never seen."""
        gram = np.zeros(1, np.int64)
        for level, token in zip(self._levels, tokens, strict=False):
            gram = self._find(level, gram, token[np.newaxis])
        return int(gram[0])

    def _context(self, context: ArrayLike) -> np.ndarray:
        """Return the last n - 1 tokens before a text, as int64."""
        if np.size(context) == 0:
            return np.zeros(0, np.int64)
        tokens = token_ids("NGram", "context", context, self.vocab_size)
        return tokens[max(0, len(tokens) - self.order + 1) :]

    def _require_fit(self) -> None:
        if not self._levels:
            raise RuntimeError("NGram: call fit() first; nothing has been counted")


def token_ids(caller: str, name: str, ids: Any, vocab_size: int) -> np.ndarray:
    """Return tokens as an int64 array of one axis.

    Parameters
    ----------
    caller, name : str
        For messages.
    ids : array_like or Tensor of int, shape (T,)
        At least one.
    vocab_size : int

    Raises
    ------
    TypeError
        If they are no integers.
    ValueError
        If there are none, they have more axes than one, or one is not in
        [0, vocab_size).
    """
    tokens = np.asarray(ids.data if isinstance(ids, Tensor) else ids)
    if tokens.size == 0:
        raise ValueError(f"{caller}: {name} is empty; expected at least one token")
    if tokens.dtype.kind not in "iu":
        raise TypeError(f"{caller}: {name} must hold integers, got {tokens.dtype}")
    if tokens.ndim != 1:
        raise ValueError(
            f"{caller}: {name} has shape {tokens.shape}, expected (T,): one token "
            "after another"
        )
    if tokens.min() < 0 or tokens.max() >= vocab_size:
        outside = tokens[(tokens < 0) | (tokens >= vocab_size)][0]
        raise ValueError(
            f"{caller}: {name} contains token {outside}, expected tokens in "
            f"[0, {vocab_size})"
        )
    return tokens.astype(np.int64)
