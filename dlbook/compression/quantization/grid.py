"""Real numbers on a grid of integers: scale, zero point, rounding, saturation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlbook.nn.arguments import require_flag, require_size

__all__ = [
    "affine_grid",
    "dequantize",
    "integer_range",
    "quantize",
    "symmetric_grid",
]

FEWEST_BITS, MOST_BITS = 2, 8
SMALLEST_SCALE = np.finfo(np.float32).eps  # torch's, too


def integer_range(
    bits: int = 8, *, signed: bool = True, narrow: bool = False
) -> tuple[int, int]:
    """Return the smallest and the largest integer of b bits.

    Parameters
    ----------
    bits : int
        b, from 2 to 8.
    signed : bool
        Whether half of them are negative: from -128 to 127, not from 0 to 255.
    narrow : bool
        Leave the smallest out, so that a signed range is as long on both sides of 0:
        from -127 to 127.

    Returns
    -------
    q_min, q_max : int

    Raises
    ------
    TypeError, ValueError
        If `bits` is no int or out of range, or an option is neither True nor False.
    """
    bits = require_size(bits, "bits", least=FEWEST_BITS)
    if bits > MOST_BITS:
        raise ValueError(f"bits must be at most {MOST_BITS}, got {bits}")
    require_flag(signed, "signed")
    require_flag(narrow, "narrow")
    q_min = -(2 ** (bits - 1)) if signed else 0
    return q_min + narrow, q_min + 2**bits - 1


def affine_grid(
    low: ArrayLike, high: ArrayLike, q_min: int = -128, q_max: int = 127
) -> tuple[np.ndarray, np.ndarray]:
    r"""Spread the integers over an interval, with 0 on one of them.

    .. math::
        s = \frac{\max(x_{\max}, 0) - \min(x_{\min}, 0)}{q_{\max} - q_{\min}},
        \qquad
        z = q_{\min} - \Bigl\lfloor \frac{\min(x_{\min}, 0)}{s} \Bigr\rceil

    The interval is first stretched to hold 0, which padding and ReLU produce, and which
    the integer z then stands for exactly.

    Parameters
    ----------
    low, high : array_like of floats, shape (*)
        The ends of the interval, or of several.
    q_min, q_max : int
        The smallest and the largest integer, as from `integer_range`.

    Returns
    -------
    scale : ndarray of float32, shape (*)
        s, the distance between two neighbors; at least 1.2e-7.
    zero_point : ndarray of int32, shape (*)
        z, the integer that stands for 0.

    Raises
    ------
    ValueError
        If `low` is above `high`, or the interval's length is not finite.

    References
    ----------
    Jacob et al. (2018), *Quantization and training of neural networks for efficient
    integer-arithmetic-only inference*, arXiv:1712.05877, equations 1, 12 and 13.
    torch's ``MinMaxObserver`` with ``qscheme=torch.per_tensor_affine``, bit for bit.
    """
    low, high = _interval(low, high)
    scale = np.maximum((high - low) / (q_max - q_min), SMALLEST_SCALE)
    zero_point = q_min - np.rint(low / scale).astype(np.int32)
    return scale, np.clip(zero_point, q_min, q_max)


def symmetric_grid(
    low: ArrayLike, high: ArrayLike, q_min: int = -127, q_max: int = 127
) -> tuple[np.ndarray, np.ndarray]:
    r"""Spread the integers over an interval around 0, as far on one side as the other.

    .. math::
        s = \frac{2 \max(-x_{\min}, x_{\max}, 0)}{q_{\max} - q_{\min}}

    and z = 0 for signed integers, where products then need no correction for it;
    128 for those from 0 to 255.

    Parameters, errors and results are those of `affine_grid`; torch's
    ``MinMaxObserver`` with ``qscheme=torch.per_tensor_symmetric``, bit for bit.
    """
    low, high = _interval(low, high)
    half = (q_max - q_min) / 2  # of the steps, on each side of 0
    scale = np.maximum(np.maximum(-low, high) / half, SMALLEST_SCALE)
    return scale, np.full(scale.shape, (q_min + q_max + 1) // 2, np.int32)


def quantize(
    x: np.ndarray,
    scale: ArrayLike,
    zero_point: ArrayLike = 0,
    q_min: int = -128,
    q_max: int = 127,
) -> np.ndarray:
    r"""Round real numbers to the nearest integers of the grid.

    .. math::
        q = \operatorname{clip}\Bigl(
            \Bigl\lfloor \frac{x}{s} \Bigr\rceil + z,\; q_{\min},\; q_{\max}\Bigr)

    A number halfway between two integers goes to the even one, so that rounding up and
    down cancel on average; what lies outside saturates, infinities too. (x / s) is
    computed as x times the float32 number nearest to 1 / s, as torch does.

    Parameters
    ----------
    x : ndarray of float32 or float64
    scale, zero_point : array_like
        s > 0 and z, of shapes that broadcast with x.
    q_min, q_max : int

    Returns
    -------
    ndarray of int8, or of uint8 where q_min is not negative, shape as x

    Raises
    ------
    TypeError
        If x does not hold floats.
    ValueError
        If x holds a nan, which no integer stands for.
    """
    if x.dtype.kind != "f":
        raise TypeError(f"quantize: x must hold floats, got {x.dtype}")
    if np.isnan(x).any():
        raise ValueError("quantize: x holds nan, which no integer stands for")
    with np.errstate(over="ignore"):  # what becomes infinite saturates
        steps = np.rint(x * (1 / np.asarray(scale, np.float32)))
    steps += np.asarray(zero_point, steps.dtype)
    np.clip(steps, q_min, q_max, out=steps)
    return steps.astype(np.uint8 if q_min >= 0 else np.int8)


def dequantize(
    q: np.ndarray, scale: ArrayLike, zero_point: ArrayLike = 0
) -> np.ndarray:
    """Return the real numbers s (q - z) that integers stand for, as float32.

    Parameters
    ----------
    q : ndarray of whole numbers
    scale, zero_point : array_like
        As for `quantize`.
    """
    steps = q.astype(np.float32) - np.asarray(zero_point, np.float32)
    return steps * np.asarray(scale, np.float32)


def _interval(low: ArrayLike, high: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends as float32, the interval stretched to hold 0."""
    low, high = np.asarray(low, np.float32), np.asarray(high, np.float32)
    if np.any(low > high):
        raise ValueError(f"low must not be above high, got {low} and {high}")
    low, high = np.minimum(low, 0), np.maximum(high, 0)
    length = high.astype(np.float64) - low
    if not np.all(length <= np.finfo(np.float32).max):  # nan compares as False
        raise ValueError(f"the interval must have a finite length, got {low} to {high}")
    return low, high
