"""Transforms in order, and now and then."""

import numpy as np
import pytest

from dlbook.data.augmentation import Compose, Gain, RandomApply, RandomCrop, RandomSwap


def double(array, rng):
    return 2 * array


def add_a_draw(array, rng):
    return array + rng.random()


def test_each_transform_gets_what_the_one_before_returns():
    both = Compose([double, add_a_draw, double])
    rng = np.random.default_rng(4)
    expected = 2 * (2 * np.ones(3) + rng.random())
    np.testing.assert_array_equal(both(np.ones(3), 4), expected)
    np.testing.assert_array_equal(both(np.ones(3), np.random.default_rng(4)), expected)


def test_transforms_draw_from_one_stream():
    rng = np.random.default_rng(4)
    expected = np.zeros(1) + rng.random() + rng.random()
    result = Compose([add_a_draw, add_a_draw])(np.zeros(1), 4)
    np.testing.assert_array_equal(result, expected)


def test_what_was_listed_cannot_be_changed_later():
    listed = [double]
    composed = Compose(listed)
    listed.append(double)
    assert composed.transforms == (double,)
    assert composed == Compose(iter([double]))


def test_the_repr_has_a_line_for_each():
    inner = Compose([Gain(3)])
    assert repr(Compose([Gain(-1), inner, RandomCrop(2)])) == (
        "Compose(\n"
        "    Gain(db=-1),\n"
        "    Compose(\n"
        "        Gain(db=3),\n"
        "    ),\n"
        "    RandomCrop(size=2, padding=0, padding_mode='constant', fill=0.0),\n"
        ")"
    )


@pytest.mark.parametrize("p", [0.0, 0.2, 1.0])
def test_now_and_then_is_as_often_as_p_says(p):
    maybe, rng = RandomApply(double, p), np.random.default_rng(0)
    doubled = [maybe(np.ones(1), rng)[0] == 2 for _ in range(2000)]
    assert abs(np.mean(doubled) - p) <= 4 * (p * (1 - p) / 2000) ** 0.5


def test_a_draw_equal_to_p_does_not_apply():
    p = float(np.random.default_rng(6).random())
    assert RandomApply(double, p)(np.ones(1), 6) == 1
    assert RandomApply(double, p + 1e-12)(np.ones(1), 6) == 2


def test_the_decision_comes_before_the_transforms_draws():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        first = rng.random()
        expected = rng.random() if first < 0.5 else 0.0
        result = RandomApply(add_a_draw)(np.zeros(1), np.random.default_rng(seed))
        np.testing.assert_array_equal(result, [expected])


def test_tokens_are_copied_too():
    tokens = ["a", "b"]
    result = RandomApply(RandomSwap(), 0.0)(tokens, 0)
    assert result == tokens
    assert result is not tokens


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: Compose([]), ValueError, "Compose: transforms is empty"),
        (lambda: Compose(double), TypeError, "a list of callables, got function"),
        (lambda: Compose([double, 3]), TypeError, "transform 1 must be callable .* 3"),
        (lambda: Compose([RandomCrop]), TypeError, "transform 0 must be callable"),
        (lambda: RandomApply(None), TypeError, "RandomApply: transform must be call"),
        (lambda: RandomApply(double, 1.5), ValueError, r"p must lie in \[0, 1\], got"),
        (lambda: RandomApply(double, "1"), TypeError, "p must be a number, got str"),
        (lambda: Compose([double])(np.ones(1), None), TypeError, "Compose: rng must"),
        (
            lambda: RandomApply(double)(np.ones(1), None),
            TypeError,
            "RandomApply: rng must be a numpy.random.Generator or an int, got None",
        ),
    ],
)
def test_what_cannot_be_applied_is_refused(make, error, match):
    with pytest.raises(error, match=match):
        make()
