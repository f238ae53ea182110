"""The adding problem over 100 steps: an LSTM and an Elman network, trained alike.

Every batch is drawn anew, so that there is nothing to learn by heart: the error of a
step's batch is that of new sequences.
"""

from __future__ import annotations

import numpy as np

from dlbook import metrics, nn
from dlbook.autograd import Tensor, no_grad
from dlbook.claims.runs.experiment import Experiment, Outcome
from dlbook.data import make_adding
from dlbook.nn import MSELoss
from dlbook.optim import Adam, clip_grad_norm_
from dlbook.random import default_rng

__all__ = ["EXPERIMENTS", "Adder", "elman", "lstm", "run"]

STEPS = 2000  # of training
LENGTH = 100  # of a sequence
HIDDEN_SIZE = 64
BATCH_SIZE = 50
LEARNING_RATE = 0.01  # a tenth of it in the last quarter
MAX_NORM = 1.0
TEST_SAMPLES = 2000


class Adder(nn.Module):
    """A recurrent layer that reads the sequence, and a linear layer at its end.

    Parameters
    ----------
    cell : {"lstm", "elman"}
        `nn.LSTM`, or `nn.RNN` with tanh; both as they are by default.
    hidden_size : int
        H.
    rng : numpy.random.Generator, int or None
        Source of the initial values.
    """

    def __init__(
        self,
        cell: str,
        hidden_size: int = HIDDEN_SIZE,
        *,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        rng = default_rng(rng)
        self.rnn = {"lstm": nn.LSTM, "elman": nn.RNN}[cell](2, hidden_size, rng=rng)
        self.linear = nn.Linear(hidden_size, 1, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        """(T, N, 2) -> (N,)."""
        output, _ = self.rnn(x)  # (T, N, H)
        return self.linear(output[-1]).squeeze(-1)


def run(
    cell: str, seed: int, *, steps: int | None = None, training_steps: int = STEPS
) -> Outcome:
    """Train and test once.

    Parameters
    ----------
    cell : {"lstm", "elman"}
    seed : int
        Of the initial weights and of all sequences.
    steps : int, optional
        Stop after so many steps, without a test.
    training_steps : int

    Returns
    -------
    Outcome
        The figure is the mean squared error on 2,000 new sequences.
    """
    rng = np.random.default_rng(seed)
    model = Adder(cell, rng=rng)
    optimizer, loss_of = Adam(model.parameters(), lr=LEARNING_RATE), MSELoss()
    losses = []
    for step in range(training_steps if steps is None else steps):
        if 4 * step >= 3 * training_steps:
            optimizer.param_groups[0]["lr"] = LEARNING_RATE / 10
        x, y = make_adding(BATCH_SIZE, LENGTH, rng=rng)
        optimizer.zero_grad()
        loss = loss_of(model(Tensor(x)), Tensor(y))
        loss.backward()
        clip_grad_norm_(model.parameters(), MAX_NORM)
        optimizer.step()
        losses.append(loss.item())
    figure = float("nan")
    if steps is None:
        x, y = make_adding(TEST_SAMPLES, LENGTH, rng=rng)
        with no_grad():
            figure = metrics.mean_squared_error(model(Tensor(x)).data, y)
    return Outcome(np.array(losses), figure)


def lstm(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses of the LSTM, shape (steps,)."""
    return run("lstm", seed, steps=steps).losses


def elman(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses of the Elman network, shape (steps,)."""
    return run("elman", seed, steps=steps).losses


EXPERIMENTS = (
    Experiment("gates-adding-lstm", lambda seed: run("lstm", seed), f"{__name__}:lstm"),
    Experiment(
        "gates-adding-elman", lambda seed: run("elman", seed), f"{__name__}:elman"
    ),
)
