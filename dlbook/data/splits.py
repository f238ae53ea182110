"""Split a data set: what trains, and what is kept back to judge."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from dlbook.data.dataset import Dataset
from dlbook.random import default_rng


def stratified_split(
    dataset: Dataset, *, test_fraction: float = 0.25, rng: np.random.Generator | int
) -> tuple[Dataset, Dataset]:
    """Split at random into training and test set, with the same share of each class.

    Each class gives round(test_fraction * its size) samples to the test set, at least
    one to either side. Both sets are shuffled. For a validation set, split the
    training set once more.

    Parameters
    ----------
    dataset : Dataset
        With classes.
    test_fraction : float in (0, 1)
        Share of each class that goes to the test set.
    rng : numpy.random.Generator or int
        Decides which samples: the same state gives the same split. An int is a seed.

    Returns
    -------
    training, test : Dataset

    Raises
    ------
    ValueError
        If `test_fraction` is outside (0, 1), a class has fewer than two samples, or
        there are no classes.
    """
    _check_test_fraction(test_fraction)
    if not dataset.class_names:
        raise ValueError(f"{dataset.name} has no classes: use random_split")
    rng = default_rng(rng)
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


def random_split(
    dataset: Dataset, fractions: Sequence[float], *, rng: np.random.Generator | int
) -> tuple[Dataset, ...]:
    """Split at random into parts of given shares, whatever the targets are.

    The sizes are the largest integers below fraction * N; the samples that are left
    go, one each, to the parts that lost most by rounding (the earlier one in a tie).

    Parameters
    ----------
    dataset : Dataset
    fractions : sequence of float
        The share of every part, greater than 0; the sum is 1.
    rng : numpy.random.Generator or int
        Decides which samples: the same state gives the same split. An int is a seed.

    Returns
    -------
    tuple of Dataset
        Shuffled, one for each fraction, in their order.

    Raises
    ------
    ValueError
        If the fractions are not shares of a whole, or a part would be empty.

    Examples
    --------
    >>> points = Dataset("points", np.zeros((10, 2)), np.arange(10.0))
    >>> parts = random_split(points, (0.6, 0.2, 0.2), rng=0)
    >>> [len(part) for part in parts]
    [6, 2, 2]
    """
    shares = [float(fraction) for fraction in fractions]
    if not shares or not all(share > 0 for share in shares):
        raise ValueError(f"fractions must be greater than 0, got {fractions}")
    if not math.isclose(sum(shares), 1, abs_tol=1e-9):
        raise ValueError(f"fractions must sum to 1, got {fractions}: {sum(shares):g}")
    exact = [share * len(dataset) for share in shares]
    sizes = [math.floor(size) for size in exact]
    # rounded, as 0.6 * 16 and 0.1 * 16 lose 0.6 both, but for their last digits
    lost = [round(e - size, 9) for e, size in zip(exact, sizes, strict=True)]
    by_loss = sorted(range(len(sizes)), key=lambda part: -lost[part])  # stable
    for part in by_loss[: len(dataset) - sum(sizes)]:
        sizes[part] += 1
    if 0 in sizes:
        raise ValueError(
            f"a fraction of {shares[sizes.index(0)]:g} of {len(dataset)} samples "
            "is no sample"
        )
    order = default_rng(rng).permutation(len(dataset))
    ends = np.cumsum(sizes)
    return tuple(
        dataset.take(order[end - size : end])
        for end, size in zip(ends, sizes, strict=True)
    )


def ordered_split(
    dataset: Dataset, *, test_fraction: float = 0.25
) -> tuple[Dataset, Dataset]:
    """Split in the order of the data set: the first part trains, the rest tests.

    For data whose order means something: a text, a series in time, images listed
    writer by writer. There a random split puts neighbors on both sides, and the test
    set looks easier than new data are.

    Parameters
    ----------
    dataset : Dataset
    test_fraction : float in (0, 1)
        round(test_fraction * N) samples are the test set, at least one on either side.

    Returns
    -------
    training, test : Dataset
        In the order of `dataset`.

    Raises
    ------
    ValueError
        If `test_fraction` is outside (0, 1), or there are fewer than two samples.
    """
    _check_test_fraction(test_fraction)
    samples = len(dataset)
    if samples < 2:
        raise ValueError(f"{dataset.name} has {samples} sample(s); a split needs two")
    count = min(max(round(test_fraction * samples), 1), samples - 1)
    order = np.arange(samples)
    return dataset.take(order[:-count]), dataset.take(order[-count:])


def k_fold(
    dataset: Dataset,
    k: int,
    *,
    rng: np.random.Generator | int,
    stratified: bool = True,
) -> Iterator[tuple[Dataset, Dataset]]:
    """Yield k splits into training and validation set; every sample validates once.

    The sizes of the validation sets differ by at most one sample. With `stratified`,
    so do the numbers of samples that any class has in them. All draws are made at the
    call, none while iterating.

    Parameters
    ----------
    dataset : Dataset
    k : int, from 2 to N
        Number of folds.
    rng : numpy.random.Generator or int
        Decides which samples: the same state gives the same folds. An int is a seed.
    stratified : bool
        Deal out every class on its own. False for regression, or where a class has
        fewer than k samples.

    Yields
    ------
    training, validation : Dataset
        In the order of `dataset`.

    Raises
    ------
    TypeError
        If `k` is no int.
    ValueError
        If `k` is out of range, or the data set cannot be stratified into k folds.
    """
    if isinstance(k, bool) or not isinstance(k, int | np.integer):
        raise TypeError(f"k must be an int, got {type(k).__name__}")
    if not 2 <= k <= len(dataset):
        raise ValueError(f"k must lie in 2..{len(dataset)}, got {k}")
    rng = default_rng(rng)
    order = rng.permutation(len(dataset))
    if stratified:
        _check_classes_fill_folds(dataset, k)
        # a stable sort: every class in one piece, shuffled within
        order = order[np.argsort(dataset.targets[order], kind="stable")]
    fold = np.empty(len(dataset), np.int64)
    fold[order] = np.arange(len(dataset)) % k
    return (
        (
            dataset.take(np.flatnonzero(fold != number)),
            dataset.take(np.flatnonzero(fold == number)),
        )
        for number in range(k)
    )


def _check_test_fraction(test_fraction: float) -> None:
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction must lie in (0, 1), got {test_fraction}")


def _check_classes_fill_folds(dataset: Dataset, k: int) -> None:
    if not dataset.class_names:
        raise ValueError(f"{dataset.name} has no classes: pass stratified=False")
    counts = np.bincount(dataset.targets, minlength=dataset.num_classes)
    smallest = int(counts.argmin())
    if counts[smallest] < k:
        raise ValueError(
            f"class {dataset.class_names[smallest]!r} has {counts[smallest]} sample(s) "
            f"for k={k} folds: take fewer folds, or pass stratified=False"
        )
