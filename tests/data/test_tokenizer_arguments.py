"""What a tokenizer accepts and refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data.tokenizer_arguments import (
    as_text,
    as_texts,
    bytes_of,
    checked_ids,
    checked_merges,
    checked_special,
)

AB = {b"a": None, b"b": None}


@given(data=st.binary())
def test_any_bytes_come_back(data):
    assert bytes_of(as_text("text", data)) == data


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_and_its_bytes_are_the_same(text):
    assert as_text("text", text) == text
    assert as_text("text", text.encode()) == text
    assert bytes_of(text) == text.encode()


def test_texts_are_one_or_several():
    assert as_texts("text", "ab") == ["ab"]
    assert as_texts("text", b"ab") == ["ab"]
    assert as_texts("text", ["ab", b"c"]) == ["ab", "c"]
    assert as_texts("text", (part for part in "ab")) == ["a", "b"]
    assert as_texts("text", []) == []


def test_merges_make_tokens_in_order():
    tokens = dict(AB)
    merges = [(b"a", b"b"), [b"ab", b"a"], (b"b", b"a"), (b"a", b"ba")]
    assert checked_merges(merges, tokens) == tuple(map(tuple, merges))
    assert list(tokens) == [b"a", b"b", b"ab", b"aba", b"ba"]


def test_ids_give_the_order():
    tokens = AB | {"<a>": None}
    assert checked_ids({b"a": 2, b"b": 0, "<a>": 1}, tokens) == [b"b", "<a>", b"a"]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: as_text("text", 1), TypeError, "text must be a str or bytes, got int"),
        (
            lambda: as_text("text", "ab\ud800"),
            ValueError,
            r"text holds '\\ud800' at position 2, half of a surrogate pair",
        ),
        (
            lambda: as_texts("text", 1),
            TypeError,
            "text must be a str, bytes or an iterable of these, got int",
        ),
        (lambda: as_texts("text", ["a", 1]), TypeError, "a str or bytes, got int"),
        (
            lambda: checked_merges([(b"a", b"b"), (b"c", b"a")], dict(AB)),
            ValueError,
            r"merges: number 1, \(b'c', b'a'\), needs b'c', which no merge before it",
        ),
        (
            lambda: checked_merges([(b"a", b"b"), (b"a", b"b")], dict(AB)),
            ValueError,
            "merges: number 1, .* is there twice",
        ),
        (
            lambda: checked_merges([(b"a", b"b", b"a")], dict(AB)),
            TypeError,
            "merges: number 0 is no pair of bytes",
        ),
        (
            lambda: checked_merges([(b"a", "b")], dict(AB)),
            TypeError,
            "merges: number 0 is no pair of bytes",
        ),
        (lambda: checked_special("<a>"), TypeError, "an iterable of str, got '<a>'"),
        (lambda: checked_special(["a", 1]), TypeError, "must be a str, got 1"),
        (lambda: checked_special([""]), ValueError, "must not be empty"),
        (lambda: checked_special(["a", "b", "a"]), ValueError, "'a' is there twice"),
        (lambda: checked_special(["\udc80"]), ValueError, "a special token holds"),
        (lambda: checked_ids({b"a": 0}, AB), ValueError, "there is none for b'b'"),
        (
            lambda: checked_ids({b"a": 0, b"b": 1, b"c": 2}, AB),
            ValueError,
            "ids: b'c' is no byte, no merge makes it, and special does not name it",
        ),
        (lambda: checked_ids({b"a": 0, b"b": 2}, AB), ValueError, "1 is missing"),
        (lambda: checked_ids({b"a": 0, b"b": 0}, AB), ValueError, "0, ..., 1, each"),
        (lambda: checked_ids({b"a": 1, b"b": 2}, AB), ValueError, "0 is missing"),
        (lambda: checked_ids({b"a": 0, b"b": 1.0}, AB), TypeError, "b'b' is no int"),
        (lambda: checked_ids({b"a": 0, b"b": True}, AB), TypeError, "b'b' is no int"),
    ],
)
def test_bad_input_is_named(act, error, message):
    with pytest.raises(error, match=message):
        act()
