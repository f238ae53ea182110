"""Schedules made of schedules: SequentialLR and ChainedScheduler."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from dlbook.optim.lr_scheduler.plateau import ReduceLROnPlateau
from dlbook.optim.lr_scheduler.scheduler import LRScheduler
from dlbook.optim.optimizer import Optimizer

__all__ = ["ChainedScheduler", "SequentialLR"]


class ComposedLR(LRScheduler):
    """Base class of a schedule made of others, all for one optimizer."""

    unsaved = frozenset({"optimizer", "schedulers"})

    def __init__(self, optimizer: Any, schedulers: Sequence[LRScheduler]) -> None:
        kind = type(self).__name__
        if not isinstance(schedulers, list | tuple):
            raise TypeError(
                f"{kind}: schedulers must be a list, got {type(schedulers).__name__}"
            )
        if not schedulers:
            raise ValueError(f"{kind}: schedulers is empty")
        for i, scheduler in enumerate(schedulers):
            if not isinstance(scheduler, LRScheduler):
                raise TypeError(
                    f"{kind}: schedulers[{i}] must be an LRScheduler, "
                    f"got {type(scheduler).__name__}"
                )
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{kind}: schedulers[{i}] is a ReduceLROnPlateau, whose step needs "
                    "a loss; step it on its own"
                )
        optimizer = schedulers[0].optimizer if optimizer is None else optimizer
        self.optimizer = self._require_optimizer(optimizer)
        for i, scheduler in enumerate(schedulers):
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"{kind}: schedulers[{i}] belongs to another optimizer"
                )
        self.schedulers = list(schedulers)
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = 0
        self._note_rates()

    def _note_rates(self) -> None:
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of everything but the optimizer, of every part too."""
        parts = [scheduler.state_dict() for scheduler in self.schedulers]
        return {**super().state_dict(), "schedulers": parts}

    def _take_over(self, state: dict[str, Any]) -> None:
        parts = state.pop("schedulers")
        for scheduler, part in zip(self.schedulers, parts, strict=True):
            scheduler.load_state_dict(part)
        super()._take_over(state)

    def check_state(self, state_dict: Mapping[str, Any]) -> None:
        """Raise ValueError unless `state_dict` fits, part by part."""
        super().check_state(state_dict)
        parts = state_dict["schedulers"]
        if len(parts) != len(self.schedulers):
            raise ValueError(
                f"load_state_dict: the state has {len(parts)} schedulers, "
                f"expected {len(self.schedulers)}"
            )
        for scheduler, part in zip(self.schedulers, parts, strict=True):
            scheduler.check_state(part)


class SequentialLR(ComposedLR):
    r"""Follow one schedule after another, for example a warm-up and a cosine.

    The schedule in force at step t is the one after the last milestone :math:`\le t`.
    At its milestone a schedule stands at its own step 0, from the initial rates.

    Parameters
    ----------
    optimizer : Optimizer
    schedulers : list of LRScheduler
        All of this optimizer. Making each of them changed the rates, which start anew
        here.
    milestones : list of int
        The steps at which the second, third, ... takes over: at least 1 and in order,
        one fewer than `schedulers`.

    Raises
    ------
    TypeError, ValueError
        If the numbers of schedulers and milestones do not fit, one belongs to another
        optimizer, or is a `ReduceLROnPlateau`. torch accepts milestones in any order,
        and then leaves parts out.

    Notes
    -----
    A part may itself be a SequentialLR or a ChainedScheduler: it starts at its own step
    0, too. In torch, a SequentialLR that comes first changes one step early, the parts
    of a ChainedScheduler that comes first make one step too many, and as later parts
    both raise errors. torch's argument `last_epoch`, which moves its milestones and not
    the parts, is left out: use `load_state_dict`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: list[LRScheduler],
        milestones: list[int],
    ) -> None:
        self._require_optimizer(optimizer)
        if not isinstance(milestones, list | tuple):
            raise TypeError(
                f"SequentialLR: milestones must be a list, got {milestones!r}"
            )
        if isinstance(schedulers, list | tuple) and len(schedulers) != (
            len(milestones) + 1
        ):
            raise ValueError(
                "SequentialLR: there must be one milestone between two schedulers, "
                f"got {len(schedulers)} schedulers and {len(milestones)} milestones"
            )
        for i, milestone in enumerate(milestones):
            least = milestones[i - 1] + 1 if i else 1
            self.require_count(f"milestones[{i}]", milestone, least)
        self.milestones = list(milestones)
        super().__init__(optimizer, schedulers)
        self.begin()

    def begin(self, epoch: int = 0) -> None:
        """Start the first schedule, from the initial rates."""
        self.last_epoch = epoch
        self._set_rates(self.base_lrs)
        self.schedulers[0].begin()
        self._note_rates()

    def step(self) -> None:
        """Go to the next step, of the schedule in force."""
        self.last_epoch += 1
        part = bisect_right(self.milestones, self.last_epoch)
        if self.last_epoch in self.milestones:
            self.schedulers[part].restart()
        else:
            self.schedulers[part].step()
        self._note_rates()


class ChainedScheduler(ComposedLR):
    r"""Follow several schedules at once, each changing what the one before it set.

    Schedules that multiply the rate of now combine to the product of their factors:
    `StepLR`, `MultiStepLR`, `ConstantLR`, `LinearLR`, `ExponentialLR`, `PolynomialLR`
    and `MultiplicativeLR`. Those that compute it from the initial rates, `LambdaLR`,
    `CyclicLR`, `OneCycleLR` and `CosineAnnealingWarmRestarts`, overwrite what came
    before them.

    Parameters
    ----------
    schedulers : list of LRScheduler
        All of one optimizer.
    optimizer : Optimizer, optional
        By default that of the first.

    Raises
    ------
    TypeError, ValueError
        If there is none, they belong to several optimizers, or one is a
        `ReduceLROnPlateau`.
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        super().__init__(optimizer, schedulers)

    def begin(self, epoch: int = 0) -> None:
        """Start all schedules anew; being made has started them already."""
        self.last_epoch = epoch
        for scheduler in self.schedulers:
            scheduler.begin()
        self._note_rates()

    def step(self) -> None:
        """Go to the next step of every schedule."""
        self.last_epoch += 1
        for scheduler in self.schedulers:
            scheduler.step()
        self._note_rates()
