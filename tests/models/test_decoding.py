"""Temperature, top-k and top-p: against plain loops, by hand, and on bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import nn
from dlbook.autograd import Tensor, is_grad_enabled
from dlbook.models import (
    CharRNN,
    generate,
    next_token_probabilities,
    sample_token,
)

P = np.array([0.1, 0.5, 0.25, 0.15])


def by_loops(scores, temperature=1.0, top_k=None, top_p=None):
    """Filter one row of scores, token after token."""
    weight = [np.exp((s - max(scores)) / temperature) for s in scores]
    order = sorted(range(len(scores)), key=lambda v: (-scores[v], v))
    if top_k is not None:
        order = order[:top_k]
    total = sum(weight[v] for v in order)
    kept, reached = [], 0.0
    for v in order:
        kept.append(v)
        reached += weight[v] / total
        if top_p is not None and reached >= top_p:
            break
    total = sum(weight[v] for v in kept)
    return [weight[v] / total if v in kept else 0.0 for v in range(len(scores))]


@given(
    st.lists(st.integers(-6, 6), min_size=1, max_size=9),
    st.sampled_from([0.3, 1.0, 2.5]),
    st.one_of(st.none(), st.integers(1, 12)),
    st.sampled_from([None, 0.05, 0.51, 0.87, 0.993, 1.0]),
)
def test_filters_are_those_of_a_plain_loop(scores, temperature, top_k, top_p):
    options = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    found = next_token_probabilities(np.array(scores, np.float64), **options)
    expected = by_loops(scores, **options)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert found.dtype == np.float64
    assert found.sum() == pytest.approx(1, abs=1e-12)


def test_without_options_it_is_softmax(rng):
    scores = rng.standard_normal((3, 2, 5)).astype(np.float32)
    expected = nn.Softmax(-1)(Tensor(scores)).data
    found = next_token_probabilities(Tensor(scores))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_temperature_raises_probabilities_to_a_power():
    found = next_token_probabilities(np.log(P), temperature=0.5)
    np.testing.assert_allclose(found, P**2 / (P**2).sum())


def test_temperature_zero_is_the_first_of_the_largest():
    scores = [[1.0, 3.0, 3.0], [2.0, 0.0, -np.inf]]
    for options in ({}, {"top_k": 2}, {"top_p": 0.1}):
        found = next_token_probabilities(scores, temperature=0, **options)
        np.testing.assert_array_equal(found, [[0, 1, 0], [1, 0, 0]])
        np.testing.assert_array_equal(
            sample_token(scores, temperature=0, **options), [1, 0]
        )


@pytest.mark.parametrize(
    "options",
    [{}, {"temperature": 0}, {"top_k": 2}, {"top_p": 0.6}, {"top_k": 3, "top_p": 0.8}],
    ids=str,
)
def test_every_position_is_filtered_by_itself(options, rng):
    """Also one whose scores all lie far below those of the others."""
    scores = rng.standard_normal((3, 2, 5))
    scores[1, 1] -= 2000
    found = next_token_probabilities(scores, **options)
    greedy = sample_token(scores, **options | {"temperature": 0})
    for place in np.ndindex(3, 2):
        alone = next_token_probabilities(scores[place], **options)
        np.testing.assert_allclose(found[place], alone, rtol=1e-12)
        alone = sample_token(scores[place], **options | {"temperature": 0})
        assert greedy[place] == alone == scores[place].argmax()


@pytest.mark.parametrize("temperature", [1e-300, 1e-5, 1e5, 1e300])
def test_extreme_temperatures_neither_overflow_nor_warn(temperature):
    found = next_token_probabilities([1000.0, -1000.0, 999.0], temperature=temperature)
    expected = [1, 0, 0] if temperature < 1 else [1 / 3] * 3
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_top_k_by_hand():
    found = next_token_probabilities(np.log(P), top_k=2)
    np.testing.assert_allclose(found, [0, 2 / 3, 1 / 3, 0])
    for k in (4, 5, 100):
        np.testing.assert_allclose(next_token_probabilities(np.log(P), top_k=k), P)


@pytest.mark.parametrize(
    ("top_p", "kept"), [(0.01, 1), (0.49, 1), (0.51, 2), (0.74, 2), (0.76, 3), (1, 4)]
)
def test_top_p_keeps_the_fewest_tokens_that_reach_it(top_p, kept):
    found = next_token_probabilities(np.log(P), top_p=top_p)
    largest = np.argsort(-P)[:kept]
    expected = np.zeros(4)
    expected[largest] = P[largest] / P[largest].sum()
    np.testing.assert_allclose(found, expected)


def test_top_p_that_is_reached_exactly_takes_no_more():
    """Powers of two, whose sums are exact."""
    scores = np.log2([0.5, 0.25, 0.125, 0.125]) * np.log(2)
    found = next_token_probabilities(scores, top_p=0.75)
    np.testing.assert_allclose(found, [2 / 3, 1 / 3, 0, 0])


def test_of_equal_tokens_the_first_are_kept():
    found = next_token_probabilities([0.0, 0.0, 0.0, 0.0], top_k=2)
    np.testing.assert_array_equal(found, [0.5, 0.5, 0, 0])
    found = next_token_probabilities([0.0, 0.0, 0.0, 0.0], top_p=0.5)
    np.testing.assert_array_equal(found, [0.5, 0.5, 0, 0])


def test_top_p_one_keeps_even_what_rounding_would_lose():
    found = next_token_probabilities([0.0, -40.0, -41.0], top_p=1.0)
    assert (found > 0).all()


def test_temperature_comes_before_the_filters():
    """At temperature 2 the first token has less than half, at 1 it has more."""
    scores = np.log([0.6, 0.2, 0.2])
    np.testing.assert_array_equal(
        next_token_probabilities(scores, top_p=0.5), [1, 0, 0]
    )
    hot = next_token_probabilities(scores, top_p=0.5, temperature=2)
    assert np.count_nonzero(hot) == 2


def test_top_k_comes_before_top_p():
    """Of the two that are left, the first has 2/3."""
    found = next_token_probabilities(np.log(P), top_k=2, top_p=0.6)
    np.testing.assert_array_equal(found, [0, 1, 0, 0])
    assert np.count_nonzero(next_token_probabilities(np.log(P), top_p=0.6)) == 2


def test_scores_are_left_as_they_are(rng):
    scores = rng.standard_normal(6)
    before = scores.copy()
    next_token_probabilities(scores, temperature=0.5, top_k=3, top_p=0.9)
    np.testing.assert_array_equal(scores, before)


def test_draws_have_the_frequencies_of_the_probabilities():
    scores = np.tile(np.log(P), (40_000, 1))
    drawn = sample_token(scores, temperature=0.7, top_k=3, rng=0)
    shares = np.bincount(drawn, minlength=4) / len(drawn)
    expected = next_token_probabilities(np.log(P), temperature=0.7, top_k=3)
    np.testing.assert_allclose(shares, expected, atol=0.01)
    assert shares[0] == 0
    np.testing.assert_array_equal(
        drawn, sample_token(scores, temperature=0.7, top_k=3, rng=0)
    )


def test_draws_have_the_shape_of_the_positions(rng):
    for options in ({}, {"temperature": 0}):
        drawn = sample_token(np.zeros(3), rng=rng, **options)
        assert drawn.shape == ()
        assert isinstance(drawn, np.ndarray)
    assert sample_token(np.zeros((2, 5, 3)), rng=rng).shape == (2, 5)
    assert sample_token([-np.inf, 0.0, -np.inf], rng=rng) == 1


class Drawing(np.random.Generator):
    """A generator that always draws the same number."""

    def __init__(self, number):
        super().__init__(np.random.PCG64())
        self.number = number

    def random(self, size):
        return np.full(size, self.number)


@pytest.mark.parametrize("number", [0.0, np.nextafter(1, 0)])
def test_the_ends_of_the_draws_are_tokens_that_have_a_probability(number):
    """Of ten times a tenth, the rounded sum stays below the largest draw."""
    rng = Drawing(number)
    for tokens in range(1, 60):
        scores = np.full(tokens + 2, -np.inf)
        scores[1:-1] = 0
        drawn = sample_token(scores, rng=rng)
        assert drawn == (1 if number == 0 else tokens)
    assert sample_token(np.zeros(10), rng=Drawing(np.nextafter(1, 0))) == 9


class Counter(nn.Module):
    """Score highest the token that is the sum of all read so far, modulo V."""

    def __init__(self, vocab_size=7):
        self.vocab_size = vocab_size
        self.layer = nn.Dropout(0.5, rng=0)
        self.calls = []

    def forward(self, ids, state=None):
        assert not is_grad_enabled()
        assert not self.layer.training
        self.calls.append(ids.shape)
        state = np.zeros(ids.shape[1], np.int64) if state is None else state
        sums = state + np.cumsum(ids, axis=0)
        scores = 5.0 * np.equal.outer(sums % self.vocab_size, np.arange(7))
        return Tensor(scores), sums[-1]


def test_a_text_is_continued_with_the_state_of_the_whole():
    model = Counter()
    assert generate(model, [1, 2], 5, temperature=0).tolist() == [3, 6, 5, 3, 6]
    assert model.calls == [(2, 1), (1, 1), (1, 1), (1, 1), (1, 1)]


def test_several_texts_are_continued_side_by_side():
    prompts = np.array([[1, 0], [2, 4]])
    found = generate(Counter(), prompts, 3, temperature=0)
    np.testing.assert_array_equal(found, [[3, 4], [6, 1], [5, 2]])
    assert generate(Counter(), prompts, 0).shape == (0, 2)
    assert generate(Counter(), [1], 0).shape == (0,)


def test_the_mode_of_every_layer_is_given_back_also_after_an_error():
    model = Counter()
    model.layer.eval()
    generate(model, [1], 1)
    assert model.training
    assert not model.layer.training
    model.layer.train()
    with pytest.raises(IndexError):
        generate(CharRNN(3, hidden_size=2, embedding_dim=2), [5], 1)
    model.vocab_size = 0
    with pytest.raises((ZeroDivisionError, RuntimeWarning)):
        generate(model, [1], 1)
    assert model.training
    assert model.layer.training
    assert is_grad_enabled()


def test_a_seed_decides_the_text(rng):
    model = CharRNN(9, hidden_size=4, embedding_dim=3, rng=rng)
    one, again, other = (generate(model, [0, 1], 30, rng=s) for s in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.dtype == np.int64


def test_generation_passes_its_options_on(rng):
    model = CharRNN(9, hidden_size=4, embedding_dim=3, rng=rng)
    greedy = generate(model, [0, 1], 12, temperature=0)
    for options in ({"top_k": 1}, {"top_p": 1e-6}, {"temperature": 1e-6}):
        np.testing.assert_array_equal(generate(model, [0, 1], 12, **options), greedy)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"temperature": -1}, ValueError, "temperature must be finite and at least 0"),
        ({"temperature": np.nan}, ValueError, "temperature must be finite .* got nan"),
        ({"temperature": np.inf}, ValueError, "temperature must be finite .* got inf"),
        ({"temperature": "hot"}, TypeError, "temperature must be a number, got str"),
        ({"temperature": True}, TypeError, "temperature must be a number, got bool"),
        ({"top_k": 0}, ValueError, "top_k must be at least 1, got 0"),
        ({"top_k": 2.0}, TypeError, "top_k must be an int or None, got float"),
        ({"top_k": True}, TypeError, "top_k must be an int or None, got bool"),
        ({"top_p": 0}, ValueError, r"top_p must lie in \(0, 1\], got 0"),
        ({"top_p": 1.1}, ValueError, r"top_p must lie in \(0, 1\], got 1.1"),
        ({"top_p": np.nan}, ValueError, r"top_p must lie in \(0, 1\], got nan"),
        ({"top_p": "all"}, TypeError, "top_p must be a number, got str"),
    ],
)
def test_bad_options_are_named(options, error, match):
    with pytest.raises(error, match=match):
        next_token_probabilities([0.0, 1.0], **options)
    with pytest.raises(error, match=match):
        next_token_probabilities([0.0, 1.0], **{"temperature": 0} | options)
    with pytest.raises(error, match=match):
        sample_token([0.0, 1.0], **options)
    with pytest.raises(error, match=match):
        generate(Counter(), [1], 0, **options)


@pytest.mark.parametrize(
    ("scores", "error", "match"),
    [
        ([0.0, np.nan], ValueError, "scores contains NaN"),
        ([0.0, np.inf], ValueError, "scores contains NaN or"),
        ([[0.0, 1.0], [-np.inf] * 2], ValueError, "all -inf at a position"),
        (1.0, ValueError, r"scores has shape \(\)"),
        ([], ValueError, r"scores has shape \(0,\)"),
        (["a"], TypeError, "scores must hold real numbers"),
    ],
)
def test_bad_scores_are_named(scores, error, match):
    with pytest.raises(error, match=match):
        next_token_probabilities(scores)
    with pytest.raises(error, match=match):
        sample_token(scores)


@pytest.mark.parametrize(
    ("prompt", "length", "error", "match"),
    [
        ([], 1, ValueError, "prompt is empty"),
        ([0.5], 1, TypeError, "prompt must hold integers, got float64"),
        (3, 1, ValueError, r"prompt has shape \(\), expected \(T,\) or \(T, N\)"),
        (np.zeros((1, 1, 1), int), 1, ValueError, r"prompt has shape \(1, 1, 1\)"),
        ([1], -1, ValueError, "length must be at least 0, got -1"),
        ([1], 1.0, TypeError, "length must be an int, got float"),
    ],
)
def test_bad_prompts_are_named(prompt, length, error, match):
    with pytest.raises(error, match=match):
        generate(Counter(), prompt, length)
