"""The bits of a floating-point number of any format: sign, exponent field, mantissa."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.compression.float_formats import FloatFormat

__all__ = ["from_patterns", "to_patterns"]


def from_patterns(patterns: Any, float_format: FloatFormat) -> np.ndarray:
    """Return the numbers that bit patterns stand for, by the equation of `FloatFormat`.

    Parameters
    ----------
    patterns : array_like of int, from 0 to 2**bits - 1
    float_format : FloatFormat

    Returns
    -------
    ndarray of float64, same shape
        Exact.

    Raises
    ------
    TypeError
        If the patterns are no integers.
    ValueError
        If a pattern has more bits than the format, or is negative.
    """
    patterns = np.asarray(patterns)
    if patterns.dtype.kind not in "iu":
        raise TypeError(f"patterns must be integers, got {patterns.dtype}")
    patterns, bits = patterns.astype(np.int64), float_format.bits
    if ((patterns < 0) | (patterns >= 2**bits)).any():
        raise ValueError(
            f"a pattern of {float_format.name} is at least 0 and below 2**{bits}, got "
            f"{patterns.min()} to {patterns.max()}"
        )
    p = float_format.mantissa_bits
    sign, rest = np.divmod(patterns, 2 ** (bits - 1))
    field, mantissa = np.divmod(rest, 2**p)
    hidden = np.where(field > 0, 2**p, 0)  # the 1 before the point of a normal number
    power = np.maximum(field, 1) - float_format.bias - p
    size = np.ldexp((hidden + mantissa).astype(np.float64), power)
    if float_format.infinities:
        size = np.where(rest == infinity_pattern(float_format), np.inf, size)
        size = np.where(rest > infinity_pattern(float_format), np.nan, size)
    else:
        size = np.where(rest == nan_pattern(float_format), np.nan, size)
    return np.where(sign, -size, size)


def to_patterns(x: Any, float_format: FloatFormat) -> np.ndarray:
    """Round to a format, and return the bit patterns: what is stored.

    Parameters
    ----------
    x : array_like of float
    float_format : FloatFormat

    Returns
    -------
    ndarray of uint8, uint16 or uint32, same shape
        The shortest of these types that holds the pattern. A NaN becomes `nan_pattern`,
        with its sign.

    Raises
    ------
    TypeError
        If x holds something else than real numbers.
    """
    with np.errstate(invalid="ignore"):  # a signaling NaN becomes a quiet one
        x = float_format.round(x).astype(np.float64)
    p, bits = float_format.mantissa_bits, float_format.bits
    size = np.where(np.isfinite(x), np.abs(x), 0.0)
    _, exponent = np.frexp(size)  # size = digits 2^exponent with 1/2 <= digits < 1
    exponent = np.where(size > 0, exponent - 1, -float_format.bias)
    field = np.maximum(exponent + float_format.bias, 1)
    digits = np.ldexp(size, p + float_format.bias - field).astype(np.int64)
    # a normal number's digits hold the 1 before the point, which counts as one field
    pattern = (field - 1) * 2**p + digits
    pattern = np.where(np.isinf(x), infinity_pattern(float_format), pattern)
    pattern = np.where(np.isnan(x), nan_pattern(float_format), pattern)
    pattern = pattern + np.signbit(x) * 2 ** (bits - 1)
    narrowest = np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32
    return pattern.astype(narrowest)


def infinity_pattern(float_format: FloatFormat) -> int:
    """Return the bits of plus infinity: all ones in the exponent field, then zeros."""
    return (2**float_format.exponent_bits - 1) * 2**float_format.mantissa_bits


def nan_pattern(float_format: FloatFormat) -> int:
    """Return the bits of a quiet NaN: the first mantissa bit too, or all of them."""
    p = float_format.mantissa_bits
    mantissa = 2 ** (p - 1) if float_format.infinities else 2**p - 1
    return infinity_pattern(float_format) + mantissa
