"""Checks that the constructors of layers make of their arguments."""

from __future__ import annotations

import numpy as np


def require_size(value: int, name: str) -> int:
    """Return `value` as a Python int.

    Raise TypeError for what is no int, and ValueError for what is smaller than 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an int, got {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")
    return int(value)
