"""Half waves of a cosine: CosineAnnealingLR and CosineAnnealingWarmRestarts."""

from __future__ import annotations

import math
from typing import Any

from dlbook.optim.lr_scheduler.scheduler import FactorLR, LRScheduler
from dlbook.optim.optimizer import Optimizer

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]


class CosineAnnealingLR(FactorLR):
    r"""Let the rate fall to `eta_min` along half a wave of a cosine.

    .. math:: \gamma_t = \eta + \frac{\gamma_0 - \eta}{2}
        \left(1 + \cos \frac{\pi t}{T}\right)

    After step T it rises again, to :math:`\gamma_0` at step 2T.

    Parameters
    ----------
    optimizer : Optimizer
    T_max : int, at least 1
        T, in steps: half a period.
    eta_min : float
        :math:`\eta`, the lowest rate, >= 0.
    last_epoch : int, at least -1
        As in `LRScheduler`.

    Raises
    ------
    TypeError, ValueError
        If an option cannot be used. torch accepts any numbers.

    Notes
    -----
    Like torch, each step multiplies the distance of the rate of now from
    :math:`\eta`, so that other changes to the rate are kept; but what was changed is
    lost at step T, where that distance is 0.

    References
    ----------
    Loshchilov & Hutter (2017), SGDR, arXiv:1608.03983, equation 5, without restarts.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_max: int,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self.require_count("T_max", T_max, 1)
        self.require_number("eta_min", eta_min)
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates of now, moved on along the wave."""
        t, half, low = self.last_epoch, self.T_max, self.eta_min
        groups = self.optimizer.param_groups
        if (t - 1) % (2 * half) == half:  # the step before was the lowest
            rise = (1 - math.cos(math.pi / half)) / 2
            return [
                group["lr"] + (base - low) * rise
                for group, base in zip(groups, self.base_lrs, strict=True)
            ]
        height = 1 + math.cos(math.pi * t / half)
        height /= 1 + math.cos(math.pi * (t - 1) / half)
        return [height * (group["lr"] - low) + low for group in groups]


class CosineAnnealingWarmRestarts(LRScheduler):
    r"""Let the rate fall along half a wave of a cosine, jump back, and fall again.

    .. math:: \gamma_t = \eta + \frac{\gamma_0 - \eta}{2}
        \left(1 + \cos \frac{\pi T_{cur}}{T_i}\right)

    where :math:`T_{cur}` steps have passed since the last restart and the period
    :math:`T_i = T_0 \, T_{mult}^i` after the i-th restart.

    Parameters
    ----------
    optimizer : Optimizer
    T_0 : int, at least 1
        The first period, in steps.
    T_mult : int, at least 1
        The factor between one period and the next.
    eta_min : float
        :math:`\eta`, the lowest rate, >= 0.
    last_epoch : int, at least -1
        As in `LRScheduler`. torch goes wrong where it goes on beyond the second
        restart.

    Raises
    ------
    TypeError, ValueError
        If an option cannot be used. torch accepts any `eta_min`.

    References
    ----------
    Loshchilov & Hutter (2017), SGDR, arXiv:1608.03983, equation 5.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self.require_count("T_0", T_0, 1)
        self.require_count("T_mult", T_mult, 1)
        self.require_number("eta_min", eta_min)
        self.T_0 = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_i = T_0
        self.T_cur: float = 0
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates, from the initial ones."""
        share = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]

    def begin(self, epoch: int = 0) -> None:
        """Stand at a step, wherever in a period it lies."""
        self.step(epoch)

    def step(self, epoch: float | None = None) -> None:
        r"""Go to the next step, or to any, and set the rates.

        Parameters
        ----------
        epoch : float, at least 0, optional
            The step to go to. Fractions let the rate fall within epochs:
            ``scheduler.step(epoch + batch / batches)``.

        Raises
        ------
        TypeError, ValueError
            If it is no number, negative or not finite.
        """
        if epoch is None:
            self.last_epoch += 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        else:
            self.require_number("epoch", epoch)
            self.last_epoch = math.floor(epoch)
            self.T_i, self.T_cur = self._place(epoch)
        self._set_rates(self.get_lr())

    def _place(self, epoch: Any) -> tuple[int, float]:
        """Return the period that holds a step, and the steps since it began.

        Counted, not taken from a logarithm as in torch, which misses some restarts.
        """
        if self.T_mult == 1:
            return self.T_0, epoch % self.T_0
        period = self.T_0
        while epoch >= period:
            epoch -= period
            period *= self.T_mult
        return period, epoch
