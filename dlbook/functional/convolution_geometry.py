"""Where the windows of a convolution lie, and the checks of its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats

__all__ = [
    "Geometry",
    "as_numbers",
    "output_size",
    "require_bias",
    "require_input",
    "windows_of",
    "with_zeros",
    "without_zeros",
]


@dataclass(frozen=True)
class Geometry:
    """Which element of a large array each offset of each window falls on.

    Along one axis, window o meets its kernel's offset i at the large array's position
    ``o * stride + i * dilation - before``. All are tuples, one number an axis.

    Attributes
    ----------
    size : tuple of int
        Lengths of the large array's axes, without batch and channels: the input of a
        convolution, the output of a transposed one.
    places : tuple of int
        How many windows lie along each axis.
    kernel, stride, dilation : tuple of int
    before, after : tuple of int
        Zeros at the beginning and at the end of each axis.
    groups : int
        How many groups of channels do not see each other.
    """

    size: tuple[int, ...]
    places: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    groups: int

    @property
    def padded(self) -> tuple[int, ...]:
        """Lengths of the large array's axes with the zeros."""
        sides = zip(self.before, self.size, self.after, strict=True)
        return tuple(map(sum, sides))

    @property
    def reach(self) -> tuple[int, ...]:
        """From the first element of a window to its last, both counted."""
        steps = zip(self.dilation, self.kernel, strict=True)
        return tuple(d * (k - 1) + 1 for d, k in steps)

    @property
    def is_pointwise(self) -> bool:
        """Whether window o is element o: the columns are then the array itself."""
        ones = (*self.kernel, *self.stride)
        return prod(ones) == 1 and self.padded == self.size == self.places

    def mirrored(self) -> Geometry | None:
        """Return where the windows lie through which the outputs reach an input.

        With stride 1 they are windows again, of the array of outputs, and the filters
        that look through them are mirrored. None with another stride, or where the
        padding is so wide that some outputs see zeros alone.
        """
        before = tuple(r - 1 - b for r, b in zip(self.reach, self.before, strict=True))
        lengths = zip(self.size, self.reach, self.places, before, strict=True)
        after = tuple(n + r - 1 - places - b for n, r, places, b in lengths)
        if set(self.stride) != {1} or min(*before, *after) < 0:
            return None
        return replace(
            self, size=self.places, places=self.size, before=before, after=after
        )


def windows_of(padded: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Return every window of an array, without copying it.

    Parameters
    ----------
    padded : ndarray, shape (N, C, *geometry.padded)
    geometry : Geometry

    Returns
    -------
    ndarray, shape (C, *kernel, N, *places)
        A view of `padded`. Windows overlap; what stands at one offset of all windows
        does not, so that it may be written to.
    """
    n = len(geometry.kernel)
    lengths = zip(geometry.places, geometry.stride, strict=True)
    places = (slice(0, s * length, s) for length, s in lengths)
    offsets = (slice(None, None, d) for d in geometry.dilation)
    windows = sliding_window_view(
        padded, geometry.reach, tuple(range(2, n + 2)), writeable=True
    )[:, :, *places, *offsets]  # (N, C, *places, *kernel)
    kernel_first = (1, *range(n + 2, 2 * n + 2), 0, *range(2, n + 2))
    return windows.transpose(kernel_first)


def without_zeros(geometry: Geometry) -> tuple:
    """Return the index of the elements between the zeros of the padding."""
    sides = zip(geometry.before, geometry.size, strict=True)
    return (..., *(slice(before, before + n) for before, n in sides))


def with_zeros(x: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Return x between the zeros of the padding; x itself where there are none."""
    if geometry.padded == geometry.size:
        return x
    padded = np.zeros((*x.shape[:2], *geometry.padded), x.dtype)
    padded[without_zeros(geometry)] = x
    return padded


def output_size(
    function: str,
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    padding: tuple[int, ...],
) -> tuple[int, ...]:
    """Return how many windows fit along each axis; `padding` is the sum of both sides.

    Raises
    ------
    ValueError
        If none fits.
    """
    reach = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    padded = tuple(n + p for n, p in zip(size, padding, strict=True))
    if any(r > n for r, n in zip(reach, padded, strict=True)):
        raise ValueError(
            f"{function}: the kernel of shape {kernel}, dilation {dilation}, spans "
            f"{reach} elements, but x has {padded} with its padding, {size} without"
        )
    return tuple(
        (n - r) // s + 1 for n, r, s in zip(padded, reach, stride, strict=True)
    )


def as_numbers(
    name: str, value: int | Sequence[int], axes: int, *, least: int
) -> tuple[int, ...]:
    """Return one int for each axis; a single int is meant for all of them.

    Raises
    ------
    TypeError
        If it is neither an int nor a sequence of ints.
    ValueError
        If there are more or fewer than `axes`, or one is smaller than `least`.
    """
    numbers = tuple(value) if isinstance(value, tuple | list) else (value,) * axes
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | np.integer):
            raise TypeError(f"{name} must be an int or a tuple of ints, got {value!r}")
    if len(numbers) != axes:
        raise ValueError(f"{name} must hold {axes} numbers, one an axis, got {value}")
    if min(numbers) < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return tuple(int(number) for number in numbers)


def require_input(
    function: str,
    axes: int,
    x: Tensor,
    weight: Tensor,
    groups: int,
    *,
    transposed: bool,
) -> None:
    """Raise unless x and weight are Tensors of one dtype whose channels fit.

    Parameters
    ----------
    function : str
        Named in messages.
    axes : int
        1, 2 or 3: how many axes a kernel has.
    x, weight : Tensor
    groups : int
    transposed : bool
        Whether the first axis of `weight` holds in_channels, not out_channels.
    """
    require_floats(x, function)
    require_floats(weight, function, name="weight")
    if weight.dtype != x.dtype:
        raise TypeError(
            f"{function}: weight has dtype {weight.dtype}, x {x.dtype}; convert one of "
            f"them, for example x.astype({weight.dtype})"
        )
    letters = ("D", "H", "W")[3 - axes :] if axes > 1 else ("L",)
    if x.ndim not in (axes + 1, axes + 2):
        shape = ", ".join(("C", *letters))
        raise ValueError(
            f"{function}: x has shape {x.shape}, expected (N, {shape}) or ({shape})"
        )
    if weight.ndim != axes + 2:
        names = (
            ("in_channels", "out_channels / groups")
            if transposed
            else ("out_channels", "in_channels / groups")
        )
        shape = ", ".join((*names, *(f"k{letter}" for letter in letters)))
        raise ValueError(
            f"{function}: weight has shape {weight.shape}, expected ({shape})"
        )
    if 0 in weight.shape:
        raise ValueError(f"{function}: weight has shape {weight.shape}, an axis of 0")
    [groups] = as_numbers(f"{function}: groups", groups, 1, least=1)
    if weight.shape[0] % groups:
        raise ValueError(
            f"{function}: groups must divide weight's first axis, got groups = "
            f"{groups} and weight of shape {weight.shape}"
        )
    channels = x.shape[-axes - 1]
    expected = weight.shape[0] if transposed else weight.shape[1] * groups
    if channels != expected:
        raise ValueError(
            f"{function}: x has shape {x.shape} and {channels} channels, weight "
            f"{weight.shape} with groups = {groups} expects {expected}"
        )


def require_bias(
    function: str, x: Tensor, bias: Tensor | None, out_channels: int
) -> None:
    """Raise unless bias, where given, has one number for each output channel."""
    if bias is None:
        return
    if not isinstance(bias, Tensor):
        raise TypeError(
            f"{function}: bias must be a Tensor or None, got {type(bias).__name__}"
        )
    if bias.dtype != x.dtype:
        raise TypeError(
            f"{function}: bias has dtype {bias.dtype}, x {x.dtype}; convert one of "
            f"them, for example bias.astype({x.dtype})"
        )
    if bias.shape != (out_channels,):
        raise ValueError(
            f"{function}: bias has shape {bias.shape}, expected ({out_channels},), one "
            "number for each output channel"
        )
