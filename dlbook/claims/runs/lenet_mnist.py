"""LeNet-5 in both forms on 10,000 images of MNIST: 8,000 to learn from, 2,000 new.

The images are those of MNIST's test file, which is small enough to be fetched quickly.
They are shuffled and split anew for each seed, so the figures cannot be compared digit
by digit with published ones, which are for 60,000 training images.
"""

from __future__ import annotations

import numpy as np

from dlbook.claims.runs.classification import train_and_test
from dlbook.claims.runs.experiment import Experiment, Outcome
from dlbook.data import Dataset, as_images, load_mnist, stratified_split
from dlbook.models import LeNet5

__all__ = ["EXPERIMENTS", "classic", "modern", "run"]

EPOCHS = 10
BATCH_SIZE = 64
LEARNING_RATE = 0.003


def run(
    seed: int,
    *,
    is_modern: bool,
    steps: int | None = None,
    epochs: int = EPOCHS,
    data: Dataset | None = None,
) -> Outcome:
    """Split, train and test once.

    Parameters
    ----------
    seed : int
        Of the split, of the initial weights and of the order of the examples.
    is_modern : bool
        ReLU and max pooling; False for tanh and average pooling.
    steps : int, optional
        Stop after so many steps, without a test.
    epochs : int
    data : Dataset, optional
        Images of 28 by 28 pixels; MNIST's test file by default.

    Returns
    -------
    Outcome
        The figure is the accuracy in percent.

    Raises
    ------
    DownloadError
        If MNIST is neither in the data folder nor to be had.
    """
    rng = np.random.default_rng(seed)
    images = as_images(load_mnist("test") if data is None else data)
    training, test = stratified_split(images, test_fraction=0.2, rng=rng)
    model = LeNet5(modern=is_modern, input_size=28, rng=rng)
    return train_and_test(
        model,
        training,
        test,
        rng=rng,
        batch_size=BATCH_SIZE,
        lr=LEARNING_RATE,
        epochs=epochs,
        steps=steps,
    )


def modern(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses of the modern form, shape (steps,)."""
    return run(seed, is_modern=True, steps=steps).losses


def classic(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses of the classic form, shape (steps,)."""
    return run(seed, is_modern=False, steps=steps).losses


EXPERIMENTS = (
    Experiment(
        "lenet-mnist-modern",
        lambda seed: run(seed, is_modern=True),
        f"{__name__}:modern",
    ),
    Experiment(
        "lenet-mnist-classic",
        lambda seed: run(seed, is_modern=False),
        f"{__name__}:classic",
    ),
)
