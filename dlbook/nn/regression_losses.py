"""Losses of predicted numbers as layers: `functional.regression_losses`."""

from __future__ import annotations

from typing import Any

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.module import Module

__all__ = ["GaussianNLLLoss", "HuberLoss", "L1Loss", "MSELoss", "SmoothL1Loss"]


class MSELoss(Module):
    """Mean squared error: `functional.mse_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.mse_loss` does.
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        self.reduction = reduction

    def forward(self, inputs: Tensor, targets: Any) -> Tensor:
        """(*), (*) -> (), or (*) without reduction."""
        return F.mse_loss(inputs, targets, reduction=self.reduction)


class L1Loss(Module):
    """Mean absolute error: `functional.l1_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.l1_loss` does.
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        self.reduction = reduction

    def forward(self, inputs: Tensor, targets: Any) -> Tensor:
        """(*), (*) -> (), or (*) without reduction."""
        return F.l1_loss(inputs, targets, reduction=self.reduction)


class HuberLoss(Module):
    """Half the squared error, a line where errors are large: `functional.huber_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
    delta : float
        Where the line begins, > 0.

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.huber_loss` does.
    """

    def __init__(self, *, reduction: str = "mean", delta: float = 1.0) -> None:
        self.reduction = reduction
        self.delta = delta

    def forward(self, inputs: Tensor, targets: Any) -> Tensor:
        """(*), (*) -> (), or (*) without reduction."""
        return F.huber_loss(inputs, targets, reduction=self.reduction, delta=self.delta)


class SmoothL1Loss(Module):
    """Absolute error, smooth where errors are small: `functional.smooth_l1_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
    beta : float
        Where the line begins, >= 0.

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.smooth_l1_loss` does.
    """

    def __init__(self, *, reduction: str = "mean", beta: float = 1.0) -> None:
        self.reduction = reduction
        self.beta = beta

    def forward(self, inputs: Tensor, targets: Any) -> Tensor:
        """(*), (*) -> (), or (*) without reduction."""
        return F.smooth_l1_loss(
            inputs, targets, reduction=self.reduction, beta=self.beta
        )


class GaussianNLLLoss(Module):
    """Likelihood of a predicted mean and variance: `functional.gaussian_nll_loss`.

    Parameters
    ----------
    full : bool
        Whether to add the constant that makes the loss a log-density.
    eps : float
        The least variance, >= 0.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.gaussian_nll_loss` does.
    """

    def __init__(
        self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
    ) -> None:
        self.full = full
        self.eps = eps
        self.reduction = reduction

    def forward(self, inputs: Tensor, targets: Any, var: Any) -> Tensor:
        """(*, D), (*, D), variances -> (), or (*, D) without reduction."""
        return F.gaussian_nll_loss(
            inputs, targets, var, full=self.full, eps=self.eps, reduction=self.reduction
        )
