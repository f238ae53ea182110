"""Targets of a loss over classes: check them, and line the classes up as a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor, as_tensor

Shape = tuple[int, ...]


def count_classes(loss: str, scores: Tensor) -> int:
    """Return C: the length of axis 1, or of the only axis."""
    num_classes = scores.shape[min(scores.ndim - 1, 1)] if scores.ndim else 0
    if num_classes == 0:
        raise ValueError(
            f"{loss}: expected scores of at least one class, of shape (C,), (N, C) or "
            f"(N, C, d1, ...), got shape {scores.shape}"
        )
    return num_classes


def examples_shape(shape: Shape) -> Shape:
    """Return the shape without the axis of the classes."""
    return (*shape[:1], *shape[2:]) if len(shape) > 1 else ()


def class_rows(values: np.ndarray) -> np.ndarray:
    """Turn (N, C, d1, ...) or (C,) into one row of C numbers for each example."""
    if values.ndim > 2:
        values = np.moveaxis(values, 1, -1)  # (N, d1, ..., C)
    return values.reshape(-1, values.shape[-1])


def unrow(rows: np.ndarray, shape: Shape) -> np.ndarray:
    """Undo `class_rows`: bring the rows back into `shape`."""
    if len(shape) <= 2:
        return rows.reshape(shape)
    return np.moveaxis(rows.reshape(*examples_shape(shape), shape[1]), -1, 1)


def class_numbers(
    loss: str,
    targets: np.ndarray,
    shape: Shape,
    num_classes: int,
    ignore_index: int | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Check integer targets for scores of `shape`.

    Returns
    -------
    labels : ndarray of int, shape (examples,)
        In [0, C); 0 where the target is ignored.
    kept : ndarray of bool, shape (examples,), or None
        Which targets are not ignored; None if none is.
    """
    if targets.dtype.kind not in "iu":
        raise TypeError(
            f"{loss}: targets must be integers, the class numbers, got {targets.dtype}"
        )
    expected = examples_shape(shape)
    if targets.shape != expected:
        raise ValueError(
            f"{loss}: targets have shape {targets.shape}, expected {expected} for "
            f"scores of shape {shape}"
        )
    labels = targets.reshape(-1)
    ignored = labels == ignore_index  # no label equals None
    kept = ~ignored if ignored.any() else None
    outside = (labels < 0) | (labels >= num_classes)
    if kept is not None:
        outside &= kept
    if outside.any():
        raise IndexError(
            f"{loss}: targets contain class {labels[outside][0]}, expected classes in "
            f"[0, {num_classes}) for scores of shape {shape}"
        )
    return (labels if kept is None else np.where(kept, labels, 0)), kept


def class_probabilities(loss: str, targets: Any, logits: Tensor) -> Tensor:
    """Check targets of the shape of `logits` and bring them to its dtype."""
    targets = as_tensor(targets)
    if targets.dtype.kind != "f":
        raise TypeError(
            f"{loss}: targets of the shape of the logits are class probabilities and "
            f"must be floats, got {targets.dtype}; class numbers have the shape "
            f"{examples_shape(logits.shape)}"
        )
    if not ((targets.data >= 0) & (targets.data <= 1)).all():
        raise ValueError(
            f"{loss}: class probabilities must lie in [0, 1], targets range from "
            f"{targets.data.min():g} to {targets.data.max():g}"
        )
    return targets.astype(logits.dtype)


def class_weight(
    loss: str, weight: Any | None, scores: Tensor, num_classes: int
) -> np.ndarray | None:
    """Check one weight for each class and return them as an array."""
    if weight is None:
        return None
    if isinstance(weight, Tensor):
        if weight.requires_grad:
            raise ValueError(f"{loss}: weight is a constant, got requires_grad=True")
        weight = weight.data
    elif not isinstance(weight, np.ndarray):
        weight = np.asarray(weight, scores.dtype)
    if weight.dtype != scores.dtype:
        raise TypeError(
            f"{loss}: weight has dtype {weight.dtype}, expected {scores.dtype} like "
            "the scores"
        )
    if weight.shape != (num_classes,):
        raise ValueError(
            f"{loss}: weight has shape {weight.shape}, expected ({num_classes},), a "
            "factor for each class"
        )
    check_weights(loss, weight)
    return weight


def check_weights(loss: str, weight: np.ndarray, name: str = "weight") -> None:
    """Raise ValueError unless every weight is finite and not negative."""
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise ValueError(f"{loss}: {name} must be finite and >= 0, got {weight}")


def example_weights(
    labels: np.ndarray, kept: np.ndarray | None, weight: np.ndarray | None
) -> np.ndarray | None:
    """Return what each example counts: its class's weight, 0 if ignored; None for 1."""
    if weight is None:
        return kept
    return weight[labels] if kept is None else weight[labels] * kept
