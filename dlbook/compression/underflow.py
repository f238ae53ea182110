"""How large gradients are, and how many a narrow format would lose."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dlbook.autograd import Tensor
from dlbook.autograd.tensor import topological_order
from dlbook.compression.float_formats import FLOAT16, FloatFormat

__all__ = ["gradient_magnitudes", "intermediate_gradients", "underflow_share"]


def intermediate_gradients(loss: Tensor) -> list[np.ndarray]:
    """Run `backward`, and return the gradient at every result on the way.

    These are the arrays that half precision would have to hold: the gradients of
    activations. Leaves get their own gradients as always.

    Parameters
    ----------
    loss : Tensor, a single number
        With its graph, which is used up.

    Returns
    -------
    list of ndarray
        From the first operation to the last; results of a single number left out.

    Raises
    ------
    RuntimeError
        If `loss` does not require a gradient, or its graph is used up.
    """
    results = [node for node in topological_order(loss) if node.parents and node.ndim]
    for node in results:
        node.retain_grad()
    loss.backward()
    return [node.grad for node in results if node.grad is not None]


def underflow_share(
    gradients: Iterable[np.ndarray],
    float_format: FloatFormat = FLOAT16,
    *,
    scale: float = 1.0,
) -> float:
    """Return the share of the gradients other than zero that a format rounds to zero.

    Parameters
    ----------
    gradients : iterable of ndarray
        In float32 or float64, not scaled.
    float_format : FloatFormat
    scale : float, positive
        What they are multiplied by before they are rounded.

    Returns
    -------
    float
        Between 0 and 1; 0 if all gradients are zero.

    Raises
    ------
    ValueError
        If `scale` is not positive and finite.
    """
    if not 0 < scale < np.inf:
        raise ValueError(f"scale must be positive and finite, got {scale}")
    lost = there = 0
    for gradient in gradients:
        rounded = float_format.round(gradient * scale)
        there += int(np.count_nonzero(gradient))
        lost += int(np.count_nonzero((gradient != 0) & (rounded == 0)))
    return lost / there if there else 0.0


def gradient_magnitudes(
    gradients: Iterable[np.ndarray],
) -> tuple[np.ndarray, np.ndarray, float]:
    """Count gradients by their exponent, as figure 3 of the paper does.

    Parameters
    ----------
    gradients : iterable of ndarray

    Returns
    -------
    exponents : ndarray of int, shape (n,)
        Every integer from the smallest floor(log2 |g|) to the largest; empty if no
        gradient is other than zero and finite.
    shares : ndarray of float, shape (n,)
        The share of all numbers, zeros with them, that has this exponent.
    zero : float
        The share that is exactly zero.

    References
    ----------
    Micikevicius et al. (2018), arXiv:1710.03740, figure 3.
    """
    arrays = [np.ravel(np.abs(gradient)) for gradient in gradients]
    size = np.concatenate([np.zeros(0), *arrays])
    if not size.size:
        return np.zeros(0, int), np.zeros(0), 0.0
    zero = float(np.mean(size == 0))
    exponents = np.frexp(size[(size > 0) & np.isfinite(size)])[1] - 1
    if not exponents.size:
        return np.zeros(0, int), np.zeros(0), zero
    first = exponents.min()
    shares = np.bincount(exponents - first) / size.size
    return np.arange(first, first + len(shares)), shares, zero
