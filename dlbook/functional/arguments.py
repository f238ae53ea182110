"""Checks that every function makes of its arguments."""

from __future__ import annotations

import math

import numpy as np

from dlbook.autograd import Tensor


def require_floats(
    x: Tensor, function: str, *, integers: bool = False, name: str = "x"
) -> None:
    """Raise TypeError unless `x` is a Tensor of floats, or of integers if allowed."""
    if not isinstance(x, Tensor):
        raise TypeError(
            f"{function}: {name} must be a Tensor, got {type(x).__name__}; "
            "wrap an array as Tensor(array)"
        )
    if x.data.dtype.kind not in ("fiu" if integers else "f"):
        raise TypeError(
            f"{function}: {name} must hold floating-point numbers, got {x.dtype}; "
            f"convert it, for example {name}.astype(numpy.float32)"
        )


def require_number(value: float, name: str) -> float:
    """Return `value` as a Python float, which leaves float32 arrays float32.

    A NumPy float64 would turn them into float64. Raise TypeError for what is no number
    and ValueError for nan and infinities.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value}")
    return float(value)
