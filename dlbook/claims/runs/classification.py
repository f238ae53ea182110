"""Train a classifier for a number of steps, and count its right answers."""

from __future__ import annotations

from itertools import islice

import numpy as np

from dlbook import metrics
from dlbook.autograd import Tensor
from dlbook.claims.runs.experiment import Outcome
from dlbook.data import DataLoader, Dataset
from dlbook.nn import CrossEntropyLoss, Module
from dlbook.optim import Adam
from dlbook.training import predict

__all__ = ["train_and_test"]


def train_and_test(
    model: Module,
    training: Dataset,
    test: Dataset,
    *,
    rng: np.random.Generator,
    batch_size: int,
    lr: float,
    epochs: int,
    steps: int | None = None,
) -> Outcome:
    """Train with Adam, and read the test set.

    Parameters
    ----------
    model : Module
        Trained in place.
    training, test : Dataset
    rng : numpy.random.Generator
        Of the order of the examples.
    batch_size : int
    lr : float
        The learning rate, divided by 10 for the last quarter of the epochs.
    epochs : int
    steps : int, optional
        Stop after so many steps; the test set is then left alone.

    Returns
    -------
    Outcome
        The figure is the accuracy on the test set, in percent.
    """
    optimizer, loss_of = Adam(model.parameters(), lr=lr), CrossEntropyLoss()
    batches = DataLoader(training, batch_size, shuffle=True, rng=rng)
    losses: list[float] = []

    def all_batches():
        for epoch in range(epochs):
            if 4 * epoch >= 3 * epochs:
                optimizer.param_groups[0]["lr"] = lr / 10
            yield from batches

    for inputs, targets in islice(all_batches(), steps):
        optimizer.zero_grad()
        loss = loss_of(model(Tensor(inputs)), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    figure = float("nan")
    if steps is None:
        scores = predict(model, DataLoader(test, 500))
        figure = 100 * metrics.accuracy(scores, test.targets)
    return Outcome(np.array(losses), figure)
