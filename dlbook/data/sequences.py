"""Sequences of different lengths in one array, and long ones cut into pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dlbook.data.counts import require_count

__all__ = ["character_batches", "pad_sequence", "unpad_sequence", "windows"]


def pad_sequence(
    sequences: Sequence[Any],
    *,
    batch_first: bool = False,
    padding_value: float = 0,
    padding_side: str = "right",
) -> np.ndarray:
    """Put sequences of different lengths side by side, and fill them up.

    Parameters
    ----------
    sequences : sequence of N array_like, shape (T_n, *)
        All of one type, and of one shape but for the first axis. Lists of Python floats
        become float32, lists of ints int64.
    batch_first : bool
        Whether the first axis of the result counts sequences, and not steps.
    padding_value : number
        What the sequences are filled up with.
    padding_side : {"right", "left"}
        Whether the padding comes after the sequence or before it.

    Returns
    -------
    ndarray, shape (T, N, *), or (N, T, *) with `batch_first`
        T is the largest of the lengths.

    Raises
    ------
    TypeError
        If `sequences` is no sequence, or the types differ.
    ValueError
        If there is no sequence, the shapes do not fit, `padding_value` is no number of
        their type, or `padding_side` is unknown.

    See Also
    --------
    torch.nn.utils.rnn.pad_sequence : the same.

    Examples
    --------
    >>> pad_sequence([[1, 2, 3], [4]], batch_first=True)
    array([[1, 2, 3],
           [4, 0, 0]])
    """
    arrays = as_sequences("sequences", sequences)
    if padding_side not in ("left", "right"):
        raise ValueError(
            f'padding_side must be "left" or "right", got {padding_side!r}'
        )
    dtype = arrays[0].dtype
    longest = max(len(array) for array in arrays)
    shape = (len(arrays), longest, *arrays[0].shape[1:])
    padded = np.full(shape, as_padding("padding_value", padding_value, dtype), dtype)
    for row, array in zip(padded, arrays, strict=True):
        start = longest - len(array) if padding_side == "left" else 0
        row[start : start + len(array)] = array
    return padded if batch_first else np.ascontiguousarray(padded.swapaxes(0, 1))


def unpad_sequence(
    padded: np.ndarray, lengths: Any, *, batch_first: bool = False
) -> list[np.ndarray]:
    """Take the sequences out of an array that is padded on the right.

    Parameters
    ----------
    padded : ndarray, shape (T, N, *), or (N, T, *) with `batch_first`
    lengths : array_like of int, shape (N,)
        The length of every sequence, in [0, T].
    batch_first : bool
        Whether the first axis counts sequences, and not steps.

    Returns
    -------
    list of N ndarray, shape (T_n, *)
        Views of `padded`.

    Raises
    ------
    TypeError
        If a length is no integer.
    ValueError
        If the shapes do not fit, or a length lies outside [0, T].

    See Also
    --------
    torch.nn.utils.rnn.unpad_sequence : the same.
    """
    padded = np.asarray(padded)
    if padded.ndim < 2:
        raise ValueError(
            f"padded must have a step and a batch axis, got shape {padded.shape}"
        )
    rows = padded if batch_first else padded.swapaxes(0, 1)  # (N, T, *)
    counts = as_lengths(lengths)
    if len(counts) != len(rows):
        raise ValueError(
            f"lengths must hold one for each of {len(rows)} sequences, "
            f"got {len(counts)}"
        )
    if counts.size and counts.max() > rows.shape[1]:
        raise ValueError(
            f"lengths must be at most {rows.shape[1]}, the number of steps of padded, "
            f"got {counts.max()}"
        )
    return [row[:length] for row, length in zip(rows, counts, strict=True)]


def windows(
    series: np.ndarray, length: int, horizon: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Cut a series into all its windows, each with the value to be predicted from it.

    Window i holds steps i, ..., i + length - 1, and its target is step
    i + length - 1 + horizon. Split a series in time before it is cut: windows overlap,
    and a random split of windows would put the same steps on both sides.

    Parameters
    ----------
    series : ndarray, shape (T, *)
    length : int, at least 1
        L, the steps in a window.
    horizon : int, at least 1
        How many steps after the end of the window the target lies.

    Returns
    -------
    inputs : ndarray, shape (M, L, *)
        M = T - L - horizon + 1.
    targets : ndarray, shape (M, *)
        Both are views of `series`, which copy nothing and cannot be written to.

    Raises
    ------
    TypeError
        If `length` or `horizon` is no int.
    ValueError
        If one of them is below 1, or the series too short for a single window.

    Examples
    --------
    >>> inputs, targets = windows(np.arange(5), 2)
    >>> print(inputs.tolist(), targets)
    [[0, 1], [1, 2], [2, 3]] [2 3 4]
    """
    series = np.asarray(series)
    require_count("length", length)
    require_count("horizon", horizon)
    if series.ndim == 0 or len(series) < length + horizon:
        raise ValueError(
            f"a window of {length} steps and a target {horizon} after it need "
            f"{length + horizon} steps, got series of shape {series.shape}"
        )
    views = np.lib.stride_tricks.sliding_window_view(series, length, axis=0)
    inputs = np.moveaxis(views, -1, 1)[:-horizon]  # (M, L, *)
    targets = series[length + horizon - 1 :]
    targets.flags.writeable = False
    return inputs, targets


def character_batches(
    ids: Any, batch_size: int, steps: int, *, drop_last: bool = False
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read a long text as several streams side by side, piece by piece.

    The text is cut into `batch_size` streams of equal length, and every batch holds the
    next `steps` characters of each: column n of a batch goes on where column n of the
    batch before ended, so that the state of a recurrent network is carried over
    (truncated backpropagation through time). Targets are the characters that follow.

    Parameters
    ----------
    ids : array_like of int, shape (T,)
        The characters, or any other tokens, by their numbers.
    batch_size : int, at least 1
        N, the number of streams.
    steps : int, at least 1
        Steps in a batch.
    drop_last : bool
        Leave out a last batch that has fewer steps.

    Yields
    ------
    x : ndarray, shape (steps, N)
    y : ndarray, shape (steps, N)
        y[t] = x[t + 1]. Copies of the type of `ids`. Of the text, the fewer than N
        characters behind the last stream, and the target of its end, are left out.

    Raises
    ------
    TypeError
        If the ids are no integers, or a count is no int.
    ValueError
        If a count is below 1, the ids have more than one axis, or there is no batch.

    Examples
    --------
    >>> for x, y in character_batches(np.arange(9), 2, 3):
    ...     print(x.T.tolist(), y.T.tolist())
    [[0, 1, 2], [4, 5, 6]] [[1, 2, 3], [5, 6, 7]]
    [[3], [7]] [[4], [8]]
    """
    ids = np.asarray(ids)
    if ids.ndim != 1:
        raise ValueError(f"ids must have shape (T,), got {ids.shape}")
    if ids.size and ids.dtype.kind not in "iu":
        raise TypeError(f"ids must be integers, got {ids.dtype}")
    require_count("batch_size", batch_size)
    require_count("steps", steps)
    length = (len(ids) - 1) // batch_size
    if length < (steps if drop_last else 1):
        raise ValueError(
            f"{len(ids)} ids give {batch_size} streams of {max(length, 0)} steps: "
            f"there is no batch{' of ' + str(steps) + ' steps' if drop_last else ''}"
        )
    used = batch_size * length
    streams = ids[:used].reshape(batch_size, length).T  # (steps of all batches, N)
    following = ids[1 : used + 1].reshape(batch_size, length).T
    end = length - length % steps if drop_last else length
    return (
        (streams[t : t + steps].copy("C"), following[t : t + steps].copy("C"))
        for t in range(0, end, steps)
    )


def as_array(values: Any) -> np.ndarray:
    """Return an array of what may be a list; Python floats become float32."""
    array = np.asarray(values)
    if (
        isinstance(values, list | tuple)
        and array.dtype == np.float64
        and not any(isinstance(part, np.ndarray | np.generic) for part in values)
    ):
        return array.astype(np.float32)  # as Tensor([0.5]) is
    return array


def as_sequences(argument: str, sequences: Any) -> list[np.ndarray]:
    """Return the arrays of a list of sequences that can be padded.

    Raises
    ------
    TypeError
        If it is no list of numbers of one type.
    ValueError
        If it is empty, or the shapes differ in more than the first axis.
    """
    if isinstance(sequences, str) or not hasattr(sequences, "__len__"):
        raise TypeError(
            f"{argument} must be a sequence of arrays, got {type(sequences).__name__}"
        )
    if len(sequences) == 0:
        raise ValueError(f"{argument}: there is no sequence")
    arrays = [as_array(sequence) for sequence in sequences]
    for number, array in enumerate(arrays):
        if array.ndim == 0:
            raise ValueError(f"{argument}: number {number} is no sequence: {array!r}")
        if array.dtype != arrays[0].dtype or array.dtype.kind not in "biuf":
            raise TypeError(
                f"{argument} must be numbers of one type, got {arrays[0].dtype} in "
                f"number 0 and {array.dtype} in number {number}"
            )
        if array.shape[1:] != arrays[0].shape[1:]:
            raise ValueError(
                f"{argument} may differ in their first axis alone, got shapes "
                f"{arrays[0].shape} for number 0 and {array.shape} for number {number}"
            )
    return arrays


def as_padding(name: str, value: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """Return `value` as a number of a type; a float may be rounded, an int not.

    Raises
    ------
    ValueError
        If the type has no such number.
    """
    number = np.asarray(value)
    if number.ndim == 0 and number.dtype.kind in "biuf":
        try:
            with np.errstate(over="ignore"):  # 1e300 in float32 is inf
                converted = np.asarray(value, dtype)
        except (OverflowError, ValueError):  # too large, or nan for an int
            converted = None
        if converted is not None and (dtype.kind == "f" or converted == number):
            return converted
    raise ValueError(f"{name} must be a number that {dtype} can hold, got {value!r}")


def as_lengths(lengths: Any) -> np.ndarray:
    """Return lengths as int64, shape (N,).

    Raises
    ------
    TypeError
        If they are no integers.
    ValueError
        If one is negative, or their shape is another one.
    """
    counts = np.asarray(lengths)
    if counts.ndim != 1:
        raise ValueError(f"lengths must have shape (N,), got {counts.shape}")
    if counts.size and counts.dtype.kind not in "iu":
        raise TypeError(f"lengths must be integers, got {counts.dtype}")
    if counts.size and counts.min() < 0:
        raise ValueError(f"lengths must be at least 0, got {counts.min()}")
    return counts.astype(np.int64)
