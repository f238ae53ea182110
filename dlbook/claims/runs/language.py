"""A character LSTM on two texts: nine tenths to learn from, the last tenth to predict.

The text is read as streams side by side, their states carried over from one piece to
the next; no gradient flows back over the border. Python's help topics change with
every release of Python: a run on them repeats on the text that `ENGLISH` names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from dlbook import metrics
from dlbook.claims.runs.experiment import Experiment, Outcome
from dlbook.data import (
    Vocabulary,
    character_batches,
    load_english_text,
    load_shakespeare,
)
from dlbook.models import CharRNN, detach_state
from dlbook.nn import CrossEntropyLoss
from dlbook.optim import Adam, clip_grad_norm_

__all__ = ["EXPERIMENTS", "Setting", "english", "fingerprint", "run", "shakespeare"]

# fingerprint of the help topics of Python 3.11.7
ENGLISH = "37d06970fc926e60c16dff401e441b84752446a36b6b64516c229fdec77e992c"


@dataclass(frozen=True)
class Setting:
    """What a run is decided by, beside its text and its seed.

    Parameters
    ----------
    hidden_size : int
    streams, piece : int
        Streams read side by side, and steps of one piece: N and T of a batch.
    epochs : int
        Times that the text is read.
    lr : float
        The learning rate, which falls to 0 in a straight line.
    dropout : float
    """

    hidden_size: int = 256
    streams: int = 16
    piece: int = 32
    epochs: int = 5
    lr: float = 0.005
    dropout: float = 0.0


MAX_NORM = 1.0
SETTINGS = {"english": Setting(), "shakespeare": Setting(epochs=3)}
TEXTS: dict[str, Callable[[], str]] = {
    "english": load_english_text,
    "shakespeare": load_shakespeare,
}


def run(
    name: str,
    seed: int,
    *,
    steps: int | None = None,
    text: str | None = None,
    setting: Setting | None = None,
) -> Outcome:
    """Train and test once.

    Parameters
    ----------
    name : {"english", "shakespeare"}
        The text, and the setting that was chosen for it.
    seed : int
        Of the initial weights and the dropout masks; the text is always read in order.
    steps : int, optional
        Stop after so many steps, without a test.
    text : str, optional
        Another text.
    setting : Setting, optional
        Another setting.

    Returns
    -------
    Outcome
        The figure is in bits per character on the last tenth, read from its start to
        its end. The losses are in nats.

    Raises
    ------
    DownloadError
        If tiny Shakespeare is neither in the data folder nor to be had.
    """
    text = TEXTS[name]() if text is None else text
    setting = SETTINGS[name] if setting is None else setting
    vocabulary = Vocabulary.of_characters(text)
    ids = vocabulary.encode(text)
    cut = 9 * len(ids) // 10
    model = CharRNN(
        len(vocabulary),
        hidden_size=setting.hidden_size,
        dropout=setting.dropout,
        rng=np.random.default_rng(seed),
    )
    losses = np.array(list(islice(train(model, ids[:cut], setting), steps)))
    figure = float("nan")
    if steps is None:
        figure = metrics.bits_per_character(
            model.surprisals(ids[cut:], context=ids[:cut])
        )
    return Outcome(losses, figure)


def train(model: CharRNN, ids: np.ndarray, setting: Setting) -> Iterator[float]:
    """Take one step after another, and yield the loss before each.

    Parameters
    ----------
    model : CharRNN
        Trained in place.
    ids : ndarray of int, shape (T,)
        The text.
    setting : Setting
    """
    optimizer, loss_of = Adam(model.parameters(), lr=setting.lr), CrossEntropyLoss()
    pieces = -(-((len(ids) - 1) // setting.streams) // setting.piece)
    steps, step = setting.epochs * pieces, 0
    for _ in range(setting.epochs):
        state = None
        for x, y in character_batches(ids, setting.streams, setting.piece):
            optimizer.param_groups[0]["lr"] = setting.lr * (1 - step / steps)
            optimizer.zero_grad()
            scores, state = model(x, detach_state(state))  # (T, N, V)
            loss = loss_of(scores.flatten(0, 1), y.ravel())
            loss.backward()
            clip_grad_norm_(model.parameters(), MAX_NORM)
            optimizer.step()
            step += 1
            yield loss.item()


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def english(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses on Python's help topics, shape (steps,), in nats."""
    return run("english", seed, steps=steps).losses


def shakespeare(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses on tiny Shakespeare, shape (steps,), in nats."""
    return run("shakespeare", seed, steps=steps).losses


EXPERIMENTS = (
    Experiment(
        "language-model-english",
        lambda seed: run("english", seed),
        f"{__name__}:english",
    ),
    Experiment(
        "language-model-shakespeare",
        lambda seed: run("shakespeare", seed),
        f"{__name__}:shakespeare",
    ),
)
