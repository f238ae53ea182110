"""Checks that the constructors of layers make of their arguments."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike


def require_size(value: int, name: str, *, least: int = 1) -> int:
    """Return `value` as a Python int.

    Raise TypeError for what is no int, and ValueError for what is smaller than `least`.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an int, got {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def require_flag(value: bool, name: str) -> bool:
    """Return `value`; raise TypeError for what is neither True nor False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return value


def require_float_dtype(dtype: DTypeLike, name: str) -> np.dtype:
    """Return a floating-point dtype, float32 for None; raise TypeError for others."""
    found = np.dtype(np.float32 if dtype is None else dtype)
    if found.kind != "f":
        raise TypeError(f"{name} must be a floating-point dtype, got {found}")
    return found
