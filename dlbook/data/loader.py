"""Batches: a data set cut into the pieces that one step of training sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from numbers import Number
from typing import Any

import numpy as np

from dlbook.data.dataset import Dataset
from dlbook.random import default_rng


class DataLoader:
    """Cut a data set into batches; every iteration is one epoch.

    Every sample comes once an epoch, in the order of the data set or, with `shuffle`,
    in a new random order. The last batch is shorter where `batch_size` does not
    divide N, unless `drop_last`.

    Parameters
    ----------
    dataset : Dataset, ndarray, tuple of ndarray, or sequence of samples
        Arrays, one sample an entry of their first axis, which has the same length N in
        all of them. Or any object with ``len(dataset)`` and ``dataset[i]``, where a
        sample is an array, a number, or a tuple of those.
    batch_size : int, at least 1
        Samples in a batch.
    shuffle : bool
        Draw a new order for every epoch: one ``rng.permutation(N)`` at its start.
    drop_last : bool
        Leave out a last batch that is shorter than `batch_size`.
    collate : callable, optional
        Makes a batch of a list of samples. By default the parts of the samples are
        stacked: arrays of one shape along a new first axis, Python floats to float32,
        Python ints to int64.
    transform : callable, optional
        Takes the inputs of one sample, its first part, and a generator, and returns
        what takes their place, for example from `dlbook.data.augmentation`. Applied to
        every sample anew in every epoch, before collating. It must not write into what
        it gets.
    rng : numpy.random.Generator or int, optional
        Draws the orders, and for every epoch a seed for the transforms; an int is a
        seed. Needed with `shuffle` and `transform`: there is no global generator.

    Attributes
    ----------
    rng : numpy.random.Generator or None
        Save ``loader.rng.bit_generator.state`` between two epochs and set it again to
        continue with the orders and transforms that would have followed.

    Yields
    ------
    tuple of ndarray
        The inputs (B, ...) and targets (B,) of a `Dataset`; one array for each array
        or each part of a sample. Always a tuple, always copies. With `collate`,
        what it returns.

    Raises
    ------
    TypeError
        If `dataset` or `batch_size` is of the wrong kind, or, while iterating, if a
        part of a sample is neither an array nor a number. If `transform` is not
        callable.
    ValueError
        If `batch_size` is too small, the data set is empty, no batch is left, or
        `rng` is missing; while iterating, if the samples of a batch do not stack.

    See Also
    --------
    torch.utils.data.DataLoader : the same arguments; draws from a global generator if
        none is given, and yields the bare batch where a sample is no tuple.

    Examples
    --------
    >>> loader = DataLoader((np.arange(5.0), np.arange(5)), batch_size=2)
    >>> len(loader)
    3
    >>> for inputs, targets in loader:
    ...     print(inputs, targets)
    [0. 1.] [0 1]
    [2. 3.] [2 3]
    [4.] [4]
    """

    def __init__(
        self,
        dataset: Dataset | np.ndarray | tuple[np.ndarray, ...] | Sequence[Any],
        batch_size: int = 1,
        *,
        shuffle: bool = False,
        drop_last: bool = False,
        collate: Callable[[list[Any]], Any] | None = None,
        transform: Callable[[Any, np.random.Generator], Any] | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        if isinstance(batch_size, bool) or not isinstance(batch_size, int | np.integer):
            raise TypeError(
                f"batch_size must be an int, got {type(batch_size).__name__}"
            )
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        if shuffle and rng is None:
            raise ValueError(
                "shuffle=True draws a new order for every epoch, and there is no "
                "global generator: pass rng, for example np.random.default_rng(0)"
            )
        if transform is not None and not callable(transform):
            raise TypeError(
                "transform must be callable with the inputs of a sample and a "
                f"generator, got {type(transform).__name__}"
            )
        if transform is not None and rng is None:
            raise ValueError(
                "transform draws from a generator, and there is no global one: pass "
                "rng, for example np.random.default_rng(0)"
            )
        self.dataset = dataset
        self.batch_size = int(batch_size)
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.collate = collate
        self.transform = transform
        self.rng = None if rng is None else default_rng(rng)
        self._arrays = _arrays(dataset)
        samples = self._num_samples()
        if samples == 0:
            raise ValueError("dataset holds no samples")
        if drop_last and samples < batch_size:
            raise ValueError(
                f"drop_last leaves no batch: {samples} samples, batch_size {batch_size}"
            )

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        samples = self._num_samples()
        rest = 0 if self.drop_last else self.batch_size - 1
        return (samples + rest) // self.batch_size

    def __iter__(self) -> Iterator[Any]:
        """Draw the order of an epoch and return an iterator over its batches."""
        samples = self._num_samples()
        if self.shuffle:
            assert self.rng is not None  # checked by __init__
            order = self.rng.permutation(samples)
        else:
            order = np.arange(samples)
        rng = None
        if self.transform is not None:
            assert self.rng is not None  # checked by __init__
            # a generator of the epoch's own: `self.rng` is ready for the next epoch
            # now, however many batches of this one are taken
            rng = np.random.default_rng(self.rng.integers(2**63))
        starts = range(0, len(self) * self.batch_size, self.batch_size)
        return (
            self._batch(order[start : start + self.batch_size], rng) for start in starts
        )

    def __repr__(self) -> str:
        options = "".join(
            f", {name}"
            for name in ("shuffle", "drop_last", "transform")
            if getattr(self, name)
        )
        return (
            f"DataLoader({self._num_samples()} samples in {len(self)} batches "
            f"of {self.batch_size}{options})"
        )

    def _num_samples(self) -> int:
        return len(self.dataset if self._arrays is None else self._arrays[0])

    def _batch(self, chosen: np.ndarray, rng: np.random.Generator | None) -> Any:
        if self._arrays is not None and self.collate is None and rng is None:
            return tuple(array[chosen] for array in self._arrays)
        samples: list[Any]
        if isinstance(self.dataset, tuple):
            samples = [tuple(array[i] for array in self.dataset) for i in chosen]
        else:
            samples = [self.dataset[int(i)] for i in chosen]
        if rng is not None:
            samples = [self._transformed(sample, rng) for sample in samples]
        if self.collate is not None:
            return self.collate(samples)
        return _stack(samples, chosen)

    def _transformed(self, sample: Any, rng: np.random.Generator) -> Any:
        assert self.transform is not None
        if isinstance(sample, tuple):
            return (self.transform(sample[0], rng), *sample[1:])
        return self.transform(sample, rng)


def _arrays(dataset: Any) -> tuple[np.ndarray, ...] | None:
    """Return the arrays whose entries are the samples; None if there are none."""
    if isinstance(dataset, Dataset):
        return dataset.inputs, dataset.targets
    if isinstance(dataset, np.ndarray):
        dataset = (dataset,)
    if isinstance(dataset, tuple):
        kinds = [type(array).__name__ for array in dataset]
        if not all(isinstance(array, np.ndarray) for array in dataset):
            raise TypeError(
                "dataset as a tuple must hold arrays (put samples into a list), "
                f"got ({', '.join(kinds)})"
            )
        shapes = [array.shape for array in dataset]
        if not shapes or () in shapes or len({shape[0] for shape in shapes}) != 1:
            raise ValueError(
                "the arrays of dataset must have the same length, got shapes "
                + ", ".join(map(str, shapes))
            )
        return dataset
    if not (hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")):
        raise TypeError(
            "dataset must be a Dataset, arrays, or a sequence with a length, "
            f"got {type(dataset).__name__}"
        )
    return None


def _stack(samples: list[Any], numbers: np.ndarray) -> tuple[np.ndarray, ...]:
    """Stack the parts of `samples`, which have the given numbers in the data set."""
    rows = [sample if isinstance(sample, tuple) else (sample,) for sample in samples]
    for number, row in zip(numbers, rows, strict=True):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"sample {number} has {len(row)} parts, "
                f"sample {numbers[0]} has {len(rows[0])}"
            )
        for index, (part, first) in enumerate(zip(row, rows[0], strict=True)):
            if not isinstance(part, np.ndarray | np.generic | Number):
                raise TypeError(
                    f"part {index} of sample {number} is a {type(part).__name__}; a "
                    "part must be an array or a number, or pass collate"
                )
            if np.shape(part) != np.shape(first):
                raise ValueError(
                    f"part {index} of sample {number} has shape {np.shape(part)}, that "
                    f"of sample {numbers[0]} has {np.shape(first)}: make them equal, "
                    "or pass collate"
                )
    return tuple(_stack_part(parts) for parts in zip(*rows, strict=True))


def _stack_part(parts: tuple[Any, ...]) -> np.ndarray:
    stacked = np.stack([np.asarray(part) for part in parts])
    from_python = not any(isinstance(part, np.ndarray | np.generic) for part in parts)
    if from_python and stacked.dtype == np.float64:
        return stacked.astype(np.float32)  # as Tensor([0.5]) is
    return stacked
