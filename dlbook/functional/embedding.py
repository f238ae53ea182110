"""Looking rows up in a table, and adding the gradients of the rows up again."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number

__all__ = ["embedding"]

LONGEST_PIECE = 8  # of the lengths tried the fastest, for 100 rows and for 10,000


def embedding(
    x: Any,
    weight: Tensor,
    *,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
) -> Tensor:
    r"""Replace every index by the row of a table.

    .. math::
        y_n = W_{x_n}
        \qquad\qquad
        \bar W_v = \sum_{n:\, x_n = v} \bar y_n

    Parameters
    ----------
    x : array_like or Tensor of int, shape (*)
        Indices in [0, V).
    weight : Tensor, shape (V, D)
        The table W: a row of D numbers for each of V indices.
    padding_idx : int, optional
        A row whose gradient is 0, in [-V, V); negative numbers count from the end.
    max_norm : float, optional
        The rows looked up that are longer than this are first shortened to it, by
        writing into `weight`. The gradient takes no notice of the shortening.
    norm_type : float
        p > 0 of the p-norm that `max_norm` limits; may be infinite.
    scale_grad_by_freq : bool
        Divide the gradient of each row by the number of times it was looked up.

    Returns
    -------
    Tensor, shape (*, D)

    Raises
    ------
    TypeError
        If `x` does not hold integers, or `weight` is no floating-point Tensor.
    IndexError
        If an index is outside [0, V). A negative one too: NumPy would count it from
        the end.
    ValueError
        If `weight` has not two axes, `padding_idx` is outside [-V, V), or `max_norm`
        is negative or not finite; and, where torch answers, if `norm_type` is not
        positive.

    Notes
    -----
    ``numpy.add.at`` would be the shortest way to the gradient, and more than ten times
    slower than `sum_rows`.
    """
    indices = x.data if isinstance(x, Tensor) else np.asarray(x)
    _check(indices, weight)
    rows = indices.astype(np.intp, copy=False).ravel()
    num_rows, width = weight.shape
    if padding_idx is not None:
        padding_idx = row_number(padding_idx, num_rows, "embedding: padding_idx")
    if max_norm is not None:
        _shorten(weight.data, rows, max_norm, norm_type)

    def backward(grad_out):
        grad_weight = sum_rows(grad_out.reshape(rows.size, width), rows, num_rows)
        if scale_grad_by_freq:
            counts = np.bincount(rows, minlength=num_rows)
            grad_weight /= np.maximum(counts, 1)[:, None]
        if padding_idx is not None:
            grad_weight[padding_idx] = 0
        return (grad_weight,)

    found = weight.data.take(rows, axis=0).reshape(*indices.shape, width)
    return Tensor.from_op(found, (weight,), backward, "embedding")


def sum_rows(values: np.ndarray, index: np.ndarray, num_rows: int) -> np.ndarray:
    """Add up the rows of `values` that have the same index.

    Sorted by index, equal ones form runs, which are cut into pieces of at most
    `LONGEST_PIECE`. All first rows of the pieces are added to all second rows, then
    to all third rows, and so on: few large NumPy operations. The sums of the pieces
    are added up in the same way until every index has one. This also rounds less
    than adding one row after another.

    Parameters
    ----------
    values : ndarray of floats, shape (N, D)
    index : ndarray of int, shape (N,)
        In [0, num_rows).
    num_rows : int
        V, the length of the result.

    Returns
    -------
    ndarray, shape (V, D)
        Rows that no index names are 0.
    """
    # NumPy sorts 8- and 16-bit integers fastest, by radix
    order = index.astype(np.min_scalar_type(num_rows)).argsort(kind="stable")
    index = index[order]
    runs = np.flatnonzero(np.diff(index, prepend=-1))  # where each run starts
    place = np.arange(len(index)) - np.repeat(runs, np.diff(runs, append=len(index)))
    starts = np.flatnonzero(place % LONGEST_PIECE == 0)
    lengths = np.diff(starts, append=len(index))
    longest_first = np.argsort(-lengths, kind="stable")
    starts, lengths = starts[longest_first], lengths[longest_first]
    sums = values.take(order[starts], axis=0)
    for k in range(1, lengths.max(initial=0)):
        longer = np.count_nonzero(lengths > k)
        sums[:longer] += values.take(order[starts[:longer] + k], axis=0)
    if len(starts) > len(runs):
        return sum_rows(sums, index[starts], num_rows)
    result = np.zeros((num_rows, values.shape[1]), values.dtype)
    result[index[starts]] = sums
    return result


def row_number(index: int, num_rows: int, name: str) -> int:
    """Return `index`, counted from the end if negative, as a number in [0, num_rows).

    Raises
    ------
    TypeError
        If `index` is no int.
    ValueError
        If it is outside [-num_rows, num_rows).
    """
    try:
        number = operator.index(index)
    except TypeError:
        raise TypeError(f"{name} must be an int, got {type(index).__name__}") from None
    if not -num_rows <= number < num_rows:
        raise ValueError(
            f"{name} must lie in [{-num_rows}, {num_rows}), got {number}: the table "
            f"has {num_rows} rows"
        )
    return number % num_rows


def _check(indices: np.ndarray, weight: Tensor) -> None:
    require_floats(weight, "embedding", name="weight")
    if weight.ndim != 2:
        raise ValueError(
            f"embedding: weight has shape {weight.shape}, expected two axes, (V, D): "
            "a row for each index"
        )
    if indices.dtype.kind not in "iu":
        raise TypeError(f"embedding: x must hold integers, got {indices.dtype}")
    outside = (indices < 0) | (indices >= len(weight))
    if outside.any():
        raise IndexError(
            f"embedding: x contains index {indices[outside][0]}, expected indices in "
            f"[0, {len(weight)}) for weight of shape {weight.shape}"
        )


def _shorten(
    weight: np.ndarray, rows: np.ndarray, max_norm: float, norm_type: float
) -> None:
    """Shorten the rows that are looked up and longer than `max_norm`, in place."""
    max_norm = require_number(max_norm, "embedding: max_norm")
    if max_norm < 0:
        raise ValueError(f"embedding: max_norm must be at least 0, got {max_norm}")
    if norm_type != np.inf:
        norm_type = require_number(norm_type, "embedding: norm_type")
    if norm_type <= 0:
        raise ValueError(f"embedding: norm_type must be positive, got {norm_type}")
    looked_up = np.unique(rows)
    norms = np.linalg.norm(weight[looked_up], norm_type, axis=1)
    too_long = norms > max_norm
    shrink = max_norm / (norms[too_long] + 1e-7)  # 1e-7 as in torch
    weight[looked_up[too_long]] *= shrink[:, None]
