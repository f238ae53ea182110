"""From one loss for each element or example to one number: mean, sum, or none."""

from __future__ import annotations

import numpy as np

from dlbook.autograd import Tensor

REDUCTIONS = ("mean", "sum", "none")


def check_reduction(
    loss: str, reduction: str, allowed: tuple[str, ...] = REDUCTIONS
) -> None:
    """Raise ValueError for a reduction that `loss` does not know."""
    if reduction not in allowed:
        *most, last = (f'"{name}"' for name in allowed)
        raise ValueError(
            f"{loss}: reduction must be {', '.join(most)} or {last}, got {reduction!r}"
        )


def mean_divisor(loss: str, reduction: str, total: float) -> float:
    """Return what the sum of the losses is divided by.

    Raises
    ------
    ValueError
        If the mean is over nothing, where torch returns nan.
    """
    if reduction != "mean":
        return 1
    if total == 0:
        raise ValueError(
            f"{loss}: the mean is over nothing: the batch is empty, every target is "
            'ignored, or every weight is 0; reduction="sum" gives 0 there'
        )
    return total


def reduce_array(
    losses: np.ndarray, reduction: str, divisor: float, shape: tuple[int, ...]
) -> np.ndarray:
    """Reduce inside an operation that computes the gradient of the reduction itself."""
    if reduction == "none":
        return losses.reshape(shape)
    return losses.sum() / divisor


def reduce_losses(
    loss: str, losses: Tensor, reduction: str, total: Tensor | int | None = None
) -> Tensor:
    """Reduce the losses by operations of their own.

    Parameters
    ----------
    loss : str
        Name of the loss, for errors.
    losses : Tensor, shape (*)
    reduction : {"mean", "sum", "none"}
    total : Tensor of one number, or int, optional
        What "mean" divides by; the number of losses if left out.

    Raises
    ------
    ValueError
        If `reduction` is unknown, or the mean is over nothing.
    """
    check_reduction(loss, reduction)
    if reduction == "none":
        return losses
    if reduction == "sum":
        return losses.sum()
    total = losses.size if total is None else total
    mean_divisor(loss, reduction, float(total))
    return losses.sum() / total
