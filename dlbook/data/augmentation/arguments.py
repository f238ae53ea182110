"""Checks that the transforms make of their options and of what they are given."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlbook.random import default_rng

Range = float | tuple[float, float]


def require_number(name: str, value: Any, low: float, high: float = math.inf) -> None:
    """Raise unless `value` is a finite number in [low, high].

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it is not finite or outside.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}")
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} must {_bounds(low, high)}, got {value}")


def require_probability(name: str, value: Any) -> None:
    """Raise unless `value` is a number in [0, 1]."""
    require_number(name, value, 0, 1)


def require_int(name: str, value: Any, low: int) -> None:
    """Raise TypeError unless `value` is an int, ValueError if it is below `low`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an int, got {type(value).__name__}")
    if value < low:
        raise ValueError(f"{name} must be at least {low}, got {value}")


def require_range(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf
) -> tuple[float, float]:
    """Return a pair of numbers low <= first <= second <= high, or raise.

    Raises
    ------
    TypeError
        If it is no pair of numbers.
    ValueError
        If a number is not finite or outside, or the pair is not in order.
    """
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"{name} must be a pair (low, high), got {value!r}")
    for end in value:
        require_number(name, end, low, high)
    first, second = value
    if first > second:
        raise ValueError(f"{name} must be in order, low first, got {value}")
    return float(first), float(second)


def number_or_range(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf
) -> tuple[float, float]:
    """Return (value, value) for a number, or the pair itself; raise as the others."""
    if isinstance(value, tuple | list):
        return require_range(name, value, low, high)
    require_number(name, value, low, high)
    return float(value), float(value)


def height_and_width(name: str, size: Any) -> tuple[int, int]:
    """Return (size, size) for an int, or the pair of ints itself.

    Raises
    ------
    TypeError, ValueError
        If it is neither, or smaller than 1.
    """
    pair = size if isinstance(size, tuple | list) else (size, size)
    if len(pair) != 2:
        raise ValueError(f"{name} must be an int or a pair (height, width), got {size}")
    for length in pair:
        require_int(name, length, 1)
    return int(pair[0]), int(pair[1])


def require_float_array(name: str, array: Any, layouts: dict[int, str]) -> None:
    """Raise unless `array` holds floats and has one of these numbers of axes.

    Raises
    ------
    TypeError
        If it is no array, or one of something else.
    ValueError
        If it has another number of axes, or one of length 0.
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name} takes an array, got {type(array).__name__}")
    if array.dtype.kind != "f":
        raise TypeError(
            f"{name} takes floating-point numbers, got {array.dtype}; divide bytes by "
            "255, for example array.astype(numpy.float32) / 255"
        )
    if array.ndim not in layouts or array.size == 0:
        expected = " or ".join(layouts.values())
        raise ValueError(
            f"{name} takes an array of shape {expected}, no axis empty, got shape "
            f"{array.shape}"
        )


def generator(name: str, rng: np.random.Generator | int) -> np.random.Generator:
    """Return a generator, or raise TypeError: None would not be repeatable."""
    if rng is None:
        raise TypeError(
            f"{name}: rng must be a numpy.random.Generator or an int, got None"
        )
    return default_rng(rng)


def _bounds(low: float, high: float) -> str:
    if high < math.inf:
        return f"lie in [{low:g}, {high:g}]"
    return f"be finite and at least {low:g}" if low > -math.inf else "be finite"
