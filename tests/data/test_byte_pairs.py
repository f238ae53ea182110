"""Merging pairs: against the definition, which counts everything anew each time."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data.byte_pairs import apply_merges, learn_merges, merge_pair

WORDS = st.dictionaries(
    st.binary(min_size=1, max_size=12).map(lambda word: bytes(b % 3 for b in word)),
    st.integers(1, 4),
    min_size=1,
    max_size=6,
)


def merged(word, left, right):
    """Merge by the definition, on tokens that are bytes."""
    done = []
    for token in word:
        # the last two are joined once the second has come, unless they were already
        if done and done[-1] == (left, False) and token == right:
            done[-1] = (left + right, True)
        else:
            done.append((token, False))
    return [token for token, _ in done]


def learned(words, new_tokens, min_count):
    """Learn by the definition: count all pairs of all words, merge one, repeat."""
    spelled = {word: [bytes([byte]) for byte in word] for word in words}
    order = [bytes([byte]) for byte in range(256)]
    merges = []
    while len(order) < 256 + new_tokens:
        counts = Counter()
        for word, count in words.items():
            for pair in pairwise(spelled[word]):
                counts[pair] += count
        frequent = [pair for pair, count in counts.items() if count >= min_count]
        if not frequent:
            break
        left, right = min(
            frequent, key=lambda p: (-counts[p], order.index(p[0]), order.index(p[1]))
        )
        merges.append((left, right))
        if left + right not in order:
            order.append(left + right)
        spelled = {w: merged(tokens, left, right) for w, tokens in spelled.items()}
    return merges, spelled


@given(words=WORDS, new_tokens=st.integers(0, 12), min_count=st.integers(1, 3))
def test_learning_is_counting_anew_after_every_merge(words, new_tokens, min_count):
    expected, _ = learned(words, new_tokens, min_count)
    assert learn_merges(words, new_tokens, min_count=min_count) == expected


def test_the_words_of_sennrichs_example():
    # The paper's words with their counts; its "</w>" is written "_" here. It merges
    # e s, es t, est _, l o, lo w. The pairs (es, t) and (t, _) come nine times both,
    # so that (t, _) first, of older tokens, spells the same.
    words = {b"low_": 5, b"lower_": 2, b"newest_": 6, b"widest_": 3}
    merges = learn_merges(words, 5)
    assert merges[:3] == [(b"e", b"s"), (b"t", b"_"), (b"es", b"t_")]
    assert merges[3:] == [(b"l", b"o"), (b"lo", b"w")]


def test_of_equally_frequent_pairs_the_smaller_numbers_win():
    assert learn_merges({b"db": 2, b"ca": 2}, 1) == [(b"c", b"a")]
    assert learn_merges({b"cb": 2, b"ca": 2}, 1) == [(b"c", b"a")]
    # bytes come before merged tokens
    words = {b"ab": 3, b"abab": 2, b"dc": 2}
    assert learn_merges(words, 2) == [(b"a", b"b"), (b"d", b"c")]


@given(words=WORDS, new_tokens=st.integers(0, 8))
def test_the_order_of_the_words_does_not_matter(words, new_tokens):
    turned = dict(reversed(words.items()))
    assert learn_merges(turned, new_tokens) == learn_merges(words, new_tokens)


def test_rare_pairs_are_not_merged():
    assert learn_merges({b"ab": 1}, 5) == []
    assert learn_merges({b"ab": 1}, 5, min_count=1) == [(b"a", b"b")]
    assert learn_merges({b"ab": 2, b"cd": 3}, 5, min_count=3) == [(b"c", b"d")]
    assert learn_merges({b"abab": 1}, 5) == [(b"a", b"b")]
    assert learn_merges({}, 5) == []
    assert learn_merges({b"ab": 9}, 0) == []


def test_two_merges_may_make_the_same_token():
    # A run of eleven: first pairs, then pairs of pairs; "aaa" and "aaaa" meet in turn.
    words = {b"a" * n: 2 for n in range(1, 12)}
    merges = learn_merges(words, 9, min_count=1)
    made = [left + right for left, right in merges]
    assert len(set(made)) == 9
    expected, _ = learned(words, 9, 1)
    assert merges == expected


@given(words=WORDS, new_tokens=st.integers(0, 8), data=st.data())
def test_applying_merges_repeats_the_learning(words, new_tokens, data):
    merges, spelled = learned(words, new_tokens, 1)
    numbers = {bytes([byte]): byte for byte in range(256)}
    for left, right in merges:
        numbers.setdefault(left + right, len(numbers))
    ranks = {
        (numbers[left], numbers[right]): (rank, numbers[left + right])
        for rank, (left, right) in enumerate(merges)
    }
    word = data.draw(st.sampled_from(sorted(words)))
    assert apply_merges(list(word), ranks) == [numbers[t] for t in spelled[word]]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], []),
        ([1], [1]),
        ([1, 1], [9]),
        ([1, 1, 1], [9, 1]),
        ([1, 1, 1, 1], [9, 9]),
        ([2, 1, 1, 2], [2, 9, 2]),
        ([1, 2, 1], [1, 2, 1]),
    ],
)
def test_runs_merge_from_the_left(numbers, expected):
    before = list(numbers)
    assert merge_pair(numbers, (1, 1), 9) == expected
    assert numbers == before


@given(
    numbers=st.lists(st.integers(0, 2)),
    pair=st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
def test_merging_a_pair_is_replacing_it(numbers, pair):
    text = "".join(map(str, numbers)).replace(f"{pair[0]}{pair[1]}", "9")
    assert merge_pair(numbers, pair, 9) == [int(digit) for digit in text]


def test_the_pair_that_was_learned_first_goes_first():
    assert apply_merges([1, 2, 3], {(1, 2): (0, 8), (2, 3): (1, 9)}) == [8, 3]
    assert apply_merges([1, 2, 3], {(1, 2): (1, 8), (2, 3): (0, 9)}) == [1, 9]
    assert apply_merges([1, 2, 3], {(1, 2): (0, 8), (8, 3): (1, 9)}) == [9]
    assert apply_merges([], {}) == []
    assert apply_merges([5], {(5, 5): (0, 6)}) == [5]
    assert apply_merges([5, 6], {}) == [5, 6]
