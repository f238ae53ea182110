"""Loss scaling: small gradients are lifted into the range of a narrow format.

A gradient below the smallest number of float16 becomes 0, and is lost. The loss is
therefore multiplied by a scale S; by the chain rule every gradient is too. Before the
optimizer sees them, the gradients are divided by S, in float32. If S was too large and
a gradient is not finite, the step is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim import Optimizer

__all__ = ["GradScaler", "LossScaler"]


class LossScaler:
    """Multiply the loss by a constant, and divide the gradients by it.

    One training step::

        scaler.scale(loss).backward()
        scaler.step(optimizer)  # divides the gradients, unless unscale_ has done so
        scaler.update()

    Parameters
    ----------
    scale : float, positive
        S. A power of two changes no digit of a gradient. At a scale of 1 nothing is
        scaled, but a step with gradients that are not finite is still left out.

    Attributes
    ----------
    skipped_steps : int
        How many steps were left out.

    Raises
    ------
    ValueError
        If the scale is not positive and finite.

    References
    ----------
    Micikevicius et al. (2018), "Mixed precision training", arXiv:1710.03740, section
    3.2: scaling by a constant, and leaving out a step that overflowed.
    """

    def __init__(self, scale: float = 1024.0) -> None:
        self._scale = _positive("scale", scale)
        self.skipped_steps = 0
        self._not_finite: dict[int, bool] = {}  # by optimizer, since the last update
        self._stepped: set[int] = set()

    def get_scale(self) -> float:
        """Return S."""
        return self._scale

    def scale(self, loss: Tensor) -> Tensor:
        """Return S times the loss, whose `backward` gives S times every gradient."""
        return loss * self._scale

    def unscale_(self, optimizer: Optimizer) -> None:
        """Divide the gradients by S now: to clip them, or to look at them.

        Raises
        ------
        RuntimeError
            If it has been done since the last `update`, or the step is over.
        """
        key = id(optimizer)
        if key in self._stepped:
            raise RuntimeError("unscale_() is being called after step()")
        if key in self._not_finite:
            raise RuntimeError(
                "unscale_() has already been called on this optimizer since the last "
                "update()"
            )
        finite = True
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    finite = finite and bool(np.isfinite(parameter.grad).all())
                    parameter.grad = parameter.grad * (1.0 / self._scale)
        self._not_finite[key] = not finite

    def step(self, optimizer: Optimizer) -> bool:
        """Let the optimizer make its step, unless a gradient is infinite or NaN.

        Returns
        -------
        bool
            Whether the step was made.

        Raises
        ------
        RuntimeError
            If the step has been made since the last `update`.
        """
        key = id(optimizer)
        if key in self._stepped:
            raise RuntimeError("step() has already been called since the last update()")
        if key not in self._not_finite:
            self.unscale_(optimizer)
        self._stepped.add(key)
        if self._not_finite[key]:
            self.skipped_steps += 1
            return False
        optimizer.step()
        return True

    def update(self) -> None:
        """End the step; the scale stays.

        Raises
        ------
        RuntimeError
            If there was no `step` or `unscale_` since the last call.
        """
        if not self._not_finite:
            raise RuntimeError("update() needs a step() or unscale_() before it")
        self._adapt(any(self._not_finite.values()))
        self._not_finite, self._stepped = {}, set()

    def _adapt(self, overflowed: bool) -> None:
        """Change the scale: not here."""

    def state_dict(self) -> dict[str, Any]:
        """Return the scale."""
        return {"scale": self._scale}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take the scale over.

        Raises
        ------
        KeyError, ValueError
            If there is none, or it is not positive and finite.
        """
        self._scale = _positive("scale", state_dict["scale"])


class GradScaler(LossScaler):
    """Find the scale while training, by the rule of ``torch.amp.GradScaler``.

    After a step that overflowed, S is multiplied by `backoff_factor`. After
    `growth_interval` steps in a row that did not, S is multiplied by `growth_factor`,
    unless it would be infinite in float32.

    Parameters
    ----------
    init_scale : float, positive
    growth_factor : float, greater than 1
    backoff_factor : float, between 0 and 1
    growth_interval : int, at least 1
        In steps.

    Raises
    ------
    ValueError
        If a number is outside its range.

    References
    ----------
    Micikevicius et al. (2018), arXiv:1710.03740, leaves out the step of an overflow in
    section 3.2 and names a scale that rises and falls as future work in section 5; the
    rule and its numbers are torch's.
    """

    def __init__(
        self,
        init_scale: float = 65536.0,
        *,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
    ) -> None:
        super().__init__(_positive("init_scale", init_scale))
        if not 1 < growth_factor < np.inf:
            raise ValueError(f"growth_factor must be above 1, got {growth_factor}")
        if not 0 < backoff_factor < 1:
            raise ValueError(
                f"backoff_factor must be between 0 and 1, got {backoff_factor}"
            )
        if growth_interval < 1:
            raise ValueError(f"growth_interval must be at least 1: {growth_interval}")
        self.growth_factor, self.backoff_factor = growth_factor, backoff_factor
        self.growth_interval = growth_interval
        self._growth_tracker = 0  # steps without overflow, in a row

    def _adapt(self, overflowed: bool) -> None:
        if overflowed:
            self._scale = _single(self._scale * self.backoff_factor)
            self._growth_tracker = 0
            return
        self._growth_tracker += 1
        if self._growth_tracker == self.growth_interval:
            grown = _single(self._scale * self.growth_factor)
            self._scale = grown if np.isfinite(grown) else self._scale
            self._growth_tracker = 0

    def state_dict(self) -> dict[str, Any]:
        """Return what `load_state_dict` takes: the keys are torch's."""
        return {
            "scale": self._scale,
            "growth_factor": self.growth_factor,
            "backoff_factor": self.backoff_factor,
            "growth_interval": self.growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over scale, rule and the number of good steps, also from torch.

        Raises
        ------
        KeyError
            If one is missing; nothing is changed then.
        ValueError
            If a number is outside its range; nothing is changed then.
        """
        new = GradScaler(
            state_dict["scale"],
            growth_factor=state_dict["growth_factor"],
            backoff_factor=state_dict["backoff_factor"],
            growth_interval=state_dict["growth_interval"],
        )
        tracker = state_dict["_growth_tracker"]
        if not 0 <= tracker < new.growth_interval:
            raise ValueError(
                f"_growth_tracker must be from 0 to {new.growth_interval - 1}, "
                f"got {tracker}"
            )
        for name in ("_scale", "growth_factor", "backoff_factor", "growth_interval"):
            setattr(self, name, getattr(new, name))
        self._growth_tracker = tracker


def _positive(name: str, value: float) -> float:
    if not 0 < value < np.inf:
        raise ValueError(f"{name} must be positive and finite, got {value}")
    return float(value)


def _single(value: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.float32(value))  # torch keeps the scale in float32
