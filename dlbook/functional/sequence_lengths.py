"""Sequences of several lengths, packed so that no step is spent on padding.

A batch of three sequences of lengths 2, 3 and 1, and the packed order of its rows: step
after step, and in each step the samples that still run, the longest first::

    time    0   1   2
    a       a0  a1  .
    b       b0  b1  b2          b0 a0 c0 | b1 a1 | b2
    c       c0  .   .

Every step continues the first rows of the step before, and nothing at the padding is
ever read. In reverse the rows are b2 a1 c0 | b1 a0 | b0: each sample starts at its own
last step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor


class Packing:
    """The order in which the rows (time, sample) of a batch are computed.

    Without lengths the rows are those of the batch as it lies in memory, and in reverse
    the steps alone go backwards: nothing is copied.

    Parameters
    ----------
    shape : tuple of int
        T, the steps of the longest sequence or more, and N, the number of sequences.
    lengths : ndarray of int, shape (N,), or None
        Steps of each sequence, in 1..T, in any order; None for T of each.
    reverse : bool
        Whether each sequence runs from its last step to its first.

    Attributes
    ----------
    total : int
        The number of rows, the sum of the lengths.
    steps : list of (slice, slice)
        For each step, in the order of computation, its rows, and where the rows that
        they continue stand in the array of `room_for_states`.
    initial, computed : slice
        Where the N initial states and the rows stand in that array.
    before : slice or ndarray of int, shape (total,)
        For each row where the row that it continues stands in that array.
    last : slice or ndarray of int, shape (N,)
        Where the row that each sample computes last stands in that array.
    """

    def __init__(
        self, shape: tuple[int, int], lengths: np.ndarray | None, reverse: bool
    ) -> None:
        self.shape, self.reverse = shape, reverse
        self.ragged = lengths is not None
        if self.ragged:
            self._order_by_length(lengths)
        else:
            self._order_as_it_lies()

    def _order_as_it_lies(self) -> None:
        steps, samples = self.shape
        self.total = steps * samples
        # the array of states is one step longer; the initial ones stand where time
        # begins: a row's place there is one step later, in reverse the same
        places = [slice(t * samples, (t + 1) * samples) for t in range(steps + 1)]
        rows, later, everything = places[:-1], places[1:], slice(0, self.total)
        shifted = slice(samples, self.total + samples)
        if self.reverse:
            self.steps = list(zip(rows, later, strict=True))[::-1]
            self.initial, self.computed, self.before = later[-1], everything, shifted
            self.last = rows[0]
        else:
            self.steps = list(zip(rows, rows, strict=True))
            self.initial, self.computed, self.before = rows[0], shifted, everything
            self.last = later[-1]

    def _order_by_length(self, lengths: np.ndarray) -> None:
        steps, samples = self.shape
        self.order = np.argsort(-lengths, kind="stable")  # the longest first
        longest_first = lengths[self.order]
        runs = np.arange(steps)[:, None] < longest_first  # (T, N)
        step, place = np.nonzero(runs)  # of every row: (total,) each
        self.total = len(step)
        self.sample = self.order[place]
        self.time = longest_first[place] - 1 - step if self.reverse else step
        sizes = runs.sum(1)
        sizes = sizes[sizes > 0]
        # in the array of states: the initial ones, then the rows of each step
        starts = np.cumsum([0, samples, *sizes])
        self.steps = [
            (slice(now - samples, now - samples + size), slice(before, before + size))
            for before, now, size in zip(
                starts[:-2].tolist(), starts[1:-1].tolist(), sizes.tolist(), strict=True
            )
        ]
        self.initial = slice(0, samples)
        self.computed = slice(samples, samples + self.total)
        self.before = starts[step] + place
        self.last = self.unsort(starts[longest_first] + np.arange(samples))

    def pack(self, padded: np.ndarray) -> np.ndarray:
        """Return the rows (total, D) of a padded batch (T, N, D)."""
        if self.ragged:
            return padded[self.time, self.sample]
        return padded.reshape(self.total, padded.shape[2])

    def unpack(self, rows: np.ndarray) -> np.ndarray:
        """Return the padded batch (T, N, D) of rows (total, D), zeros at padding."""
        if not self.ragged:
            return rows.reshape(*self.shape, rows.shape[1])
        padded = np.zeros((*self.shape, rows.shape[1]), rows.dtype)
        padded[self.time, self.sample] = rows
        return padded

    def sort(self, states: np.ndarray) -> np.ndarray:
        """Return a copy of the states (N, H) in the order of the first step's rows."""
        return states[self.order] if self.ragged else states.copy()

    def unsort(self, states: np.ndarray) -> np.ndarray:
        """Return states (N, *) in the order of the rows in that of the batch."""
        if not self.ragged:
            return states
        unsorted = np.empty_like(states)
        unsorted[self.order] = states
        return unsorted

    def room_for_states(self, initial: np.ndarray) -> np.ndarray:
        """Return an array (N + total, H) with the initial states (N, H) in place."""
        samples, size = initial.shape
        states = np.empty((samples + self.total, size), initial.dtype)
        states[self.initial] = self.sort(initial)
        return states

    def final(self, output: Tensor) -> Tensor:
        """Return (N, H), each sample's last computed row of an output (T, N, H)."""
        if self.reverse:
            return output[0]
        if not self.ragged:
            return output[-1]
        lengths = np.bincount(self.sample, minlength=self.shape[1])
        return output[lengths - 1, np.arange(self.shape[1])]


def check_lengths(
    function: str, lengths: Any, x_shape: tuple[int, ...]
) -> np.ndarray | None:
    """Return `lengths` as an array of integers, or None if it is None.

    Raises
    ------
    TypeError
        If they are no integers.
    ValueError
        If there is not one for each sample of x (T, N, D), or one is outside 1..T; or
        if x is a single sequence (T, D).
    """
    if lengths is None:
        return None
    if len(x_shape) == 2:
        raise ValueError(
            f"{function}: lengths belong to a batch, x of shape (T, N, D); x of shape "
            f"{x_shape} is a single sequence: cut it, x[:length]"
        )
    steps, samples = x_shape[:2]
    lengths = np.asarray(lengths.data if isinstance(lengths, Tensor) else lengths)
    if lengths.shape != (samples,):
        raise ValueError(
            f"{function}: lengths has shape {lengths.shape}, expected ({samples},), "
            f"one number for each sample of x {x_shape}"
        )
    if lengths.dtype.kind not in "iu" and samples:
        raise TypeError(f"{function}: lengths must hold integers, got {lengths.dtype}")
    if samples and not 1 <= lengths.min() <= lengths.max() <= steps:
        raise ValueError(
            f"{function}: lengths must lie in 1..T, here 1..{steps}; got values from "
            f"{lengths.min()} to {lengths.max()}"
        )
    return lengths.astype(np.intp)
