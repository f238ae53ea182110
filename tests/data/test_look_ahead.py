"""Ambiguous words: tags follow from what comes later, and from nothing before."""

from collections import defaultdict
from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest

from dlbook.data import best_causal_accuracy, make_look_ahead
from dlbook.data.look_ahead import MOST_AMBIGUOUS, TAGS, WORDS, sentence_patterns

AMBIGUOUS = set(WORDS["ambiguous"])
TAG_OF_WORD = {
    word: tag
    for kind, tag in {
        "conjunction": "conjunction",
        "is": "auxiliary",
        "are": "auxiliary",
        "determiner": "determiner",
        "adverb": "adverb",
        "adjective": "adjective",
        "object": "noun",
        "period": "period",
    }.items()
    for word in WORDS[kind]
}


@pytest.fixture(scope="module")
def corpus():
    return make_look_ahead(3000, rng=0)


def by_sentence(texts, tags):
    for text, row in zip(texts, tags, strict=True):
        start = 0
        for end, word in enumerate(text, start=1):
            if word == ".":
                yield text[start:end], [TAGS[tag] for tag in row[start:end]]
                start = end
        assert start == len(text)


def tags_from_both_sides(text):
    """Tag by rule: an ambiguous word by the first other word after it but "and"."""
    answer = []
    for place, word in enumerate(text):
        if word in AMBIGUOUS:
            after = (w for w in text[place:] if w not in AMBIGUOUS | {"and"})
            answer.append("noun" if next(after) in ("is", "are") else "verb")
        else:
            answer.append(TAG_OF_WORD[word])
    return answer


def test_who_sees_both_sides_is_always_right(corpus):
    for text, row in zip(*corpus, strict=True):
        assert row.dtype == np.int64
        assert [TAGS[tag] for tag in row] == tags_from_both_sides(text)


def test_texts_have_the_form_said(corpus):
    texts, _ = corpus
    assert {text.count(".") for text in texts} == {1, 2, 3}
    assert {word for text in texts for word in text} == AMBIGUOUS | set(TAG_OF_WORD)
    in_a_row = set()
    for sentence, _ in by_sentence(*corpus):
        ambiguous = [word for word in sentence if word in AMBIGUOUS]
        assert len(set(ambiguous)) == len(ambiguous)
        assert sentence[: 2 * len(ambiguous) - 1 : 2] == ambiguous
        assert sentence.count("and") == len(ambiguous) - 1
        assert not ("is" in sentence and len(ambiguous) > 1)
        assert not ("are" in sentence and len(ambiguous) == 1)
        in_a_row.add(len(ambiguous))
    assert in_a_row == {1, 2, 3}
    assert len({len(text) for text in texts}) > 15


def test_the_deciding_word_is_as_far_as_said():
    texts, tags = make_look_ahead(300, longest=4, rng=0)
    for sentence, _ in by_sentence(texts, tags):
        words = sum(word in AMBIGUOUS for word in sentence)
        deciding = sentence[2 * words - 1]
        assert TAG_OF_WORD[deciding] in ("auxiliary", "determiner")


@pytest.mark.parametrize("longest", [1, 2, 3, MOST_AMBIGUOUS])
def test_the_probabilities_add_up(longest):
    patterns = list(sentence_patterns(longest))
    assert sum(probability for probability, _, _ in patterns) == 1
    for _, kinds, names in patterns:
        assert len(kinds) == len(names)
        assert set(kinds) <= set(WORDS)
        assert set(names) <= set(TAGS)
    nouns = sum(probability for probability, _, names in patterns if names[0] == "noun")
    assert nouns == Fraction(1, 2)


def test_patterns_are_drawn_equally_often(corpus):
    counts = defaultdict(int)
    for _, names in by_sentence(*corpus):
        counts[tuple(names)] += 1
    patterns = list(sentence_patterns(3))
    assert set(counts) == {names for _, _, names in patterns}
    sentences = sum(counts.values())
    for probability, _, names in patterns:
        p = float(probability)
        deviation = np.sqrt(p * (1 - p) / sentences)
        assert counts[names] / sentences == pytest.approx(p, abs=4.5 * deviation)


def test_what_stands_before_tells_nothing(corpus):
    """Which word it is, where it stands, the word before it, the former sentence."""
    seen, former = defaultdict(list), None
    for sentence, names in by_sentence(*corpus):
        for place, (word, name) in enumerate(zip(sentence, names, strict=True)):
            if word in AMBIGUOUS:
                seen["word", word].append(name == "noun")
                seen["place", place].append(name == "noun")
                seen["before", *sentence[max(place - 2, 0) : place]].append(
                    name == "noun"
                )
        seen["former", former].append(names[0] == "noun")
        former = names[0]
    for nouns in seen.values():
        # words of a sentence share their tag, at most three of them
        assert abs(np.mean(nouns) - 0.5) < 4.5 * 0.5 * np.sqrt(3 / len(nouns))


@pytest.mark.parametrize(
    ("longest", "expected"),
    [(1, Fraction(8, 9)), (2, Fraction(19, 22)), (3, Fraction(11, 13))],
)
def test_the_bound_by_hand(longest, expected):
    """Half of the ambiguous words are wrong; 2.5 words and a period follow them."""
    ambiguous = Fraction(1 + longest, 2)
    words = ambiguous + (ambiguous - 1) + Fraction(5, 2) + 1
    assert 1 - ambiguous / 2 / words == expected
    assert best_causal_accuracy(longest=longest) == float(expected)
    assert best_causal_accuracy() == float(Fraction(11, 13))


def test_all_words_enumerated_give_the_same_bound():
    joint = defaultdict(lambda: defaultdict(Fraction))
    for probability, kinds, names in sentence_patterns(2):
        number = kinds.count("ambiguous")
        rows = [WORDS[kind] for kind in kinds if kind != "ambiguous"]
        choices = list(product(permutations(sorted(AMBIGUOUS), number), *rows))
        for ambiguous, *others in choices:
            unused, rest = iter(ambiguous), iter(others)
            sentence = tuple(
                next(unused) if kind == "ambiguous" else next(rest) for kind in kinds
            )
            for end, name in enumerate(names, start=1):
                joint[sentence[:end]][name] += probability / len(choices)
    right = sum(max(of_tags.values()) for of_tags in joint.values())
    words = sum(sum(of_tags.values()) for of_tags in joint.values())
    assert float(right / words) == best_causal_accuracy(longest=2)


def test_a_causal_tagger_reaches_the_bound(corpus):
    """It says of every ambiguous word that it is a noun, and knows the others."""
    right = [
        (tag == "noun") if word in AMBIGUOUS else TAG_OF_WORD[word] == tag
        for sentence, names in by_sentence(*corpus)
        for word, tag in zip(sentence, names, strict=True)
    ]
    assert np.mean(right) == pytest.approx(best_causal_accuracy(), abs=0.01)


def test_the_generator_decides():
    first, again, other = (make_look_ahead(20, rng=seed) for seed in (0, 0, 1))
    assert first[0] == again[0]
    assert all(map(np.array_equal, first[1], again[1]))
    assert first[0] != other[0]


def test_one_sentence_if_asked_for():
    texts, _ = make_look_ahead(50, most_sentences=1, longest=1, rng=0)
    assert all(text.count(".") == 1 for text in texts)
    assert all("and" not in text for text in texts)


@pytest.mark.parametrize(
    ("samples", "options", "error", "message"),
    [
        (0, {}, ValueError, "samples must be at least 1, got 0"),
        (1.0, {}, TypeError, "samples must be an int, got float"),
        (1, {"most_sentences": 0}, ValueError, "most_sentences must be at least 1"),
        (1, {"most_sentences": True}, TypeError, "most_sentences must be an int"),
        (1, {"longest": 0}, ValueError, "longest must be at least 1, got 0"),
        (1, {"longest": 7}, ValueError, "longest must be at most 6, got 7"),
    ],
)
def test_bad_input_is_named(samples, options, error, message):
    with pytest.raises(error, match=message):
        make_look_ahead(samples, rng=0, **options)
    if "longest" in options:
        with pytest.raises(error, match=message):
            best_causal_accuracy(**options)
