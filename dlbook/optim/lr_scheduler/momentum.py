"""Momentum that moves against the rate, as cyclic schedules have it."""

from __future__ import annotations

from collections.abc import Sequence

from dlbook.optim.optimizer import Optimizer

__all__ = ["require_momentum", "set_momentum"]


def require_momentum(name: str, optimizer: Optimizer) -> None:
    """Raise ValueError unless the optimizer has momentum, or betas, of which the first.

    Parameters
    ----------
    name : str
        Of the scheduler.
    optimizer : Optimizer

    Raises
    ------
    ValueError
    """
    if not {"momentum", "betas"} & set(optimizer.defaults):
        raise ValueError(
            f"{name}: {type(optimizer).__name__} has neither momentum nor betas to "
            "cycle; give cycle_momentum=False"
        )


def set_momentum(optimizer: Optimizer, values: Sequence[float]) -> None:
    """Set the momentum of every group, or the first of its betas."""
    for group, value in zip(optimizer.param_groups, values, strict=True):
        if "betas" in optimizer.defaults:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value
