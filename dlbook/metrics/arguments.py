"""Checks that the metrics make of their arguments."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from dlbook.autograd import Tensor


def plain(function: str, name: str, values: Any) -> np.ndarray:
    """Return `values` as an array without gradient; raise ValueError if it is empty."""
    try:
        array = np.asarray(values.data if isinstance(values, Tensor) else values)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"{function}: {name} is no array: {error}") from None
    if array.size == 0:
        raise ValueError(
            f"{function}: {name} is empty, of shape {array.shape}; expected at least "
            "one sample"
        )
    return array


def require_length(function: str, name: str, length: int, targets: np.ndarray) -> None:
    """Raise ValueError unless there are as many predictions as targets."""
    if length != len(targets):
        raise ValueError(
            f"{function}: {name} holds {length} sample(s) and targets {len(targets)}"
        )


def class_numbers(function: str, name: str, values: Any) -> np.ndarray:
    """Return class numbers, shape (N,), as int64; False and True are classes 0 and 1.

    Raises
    ------
    TypeError
        If they are no integers.
    ValueError
        If there are none, the shape is not (N,), or one is negative.
    """
    labels = plain(function, name, values)
    if labels.dtype.kind not in "iub":
        raise TypeError(
            f"{function}: {name} must be class numbers, integers, got {labels.dtype}"
        )
    if labels.ndim != 1:
        raise ValueError(
            f"{function}: {name} has shape {labels.shape}, expected (N,), a class "
            "number for each sample"
        )
    if labels.min() < 0:
        raise ValueError(
            f"{function}: {name} contains class {labels.min()}, expected classes from "
            "0 on"
        )
    return labels.astype(np.int64)


def scores_of(function: str, name: str, values: Any) -> np.ndarray:
    """Return real scores as an array.

    Raises
    ------
    TypeError
        If they are no real numbers.
    ValueError
        If there are none, or one is NaN.
    """
    scores = plain(function, name, values)
    if scores.dtype.kind not in "fiu":
        raise TypeError(f"{function}: {name} must be real numbers, got {scores.dtype}")
    missing = np.isnan(scores)
    if missing.any():
        raise ValueError(
            f"{function}: {name} contains {missing.sum()} NaN among {scores.size} "
            "numbers; NaN has no place in an order"
        )
    return scores


def require_below(
    function: str, name: str, labels: np.ndarray, num_classes: int
) -> None:
    """Raise ValueError unless every class number is less than `num_classes`."""
    if labels.max() >= num_classes:
        raise ValueError(
            f"{function}: {name} contains class {labels.max()}, expected classes in "
            f"[0, {num_classes})"
        )


def require_count(function: str, name: str, value: Any, most: int | None = None) -> int:
    """Return an integer of at least 1 and at most `most`, or raise."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(
            f"{function}: {name} must be an integer, got {type(value).__name__}"
        )
    if value < 1 or (most is not None and value > most):
        bound = "at least 1" if most is None else f"in [1, {most}]"
        raise ValueError(f"{function}: {name} must be {bound}, got {value}")
    return int(value)
