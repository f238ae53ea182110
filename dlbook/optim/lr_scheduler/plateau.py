"""A smaller rate when the loss stops falling: ReduceLROnPlateau."""

from __future__ import annotations

import math
from typing import SupportsFloat

from dlbook.optim.lr_scheduler.scheduler import LRScheduler
from dlbook.optim.optimizer import Optimizer

__all__ = ["ReduceLROnPlateau"]

MODES = ("min", "max")
THRESHOLD_MODES = ("rel", "abs")


class ReduceLROnPlateau(LRScheduler):
    r"""Multiply the rate by `factor` when a value has not improved for some epochs.

    Parameters
    ----------
    optimizer : Optimizer
    mode : {"min", "max"}
        Which values are better.
    factor : float
        In [0, 1).
    patience : int, at least 0
        Epochs in a row without improvement that are let pass; the next one reduces.
    threshold : float
        An improvement is a value less than best (1 - threshold), or with "abs" than
        best - threshold; in the mode "max", more than best (1 + threshold) or best +
        threshold. >= 0.
    threshold_mode : {"rel", "abs"}
        "rel" expects values that are not negative.
    cooldown : int, at least 0
        Epochs after a reduction in which none counts as bad.
    min_lr : float, or list of float with one for each group
        The lowest rate, >= 0.
    eps : float
        A reduction by no more than this, >= 0, is not made.

    Attributes
    ----------
    best : float
        The best value so far.
    num_bad_epochs : int
        Epochs in a row without improvement.
    cooldown_counter : int
        Epochs of rest that remain.

    Raises
    ------
    TypeError, ValueError
        If an option cannot be used. torch accepts any numbers.

    Notes
    -----
    A value of nan is no improvement. Reductions multiply the rate of now.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        self.optimizer = self._require_optimizer(optimizer)
        for name, value, values in (
            ("mode", mode, MODES),
            ("threshold_mode", threshold_mode, THRESHOLD_MODES),
        ):
            if value not in values:
                raise ValueError(
                    f"ReduceLROnPlateau: {name} must be one of {', '.join(values)}, "
                    f"got {value!r}"
                )
        self.require_number("factor", factor, 0, 1)
        if factor == 1:
            raise ValueError("ReduceLROnPlateau: factor must be less than 1, got 1")
        self.require_count("patience", patience, 0)
        self.require_number("threshold", threshold)
        self.require_count("cooldown", cooldown, 0)
        self.require_number("eps", eps)
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lrs = self.for_each_group("min_lr", min_lr)
        self.eps = eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        self.last_epoch = 0
        self._set_rates([group["lr"] for group in optimizer.param_groups])

    def step(self, metrics: SupportsFloat) -> None:  # type: ignore[override]
        """Look at the value of the epoch that has ended, and set the rates.

        Parameters
        ----------
        metrics : float
            For example the validation loss.
        """
        value = float(metrics)
        self.last_epoch += 1
        self.num_bad_epochs += 1
        if self._is_better(value):
            self.best, self.num_bad_epochs = value, 0
        if self.cooldown_counter:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        rates = [group["lr"] for group in self.optimizer.param_groups]
        if self.num_bad_epochs > self.patience:
            self.num_bad_epochs, self.cooldown_counter = 0, self.cooldown
            for i, (rate, least) in enumerate(zip(rates, self.min_lrs, strict=True)):
                lower = max(rate * self.factor, least)
                if rate - lower > self.eps:
                    rates[i] = lower
        self._set_rates(rates)

    def _is_better(self, value: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "rel":
            bound = self.best * (1 + sign * self.threshold)
        else:
            bound = self.best + sign * self.threshold
        return sign * value > sign * bound
