"""Up and down between two rates: CyclicLR."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlbook.optim.lr_scheduler.momentum import require_momentum, set_momentum
from dlbook.optim.lr_scheduler.scheduler import LRScheduler, own_state
from dlbook.optim.optimizer import Optimizer

__all__ = ["CyclicLR"]

MODES = ("triangular", "triangular2", "exp_range")
SCALE_MODES = ("cycle", "iterations")


class CyclicLR(LRScheduler):
    r"""Let the rate go up and down between two bounds along straight lines.

    .. math::
        \gamma_t &= \gamma_{base} + (\gamma_{max} - \gamma_{base}) \, h_t \, a \\
        h_t &= \begin{cases} r / u & r \le u \\ (u + d - r) / d & r > u \end{cases}
        \qquad r = t \bmod (u + d)

    The momentum, if it is cycled, is
    :math:`\mu_t = \mu_{max} - (\mu_{max} - \mu_{base}) \, h_t \, a`: low where the
    rate is high.

    Parameters
    ----------
    optimizer : Optimizer
    base_lr, max_lr : float, or list of float with one for each group
        :math:`\gamma_{base}` and :math:`\gamma_{max}`, >= 0.
    step_size_up : int, at least 1
        u, in steps.
    step_size_down : int, at least 1, optional
        d, in steps; by default u.
    mode : {"triangular", "triangular2", "exp_range"}
        The scale a: 1, or :math:`2^{1-c}` in cycle c = 1, 2, ..., or
        :math:`g^t`. Not used with `scale_fn`.
    gamma : float
        g, >= 0.
    scale_fn : callable, optional
        a, as a function of the cycle or of the step.
    scale_mode : {"cycle", "iterations"}
        What `scale_fn` is given: c or t.
    cycle_momentum : bool
        Whether to cycle the momentum as well: of Adam and its kin, the first beta.
    base_momentum, max_momentum : float, or list of float with one for each group
        :math:`\mu_{base}` and :math:`\mu_{max}`, in [0, 1].
    last_epoch : int, at least -1
        As in `LRScheduler`.

    Raises
    ------
    TypeError, ValueError
        If an option cannot be used, or the optimizer has no momentum to cycle. torch
        accepts any numbers, and any `scale_mode`.

    Notes
    -----
    A rate that something else set is overwritten. Unlike torch, groups keep only
    their "initial_lr", and no bounds of the momentum.

    References
    ----------
    Smith (2017), Cyclical learning rates for training neural networks,
    arXiv:1506.01186, section 3.
    """

    unsaved = frozenset({"optimizer", "scale_fn"})

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[int], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = self._require_optimizer(optimizer)
        base_lrs = self.for_each_group("base_lr", base_lr)
        self.max_lrs = self.for_each_group("max_lr", max_lr)
        self.require_count("step_size_up", step_size_up, 1)
        self.step_size_up = step_size_up
        self.step_size_down = step_size_up if step_size_down is None else step_size_down
        self.require_count("step_size_down", self.step_size_down, 1)
        for name, value, values in (
            ("mode", mode, MODES),
            ("scale_mode", scale_mode, SCALE_MODES),
        ):
            if value not in values:
                raise ValueError(
                    f"CyclicLR: {name} must be one of {', '.join(values)}, "
                    f"got {value!r}"
                )
        if not (scale_fn is None or callable(scale_fn)):
            raise TypeError(f"CyclicLR: scale_fn must be callable, got {scale_fn!r}")
        self.require_number("gamma", gamma)
        self.mode = mode
        self.gamma = gamma
        self.scale_fn = scale_fn
        self.scale_mode = scale_mode
        self.cycle_momentum = cycle_momentum
        self.base_momentums = self.for_each_group("base_momentum", base_momentum, 0, 1)
        self.max_momentums = self.for_each_group("max_momentum", max_momentum, 0, 1)
        if cycle_momentum:
            require_momentum("CyclicLR", optimizer)
        if last_epoch == -1:
            for group, base in zip(optimizer.param_groups, base_lrs, strict=True):
                group["lr"] = base
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs  # another scheduler may have set "initial_lr"
        self.begin(self.last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates; set the momentum."""
        cycle, place = divmod(self.last_epoch, self.step_size_up + self.step_size_down)
        height = place / self.step_size_up
        if place > self.step_size_up:
            height = 1 - (place - self.step_size_up) / self.step_size_down
        height *= self._scale(cycle + 1)
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, strict=True)
            momentums = [high - (high - low) * height for low, high in bounds]
            set_momentum(self.optimizer, momentums)
        bounds = zip(self.base_lrs, self.max_lrs, strict=True)
        return [low + (high - low) * height for low, high in bounds]

    def _scale(self, cycle: int) -> float:
        if self.scale_fn is not None:
            return self.scale_fn(
                cycle if self.scale_mode == "cycle" else self.last_epoch
            )
        if self.mode == "triangular2":
            return 2.0 ** (1 - cycle)
        return self.gamma**self.last_epoch if self.mode == "exp_range" else 1.0

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of everything but the optimizer and a function.

        Of a `scale_fn` that is an object, the attributes are saved.
        """
        scale = None if self.scale_fn is None else own_state(self.scale_fn)
        return {**super().state_dict(), "scale_fn": scale}

    def _take_over(self, state: dict[str, Any]) -> None:
        scale = state.pop("scale_fn")
        if scale is not None:
            vars(self.scale_fn).update(scale)
        super()._take_over(state)
