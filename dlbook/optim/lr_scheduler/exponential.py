"""Exponential decay: ExponentialLR."""

from __future__ import annotations

from dlbook.optim.lr_scheduler.scheduler import FactorLR
from dlbook.optim.optimizer import Optimizer

__all__ = ["ExponentialLR"]


class ExponentialLR(FactorLR):
    r"""Multiply the rate by `gamma` at every step.

    .. math:: \gamma_t = \gamma_0 \, g^t

    The rate halves every :math:`\ln 2 / \ln(1/g)` steps: with g = 0.9, every 6.6.

    Parameters
    ----------
    optimizer : Optimizer
    gamma : float
        g, >= 0; above 1 the rate grows.
    last_epoch : int, at least -1
        As in `LRScheduler`.

    Raises
    ------
    TypeError, ValueError
        If an option cannot be used. torch accepts any number.
    """

    def __init__(
        self, optimizer: Optimizer, gamma: float, last_epoch: int = -1
    ) -> None:
        self.require_number("gamma", gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def change(self) -> float:
        """Return `gamma`."""
        return self.gamma
