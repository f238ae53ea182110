"""Perplexity and bits per character: by hand, and on bad input."""

import math

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.functional import cross_entropy
from dlbook.metrics import bits_per_character, perplexity

NATS = [math.log(2), math.log(8)]  # probabilities 1/2 and 1/8


def test_small_examples():
    assert perplexity(NATS) == pytest.approx(4, rel=1e-15)
    assert bits_per_character(NATS) == pytest.approx(2, rel=1e-15)


@pytest.mark.parametrize("choices", [1, 2, 103])
def test_a_guess_among_k_has_perplexity_k(choices):
    guess = np.full((3, 5), math.log(choices))
    assert perplexity(guess) == pytest.approx(choices, rel=1e-14)
    assert bits_per_character(guess) == pytest.approx(math.log2(choices), abs=1e-14)


def test_a_mean_gives_what_the_numbers_give():
    mean = np.mean(NATS)
    assert perplexity(mean) == pytest.approx(perplexity(NATS), rel=1e-15)
    assert bits_per_character(mean) == pytest.approx(bits_per_character(NATS))


def test_bits_are_shared_among_the_characters_or_bytes_of_the_text():
    text = "naïve"
    assert bits_per_character(NATS, len(text)) == pytest.approx(4 / 5, rel=1e-15)
    in_bytes = bits_per_character(NATS, characters=len(text.encode()))
    assert in_bytes == pytest.approx(4 / 6, rel=1e-15)


def test_two_to_the_bits_is_the_perplexity_where_tokens_are_characters(rng):
    nats = rng.exponential(size=(4, 7))
    assert 2 ** bits_per_character(nats) == pytest.approx(perplexity(nats))


def test_a_loss_is_taken_as_it_is(rng):
    scores = Tensor(rng.standard_normal((6, 4)).astype(np.float32), requires_grad=True)
    loss = cross_entropy(scores, rng.integers(0, 4, 6))
    assert perplexity(loss) == pytest.approx(math.exp(loss.item()))
    assert isinstance(perplexity(loss), float)
    assert isinstance(bits_per_character(loss), float)


def test_float32_is_summed_in_float64():
    many = np.full(10**6, 0.1, np.float32)
    expected = float(np.float32(0.1)) / math.log(2)
    assert bits_per_character(many) == pytest.approx(expected, rel=1e-12)


def test_a_probability_of_zero_is_infinitely_bad():
    assert perplexity([0.0, math.inf]) == math.inf
    assert bits_per_character([0.0, math.inf]) == math.inf
    assert perplexity([1e6]) == math.inf  # beyond what a float holds
    assert perplexity([0, 0]) == 1


@pytest.mark.parametrize("metric", [perplexity, bits_per_character])
def test_errors_name_what_is_wrong(metric):
    name = metric.__name__
    with pytest.raises(ValueError, match=f"{name}: surprisals is empty"):
        metric([])
    with pytest.raises(ValueError, match=f"{name}: surprisals contains -0.5"):
        metric([0.5, -0.5])
    with pytest.raises(ValueError, match="surprisals contains nan"):
        metric([0.5, math.nan])
    with pytest.raises(TypeError, match="surprisals must be real numbers, got <U1"):
        metric(["a"])


def test_a_wrong_number_of_characters_is_refused():
    with pytest.raises(TypeError, match="characters must be an integer, got float"):
        bits_per_character(NATS, 2.0)
    with pytest.raises(ValueError, match="characters must be at least 1, got 0"):
        bits_per_character(NATS, 0)
