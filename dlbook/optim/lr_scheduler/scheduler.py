"""LRScheduler: what every schedule of the learning rate shares."""

from __future__ import annotations

import copy
import math
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dlbook.optim.optimizer import Optimizer
from dlbook.optim.options import require_in_range

__all__ = ["FactorLR", "LRScheduler"]


class LRScheduler:
    r"""Base class of every schedule: the learning rate as a function of the step.

    A subclass defines `get_lr`. Making a scheduler sets the rates of step 0; every call
    of `step`, after the optimizer's own, sets those of the next. Whether a step is an
    epoch or a batch is the caller's choice.

    Parameters
    ----------
    optimizer : Optimizer
        Its groups' "lr" is what the schedule sets. Where a group has no "initial_lr"
        yet, that becomes the rate of now.
    last_epoch : int, at least -1
        -1 starts at step 0. n goes on at step n + 1 with an optimizer whose groups
        have their "initial_lr" and the rate of that step; `load_state_dict` does so
        with less to go wrong.

    Attributes
    ----------
    last_epoch : int
        The step whose rates are set, from 0.
    base_lrs : list of float
        The initial rate of every group.

    Raises
    ------
    TypeError
        If `optimizer` is no Optimizer, or an option has another type than it should.
    ValueError
        If an option is outside its range, or a group lacks "initial_lr" when
        `last_epoch` is not -1.

    Notes
    -----
    torch warns when the first `step` comes before the optimizer's, which skips the
    rate of step 0; nothing warns here.
    """

    unsaved: frozenset[str] = frozenset({"optimizer"})

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = self._require_optimizer(optimizer)
        self.require_count("last_epoch", last_epoch, -1)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise ValueError(
                    f"{type(self).__name__}: last_epoch={last_epoch} goes on with a "
                    f'schedule, but parameter group {i} has no "initial_lr"; load the '
                    "optimizer's state first, or leave last_epoch at -1"
                )
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self._last_lr: list[float] = []
        self.begin(last_epoch + 1)

    # --- the schedule ---------------------------------------------------------------

    def get_lr(self) -> list[float]:
        """Return the rate of every group at step `last_epoch`; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_lr()")

    def step(self) -> None:
        """Go to the next step and set its rates.

        Raises
        ------
        ValueError
            If parameter groups came in after the scheduler was made.
        """
        self.last_epoch += 1
        self._set_rates(self.get_lr())

    def begin(self, epoch: int = 0) -> None:
        """Stand at a step without having come from the one before."""
        self.last_epoch = epoch
        self._set_rates(self.get_lr())

    def restart(self) -> None:
        """Stand at step 0, from the initial rates, as a part of a `SequentialLR`."""
        self._set_rates(self.base_lrs)
        self.begin()

    def get_last_lr(self) -> list[float]:
        """Return the rate of every group as this scheduler last set it."""
        return list(self._last_lr)

    def _set_rates(self, rates: Sequence[float]) -> None:
        groups = self.optimizer.param_groups
        if len(rates) != len(groups):
            raise ValueError(
                f"{type(self).__name__}: made for {len(rates)} parameter groups, the "
                f"optimizer now has {len(groups)}"
            )
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = list(rates)

    # --- saving ---------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of everything but the optimizer, options included.

        Save the optimizer's state as well: it has the rates.
        """
        return {
            name: copy.deepcopy(value)
            for name, value in vars(self).items()
            if name not in self.unsaved
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over step and options from `state_dict`, or change nothing.

        The rates themselves are in the optimizer's state, as in torch.

        Parameters
        ----------
        state_dict : mapping
            As from `state_dict`, of a scheduler of the same class.

        Raises
        ------
        ValueError
            If it belongs to another kind of scheduler, or one of another number of
            parameter groups.
        """
        self.check_state(state_dict)
        self._take_over(copy.deepcopy(dict(state_dict)))

    def _take_over(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def check_state(self, state_dict: Mapping[str, Any]) -> None:
        """Raise ValueError unless `state_dict` fits."""
        own, kind = self.state_dict(), type(self).__name__
        missing, extra = set(own) - set(state_dict), set(state_dict) - set(own)
        if missing or extra:
            lists = {"missing": missing, "unexpected": extra}
            listed = "; ".join(
                f"{k}: {', '.join(sorted(v))}" for k, v in lists.items() if v
            )
            raise ValueError(f"load_state_dict: no state of a {kind} ({listed})")
        groups = len(state_dict["_last_lr"])
        if groups != len(self._last_lr):
            raise ValueError(
                f"load_state_dict: the state has {groups} parameter groups, "
                f"expected {len(self._last_lr)}"
            )

    def __repr__(self) -> str:
        hidden = self.unsaved | {"base_lrs", "_last_lr"}
        shown = {k: v for k, v in vars(self).items() if k not in hidden}
        options = ", ".join(f"{k}={v!r}" for k, v in shown.items())
        return f"{type(self).__name__}({options})"

    # --- checks of options ----------------------------------------------------------

    def _require_optimizer(self, optimizer: Any) -> Optimizer:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"{type(self).__name__}: optimizer must be an Optimizer, "
                f"got {type(optimizer).__name__}"
            )
        return optimizer

    def require_count(self, name: str, value: Any, least: int) -> None:
        """Raise TypeError or ValueError unless `value` is an int of at least `least`.

        Raises
        ------
        TypeError, ValueError
        """
        kind = type(self).__name__
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise TypeError(f"{kind}: {name} must be an int, got {value!r}")
        if value < least:
            raise ValueError(f"{kind}: {name} must be at least {least}, got {value}")

    def require_number(
        self, name: str, value: Any, low: float = 0, high: float = math.inf
    ) -> None:
        """Raise TypeError or ValueError unless `value` is a number in [low, high]."""
        require_in_range(f"{type(self).__name__}: {name}", value, low, high)

    def for_each_group(
        self, name: str, value: Any, low: float = 0, high: float = math.inf
    ) -> list[float]:
        """Return one number for every group, from one number or a list of them.

        Raises
        ------
        TypeError, ValueError
            If the length differs, or a number is outside [low, high].
        """
        groups = len(self.optimizer.param_groups)
        if not isinstance(value, list | tuple):
            self.require_number(name, value, low, high)
            return [value] * groups
        if len(value) != groups:
            raise ValueError(
                f"{type(self).__name__}: {name} has {len(value)} values for {groups} "
                "parameter groups"
            )
        for i, number in enumerate(value):
            self.require_number(f"{name}[{i}]", number, low, high)
        return list(value)


class FactorLR(LRScheduler):
    r"""Base class of schedules that multiply the rate of now by a factor.

    .. math:: \gamma_t = c_t \, \gamma_{t-1}

    Other changes to the rate, by another scheduler or by hand, are kept and multiplied
    too. A subclass defines `change`, which is :math:`c_t`.
    """

    def start(self) -> float:
        """Return the factor between the rate at step 0 and the initial rate."""
        return 1.0

    def change(self) -> float:
        """Return the factor from the rate of the step before to that of this step."""
        raise NotImplementedError(f"{type(self).__name__} does not define change()")

    def get_lr(self) -> list[float]:
        """Return the rates of now, multiplied."""
        change = self.change()
        return [group["lr"] * change for group in self.optimizer.param_groups]

    def begin(self, epoch: int = 0) -> None:
        """Multiply by the first factor; at a later step the rates already have it."""
        self.last_epoch = epoch
        start = self.start() if epoch == 0 else 1.0
        self._set_rates([g["lr"] * start for g in self.optimizer.param_groups])


def own_state(function: Callable[..., Any]) -> dict[str, Any] | None:
    """Return the attributes of a callable object; None for a plain function."""
    if isinstance(function, types.FunctionType):
        return None
    return copy.deepcopy(getattr(function, "__dict__", {}))
