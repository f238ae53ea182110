"""N:M pruning: of every M weights in a row, N are kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.compression.masks import custom_from_mask, effective
from dlbook.nn import Module
from dlbook.nn.arguments import require_size

__all__ = ["n_m_mask", "n_m_structured"]


def n_m_mask(weight: np.ndarray, n: int = 2, m: int = 4, axis: int = 1) -> np.ndarray:
    """Return the mask that keeps the N largest of every M neighbors along an axis.

    Parameters
    ----------
    weight : ndarray
    n, m : int
        N and M, 0 <= N <= M. M divides the length of the axis.
    axis : int
        Along which neighbors are counted. 1 of a linear layer's weight runs along the
        inputs of one output: what the sparse tensor cores of GPUs want, with 2 of 4. A
        convolution's weight has its input channels there.

    Returns
    -------
    ndarray of bool, shape of the weight
        True for exactly N of each M; of equal absolute values, the first are kept.

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If N, M or the axis is out of range, M does not divide the length, or a weight
        is not finite.

    References
    ----------
    Mishra et al. (2021), arXiv:2104.08378, section 3, for 2:4 in hardware. Zhou et al.
    (2021), arXiv:2102.04010, for N:M.
    """
    m, n = require_size(m, "m"), require_size(n, "n", least=0)
    if n > m:
        raise ValueError(f"n must be at most m: {n} of every {m} cannot be kept")
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
        raise TypeError(f"axis must be an int, got {axis!r}")
    if not -weight.ndim <= axis < weight.ndim:
        raise ValueError(f"axis {axis} is not there in a weight of {weight.shape}")
    if weight.shape[axis] % m:
        raise ValueError(
            f"axis {axis} has length {weight.shape[axis]}, which is no multiple of m = "
            f"{m}; choose another axis, or leave this weight as it is"
        )
    if not np.isfinite(weight).all():
        raise ValueError("weights must be finite")
    last = np.moveaxis(np.abs(weight), axis, -1)
    groups = last.reshape(-1, m)  # M neighbors a row
    order = np.argsort(-groups, axis=1, kind="stable")  # the largest first
    mask = np.zeros(groups.shape, bool)
    np.put_along_axis(mask, order[:, :n], True, axis=1)
    return np.moveaxis(mask.reshape(last.shape), -1, axis)


def n_m_structured(
    module: Module,
    name: str,
    n: int = 2,
    m: int = 4,
    axis: int = 1,
    *,
    importance_scores: Any | None = None,
) -> Module:
    """Prune a parameter to N of every M neighbors along an axis.

    Parameters
    ----------
    module : Module
        The layer; changed in place as `custom_from_mask` says.
    name : str
    n, m, axis
        As in `n_m_mask`.
    importance_scores : array_like or Tensor, shape of the parameter, optional
        Taken in place of the weights.

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    TypeError, ValueError
        As `n_m_mask` does, or if the scores have another shape.
    """
    weight = effective(module, name)
    if importance_scores is not None:
        scores = importance_scores
        values = np.asarray(scores.data if isinstance(scores, Tensor) else scores)
        if values.shape != weight.shape:
            raise ValueError(
                f"importance_scores has shape {values.shape}, expected {weight.shape}"
            )
        weight = values
    return custom_from_mask(module, name, n_m_mask(weight, n, m, axis))
