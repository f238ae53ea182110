"""Windows that slide over the last axes of an array: where they lie, how many fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats

__all__ = ["Windows", "number_per_axis", "require_places", "sliding_windows"]

AXES = {1: "L", 2: "H, W", 3: "D, H, W"}
Step = tuple[tuple[slice, ...], tuple[slice, ...]]  # of windows, and of places


@dataclass(frozen=True)
class Windows:
    """Where windows lie along each axis of place; every field has one int an axis.

    Attributes
    ----------
    size : tuple of int
        Lengths of the input.
    kernel, stride, padding, dilation : tuple of int
        Length of a window, steps between windows, room on both sides of the input, and
        steps between the elements of a window.
    count : tuple of int
        How many windows there are.
    """

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    count: tuple[int, ...]

    def steps(self, axis: int) -> list[Step]:
        """Return for each element of a window which windows have it, and where.

        Element i of window w lies at place w s + i d - p of axis `axis`; windows for
        which this is in the padding are left out. The first index picks windows, the
        second picks places, both of arrays (P, *places).
        """
        n, k, s = self.size[axis], self.kernel[axis], self.stride[axis]
        p, d, o = self.padding[axis], self.dilation[axis], self.count[axis]
        before = (slice(None),) * (1 + axis)
        found = []
        for shift in range(-p, k * d - p, d):
            first = max(0, -(shift // s))
            stop = min(o, (n - 1 - shift) // s + 1)
            if first < stop:
                start, end = first * s + shift, (stop - 1) * s + shift + 1
                places = slice(start, end, s)
                found.append(((*before, slice(first, stop)), (*before, places)))
        return found

    def span(self, axis: int) -> int:
        """Return how many places a window covers along `axis`, gaps included."""
        return self.dilation[axis] * (self.kernel[axis] - 1) + 1

    def starts(self, axis: int) -> np.ndarray:
        """Return where the windows start along `axis`: negative in the padding."""
        return np.arange(self.count[axis]) * self.stride[axis] - self.padding[axis]


def sliding_windows(
    function: str,
    x: Tensor,
    axes: int,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None,
    *,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> Windows:
    r"""Lay windows over the last `axes` axes of `x`, as torch's pooling does.

    Along an axis of length n, with kernel k, stride s, padding p and dilation d, there
    are

    .. math::
        o = \left\lfloor \frac{n + 2p - d (k - 1) - 1}{s} \right\rfloor + 1

    With `ceil_mode` the fraction is rounded up, and a last window that would start
    behind the input, in the padding on the right, is left out.

    Raises
    ------
    TypeError
        If x is no tensor of floats, or an option no int or sequence of ints.
    ValueError
        If x has another number of axes or an empty one behind the batch, an option is
        too small or has another length, the padding is more than half of the kernel,
        no window fits, or a window holds nothing but padding.
    """
    size = require_places(function, x, axes)
    kernel = number_per_axis(function, "kernel_size", kernel_size, axes)
    if stride is None:
        stride = kernel
    strides = number_per_axis(function, "stride", stride, axes)
    paddings = number_per_axis(function, "padding", padding, axes, least=0)
    dilations = number_per_axis(function, "dilation", dilation, axes)
    count = []
    for n, k, s, p, d in zip(size, kernel, strides, paddings, dilations, strict=True):
        if 2 * p > k:
            raise ValueError(
                f"{function}: padding must be at most half of kernel_size, got "
                f"padding {padding} and kernel_size {kernel_size}"
            )
        free = n + 2 * p - d * (k - 1) - 1  # steps that a window can be moved
        o = (free + s - 1 if ceil_mode else free) // s + 1
        if (o - 1) * s >= n + p:
            o -= 1
        if o < 1:
            raise ValueError(
                f"{function}: no window fits: x has {n} places, "
                f"{n + 2 * p} with padding {p}, and a window spans {d * (k - 1) + 1}"
            )
        count.append(o)
    windows = Windows(size, kernel, strides, paddings, dilations, tuple(count))
    for axis, n in enumerate(size):
        taken = np.arange(kernel[axis]) * dilations[axis]
        places = windows.starts(axis)[:, None] + taken
        if not ((places >= 0) & (places < n)).any(axis=1).all():
            raise ValueError(
                f"{function}: a window holds nothing but padding: {n} places, "
                f"padding {paddings[axis]}, kernel_size {kernel[axis]} and dilation "
                f"{dilations[axis]}"
            )
    return windows


def require_places(function: str, x: Tensor, axes: int) -> tuple[int, ...]:
    """Return the lengths of the axes of place of (N, C, *places) or (C, *places).

    Raise TypeError unless `x` holds floats, and ValueError if it has another number of
    axes, or an axis other than N is empty.
    """
    require_floats(x, function)
    if x.ndim not in (axes + 1, axes + 2):
        raise ValueError(
            f"{function}: x has shape {x.shape}, expected (N, C, {AXES[axes]}) or "
            f"(C, {AXES[axes]})"
        )
    if prod(x.shape[-axes - 1 :]) == 0:
        raise ValueError(
            f"{function}: x has shape {x.shape}; only the batch may be empty"
        )
    return x.shape[-axes:]


def number_per_axis(
    function: str,
    name: str,
    value: int | Sequence[int],
    axes: int,
    *,
    least: int = 1,
) -> tuple[int, ...]:
    """Return one int an axis: `value` itself, or the same int for all of them.

    Raise TypeError for what is no int, and ValueError for what is smaller than `least`
    or for another number of them.
    """
    numbers = tuple(value) if isinstance(value, Sequence) else (value,) * axes
    if len(numbers) != axes:
        raise ValueError(
            f"{function}: {name} must be an int or {axes} of them, got {value}"
        )
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | np.integer):
            raise TypeError(
                f"{function}: {name} must be an int or {axes} of them, got {value!r}"
            )
        if number < least:
            raise ValueError(
                f"{function}: {name} must be at least {least}, got {value}"
            )
    return tuple(map(int, numbers))
