"""Cutting text into words: against GPT-2's rules, written out by hand."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data.word_pattern import (
    PATTERN,
    _ranges,
    compiled,
    cut_at,
    cut_words,
    gpt2_pattern,
)

ENDINGS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")
SIGNS = "ab sSeé's'tre'llmd 12\u0663²½Ⅷ_.!?\n\t \u3000\x85\x1c\x1f字か\u0301"
TEXTS = st.text(st.sampled_from(SIGNS)) | st.text()


def kind_of(sign):
    """Return the class that the module regex puts it in, from Unicode's tables."""
    category = unicodedata.category(sign)
    if category[0] in "LN":
        return category[0]
    white = sign in "\t\n\x0b\x0c\r\x85" or category[0] == "Z"
    return "space" if white else "other"


def gpt2_words(text):
    """Cut as GPT-2's expression does, one alternative after the other."""
    words, start = [], 0
    while start < len(text):
        ending = next((e for e in ENDINGS if text.startswith(e, start)), None)
        first = start + (text[start] == " ")
        if ending:
            end = start + len(ending)
        elif first < len(text) and kind_of(text[first]) != "space":
            end = first
            while end < len(text) and kind_of(text[end]) == kind_of(text[first]):
                end += 1
        else:
            end = start
            while end < len(text) and kind_of(text[end]) == "space":
                end += 1
            if end < len(text) and end - start > 1:
                end -= 1  # the last one is left for the word behind it
        words.append(text[start:end])
        start = end
    return words


@pytest.mark.parametrize("pattern", [PATTERN, gpt2_pattern()])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Hello world", ["Hello", " world"]),
        ("It's I've we'll", ["It", "'s", " I", "'ve", " we", "'ll"]),
        ("O'Brien'S", ["O", "'", "Brien", "'", "S"]),
        ("in 1969, 3.5%", ["in", " 1969", ",", " 3", ".", "5", "%"]),
        ("b2b snake_case", ["b", "2", "b", " snake", "_", "case"]),
        ("a  b   c", ["a", " ", " b", "  ", " c"]),
        ("end \n\n", ["end", " \n\n"]),
        ("a\nb", ["a", "\n", "b"]),
        ("a\n b", ["a", "\n", " b"]),
        ("Été à Zürich", ["Été", " à", " Zürich"]),
        ("一百二十 :-)", ["一百二十", " :-)"]),
        (" ", [" "]),
        ("...'s", ["...'", "s"]),
    ],
)
def test_words_of_both_patterns(pattern, text, words):
    assert list(cut_words(compiled(pattern), text)) == words


@given(text=TEXTS)
def test_the_long_pattern_is_gpt2s(text):
    assert list(cut_words(compiled(gpt2_pattern()), text)) == gpt2_words(text)


def test_where_the_short_pattern_differs():
    short, long = compiled(PATTERN), compiled(gpt2_pattern())
    assert list(cut_words(short, "x²½ 2Ⅷ")) == ["x²½", " 2", "Ⅷ"]
    assert list(cut_words(long, "x²½ 2Ⅷ")) == ["x", "²½", " 2Ⅷ"]
    assert list(cut_words(short, "a.\x1c!")) == ["a", ".", "\x1c", "!"]
    assert list(cut_words(long, "a.\x1c!")) == ["a", ".\x1c!"]


@given(text=TEXTS)
def test_without_these_characters_both_are_the_same(text):
    kept = "".join(
        sign
        for sign in text
        if unicodedata.category(sign) not in ("Nl", "No")
        and not "\x1c" <= sign <= "\x1f"
    )
    words = list(cut_words(compiled(PATTERN), kept))
    assert words == list(cut_words(compiled(gpt2_pattern()), kept))


def test_every_character_is_of_the_class_that_unicode_says():
    pattern = re.compile(gpt2_pattern.__wrapped__())  # made anew, not the kept one
    for code in [*range(0x3100), *range(0xA620, 0xA700), *range(0x10100, 0x10180)]:
        sign = chr(code)
        words = {
            "L": [f"a{sign}", "1"],
            "N": ["a", f"{sign}1"],
            "space": ["a", " 1"] if sign == " " else ["a", sign, "1"],
            "other": ["a", sign, "1"],
        }
        assert pattern.findall(f"a{sign}1") == words[kind_of(sign)], hex(code)


def test_neighboring_characters_are_one_range():
    ranges = r"\U00000041-\U00000043\U00000061-\U00000061\U00000063-\U00000064"
    assert _ranges(map(ord, "ABCacd")) == ranges
    assert re.findall(f"[{ranges}]", "@ABCDabcde") == list("ABCacd")


def test_no_number_but_digits_lies_beyond_the_listed_ones():
    beyond = map(unicodedata.category, map(chr, range(0x20000, 0x110000)))
    assert not {"Nl", "No"} & set(beyond)


@given(
    text=TEXTS,
    pattern=st.sampled_from(
        [PATTERN, gpt2_pattern(), None, "", "a", r"\w+", r"(\w)(\d)?", "a*", "(?=b)"]
    ),
)
def test_whatever_the_pattern_nothing_is_lost(text, pattern):
    words = list(cut_words(compiled(pattern), text))
    assert "".join(words) == text
    assert all(words)


def test_what_lies_between_matches_is_a_word():
    find = compiled(r"\d+")
    assert list(cut_words(find, "ab12cd3")) == ["ab", "12", "cd", "3"]
    assert list(cut_words(find, "1ab")) == ["1", "ab"]
    assert list(cut_words(compiled(None), "ab 12")) == ["ab 12"]
    assert list(cut_words(compiled(None), "")) == []


def test_names_are_found_longest_first_and_as_they_stand():
    assert list(cut_at((), "a|b")) == [("a|b", None)]
    cut = [part for part, name in cut_at(["<a>", "<a><b>"], "x<a><b>y<a>")]
    assert cut == ["x", "<a><b>", "y", "<a>", ""]
    assert list(cut_at({"a|b": 0}, "aa|b")) == [
        ("a", None),
        ("a|b", "a|b"),
        ("", None),
    ]


@given(text=st.text("ab<>", max_size=12))
def test_cutting_at_names_loses_nothing(text):
    parts = list(cut_at(["<a>", "b", "<"], text))
    assert "".join(part for part, _ in parts) == text
    for part, name in parts:
        assert name in (None, part)
        if name is None:
            assert not any(n in part for n in ("<a>", "b", "<"))


@pytest.mark.parametrize(
    ("pattern", "error", "message"),
    [
        ("(", ValueError, "pattern is no regular expression: .*unterminated"),
        (b"a", TypeError, "pattern must be a str or None, got bytes"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern, error, message):
    with pytest.raises(error, match=message):
        compiled(pattern)
