"""Compare and describe what answers return."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

NOT_GIVEN = object()
"""Stands where an answer gave no output."""

WRITTEN = 24
"""Arrays of up to so many numbers are written whole."""

NUMBERS = (bool, int, float, complex, np.number, np.bool_)


def same(one: Any, other: Any, rtol: float, atol: float) -> bool:
    """Say whether two outputs agree: same structure, same shapes, close numbers.

    A number agrees with an array of shape (), a list with a tuple or array of the same
    shape, NaN with NaN; a text agrees up to case, spaces and a final period. Truth
    values agree with truth values only. Anything with a ``.data`` array, such as a
    Tensor, is compared by it.

    Parameters
    ----------
    one, other : object
        What is compared.
    rtol, atol : float
        Relative and absolute tolerance for floats.
    """
    one, other = _plain(one), _plain(other)
    if isinstance(one, str) or isinstance(other, str):
        return (
            isinstance(one, str)
            and isinstance(other, str)
            and _words(one) == _words(other)
        )
    if isinstance(one, Mapping) or isinstance(other, Mapping):
        return (
            isinstance(one, Mapping)
            and isinstance(other, Mapping)
            and one.keys() == other.keys()
            and all(same(one[key], other[key], rtol, atol) for key in one)
        )
    if isinstance(one, set | frozenset) or isinstance(other, set | frozenset):
        return isinstance(one, set | frozenset) and one == other
    first, second = _as_array(one), _as_array(other)
    if first is not None and second is not None:
        return _same_arrays(first, second, rtol, atol)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(
            same(a, b, rtol, atol) for a, b in zip(one, other, strict=True)
        )
    if one is None or other is None or one is Ellipsis or other is Ellipsis:
        return one is other
    return type(one) is type(other) and bool(one == other)


def _same_arrays(one: np.ndarray, other: np.ndarray, rtol: float, atol: float) -> bool:
    if one.shape != other.shape or (one.dtype == bool) != (other.dtype == bool):
        return False
    if one.dtype.kind in "fc" or other.dtype.kind in "fc":
        return bool(np.allclose(one, other, rtol=rtol, atol=atol, equal_nan=True))
    return bool((one == other).all())


def _plain(value: Any) -> Any:
    data = getattr(value, "data", None)
    return data if isinstance(data, np.ndarray) else value


def _as_array(value: Any) -> np.ndarray | None:
    """Return numbers as an array, or None for what is not numbers of one shape."""
    if not isinstance(value, (np.ndarray, list, tuple, *NUMBERS)):
        return None
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):  # ragged
        return None
    return array if array.dtype.kind in "biufc" else None


def _words(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")


def is_value_like(answer: Any) -> bool:
    """Say whether an answer is a value: anything but a function or a class."""
    return not callable(answer)


def largest_difference(answer: Any, expected: Any) -> str:
    """Say where two arrays too large to be written differ most, in half a sentence.

    Parameters
    ----------
    answer, expected : object

    Returns
    -------
    str
        Empty unless both are arrays of numbers of one shape and are not written whole.
    """
    one, other = _as_array(_plain(answer)), _as_array(_plain(expected))
    if one is None or other is None or one.shape != other.shape or one.size <= WRITTEN:
        return ""
    wide = complex if "c" in one.dtype.kind + other.dtype.kind else float
    one, other = one.astype(wide), other.astype(wide)
    with np.errstate(invalid="ignore"):  # of two infinities
        gap = np.where(one == other, 0.0, np.abs(one - other))
    gap[np.isnan(one) & np.isnan(other)] = 0.0
    gap[np.isnan(gap)] = np.inf
    if not gap.any():
        return ""
    place = tuple(int(i) for i in np.unravel_index(gap.argmax(), gap.shape))
    at = ", ".join(map(str, place))
    return (
        f"; at `[{at}]` it should be {describe(other[place])} and is "
        f"{describe(one[place])}"
    )


def describe(value: Any) -> str:
    """Write a value shortly for a message, the same in every run (no addresses)."""
    value = _plain(value)
    if isinstance(value, np.ndarray):
        if value.size > WRITTEN:
            return f"an array of shape {value.shape}"
        text = np.array2string(
            value,
            precision=4,
            suppress_small=True,
            separator=", ",
            max_line_width=10_000,
        )
        return f"`{' '.join(text.split())}`"
    if isinstance(value, float | np.floating):
        number = float(value)
        return f"`{number:.4g}`" if math.isfinite(number) else f"`{number}`"
    if isinstance(value, NUMBERS):
        return f"`{value.item() if isinstance(value, np.generic) else value}`"
    if isinstance(value, str):
        return (
            f"`{value!r}`" if len(value) <= 80 else f"a text of {len(value)} characters"
        )
    if isinstance(value, list | tuple):
        opening, closing = "[]" if isinstance(value, list) else "()"
        if len(value) > 8:
            return f"a {type(value).__name__} of length {len(value)}"
        inner = ", ".join(describe(item).strip("`") for item in value)
        return f"`{opening}{inner}{closing}`"
    if value is None or value is Ellipsis:
        return f"`{value}`"
    if callable(value):
        kind = "class" if isinstance(value, type) else "function"
        return f"the {kind} `{getattr(value, '__name__', type(value).__name__)}`"
    return f"a {type(value).__name__}"
