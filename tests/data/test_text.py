"""Vocabularies: ids there and back, the order of the tokens, and what is refused."""

import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data import Vocabulary, load_english_text, split_words

WORDS = st.lists(
    st.sampled_from(["a", "b", "cat", "don't", "42", ",", "é"]), min_size=1
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \n\t", []),
        ("It ISN'T dull!", ["it", "isn't", "dull", "!"]),
        ("rock’n’roll", ["rock’n’roll"]),
        ("'quoted'", ["'", "quoted", "'"]),
        ("dogs' tails", ["dogs", "'", "tails"]),
        ("b2b x_1 3.5", ["b2b", "x_1", "3", ".", "5"]),
        ("well-known...", ["well", "-", "known", ".", ".", "."]),
        ("Été à Zürich", ["été", "à", "zürich"]),
        ("<pad>", ["<", "pad", ">"]),
    ],
)
def test_words_and_punctuation_marks_are_apart(text, words):
    assert split_words(text) == words


@given(text=st.text())
def test_splitting_loses_white_space_and_case_alone(text):
    words = split_words(text)
    assert "".join(words) == "".join(text.lower().split())
    assert split_words(" ".join(words)) == words
    assert all(words)


@given(text=st.text(min_size=1))
def test_characters_come_back(text):
    vocabulary = Vocabulary.of_characters(text)
    ids = vocabulary.encode(text)
    assert vocabulary.decode(ids) == text
    assert ids.dtype == np.int64
    assert ids.shape == (len(text),)
    assert set(ids.tolist()) == set(range(len(vocabulary)))
    assert set(vocabulary.tokens) == set(text)


@given(words=WORDS, pad=st.booleans(), unk=st.booleans(), ends=st.booleans())
def test_words_come_back_with_any_special_tokens(words, pad, unk, ends):
    vocabulary = Vocabulary.of_words([words], pad=pad, unk=unk, begin=ends, end=ends)
    assert len(vocabulary) == len(set(words)) + pad + unk + 2 * ends
    ids = vocabulary.encode(words, begin=ends, end=ends)
    assert vocabulary.decode(ids) == " ".join(words)
    np.testing.assert_array_equal(
        vocabulary.encode(vocabulary.decode(ids), begin=ends, end=ends), ids
    )
    if ends:
        assert (ids[0], ids[-1]) == (vocabulary.begin_id, vocabulary.end_id)
        assert vocabulary.decode(ids, special=True) == " ".join(
            ["<begin>", *words, "<end>"]
        )


@given(words=WORDS)
def test_tokens_are_ordered_by_count_then_by_code_point(words):
    tokens = Vocabulary.of_words([words]).tokens[2:]
    keys = [(-words.count(token), token) for token in tokens]
    assert keys == sorted(keys)
    assert set(tokens) == set(words)


def test_special_tokens_come_first_and_padding_is_zero():
    vocabulary = Vocabulary.of_words("to be or not to be", begin=True, end=True)
    assert vocabulary.tokens == (
        *("<pad>", "<unk>", "<begin>", "<end>"),
        *("be", "to", "not", "or"),
    )
    assert vocabulary.pad_id == 0
    assert vocabulary.unk_id == 1
    assert vocabulary.begin_id == 2
    assert vocabulary.end_id == 3
    bare = Vocabulary.of_characters("ab")
    assert [bare.pad_id, bare.unk_id, bare.begin_id, bare.end_id] == [None] * 4
    assert "be" in vocabulary
    assert "bee" not in vocabulary
    assert "<pad>" in vocabulary


def test_each_special_token_has_its_option():
    for option in ("pad", "unk", "begin", "end"):
        for make in (Vocabulary.of_characters, Vocabulary.of_words):
            off = dict.fromkeys(("pad", "unk", "begin", "end"), False)
            vocabulary = make("ab", **(off | {option: True}))
            assert vocabulary.tokens[0] == f"<{option}>"
            assert getattr(vocabulary, f"{option}_id") == 0
            assert not any(token.startswith("<") for token in vocabulary.tokens[1:])


def test_unknown_tokens_become_unk():
    vocabulary = Vocabulary.of_words(["the cat", "the dog"])
    assert vocabulary.encode("the COW sat").tolist() == [2, 1, 1]
    assert vocabulary.decode([2, 1, 0]) == "the <unk>"
    assert vocabulary.decode([2, 1, 0], special=True) == "the <unk> <pad>"
    assert Vocabulary.of_characters("ab", unk=True).encode("bxa").tolist() == [2, 0, 1]


def test_without_unk_the_unknown_token_is_named():
    vocabulary = Vocabulary.of_words("the cat", unk=False)
    with pytest.raises(ValueError, match=r"'zebra' at position 1 .* no <unk>"):
        vocabulary.encode("the zebra")
    with pytest.raises(ValueError, match=r"'é' at position 2 is none of the 2 tokens"):
        Vocabulary.of_characters("ab").encode("abé")


def test_the_rarest_are_left_out():
    text = "a a a b b c c d"
    assert Vocabulary.of_words(text, min_count=2).tokens[2:] == ("a", "b", "c")
    assert Vocabulary.of_words(text, min_count=3).tokens[2:] == ("a",)
    assert Vocabulary.of_words(text, max_size=4).tokens[2:] == ("a", "b")
    assert len(Vocabulary.of_words(text, max_size=6)) == 6
    both = Vocabulary.of_characters("aaabbc", min_count=2, max_size=2, unk=True)
    assert both.tokens == ("<unk>", "a")
    # nothing is left out, nothing to stand for it needed
    assert Vocabulary.of_words(text, max_size=4, pad=False, unk=False).tokens[0] == "a"


@pytest.mark.parametrize("options", [{"min_count": 2}, {"max_size": 3}])
def test_what_is_left_out_needs_unk(options):
    with pytest.raises(ValueError, match=r"leave out 1 of 3 .* 'c': pass unk=True"):
        Vocabulary.of_words("a a b b c", unk=False, **options)


def test_texts_may_be_strings_tokens_or_one_string():
    expected = Vocabulary.of_words(["the cat", "the dog"])
    assert Vocabulary.of_words([["the", "cat"], ("the", "dog")]) == expected
    assert Vocabulary.of_words("the cat the dog") == expected
    assert Vocabulary.of_words(iter(["the cat", "the dog"])) == expected
    assert Vocabulary.of_characters(["ab", "a"]) == Vocabulary.of_characters("aba")
    own = Vocabulary.of_words("The cat", split=str.split)
    assert own.tokens[2:] == ("The", "cat")
    assert own.encode("The  cat").tolist() == [2, 3]
    assert own != Vocabulary.of_words("The cat")


def test_a_vocabulary_is_frozen_and_travels():
    vocabulary = Vocabulary.of_words("the cat sat on the mat, and so on and on")
    with pytest.raises(FrozenInstanceError):
        vocabulary.tokens = ()
    again = pickle.loads(pickle.dumps(vocabulary))
    assert again == vocabulary
    assert hash(again) == hash(vocabulary)
    assert again.encode("the mat").tolist() == vocabulary.encode("the mat").tolist()
    assert repr(vocabulary) == (
        "Vocabulary(10 tokens: '<pad>', '<unk>', 'on', 'and', 'the', ',', 'cat', "
        "'mat', ...)"
    )
    assert repr(Vocabulary(tuple("abcdefgh"))) == (
        "Vocabulary(8 tokens: 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')"
    )
    assert repr(Vocabulary(tuple("abcdefghi"))).endswith("'h', ...)")
    assert Vocabulary(["a", "b"]).tokens == ("a", "b")


def test_of_a_long_text_every_character_comes_back():
    text = load_english_text()
    vocabulary = Vocabulary.of_characters(text)
    assert vocabulary.tokens[0] == " "  # the most frequent one
    assert vocabulary.decode(vocabulary.encode(text)) == text


@pytest.mark.parametrize("ids", [[], np.array([], np.int64), np.array([0, 1], "u1")])
def test_any_integers_are_decoded(ids):
    assert Vocabulary.of_characters("aab").decode(ids) == "ab"[: len(ids)]


@pytest.mark.parametrize(
    ("ids", "error", "message"),
    [
        ([2], ValueError, r"ids must lie in \[0, 2\), got 2"),
        ([0, -1], ValueError, r"ids must lie in \[0, 2\), got -1"),
        ([0.0], TypeError, "ids must be integers, got float64"),
        ([True], TypeError, "ids must be integers, got bool"),
        ([[0]], ValueError, r"ids must have shape \(T,\), got \(1, 1\)"),
        (0, ValueError, r"ids must have shape \(T,\), got \(\)"),
    ],
)
def test_ids_that_are_none_are_refused(ids, error, message):
    with pytest.raises(error, match=message):
        Vocabulary.of_characters("ab").decode(ids)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: split_words(b"a"), TypeError, "text must be a str, got bytes"),
        (lambda: Vocabulary(()), ValueError, "at least one token"),
        (lambda: Vocabulary(("a", "b", "a")), ValueError, "'a' is there twice"),
        (lambda: Vocabulary(("b", "a", "a")), ValueError, "'a' is there twice"),
        (lambda: Vocabulary(("a", 1)), TypeError, "a token must be a str, got int"),
        (lambda: Vocabulary.of_characters(""), ValueError, "the text is empty"),
        (lambda: Vocabulary.of_words([]), ValueError, "the text is empty"),
        (
            lambda: Vocabulary.of_words("a b", min_count=2),
            ValueError,
            r"none comes 2 times \(min_count\)",
        ),
        (
            lambda: Vocabulary.of_words("a", min_count=0),
            ValueError,
            "min_count must be at least 1, got 0",
        ),
        (
            lambda: Vocabulary.of_words("a", min_count=1.0),
            TypeError,
            "min_count must be an int, got float",
        ),
        (
            lambda: Vocabulary.of_words("a", max_size=2),
            ValueError,
            "max_size must be at least 3, got 2",
        ),
        (
            lambda: Vocabulary.of_words("a", max_size=True),
            TypeError,
            "max_size must be an int, got bool",
        ),
        (
            lambda: Vocabulary.of_words([["a", "<unk>"]]),
            ValueError,
            "texts: '<unk>' is the name of a special token",
        ),
        (
            lambda: Vocabulary.of_words([1]),
            TypeError,
            "texts: a text must be a str or a sequence of tokens, got int",
        ),
        (
            lambda: Vocabulary.of_words([["a", 1]]),
            TypeError,
            "texts: a token must be a str, got int",
        ),
        (
            lambda: Vocabulary.of_characters([1]),
            TypeError,
            "text must be a str or hold str, got int",
        ),
        (
            lambda: Vocabulary.of_words("a").encode(b"a"),
            TypeError,
            "text: a text must be a str or a sequence of tokens, got bytes",
        ),
        (
            lambda: Vocabulary.of_words("a").encode("a", begin=True),
            ValueError,
            "this vocabulary has no <begin>",
        ),
        (
            lambda: Vocabulary.of_words("a", begin=True).encode("a", end=True),
            ValueError,
            "this vocabulary has no <end>",
        ),
    ],
)
def test_bad_input_is_named(act, error, message):
    with pytest.raises(error, match=message):
        act()
