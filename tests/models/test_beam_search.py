"""Beam search: against all texts there are, against greedy decoding, and bad input."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.autograd import Tensor, no_grad
from dlbook.models import GPT, CharRNN, beam_search
from dlbook.models.beam_search import length_penalty_of

END = 2
V = 4


def table_model(seed):
    """Return a step function: scores that depend on all of the text so far."""
    table = np.random.default_rng(seed).normal(0, 2, (997, V))

    def step(texts):
        keys = texts @ 7 ** np.arange(texts.shape[1]) + 31 * texts.shape[1]
        return table[keys % 997]

    return step


def log_probability(step, start, tokens):
    """Return log p of the tokens after the start, one after another."""
    total, text = 0.0, list(start)
    for token in tokens:
        scores = step(np.array([text]))[0]
        total += scores[token] - np.log(np.exp(scores).sum())
        text.append(token)
    return total


def all_texts(max_length):
    """Yield every text that has ended, and those that max_length has cut."""
    others = [token for token in range(V) if token != END]
    for length in range(1, max_length + 1):
        for body in product(others, repeat=length - 1):
            yield (*body, END)
    yield from product(others, repeat=max_length)


@pytest.mark.parametrize("alpha", [0.0, 0.7, 2.0])
@pytest.mark.parametrize("seed", range(4))
def test_with_beams_for_all_texts_the_best_are_found(seed, alpha):
    step, start = table_model(seed), [1, 3]
    found = beam_search(
        step, start, end=END, beams=200, max_length=4, length_penalty=alpha
    )
    expected = {tokens: log_probability(step, start, tokens) for tokens in all_texts(4)}
    assert {one.tokens for one in found} == set(expected)
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    for one in found:
        total = expected[one.tokens]
        assert one.log_probability == pytest.approx(total)
        assert one.score == pytest.approx(total / ((5 + len(one.tokens)) / 6) ** alpha)
        assert one.finished == (one.tokens[-1] == END)
        assert type(one.score) is type(one.log_probability) is float
        assert {type(token) for token in one.tokens} == {int}


@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(20))
def test_one_beam_is_greedy(seed, alpha):
    step = table_model(seed)
    (found,) = beam_search(
        step, [1], end=END, beams=1, max_length=6, length_penalty=alpha
    )
    text = [1]
    while len(text) < 7 and text[-1] != END:
        text.append(int(step(np.array([text]))[0].argmax()))
    assert list(found.tokens) == text[1:]
    assert found.finished == (text[-1] == END)


def by_hand(step, start, beams, max_length, alpha):
    """Search with lists, without ever stopping early."""
    live, done = [((), 0.0)], []
    for _ in range(max_length):
        more = []
        for tokens, total in live:
            scores = step(np.array([[*start, *tokens]]))[0]
            log_p = scores - np.log(np.exp(scores).sum())
            more += [((*tokens, v), total + log_p[v]) for v in range(V)]
        more = sorted(more, key=lambda one: -one[1])[:beams]
        done += [one for one in more if one[0][-1] == END]
        live = [one for one in more if one[0][-1] != END]
    done += live
    done.sort(key=lambda one: -one[1] / ((5 + len(one[0])) / 6) ** alpha)
    return [tokens for tokens, _ in done[:beams]]


@given(
    st.integers(0, 10_000),
    st.integers(1, 6),
    st.integers(1, 6),
    st.sampled_from([0.0, 0.6, 1.0, 3.0]),
)
def test_stopping_early_loses_nothing(seed, beams, max_length, alpha):
    step = table_model(seed)
    found = beam_search(
        step,
        [1],
        end=END,
        beams=beams,
        max_length=max_length,
        length_penalty=alpha,
    )
    assert [one.tokens for one in found] == by_hand(step, [1], beams, max_length, alpha)


@pytest.mark.parametrize("beams", [2, 3, 5])
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_stopping_early_loses_nothing_in_many_searches(beams, alpha):
    for seed in range(60):
        step = table_model(seed)
        found = beam_search(
            step, [1], end=END, beams=beams, max_length=6, length_penalty=alpha
        )
        expected = by_hand(step, [1], beams, 6, alpha)
        assert [one.tokens for one in found] == expected


def from_table(*rows, asked=None):
    """Return a step function: the probabilities of the token after t tokens."""

    def step(texts):
        if asked is not None:
            asked.append(texts.shape)
        with np.errstate(divide="ignore"):
            row = np.log(rows[min(texts.shape[1], len(rows)) - 1])
        return np.tile(row, (len(texts), 1))

    return step


def test_it_does_not_stop_where_the_penalty_can_still_help():
    """After two tokens two texts have ended and are more probable than the third."""
    last = [0.999, 0.001, 0.0]
    step = from_table([0.4, 0.25, 0.35], [0.4, 0.0, 0.6], *[last] * 7, [0, 0, 1.0])
    found = beam_search(step, [0], end=2, beams=2, max_length=10, length_penalty=1.0)
    assert found[0].tokens == (0,) * 9 + (2,)
    assert found[0].score > found[1].score


def test_it_stops_where_others_can_become_only_as_good():
    asked = []
    step = from_table([0.5, 0.0, 0.5], asked=asked)
    found = beam_search(step, [0], end=2, beams=2, max_length=9)
    assert [one.tokens for one in found] == [(2,), (0, 2)]
    assert asked == [(1, 1), (1, 2)]


def test_it_stops_when_nothing_can_become_better():
    """The end has probability 0.9 at once; no other text can reach that."""
    asked = []

    def step(texts):
        asked.append(texts.shape)
        return np.log(np.tile([0.05, 0.05, 0.9], (len(texts), 1)))

    found = beam_search(step, [0], end=2, beams=1, max_length=50)
    assert asked == [(1, 1)]
    assert found[0].tokens == (2,)
    asked.clear()
    beam_search(step, [0], end=2, beams=3, max_length=50)
    assert asked == [(1, 1), (2, 2)]  # "2", "0 2" and "1 2" are the best three


def test_a_penalty_prefers_the_longer_of_two_texts():
    """0.5 for the end at once, 0.5 * 0.9 * 0.9 for three tokens."""

    def step(texts):
        first = [0.5, 0.0, 0.5]
        later = [0.9, 0.1, 0.0] if texts.shape[1] == 2 else [0.1, 0.0, 0.9]
        with np.errstate(divide="ignore"):
            rows = np.log(first if texts.shape[1] == 1 else later)
        return np.tile(rows, (len(texts), 1))

    for alpha, best in ((0.0, (2,)), (1.0, (0, 0, 2))):
        found = beam_search(
            step, [1], end=2, beams=2, max_length=3, length_penalty=alpha
        )
        assert found[0].tokens == best
        assert len(found) == 2


def test_the_penalty_is_wus():
    assert length_penalty_of(1, 0.8) == 1
    assert length_penalty_of(7, 1.0) == 2
    assert length_penalty_of(7, 0.0) == 1
    assert length_penalty_of(19, 0.5) == 2


def test_excluded_tokens_are_never_taken():
    def step(texts):
        return np.tile([-np.inf, 0.0, -np.inf], (len(texts), 1))

    (found,) = beam_search(step, [0], end=2, beams=5, max_length=3)
    assert found.tokens == (1, 1, 1)
    assert not found.finished
    assert found.log_probability == 0


def test_of_equal_texts_the_first_comes_first():
    found = beam_search(
        lambda texts: np.zeros((len(texts), 3)), [0], end=2, beams=9, max_length=2
    )
    texts = [(2,), (0, 2), (1, 2), (0, 0), (0, 1), (1, 0), (1, 1)]
    assert [one.tokens for one in found] == texts


def test_large_scores_and_tensors_are_taken():
    table = Tensor(np.array([[1e4, 0.0, -1e4]], np.float32))
    for scores in (table, table.data, table.data.tolist()):
        (found,) = beam_search(lambda _, s=scores: s, [0], end=0, beams=1)
        assert found.tokens == (0,)
        assert found.log_probability == 0


def test_language_models_of_both_kinds_can_be_searched(rng):
    """More beams find texts that are no less probable, here."""
    gpt = GPT(7, context=12, width=8, num_layers=1, num_heads=2, rng=rng)
    rnn = CharRNN(7, hidden_size=8, embedding_dim=4, rng=rng)
    for parameter in (*gpt.parameters(), *rnn.parameters()):
        parameter.data[...] = rng.standard_normal(parameter.shape)
    steps = (
        lambda texts: gpt(texts)[:, -1],
        lambda texts: rnn(texts.T)[0][-1],
    )
    for step in steps:
        with no_grad():
            one, many = (
                beam_search(step, [1, 2], end=0, beams=b, max_length=8)[0]
                for b in (1, 50)
            )
        assert many.log_probability >= one.log_probability


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"beams": 0}, ValueError, "beam_search: beams must be at least 1, got 0"),
        ({"beams": 2.0}, TypeError, "beam_search: beams must be an int, got float"),
        ({"max_length": 0}, ValueError, "max_length must be at least 1, got 0"),
        ({"end": -1}, ValueError, "end must be at least 0, got -1"),
        ({"end": 4}, ValueError, r"scores of shape \(1, 4\), expected \(1, V\) .* = 4"),
        ({"length_penalty": -1}, ValueError, "must not be negative, got -1"),
        ({"length_penalty": "x"}, TypeError, "length_penalty must be a number, got"),
        ({"start": []}, ValueError, r"start has shape \(0,\), expected \(t,\)"),
        ({"start": [[1]]}, ValueError, r"start has shape \(1, 1\), expected"),
        ({"start": [1.0]}, TypeError, "start must hold integers, got float64"),
    ],
)
def test_bad_options_are_named(options, error, match):
    options = {"start": [1], "end": END} | options
    with pytest.raises(error, match=match):
        beam_search(table_model(0), options.pop("start"), **options)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_scores_are_named(bad):
    with pytest.raises(ValueError, match="scores with NaN or"):
        beam_search(lambda _: np.array([[0.0, bad, 0.0]]), [1], end=END)
    with pytest.raises(ValueError, match="all -inf for a text"):
        beam_search(lambda _: np.full((1, 3), -np.inf), [1], end=END)
    for shape in ((4,), (2, 4), (1, 2)):
        with pytest.raises(ValueError, match="step returned scores of shape"):
            beam_search(lambda _, shape=shape: np.zeros(shape), [1], end=END)
