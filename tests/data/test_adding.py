"""The adding problem: where the marks are, what the target is, what guessing costs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data import make_adding


@given(
    samples=st.integers(1, 20),
    steps=st.integers(2, 12),
    dtype=st.sampled_from(["f4", "f8"]),
    seed=st.integers(0, 3),
)
def test_the_target_is_the_sum_of_one_number_of_each_half(samples, steps, dtype, seed):
    x, y = make_adding(samples, steps, rng=seed, dtype=dtype)
    assert x.shape == (steps, samples, 2)
    assert y.shape == (samples,)
    assert x.dtype == y.dtype == dtype
    numbers, marks = x[..., 0], x[..., 1]
    assert ((numbers >= 0) & (numbers < 1)).all()
    assert set(np.unique(marks)) <= {0, 1}
    np.testing.assert_array_equal(marks[: steps // 2].sum(axis=0), 1)
    np.testing.assert_array_equal(marks[steps // 2 :].sum(axis=0), 1)
    np.testing.assert_array_equal((numbers * marks).sum(axis=0), y)
    turned, same = make_adding(samples, steps, rng=seed, dtype=dtype, batch_first=True)
    np.testing.assert_array_equal(turned.swapaxes(0, 1), x)
    np.testing.assert_array_equal(same, y)
    assert turned.flags.c_contiguous


def test_every_place_and_number_is_equally_likely():
    x, y = make_adding(20_000, 9, rng=0)
    places = x[..., 1].mean(axis=1)  # of 9 steps the first half has 4
    np.testing.assert_allclose(places[:4], 1 / 4, atol=0.015)
    np.testing.assert_allclose(places[4:], 1 / 5, atol=0.015)
    first = x[:4, :, 1].argmax(axis=0)
    second = x[4:, :, 1].argmax(axis=0)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03
    counts, _ = np.histogram(x[..., 0], bins=10, range=(0, 1))
    np.testing.assert_allclose(counts / x[..., 0].size, 0.1, atol=0.003)
    assert y.mean() == pytest.approx(1, abs=0.01)


def test_what_guessing_costs_is_as_said():
    x, y = make_adding(100_000, 4, rng=0, dtype=np.float64)
    # of the squares (y - 1)^2, the standard deviation is sqrt(7) / 30 = 0.197
    assert np.mean((y - 1) ** 2) == pytest.approx(1 / 6, abs=4 * 0.197 / 316)
    known = (x[:2, :, 0] * x[:2, :, 1]).sum(axis=0)
    assert np.mean((y - known - 0.5) ** 2) == pytest.approx(1 / 12, abs=0.002)


def test_the_generator_decides():
    first, again, other = (make_adding(5, 8, rng=seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(make_adding(5, 8, rng=rng)[0], first)
    assert not np.array_equal(make_adding(5, 8, rng=rng)[0], first)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((0, 8), {}, ValueError, "samples must be at least 1, got 0"),
        ((5, 1), {}, ValueError, "steps must be at least 2, got 1"),
        ((5.0, 8), {}, TypeError, "samples must be an int, got float"),
        ((5, True), {}, TypeError, "steps must be an int, got bool"),
        ((5, 8), {"dtype": int}, ValueError, "dtype must be a floating-point type"),
        ((5, 8), {"rng": "0"}, TypeError, "rng must be a numpy.random.Generator"),
    ],
)
def test_bad_input_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        make_adding(*arguments, **({"rng": 0} | options))
