"""Max pooling by windows of two along each axis: fewer passes over the numbers."""

from __future__ import annotations

import numpy as np

from dlbook.functional.windows import Windows

__all__ = ["hand_to_pairs", "max_of_pairs", "windows_are_pairs"]


def windows_are_pairs(windows: Windows) -> bool:
    """Return whether windows of two numbers along each axis lie side by side."""
    twos, zeros, ones = ((n,) * len(windows.size) for n in (2, 0, 1))
    options = windows.kernel, windows.stride, windows.padding, windows.dilation
    even = all(2 * o <= n for o, n in zip(windows.count, windows.size, strict=True))
    return options == (twos, twos, zeros, ones) and even


def max_of_pairs(
    planes: np.ndarray, windows: Windows
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the maxima, and for each axis, the last one first, if the second won.

    The maxima of pairs of columns are taken first, then those of pairs of rows. Of
    equal numbers the first wins; nan wins, and of two the second.
    """
    second_won = []
    for axis in reversed(range(len(windows.size))):
        first, second = (
            planes[places].copy()  # NumPy works faster on numbers without gaps
            for places in pairs(axis, windows)[:2]
        )
        won = second > first
        won |= np.isnan(second)
        second_won.append(won)
        planes = np.maximum(first, second, out=first)
    return planes, second_won


def hand_to_pairs(
    grad: np.ndarray, windows: Windows, second_won: list[np.ndarray]
) -> np.ndarray:
    """Return the gradient of the numbers: that of the maxima where they won, else 0."""
    for axis, won in enumerate(reversed(second_won)):
        shape = list(grad.shape)
        shape[1 + axis] = windows.size[axis]
        result = np.empty(shape, grad.dtype)
        first, second, rest = pairs(axis, windows)
        result[rest] = 0
        bits = grad.view(f"i{grad.itemsize}")  # 0 times infinity would be nan
        share = bits * won
        result[second] = share.view(grad.dtype)
        np.subtract(bits, share, out=share)
        result[first] = share.view(grad.dtype)
        grad = result
    return grad


def pairs(axis: int, windows: Windows) -> tuple[tuple[slice, ...], ...]:
    """Return where the first and the second numbers of the pairs lie, and the rest."""
    before, end = (slice(None),) * (1 + axis), 2 * windows.count[axis]
    return tuple(
        (*before, places)
        for places in (slice(0, end, 2), slice(1, end, 2), slice(end, None))
    )
