"""Products of small integers with exact sums, by way of fast floating-point products.

NumPy multiplies matrices of integers in a plain loop, about a hundred times slower than
matrices of floats, which go to BLAS. Floats are exact here, too. A float32 holds every
integer up to 2^24, so that a product or a sum of integers that stays within 2^24 is not
rounded. If no element of a is larger than A, and none of b larger than B, every sum of
at most k products, and every part of it that is added first, is at most k A B:
in whatever order BLAS adds, nothing is rounded as long as

    k A B <= 2^24.

With A = B = 127 these are k = 1040 products, with A = B = 128 they are 1024. Longer
sums are cut after k products, and the parts are added as int32.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor

__all__ = ["exact_length", "integer_convolution", "integer_matmul"]

LARGEST_EXACT = 2**24  # of float32; 2^24 + 1 is the first integer that it skips
LARGEST_INT32 = 2**31 - 1


def exact_length(largest_product: int) -> int:
    """Return how many products of integers a float32 sums without rounding.

    Parameters
    ----------
    largest_product : int
        A B, the largest absolute value that one product can have.

    Raises
    ------
    ValueError
        If even one product may be rounded.
    """
    if largest_product > LARGEST_EXACT:
        raise ValueError(
            f"a product of {largest_product} is beyond 2^24: float32 rounds it"
        )
    return LARGEST_EXACT // max(largest_product, 1)


def integer_matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multiply matrices of integers exactly, summing in 32 bits.

    Parameters
    ----------
    a : ndarray of int, shape (..., M, K)
    b : ndarray of int, shape (..., K, N)
        Integers of 8 or 16 bits, such as q or q - z, no product of which passes 2^24.

    Returns
    -------
    ndarray of int32, shape (..., M, N)

    Raises
    ------
    TypeError
        If an array does not hold integers.
    ValueError
        If the shapes do not fit, or a product may be beyond 2^24.
    OverflowError
        If a sum may not fit into 32 bits.
    """
    largest = _largest_product("integer_matmul", a, b)
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError(
            f"integer_matmul: expected (..., M, K) and (..., K, N), got {a.shape} and "
            f"{b.shape}"
        )
    depth, most = a.shape[-1], exact_length(largest)
    _require_room("integer_matmul", depth, largest)
    if depth <= most:
        product = a.astype(np.float32) @ b.astype(np.float32)
        return product.astype(np.int32)
    first = integer_matmul(a[..., :most], b[..., :most, :])
    return first + integer_matmul(a[..., most:], b[..., most:, :])


def integer_convolution(
    x: np.ndarray,
    weight: np.ndarray,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> np.ndarray:
    """Convolve integers exactly, summing in 32 bits: `functional.conv2d`'s sums.

    Filters that see more than `exact_length` numbers are cut along their channels.
    Where not even one channel's window may be summed in float32, float64 takes its
    place, which is exact up to 2^53, at half the speed.

    Parameters
    ----------
    x : ndarray of int, shape (N, C, H, W)
        Or (N, C, L) or (N, C, D, H, W). Integers whose 0 stands for the real 0, so
        that padding with 0 is right: q - z.
    weight : ndarray of int, shape (F, C / groups, kH, kW)
        With as many axes as x.
    stride, padding, dilation, groups
        As in `functional.conv2d`.

    Returns
    -------
    ndarray of int32, shape (N, F, H', W')

    Raises
    ------
    TypeError, ValueError
        If an array does not hold integers, a product may be beyond 2^24, or as
        `functional.conv2d` does.
    OverflowError
        If a sum may not fit into 32 bits.
    """
    largest = _largest_product("integer_convolution", x, weight)
    axes = weight.ndim - 2
    if axes not in (1, 2, 3) or x.ndim != weight.ndim:
        raise ValueError(
            "integer_convolution: expected x (N, C, ...) and weight (F, C / groups, "
            f"...) with 1 to 3 axes of windows, got {x.shape} and {weight.shape}"
        )
    channels, *kernel = weight.shape[1:]  # of one group
    if x.shape[1] != channels * groups:
        raise ValueError(
            f"integer_convolution: x has {x.shape[1]} channels, weight {weight.shape} "
            f"with {groups} groups expects {channels * groups}"
        )
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    window = math.prod(kernel)
    _require_room("integer_convolution", channels * window, largest)
    most = exact_length(largest) // max(window, 1)  # channels in one float32 sum
    if most == 0 or channels <= most:
        dtype = np.float64 if most == 0 else np.float32
        operands = Tensor(x.astype(dtype)), Tensor(weight.astype(dtype))
        convolve = getattr(F, f"conv{axes}d")
        return convolve(*operands, groups=groups, **options).data.astype(np.int32)
    by_group = x.reshape(len(x), groups, channels, *x.shape[2:])

    def sums(part):
        some = by_group[:, :, part]
        some = some.reshape(len(x), groups * some.shape[2], *x.shape[2:])
        return integer_convolution(some, weight[:, part], groups=groups, **options)

    return sums(slice(most)) + sums(slice(most, None))


def _largest_product(function: str, a: np.ndarray, b: np.ndarray) -> int:
    for array in (a, b):
        if array.dtype.kind not in "iu":
            raise TypeError(f"{function}: expected integers, got {array.dtype}")
    return _largest(a) * _largest(b)


def _largest(a: np.ndarray) -> int:
    """Return max |a| as a Python int: as int8, |-128| would be -128."""
    return max(-int(a.min(initial=0)), int(a.max(initial=0)))


def _require_room(function: str, length: int, largest: int) -> None:
    if length * largest > LARGEST_INT32:
        raise OverflowError(
            f"{function}: {length} products of up to {largest} may not fit into 32 "
            "bits; use fewer bits or shorter sums"
        )
