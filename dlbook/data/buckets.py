"""Batches of sequences of similar length, so that little has to be filled up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dlbook.data.counts import require_count
from dlbook.data.sequences import (
    as_array,
    as_lengths,
    as_padding,
    as_sequences,
    pad_sequence,
)
from dlbook.random import default_rng

__all__ = ["BucketLoader", "bucket_batches"]


def bucket_batches(
    lengths: Any,
    batch_size: int,
    *,
    pool: int = 50,
    rng: np.random.Generator | int,
) -> list[np.ndarray]:
    """Draw the batches of an epoch so that each holds sequences of similar lengths.

    The sequences, in random order, are dealt into pools of `pool` batches. Each pool is
    sorted by length and cut into batches, and the batches come in random order: little
    padding, and still other batches every time.

    Parameters
    ----------
    lengths : array_like of int, shape (N,)
        The length of every sequence.
    batch_size : int, at least 1
        Sequences in a batch; one batch has fewer where it does not divide N.
    pool : int, at least 1
        Batches that are sorted together. 1 gives random batches; the more, the less
        padding, and the more alike are the batches of different epochs.
    rng : numpy.random.Generator or int
        The same state gives the same batches. An int is a seed.

    Returns
    -------
    list of ndarray of int64
        For every batch the numbers of its sequences. Each of 0, ..., N - 1 comes once.

    Raises
    ------
    TypeError
        If a count or length is no integer.
    ValueError
        If a count is too small, a length negative, or there is none.
    """
    counts = as_lengths(lengths)
    if not counts.size:
        raise ValueError("lengths: there is no sequence")
    require_count("batch_size", batch_size)
    require_count("pool", pool)
    rng = default_rng(rng)
    order = rng.permutation(len(counts))
    batches = []
    for start in range(0, len(order), pool * batch_size):
        together = order[start : start + pool * batch_size]
        together = together[np.argsort(counts[together], kind="stable")]
        cuts = range(batch_size, len(together), batch_size)
        batches += np.split(together, cuts)
    return [batches[number] for number in rng.permutation(len(batches))]


class BucketLoader:
    """Cut sequences into padded batches of similar length; every iteration is an epoch.

    Every sequence comes once an epoch, in batches drawn anew by `bucket_batches`.

    Parameters
    ----------
    sequences : sequence of N array_like, shape (T_n, *)
        As for `pad_sequence`, none of them empty.
    targets : ndarray, shape (N, *), or list of N numbers or array_like
        One for every sequence, as an ndarray or a list of numbers. Or, where sequences
        are labelled step by step, a list of sequences of shape (T_n, *), which are
        padded likewise.
    batch_size : int, at least 1
    batch_first : bool
        Whether the first axis of padded arrays counts sequences, and not steps.
    with_lengths : bool
        Whether a batch holds the lengths. `dlbook.training.fit` takes batches without,
        and with `batch_first`; the model then finds the lengths by the padding.
    padding_value : number
        What the sequences are filled up with.
    target_padding : number
        What targets for every step are filled up with: -100 is the class that
        `cross_entropy` ignores.
    pool : int, at least 1
        Batches that are sorted together, see `bucket_batches`.
    rng : numpy.random.Generator or int
        Draws the batches; an int is a seed.

    Attributes
    ----------
    lengths : ndarray of int64, shape (N,)
    rng : numpy.random.Generator

    Yields
    ------
    tuple of ndarray
        padded (T, B, *), lengths (B,) and targets (B, *), or (T, B, *) where there is
        a target for every step; (B, T, *) for (T, B, *) with `batch_first`. Without
        `with_lengths`, padded and targets.

    Raises
    ------
    TypeError
        If the types of the sequences or of the targets differ, or a count is no int.
    ValueError
        If there is no sequence or an empty one, or sizes do not fit.

    Examples
    --------
    >>> loader = BucketLoader([[5, 6, 7], [8], [9, 9, 9]], [0, 1, 0], 2, rng=1)
    >>> for padded, lengths, targets in loader:
    ...     print(padded.shape, lengths, targets)
    (3, 2) [1 3] [1 0]
    (3, 1) [3] [0]
    """

    def __init__(
        self,
        sequences: Sequence[Any],
        targets: Sequence[Any] | np.ndarray,
        batch_size: int = 1,
        *,
        batch_first: bool = False,
        with_lengths: bool = True,
        padding_value: float = 0,
        target_padding: float = -100,
        pool: int = 50,
        rng: np.random.Generator | int,
    ) -> None:
        require_count("batch_size", batch_size)
        require_count("pool", pool)
        self.sequences = as_sequences("sequences", sequences)
        self.lengths = np.array([len(row) for row in self.sequences], np.int64)
        if not self.lengths.all():
            raise ValueError(f"sequence {self.lengths.argmin()} is empty")
        if len(targets) != len(self.sequences):
            raise ValueError(
                f"{len(self.sequences)} sequences need as many targets, "
                f"got {len(targets)}"
            )
        as_padding("padding_value", padding_value, self.sequences[0].dtype)
        self.step_by_step = not isinstance(targets, np.ndarray) and np.ndim(targets[0])
        if self.step_by_step:
            self.targets: Any = as_sequences("targets", targets)
            as_padding("target_padding", target_padding, self.targets[0].dtype)
            for number, row in enumerate(self.targets):
                if len(row) != self.lengths[number]:
                    raise ValueError(
                        f"sequence {number} has {self.lengths[number]} steps, "
                        f"its targets {len(row)}"
                    )
        else:
            self.targets = as_array(targets)
        self.batch_size = int(batch_size)
        self.batch_first = batch_first
        self.with_lengths = with_lengths
        self.padding_value = padding_value
        self.target_padding = target_padding
        self.pool = int(pool)
        self.rng = default_rng(rng)

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return -(-len(self.sequences) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[np.ndarray, ...]]:
        """Draw the batches of an epoch and return an iterator over them."""
        drawn = bucket_batches(
            self.lengths, self.batch_size, pool=self.pool, rng=self.rng
        )
        return (self._batch(chosen) for chosen in drawn)

    def __repr__(self) -> str:
        return (
            f"BucketLoader({len(self.sequences)} sequences of {self.lengths.min()} to "
            f"{self.lengths.max()} steps in {len(self)} batches of {self.batch_size})"
        )

    def _batch(self, chosen: np.ndarray) -> tuple[np.ndarray, ...]:
        padded = pad_sequence(
            [self.sequences[number] for number in chosen],
            batch_first=self.batch_first,
            padding_value=self.padding_value,
        )
        if self.step_by_step:
            targets = pad_sequence(
                [self.targets[number] for number in chosen],
                batch_first=self.batch_first,
                padding_value=self.target_padding,
            )
        else:
            targets = self.targets[chosen]
        if self.with_lengths:
            return padded, self.lengths[chosen], targets
        return padded, targets
