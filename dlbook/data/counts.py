"""The check of arguments that count something."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["require_count"]


def require_count(
    name: str, value: Any, least: int = 1, most: int | None = None
) -> int:
    """Return `value` as an int if it is an integer within bounds.

    Parameters
    ----------
    name : str
        What the argument is called, for the message.
    value : int or numpy.integer
    least : int
    most : int, optional
        There is no upper bound by default.

    Raises
    ------
    TypeError
        If it is no integer; a bool is none.
    ValueError
        If it is below `least` or above `most`.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an int, got {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    if most is not None and value > most:
        raise ValueError(f"{name} must be at most {most}, got {value}")
    return int(value)
