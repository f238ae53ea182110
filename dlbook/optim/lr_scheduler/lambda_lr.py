"""Any function of the step: LambdaLR and MultiplicativeLR."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dlbook.optim.lr_scheduler.scheduler import LRScheduler, own_state
from dlbook.optim.optimizer import Optimizer

__all__ = ["LambdaLR", "MultiplicativeLR"]

Factor = Callable[[int], float]


class LambdaLR(LRScheduler):
    r"""Multiply the initial rate by a function of the step.

    .. math:: \gamma_t = \gamma_0 \, \lambda(t)

    Parameters
    ----------
    optimizer : Optimizer
    lr_lambda : callable, or sequence of callables with one for each group
        :math:`\lambda`, which takes the step and returns a number.
    last_epoch : int, at least -1
        As in `LRScheduler`.

    Raises
    ------
    TypeError
        If something is not callable, which torch finds out when it is called.
    ValueError
        If there are more or fewer functions than groups.

    Notes
    -----
    A rate that something else set is overwritten.
    """

    unsaved = frozenset({"optimizer", "lr_lambdas"})

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Factor | Sequence[Factor],
        last_epoch: int = -1,
    ) -> None:
        kind = type(self).__name__
        groups = len(self._require_optimizer(optimizer).param_groups)
        several = isinstance(lr_lambda, list | tuple)
        self.lr_lambdas = list(lr_lambda) if several else [lr_lambda] * groups
        if len(self.lr_lambdas) != groups:
            raise ValueError(
                f"{kind}: lr_lambda has {len(self.lr_lambdas)} functions for {groups} "
                "parameter groups"
            )
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"{kind}: lr_lambda must be callable, got {function!r}")
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the initial rates, multiplied."""
        return [
            base * function(self.last_epoch)
            for base, function in zip(self.base_lrs, self.lr_lambdas, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of everything but the optimizer and plain functions.

        Of functions that are objects, the attributes are saved.
        """
        states = [own_state(function) for function in self.lr_lambdas]
        return {**super().state_dict(), "lr_lambdas": states}

    def _take_over(self, state: dict[str, Any]) -> None:
        states = state.pop("lr_lambdas")
        for function, saved in zip(self.lr_lambdas, states, strict=True):
            if saved is not None:
                vars(function).update(saved)
        super()._take_over(state)


class MultiplicativeLR(LambdaLR):
    r"""Multiply the rate of now by a function of the step.

    .. math:: \gamma_t = \lambda(t) \, \gamma_{t-1}
        \qquad t = 1, 2, \ldots

    Parameters
    ----------
    optimizer : Optimizer
    lr_lambda : callable, or sequence of callables with one for each group
        :math:`\lambda`, which takes the step and returns a number.
    last_epoch : int, at least -1
        As in `LRScheduler`.

    Raises
    ------
    TypeError
        If something is not callable.
    ValueError
        If there are more or fewer functions than groups.

    Notes
    -----
    Other changes to the rate are kept. As a later part of a `SequentialLR` it goes on
    from the rate of now, multiplied by :math:`\lambda(0)`, like torch.
    """

    def get_lr(self) -> list[float]:
        """Return the rates of now, multiplied."""
        return [
            group["lr"] * function(self.last_epoch)
            for group, function in zip(
                self.optimizer.param_groups, self.lr_lambdas, strict=True
            )
        ]

    def begin(self, epoch: int = 0) -> None:
        """Keep the rates."""
        self.last_epoch = epoch
        self._set_rates([group["lr"] for group in self.optimizer.param_groups])

    def restart(self) -> None:
        """Go on from the rates of now."""
        self.last_epoch = 0
        self._set_rates(self.get_lr())
