"""Smoothed counts: against dictionaries, by hand, and on bad input."""

from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.autograd import Tensor
from dlbook.data import load_english_text
from dlbook.metrics import bits_per_character
from dlbook.models import NGram

KINDS = [
    {"smoothing": "witten-bell"},
    {"smoothing": "kneser-ney"},
    {"smoothing": "kneser-ney", "discount": 0.75},
]


def by_dictionaries(text, vocab_size, order, smoothing, discount=None):
    """Return p(token, context), written down from the papers, with nothing packed."""
    text = tuple(text)
    counts = {
        k: Counter(text[i : i + k] for i in range(len(text) - k + 1))
        for k in range(1, order + 1)
    }
    if smoothing == "kneser-ney":
        for k in range(1, order):
            before = Counter(gram[1:] for gram in counts[k + 1])
            counts[k] = Counter({gram: before[gram] for gram in counts[k]})

    def discounts(k):
        n = Counter(counts[k].values())
        if discount is not None:
            return 0, discount, discount, discount
        if all(n[i] for i in (1, 2, 3, 4)):
            y = n[1] / (n[1] + 2 * n[2])
            d = [i - (i + 1) * y * n[i + 1] / n[i] for i in (1, 2, 3)]
            if min(d) >= 0:
                return 0, *d
        return 0, 0.5, 1, 1.5

    @cache
    def p(token, context):
        lower = p(token, context[1:]) if context else 1 / vocab_size
        k = len(context) + 1
        following = {g[-1]: c for g, c in counts[k].items() if g[:-1] == context}
        total = sum(following.values())
        if total == 0:
            return lower
        count = following.get(token, 0)
        if smoothing == "witten-bell":
            return (count + len(following) * lower) / (total + len(following))
        d = discounts(k)
        spare = sum(min(c, d[min(c, 3)]) for c in following.values())
        return (max(count - d[min(count, 3)], 0) + spare * lower) / total

    return lambda token, context: p(
        token, tuple(context[max(0, len(context) - order + 1) :])
    )


texts = st.lists(st.integers(0, 3), min_size=5, max_size=80)


@given(texts, st.integers(1, 5), st.sampled_from(KINDS))
def test_probabilities_are_those_of_the_papers(text, order, kind):
    model = NGram(order, **kind).fit(text, 5)
    reference = by_dictionaries(text, 5, order, **kind)
    for context in ([], text[:1], text[-3:], text[:6], [4], [3, 4, 0, 1], [0, 0, 0, 1]):
        expected = [reference(token, context) for token in range(5)]
        found = model.probabilities(context)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        assert found.sum() == pytest.approx(1, abs=1e-12)
        assert (found > 0).all()


@given(texts, texts, st.integers(1, 5), st.sampled_from(KINDS))
def test_a_text_is_scored_as_token_by_token(text, other, order, kind):
    model = NGram(order, **kind).fit(text, 5)
    for context in ([], text):
        seen = [*context]
        expected = []
        for token in other:
            expected.append(-np.log(model.probabilities(seen)[token]))
            seen.append(token)
        found = model.surprisals(other, context=context)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_bigram_by_hand():
    """0 1 0 1 0 2: alone 3, 2 and 1 of 6; after 1 always 0."""
    witten_bell = NGram(2, smoothing="witten-bell").fit([0, 1, 0, 1, 0, 2], 4)
    alone = np.array([3, 2, 1, 0]) / 9 + 3 / 9 / 4
    np.testing.assert_allclose(witten_bell.probabilities(), alone)
    after_1 = np.array([2, 0, 0, 0]) / 3 + alone / 3
    np.testing.assert_allclose(witten_bell.probabilities([1]), after_1)

    kneser_ney = NGram(2, discount=0.5).fit([0, 1, 0, 1, 0, 2], 4)
    # different tokens before: 0 has one (1), 1 has one (0), 2 has one (0)
    alone = np.array([0.5, 0.5, 0.5, 0]) / 3 + 3 * 0.5 / 3 / 4
    np.testing.assert_allclose(kneser_ney.probabilities(), alone)
    after_1 = np.array([1.5, 0, 0, 0]) / 2 + 0.5 / 2 * alone
    np.testing.assert_allclose(kneser_ney.probabilities([1]), after_1)
    assert kneser_ney.num_grams == (3, 3)  # 01, 10, 02


def text_of(*tokens_of_count):
    """Return a text in which so many tokens occur once, so many twice, ..."""
    counts = np.repeat(np.arange(len(tokens_of_count)) + 1, tokens_of_count)
    return np.repeat(np.arange(len(counts)), counts), counts


@pytest.mark.parametrize(
    ("numbers", "discounts"),
    [((6, 2, 1, 1, 0, 1), (0.6, 1.1, 0.6)), ((8, 4, 2, 3), (0.5, 1.25, 0.0))],
)
def test_discounts_are_estimated_from_the_counts_of_counts(numbers, discounts):
    """With Y = 6 / (6 + 2 * 2) = 0.6; and Y = 0.5, a discount of exactly 0."""
    text, counts = text_of(*numbers)
    taken = np.array(discounts)[np.minimum(counts, 3) - 1]
    spare = taken.sum() / len(text) / (len(counts) + 1)
    found = NGram(1).fit(text, len(counts) + 1).probabilities()
    expected = [*((counts - taken) / len(text) + spare), spare]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("numbers", [(6, 2, 1, 2), (6, 2, 1, 0), (6, 2, 0, 1), (1, 1)])
def test_where_the_estimate_makes_no_sense_the_discounts_are_fixed(numbers):
    """A discount of 3 - 4 * 0.6 * 2 = -1.8, or no token of a count that is needed."""
    text, counts = text_of(*numbers)
    taken = (np.minimum(counts, 3) / 2).sum() / len(text)
    found = NGram(1).fit(text, len(counts) + 1).probabilities([])
    assert found[-1] == pytest.approx(taken / (len(counts) + 1))


def test_a_longer_text_has_the_estimated_discounts_of_every_order(rng):
    text = rng.geometric(0.3, 300).clip(max=7) - 1
    model = NGram(3).fit(text, 8)
    reference = by_dictionaries(text.tolist(), 8, 3, "kneser-ney")
    for context in ([], [0], [2, 1], [0, 0], [6, 3]):
        expected = [reference(token, context) for token in range(8)]
        np.testing.assert_allclose(model.probabilities(context), expected, rtol=1e-12)


def test_after_what_was_never_seen_the_shorter_context_decides():
    model = NGram(3).fit([0, 1, 2, 0, 1, 1, 2, 0], 4)
    np.testing.assert_array_equal(
        model.probabilities([3, 1]),
        NGram(3).fit([0, 1, 2, 0, 1, 1, 2, 0], 4).probabilities([1]),
    )
    np.testing.assert_array_equal(model.probabilities([3]), model.probabilities([]))


def test_only_the_last_tokens_of_a_context_count(rng):
    text = rng.integers(0, 6, 200)
    model = NGram(3).fit(text, 6)
    np.testing.assert_array_equal(
        model.probabilities(text[:50]), model.probabilities(text[48:50])
    )
    np.testing.assert_array_equal(
        model.surprisals(text[50:], context=text[:50]),
        model.surprisals(text[50:], context=text[48:50]),
    )


def test_samples_have_the_frequencies_of_the_model():
    model = NGram(2).fit([0, 1, 0, 2, 0, 1, 1, 0, 2, 2], 3)
    drawn = model.sample(8_000, context=[0], rng=1)
    assert drawn.dtype == np.int64
    assert drawn.shape == (8_000,)
    for token in range(3):
        following = drawn[1:][drawn[:-1] == token]
        shares = np.bincount(following, minlength=3) / len(following)
        np.testing.assert_allclose(shares, model.probabilities([token]), atol=0.03)
    np.testing.assert_array_equal(drawn[:50], model.sample(50, context=[0], rng=1))
    assert model.sample(0).shape == (0,)


def test_the_first_sampled_token_follows_the_context():
    model = NGram(2, discount=0.0).fit([0, 1, 2, 3, 0, 1, 2, 3, 0], 4)
    for token in range(4):
        assert model.sample(1, context=[token], rng=0) == [(token + 1) % 4]


class Highest(np.random.Generator):
    """A generator that always draws the largest number below 1."""

    def random(self):
        return np.nextafter(1, 0)


def test_the_largest_draw_is_the_last_token():
    """Ten times a tenth, summed with rounding, is no more than the draw."""
    model = NGram(1, discount=0).fit(np.arange(10), 10)
    assert model.sample(3, rng=Highest(np.random.PCG64())).tolist() == [9, 9, 9]


def test_bits_per_character_is_the_mean_surprisal(rng):
    text = rng.integers(0, 4, 300)
    model = NGram(3).fit(text[:200], 4)
    bits = model.bits_per_character(text[200:], context=text[:200])
    nats = model.surprisals(text[200:], context=text[:200])
    assert bits == bits_per_character(nats)
    assert model.bits_per_character(Tensor(text[200:])) != bits  # without the context


def test_on_english_the_figures_that_the_book_compares_with():
    """The last tenth of Python's help topics, after counting the rest."""
    text = load_english_text()
    characters, ids = np.unique(list(text), return_inverse=True)
    cut = 9 * len(ids) // 10
    bits = {
        (order, kind): NGram(order, smoothing=kind)
        .fit(ids[:cut], len(characters))
        .bits_per_character(ids[cut:], context=ids[:cut])
        for order in (3, 5)
        for kind in ("witten-bell", "kneser-ney")
    }
    assert bits[3, "witten-bell"] == pytest.approx(2.47, abs=0.05)
    assert bits[5, "witten-bell"] == pytest.approx(1.91, abs=0.05)
    assert bits[3, "kneser-ney"] < bits[3, "witten-bell"]
    assert bits[5, "kneser-ney"] < bits[5, "witten-bell"] - 0.1


def test_errors_name_what_is_wrong():
    with pytest.raises(TypeError, match="order must be an int, got float"):
        NGram(2.0)
    with pytest.raises(TypeError, match="order must be an int, got bool"):
        NGram(True)
    with pytest.raises(ValueError, match="order must be at least 1, got 0"):
        NGram(0)
    with pytest.raises(ValueError, match=r"smoothing must be one of .*, got 'laplace'"):
        NGram(2, smoothing="laplace")
    with pytest.raises(TypeError, match="discount must be a number, got str"):
        NGram(2, discount="0.5")
    with pytest.raises(ValueError, match=r"discount must lie in \[0, 1\], got 1.5"):
        NGram(2, discount=1.5)
    with pytest.raises(ValueError, match="discount is for Kneser-Ney, not for"):
        NGram(2, smoothing="witten-bell", discount=0.5)
    for use in (
        lambda model: model.probabilities(),
        lambda model: model.surprisals([0]),
        lambda model: model.sample(0),
        lambda model: model.num_grams,
    ):
        with pytest.raises(RuntimeError, match=r"call fit\(\) first"):
            use(NGram(2))
    with pytest.raises(ValueError, match=r"ids holds 2 .*fewer than the order 3"):
        NGram(3).fit([0, 1], 2)
    with pytest.raises(TypeError, match="vocab_size must be an int, got float"):
        NGram(1).fit([0, 1], 2.0)
    with pytest.raises(ValueError, match="vocab_size must be at least 1, got 0"):
        NGram(1).fit([0, 1], 0)
    model = NGram(2).fit([0, 1, 0], 2)
    with pytest.raises(ValueError, match=r"ids contains token 2, .* in \[0, 2\)"):
        model.surprisals([0, 2])
    with pytest.raises(ValueError, match="context contains token -1"):
        model.probabilities([-1])
    with pytest.raises(ValueError, match="ids contains token -1"):
        model.surprisals([0, -1])
    with pytest.raises(TypeError, match="ids must hold integers, got float64"):
        model.surprisals([0.0, 1.0])
    with pytest.raises(ValueError, match=r"ids has shape \(1, 2\), expected \(T,\)"):
        model.surprisals([[0, 1]])
    with pytest.raises(ValueError, match="ids is empty"):
        model.surprisals([])
    with pytest.raises(TypeError, match="length must be an int, got float"):
        model.sample(2.0)
    with pytest.raises(ValueError, match="length must be at least 0, got -1"):
        model.sample(-1)
