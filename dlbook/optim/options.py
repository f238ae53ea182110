"""Ranges of the options of optimizers, with errors that name the option."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["require_betas", "require_in_range", "require_not_negative"]


def require_in_range(name: str, value: Any, low: float, high: float) -> None:
    """Raise unless `value` is a finite number in [low, high].

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it is nan, infinite, or outside.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}")
    if not (math.isfinite(value) and low <= value <= high):
        allowed = f"in [{low:g}, {high:g}]" if math.isfinite(high) else f">= {low:g}"
        raise ValueError(f"{name} must be finite and {allowed}, got {value}")


def require_not_negative(kind: str, options: Mapping[str, Any], *names: str) -> None:
    """Raise unless each of the options `names` is a finite number >= 0.

    Raises
    ------
    TypeError, ValueError
        As `require_in_range` does; the message begins with `kind`.
    """
    for name in names:
        require_in_range(f"{kind}: {name}", options[name], 0, math.inf)


def require_betas(kind: str, betas: Any) -> None:
    """Raise unless `betas` is a pair of numbers in [0, 1).

    Raises
    ------
    TypeError
        If it is no pair, or one is no number.
    ValueError
        If one is outside. With 1, the running mean would stay at 0.
    """
    if not isinstance(betas, tuple | list) or len(betas) != 2:
        raise TypeError(f"{kind}: betas must be a pair of numbers, got {betas!r}")
    for i, beta in enumerate(betas):
        require_in_range(f"{kind}: betas[{i}]", beta, 0, 1)
        if beta == 1:
            raise ValueError(f"{kind}: betas[{i}] must be less than 1, got {beta}")
