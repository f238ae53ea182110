"""The training loop."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from dlbook.autograd import Tensor
from dlbook.nn import Module
from dlbook.optim import Optimizer, clip_grad_norm_, clip_grad_value_
from dlbook.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from dlbook.training.arguments import check_arguments, columns
from dlbook.training.early_stopping import EarlyStopping
from dlbook.training.evaluation import (
    Batch,
    Loss,
    Metrics,
    count,
    evaluate,
    mode,
    require_scalar,
)
from dlbook.training.history import History
from dlbook.training.non_finite import FiniteGuard
from dlbook.training.progress import ProgressBar
from dlbook.training.resuming import RunState

__all__ = ["fit"]


def fit(
    model: Module,
    training: Iterable[Batch],
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    validation: Iterable[Batch] | None = None,
    metrics: Metrics | None = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    accumulate: int = 1,
    early_stopping: EarlyStopping | None = None,
    scheduler: LRScheduler | None = None,
    schedule_each: str = "epoch",
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> History:
    """Train a model: for every batch forward, backward, step; once an epoch, evaluate.

    Parameters
    ----------
    model : Module
        Trained in place. Every module is in training mode for the steps, and at the end
        in the mode it was in before.
    training : iterable of (inputs, targets)
        A `dlbook.data.DataLoader`, or anything that gives the batches anew each time it
        is iterated over: pairs of arrays whose first axis counts examples.
    loss : callable
        Takes the outputs as a Tensor and the targets, returns the mean of the examples'
        losses as a Tensor of shape (): a layer such as ``nn.CrossEntropyLoss()``, or a
        function.
    optimizer : Optimizer
        Of the model's parameters.
    epochs : int, at least 0
        Passes over `training`, those of a resumed run included.
    validation : iterable of (inputs, targets), optional
        Evaluated after every epoch.
    metrics : mapping from str to callable, optional
        Each takes the outputs for all of `validation` in one array and all targets, and
        returns a number.
    clip_norm : float, optional
        The largest length of the gradient of all parameters together. `History` then
        keeps the length before clipping.
    clip_value : float, optional
        The largest absolute entry of a gradient; applied before `clip_norm`.
    accumulate : int, at least 1
        Batches that are combined into one step. The step equals that of one batch of
        all their examples, also if they differ in size or the last ones are fewer,
        unless the model looks across examples, as batch norm does.
    early_stopping : EarlyStopping, optional
        Starts afresh with every run, unless the run is resumed.
    scheduler : LRScheduler, optional
        Of the optimizer's learning rate. A `ReduceLROnPlateau` is given the validation
        loss of every epoch, or without `validation` the training loss.
    schedule_each : {"epoch", "step"}
        Whether the scheduler makes a step after every epoch, or after every step of the
        optimizer.
    checkpoint : path-like, optional
        A file, by custom ``.npz``, to which the run is saved after every epoch. If the
        file exists, the run resumes from it and ends as if it had never been
        interrupted, to the last bit. Saved are the model, the optimizer with its
        options, the history, `early_stopping`, `scheduler`, and the random generators
        found as ``rng`` of `training` and `validation` and as attributes of modules.
    progress : bool, optional
        Whether to show a bar. By default one is shown if tqdm is installed and the
        environment variable ``DLBOOK_STATIC`` is not set.

    Returns
    -------
    History
        Per epoch "training loss" (the mean over examples, each before the step it was
        part of), "learning rate" (that of the first parameter group at the first step
        of the epoch), "validation loss" and "validation <metric>"; per step the loss.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used: the message names it. A loss with reduction "sum"
        is refused, since a mean is what makes batches of different sizes comparable.
    NonFiniteLossError
        If a loss or a gradient is nan or infinite. The step is not made.
    CheckpointError
        If the checkpoint is damaged, belongs to another run, or cannot be written.
    ModuleNotFoundError
        If `progress` is True and tqdm is not installed.

    Notes
    -----
    NumPy's warnings of overflow and invalid values are off during a step: they also
    come where the result is right. Losses and gradients are checked instead.
    """
    check_arguments(
        model=model,
        training=training,
        loss=loss,
        optimizer=optimizer,
        epochs=epochs,
        validation=validation,
        metrics=metrics,
        clip_norm=clip_norm,
        clip_value=clip_value,
        accumulate=accumulate,
        early_stopping=early_stopping,
        scheduler=scheduler,
        schedule_each=schedule_each,
    )
    history = History()
    run = RunState(
        checkpoint,
        model=model,
        optimizer=optimizer,
        history=history,
        columns=columns(validation, metrics),
        early_stopping=early_stopping,
        scheduler=scheduler,
        training=training,
        validation=validation,
    )
    run.begin()  # or go on, where there is a checkpoint
    guard = FiniteGuard(model)
    bar = ProgressBar(training, epochs, history.epochs, progress)
    with mode(model, training=True), bar:
        while history.epochs < epochs and not run.stopped:
            lr, total, examples = optimizer.param_groups[0]["lr"], 0.0, 0
            for group in in_groups(training, accumulate):
                guard.begin_step(history.epochs + 1, history.steps + 1)
                optimizer.zero_grad()
                group_loss, size = add_gradients(model, loss, group, guard)
                clip_gradients(model, clip_norm, clip_value, history)
                optimizer.step()
                if scheduler is not None and schedule_each == "step":
                    scheduler.step()
                history.step_losses.append(group_loss)
                total, examples = total + size * group_loss, examples + size
                bar.advance(history.epochs + 1, len(group), group_loss)
            if not examples:
                raise ValueError("training: there is no batch to learn from")
            results = {"training loss": total / examples}
            if validation is not None:
                scores = evaluate(model, validation, loss=loss, metrics=metrics)
                results |= {f"validation {name}": scores[name] for name in scores}
            history.append({**results, "learning rate": lr})
            if scheduler is not None and schedule_each == "epoch":
                end_epoch(scheduler, history)
            if early_stopping is not None:
                early_stopping.update(history, model)
            run.save()
    if early_stopping is not None:
        early_stopping.restore(model)
    return history


def end_epoch(scheduler: LRScheduler, history: History) -> None:
    """Step a scheduler after an epoch; one that watches a loss is given it."""
    if isinstance(scheduler, ReduceLROnPlateau):
        validated = "validation loss" in history
        name = "validation loss" if validated else "training loss"
        scheduler.step(history[name][-1])
    else:
        scheduler.step()


def in_groups(batches: Iterable[Batch], size: int) -> Iterator[list[Batch]]:
    """Yield lists of `size` batches; the last list may be shorter."""
    remaining = iter(batches)
    while group := list(islice(remaining, size)):
        yield group


def add_gradients(
    model: Module, loss: Loss, group: list[Batch], guard: FiniteGuard
) -> tuple[float, int]:
    r"""Add the gradient of the mean loss over all examples of a group of batches.

    .. math:: \nabla \bar\ell = \sum_b \frac{n_b}{n} \nabla \bar\ell_b

    where batch b has :math:`n_b` of the n examples and the mean loss
    :math:`\bar\ell_b`.

    Parameters
    ----------
    model : Module
    loss : callable
    group : list of (inputs, targets)
    guard : FiniteGuard
        Looks at every loss and at the gradients.

    Returns
    -------
    mean : float
        The mean loss over the group.
    examples : int
        n.

    Raises
    ------
    NonFiniteLossError
        If a loss or a gradient is not finite.
    """
    examples = sum(count(inputs) for inputs, _ in group)
    mean = 0.0
    with np.errstate(all="ignore"):  # the guard looks at what counts
        for inputs, targets in group:
            batch_loss = loss(model(Tensor(inputs)), targets)
            require_scalar(batch_loss)
            guard.check_loss(batch_loss.item(), inputs, targets)
            share = count(inputs) / examples
            (share * batch_loss).backward()
            mean += share * batch_loss.item()
        guard.check_gradients(mean)
    return mean, examples


def clip_gradients(
    model: Module,
    clip_norm: float | None,
    clip_value: float | None,
    history: History,
) -> None:
    """Limit the gradients, and record the length that they had."""
    if clip_value is not None:
        clip_grad_value_(model.parameters(), clip_value)
    if clip_norm is not None:
        norm = clip_grad_norm_(model.parameters(), clip_norm, error_if_nonfinite=True)
        history.gradient_norms.append(norm)
