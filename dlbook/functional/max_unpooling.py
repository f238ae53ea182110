"""Max unpooling: maxima back to the places they came from."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.windows import number_per_axis, require_places

__all__ = ["max_unpool1d", "max_unpool2d", "max_unpool3d"]


def max_unpool2d(
    x: Tensor,
    indices: Tensor | np.ndarray,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    padding: int | Sequence[int] = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    r"""Set every number at the place that its index names, and 0 elsewhere.

    With the indices of `max_pool2d` the maxima return to where they were: a partial
    inverse, since the other numbers are lost. Each number gets the gradient of its
    place. Where windows overlap, several numbers can name one place: the last of them,
    row by row, is kept, and each gets the gradient of the place.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, H, W) or (C, H, W)
    indices : Tensor or array of int, shape of x
        The place h W' + w of each number in a channel of the output.
    kernel_size, stride, padding : int or two ints
        Those of the pooling; the stride is the kernel size by default.
    output_size : sequence of two ints, or a whole shape, optional
        H' and W'. Several input sizes give the same pooled size; this chooses one.

    Returns
    -------
    Tensor, shape (N, C, H', W') or (C, H', W')
        By default :math:`n' = (n - 1) s + k - 2 p` for an axis of length n.

    Raises
    ------
    TypeError
        If x holds no floats, the indices no ints, or an option no ints.
    ValueError
        If the shapes of x and the indices differ, an index lies outside the output, or
        `output_size` differs from the default by as much as the stride.

    References
    ----------
    Zeiler & Fergus (2014), *Visualizing and understanding convolutional networks*,
    section 2.1: the indices are its switches.
    """
    return unpool(
        "max_unpool2d", x, indices, 2, kernel_size, stride, padding, output_size
    )


def max_unpool1d(
    x: Tensor,
    indices: Tensor | np.ndarray,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    padding: int | Sequence[int] = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Set the numbers of sequences (N, C, L) or (C, L) back to their places.

    `max_unpool2d` with one axis of place, for the indices of `max_pool1d`.
    """
    return unpool(
        "max_unpool1d", x, indices, 1, kernel_size, stride, padding, output_size
    )


def max_unpool3d(
    x: Tensor,
    indices: Tensor | np.ndarray,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    padding: int | Sequence[int] = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Set the numbers of volumes (N, C, D, H, W) or (C, D, H, W) back to their places.

    `max_unpool2d` with three axes of place, for the indices of `max_pool3d`.
    """
    return unpool(
        "max_unpool3d", x, indices, 3, kernel_size, stride, padding, output_size
    )


def unpool(
    function: str,
    x: Tensor,
    indices: Tensor | np.ndarray,
    axes: int,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None,
    padding: int | Sequence[int],
    output_size: Sequence[int] | None,
) -> Tensor:
    """Write the numbers of every plane to their places in a plane of zeros."""
    size = require_places(function, x, axes)
    kernel = number_per_axis(function, "kernel_size", kernel_size, axes)
    strides = number_per_axis(
        function, "stride", kernel if stride is None else stride, axes
    )
    paddings = number_per_axis(function, "padding", padding, axes, least=0)
    usual = tuple(
        (n - 1) * s + k - 2 * p
        for n, k, s, p in zip(size, kernel, strides, paddings, strict=True)
    )
    size = unpooled_size(function, x, usual, strides, output_size)
    places = require_indices(function, x, indices, size)
    numbers = x.data.reshape(places.shape)
    planes = np.zeros((len(places), prod(size)), x.dtype)
    rows = np.arange(len(planes))[:, None]
    planes[rows, places] = numbers  # in order: the last one stays

    def backward(grad_out):
        grad = grad_out.reshape(planes.shape)
        return (grad[rows, places].reshape(x.shape),)

    shape = (*x.shape[:-axes], *size)
    return Tensor.from_op(planes.reshape(shape), (x,), backward, "max_unpool")


def unpooled_size(
    function: str,
    x: Tensor,
    usual: tuple[int, ...],
    strides: tuple[int, ...],
    output_size: Sequence[int] | None,
) -> tuple[int, ...]:
    """Return `output_size`, or what is usual."""
    if output_size is not None and not isinstance(output_size, Sequence):
        raise TypeError(
            f"{function}: output_size must be a sequence of {len(usual)} ints, got "
            f"{output_size!r}"
        )
    if output_size is not None and len(output_size) == x.ndim:  # a whole shape
        output_size = output_size[-len(usual) :]
    asked = usual if output_size is None else output_size
    size = number_per_axis(function, "output_size", asked, len(usual))
    for o, n, s in zip(size, usual, strides, strict=True):
        if abs(o - n) >= s:
            raise ValueError(
                f"{function}: output_size must lie strictly between {n - s} and "
                f"{n + s}, got {o}"
            )
    return size


def require_indices(
    function: str, x: Tensor, indices: Tensor | np.ndarray, size: tuple[int, ...]
) -> np.ndarray:
    """Return the indices, shape (P, places), once they are found to lie in the output.

    Raise TypeError unless they are ints, ValueError if they have another shape than
    `x` or lie outside.
    """
    places = indices.data if isinstance(indices, Tensor) else np.asarray(indices)
    if places.dtype.kind not in "iu":
        raise TypeError(f"{function}: indices must be integers, got {places.dtype}")
    if places.shape != x.shape:
        raise ValueError(
            f"{function}: indices have shape {places.shape}, x has {x.shape}"
        )
    if places.size and (places.min() < 0 or places.max() >= prod(size)):
        raise ValueError(
            f"{function}: indices must lie in [0, {prod(size)}), got values from "
            f"{places.min()} to {places.max()}"
        )
    planes = prod(x.shape[: -len(size)])
    return places.reshape(planes, prod(x.shape[-len(size) :]))
