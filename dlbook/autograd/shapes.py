"""Operations that move elements without changing them."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from dlbook.arrays import unbroadcast


class Shapes:
    """The shape operations of `Tensor`."""

    __slots__ = ()

    def reshape(self, *shape: int | tuple[int, ...]):
        """Arrange the elements in another shape; one length may be -1."""

        def backward(grad_out):
            return (grad_out.reshape(self.shape),)

        return self.from_op(self.data.reshape(*shape), (self,), backward, "reshape")

    def flatten(self, start_axis: int = 0, end_axis: int = -1):
        """Merge the axes from `start_axis` to `end_axis`, both included, into one.

        Raises
        ------
        ValueError
            If `start_axis` comes after `end_axis`.
        """
        if self.ndim == 0:
            return self.reshape(1)
        start = normalize_axis_index(start_axis, self.ndim, "flatten")
        end = normalize_axis_index(end_axis, self.ndim, "flatten")
        if start > end:
            raise ValueError(
                f"flatten: start_axis={start_axis} comes after end_axis={end_axis} "
                f"in shape {self.shape}"
            )
        merged = math.prod(self.shape[start : end + 1])
        return self.reshape(*self.shape[:start], merged, *self.shape[end + 1 :])

    def transpose(self, axis0: int, axis1: int):
        """Swap two axes."""

        def backward(grad_out):
            return (grad_out.swapaxes(axis0, axis1),)

        swapped = self.data.swapaxes(axis0, axis1)
        return self.from_op(swapped, (self,), backward, "transpose")

    def permute(self, *axes: int):
        """Put the axes in the order `axes`, a permutation of all of them."""

        def backward(grad_out):
            order = [axis % self.ndim for axis in axes]
            return (grad_out.transpose(np.argsort(order)),)

        if len(axes) != self.ndim:
            raise ValueError(f"permute: {len(axes)} axes given for shape {self.shape}")
        return self.from_op(self.data.transpose(axes), (self,), backward, "permute")

    @property
    def T(self):  # NumPy's and torch's name
        """The transpose of a matrix; a vector or a single number stays as it is.

        Raises
        ------
        ValueError
            For three axes or more; use `mT` or `permute`.
        """
        if self.ndim > 2:
            raise ValueError(
                f"T is for at most two axes, got shape {self.shape}; use mT to swap "
                "the last two, or permute"
            )
        return self.permute(*reversed(range(self.ndim)))

    @property
    def mT(self):  # NumPy's and torch's name
        """The last two axes swapped: a batch of transposed matrices.

        Raises
        ------
        ValueError
            For fewer than two axes.
        """
        if self.ndim < 2:
            raise ValueError(f"mT needs at least two axes, got shape {self.shape}")
        return self.transpose(-2, -1)

    def squeeze(self, axis: int | tuple[int, ...] | None = None):
        """Take out axes of length 1: those named, or all of them.

        Raises
        ------
        ValueError
            If a named axis has another length (torch leaves it in silently).
        """

        def backward(grad_out):
            return (grad_out.reshape(self.shape),)

        return self.from_op(self.data.squeeze(axis), (self,), backward, "squeeze")

    def unsqueeze(self, axis: int):
        """Put in an axis of length 1 before `axis`; -1 puts it at the end."""

        def backward(grad_out):
            return (grad_out.reshape(self.shape),)

        widened = np.expand_dims(self.data, axis)
        return self.from_op(widened, (self,), backward, "unsqueeze")

    def expand(self, *shape: int):
        """Repeat axes of length 1 up to `shape`, without copying; -1 keeps a length.

        Raises
        ------
        ValueError
            If the tensor does not broadcast to `shape`.
        """
        added = len(shape) - self.ndim
        target = tuple(
            self.shape[i - added] if size == -1 and i >= added else size
            for i, size in enumerate(shape)
        )

        def backward(grad_out):
            return (unbroadcast(grad_out, self.shape),)

        if added < 0 or min(target, default=0) < 0:
            raise ValueError(f"expand: {self.shape} does not broadcast to {shape}")
        expanded = np.broadcast_to(self.data, target)
        return self.from_op(expanded, (self,), backward, "expand")

    def pad(self, pad_width: tuple[tuple[int, int], ...], *, value: float = 0.0):
        """Surround the elements with `value`.

        Parameters
        ----------
        pad_width : tuple of (before, after), one pair an axis
            How many elements to add on either side.
        value : float
            What to add.

        Raises
        ------
        ValueError
            If there is not one pair an axis, or a width is negative.
        """
        if len(pad_width) != self.ndim or any(w < 0 for p in pad_width for w in p):
            raise ValueError(
                f"pad needs one pair of widths >= 0 for each axis of shape "
                f"{self.shape}, got {pad_width}"
            )
        inside = tuple(
            slice(before, before + size)
            for (before, _), size in zip(pad_width, self.shape, strict=True)
        )

        def backward(grad_out):
            return (grad_out[inside],)

        padded = np.pad(self.data, pad_width, constant_values=value)
        return self.from_op(padded, (self,), backward, "pad")
