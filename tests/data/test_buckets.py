"""Buckets: every sequence once an epoch, and most of the padding saved."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import nn
from dlbook.data import BucketLoader, bucket_batches, unpad_sequence
from dlbook.optim import SGD
from dlbook.training import fit


@given(
    lengths=st.lists(st.integers(0, 30), min_size=1, max_size=60),
    batch_size=st.integers(1, 9),
    pool=st.integers(1, 5),
    seed=st.integers(0, 5),
)
def test_every_sequence_comes_once(lengths, batch_size, pool, seed):
    batches = bucket_batches(lengths, batch_size, pool=pool, rng=seed)
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    sizes = sorted(len(batch) for batch in batches)
    assert all(size == batch_size for size in sizes[1:])
    assert 1 <= sizes[0] <= batch_size
    if pool * batch_size >= len(lengths):  # sorted as a whole: batches do not overlap
        spans = sorted((min(b), max(b)) for b in (np.take(lengths, b) for b in batches))
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


def padding_share(lengths, batches):
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    return 1 - lengths.sum() / padded


def test_buckets_save_most_of_the_padding():
    lengths = np.random.default_rng(0).geometric(0.05, 2000)  # 20 on average
    shares = {
        pool: padding_share(lengths, bucket_batches(lengths, 16, pool=pool, rng=1))
        for pool in (1, 5, 50)
    }
    order = np.random.default_rng(1).permutation(2000)
    at_random = padding_share(lengths, np.split(order, 125))
    assert shares[1] == pytest.approx(at_random, abs=0.03)
    assert at_random > 0.6
    assert shares[5] < 0.7 * at_random
    assert shares[50] < 0.15 * at_random


def test_batches_are_others_every_epoch():
    lengths = np.random.default_rng(0).integers(5, 15, 200)
    rng = np.random.default_rng(0)
    first, second = (bucket_batches(lengths, 8, pool=5, rng=rng) for _ in range(2))
    together = {frozenset(batch.tolist()) for batch in first}
    assert len(together & {frozenset(batch.tolist()) for batch in second}) < 3
    again = bucket_batches(lengths, 8, pool=5, rng=np.random.default_rng(0))
    for batch, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(batch, same)
    # short ones do not come first
    means = [lengths[batch].mean() for batch in bucket_batches(lengths, 8, rng=0)]
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.6


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (([], 2), {}, ValueError, "lengths: there is no sequence"),
        (([1], 0), {}, ValueError, "batch_size must be at least 1, got 0"),
        (([1], 2.0), {}, TypeError, "batch_size must be an int, got float"),
        (([1], 2), {"pool": 0}, ValueError, "pool must be at least 1, got 0"),
        (([1], 2), {"pool": True}, TypeError, "pool must be an int, got bool"),
        (([0.5], 2), {}, TypeError, "lengths must be integers, got float64"),
    ],
)
def test_buckets_that_cannot_be_made(arguments, options, error, message):
    with pytest.raises(error, match=message):
        bucket_batches(*arguments, rng=0, **options)


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=20),
    batch_size=st.integers(1, 6),
    batch_first=st.booleans(),
    with_lengths=st.booleans(),
    step_by_step=st.booleans(),
)
def test_a_loader_gives_what_it_was_given(
    lengths, batch_size, batch_first, with_lengths, step_by_step
):
    sequences = [np.arange(n) + 100 * i + 1 for i, n in enumerate(lengths)]
    targets = [-row for row in sequences] if step_by_step else list(range(len(lengths)))
    loader = BucketLoader(
        sequences,
        targets,
        batch_size,
        batch_first=batch_first,
        with_lengths=with_lengths,
        rng=0,
    )
    np.testing.assert_array_equal(loader.lengths, lengths)
    for _ in range(2):
        seen, count = [], 0
        for padded, *rest in loader:
            count += 1
            found = (padded != 0).sum(axis=1 if batch_first else 0)
            assert len(rest) == 1 + with_lengths
            if with_lengths:
                np.testing.assert_array_equal(rest[0], found)
            rows = unpad_sequence(padded, found, batch_first=batch_first)
            numbers = [(int(row[0]) - 1) // 100 for row in rows]
            for number, row in zip(numbers, rows, strict=True):
                np.testing.assert_array_equal(row, sequences[number])
            if step_by_step:
                expected = np.where(padded == 0, -100, -padded)
                np.testing.assert_array_equal(rest[-1], expected)
            else:
                np.testing.assert_array_equal(rest[-1], numbers)
            assert padded.shape[1 if batch_first else 0] == found.max()
            seen += numbers
        assert sorted(seen) == list(range(len(lengths)))
        assert count == len(loader)


def test_paddings_of_ones_own():
    loader = BucketLoader(
        [[1, 1], [2]], [[1, 1], [2]], 2, padding_value=9, target_padding=8, rng=0
    )
    ((padded, lengths, targets),) = loader
    short = lengths.argmin()
    assert padded[1, short] == 9
    assert targets[1, short] == 8


def test_targets_may_be_vectors_or_floats():
    sequences = [[1], [2, 3], [4]]
    vectors = BucketLoader(sequences, np.eye(3), 3, rng=0)
    ((_, _, targets),) = vectors
    assert targets.shape == (3, 3)
    ((_, _, targets),) = BucketLoader(sequences, [0.5, 1.5, 2.5], 3, rng=0)
    assert targets.dtype == np.float32


def test_a_loader_draws_anew_and_goes_on_from_a_saved_state():
    sequences = [[1] * n for n in range(1, 21)]
    loader = BucketLoader(sequences, list(range(20)), 3, pool=2, rng=3)
    first = [batch[2].tolist() for batch in loader]
    state = loader.rng.bit_generator.state
    second = [batch[2].tolist() for batch in loader]
    assert first != second
    loader.rng.bit_generator.state = state
    assert [batch[2].tolist() for batch in loader] == second
    assert len(loader) == 7
    assert (
        repr(loader) == "BucketLoader(20 sequences of 1 to 20 steps in 7 batches of 3)"
    )


def test_fit_takes_its_batches():
    """Of pairs with the batch first: the model reads the lengths off the padding."""

    class MeanOfEmbeddings(nn.Module):
        def __init__(self):
            self.embedding = nn.Embedding(5, 8, padding_idx=0, rng=0)
            self.linear = nn.Linear(8, 2, rng=0)

        def forward(self, ids):
            lengths = (ids.data != 0).sum(axis=1, keepdims=True).astype(np.float32)
            return self.linear(self.embedding(ids).sum(axis=1) / lengths)

    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=60)
    sequences = [rng.integers(1, 3, rng.integers(1, 9)) + 2 * y for y in labels]
    loader = BucketLoader(
        sequences, labels, 10, batch_first=True, with_lengths=False, rng=0
    )
    model = MeanOfEmbeddings()
    history = fit(
        model,
        loader,
        loss=nn.CrossEntropyLoss(),
        optimizer=SGD(model.parameters(), lr=0.5),
        epochs=10,
        progress=False,
    )
    losses = history["training loss"]
    assert losses[-1] < 0.2 * losses[0]


@pytest.mark.parametrize(
    ("sequences", "targets", "options", "error", "message"),
    [
        ([], [], {}, ValueError, "sequences: there is no sequence"),
        ([[1], []], [0, 1], {}, TypeError, "int64 in number 0 and float32 in number 1"),
        (
            [np.ones(1), np.ones(0)],
            [0, 1],
            {},
            ValueError,
            "sequence 1 is empty",
        ),
        ([[1], [2]], [0], {}, ValueError, "2 sequences need as many targets, got 1"),
        (
            [[1], [2, 3]],
            [[1], [2]],
            {},
            ValueError,
            "sequence 1 has 2 steps, its targets 1",
        ),
        (
            [[1]],
            [np.ones(1, "u1")],
            {},
            ValueError,
            "target_padding must be a number that uint8 can hold, got -100",
        ),
        ([[1]], [0], {"padding_value": 0.5}, ValueError, "padding_value must be a"),
        ([[1]], [0], {"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ([[1]], [0], {"pool": 0}, ValueError, "pool must be at least 1"),
    ],
)
def test_loaders_that_cannot_be_made(sequences, targets, options, error, message):
    with pytest.raises(error, match=message):
        BucketLoader(sequences, targets, **({"rng": 0} | options))
