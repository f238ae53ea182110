"""Sentences: what is replaced, put in, exchanged and left out, and how often."""

import math
import tomllib
from collections import Counter
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data.augmentation import (
    RandomDeletion,
    RandomInsertion,
    RandomSwap,
    SynonymReplacement,
    load_synonyms,
)

SENTENCE = ["the", "big", "dog", "was", "very", "happy", "in", "the", "old", "house"]
OWN = {"dog": ["hound", "cur"], "big": ["large"], "old": []}
tokens = st.lists(st.sampled_from(SENTENCE), max_size=12)


# --- the list of synonyms -------------------------------------------------------------


def test_the_list_is_sorted_into_groups_without_overlap():
    file = resources.files("dlbook.data.augmentation") / "synonyms.toml"
    kinds = tomllib.loads(file.read_text("utf-8"))
    groups = [group for groups in kinds.values() for group in groups]
    words = [word for group in groups for word in group]
    assert len(groups) >= 150
    assert len(words) == len(set(words)) == len(load_synonyms())
    assert all(len(group) > 1 for group in groups)
    assert all(word == word.lower().strip() != "" for word in words)


def test_each_word_stands_for_the_others_of_its_group():
    synonyms = load_synonyms()
    assert synonyms["big"] == ("large", "sizable")
    assert synonyms["large"] == ("big", "sizable")
    for word, others in synonyms.items():
        assert word not in others
        assert all(word in synonyms[other] for other in others)


def test_the_list_cannot_be_changed():
    with pytest.raises(TypeError):
        load_synonyms()["big"] = ("small",)


# --- replacement ----------------------------------------------------------------------


@given(tokens=tokens, n=st.integers(1, 5), seed=st.integers(0, 20))
def test_up_to_n_words_become_synonyms(tokens, n, seed):
    before = list(tokens)
    after = SynonymReplacement(n)(tokens, seed)
    assert tokens == before
    synonyms = load_synonyms()
    changed = [(a, b) for a, b in zip(tokens, after, strict=True) if a != b]
    assert len(changed) == min(n, sum(word in synonyms for word in tokens))
    assert all(b in synonyms[a] for a, b in changed)


def test_places_and_synonyms_come_equally_often():
    rng = np.random.default_rng(0)
    results = Counter(
        tuple(SynonymReplacement(1, OWN)(["big", "dog", "ran"], rng))
        for _ in range(2000)
    )
    assert set(results) == {
        ("large", "dog", "ran"),
        ("big", "hound", "ran"),
        ("big", "cur", "ran"),
    }
    assert abs(results["large", "dog", "ran"] - 1000) < 4 * math.sqrt(500)
    assert abs(results["big", "cur", "ran"] - 500) < 4 * math.sqrt(375)


def test_a_capital_stays():
    once = SynonymReplacement(9, {"dog": ["hound"], "big": ["LARGE"]})
    assert once(["Big", "Dog", "DOG", "dog"], 0) == ["LARGE", "Hound", "Hound", "hound"]
    assert RandomInsertion(1, {"dog": ["hound"]})(["Dog"], 0).count("hound") == 1


def test_words_without_synonyms_stay():
    assert SynonymReplacement(3, OWN)(["old", "cats", "."], 0) == ["old", "cats", "."]
    assert SynonymReplacement()([], 0) == []
    assert SynonymReplacement()(("big",), 0) in (["large"], ["sizable"])
    default = [SynonymReplacement()(SENTENCE, seed) for seed in range(5)]
    assert all(
        sum(a != b for a, b in zip(t, SENTENCE, strict=True)) == 1 for t in default
    )


# --- insertion ------------------------------------------------------------------------


@given(tokens=tokens, n=st.integers(1, 5), seed=st.integers(0, 20))
def test_n_synonyms_of_words_that_are_there_come_in(tokens, n, seed):
    before = list(tokens)
    after = RandomInsertion(n)(tokens, seed)
    assert tokens == before
    synonyms = load_synonyms()
    known = {other for word in tokens for other in synonyms.get(word, ())}
    new = Counter(after) - Counter(tokens)
    assert sum(new.values()) == len(after) - len(tokens) == (n if known else 0)
    assert set(new) <= known
    remaining = iter(after)
    assert all(word in remaining for word in tokens)  # in their old order


def test_words_and_places_are_drawn_equally_often():
    rng = np.random.default_rng(0)
    insert = RandomInsertion(synonyms=OWN)
    results = Counter(tuple(insert(["big", "dog"], rng)) for _ in range(3000))
    assert len(results) == 9  # three places, and large, hound or cur
    places = Counter()
    for result, count in results.items():
        new = next(w for w in result if w not in ("big", "dog"))
        places[result.index(new)] += count
        expected = 500 if new == "large" else 250
        assert abs(count - expected) < 4 * math.sqrt(expected)
    assert set(places) == {0, 1, 2}
    assert insert(["old", "cats"], 0) == ["old", "cats"]


# --- swaps and deletions --------------------------------------------------------------


@given(tokens=tokens, n=st.integers(1, 5), seed=st.integers(0, 20))
def test_swapping_keeps_the_words(tokens, n, seed):
    before = list(tokens)
    after = RandomSwap(n)(tokens, seed)
    assert tokens == before
    assert Counter(after) == Counter(tokens)


def test_one_swap_exchanges_two_and_all_pairs_come_equally_often():
    rng, words = np.random.default_rng(0), list("abc")
    results = Counter("".join(RandomSwap()(words, rng)) for _ in range(3000))
    assert set(results) == {"bac", "cba", "acb"}
    assert max(abs(count - 1000) for count in results.values()) < 4 * math.sqrt(667)
    assert RandomSwap(3)(["one"], 0) == ["one"]
    assert RandomSwap(3)([], 0) == []
    assert RandomSwap(1)(["a", "b"], 0) == ["b", "a"]
    assert RandomSwap(2)(["a", "b"], 0) == ["a", "b"]


@pytest.mark.parametrize("p", [0.0, 0.1, 0.7, float(np.random.default_rng(0).random())])
def test_each_word_falls_out_with_probability_p(p):
    words = [str(i) for i in range(5000)]
    after = RandomDeletion(p)(words, 0)
    assert abs(1 - len(after) / 5000 - p) <= 4 * math.sqrt(p * (1 - p) / 5000)
    drawn = np.random.default_rng(0).random(5000)
    assert after == [word for word, x in zip(words, drawn, strict=True) if x >= p]


def test_one_word_is_left_at_least():
    rng = np.random.default_rng(0)
    left = Counter(tuple(RandomDeletion(1.0)(["a", "b"], rng)) for _ in range(1000))
    assert set(left) == {("a",), ("b",)}
    assert abs(left["a",] - 500) < 4 * math.sqrt(250)
    assert RandomDeletion(1.0)([], 0) == []
    assert RandomDeletion(1.0)(["a"], 0) == ["a"]


@pytest.mark.parametrize(
    "transform",
    [SynonymReplacement(), RandomInsertion(), RandomSwap(), RandomDeletion()],
    ids=repr,
)
def test_what_are_no_tokens_is_refused(transform):
    name = type(transform).__name__
    for text in ("a big dog", None, np.array(["a"])):
        with pytest.raises(TypeError, match=f"{name} takes a list of tokens, got"):
            transform(text, 0)
    with pytest.raises(TypeError, match=f"{name} takes a list of str, got .* int"):
        transform(["a", 3], 0)
