"""Losses over classes as layers: `functional.class_losses`."""

from __future__ import annotations

from typing import Any

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.module import Buffer, Module

__all__ = ["CrossEntropyLoss", "NLLLoss"]


class CrossEntropyLoss(Module):
    """Softmax and cross-entropy in one, in nats: `functional.cross_entropy`.

    Parameters
    ----------
    weight : array_like, shape (C,), optional
        A non-negative factor for each class; kept as a Buffer.
    ignore_index : int
        Examples with this class number count nothing.
    reduction : {"mean", "sum", "none"}
    label_smoothing : float
        In [0, 1].

    Raises
    ------
    TypeError, ValueError, IndexError
        When called, as `functional.cross_entropy` does.
    """

    def __init__(
        self,
        weight: Any | None = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        self.weight = None if weight is None else Buffer(weight)
        self.ignore_index = ignore_index
        self.reduction = reduction
        self.label_smoothing = label_smoothing

    def forward(self, logits: Tensor, targets: Any) -> Tensor:
        """(N, C, ...), (N, ...) -> (), or (N, ...) without reduction."""
        return F.cross_entropy(
            logits,
            targets,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(Module):
    """Negative log-likelihood of log-probabilities: `functional.nll_loss`.

    Parameters
    ----------
    weight : array_like, shape (C,), optional
        A non-negative factor for each class; kept as a Buffer.
    ignore_index : int
        Examples with this class number count nothing.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    TypeError, ValueError, IndexError
        When called, as `functional.nll_loss` does.
    """

    def __init__(
        self,
        weight: Any | None = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        self.weight = None if weight is None else Buffer(weight)
        self.ignore_index = ignore_index
        self.reduction = reduction

    def forward(self, log_probabilities: Tensor, targets: Any) -> Tensor:
        """(N, C, ...), (N, ...) -> (), or (N, ...) without reduction."""
        return F.nll_loss(
            log_probabilities,
            targets,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )
