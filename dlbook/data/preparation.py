"""Split a data set, bring it to one scale, cut it into batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dlbook.data.dataset import Dataset


def stratified_split(
    dataset: Dataset, *, test_fraction: float = 0.25, rng: np.random.Generator
) -> tuple[Dataset, Dataset]:
    """Split at random into training and test set, with the same share of each class.

    Each class gives round(test_fraction * its size) samples to the test set, at least
    one to either side. Both sets are shuffled.

    Parameters
    ----------
    dataset : Dataset
    test_fraction : float in (0, 1)
        Share of each class that goes to the test set.
    rng : numpy.random.Generator
        Decides which samples: the same state gives the same split.

    Returns
    -------
    training, test : Dataset

    Raises
    ------
    ValueError
        If `test_fraction` is outside (0, 1), or a class has fewer than two samples.
    """
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction must lie in (0, 1), got {test_fraction}")
    training: list[np.ndarray] = []
    test: list[np.ndarray] = []
    for label, name in enumerate(dataset.class_names):
        members = np.flatnonzero(dataset.targets == label)
        if len(members) < 2:
            raise ValueError(
                f"class {name!r} has {len(members)} sample(s); a split needs two"
            )
        count = min(max(round(test_fraction * len(members)), 1), len(members) - 1)
        order = rng.permutation(members)
        test.append(order[:count])
        training.append(order[count:])
    return (
        dataset.take(rng.permutation(np.concatenate(training))),
        dataset.take(rng.permutation(np.concatenate(test))),
    )


def standardize(training: Dataset, *others: Dataset) -> tuple[Dataset, ...]:
    r"""Give every feature mean 0 and standard deviation 1 over the training set.

    .. math:: x'_{nd} = (x_{nd} - \mu_d) / \sigma_d

    :math:`\mu_d` and :math:`\sigma_d` (divided by N) come from `training` alone and
    are applied to `others` unchanged: nothing of a test set leaks into training. A
    feature that is constant over the training set is shifted and not divided.

    Parameters
    ----------
    training : Dataset
    *others : Dataset
        Validation and test sets with the same features.

    Returns
    -------
    tuple of Dataset
        `training` and `others` in the order given, without units.

    Raises
    ------
    ValueError
        If the training set is empty or another set has other features.
    """
    if len(training) == 0:
        raise ValueError("training holds no samples: nothing to fit mean and scale on")
    mean = training.inputs.mean(axis=0, dtype=np.float64)  # (D,)
    scale = training.inputs.std(axis=0, dtype=np.float64)  # (D,)
    # rounding leaves a constant column with a tiny scale; dividing would blow it up
    constant = np.ptp(training.inputs, axis=0) == 0
    mean = np.where(constant, training.inputs[0], mean)
    scale = np.where(constant, 1.0, scale)
    prepared = []
    for dataset in (training, *others):
        if dataset.feature_names != training.feature_names:
            raise ValueError(
                f"the features of {dataset.name} differ from those of the training set"
            )
        inputs = ((dataset.inputs - mean) / scale).astype(dataset.inputs.dtype)
        prepared.append(replace(dataset, inputs=inputs))
    return tuple(prepared)


def batches(
    dataset: Dataset,
    batch_size: int,
    *,
    epochs: int = 1,
    rng: np.random.Generator,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield shuffled mini-batches, every sample once per epoch.

    The last batch of an epoch is shorter where `batch_size` does not divide N.

    Parameters
    ----------
    dataset : Dataset
    batch_size : int, at least 1
        Samples per batch.
    epochs : int, at least 0
        Passes over the data, each in a new order.
    rng : numpy.random.Generator
        Draws the orders.

    Yields
    ------
    inputs : ndarray, shape (batch_size, D)
    targets : ndarray, shape (batch_size,)

    Raises
    ------
    ValueError
        If `batch_size` or `epochs` is too small. Raised at the first batch.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if epochs < 0:
        raise ValueError(f"epochs must be at least 0, got {epochs}")
    for _ in range(epochs):
        order = rng.permutation(len(dataset))
        for start in range(0, len(dataset), batch_size):
            chosen = order[start : start + batch_size]
            yield dataset.inputs[chosen], dataset.targets[chosen]
