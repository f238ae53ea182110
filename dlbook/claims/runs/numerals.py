"""A translator reads numbers in English words and writes them in Chinese characters.

It is the model of the page on encoder and decoder, trained for longer, and tested on
more numbers, of every kind apart: the figure is the share of the worst kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from dlbook.claims.runs.experiment import Experiment, Outcome
from dlbook.data import Vocabulary, draw_numbers, numeral_pairs, pad_sequence
from dlbook.models import Translator
from dlbook.nn import CrossEntropyLoss
from dlbook.optim import Adam

__all__ = ["EXPERIMENTS", "Setting", "exact_match", "is_held_out", "learning_rate",
           "new_model", "run", "test_numbers", "train", "translator"]  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What a run is decided by, beside its seed.

    Parameters
    ----------
    layers, heads, width, feedforward : int
        Of the model; as many layers in the decoder as in the encoder.
    batch : int
        Numbers in a step.
    steps : int
    lr : float
        The learning rate between its rise and its fall.
    mixture : mapping of str to float
        Of the numbers trained on; see `dlbook.data.draw_numbers`.
    """

    layers: int = 1
    heads: int = 8
    width: int = 64
    feedforward: int = 128
    batch: int = 32
    steps: int = 3000
    lr: float = 4e-3
    mixture: Mapping[str, float] = field(
        default_factory=lambda: {"uniform": 1, "digits": 1, "zeros": 2}
    )


SETTING = Setting()
BETAS = (0.9, 0.98)
WORDS, CHARACTERS = zip(
    *numeral_pairs([*range(100), 100, 1000, 10_000, 1_000_000]), strict=True
)
ENGLISH = Vocabulary.of_words(WORDS, unk=False)
CHINESE = Vocabulary.of_words(CHARACTERS, unk=False, begin=True, end=True)
LONGEST = 20  # characters, with the end token; 12,345,678 has 15


def is_held_out(numbers: np.ndarray) -> np.ndarray:
    """Say which numbers are kept from training: a tenth of those from 10 on.

    The tenth is chosen by a hash. To draw a test and exclude it would keep whole
    families of frequent numbers from training: of 1,000, 2,000 to 9,000 a test that is
    rich in zeros holds practically all.

    Parameters
    ----------
    numbers : ndarray of int

    Returns
    -------
    ndarray of bool, of the same shape
        False for the ten numbers of one digit, each of which alone shows its word.
    """
    share = numbers.astype(np.int64) * 2_654_435_761 % 2**32 / 2**32  # in [0, 1)
    return (share < 0.1) & (numbers >= 10)


def test_numbers() -> dict[str, np.ndarray]:
    """Draw the numbers of the test out of those that no run trains on.

    Returns
    -------
    dict of str to ndarray of int, shape (N,)
        By kind, distinct within a kind: 1,000 uniform numbers; all with 2 digits that
        are held out, all with 3, and 500 with each count from 4 to 8; and 500 with 3 to
        8 digits, rich in zeros.
    """

    def drawn(samples: int, seed: int, **options: Any) -> np.ndarray:
        rng = np.random.default_rng(seed)
        numbers = draw_numbers(11 * samples, distinct=True, rng=rng, **options)
        return numbers[is_held_out(numbers)][:samples]

    kinds = {"uniform": drawn(1000, 2000)}
    for digits in (2, 3):
        numbers = np.arange(10 ** (digits - 1), 10**digits)
        kinds[f"{digits} digits"] = numbers[is_held_out(numbers)]
    for digits in range(4, 9):
        kinds[f"{digits} digits"] = drawn(500, 2000 + digits, digits=digits)
    kinds["rich in zeros"] = drawn(500, 2001, digits=range(3, 9), mixture="zeros")
    return kinds


def arrays(numbers: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return sources (N, S) and targets (N, T + 1), both ends on, padded by 0."""
    pairs = numeral_pairs(numbers)
    sources = [ENGLISH.encode(words) for words, _ in pairs]
    targets = [CHINESE.encode(text, begin=True, end=True) for _, text in pairs]
    return (
        pad_sequence(sources, batch_first=True),
        pad_sequence(targets, batch_first=True),
    )


def new_model(setting: Setting, rng: np.random.Generator) -> Translator:
    """Return an untrained translator."""
    return Translator(
        len(ENGLISH),
        len(CHINESE),
        width=setting.width,
        num_heads=setting.heads,
        num_layers=setting.layers,
        feedforward=setting.feedforward,
        dropout=0.0,
        rng=rng,
    )


def train(
    model: Translator, setting: Setting, rng: np.random.Generator
) -> Iterator[float]:
    """Take one step after another, and yield the loss before each.

    Parameters
    ----------
    model : Translator
        Trained in place.
    setting : Setting
    rng : numpy.random.Generator
        Draws the numbers, of which none is held out.
    """
    optimizer = Adam(model.parameters(), lr=setting.lr, betas=BETAS)
    loss_of = CrossEntropyLoss(ignore_index=model.pad)
    wanted = setting.steps * setting.batch
    numbers = draw_numbers(2 * wanted, mixture=setting.mixture, rng=rng)
    numbers = numbers[~is_held_out(numbers)][:wanted]
    for step, batch in enumerate(numbers.reshape(setting.steps, setting.batch)):
        optimizer.param_groups[0]["lr"] = learning_rate(step, setting)
        source, target = arrays(batch)
        optimizer.zero_grad()
        scores = model(source, target[:, :-1])  # (N, T, V)
        loss = loss_of(scores.flatten(0, 1), target[:, 1:].ravel())
        loss.backward()
        optimizer.step()
        yield loss.item()


def learning_rate(step: int, setting: Setting) -> float:
    """Return the rate of a step: it rises for a tenth, and falls in the second half."""
    share = (step + 1) / setting.steps
    left = (setting.steps - step) / setting.steps
    return setting.lr * min(1.0, 10 * share, 2 * left)


def exact_match(model: Translator, numbers: Sequence[int] | np.ndarray) -> float:
    """Return the share of numbers that are written without one wrong character."""
    source, target = arrays(numbers)
    said = model.greedy(source, max_length=LONGEST)  # (N, T'), without the begin token
    wanted = np.zeros((len(target), LONGEST), int)
    wanted[:, : target.shape[1] - 1] = target[:, 1:]
    written = np.zeros_like(wanted)
    written[:, : said.shape[1]] = said
    return float((written == wanted).all(axis=1).mean())


def run(
    seed: int, *, steps: int | None = None, setting: Setting | None = None
) -> Outcome:
    """Train and test once.

    Parameters
    ----------
    seed : int
        Of the initial weights and of the numbers trained on.
    steps : int, optional
        Stop after so many steps, without a test.
    setting : Setting, optional
        Another setting.

    Returns
    -------
    Outcome
        The figure is the lowest exact match of all kinds of `test_numbers`, in %.
    """
    setting = SETTING if setting is None else setting
    rng = np.random.default_rng(seed)
    model = new_model(setting, rng)
    losses = np.array(list(islice(train(model, setting, rng), steps)))
    figure = float("nan")
    if steps is None:
        kinds = test_numbers().values()
        figure = 100 * min(exact_match(model, numbers) for numbers in kinds)
    return Outcome(losses, figure)


def translator(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses, shape (steps,)."""
    return run(seed, steps=steps).losses


EXPERIMENTS = (Experiment("encoder-decoder-numerals", run, f"{__name__}:translator"),)
