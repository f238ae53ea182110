"""Random tokens, repeated: text in which nothing but a look back can be predicted."""

from __future__ import annotations

import numpy as np

from dlbook.data.counts import require_count
from dlbook.random import default_rng

__all__ = ["make_repeats"]


def make_repeats(
    samples: int,
    length: int,
    vocab_size: int,
    *,
    period: int | tuple[int, int] | None = None,
    distinct: bool = True,
    rng: np.random.Generator | int,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Draw blocks of random tokens, each repeated until its sequence is full.

    .. math:: s_t = b_{t \bmod p} , \qquad t = 0, \dots, T - 1

    with a block :math:`b_0, \dots, b_{p-1}` of its own for every sequence, and a period
    p of its own. Which token follows is pure chance the first time, and known the
    second time: it is the one that followed before.

    Parameters
    ----------
    samples : int, at least 1
        N, the number of sequences.
    length : int, at least 3
        T, the tokens in each.
    vocab_size : int, at least 1
        V; tokens are 0, ..., V - 1.
    period : int, or (int, int), optional
        p, from 1 to T - 2. A pair is the least and the largest p, and each sequence
        draws its own, all being equally likely; by default (T // 4, T // 2), at least
        1. An int is the period of all sequences. To let it vary from batch to batch
        but not inside, draw one int a batch.
    distinct : bool
        Whether the p tokens of a block differ, so that what comes before decides what
        follows; V must then be at least the largest p. Else each token is drawn by
        itself from all V, and one that comes twice in a block has two followers.
    rng : numpy.random.Generator or int
        The same state gives the same sequences. An int is a seed.

    Returns
    -------
    ids : ndarray of int64, shape (N, T)
    predictable : ndarray of bool, shape (N, T)
        True where the token has come before and another one follows: at the steps p,
        ..., T - 2. What is predicted there is ``ids[:, 1:]``, so that the mask belongs
        to inputs ``ids[:, :-1]`` as ``predictable[:, :-1]``. The first True of a row
        stands at step p.

    Raises
    ------
    TypeError
        If a count or a period is no int.
    ValueError
        If one of them is out of range.

    Notes
    -----
    With one fixed period a model needs no look at the tokens: the one to predict stands
    p - 1 places back, always, and a single layer whose attention knows positions learns
    to copy from there. When the period varies, the place has to be found by content:
    where did the token of now come before, and what followed? In a model of attention
    alone that takes two layers. A head of the first writes at every position which
    token stood before it; a head of the second looks for the position at which that is
    the token of now, and copies. Olsson et al. call such a pair an induction head.

    At step p - 1, the end of the first block, the next token has come before, but
    nothing tells that the block ends: the mask is False there.

    References
    ----------
    Olsson et al. (2022), In-context learning and induction heads, Transformer Circuits
    Thread. Elhage et al. (2021), A mathematical framework for transformer circuits, in
    the same place: why one layer is not enough.

    Examples
    --------
    >>> ids, predictable = make_repeats(1, 8, 10, period=3, rng=0)
    >>> bool((ids[:, 3:] == ids[:, :-3]).all()), predictable[0].astype(int).tolist()
    (True, [0, 0, 0, 1, 1, 1, 1, 0])
    """
    require_count("samples", samples)
    require_count("length", length, 3)
    require_count("vocab_size", vocab_size)
    if period is None:
        low, high = max(length // 4, 1), length // 2
    else:
        low, high = _bounds(period, length)
    if distinct and vocab_size < high:
        raise ValueError(
            f"vocab_size={vocab_size} is too small for {high} different tokens in a "
            f"block: take a larger one, a smaller period, or distinct=False"
        )
    rng = default_rng(rng)
    periods = rng.integers(low, high + 1, size=(samples, 1))
    if distinct:
        everything = np.tile(np.arange(vocab_size), (samples, 1))  # (N, V)
        blocks = rng.permuted(everything, axis=1)[:, :high]
    else:
        blocks = rng.integers(vocab_size, size=(samples, high))
    steps = np.arange(length)
    ids = blocks[np.arange(samples)[:, None], steps % periods]  # (N, T)
    return ids, (steps >= periods) & (steps < length - 1)


def _bounds(period: int | tuple[int, int], length: int) -> tuple[int, int]:
    """Return the least and the largest period."""
    if isinstance(period, tuple | list):
        if len(period) != 2:
            raise ValueError(
                f"period must be an int or two of them, got {len(period)}: {period!r}"
            )
        low, high = period
    else:
        low = high = period
    low = require_count("period", low)
    high = require_count("period", high, most=length - 2)
    if low > high:
        raise ValueError(f"period: the least, {low}, is above the largest, {high}")
    return low, high
