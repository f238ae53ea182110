"""Padding, windows, streams: nothing lost, nothing added, as in torch."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils import rnn

from dlbook.data import (
    character_batches,
    pad_sequence,
    unpad_sequence,
    windows,
)

LENGTHS = st.lists(st.integers(0, 7), min_size=1, max_size=6)


def sequences_of(lengths, *shape, dtype="f4"):
    rng = np.random.default_rng(0)
    return [rng.integers(1, 100, (length, *shape)).astype(dtype) for length in lengths]


@given(
    lengths=LENGTHS,
    shape=st.sampled_from([(), (3,), (2, 2)]),
    dtype=st.sampled_from(["f4", "f8", "i8", "u1"]),
    batch_first=st.booleans(),
    padding_side=st.sampled_from(["left", "right"]),
    padding_value=st.sampled_from([0, 7, 100]),
)
def test_padding_equals_torchs(lengths, shape, dtype, **options):
    sequences = sequences_of(lengths, *shape, dtype=dtype)
    padded = pad_sequence(sequences, **options)
    expected = rnn.pad_sequence([torch.from_numpy(row) for row in sequences], **options)
    np.testing.assert_array_equal(padded, expected.numpy())
    assert padded.dtype == dtype
    assert padded.flags.c_contiguous


@given(lengths=LENGTHS, shape=st.sampled_from([(), (3,)]), batch_first=st.booleans())
def test_what_was_padded_comes_back(lengths, shape, batch_first):
    sequences = sequences_of(lengths, *shape)
    padded = pad_sequence(sequences, batch_first=batch_first, padding_value=-1)
    back = unpad_sequence(padded, lengths, batch_first=batch_first)
    theirs = rnn.unpad_sequence(
        torch.from_numpy(padded), torch.tensor(lengths), batch_first
    )
    for row, ours, torchs in zip(sequences, back, theirs, strict=True):
        np.testing.assert_array_equal(ours, row)
        np.testing.assert_array_equal(ours, torchs.numpy())
        assert np.shares_memory(ours, padded) or not ours.size


def test_padding_by_default():
    padded = pad_sequence([[1, 2, 3], [4]])
    np.testing.assert_array_equal(padded, [[1, 4], [2, 0], [3, 0]])
    assert padded.flags.c_contiguous


def test_padding_on_the_left():
    padded = pad_sequence([[1, 2, 3], [4, 5]], padding_side="left", batch_first=True)
    np.testing.assert_array_equal(padded, [[1, 2, 3], [0, 4, 5]])


def test_lists_are_taken_everywhere():
    np.testing.assert_array_equal(unpad_sequence([[1, 2], [3, 0]], [2, 1])[0], [1, 3])
    inputs, targets = windows([1, 2, 3, 4], 2)
    np.testing.assert_array_equal(inputs, [[1, 2], [2, 3]])
    np.testing.assert_array_equal(targets, [3, 4])


@pytest.mark.parametrize(
    ("sequences", "dtype"),
    [
        ([[1, 2], [3]], np.int64),
        ([[1.0, 2.0], [3.0]], np.float32),
        ([(1.0,), (2.0, 3.0)], np.float32),
        ([[np.float64(1)], [np.float64(2)]], np.float64),
        ([[np.ones(2)], [np.ones(2)]], np.float64),
        ([np.ones(2, "f2")], np.float16),
        ([np.ones(2), np.ones(1)], np.float64),
        ([[True], [False, True]], np.bool_),
    ],
)
def test_lists_become_arrays_as_everywhere(sequences, dtype):
    assert pad_sequence(sequences).dtype == dtype


@pytest.mark.parametrize(
    ("sequences", "options", "error", "message"),
    [
        ([], {}, ValueError, "sequences: there is no sequence"),
        (3, {}, TypeError, "sequences must be a sequence of arrays, got int"),
        ("ab", {}, TypeError, "sequences must be a sequence of arrays, got str"),
        ([1, 2], {}, ValueError, "sequences: number 0 is no sequence"),
        (["ab"], {}, ValueError, "sequences: number 0 is no sequence"),
        ([["a"]], {}, TypeError, "sequences must be numbers of one type"),
        (
            [[1], [1.0]],
            {},
            TypeError,
            "got int64 in number 0 and float32 in number 1",
        ),
        (
            [np.ones((2, 3)), np.ones((2, 4))],
            {},
            ValueError,
            r"shapes \(2, 3\) for number 0 and \(2, 4\) for number 1",
        ),
        (
            [[1]],
            {"padding_side": "top"},
            ValueError,
            'padding_side must be "left" or "right", got \'top\'',
        ),
        (
            [[1]],
            {"padding_value": 0.5},
            ValueError,
            "padding_value must be a number that int64 can hold, got 0.5",
        ),
        ([[1]], {"padding_value": np.nan}, ValueError, "int64 can hold, got nan"),
        ([[1]], {"padding_value": "0"}, ValueError, "int64 can hold, got '0'"),
        ([[1.0]], {"padding_value": [0.0]}, ValueError, r"hold, got \[0.0\]"),
        ([[1.0]], {"padding_value": "0"}, ValueError, "float32 can hold, got '0'"),
        ([[1]], {"padding_value": 2**70}, ValueError, "int64 can hold"),
        (
            [np.ones(1, "u1")],
            {"padding_value": -100},
            ValueError,
            "uint8 can hold, got -100",
        ),
    ],
)
def test_sequences_that_cannot_be_padded(sequences, options, error, message):
    with pytest.raises(error, match=message):
        pad_sequence(sequences, **options)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.1, -1])
def test_floats_are_padded_with_any_number(value):
    padded = pad_sequence([[1.0, 1.0], [1.0]], padding_value=value)
    np.testing.assert_array_equal(padded[1, 1], np.float32(value))


@pytest.mark.parametrize(
    ("shape", "lengths", "error", "message"),
    [
        ((3,), [1], ValueError, r"a step and a batch axis, got shape \(3,\)"),
        ((4, 2), [1], ValueError, "one for each of 2 sequences, got 1"),
        ((4, 2), [1, 5], ValueError, "at most 4, .* got 5"),
        ((4, 2), [1, -1], ValueError, "lengths must be at least 0, got -1"),
        ((4, 2), [1.0, 2.0], TypeError, "lengths must be integers, got float64"),
        ((4, 2), [[1, 2]], ValueError, r"lengths must have shape \(N,\)"),
    ],
)
def test_lengths_that_do_not_fit(shape, lengths, error, message):
    with pytest.raises(error, match=message):
        unpad_sequence(np.zeros(shape), lengths)


@given(
    steps=st.integers(2, 12),
    length=st.integers(1, 11),
    horizon=st.integers(1, 11),
    shape=st.sampled_from([(), (2,), (2, 3)]),
)
def test_windows_and_the_value_after_them(steps, length, horizon, shape):
    series = np.random.default_rng(0).standard_normal((steps, *shape))
    if steps < length + horizon:
        with pytest.raises(ValueError, match=f"need {length + horizon} steps, got"):
            windows(series, length, horizon)
        return
    inputs, targets = windows(series, length, horizon)
    count = steps - length - horizon + 1
    assert inputs.shape == (count, length, *shape)
    assert targets.shape == (count, *shape)
    for i in range(count):
        np.testing.assert_array_equal(inputs[i], series[i : i + length])
        np.testing.assert_array_equal(targets[i], series[i + length - 1 + horizon])
    for view in (inputs, targets):
        assert np.shares_memory(view, series)
        assert not view.flags.writeable
    assert series.flags.writeable


def test_windows_of_a_series_of_matrices():
    series = np.arange(5 * 2 * 3).reshape(5, 2, 3)
    inputs, targets = windows(series, 2, 2)
    np.testing.assert_array_equal(inputs, [series[0:2], series[1:3]])
    np.testing.assert_array_equal(targets, series[3:])


def test_one_step_ahead_by_default():
    np.testing.assert_array_equal(windows(np.arange(6), 3)[1], [3, 4, 5])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.ones(5), 0), ValueError, "length must be at least 1, got 0"),
        ((np.ones(5), 2, 0), ValueError, "horizon must be at least 1, got 0"),
        ((np.ones(5), 2.0), TypeError, "length must be an int, got float"),
        ((np.ones(()), 1), ValueError, r"need 2 steps, got series of shape \(\)"),
    ],
)
def test_windows_that_cannot_be_cut(arguments, error, message):
    with pytest.raises(error, match=message):
        windows(*arguments)


@given(
    size=st.integers(2, 60),
    batch_size=st.integers(1, 7),
    steps=st.integers(1, 9),
    drop_last=st.booleans(),
)
def test_streams_go_on_where_they_ended(size, batch_size, steps, drop_last):
    ids = np.random.default_rng(0).integers(0, 100, size)
    length = (size - 1) // batch_size
    if length < (steps if drop_last else 1):
        with pytest.raises(ValueError, match="there is no batch"):
            character_batches(ids, batch_size, steps, drop_last=drop_last)
        return
    batches = list(character_batches(ids, batch_size, steps, drop_last=drop_last))
    for x, y in batches[:-1]:
        assert x.shape == y.shape == (steps, batch_size)
    used = length - length % steps if drop_last else length
    joined = np.concatenate([x for x, _ in batches])
    following = np.concatenate([y for _, y in batches])
    for n in range(batch_size):
        start = n * length
        np.testing.assert_array_equal(joined[:, n], ids[start : start + used])
        np.testing.assert_array_equal(
            following[:, n], ids[start + 1 : start + 1 + used]
        )
    x, y = batches[0]
    assert not np.shares_memory(x, ids)
    assert x.flags.c_contiguous
    assert y.flags.c_contiguous
    assert x.dtype == ids.dtype


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (([1.0, 2.0], 1, 1), {}, TypeError, "ids must be integers, got float64"),
        (([[1, 2]], 1, 1), {}, ValueError, r"ids must have shape \(T,\)"),
        (([1, 2], 0, 1), {}, ValueError, "batch_size must be at least 1, got 0"),
        (([1, 2], 1, 0), {}, ValueError, "steps must be at least 1, got 0"),
        (([1, 2], 1, 1.0), {}, TypeError, "steps must be an int, got float"),
        (([], 1, 1), {}, ValueError, "0 ids give 1 streams of 0 steps"),
        (([1, 2], 2, 1), {}, ValueError, "2 ids give 2 streams of 0 steps"),
        (
            ([1, 2, 3], 1, 3),
            {"drop_last": True},
            ValueError,
            "3 ids give 1 streams of 2 steps: there is no batch of 3 steps",
        ),
    ],
)
def test_streams_that_cannot_be_cut(arguments, options, error, message):
    """Before the first batch is asked for."""
    with pytest.raises(error, match=message):
        character_batches(*arguments, **options)
