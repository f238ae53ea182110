"""A smaller rate for the first steps: ConstantLR and LinearLR."""

from __future__ import annotations

from dlbook.optim.lr_scheduler.scheduler import FactorLR
from dlbook.optim.optimizer import Optimizer

__all__ = ["ConstantLR", "LinearLR"]


class ConstantLR(FactorLR):
    r"""Multiply the rate by `factor` for the first `total_iters` steps.

    .. math:: \gamma_t = \gamma_0 \cdot (f \text{ if } t < T \text{ else } 1)

    Parameters
    ----------
    optimizer : Optimizer
    factor : float
        f, in (0, 1].
    total_iters : int, at least 1
        T, in steps.
    last_epoch : int, at least -1
        As in `LRScheduler`. Going on at step T, torch divides the rate, which is
        already whole, by f.

    Raises
    ------
    TypeError, ValueError
        If an option cannot be used. torch accepts a factor of 0, and divides by it at
        step T, and 0 steps, after which the factor stays for good.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.require_number("factor", factor, 0, 1)
        if factor == 0:
            raise ValueError("ConstantLR: factor must be greater than 0, got 0")
        self.require_count("total_iters", total_iters, 1)
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def start(self) -> float:
        """Return `factor`."""
        return self.factor

    def change(self) -> float:
        """Return 1 / `factor` at step `total_iters`, else 1."""
        return 1.0 / self.factor if self.last_epoch == self.total_iters else 1.0


class LinearLR(FactorLR):
    r"""Let a factor of the rate move along a line: warm-up, or decay to 0.

    .. math:: \gamma_t = \gamma_0 \, f_t, \quad
        f_t = s + (e - s) \, \frac{\min(t, T)}{T}

    Parameters
    ----------
    optimizer : Optimizer
    start_factor : float
        s, in (0, 1].
    end_factor : float
        e, in [0, 1].
    total_iters : int, at least 1
        T, in steps.
    last_epoch : int, at least -1
        As in `LRScheduler`.

    Raises
    ------
    TypeError, ValueError
        If an option cannot be used. torch accepts 0 steps, and stays at the start.

    Notes
    -----
    Like torch, each step multiplies the rate of now by :math:`f_t / f_{t-1}`.

    References
    ----------
    Warm-up to a rate that would diverge at once: Goyal et al. (2017),
    arXiv:1706.02677, section 2.2.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.require_number("start_factor", start_factor, 0, 1)
        if start_factor == 0:
            raise ValueError("LinearLR: start_factor must be greater than 0, got 0")
        self.require_number("end_factor", end_factor, 0, 1)
        self.require_count("total_iters", total_iters, 1)
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def start(self) -> float:
        """Return `start_factor`."""
        return self.start_factor

    def change(self) -> float:
        """Return the ratio of this step's factor to the last one's."""
        if self.last_epoch > self.total_iters:
            return 1.0
        rise = self.end_factor - self.start_factor  # times T, as are both factors
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * rise
        return 1.0 + rise / before
