"""Byte-pair encoding: which pairs to merge, learned from text, and how to merge them.

Tokens are ints here: 0, ..., 255 are the bytes, and every merge makes a new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from itertools import pairwise

__all__ = ["apply_merges", "learn_merges", "merge_pair"]

BYTES = 256
Pair = tuple[int, int]


def learn_merges(
    words: Mapping[bytes, int], new_tokens: int, *, min_count: int = 2
) -> list[tuple[bytes, bytes]]:
    """Merge the most frequent pair of neighboring tokens, again and again.

    At first every byte is a token. The pair of neighbors that is most frequent, over
    all words, becomes one token wherever it stands, then the most frequent pair of what
    is there now, and so on. Of equally frequent pairs the first in the order of token
    numbers (left, then right) is taken, old tokens before new ones, so that the same
    words give the same merges whatever their order.

    Parameters
    ----------
    words : mapping of bytes to int
        The pieces into which the text was cut, and how often each comes. No pair
        crosses the border between words.
    new_tokens : int, at least 0
        How many tokens to make beside the 256 bytes.
    min_count : int, at least 1
        Pairs that come less often are not merged.

    Returns
    -------
    list of (bytes, bytes)
        The merges in order: what the left token spells, and the right one. They make
        fewer than `new_tokens` tokens if no pair is left that is frequent enough.

    Notes
    -----
    Counting all pairs anew after each merge would read the whole text each time. Here a
    merge changes the counts in those words alone that hold the pair, and a heap keeps
    the most frequent pair on top. An entry of the heap whose count is out of date is
    thrown away when it comes up.

    A run counts every pair of neighbors: "aaa" holds the pair (a, a) twice, though
    only one of them can be merged.

    References
    ----------
    Gage (1994), A new algorithm for data compression, The C Users Journal 12(2), 23-38.
    Sennrich, Haddow & Birch (2016), Neural machine translation of rare words with
    subword units, ACL, algorithm 1.
    """
    spellings = [list(word) for word in words]
    weights = list(words.values())
    tokens = [bytes([value]) for value in range(BYTES)]
    numbers = {token: number for number, token in enumerate(tokens)}
    counts: defaultdict[Pair, int] = defaultdict(int)
    places: defaultdict[Pair, set[int]] = defaultdict(set)  # words that hold the pair
    for place, (spelling, weight) in enumerate(zip(spellings, weights, strict=True)):
        for pair in pairwise(spelling):
            counts[pair] += weight
            places[pair].add(place)
    heap = [(-count, pair) for pair, count in counts.items() if count >= min_count]
    heapify(heap)

    merges = []
    while heap and len(tokens) < BYTES + new_tokens:
        negative_count, pair = heappop(heap)
        if counts[pair] != -negative_count:
            continue  # out of date
        left, right = tokens[pair[0]], tokens[pair[1]]
        merges.append((left, right))
        joined = left + right
        if joined not in numbers:  # another pair may have spelled the same before
            numbers[joined] = len(tokens)
            tokens.append(joined)
        changes: defaultdict[Pair, int] = defaultdict(int)
        for place in places.pop(pair):
            before, weight = spellings[place], weights[place]
            after = merge_pair(before, pair, numbers[joined])
            for old in pairwise(before):
                changes[old] -= weight
            for new in pairwise(after):
                changes[new] += weight
                places[new].add(place)
            spellings[place] = after
        for changed, change in changes.items():
            if change:
                counts[changed] += change
                if counts[changed] >= min_count:
                    heappush(heap, (-counts[changed], changed))
    return merges


def merge_pair(numbers: list[int], pair: Pair, new: int) -> list[int]:
    """Return a list of tokens in which `new` stands for every such pair of neighbors.

    Pairs are found from left to right: of "aaa", (a, a) merges the first two.

    Parameters
    ----------
    numbers : list of int
    pair : (int, int)
    new : int

    Examples
    --------
    >>> merge_pair([1, 1, 1, 2], (1, 1), 9)
    [9, 1, 2]
    """
    left, right = pair
    merged = []
    place, last = 0, len(numbers) - 1
    while place <= last:
        number = numbers[place]
        if number == left and place < last and numbers[place + 1] == right:
            merged.append(new)
            place += 2
        else:
            merged.append(number)
            place += 1
    return merged


def apply_merges(
    numbers: list[int], ranks: Mapping[Pair, tuple[int, int]]
) -> list[int]:
    """Merge the tokens of one word as long as a pair of neighbors can be merged.

    Each time the pair is taken that was learned first. This repeats on the word what
    learning did to it, and so the word gets the tokens that it had in the end.

    Parameters
    ----------
    numbers : list of int
        The tokens of the single bytes.
    ranks : mapping of (int, int) to (int, int)
        For every pair its place in the order of merges, and the token that it becomes.

    Returns
    -------
    list of int

    Notes
    -----
    Every round reads the word once, and a word of n bytes needs at most n - 1 rounds:
    quick for words, slow for a text of thousands of bytes without a break.

    Examples
    --------
    >>> apply_merges([1, 2, 3], {(2, 3): (0, 8), (1, 2): (1, 9)})
    [1, 8]
    """
    never = (len(ranks),)  # behind all others
    while len(numbers) > 1:
        pair = min(pairwise(numbers), key=lambda pair: ranks.get(pair, never))
        if pair not in ranks:
            break
        numbers = merge_pair(numbers, pair, ranks[pair][1])
    return numbers
