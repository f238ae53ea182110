"""Repeated blocks: the period, what is marked, and what is refused."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data import make_repeats


def periods_of(predictable):
    return predictable.argmax(axis=1)


@given(
    samples=st.integers(1, 6),
    length=st.integers(3, 20),
    distinct=st.booleans(),
    seed=st.integers(0, 99),
    data=st.data(),
)
def test_blocks_repeat_with_their_period(samples, length, distinct, seed, data):
    low = data.draw(st.integers(1, length - 2))
    high = data.draw(st.integers(low, length - 2))
    vocab_size = data.draw(st.integers(high, high + 4))
    period = data.draw(st.sampled_from([(low, high), [low, high], high]))
    ids, predictable = make_repeats(
        samples, length, vocab_size, period=period, distinct=distinct, rng=seed
    )
    assert ids.shape == predictable.shape == (samples, length)
    assert (ids.dtype, predictable.dtype) == (np.int64, np.bool_)
    assert ids.min() >= 0
    assert ids.max() < vocab_size
    for row, marks, p in zip(ids, predictable, periods_of(predictable), strict=True):
        assert (high if period == high else low) <= p <= high
        assert (row[p:] == row[:-p]).all()
        assert marks.tolist() == [p <= t < length - 1 for t in range(length)]
        if distinct:
            assert len(set(row[:p].tolist())) == p


@given(length=st.integers(3, 24), seed=st.integers(0, 99))
def test_a_marked_token_is_followed_by_what_followed_it_before(length, seed):
    ids, predictable = make_repeats(4, length, 24, rng=seed)
    for row, marks in zip(ids.tolist(), predictable, strict=True):
        for t in np.flatnonzero(marks):
            before = [s for s in range(t) if row[s] == row[t]]
            assert before
            assert {row[s + 1] for s in before} == {row[t + 1]}
        for t in np.flatnonzero(~marks)[:-1]:
            assert row[t] not in row[:t]


def test_periods_and_tokens_are_uniform():
    ids, predictable = make_repeats(8000, 9, 6, period=(2, 5), rng=0)
    counts = Counter(periods_of(predictable).tolist())
    assert set(counts) == {2, 3, 4, 5}
    assert all(
        abs(count - 2000) < 5 * (8000 * 3 / 16) ** 0.5 for count in counts.values()
    )
    for t in (0, 1):
        counts = np.bincount(ids[:, t], minlength=6)
        assert abs(counts - 8000 / 6).max() < 5 * (8000 * 5 / 36) ** 0.5
    # pairs of distinct tokens are equally likely too
    pairs = Counter(map(tuple, ids[:, :2].tolist()))
    assert len(pairs) == 30
    assert max(pairs.values()) - 8000 / 30 < 5 * (8000 / 30) ** 0.5


def test_by_default_the_period_is_a_quarter_to_a_half():
    for length, low, high in ((3, 1, 1), (4, 1, 2), (8, 2, 4), (17, 4, 8)):
        _, predictable = make_repeats(300, length, 20, rng=0)
        assert set(periods_of(predictable)) == set(range(low, high + 1))


def test_tokens_that_may_come_twice():
    ids, _ = make_repeats(5000, 4, 3, period=2, distinct=False, rng=0)
    pairs = Counter(map(tuple, ids[:, :2].tolist()))
    assert len(pairs) == 9
    deviation = (5000 * 8 / 81) ** 0.5
    assert all(abs(count - 5000 / 9) < 5 * deviation for count in pairs.values())
    ids, _ = make_repeats(2, 9, 1, period=4, distinct=False, rng=0)
    assert (ids == 0).all()


def test_the_smallest_vocabulary_and_the_longest_period():
    ids, predictable = make_repeats(50, 5, 3, period=3, rng=0)
    assert all(sorted(row[:3]) == [0, 1, 2] for row in ids.tolist())
    assert predictable.sum(axis=1).tolist() == [1] * 50
    assert len(set(map(tuple, ids.tolist()))) == 6


def test_the_same_seed_gives_the_same_sequences():
    first = make_repeats(5, 12, 9, rng=1)
    for rng in (1, np.random.default_rng(1)):
        for again, before in zip(make_repeats(5, 12, 9, rng=rng), first, strict=True):
            np.testing.assert_array_equal(again, before)
    assert (make_repeats(5, 12, 9, rng=2)[0] != first[0]).any()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"samples": 0}, ValueError, "samples must be at least 1, got 0"),
        ({"samples": 1.0}, TypeError, "samples must be an int, got float"),
        ({"length": 2}, ValueError, "length must be at least 3, got 2"),
        ({"vocab_size": 0}, ValueError, "vocab_size must be at least 1, got 0"),
        ({"vocab_size": 3}, ValueError, "vocab_size=3 is too small for 4 different"),
        ({"period": 0}, ValueError, "period must be at least 1, got 0"),
        ({"period": 7}, ValueError, "period must be at most 6, got 7"),
        ({"period": (2, 7)}, ValueError, "period must be at most 6, got 7"),
        ({"period": (0, 2)}, ValueError, "period must be at least 1, got 0"),
        ({"period": (3, 2)}, ValueError, "period: the least, 3, is above .* 2"),
        ({"period": (1, 2, 3)}, ValueError, "an int or two of them, got 3"),
        ({"period": 2.5}, TypeError, "period must be an int, got float"),
        ({"period": "12"}, TypeError, "period must be an int, got str"),
        ({"rng": "a"}, TypeError, "rng must be a numpy.random.Generator"),
    ],
)
def test_bad_input_is_named(change, error, message):
    options = {"samples": 2, "length": 8, "vocab_size": 9, "rng": 0} | change
    sizes = [options.pop(name) for name in ("samples", "length", "vocab_size")]
    with pytest.raises(error, match=message):
        make_repeats(*sizes, **options)
