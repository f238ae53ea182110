"""Rates that fall in steps: StepLR and MultiStepLR."""

from __future__ import annotations

from collections.abc import Iterable

from dlbook.optim.lr_scheduler.scheduler import FactorLR
from dlbook.optim.optimizer import Optimizer

__all__ = ["MultiStepLR", "StepLR"]


class StepLR(FactorLR):
    r"""Multiply the rate by `gamma` every `step_size` steps.

    .. math:: \gamma_t = \gamma_0 \, g^{\lfloor t / s \rfloor}

    unless something else changes the rate as well; then its value at t is kept and
    multiplied by g at every multiple of s.

    Parameters
    ----------
    optimizer : Optimizer
    step_size : int, at least 1
        s, in steps.
    gamma : float
        g, >= 0.
    last_epoch : int, at least -1
        As in `LRScheduler`. Going on at a multiple of `step_size`, torch multiplies
        the rate, which already has the factor, once more.

    Raises
    ------
    TypeError, ValueError
        If an option cannot be used. torch accepts any numbers.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        step_size: int,
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.require_count("step_size", step_size, 1)
        self.require_number("gamma", gamma)
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def change(self) -> float:
        """Return `gamma` at every multiple of `step_size`, else 1."""
        return 1.0 if self.last_epoch % self.step_size else self.gamma


class MultiStepLR(FactorLR):
    r"""Multiply the rate by `gamma` at every milestone.

    .. math:: \gamma_t = \gamma_0 \, g^{\#\{m \le t\}}

    where m runs over the milestones; a milestone given twice counts twice.

    Parameters
    ----------
    optimizer : Optimizer
    milestones : iterable of int
        m, each at least 0, in steps, in any order.
    gamma : float
        g, >= 0.
    last_epoch : int, at least -1
        As in `LRScheduler`. Going on at a milestone, torch multiplies the rate, which
        already has the factor, once more.

    Raises
    ------
    TypeError, ValueError
        If an option cannot be used. torch accepts any numbers.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        if isinstance(milestones, str) or not isinstance(milestones, Iterable):
            raise TypeError(
                "MultiStepLR: milestones must be an iterable of ints, "
                f"got {milestones!r}"
            )
        milestones = list(milestones)
        for i, milestone in enumerate(milestones):
            self.require_count(f"milestones[{i}]", milestone, 0)
        self.require_number("gamma", gamma)
        self.milestones = sorted(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def start(self) -> float:
        """Return the factor of milestones at 0."""
        return self.change()

    def change(self) -> float:
        """Return `gamma` to the number of milestones at this step."""
        return self.gamma ** self.milestones.count(self.last_epoch)
