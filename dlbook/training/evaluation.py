"""What a model says about data it does not learn from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from dlbook.autograd import Tensor, no_grad
from dlbook.nn import Module

__all__ = ["evaluate", "mode", "predict", "require_mean", "require_scalar"]

Batch = tuple[np.ndarray, np.ndarray]
Loss = Callable[[Tensor, Any], Tensor]
Metrics = Mapping[str, Callable[[np.ndarray, np.ndarray], float]]


def evaluate(
    model: Module,
    batches: Iterable[Batch],
    *,
    loss: Loss,
    metrics: Metrics | None = None,
) -> dict[str, float]:
    """Return the loss and the metrics of a model over a whole data set.

    The model is in evaluation mode meanwhile, and no graph is recorded.

    Parameters
    ----------
    model : Module
    batches : iterable of (inputs, targets)
        A DataLoader, or pairs of arrays whose first axis counts examples.
    loss : callable
        Takes the outputs as a Tensor and the targets, returns their mean loss.
    metrics : mapping from str to callable, optional
        Each takes the outputs of all batches in one array and all targets, and returns
        a number. The mean over batches of, say, a precision is not that of the whole.

    Returns
    -------
    dict
        "loss", the mean over examples: each batch counts by its size. Then the metrics.

    Raises
    ------
    ValueError
        If there is no batch or an empty one, the loss is not a single number or not a
        mean, or a metric is called "loss".
    TypeError
        If a metric does not return a number.
    """
    metrics = metrics or {}
    require_mean(loss)
    if "loss" in metrics:
        raise ValueError('metrics: "loss" is the name of the loss; choose another')
    total, examples = 0.0, 0
    all_outputs, all_targets = [], []
    with mode(model, training=False), no_grad():
        for inputs, targets in batches:
            size = count(inputs)
            outputs = model(Tensor(inputs))
            batch_loss = loss(outputs, targets)
            require_scalar(batch_loss)
            total, examples = total + size * batch_loss.item(), examples + size
            if metrics:
                all_outputs.append(outputs.data)
                all_targets.append(np.asarray(targets))
    if not examples:
        raise ValueError("batches: there is none to evaluate the model on")
    results = {"loss": total / examples}
    for name, metric in metrics.items():
        value = metric(np.concatenate(all_outputs), np.concatenate(all_targets))
        results[name] = _number(name, value)
    return results


def predict(model: Module, batches: Iterable[Batch | np.ndarray]) -> np.ndarray:
    """Return the outputs of a model over a whole data set, in evaluation mode.

    Parameters
    ----------
    model : Module
    batches : iterable of (inputs, targets), or of inputs
        The targets are not looked at. A loader that shuffles gives the outputs in an
        order that is gone afterwards.

    Returns
    -------
    ndarray, shape (N, ...)
        The outputs for all N examples.

    Raises
    ------
    ValueError
        If there is no batch.
    """
    outputs = []
    with mode(model, training=False), no_grad():
        for batch in batches:
            inputs = batch[0] if isinstance(batch, tuple | list) else batch
            outputs.append(model(Tensor(inputs)).data)
    if not outputs:
        raise ValueError("batches: there is none to predict from")
    return np.concatenate(outputs)


@contextmanager
def mode(model: Module, *, training: bool) -> Iterator[None]:
    """Switch a model to training or evaluation, and each layer back at the end."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training


def count(inputs: Any) -> int:
    """Return the number of examples in a batch, at least one."""
    if len(inputs) == 0:
        raise ValueError("a batch is empty: its mean loss is not defined")
    return len(inputs)


def require_mean(loss: Loss) -> None:
    """Refuse a loss layer that sums or does not reduce; a function is not looked into.

    Raises
    ------
    ValueError
        If its reduction is neither "mean" nor "batchmean", the mean over examples.
    """
    reduction = getattr(loss, "reduction", "mean")
    if reduction not in ("mean", "batchmean"):
        raise ValueError(
            'loss must have reduction "mean", by which batches of different sizes are '
            f"weighted, got {reduction!r}"
        )


def require_scalar(loss: Any) -> None:
    """Refuse anything but a Tensor of shape ().

    Raises
    ------
    TypeError
        If it is no Tensor.
    ValueError
        If it has axes.
    """
    if not isinstance(loss, Tensor):
        raise TypeError(f"loss must return a Tensor, got {type(loss).__name__}")
    if loss.shape != ():
        raise ValueError(f"loss must return a single number, got shape {loss.shape}")


def _number(name: str, value: Any) -> float:
    if np.ndim(value) != 0 or np.asarray(value).dtype.kind not in "fiub":
        raise TypeError(f"metric {name!r} must return a number, got {value!r}")
    return float(value)
