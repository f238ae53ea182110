"""Max pooling: the largest number of every window."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from dlbook.autograd import Tensor, is_grad_enabled
from dlbook.functional.max_pooling_pairs import (
    hand_to_pairs,
    max_of_pairs,
    windows_are_pairs,
)
from dlbook.functional.windows import Step, Windows, sliding_windows

__all__ = ["max_pool1d", "max_pool2d", "max_pool3d"]


def max_pool2d(
    x: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    r"""Take the largest number of every window of every channel.

    .. math::
        y_{ncij} = \max_{0 \le a < k_H,\; 0 \le b < k_W}
            x_{n,\, c,\, i s_H + a d_H - p_H,\; j s_W + b d_W - p_W}

    where the padding counts as :math:`-\infty`: it never wins. A window hands its
    gradient to the place of its maximum alone, and a place that wins several windows
    gets the sum of theirs. Of equal numbers the first, row by row, is the maximum; nan
    counts as larger than any number, and of several the last takes the gradient.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, H, W) or (C, H, W)
    kernel_size : int or two ints
        k, the window's height and width.
    stride : int or two ints, optional
        s, the steps from window to window. By default the kernel size, so that the
        windows lie side by side.
    padding : int or two ints
        p, rows and columns added on each side, at most half of the kernel.
    dilation : int or two ints
        d, the steps between neighbors in a window.
    ceil_mode : bool
        Whether a last window that sticks out on the right or below counts.
    return_indices : bool
        Whether to return the places of the maxima as well, for `max_unpool2d`.

    Returns
    -------
    output : Tensor, shape (N, C, O_H, O_W) or (C, O_H, O_W)
        With :math:`O = \lfloor (n + 2p - d (k - 1) - 1) / s \rfloor + 1` for an axis of
        length n. `ceil_mode` rounds up instead; then a window that would start behind
        the input is left out.
    indices : Tensor of int64, shape of the output
        With `return_indices`: the place h W + w of each maximum in its channel.

    Raises
    ------
    TypeError
        If x holds no floats, or an option is no int or pair of ints.
    ValueError
        If x has another number of axes or an empty one behind the batch, an option is
        too small, the padding is more than half of the kernel, or no window fits. And,
        where torch returns :math:`-\infty`: if a window holds nothing but padding.

    References
    ----------
    Ranzato, Huang, Boureau & LeCun (2007), *Unsupervised learning of invariant feature
    hierarchies*, for max pooling. Krizhevsky, Sutskever & Hinton (2012), *ImageNet
    classification with deep convolutional neural networks*, section 3.4, for windows
    that overlap.
    """
    windows = sliding_windows(
        "max_pool2d",
        x,
        2,
        kernel_size,
        stride,
        padding=padding,
        dilation=dilation,
        ceil_mode=ceil_mode,
    )
    return max_over(x, windows, return_indices)


def max_pool1d(
    x: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Take the largest number of every window of sequences.

    `max_pool2d` with one axis of place: x has shape (N, C, L) or (C, L), each option is
    one int, and an index is a place in the sequence.
    """
    windows = sliding_windows(
        "max_pool1d",
        x,
        1,
        kernel_size,
        stride,
        padding=padding,
        dilation=dilation,
        ceil_mode=ceil_mode,
    )
    return max_over(x, windows, return_indices)


def max_pool3d(
    x: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Take the largest number of every window of volumes.

    `max_pool2d` with three axes of place: x has shape (N, C, D, H, W) or (C, D, H, W),
    each option is one int or three, and an index is (d H + h) W + w.
    """
    windows = sliding_windows(
        "max_pool3d",
        x,
        3,
        kernel_size,
        stride,
        padding=padding,
        dilation=dilation,
        ceil_mode=ceil_mode,
    )
    return max_over(x, windows, return_indices)


def max_over(
    x: Tensor, windows: Windows, return_indices: bool
) -> Tensor | tuple[Tensor, Tensor]:
    """Take maxima axis by axis: of each row of a window, then of these maxima.

    Going back, the first row that has the maximum is found first and then the first
    place in it, which makes the winner the first of its window in row-major order.
    """
    if windows_are_pairs(windows) and not return_indices:
        return max_over_pairs(x, windows)
    wanted = return_indices or (x.requires_grad and is_grad_enabled())
    maxima = x.data.reshape(-1, *windows.size)  # (P, *places), P = N C
    stages = []
    for axis in reversed(range(len(windows.size))):
        before = maxima.shape
        maxima, candidates = max_along(axis, maxima, windows)
        if wanted:
            wins = find_winners(maxima, candidates, windows.steps(axis))
            stages.append((axis, before, maxima.shape, wins))

    def backward(grad_out):
        grad = grad_out.reshape(maxima.shape)
        for axis, before, _, wins in reversed(stages):
            overlap = windows.span(axis) > windows.stride[axis]
            grad = hand_to_winners(grad, before, windows.steps(axis), wins, overlap)
        return (grad.reshape(x.shape),)

    shape = (*x.shape[: -len(windows.size)], *windows.count)
    result = Tensor.from_op(maxima.reshape(shape), (x,), backward, "max_pool")
    if not return_indices:
        return result
    indices = np.arange(prod(windows.size)).reshape(1, *windows.size)
    for axis, _, after, wins in stages:
        indices = take_winners(indices, after, windows.steps(axis), wins)
    return result, Tensor(indices.reshape(shape))


def max_over_pairs(x: Tensor, windows: Windows) -> Tensor:
    """Do the same for windows of two along each axis, twice as fast."""
    planes = x.data.reshape(-1, *windows.size)
    maxima, second_won = max_of_pairs(planes, windows)

    def backward(grad_out):
        grad = grad_out.reshape(maxima.shape)
        return (hand_to_pairs(grad, windows, second_won).reshape(x.shape),)

    shape = (*x.shape[: -len(windows.size)], *windows.count)
    return Tensor.from_op(maxima.reshape(shape), (x,), backward, "max_pool")


def max_along(
    axis: int, numbers: np.ndarray, windows: Windows
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the maxima of windows along one axis, and the candidates for them.

    There is one array of candidates for each element of a window. They are copies, for
    NumPy compares arrays without gaps several times as fast.
    """
    steps = windows.steps(axis)
    candidates = [np.ascontiguousarray(numbers[places]) for _, places in steps]
    shape = list(numbers.shape)
    shape[1 + axis] = windows.count[axis]
    maxima = np.full(shape, -np.inf, numbers.dtype)  # the padding
    for (having, _), candidate in zip(steps, candidates, strict=True):
        np.maximum(maxima[having], candidate, out=maxima[having])
    return maxima, candidates


def find_winners(
    maxima: np.ndarray, candidates: list[np.ndarray], steps: list[Step]
) -> list[np.ndarray]:
    """Return for each array of candidates which of them win their window.

    Every window is won once: by the first number that equals the maximum, or by the
    last that is nan.
    """
    nan = np.isnan(maxima)
    any_nan = nan.any()
    if any_nan:
        last_nan = np.zeros(maxima.shape, np.int64)
        for i, (having, _) in enumerate(steps):
            last_nan[having][np.isnan(candidates[i])] = i
    undecided = ~nan
    wins = []
    for i, (having, _) in enumerate(steps):
        won = undecided[having] & (candidates[i] == maxima[having])
        undecided[having] &= ~won
        if any_nan:
            won = won | (nan[having] & (last_nan[having] == i))
        wins.append(won)
    return wins


def hand_to_winners(
    grad: np.ndarray,
    shape: tuple[int, ...],
    steps: list[Step],
    wins: list[np.ndarray],
    overlap: bool,
) -> np.ndarray:
    """Return the gradient of the numbers, `shape`, from that of the maxima."""
    result = np.zeros(shape, grad.dtype)
    bits = grad.view(f"i{grad.itemsize}")  # as integers: 0 times infinity would be nan
    for (having, places), won in zip(steps, wins, strict=True):
        share = (bits[having] * won).view(grad.dtype)
        if overlap:
            result[places] += share
        else:
            result[places] = share
    return result


def take_winners(
    numbers: np.ndarray,
    shape: tuple[int, ...],
    steps: list[Step],
    wins: list[np.ndarray],
) -> np.ndarray:
    """Return from each window, one for each element of `shape`, the number that won."""
    result = np.zeros(shape, numbers.dtype)
    for (having, places), won in zip(steps, wins, strict=True):
        result[having] += won * numbers[places]
    return result
