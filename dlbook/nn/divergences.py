"""Divergences of distributions as layers: `functional.divergences`."""

from __future__ import annotations

from typing import Any

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.module import Module

__all__ = ["KLDivLoss"]


class KLDivLoss(Module):
    """Kullback-Leibler divergence of log-probabilities: `functional.kl_div`.

    Parameters
    ----------
    reduction : {"mean", "batchmean", "sum", "none"}
        "batchmean" gives the divergence; "mean" divides by the number of classes, too.
    log_target : bool
        Whether the targets are logarithms.

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.kl_div` does.
    """

    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        self.reduction = reduction
        self.log_target = log_target

    def forward(self, log_probabilities: Tensor, targets: Any) -> Tensor:
        """(N, *), (N, *) -> (), or (N, *) without reduction."""
        return F.kl_div(
            log_probabilities,
            targets,
            reduction=self.reduction,
            log_target=self.log_target,
        )
