"""Average pooling: the mean of every window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.windows import Windows, sliding_windows

__all__ = ["avg_pool1d", "avg_pool2d", "avg_pool3d"]


def avg_pool2d(
    x: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    padding: int | Sequence[int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    r"""Average every window of every channel.

    .. math::
        y_{ncij} = \frac{1}{m_{ij}} \sum_{a=0}^{k_H - 1} \sum_{b=0}^{k_W - 1}
            x_{n,\, c,\, i s_H + a - p_H,\; j s_W + b - p_W}

    where the padding counts as 0. Every element of a window gets the same share
    :math:`\bar y_{ncij} / m_{ij}` of its gradient, and a place in several windows the
    sum of theirs. The divisor m is the number of places in the window:

    * those of the input and of its padding, p on each side; what a window of
      `ceil_mode` covers beyond them is not counted;
    * with ``count_include_pad=False``, those of the input alone;
    * or `divisor_override`, for every window.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, H, W) or (C, H, W)
    kernel_size : int or two ints
        k, the window's height and width.
    stride : int or two ints, optional
        s, the steps from window to window. By default the kernel size, so that the
        windows lie side by side.
    padding : int or two ints
        p, rows and columns of zeros on each side, at most half of the kernel.
    ceil_mode : bool
        Whether a last window that sticks out on the right or below counts.
    count_include_pad : bool
        Whether the zeros of the padding count in the mean.
    divisor_override : int, optional
        The divisor of every window, not 0; 1 gives the sum.

    Returns
    -------
    Tensor, shape (N, C, O_H, O_W) or (C, O_H, O_W)
        With :math:`O = \lfloor (n + 2p - k) / s \rfloor + 1` for an axis of length n.
        `ceil_mode` rounds up instead; then a window that would start behind the input
        is left out.

    Raises
    ------
    TypeError
        If x holds no floats, or an option is no int or pair of ints.
    ValueError
        If x has another number of axes or an empty one behind the batch, an option is
        too small, the padding is more than half of the kernel, no window fits, or
        `divisor_override` is 0.

    References
    ----------
    LeCun, Bottou, Bengio & Haffner (1998), *Gradient-based learning applied to document
    recognition*, section II.A: the subsampling layers of LeNet-5 multiply the mean by
    one weight a channel and add a bias.
    """
    windows = sliding_windows(
        "avg_pool2d",
        x,
        2,
        kernel_size,
        stride,
        padding=padding,
        ceil_mode=ceil_mode,
    )
    divisor = require_divisor("avg_pool2d", divisor_override)
    return average_over(x, windows, count_include_pad, divisor)


def avg_pool1d(
    x: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    padding: int | Sequence[int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Average every window of sequences.

    `avg_pool2d` with one axis of place: x has shape (N, C, L) or (C, L), and each
    option is one int. There is no `divisor_override`.
    """
    windows = sliding_windows(
        "avg_pool1d",
        x,
        1,
        kernel_size,
        stride,
        padding=padding,
        ceil_mode=ceil_mode,
    )
    return average_over(x, windows, count_include_pad)


def avg_pool3d(
    x: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    padding: int | Sequence[int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Average every window of volumes.

    `avg_pool2d` with three axes of place: x has shape (N, C, D, H, W) or (C, D, H, W),
    and each option is one int or three.
    """
    windows = sliding_windows(
        "avg_pool3d",
        x,
        3,
        kernel_size,
        stride,
        padding=padding,
        ceil_mode=ceil_mode,
    )
    divisor = require_divisor("avg_pool3d", divisor_override)
    return average_over(x, windows, count_include_pad, divisor)


def require_divisor(function: str, divisor: int | None) -> int | None:
    """Raise TypeError unless `divisor` is an int or None, ValueError if it is 0."""
    if divisor is None:
        return None
    if isinstance(divisor, bool) or not isinstance(divisor, int | np.integer):
        raise TypeError(
            f"{function}: divisor_override must be an int, got {type(divisor).__name__}"
        )
    if divisor == 0:
        raise ValueError(f"{function}: divisor_override must not be 0")
    return int(divisor)


def average_over(
    x: Tensor,
    windows: Windows,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Tensor:
    """Return the sums of the windows, axis by axis, over their divisors."""
    if divisor is None:
        divisor = places_counted(windows, count_include_pad).astype(x.dtype)
    axes = range(len(windows.size))
    sums = x.data.reshape(-1, *windows.size)  # (P, *places), P = N C
    for axis in axes:
        numbers = sums
        sums = np.zeros(resized(numbers, axis, windows.count), x.dtype)
        for having, places in windows.steps(axis):
            total = sums[having]
            total += numbers[places]
    sums /= divisor

    def backward(grad_out):
        grad = grad_out.reshape(sums.shape) / divisor
        for axis in reversed(axes):
            spread = np.zeros(resized(grad, axis, windows.size), grad.dtype)
            for having, places in windows.steps(axis):
                share = spread[places]
                share += grad[having]
            grad = spread
        return (grad.reshape(x.shape),)

    shape = (*x.shape[: -len(windows.size)], *windows.count)
    return Tensor.from_op(sums.reshape(shape), (x,), backward, "avg_pool")


def resized(planes: np.ndarray, axis: int, lengths: tuple[int, ...]) -> list[int]:
    """Return the shape of `planes` (P, *places) with another length of one axis."""
    shape = list(planes.shape)
    shape[1 + axis] = lengths[axis]
    return shape


def places_counted(windows: Windows, count_include_pad: bool) -> np.ndarray:
    """Return how many places count in each window, shape (*count)."""
    total = np.ones((), np.int64)
    for axis, (n, k, p) in enumerate(
        zip(windows.size, windows.kernel, windows.padding, strict=True)
    ):
        room = p if count_include_pad else 0
        starts = windows.starts(axis)
        lengths = np.minimum(starts + k, n + room) - np.maximum(starts, -room)
        total = np.multiply.outer(total, lengths)
    return total
