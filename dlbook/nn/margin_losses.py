"""Losses with a margin as layers: `functional.margin_losses`."""

from __future__ import annotations

from typing import Any

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.module import Buffer, Module

__all__ = [
    "CosineEmbeddingLoss",
    "HingeEmbeddingLoss",
    "MarginRankingLoss",
    "MultiMarginLoss",
    "SoftMarginLoss",
    "TripletMarginLoss",
]


class MultiMarginLoss(Module):
    """By how much wrong classes come too close: `functional.multi_margin_loss`.

    Parameters
    ----------
    p : {1, 2}
        Whether shortfalls count as they are, or squared.
    margin : float
        By how much the right class shall win, >= 0.
    weight : array_like, shape (C,), optional
        A non-negative factor for each class; kept as a Buffer.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    TypeError, ValueError, IndexError
        When called, as `functional.multi_margin_loss` does.
    """

    def __init__(
        self,
        *,
        p: int = 1,
        margin: float = 1.0,
        weight: Any | None = None,
        reduction: str = "mean",
    ) -> None:
        self.p = p
        self.margin = margin
        self.weight = None if weight is None else Buffer(weight)
        self.reduction = reduction

    def forward(self, scores: Tensor, targets: Any) -> Tensor:
        """(N, C), (N,) -> (), or (N,) without reduction."""
        return F.multi_margin_loss(
            scores,
            targets,
            p=self.p,
            margin=self.margin,
            weight=self.weight,
            reduction=self.reduction,
        )


class SoftMarginLoss(Module):
    """Logistic loss of labels -1 and 1: `functional.soft_margin_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.soft_margin_loss` does.
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        self.reduction = reduction

    def forward(self, scores: Tensor, targets: Any) -> Tensor:
        """(*), (*) -> (), or (*) without reduction."""
        return F.soft_margin_loss(scores, targets, reduction=self.reduction)


class HingeEmbeddingLoss(Module):
    """Distances of things that are alike, or not: `functional.hinge_embedding_loss`.

    Parameters
    ----------
    margin : float
        The distance that is far enough, >= 0.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.hinge_embedding_loss` does.
    """

    def __init__(self, *, margin: float = 1.0, reduction: str = "mean") -> None:
        self.margin = margin
        self.reduction = reduction

    def forward(self, inputs: Tensor, targets: Any) -> Tensor:
        """(*), (*) -> (), or (*) without reduction."""
        return F.hinge_embedding_loss(
            inputs, targets, margin=self.margin, reduction=self.reduction
        )


class MarginRankingLoss(Module):
    """How far scores are from the right order: `functional.margin_ranking_loss`.

    Parameters
    ----------
    margin : float
        By how much one score shall exceed the other, >= 0.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.margin_ranking_loss` does.
    """

    def __init__(self, *, margin: float = 0.0, reduction: str = "mean") -> None:
        self.margin = margin
        self.reduction = reduction

    def forward(self, x1: Tensor, x2: Any, targets: Any) -> Tensor:
        """(*), (*), (*) -> (), or (*) without reduction."""
        return F.margin_ranking_loss(
            x1, x2, targets, margin=self.margin, reduction=self.reduction
        )


class CosineEmbeddingLoss(Module):
    """Angles of vectors that are alike, or not: `functional.cosine_embedding_loss`.

    Parameters
    ----------
    margin : float
        The cosine that is small enough, in [-1, 1].
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.cosine_embedding_loss` does.
    """

    def __init__(self, *, margin: float = 0.0, reduction: str = "mean") -> None:
        self.margin = margin
        self.reduction = reduction

    def forward(self, x1: Tensor, x2: Any, targets: Any) -> Tensor:
        """(N, D), (N, D), (N,) -> (), or (N,) without reduction."""
        return F.cosine_embedding_loss(
            x1, x2, targets, margin=self.margin, reduction=self.reduction
        )


class TripletMarginLoss(Module):
    """How much nearer one example is than another: `functional.triplet_margin_loss`.

    Parameters
    ----------
    margin : float
        By how much nearer, > 0.
    p, eps : float
        Degree of the norm, and what is added to each difference.
    swap : bool
        Use the distance of the examples to each other where it is smaller.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.triplet_margin_loss` does.
    """

    def __init__(
        self,
        *,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap
        self.reduction = reduction

    def forward(self, anchor: Tensor, positive: Any, negative: Any) -> Tensor:
        """(*, D), (*, D), (*, D) -> (), or (*) without reduction."""
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )
