"""Huffman's code: prefix-free, within a bit of the entropy, and read back."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.compression import huffman_code, huffman_decode, huffman_encode

TEXTS = st.lists(st.integers(0, 9), min_size=1, max_size=60)


@given(TEXTS)
def test_read_back(text):
    code = huffman_code(text)
    packed = huffman_encode(text, code)
    assert packed.dtype == np.uint8
    bits = sum(len(code[symbol]) for symbol in text)
    assert len(packed) == math.ceil(bits / 8)
    assert huffman_decode(packed, code, len(text)) == text


@given(TEXTS)
def test_no_word_begins_another_and_none_is_wasted(text):
    words = list(huffman_code(text).values())
    for word in words:
        assert not any(w.startswith(word) for w in words if w is not word)
    if len(words) > 1:  # Kraft's equality: the tree is full
        assert sum(2.0 ** -len(word) for word in words) == 1


@given(TEXTS)
def test_within_one_bit_of_the_entropy(text):
    counts = Counter(text)
    code = huffman_code(text)
    mean = sum(n * len(code[s]) for s, n in counts.items()) / len(text)
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    # a single symbol takes a bit, too
    assert entropy - 1e-9 <= mean < max(entropy + 1, 1 + 1e-9)


@given(TEXTS)
def test_no_code_takes_fewer_bits(text):
    """The bits are the sum of what is joined, the two rarest each time."""
    counts = Counter(text)
    code = huffman_code(text)
    rarest, bits = sorted(counts.values()), 0
    while len(rarest) > 1:
        joined = rarest[0] + rarest[1]
        rarest, bits = sorted([*rarest[2:], joined]), bits + joined
    if len(counts) > 1:
        assert sum(n * len(code[s]) for s, n in counts.items()) == bits


def test_symbols_that_cannot_be_ordered_and_are_as_frequent():
    text = [*"abcd", *"eeeee", *"fffff", *"ggggg", None, None]
    code = huffman_code(text)
    assert sum(len(code[symbol]) for symbol in text) == 56


def test_by_hand():
    code = huffman_code("aaaabbc")
    assert {s: len(w) for s, w in code.items()} == {"a": 1, "b": 2, "c": 2}
    assert huffman_code("aaa") == {"a": "0"}
    np.testing.assert_array_equal(
        huffman_encode("ab", {"a": "1", "b": "01"}), [0b10100000]
    )


def test_bad_input():
    with pytest.raises(ValueError, match="no symbol"):
        huffman_code([])
    code = huffman_code("ab")
    with pytest.raises(KeyError):
        huffman_encode("c", code)
    with pytest.raises(ValueError, match="8 symbols of 9"):
        huffman_decode(huffman_encode("ab", code), code, 9)
