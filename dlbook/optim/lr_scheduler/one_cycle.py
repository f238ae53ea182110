"""One rise and one long fall: OneCycleLR."""

from __future__ import annotations

import math
from bisect import bisect_left

from dlbook.optim.lr_scheduler.momentum import require_momentum, set_momentum
from dlbook.optim.lr_scheduler.scheduler import LRScheduler
from dlbook.optim.optimizer import Optimizer

__all__ = ["OneCycleLR"]

STRATEGIES = ("cos", "linear")


class OneCycleLR(LRScheduler):
    r"""Let the rate rise to a high value once, and fall far below where it began.

    With T steps in all and a share p of them for the rise, the rate moves

    =====  ==============  ===============================  ===========
    phase  until step      rate                             momentum
    =====  ==============  ===============================  ===========
    rise   :math:`pT - 1`  initial to :math:`\gamma_{max}`  max to base
    fall   :math:`T - 1`   :math:`\gamma_{max}` to final    base to max
    =====  ==============  ===============================  ===========

    where the initial rate is :math:`\gamma_{max}` / `div_factor` and the final rate the
    initial one / `final_div_factor`. With three phases, a fall to the initial rate
    until step :math:`2pT - 2` mirrors the rise, and the rest falls to the final rate at
    the highest momentum. A share q of a phase having passed, a value on its way from a
    to b is

    .. math:: b + \frac{a - b}{2} (1 + \cos \pi q)
        \quad \text{or} \quad a + (b - a) q .

    Parameters
    ----------
    optimizer : Optimizer
    max_lr : float, or list of float with one for each group
        :math:`\gamma_{max}`, >= 0.
    total_steps : int, at least 1, optional
        T. Or give both `epochs` and `steps_per_epoch`.
    epochs, steps_per_epoch : int, at least 1, optional
        T is their product.
    pct_start : float
        p, in [0, 1]; with three phases at most 0.5.
    anneal_strategy : {"cos", "linear"}
        Which way values move.
    cycle_momentum : bool
        Whether to cycle the momentum as well: of Adam and its kin, the first beta.
    base_momentum, max_momentum : float, or list of float with one for each group
        The lowest and the highest momentum, in [0, 1].
    div_factor, final_div_factor : float
        Greater than 0.
    three_phase : bool
        Whether the fall has two parts.
    last_epoch : int, at least -1
        As in `LRScheduler`.

    Raises
    ------
    TypeError, ValueError
        If an option cannot be used, the number of steps is given twice or not at all,
        or the optimizer has no momentum to cycle.

    Notes
    -----
    "initial_lr" of the groups becomes the initial rate. A rate that something else set
    is overwritten. Differences from torch: the rate after step T - 1 stays, where torch
    goes on along the curve, which with "linear" leads below 0; a phase without length
    is passed over, where torch divides by 0; the groups do not keep the bounds; with
    both `total_steps` and `epochs`, torch takes the former.

    References
    ----------
    Smith & Topin (2019), Super-convergence, arXiv:1708.07120. The paper's cycle is of
    straight lines, with three phases; two phases along cosines are from fastai.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = self._require_optimizer(optimizer)
        self.max_lrs = self.for_each_group("max_lr", max_lr)
        self.total_steps = self._steps(total_steps, epochs, steps_per_epoch)
        self.require_number("pct_start", pct_start, 0, 0.5 if three_phase else 1)
        if anneal_strategy not in STRATEGIES:
            raise ValueError(
                f"OneCycleLR: anneal_strategy must be one of {', '.join(STRATEGIES)}, "
                f"got {anneal_strategy!r}"
            )
        for name, value in (
            ("div_factor", div_factor),
            ("final_div_factor", final_div_factor),
        ):
            self.require_number(name, value)
            if value == 0:
                raise ValueError(f"OneCycleLR: {name} must be greater than 0, got 0")
        self.pct_start = pct_start
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.base_momentums = self.for_each_group("base_momentum", base_momentum, 0, 1)
        self.max_momentums = self.for_each_group("max_momentum", max_momentum, 0, 1)
        self.div_factor = div_factor
        self.final_div_factor = final_div_factor
        self.three_phase = three_phase
        if cycle_momentum:
            require_momentum("OneCycleLR", optimizer)
        if last_epoch == -1:
            for group, highest in zip(
                optimizer.param_groups, self.max_lrs, strict=True
            ):
                group["initial_lr"] = highest / div_factor
        super().__init__(optimizer, last_epoch)

    def _steps(
        self, total: int | None, epochs: int | None, steps_per_epoch: int | None
    ) -> int:
        if total is None and epochs is not None and steps_per_epoch is not None:
            self.require_count("epochs", epochs, 1)
            self.require_count("steps_per_epoch", steps_per_epoch, 1)
            return epochs * steps_per_epoch
        if total is None or epochs is not None or steps_per_epoch is not None:
            raise ValueError(
                "OneCycleLR: give either total_steps or both epochs and "
                f"steps_per_epoch; got total_steps={total}, epochs={epochs}, "
                f"steps_per_epoch={steps_per_epoch}"
            )
        self.require_count("total_steps", total, 1)
        return total

    def get_lr(self) -> list[float]:
        """Return the rates; set the momentum.

        Raises
        ------
        ValueError
            If the schedule is over: at step T + 1.
        """
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"OneCycleLR: step {self.last_epoch} of a schedule of "
                f"{self.total_steps} steps"
            )
        highest = self.max_lrs
        first = [rate / self.div_factor for rate in highest]
        last = [rate / self.final_div_factor for rate in first]
        fast, slow = self.max_momentums, self.base_momentums
        rise = self.pct_start * self.total_steps - 1
        phases = [(rise, first, highest, fast, slow)]
        if self.three_phase:
            phases.append((2 * rise, highest, first, slow, fast))
            phases.append((self.total_steps - 1, first, last, fast, fast))
        else:
            phases.append((self.total_steps - 1, highest, last, slow, fast))
        step = min(self.last_epoch, self.total_steps - 1)
        ends = [phase[0] for phase in phases]  # the last one is the last step
        now = bisect_left(ends, step)
        begin = ends[now - 1] if now else 0.0
        end, rate_from, rate_to, momentum_from, momentum_to = phases[now]
        share = (step - begin) / (end - begin) if end != begin else 1.0
        if self.cycle_momentum:
            momentums = self._between(momentum_from, momentum_to, share)
            set_momentum(self.optimizer, momentums)
        return self._between(rate_from, rate_to, share)

    def _between(
        self, starts: list[float], ends: list[float], share: float
    ) -> list[float]:
        pairs = zip(starts, ends, strict=True)
        if self.anneal_strategy == "linear":
            return [start + (end - start) * share for start, end in pairs]
        remaining = (1 + math.cos(math.pi * share)) / 2
        return [end + (start - end) * remaining for start, end in pairs]
