"""Floating-point formats: what each can hold, and rounding to it, exact to the bit.

A format writes a number as a sign, an exponent and a fraction. What is computed here
stays in float32 or float64, whose values include every value of the narrow format: a
rounded array holds numbers that the narrow format has, in wide storage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dlbook.compression.bfloat16 import from_bfloat16, to_bfloat16

__all__ = [
    "BFLOAT16",
    "FLOAT8_E4M3",
    "FLOAT8_E5M2",
    "FLOAT16",
    "FLOAT32",
    "TFLOAT32",
    "FloatFormat",
    "round_to_format",
]

WIDEST = (8, 23)  # exponent and mantissa bits of float32


@dataclass(frozen=True)
class FloatFormat:
    r"""A binary floating-point format: 1 sign bit, exponent bits, mantissa bits.

    With exponent field e, fraction field f of p bits and bias b = 2^(exponent_bits-1)-1
    a pattern means

    .. math::
        (-1)^s \, 2^{e-b} \Bigl(1 + \frac{f}{2^p}\Bigr) \quad (e > 0), \qquad
        (-1)^s \, 2^{1-b} \, \frac{f}{2^p} \quad (e = 0)

    Numbers of the first kind are *normal*, of the second *subnormal*.

    Attributes
    ----------
    name : str
    exponent_bits : int, from 2 to 8
    mantissa_bits : int, from 1 to 23
    infinities : bool
        Whether the largest exponent field is kept for infinities and NaN, as IEEE 754
        has it. False: it holds numbers too, all ones is NaN, and there is no infinity,
        as in float8 e4m3 ("fn").

    Raises
    ------
    ValueError
        If a number of bits is outside its range.

    References
    ----------
    IEEE 754-2019, sections 3.3 and 3.4; Micikevicius et al. (2022), arXiv:2209.05433,
    table 1, for the two formats of 8 bits.
    """

    name: str
    exponent_bits: int
    mantissa_bits: int
    infinities: bool = True

    def __post_init__(self) -> None:
        """Refuse what float32 could not stand for."""
        _check_bits(self.exponent_bits, self.mantissa_bits)

    @property
    def bits(self) -> int:
        """Bits of one number, the sign with them."""
        return 1 + self.exponent_bits + self.mantissa_bits

    @property
    def bias(self) -> int:
        """What the exponent field is too large by."""
        return 2 ** (self.exponent_bits - 1) - 1

    @property
    def largest_exponent(self) -> int:
        """Exponent of the largest numbers."""
        return self.bias + (not self.infinities)

    @property
    def max(self) -> float:
        """The largest finite number."""
        ones = 2 - 2.0**-self.mantissa_bits  # 1.11...1 in binary
        if not self.infinities:
            ones -= 2.0**-self.mantissa_bits  # the last pattern is NaN
        return ones * 2.0**self.largest_exponent

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number with all its digits."""
        return 2.0 ** (1 - self.bias)

    @property
    def smallest_subnormal(self) -> float:
        """The smallest positive number; half of it, and less, is rounded to 0."""
        return self.smallest_normal * self.epsilon

    @property
    def epsilon(self) -> float:
        """Distance from 1 to the next larger number."""
        return 2.0**-self.mantissa_bits

    def round(self, x: Any) -> np.ndarray:
        """Return the nearest numbers of the format, as `round_to_format` does.

        Two formats take a shorter way to the same numbers: float16 through NumPy's own
        type, bfloat16 of float32 through its bits.
        """
        x = as_floats(x)
        if self == FLOAT16:
            with np.errstate(all="ignore"):  # overflow is infinity: that is wanted
                return x.astype(np.float16).astype(x.dtype)
        if self == BFLOAT16 and x.dtype == np.float32:
            return from_bfloat16(to_bfloat16(x))
        return round_to_format(
            x, self.exponent_bits, self.mantissa_bits, infinities=self.infinities
        )


def round_to_format(
    x: Any,
    exponent_bits: int,
    mantissa_bits: int,
    *,
    infinities: bool = True,
    saturate: bool = False,
) -> np.ndarray:
    r"""Return the nearest numbers of a narrow format; of two, the even one.

    Neighbors in a format are q apart, a power of two that depends on the exponent E of
    x and on the smallest normal exponent:

    .. math:: q = 2^{\max(E, E_{\min}) - p}, \qquad y = q \, \mathrm{rint}(x / q)

    Multiplying by a power of two is exact, and `rint` rounds half to even.

    Parameters
    ----------
    x : array_like of float
        float32 or float64; other real numbers are taken as float32.
    exponent_bits : int, from 2 to 8
    mantissa_bits : int, from 1 to 23
        The digits after the binary point; one more, before it, is never stored.
    infinities : bool
        As in `FloatFormat`.
    saturate : bool
        Whether what is too large becomes the largest number, infinity with it. By
        default it becomes infinity, or NaN where the format has none.

    Returns
    -------
    ndarray of x's dtype, same shape
        Too large is what lies beyond the largest number by half a step; for a format
        without infinities, by more. NaN and the sign of zero stay.

    Raises
    ------
    TypeError
        If x holds something else than real numbers.
    ValueError
        If a number of bits is outside its range.

    References
    ----------
    IEEE 754-2019, section 4.3.1 (roundTiesToEven) and 7.4 (overflow).
    """
    x = as_floats(x)
    largest = FloatFormat("", exponent_bits, mantissa_bits, infinities).max
    with np.errstate(invalid="ignore"):  # a signaling NaN becomes a quiet one
        wide = x.astype(np.float64)  # holds q and x / q of any float32
    _, exponent = np.frexp(wide)  # |x| = digits 2^exponent with 1/2 <= digits < 1
    smallest = 2 - 2 ** (exponent_bits - 1)
    step = np.maximum(exponent - 1, smallest) - mantissa_bits
    rounded = np.ldexp(np.rint(np.ldexp(wide, -step)), step)
    limit = largest if saturate else np.inf if infinities else np.nan
    too_large = np.abs(rounded) > largest
    return np.where(too_large, np.copysign(limit, x), rounded).astype(x.dtype)


def as_floats(x: Any) -> np.ndarray:
    """Return float64 arrays as they are, other real numbers as float32.

    Raises
    ------
    TypeError
        If x holds something else than real numbers.
    """
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"x must hold real numbers, got {array.dtype}")
    wide = array.dtype == np.float64 and isinstance(x, np.ndarray | np.generic)
    return array.astype(np.float64 if wide else np.float32, copy=False)


def _check_bits(exponent_bits: int, mantissa_bits: int) -> None:
    if not 2 <= exponent_bits <= WIDEST[0]:
        raise ValueError(f"exponent_bits must be from 2 to 8, got {exponent_bits}")
    if not 1 <= mantissa_bits <= WIDEST[1]:
        raise ValueError(f"mantissa_bits must be from 1 to 23, got {mantissa_bits}")


FLOAT32 = FloatFormat("float32", 8, 23)
TFLOAT32 = FloatFormat("tfloat32", 8, 10)  # what tensor cores read of a float32
BFLOAT16 = FloatFormat("bfloat16", 8, 7)
FLOAT16 = FloatFormat("float16", 5, 10)
FLOAT8_E5M2 = FloatFormat("float8 e5m2", 5, 2)
FLOAT8_E4M3 = FloatFormat("float8 e4m3", 4, 3, infinities=False)
