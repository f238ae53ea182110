"""Attention of several heads, straight from projections that hold them side by side."""

from __future__ import annotations

import math

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.attention_masks import Masking, parents_of, want_gradients
from dlbook.functional.attention_tiles import Dropping, attend_in_tiles

__all__ = ["attend_with_heads"]


def attend_with_heads(
    projections: tuple[Tensor, ...],
    num_heads: int,
    mask: Tensor | None = None,
    *,
    dropping: Dropping | None = None,
    is_causal: bool = False,
    batch_axis: int = 0,
) -> Tensor:
    """Let every head attend by itself; return their outputs side by side.

    What `scaled_dot_product_attention` does on split heads, as one operation: the
    numbers of a head, hd = D / num_heads, are brought together in memory once for
    queries, keys and values, and their gradients go back the same way.

    Parameters
    ----------
    projections : tuple of Tensor, shape (N, T, n D) or (T, N, n D)
        n together are 3: queries, keys and values, of all heads side by side; one
        tensor that holds all three, or queries and then keys with values, or three
        tensors. T is L in queries and S in keys and values.
    num_heads : int
        A divisor of D.
    mask : Tensor or None
        As `attn_mask` of `scaled_dot_product_attention`, checked; broadcasts to (N,
        num_heads, L, S).
    dropping : Dropping or None
    is_causal : bool
        May come together with a mask here.
    batch_axis : int
        0 for (N, T, n D) and 1 for (T, N, n D).

    Returns
    -------
    Tensor, shape (N, L, D) or (L, N, D)
    """
    total = sum(x.shape[-1] for x in projections)
    width = total // 3  # D
    numbers = [x.shape[-1] // width for x in projections]
    scale = 1 / math.sqrt(width // num_heads)
    # n arrays (N, heads, T, hd) for each projection
    arrays = [
        heads_first(x.data, number, num_heads, batch_axis)
        for x, number in zip(projections, numbers, strict=True)
    ]
    query, key, value = (part for array in arrays for part in array)
    query *= scale
    batch, length = query.shape[:2], query.shape[2]
    given = None if mask is None else mask.data
    masking = Masking(given, batch, length, key.shape[2], causal=is_causal)
    flat = [as_matrices(x) for x in (query, key, value)]
    parents = parents_of(*projections, mask)
    keep = want_gradients(parents)
    output, gradients = attend_in_tiles(*flat, masking, dropping, keep=keep)

    def backward(grad_out):
        grad_heads = heads_first(grad_out, 1, num_heads, batch_axis)
        grads = [np.zeros(array.shape, array.dtype) for array in arrays]
        views = [as_matrices(part) for array in grads for part in array]
        wants_mask = mask is not None and mask.requires_grad
        grad_mask = masking.gradient() if wants_mask else None
        gradients(grad_heads.reshape(output.shape), *views, grad_mask)
        views[0] *= scale
        found = [heads_last(grad, batch_axis) for grad in grads]
        if mask is not None:
            found.append(grad_mask.reshape(mask.shape) if wants_mask else None)
        return tuple(found)

    result = heads_last(output.reshape(1, *query.shape), batch_axis)
    return Tensor.from_op(result, parents, backward, "attend_with_heads")


def heads_first(
    x: np.ndarray, number: int, num_heads: int, batch_axis: int
) -> np.ndarray:
    """Return n arrays (N, heads, T, hd), each contiguous, of n D numbers a vector."""
    width = x.shape[2] // (number * num_heads)
    x = x.reshape(*x.shape[:2], number, num_heads, width)
    return x.transpose(2, batch_axis, 3, 1 - batch_axis, 4).copy()


def heads_last(x: np.ndarray, batch_axis: int) -> np.ndarray:
    """Undo `heads_first`: (n, N, heads, T, hd) becomes (N, T, n D) or (T, N, n D)."""
    samples_time = (1, 3) if batch_axis == 0 else (3, 1)
    x = x.transpose(*samples_time, 0, 2, 4)
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:]))


def as_matrices(x: np.ndarray) -> np.ndarray:
    """Make one axis of examples and heads: (N, heads, T, hd) becomes (B, T, hd)."""
    return x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])
