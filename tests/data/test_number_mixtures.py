"""Mixtures of numbers: their distributions, what is left out, what is refused."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data import draw_numbers
from dlbook.data.number_mixtures import LARGEST, ZERO_SHARE


def lengths_of(numbers):
    return [len(str(number)) for number in numbers]


def assert_near(counts, expected):
    """Each count is within five standard deviations of what a fair draw gives."""
    total = sum(counts.values())
    for outcome in {*counts, *expected}:
        p = expected.get(outcome, 0)
        deviation = (total * p * (1 - p)) ** 0.5
        assert abs(counts[outcome] - total * p) <= 5 * deviation, outcome


def share_of_zeros(numbers):
    behind = "".join(str(number)[1:] for number in numbers)
    return Counter(digit == "0" for digit in behind)


def test_uniform_numbers_are_all_equally_likely():
    assert_near(
        Counter(draw_numbers(20_000, largest=12, rng=0).tolist()),
        dict.fromkeys(range(13), 1 / 13),
    )
    numbers = draw_numbers(20_000, rng=0)
    assert_near(
        Counter(lengths_of(numbers)),
        {8: 0.9, 7: 0.09, 6: 0.009, 5: 9e-4, 4: 9e-5, 3: 9e-6, 2: 9e-7, 1: 1e-7},
    )
    assert_near(
        Counter(n // 25_000_000 for n in numbers), dict.fromkeys(range(4), 1 / 4)
    )
    assert_near(share_of_zeros(numbers), {True: 0.1, False: 0.9})


def test_every_number_of_digits_is_equally_likely():
    numbers = draw_numbers(20_000, mixture="digits", rng=0)
    assert_near(Counter(lengths_of(numbers)), dict.fromkeys(range(1, 9), 1 / 8))
    assert_near(
        Counter(n for n in numbers.tolist() if n < 10), dict.fromkeys(range(10), 1 / 10)
    )
    assert_near(
        Counter(n for n in numbers.tolist() if 9 < n < 100),
        dict.fromkeys(range(10, 100), 1 / 90),
    )
    assert_near(share_of_zeros(numbers), {True: 0.1, False: 0.9})
    # the longest ones are few, and yet as likely
    numbers = draw_numbers(20_000, largest=101, mixture="digits", rng=0)
    assert_near(Counter(lengths_of(numbers)), dict.fromkeys(range(1, 4), 1 / 3))
    assert set(numbers) == set(range(102))


def test_numbers_rich_in_zeros_are():
    numbers = draw_numbers(20_000, mixture="zeros", rng=0)
    assert_near(Counter(lengths_of(numbers)), dict.fromkeys(range(1, 9), 1 / 8))
    assert_near(share_of_zeros(numbers), {True: ZERO_SHARE, False: 1 - ZERO_SHARE})
    long = [str(number) for number in numbers if number > 10**7]
    for place in range(1, 8):
        share = {"0": 2 / 3} | dict.fromkeys("123456789", 1 / 27)
        assert_near(Counter(number[place] for number in long), share)
    ninths = dict.fromkeys("123456789", 1 / 9)
    assert_near(Counter(number[0] for number in long), ninths)
    middle = [str(number) for number in numbers if 999 < number < 10_000]
    assert_near(Counter(number[0] for number in middle), ninths)
    short = [number for number in numbers.tolist() if number < 10]
    assert_near(Counter(short), dict.fromkeys(range(10), 1 / 10))


def test_numbers_rich_in_zeros_stay_below_the_largest():
    numbers = draw_numbers(5000, largest=1_050, mixture="zeros", rng=0)
    assert numbers.max() <= 1_050
    assert_near(Counter(lengths_of(numbers)), dict.fromkeys(range(1, 5), 1 / 4))
    of_four = {1000 + n for n in range(51)}
    assert {n for n in numbers.tolist() if n >= 1000} <= of_four
    assert 1_000 in numbers
    numbers = draw_numbers(3000, largest=LARGEST, mixture="zeros", digits=12, rng=0)
    assert numbers.min() >= 10**11
    assert_near(share_of_zeros(numbers), {True: 2 / 3, False: 1 / 3})


def test_mixtures_have_their_weights():
    numbers = draw_numbers(
        20_000, digits=8, mixture={"uniform": 3, "zeros": 1, "digits": 0}, rng=0
    )
    zeros = 0.75 * 0.1 + 0.25 * 2 / 3
    counts = Counter(str(number)[3] == "0" for number in numbers)
    assert_near(counts, {True: zeros, False: 1 - zeros})
    short = Counter(
        len(str(n))
        for n in draw_numbers(20_000, mixture={"digits": 2, "uniform": 2}, rng=0)
    )
    assert_near(Counter(n < 5 for n in short.elements()), {True: 0.25, False: 0.75})


@pytest.mark.parametrize("mixture", ["uniform", "digits", "zeros"])
def test_one_kind_is_a_mixture_of_itself(mixture):
    np.testing.assert_array_equal(
        draw_numbers(30, mixture=mixture, rng=0),
        draw_numbers(30, mixture={mixture: 7}, rng=0),
    )


@pytest.mark.parametrize("mixture", ["uniform", "digits", "zeros"])
def test_numbers_have_the_digits_asked_for(mixture):
    numbers = draw_numbers(5000, digits=(3, 1), mixture=mixture, rng=0)
    counts = Counter(lengths_of(numbers))
    one = 10 / 910 if mixture == "uniform" else 1 / 2
    assert_near(counts, {1: one, 3: 1 - one})
    assert set(lengths_of(draw_numbers(50, digits=2, mixture=mixture, rng=0))) == {2}
    several = draw_numbers(50, digits=[2, 2], mixture=mixture, rng=0)
    assert set(lengths_of(several)) == {2}


@given(
    samples=st.integers(1, 30),
    largest=st.integers(0, 2000),
    mixture=st.sampled_from(["uniform", "digits", "zeros"]),
    exclude=st.sets(st.integers(-5, 3000), max_size=100),
    distinct=st.booleans(),
    seed=st.integers(0, 9),
)
def test_what_is_drawn_is_allowed(samples, largest, mixture, exclude, distinct, seed):
    allowed = set(range(largest + 1)) - exclude
    options = {"largest": largest, "mixture": mixture, "exclude": exclude}
    if len(allowed) < (samples if distinct else 1):
        with pytest.raises(ValueError, match=f"only {len(allowed)} numbers are left"):
            draw_numbers(samples, **options, distinct=distinct, rng=seed)
        return
    numbers = draw_numbers(samples, **options, distinct=distinct, rng=seed)
    assert numbers.dtype == np.int64
    assert numbers.shape == (samples,)
    assert set(numbers.tolist()) <= allowed
    assert not distinct or len(set(numbers.tolist())) == samples


def test_all_numbers_can_be_drawn_once_each():
    numbers = draw_numbers(900, digits=3, distinct=True, rng=0)
    assert sorted(numbers) == list(range(100, 1000))
    assert numbers.tolist() != sorted(numbers)
    numbers_of_five = draw_numbers(90_000, digits=5, distinct=True, rng=0)
    assert len(set(numbers_of_five.tolist())) == 90_000
    rest = draw_numbers(10, digits=3, distinct=True, exclude=numbers[10:], rng=1)
    assert sorted(rest) == sorted(numbers[:10])
    every = draw_numbers(1000, largest=99, exclude=range(1, 99), rng=0)
    assert_near(Counter(every.tolist()), {0: 1 / 2, 99: 1 / 2})


def test_excluding_leaves_the_rest_as_likely_as_before():
    numbers = draw_numbers(20_000, largest=9, exclude=[3, 4, 4, 40, -1], rng=0)
    assert_near(
        Counter(numbers.tolist()), dict.fromkeys(set(range(10)) - {3, 4}, 1 / 8)
    )


@pytest.mark.parametrize("kind", [list, tuple, set, iter, np.array, np.uint8])
def test_excluded_numbers_come_in_any_form(kind):
    numbers = draw_numbers(5, largest=3, exclude=kind([0, 1, 3]), rng=0)
    assert numbers.tolist() == [2] * 5


@pytest.mark.parametrize("none", [[], (), set(), np.array([])])
def test_nothing_may_be_excluded(none):
    np.testing.assert_array_equal(
        draw_numbers(5, exclude=none, rng=0), draw_numbers(5, rng=0)
    )


def test_the_same_seed_gives_the_same_numbers():
    options = {"mixture": {"uniform": 1, "zeros": 1}, "exclude": range(1000)}
    first = draw_numbers(100, **options, rng=5)
    np.testing.assert_array_equal(draw_numbers(100, **options, rng=5), first)
    generator = np.random.default_rng(5)
    np.testing.assert_array_equal(draw_numbers(100, **options, rng=generator), first)
    assert draw_numbers(100, **options, rng=generator).tolist() != first.tolist()


def test_numbers_too_rare_to_be_found_are_refused():
    exclude = np.arange(10**4, 10**5 - 1)  # all but 99,999
    options = {"digits": 5, "mixture": "zeros", "exclude": exclude}
    with pytest.raises(ValueError, match=r"only 0 numbers are drawn, .*='zeros'"):
        draw_numbers(1, **options, rng=0)
    options["mixture"] = {"zeros": 1, "uniform": 1}
    assert draw_numbers(1, **options | {"exclude": exclude[1000:]}, rng=0) < 11_000


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"samples": 0}, ValueError, "samples must be at least 1, got 0"),
        ({"samples": 2.0}, TypeError, "samples must be an int, got float"),
        ({"largest": -1}, ValueError, "largest must be at least 0, got -1"),
        ({"largest": 10**12}, ValueError, "largest must be at most 999999999999"),
        ({"digits": 0}, ValueError, "digits must be at least 1, got 0"),
        ({"digits": 9}, ValueError, "digits must be at most 8, got 9"),
        ({"digits": (1, 9)}, ValueError, "digits must be at most 8, got 9"),
        ({"digits": 1.5}, TypeError, "digits must be an int or hold ints, got float"),
        ({"digits": "12"}, TypeError, "digits must be an int, got str"),
        ({"digits": ()}, ValueError, "digits must hold at least one number"),
        ({"mixture": "zero"}, ValueError, "mixture must be of .*'zeros'.*, got 'zero'"),
        ({"mixture": {"a": 1}}, ValueError, "mixture must be of .*, got 'a'"),
        ({"mixture": 1}, TypeError, "mixture must be a str or a mapping, got int"),
        ({"mixture": {}}, ValueError, r"weights of mixture .* not all 0, got \{\}"),
        ({"mixture": {"zeros": 0}}, ValueError, "weights of mixture .* not all 0"),
        ({"mixture": {"zeros": np.inf}}, ValueError, "weights of mixture .* finite"),
        (
            {"mixture": {"zeros": -1, "uniform": 2}},
            ValueError,
            "weights of mixture must be at least 0",
        ),
        ({"exclude": [1.5]}, TypeError, "exclude must hold ints, got .* float64"),
        ({"exclude": [True]}, TypeError, "exclude must hold ints, got .* bool"),
        ({"exclude": [[1]]}, TypeError, r"exclude must hold ints, .* shape \(1, 1\)"),
        ({"exclude": range(100), "largest": 99}, ValueError, "only 0 .* 100 being"),
        ({"rng": "a"}, TypeError, "rng must be a numpy.random.Generator"),
    ],
)
def test_bad_input_is_named(change, error, message):
    options = {"samples": 3, "rng": 0} | change
    with pytest.raises(error, match=message):
        draw_numbers(options.pop("samples"), **options)
