"""A small GPT reads tiny Shakespeare: nanoGPT's recipe for a laptop.

The recipe is that of https://github.com/karpathy/nanoGPT, "I only have a macbook", with
the published validation loss 1.88: 4 layers, 4 heads, width 128, no biases, pieces of
64 characters, 12 of them at a time, 2,000 steps of AdamW; the rate rises for 100 steps
and falls along a cosine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from dlbook.claims.runs.experiment import Experiment, Outcome
from dlbook.data import Vocabulary, load_shakespeare
from dlbook.models import GPT
from dlbook.nn import CrossEntropyLoss
from dlbook.optim import AdamW, clip_grad_norm_

__all__ = ["EXPERIMENTS", "Setting", "learning_rate", "parameter_groups", "run",
           "shakespeare"]  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What a run is decided by, beside its text and its seed.

    Parameters
    ----------
    layers, heads, width, context : int
        Of the model.
    batch : int
        Pieces in a step.
    steps : int
    lr, least_lr : float
        The learning rate after the warm-up, and at the end.
    warmup : int
        Steps in which the rate rises from 0.
    """

    layers: int = 4
    heads: int = 4
    width: int = 128
    context: int = 64
    batch: int = 12
    steps: int = 2000
    lr: float = 1e-3
    least_lr: float = 1e-4
    warmup: int = 100


SETTING = Setting()
BETAS = (0.9, 0.99)
WEIGHT_DECAY = 0.1  # of matrices alone
MAX_NORM = 1.0


def run(
    seed: int,
    *,
    steps: int | None = None,
    text: str | None = None,
    setting: Setting | None = None,
) -> Outcome:
    """Train and test once.

    Parameters
    ----------
    seed : int
        Of the initial weights and of the places from which pieces are read.
    steps : int, optional
        Stop after so many steps, without a test.
    text : str, optional
        In place of tiny Shakespeare.
    setting : Setting, optional
        Another setting.

    Returns
    -------
    Outcome
        The figure is the mean loss on the last tenth, cut into pieces of the context's
        length side by side, in nats per character: each piece is read from its start,
        as in the recipe, which draws some pieces in place of all.

    Raises
    ------
    DownloadError
        If tiny Shakespeare is neither in the data folder nor to be had.
    """
    text = load_shakespeare() if text is None else text
    setting = SETTING if setting is None else setting
    vocabulary = Vocabulary.of_characters(text)
    ids = vocabulary.encode(text)
    cut = 9 * len(ids) // 10
    rng = np.random.default_rng(seed)
    model = GPT(
        len(vocabulary),
        context=setting.context,
        width=setting.width,
        num_layers=setting.layers,
        num_heads=setting.heads,
        bias=False,
        rng=rng,
    )
    losses = np.array(list(islice(train(model, ids[:cut], setting, rng), steps)))
    figure = float("nan")
    if steps is None:
        figure = float(
            model.surprisals(ids[cut + 1 :], context=ids[cut : cut + 1],
                             stride=setting.context).mean()
        )  # fmt: skip
    return Outcome(losses, figure)


def train(
    model: GPT, ids: np.ndarray, setting: Setting, rng: np.random.Generator
) -> Iterator[float]:
    """Take one step after another, and yield the loss before each.

    Parameters
    ----------
    model : GPT
        Trained in place.
    ids : ndarray of int, shape (T,)
        The text.
    setting : Setting
    rng : numpy.random.Generator
        Draws the places from which pieces are read.
    """
    optimizer = AdamW(parameter_groups(model), lr=setting.lr, betas=BETAS)
    loss_of = CrossEntropyLoss()
    for step in range(setting.steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, setting)
        starts = rng.integers(0, len(ids) - setting.context, (setting.batch, 1))
        pieces = ids[starts + np.arange(setting.context + 1)]  # (N, T + 1)
        optimizer.zero_grad()
        scores = model(pieces[:, :-1])  # (N, T, V)
        loss = loss_of(scores.flatten(0, 1), pieces[:, 1:].ravel())
        loss.backward()
        clip_grad_norm_(model.parameters(), MAX_NORM)
        optimizer.step()
        yield loss.item()


def learning_rate(step: int, setting: Setting) -> float:
    """Return the rate of a step: it rises in a line, then falls along a cosine."""
    if step < setting.warmup:
        return setting.lr * (step + 1) / (setting.warmup + 1)
    share = (step - setting.warmup) / (setting.steps - setting.warmup)
    height = 0.5 * (1 + math.cos(math.pi * share))
    return setting.least_lr + height * (setting.lr - setting.least_lr)


def parameter_groups(model: GPT) -> list[dict]:
    """Return the matrices, whose weights decay, and the vectors, which do not."""
    parameters = list(model.parameters())
    return [
        {
            "params": [p for p in parameters if p.ndim >= 2],
            "weight_decay": WEIGHT_DECAY,
        },
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]


def shakespeare(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses on tiny Shakespeare, shape (steps,), in nats."""
    return run(seed, steps=steps).losses


EXPERIMENTS = (Experiment("gpt-shakespeare", run, f"{__name__}:shakespeare"),)
