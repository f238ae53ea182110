r"""The adding problem: remember two numbers out of many, and add them up."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from dlbook.data.counts import require_count
from dlbook.data.dataset import floating_type
from dlbook.random import default_rng

__all__ = ["make_adding"]


def make_adding(
    samples: int,
    steps: int,
    *,
    batch_first: bool = False,
    rng: np.random.Generator | int,
    dtype: DTypeLike = np.float32,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Draw sequences of numbers, two of them marked; the target is their sum.

    .. math:: y = v_i + v_j , \qquad v_t \sim U(0, 1)

    The first mark lies anywhere in the first half of the sequence, steps 0, ...,
    T // 2 - 1, the second anywhere in the rest, each place being equally likely.

    Parameters
    ----------
    samples : int, at least 1
        N, the number of sequences.
    steps : int, at least 2
        T, the length of each.
    batch_first : bool
        Whether the first axis of x counts sequences, and not steps.
    rng : numpy.random.Generator or int
        The same state gives the same sequences. An int is a seed.
    dtype : float32 or float64

    Returns
    -------
    x : ndarray, shape (T, N, 2), or (N, T, 2) with `batch_first`
        At every step a number in [0, 1), and 1 where it is marked, else 0.
    y : ndarray, shape (N,)
        The sums, in [0, 2).

    Raises
    ------
    TypeError
        If `samples` or `steps` is no int.
    ValueError
        If one of them is too small, or `dtype` is not a floating-point type.

    Notes
    -----
    A model that knows nothing but the distribution does best with the mean, 1. Its mean
    squared error is the variance of the sum. Both numbers are independent, so that the
    variances add up, and that of U(0, 1) is

    .. math:: \int_0^1 v^2\,dv - \Big(\int_0^1 v\,dv\Big)^2
              = \tfrac13 - \tfrac14 = \tfrac1{12} ,

    which gives 2/12 = 1/6, about 0.167. To know one of the numbers leaves 1/12.

    References
    ----------
    Hochreiter & Schmidhuber (1997), Long short-term memory, Neural Computation 9,
    1735-1780, experiment 4: there the numbers lie in [-1, 1], the lengths vary, the
    first mark is one of the first ten steps, the ends are marked by -1, and the target
    is 0.5 + (sum) / 4. The variant here is that of Arjovsky, Shah & Bengio (2016),
    Unitary evolution recurrent neural networks, arXiv:1511.06464.
    """
    require_count("samples", samples)
    require_count("steps", steps, 2)
    resolved = floating_type(dtype)
    rng = default_rng(rng)
    everyone = np.arange(samples)
    x = np.zeros((steps, samples, 2), resolved)
    x[:, :, 0] = rng.random((steps, samples), np.float32)  # below 1 in every dtype
    first = rng.integers(0, steps // 2, samples)
    second = rng.integers(steps // 2, steps, samples)
    x[first, everyone, 1] = 1
    x[second, everyone, 1] = 1
    y = x[first, everyone, 0] + x[second, everyone, 0]
    return (np.ascontiguousarray(x.swapaxes(0, 1)) if batch_first else x), y
