"""bfloat16, which NumPy has not: the upper half of a float32, rounded to nearest even.

bfloat16 keeps float32's exponent and 7 of its 23 fraction bits, so that a conversion is
arithmetic on the bits themselves. Stored as uint16, two bytes a number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["from_bfloat16", "to_bfloat16"]


def to_bfloat16(x: Any) -> np.ndarray:
    r"""Round float32 to bfloat16, and return its bits.

    Adding 0x7FFF to the bits u of the float32, or 0x8000 if the last bit that stays is
    a one, carries into the upper half exactly where rounding to nearest even goes up:

    .. math:: (u + \mathtt{0x7FFF} + ((u \gg 16) \mathbin{\&} 1)) \gg 16

    A carry out of the fraction raises the exponent, as it should, up to infinity.
    Subnormal numbers need no case of their own.

    Parameters
    ----------
    x : array_like of float32 or float16
        Python numbers are taken as float32.

    Returns
    -------
    ndarray of uint16, same shape
        NaN stays NaN, made quiet, with its sign.

    Raises
    ------
    TypeError
        If x is float64, which would be rounded twice, or holds no real numbers.
    """
    array = np.asarray(x)
    if array.dtype == np.float64 and isinstance(x, np.ndarray | np.generic):
        raise TypeError(
            "to_bfloat16 takes float32: convert float64 yourself (it is rounded "
            "twice then), or use BFLOAT16.round, which rounds once"
        )
    if array.dtype.kind not in "fiub":
        raise TypeError(f"x must hold real numbers, got {array.dtype}")
    with np.errstate(over="ignore"):  # of a NaN, whose sum is not used
        single = array.astype(np.float32)
        u = single.view(np.uint32)
        upper = u >> 16
        rounded = (u + 0x7FFF + (upper & 1)) >> 16
    quiet = upper | 0x0040  # a NaN's bits must not be carried over
    return np.where(np.isnan(single), quiet, rounded).astype(np.uint16)


def from_bfloat16(bits: Any) -> np.ndarray:
    """Return the float32 numbers with these bits on top and zeros below: exact.

    Parameters
    ----------
    bits : array_like of uint16

    Returns
    -------
    ndarray of float32, same shape

    Raises
    ------
    TypeError
        If `bits` is not uint16.
    """
    bits = np.asarray(bits)
    if bits.dtype != np.uint16:
        raise TypeError(f"bits must be uint16, got {bits.dtype}")
    return (bits.astype(np.uint32) << 16).view(np.float32)
