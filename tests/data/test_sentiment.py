"""The sentiment grammar: labels, probabilities, and the bound on bags of words."""

import re
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest

from dlbook.data import best_bag_accuracy, make_sentiment
from dlbook.data.sentiment import (
    ADJECTIVES,
    CLOSERS,
    CONNECTIVES,
    INTENSIFIERS,
    NEGATIONS,
    NOUNS,
    OPENERS,
    polar_parts,
)

KIND_OF_WORD = {
    word: kind
    for kind, rows in {
        "opener": OPENERS,
        "noun": NOUNS,
        "negation": NEGATIONS,
        "intensifier": INTENSIFIERS,
        "adjective": ADJECTIVES[0] + ADJECTIVES[1],
        "connective": CONNECTIVES[0][1] + CONNECTIVES[1][1],
        "closer": CLOSERS,
        "frame": ("the", "was"),
    }.items()
    for phrase in rows
    for word in phrase.split()
}
POLAR = {"negation", "adjective", "connective"}


def polar_words(sentence):
    return [word for word in sentence.split() if KIND_OF_WORD.get(word) in POLAR]


def parse(sentence):
    """Return the polarity of each clause and the connective, by reading the text."""
    words = sentence.split()
    (joint,) = (n for n, word in enumerate(words) if word in ("and", "but", "yet"))
    clauses = []
    for clause in (words[:joint], words[joint + 1 :]):
        (adjective,) = (w for w in clause if w in ADJECTIVES[0] + ADJECTIVES[1])
        negated = any(word in ("not", "never") for word in clause)
        clauses.append((adjective in ADJECTIVES[1]) != negated)
    return clauses, words[joint]


@pytest.fixture(scope="module")
def corpus():
    return make_sentiment(8000, rng=0)


def test_the_label_is_that_of_the_second_clause(corpus):
    for sentence, label in zip(*corpus, strict=True):
        (first, second), joint = parse(sentence)
        assert label == second
        assert (joint == "and") == (first == second)


def test_sentences_have_the_form_said(corpus):
    sentences, labels = corpus
    assert isinstance(sentences, list)
    assert labels.shape == (8000,)
    assert labels.dtype == np.int64
    vocabulary = {word for sentence in sentences for word in sentence.split()}
    assert vocabulary == set(KIND_OF_WORD)
    assert len(vocabulary) == 41
    lengths = {len(sentence.split()) for sentence in sentences}
    assert lengths == set(range(9, 20))
    clause = r"the (\w+) was (?:(?:not|never) )?(?:(?:really|so|very) )?\w+"
    openers = "|".join(f"{opener} " for opener in OPENERS if opener)
    closers = "|".join(f" {closer}" for closer in CLOSERS if closer)
    form = f"(?:{openers})?{clause} (?:and|but|yet) {clause}(?:{closers})?"
    for sentence in sentences:
        nouns = re.fullmatch(form, sentence).groups()
        assert len(set(nouns)) == 2
        assert set(nouns) <= set(NOUNS)
        assert sentence == sentence.lower()
        assert "  " not in sentence


def test_sentences_held_out_are_new(corpus):
    sentences, _ = corpus
    assert len(set(sentences)) > 7950
    seen, held_out = set(sentences[:2000]), sentences[2000:4000]
    assert np.mean([sentence in seen for sentence in held_out]) < 0.01


def test_the_words_that_are_not_enumerated_are_other_words():
    """Else the bag of a whole sentence would not be a pair of bags."""
    rows = (OPENERS, NOUNS, INTENSIFIERS, CLOSERS, ("the was",))
    others = {word for row in rows for phrase in row for word in phrase.split()}
    assert not others & {word for _, words, _ in polar_parts() for word in words}


def test_the_probabilities_add_up():
    parts = list(polar_parts())
    assert sum(probability for probability, _, _ in parts) == 1
    assert all(isinstance(probability, Fraction) for probability, _, _ in parts)
    positive = sum(probability for probability, _, label in parts if label)
    assert positive == Fraction(1, 2)
    agree = sum(probability for probability, words, _ in parts if "and" in words)
    assert agree == Fraction(1, 4)


def test_the_bound_by_hand():
    """Disagreeing clauses: swapped, they are the same bag with the other label: 1/2.

    Agreeing ones are a riddle if just one of the two is negated: which one? That is
    half of them. The rest is certain.
    """
    by_hand = Fraction(3, 4) / 2 + Fraction(1, 4) * (
        Fraction(1, 2) / 2 + Fraction(1, 2)
    )
    assert best_bag_accuracy() == float(by_hand) == 0.5625


def test_samples_are_drawn_from_what_is_enumerated(corpus):
    """And not a bag exists that the enumeration does not know."""
    expected = defaultdict(Fraction)
    for probability, words, label in polar_parts():
        expected[tuple(word for word in words if word), label] += probability
    found = Counter(
        (tuple(polar_words(sentence)), int(label))
        for sentence, label in zip(*corpus, strict=True)
    )
    assert set(found) <= set(expected)
    # Pearson's chi-squared: its mean is its degrees of freedom k, its variance 2 k
    samples = len(corpus[0])
    statistic = sum(
        (found[part] - samples * float(p)) ** 2 / (samples * float(p))
        for part, p in expected.items()
    )
    freedom = len(expected) - 1
    assert abs(statistic - freedom) < 5 * np.sqrt(2 * freedom)


def test_other_words_tell_nothing(corpus):
    sentences, labels = corpus
    for word, kind in KIND_OF_WORD.items():
        if kind in POLAR | {"frame"}:
            continue
        with_it = labels[[word in sentence.split() for sentence in sentences]]
        assert abs(with_it.mean() - 0.5) < 4.5 * 0.5 / np.sqrt(len(with_it))


def test_the_best_label_of_every_bag_reaches_the_bound(corpus):
    joint = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for probability, words, label in polar_parts():
        joint[tuple(sorted(word for word in words if word))][label] += probability
    best = {bag: int(np.argmax(of_labels)) for bag, of_labels in joint.items()}
    right = [
        best[tuple(sorted(polar_words(sentence)))] == label
        for sentence, label in zip(*corpus, strict=True)
    ]
    deviation = np.sqrt(0.5625 * 0.4375 / len(right))
    assert np.mean(right) == pytest.approx(best_bag_accuracy(), abs=4 * deviation)


def test_bags_of_whole_sentences_give_the_same_bound(monkeypatch):
    """Every word is enumerated here, for a grammar with fewer words of each kind."""
    module = "dlbook.data.sentiment."
    openers, closers, intensifiers = OPENERS[1:3], CLOSERS[1:3], INTENSIFIERS[1:3]
    nouns, adjectives = NOUNS[:3], tuple(row[:2] for row in ADJECTIVES)
    monkeypatch.setattr(module + "ADJECTIVES", adjectives)
    others = list(
        product(openers, closers, permutations(nouns, 2), intensifiers, intensifiers)
    )
    joint = defaultdict(lambda: [0, 0])
    for probability, words, label in polar_parts():
        for opener, closer, pair, *twice in others:
            phrases = (opener, closer, *pair, *twice, *words)
            bag = tuple(sorted(" ".join(phrases).split()))
            joint[bag][label] += float(probability) / len(others)
    assert sum(map(sum, joint.values())) == pytest.approx(1, abs=1e-9)
    bound = sum(max(of_labels) for of_labels in joint.values())
    assert bound == pytest.approx(best_bag_accuracy(), abs=1e-9)


def test_the_generator_decides():
    first, again, other = (make_sentiment(50, rng=seed) for seed in (0, 0, 1))
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])
    assert first[0] != other[0]


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        (0, ValueError, "samples must be at least 1, got 0"),
        (2.0, TypeError, "samples must be an int, got float"),
        (True, TypeError, "samples must be an int, got bool"),
    ],
)
def test_bad_input_is_named(samples, error, message):
    with pytest.raises(error, match=message):
        make_sentiment(samples, rng=0)
