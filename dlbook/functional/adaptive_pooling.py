"""Adaptive pooling: as many windows as asked for; with one, global pooling."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.average_pooling import average_over
from dlbook.functional.max_pooling import max_over
from dlbook.functional.windows import Windows, number_per_axis, require_places

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
]

Sizes = int | Sequence[int | None] | None


def adaptive_avg_pool2d(x: Tensor, output_size: Sizes) -> Tensor:
    r"""Average over as many windows as the output shall have numbers.

    Along an axis of n places, window i of o is

    .. math::
        \lfloor i n / o \rfloor, \;\dots,\; \lceil (i + 1) n / o \rceil - 1

    The windows have equal lengths if o divides n; otherwise neighbors overlap. Every
    element of a window gets an equal share of its gradient. With ``output_size=1`` this
    is global average pooling: each channel becomes one number, and images of any size
    give equally many.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, H, W) or (C, H, W)
    output_size : int, or two of int or None
        The height and width of the output; None keeps that of x.

    Returns
    -------
    Tensor, shape (N, C, *output_size) or (C, *output_size)

    Raises
    ------
    TypeError
        If x holds no floats, or an output size is neither int nor None.
    ValueError
        If x has another number of axes or an empty one behind the batch, or there is
        another number of output sizes. And, where torch returns an empty array: if an
        output size is 0.

    References
    ----------
    Lin, Chen & Yan (2014), *Network in network*, arXiv:1312.4400, section 3.2, for
    global average pooling.
    """
    return adaptive_average("adaptive_avg_pool2d", x, 2, output_size)


def adaptive_avg_pool1d(x: Tensor, output_size: Sizes) -> Tensor:
    """Average sequences (N, C, L) or (C, L) over `output_size` windows.

    `adaptive_avg_pool2d` with one axis of place.
    """
    return adaptive_average("adaptive_avg_pool1d", x, 1, output_size)


def adaptive_avg_pool3d(x: Tensor, output_size: Sizes) -> Tensor:
    """Average volumes (N, C, D, H, W) or (C, D, H, W) over `output_size` windows.

    `adaptive_avg_pool2d` with three axes of place.
    """
    return adaptive_average("adaptive_avg_pool3d", x, 3, output_size)


def adaptive_max_pool2d(
    x: Tensor, output_size: Sizes, *, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    r"""Take the largest number of as many windows as the output shall have numbers.

    The windows are those of `adaptive_avg_pool2d`; maxima, ties, nan, gradients and
    indices are as in `max_pool2d`.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, H, W) or (C, H, W)
    output_size : int, or two of int or None
        The height and width of the output; None keeps that of x.
    return_indices : bool
        Whether to return the places of the maxima as well.

    Returns
    -------
    output : Tensor, shape (N, C, *output_size) or (C, *output_size)
    indices : Tensor of int64, shape of the output
        With `return_indices`: the place h W + w of each maximum in its channel.

    Raises
    ------
    TypeError, ValueError
        As `adaptive_avg_pool2d`.
    """
    return adaptive_maximum("adaptive_max_pool2d", x, 2, output_size, return_indices)


def adaptive_max_pool1d(
    x: Tensor, output_size: Sizes, *, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """Take the largest number of `output_size` windows of sequences.

    `adaptive_max_pool2d` with one axis of place.
    """
    return adaptive_maximum("adaptive_max_pool1d", x, 1, output_size, return_indices)


def adaptive_max_pool3d(
    x: Tensor, output_size: Sizes, *, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """Take the largest number of `output_size` windows of volumes.

    `adaptive_max_pool2d` with three axes of place.
    """
    return adaptive_maximum("adaptive_max_pool3d", x, 3, output_size, return_indices)


def output_sizes(
    function: str, output_size: Sizes, size: tuple[int, ...]
) -> tuple[int, ...]:
    """Return one output length an axis; None stands for the input's."""
    asked = output_size
    if not isinstance(asked, Sequence):
        asked = (asked,) * len(size)
    if len(asked) == len(size):  # number_per_axis refuses another number of them
        asked = tuple(n if o is None else o for o, n in zip(asked, size, strict=True))
    return number_per_axis(function, "output_size", asked, len(size))


def equal_windows(size: tuple[int, ...], count: tuple[int, ...]) -> Windows | None:
    """Return windows side by side, if each output length divides the input's."""
    if any(n % o for n, o in zip(size, count, strict=True)):
        return None
    kernel = tuple(n // o for n, o in zip(size, count, strict=True))
    zeros, ones = (0,) * len(size), (1,) * len(size)
    return Windows(size, kernel, kernel, zeros, ones, count)


def adaptive_slices(length: int, count: int) -> list[slice]:
    """Return the `count` windows along an axis of `length` places."""
    return [
        slice(i * length // count, -(-(i + 1) * length // count)) for i in range(count)
    ]


def adaptive_average(function: str, x: Tensor, axes: int, output_size: Sizes) -> Tensor:
    """Average axis by axis: the mean of a window is the mean of its rows' means."""
    size = require_places(function, x, axes)
    count = output_sizes(function, output_size, size)
    if prod(count) == 1:
        return global_average(x, axes)
    if windows := equal_windows(size, count):
        return average_over(x, windows)
    places = range(x.ndim - axes, x.ndim)
    slices = [adaptive_slices(n, o) for n, o in zip(size, count, strict=True)]
    result = x.data
    for axis, windows in zip(places, slices, strict=True):
        means = [at(result, axis, w).mean(axis, keepdims=True) for w in windows]
        result = np.concatenate(means, axis)

    def backward(grad_out):
        grad = grad_out
        for axis, windows in zip(places, slices, strict=True):
            shape = (*grad.shape[:axis], x.shape[axis], *grad.shape[axis + 1 :])
            spread = np.zeros(shape, grad.dtype)
            for i, window in enumerate(windows):
                share = at(spread, axis, window)
                share += at(grad, axis, slice(i, i + 1)) / share.shape[axis]
            grad = spread
        return (grad,)

    return Tensor.from_op(result, (x,), backward, "adaptive_avg_pool")


def at(array: np.ndarray, axis: int, places: slice) -> np.ndarray:
    """View some places of one axis."""
    return array[(slice(None),) * axis + (places,)]


def global_average(x: Tensor, axes: int) -> Tensor:
    """Average every channel over all its places."""
    shape = x.shape[:-axes]
    places = prod(x.shape[-axes:])
    share = np.full(places, 1 / places, x.dtype)
    means = x.data.reshape(-1, places) @ share  # faster than mean

    def backward(grad_out):
        grad = grad_out.reshape(-1, 1) * share
        return (grad.reshape(x.shape),)

    result = means.reshape(*shape, *(1,) * axes)
    return Tensor.from_op(result, (x,), backward, "adaptive_avg_pool")


def adaptive_maximum(
    function: str, x: Tensor, axes: int, output_size: Sizes, return_indices: bool
) -> Tensor | tuple[Tensor, Tensor]:
    """Search every window for its maximum."""
    size = require_places(function, x, axes)
    count = output_sizes(function, output_size, size)
    windows = equal_windows(size, count)
    if windows and prod(count) > 1:
        return max_over(x, windows, return_indices)
    planes = x.data.reshape(-1, *size)
    own = np.arange(prod(size)).reshape(size)
    slices = [adaptive_slices(n, o) for n, o in zip(size, count, strict=True)]
    places = np.empty((len(planes), prod(count)), np.int64)  # of the maxima
    for i, window in enumerate(product(*slices)):
        numbers = planes[(slice(None), *window)]
        numbers = numbers.reshape(len(planes), prod(numbers.shape[1:]))
        places[:, i] = own[window].ravel()[first_maximum(numbers)]
    flat = planes.reshape(len(planes), prod(size))
    rows = np.arange(len(flat))[:, None]
    result = flat[rows, places]

    def backward(grad_out):
        grad = np.zeros_like(flat)
        np.add.at(grad, (rows, places), grad_out.reshape(places.shape))
        return (grad.reshape(x.shape),)

    shape = (*x.shape[:-axes], *count)
    result = Tensor.from_op(result.reshape(shape), (x,), backward, "adaptive_max_pool")
    return (result, Tensor(places.reshape(shape))) if return_indices else result


def first_maximum(rows: np.ndarray) -> np.ndarray:
    """Return the first place of the maximum in each row, or the last of nan."""
    first = rows.argmax(axis=1)
    nan = np.isnan(rows[np.arange(len(rows)), first])
    if nan.any():
        last = rows.shape[1] - 1 - rows[:, ::-1].argmax(axis=1)
        first = np.where(nan, last, first)
    return first
