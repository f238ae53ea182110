"""GPT and an LSTM with as many parameters and as much time, on Python's help topics.

Both learn from nine tenths and predict the last tenth. So that a run repeats, time is
given in steps: as many of each model as took 25 seconds of one core's time. Measured in
turns on the machine that recorded, a step of the LSTM took 4.4 milliseconds and one of
GPT 11.2 (medians), and GPT's 2.49 times as long (median of the ratios).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from dlbook import metrics, nn
from dlbook.autograd import Tensor
from dlbook.claims.runs.experiment import Experiment, Outcome
from dlbook.data import Vocabulary, character_batches, load_english_text
from dlbook.models import GPT, CharRNN, detach_state
from dlbook.nn import CrossEntropyLoss
from dlbook.optim import Adam, clip_grad_norm_

__all__ = ["EXPERIMENTS", "Setting", "gpt", "learning_rate", "lstm", "model_of", "run"]


@dataclass(frozen=True)
class Setting:
    """What a training is decided by, beside its text and its seed.

    Parameters
    ----------
    width : int
        H of the LSTM, D of GPT.
    layers : int
    texts, length : int
        N and T of a batch: pieces side by side, and characters of a piece. The LSTM
        carries its state from one piece to the next; T is the context of GPT.
    steps : int
    lr : float
        The largest learning rate.
    """

    width: int
    layers: int
    texts: int
    length: int
    steps: int
    lr: float


SETTINGS = {
    "lstm": Setting(width=124, layers=1, texts=16, length=16, steps=5600, lr=0.01),
    "gpt": Setting(width=64, layers=2, texts=8, length=64, steps=2250, lr=0.005),
}
HEADS = 2  # of GPT
LARGER = 4.0  # its initial matrices: GPT-2's standard deviation is for a width of 768
BETAS = {"lstm": (0.9, 0.999), "gpt": (0.9, 0.98)}
WARMUP = 50  # steps in which the rate rises
LEAST = 0.02  # of the largest rate, at the end
MAX_NORM = 1.0


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
    name : {"lstm", "gpt"}
    seed : int
        Of the initial weights and, for GPT, of the places from which pieces are read;
        the LSTM reads the text in order.
    steps : int, optional
        Stop after so many steps, without a test.
    text : str, optional
        In place of Python's help topics.
    setting : Setting, optional
        Another setting.

    Returns
    -------
    Outcome
        The figure is in bits per character on the last tenth, which the LSTM reads from
        its start to its end, and GPT in windows of its context's length that overlap by
        half. The losses are in nats.
    """
    text = load_english_text() if text is None else text
    setting = SETTINGS[name] if setting is None else setting
    vocabulary = Vocabulary.of_characters(text)
    ids = vocabulary.encode(text)
    cut = 9 * len(ids) // 10
    rng = np.random.default_rng(seed)
    model = model_of(name, len(vocabulary), setting, rng)
    losses = np.array(list(islice(train(model, ids[:cut], setting, rng), steps)))
    figure = float("nan")
    if steps is None:
        figure = metrics.bits_per_character(
            model.surprisals(ids[cut:], context=ids[:cut])
        )
    return Outcome(losses, figure)


def model_of(
    name: str, vocab_size: int, setting: Setting, rng: np.random.Generator
) -> CharRNN | GPT:
    """Return the untrained model, ``"lstm"`` or ``"gpt"``."""
    if name == "lstm":
        return CharRNN(
            vocab_size,
            hidden_size=setting.width,
            num_layers=setting.layers,
            rng=rng,
        )
    model = GPT(
        vocab_size,
        context=setting.length,
        width=setting.width,
        num_layers=setting.layers,
        num_heads=HEADS,
        positions="rotary",
        tie_weights=False,
        rng=rng,
    )
    for parameter in model.parameters():
        if parameter.ndim == 2:
            parameter.data *= LARGER
    return model


def train(
    model: CharRNN | GPT, ids: np.ndarray, setting: Setting, rng: np.random.Generator
) -> Iterator[float]:
    """Take one step after another, and yield the loss before each.

    Parameters
    ----------
    model : CharRNN or GPT
        Trained in place.
    ids : ndarray of int, shape (characters,)
        The text.
    setting : Setting
    rng : numpy.random.Generator
        Draws the places from which GPT reads.
    """
    name = "gpt" if isinstance(model, GPT) else "lstm"
    optimizer = Adam(model.parameters(), lr=setting.lr, betas=BETAS[name])
    loss_of = CrossEntropyLoss()
    scored = {"gpt": _pieces, "lstm": _streams}[name](model, ids, setting, rng)
    for step in range(setting.steps):
        optimizer.param_groups[0]["lr"] = learning_rate(step, setting)
        optimizer.zero_grad()
        scores, following = next(scored)
        loss = loss_of(scores.flatten(0, 1), following.ravel())
        loss.backward()
        clip_grad_norm_(model.parameters(), MAX_NORM)
        optimizer.step()
        yield loss.item()


def learning_rate(step: int, setting: Setting) -> float:
    """Return the rate of a step: it rises in a line, then falls along a cosine."""
    share = max(0, step - WARMUP) / (setting.steps - WARMUP)
    height = 0.5 * (1 + math.cos(math.pi * share))
    return setting.lr * min((step + 1) / WARMUP, LEAST + (1 - LEAST) * height)


def _pieces(
    model: nn.Module, ids: np.ndarray, setting: Setting, rng: np.random.Generator
) -> Iterator[tuple[Tensor, np.ndarray]]:
    """Yield scores (N, T, V) of pieces from anywhere, and what follows, (N, T)."""
    while True:
        starts = rng.integers(0, len(ids) - setting.length, (setting.texts, 1))
        pieces = ids[starts + np.arange(setting.length + 1)]  # (N, T + 1)
        yield model(pieces[:, :-1]), pieces[:, 1:]


def _streams(
    model: nn.Module, ids: np.ndarray, setting: Setting, _rng: np.random.Generator
) -> Iterator[tuple[Tensor, np.ndarray]]:
    """Yield scores (T, N, V) of pieces in order, and what follows, (T, N)."""
    while True:
        state = None
        for x, y in character_batches(ids, setting.texts, setting.length):
            scores, state = model(x, detach_state(state))
            yield scores, y


def lstm(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses of the LSTM, shape (steps,), in nats."""
    return run("lstm", seed, steps=steps).losses


def gpt(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses of GPT, shape (steps,), in nats."""
    return run("gpt", seed, steps=steps).losses


EXPERIMENTS = (
    Experiment("gpt-equal-time", lambda seed: run("gpt", seed), f"{__name__}:gpt"),
    Experiment(
        "gpt-equal-time-lstm", lambda seed: run("lstm", seed), f"{__name__}:lstm"
    ),
)
