"""Checks of what `fit` is given, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from dlbook.nn import Module
from dlbook.optim import Optimizer
from dlbook.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from dlbook.training.early_stopping import EarlyStopping
from dlbook.training.evaluation import Loss, Metrics, require_mean

__all__ = ["check_arguments", "columns", "require_int"]


def check_arguments(
    *,
    model: Module,
    training: Iterable[Any],
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    validation: Iterable[Any] | None,
    metrics: Metrics | None,
    clip_norm: float | None,
    clip_value: float | None,
    accumulate: int,
    early_stopping: EarlyStopping | None,
    scheduler: LRScheduler | None,
    schedule_each: str,
) -> None:
    """Raise if `fit` cannot run with these arguments; the message names the one.

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(model, Module):
        raise TypeError(f"model must be a Module, got {type(model).__name__}")
    _require_batches("training", training)
    if validation is not None:
        _require_batches("validation", validation)
    if not callable(loss):
        raise TypeError(f"loss must be callable, got {type(loss).__name__}")
    require_mean(loss)
    _require_optimizer_of(model, optimizer)
    require_int("epochs", epochs, 0)
    require_int("accumulate", accumulate, 1)
    _require_limit("clip_norm", clip_norm)
    _require_limit("clip_value", clip_value)
    if metrics and validation is None:
        raise ValueError("metrics are computed on validation, which is None")
    if metrics and "loss" in metrics:
        raise ValueError('metrics: "loss" is the name of the loss; choose another')
    recorded = columns(validation, metrics)
    if early_stopping is not None and early_stopping.monitor not in recorded:
        raise ValueError(
            f"early_stopping watches {early_stopping.monitor!r}, which this run does "
            f"not record; it records {recorded}"
        )
    _require_schedule(optimizer, scheduler, schedule_each)


def columns(validation: Iterable[Any] | None, metrics: Metrics | None) -> list[str]:
    """Return the names under which a run records a value every epoch, in order."""
    scores = [] if validation is None else ["loss", *(metrics or ())]
    return ["training loss", *(f"validation {s}" for s in scores), "learning rate"]


def _require_batches(name: str, batches: Any) -> None:
    if not isinstance(batches, Iterable):
        raise TypeError(f"{name} must be iterable, got {type(batches).__name__}")
    if isinstance(batches, Iterator):
        raise TypeError(
            f"{name} must give its batches anew every epoch; a "
            f"{type(batches).__name__} gives them once: use a DataLoader or a list"
        )
    if hasattr(batches, "__len__") and len(batches) == 0:
        raise ValueError(f"{name}: there is no batch")


def _require_optimizer_of(model: Module, optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"optimizer must be an Optimizer, got {type(optimizer).__name__}"
        )
    ours = {id(parameter) for parameter in model.parameters()}
    theirs = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not ours & theirs:
        raise ValueError(
            "optimizer holds no parameter of model: it was made for another one"
        )


def _require_schedule(optimizer: Optimizer, scheduler: Any, schedule_each: Any) -> None:
    if schedule_each not in ("epoch", "step"):
        raise ValueError(
            f'schedule_each must be "epoch" or "step", got {schedule_each!r}'
        )
    if scheduler is None:
        return
    if not isinstance(scheduler, LRScheduler):
        raise TypeError(
            f"scheduler must be an LRScheduler, got {type(scheduler).__name__}"
        )
    if scheduler.optimizer is not optimizer:
        raise ValueError("scheduler belongs to another optimizer than this one")
    if isinstance(scheduler, ReduceLROnPlateau) and schedule_each == "step":
        raise ValueError(
            "a ReduceLROnPlateau watches the loss of every epoch: it needs "
            'schedule_each="epoch"'
        )


def require_int(name: str, value: Any, least: int) -> None:
    """Raise TypeError or ValueError unless `value` is an int of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an int, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")


def _require_limit(name: str, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number or None, got {value!r}")
    if not value > 0:  # also for nan
        raise ValueError(f"{name} must be greater than 0, got {value}")
