"""Losses of yes-or-no questions as layers: `functional.binary_losses`."""

from __future__ import annotations

from typing import Any

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.module import Buffer, Module

__all__ = ["BCELoss", "BCEWithLogitsLoss"]


class BCELoss(Module):
    """Cross-entropy of probabilities of yes: `functional.binary_cross_entropy`.

    Parameters
    ----------
    weight : array_like, optional
        A non-negative factor for each loss, broadcast to the shape of the inputs; kept
        as a Buffer.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.binary_cross_entropy` does.
    """

    def __init__(self, weight: Any | None = None, *, reduction: str = "mean") -> None:
        self.weight = None if weight is None else Buffer(weight)
        self.reduction = reduction

    def forward(self, probabilities: Tensor, targets: Any) -> Tensor:
        """(*), (*) -> (), or (*) without reduction."""
        return F.binary_cross_entropy(
            probabilities, targets, weight=self.weight, reduction=self.reduction
        )


class BCEWithLogitsLoss(Module):
    """Sigmoid and BCE in one: `functional.binary_cross_entropy_with_logits`.

    Parameters
    ----------
    weight : array_like, optional
        A non-negative factor for each loss, broadcast to the shape of the inputs; kept
        as a Buffer.
    reduction : {"mean", "sum", "none"}
    pos_weight : array_like, optional
        A non-negative factor for the answer yes, broadcast likewise; kept as a Buffer.

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.binary_cross_entropy_with_logits` does.
    """

    def __init__(
        self,
        weight: Any | None = None,
        *,
        reduction: str = "mean",
        pos_weight: Any | None = None,
    ) -> None:
        self.weight = None if weight is None else Buffer(weight)
        self.reduction = reduction
        self.pos_weight = None if pos_weight is None else Buffer(pos_weight)

    def forward(self, logits: Tensor, targets: Any) -> Tensor:
        """(*), (*) -> (), or (*) without reduction."""
        return F.binary_cross_entropy_with_logits(
            logits,
            targets,
            weight=self.weight,
            reduction=self.reduction,
            pos_weight=self.pos_weight,
        )
