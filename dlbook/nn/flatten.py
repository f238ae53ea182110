"""Merging axes into one, and taking one apart again."""

from __future__ import annotations

from math import prod

from numpy.lib.array_utils import normalize_axis_index

from dlbook.autograd import Tensor
from dlbook.nn.arguments import require_size
from dlbook.nn.module import Module

__all__ = ["Flatten", "Unflatten"]


class Flatten(Module):
    """Merge the axes from `start_axis` to `end_axis`, both included, into one.

    By default all but the first: every example of a batch becomes one vector.

    Parameters
    ----------
    start_axis, end_axis : int
        Negative numbers count from the end.

    Raises
    ------
    IndexError, ValueError
        When called, if there is no such axis, or `start_axis` comes after `end_axis`.
    """

    def __init__(self, start_axis: int = 1, end_axis: int = -1) -> None:
        self.start_axis = start_axis
        self.end_axis = end_axis

    def forward(self, x: Tensor) -> Tensor:
        """(N, *) -> (N, product of *), with the default axes."""
        return x.flatten(self.start_axis, self.end_axis)

    def extra_repr(self) -> str:
        """Return the axes."""
        return f"start_axis={self.start_axis}, end_axis={self.end_axis}"


class Unflatten(Module):
    """Replace one axis by several, the inverse of `Flatten`.

    Parameters
    ----------
    axis : int
        Negative numbers count from the end.
    sizes : tuple of int
        Lengths of the new axes; their product is the length of the old one. One of
        them may be -1: it is computed from the others.

    Raises
    ------
    TypeError, ValueError
        If `sizes` is no tuple or list of positive ints, with one -1 at most.
    IndexError, ValueError
        When called, if there is no such axis, or its length does not fit.
    """

    def __init__(self, axis: int, sizes: tuple[int, ...]) -> None:
        if not isinstance(sizes, tuple | list) or not sizes:
            raise TypeError(
                f"Unflatten: sizes must be a tuple of at least one int, got {sizes!r}"
            )
        if list(sizes).count(-1) > 1:
            raise ValueError(f"Unflatten: only one of sizes can be -1, got {sizes}")
        self.axis = axis
        self.sizes = tuple(
            size if size == -1 else require_size(size, "Unflatten: each of sizes")
            for size in sizes
        )

    def forward(self, x: Tensor) -> Tensor:
        """(..., product of sizes, ...) -> (..., *sizes, ...)."""
        axis = normalize_axis_index(self.axis, x.ndim, "Unflatten")
        length, known = x.shape[axis], abs(prod(self.sizes))
        if length % known if -1 in self.sizes else length != known:
            raise ValueError(
                f"Unflatten: axis {self.axis} of shape {x.shape} has length {length}, "
                f"which does not make sizes {self.sizes}"
            )
        sizes = (length // known if size == -1 else size for size in self.sizes)
        return x.reshape(*x.shape[:axis], *sizes, *x.shape[axis + 1 :])

    def extra_repr(self) -> str:
        """Return the axis and its sizes."""
        return f"axis={self.axis}, sizes={self.sizes}"
