"""Distances and angles of vectors as layers: `functional.distances`."""

from __future__ import annotations

from typing import Any

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """The cosine of the angle between vectors: `functional.cosine_similarity`.

    Parameters
    ----------
    axis : int
        The axis of the coordinates.
    eps : float
        The least length, >= 0.

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.cosine_similarity` does.
    """

    def __init__(self, axis: int = 1, *, eps: float = 1e-8) -> None:
        self.axis = axis
        self.eps = eps

    def forward(self, x1: Tensor, x2: Any) -> Tensor:
        """(*, D, *), (*, D, *) -> (*, *)."""
        return F.cosine_similarity(x1, x2, self.axis, eps=self.eps)


class PairwiseDistance(Module):
    """The p-norm of differences of vectors: `functional.pairwise_distance`.

    Parameters
    ----------
    p : float
        The degree of the norm.
    eps : float
        Added to each difference, >= 0.
    keepdims : bool
        Keep the last axis with length 1.

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.pairwise_distance` does.
    """

    def __init__(
        self, p: float = 2.0, *, eps: float = 1e-6, keepdims: bool = False
    ) -> None:
        self.p = p
        self.eps = eps
        self.keepdims = keepdims

    def forward(self, x1: Tensor, x2: Any) -> Tensor:
        """(*, D), (*, D) -> (*), or (*, 1) with `keepdims`."""
        return F.pairwise_distance(
            x1, x2, p=self.p, eps=self.eps, keepdims=self.keepdims
        )
