"""Functions of several tensors: join them, split them, choose between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from dlbook.arrays import unbroadcast
from dlbook.autograd.tensor import Tensor, as_tensor

__all__ = ["concatenate", "split", "stack", "where"]


def concatenate(tensors: Sequence[Tensor], *, axis: int = 0) -> Tensor:
    """Join tensors along an axis that they have.

    Parameters
    ----------
    tensors : sequence of Tensor
        At least one; equal in shape but for `axis`.
    axis : int
        The axis along which they are lined up.

    Raises
    ------
    ValueError
        If there is no tensor, or the shapes do not fit.
    """
    tensors = of_one_kind(tensors, "concatenate")
    joined = np.concatenate([tensor.data for tensor in tensors], axis=axis)
    ends = np.cumsum([tensor.shape[axis] for tensor in tensors])

    def backward(grad_out):
        return tuple(np.split(grad_out, ends[:-1], axis=axis))

    return Tensor.from_op(joined, tensors, backward, "concatenate")


def stack(tensors: Sequence[Tensor], *, axis: int = 0) -> Tensor:
    """Join tensors of one shape along a new axis.

    Parameters
    ----------
    tensors : sequence of Tensor
        At least one.
    axis : int
        Where the new axis stands in the result.

    Raises
    ------
    ValueError
        If there is no tensor, or the shapes differ.
    """
    tensors = of_one_kind(tensors, "stack")

    def backward(grad_out):
        return tuple(np.moveaxis(grad_out, axis, 0))

    stacked = np.stack([tensor.data for tensor in tensors], axis=axis)
    return Tensor.from_op(stacked, tensors, backward, "stack")


def split(
    x: Tensor, size_or_sections: int | Sequence[int], *, axis: int = 0
) -> tuple[Tensor, ...]:
    """Cut a tensor into pieces along an axis.

    Parameters
    ----------
    x : Tensor
    size_or_sections : int or sequence of int
        The length of every piece (the last may be shorter), or the length of each.
    axis : int
        The axis to cut.

    Raises
    ------
    ValueError
        If the size is not positive, or the sections do not add up to the axis.
    IndexError
        If there is no such axis.
    """
    axis = normalize_axis_index(axis, x.ndim, "split")
    length = x.shape[axis]
    if isinstance(size_or_sections, int | np.integer):
        if size_or_sections < 1:
            raise ValueError(f"split: size must be at least 1, got {size_or_sections}")
        # as in torch, nothing is cut into one piece of length 0
        cuts = [*range(0, max(length, 1), size_or_sections), length]
    else:
        sections = list(size_or_sections)
        if sum(sections) != length or min(sections, default=0) < 0:
            raise ValueError(
                f"split: sections {sections} do not add up to {length}, the length "
                f"of axis {axis}"
            )
        cuts = [0, *accumulate(sections)]
    before = (slice(None),) * axis
    return tuple(x[(*before, slice(start, end))] for start, end in pairwise(cuts))


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """Take elements of `a` where `condition` holds, elsewhere of `b`.

    The gradient of an element that is not taken is 0, also where it is nan.

    Parameters
    ----------
    condition : array_like of bool
    a, b : Tensor or number
        At least one Tensor; all three broadcast.

    Raises
    ------
    TypeError
        If `condition` does not hold booleans, or neither a nor b is a Tensor.
    """
    mask = condition.data if isinstance(condition, Tensor) else np.asarray(condition)
    if mask.dtype != np.bool_:
        raise TypeError(f"where: condition must hold booleans, got {mask.dtype}")
    if isinstance(a, Tensor):
        a, b = a._operands(b)
    elif isinstance(b, Tensor):
        b, a = b._operands(a)
    else:
        raise TypeError("where: at least one of a and b must be a Tensor")

    def backward(grad_out):
        grad_a = unbroadcast(np.where(mask, grad_out, 0), a.shape)
        grad_b = unbroadcast(np.where(mask, 0, grad_out), b.shape)
        return grad_a, grad_b

    return Tensor.from_op(np.where(mask, a.data, b.data), (a, b), backward, "where")


def of_one_kind(values: Sequence[Tensor], name: str) -> tuple[Tensor, ...]:
    """Return tensors to be joined: if one holds floats, integers become its type."""
    tensors = tuple(as_tensor(value) for value in values)
    if not tensors:
        raise ValueError(f"{name} needs at least one tensor")
    floats = next((t for t in tensors if t.data.dtype.kind == "f"), None)
    return tuple(as_tensor(tensor, like=floats) for tensor in tensors)
