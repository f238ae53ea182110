"""Checks of the scale, the shift and the eps that every normalization takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_number

__all__ = ["as_shape", "require_eps", "require_scale_and_shift"]


def require_scale_and_shift(
    function: str,
    x: Tensor,
    shape: tuple[int, ...],
    *,
    weight: Tensor | None,
    bias: Tensor | None = None,
) -> None:
    """Raise unless weight and bias, where given, fit x and have this shape.

    Raises
    ------
    TypeError
        If one is no Tensor, or its dtype is not that of x.
    ValueError
        If the shape differs.
    """
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None:
            require_fit(function, name, value, x, shape)


def require_fit(
    function: str, name: str, value: Tensor, x: Tensor, shape: tuple[int, ...]
) -> None:
    """Raise unless one argument is a Tensor of the dtype of x and of this shape."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{function}: {name} must be a Tensor or None, got {type(value).__name__}"
        )
    if value.dtype != x.dtype:
        raise TypeError(
            f"{function}: {name} has dtype {value.dtype}, x {x.dtype}; convert one of "
            f"them, for example x.astype({value.dtype})"
        )
    if value.shape != shape:
        raise ValueError(
            f"{function}: {name} has shape {value.shape}, x {x.shape}; expected {name} "
            f"of shape {shape}"
        )


def require_eps(function: str, eps: float, *, zero_allowed: bool = False) -> float:
    """Return eps as a Python float, which leaves float32 arrays float32.

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it is negative, nan, infinite, or 0 where that is not allowed: a constant
        input would be divided by 0.
    """
    eps = require_number(eps, f"{function}: eps")
    if eps < 0 or (eps == 0 and not zero_allowed):
        bound = ">= 0" if zero_allowed else "> 0"
        raise ValueError(f"{function}: eps must be {bound}, got {eps}")
    return eps


def as_shape(function: str, normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    """Return the lengths of the last axes as a tuple; an int is one axis.

    Raises
    ------
    TypeError
        If it is neither an int nor a sequence of ints.
    ValueError
        If it is empty, or a length is smaller than 1.
    """
    name = f"{function}: normalized_shape"
    shape = normalized_shape
    shape = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    for length in shape:
        if isinstance(length, bool) or not isinstance(length, int | np.integer):
            raise TypeError(
                f"{name} must be an int or a tuple of ints, got {normalized_shape!r}"
            )
    if not shape or min(shape) < 1:
        raise ValueError(
            f"{name} must hold at least one length, each at least 1, "
            f"got {normalized_shape}"
        )
    return tuple(int(length) for length in shape)
