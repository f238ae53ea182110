"""Decay to 0 along a power: PolynomialLR."""

from __future__ import annotations

from dlbook.optim.lr_scheduler.scheduler import FactorLR
from dlbook.optim.optimizer import Optimizer

__all__ = ["PolynomialLR"]


class PolynomialLR(FactorLR):
    r"""Let the rate fall to 0 along a power of the steps that remain.

    .. math:: \gamma_t = \gamma_0 \left(1 - \frac{\min(t, T)}{T}\right)^p

    Parameters
    ----------
    optimizer : Optimizer
    total_iters : int, at least 1
        T, in steps.
    power : float
        p, >= 0; 1 is a straight line.
    last_epoch : int, at least -1
        As in `LRScheduler`.

    Raises
    ------
    TypeError, ValueError
        If an option cannot be used. torch accepts 0 steps, and keeps the rate.

    Notes
    -----
    Like torch, each step multiplies the rate of now by the ratio of two factors.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
    ) -> None:
        self.require_count("total_iters", total_iters, 1)
        self.require_number("power", power)
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def change(self) -> float:
        """Return the ratio of this step's factor to the last one's."""
        remaining = self.total_iters - self.last_epoch
        if remaining < 0:
            return 1.0
        return (remaining / (remaining + 1)) ** self.power
