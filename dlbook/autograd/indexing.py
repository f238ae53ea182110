"""Picking elements: slices, integer arrays, boolean masks, gather."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index


class Indexing:
    """The ways to pick elements of a `Tensor`."""

    __slots__ = ()

    def __getitem__(self, index: Any):
        """Pick elements as NumPy does.

        Parameters
        ----------
        index : int, slice, None, Ellipsis, integer or boolean array, or a tuple of them
            Arrays may be Tensors. An element that is picked several times receives
            the sum of the gradients.
        """
        index = plain(index)

        def backward(grad_out):
            grad_in = np.zeros_like(self.data)
            if may_repeat(index):
                np.add.at(grad_in, index, grad_out)
            else:
                grad_in[index] = grad_out
            return (grad_in,)

        return self.from_op(self.data[index], (self,), backward, "getitem")

    def gather(self, axis: int, index: Any):
        """Pick one element along `axis` for every entry of `index`.

        For a matrix and ``axis=1``: ``out[i, j] = x[i, index[i, j]]``.

        Parameters
        ----------
        axis : int
            The axis to pick along.
        index : array_like of int
            As many axes as self; each but `axis` at most as long as self's.

        Returns
        -------
        Tensor, shape of `index`

        Raises
        ------
        TypeError
            If the index does not hold integers.
        ValueError
            If its shape does not fit.
        IndexError
            If the axis does not exist, or an entry is negative or too large.
        """
        index = np.asarray(plain(index))
        axis = normalize_axis_index(axis, self.ndim, "gather")
        if index.dtype.kind not in "iu":
            raise TypeError(f"gather: index must hold integers, got {index.dtype}")
        if index.ndim != self.ndim or any(
            size > limit
            for a, (size, limit) in enumerate(zip(index.shape, self.shape, strict=True))
            if a != axis
        ):
            raise ValueError(
                f"gather: index of shape {index.shape} does not fit shape "
                f"{self.shape} along axis {axis}"
            )
        length = self.shape[axis]
        if index.size and (index.min() < 0 or index.max() >= length):
            raise IndexError(
                f"gather: index must lie in [0, {length}), "
                f"got values from {index.min()} to {index.max()}"
            )
        place = list(np.indices(index.shape, sparse=True))
        place[axis] = index
        place = tuple(place)

        def backward(grad_out):
            grad_in = np.zeros_like(self.data)
            np.add.at(grad_in, place, grad_out)
            return (grad_in,)

        return self.from_op(self.data[place], (self,), backward, "gather")


def plain(index: Any) -> Any:
    """Replace the tensors in an index by their arrays, and sequences by arrays."""
    if isinstance(index, tuple):  # one part an axis; a tuple in it is a sequence
        return tuple(plain(list(p) if type(p) is tuple else p) for p in index)
    if isinstance(index, Indexing):
        return index.data
    if isinstance(index, list | range):
        return np.asarray(index) if len(index) else np.zeros(0, np.intp)
    return index


def may_repeat(index: Any) -> bool:
    """Tell whether an index can pick an element twice: only integer arrays can."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(p, np.ndarray) and p.dtype.kind in "iu" for p in parts)
