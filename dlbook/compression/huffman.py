"""Huffman's code: short words for frequent symbols."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping

import numpy as np

__all__ = ["huffman_code", "huffman_decode", "huffman_encode"]


def huffman_code(symbols: Iterable[Hashable]) -> dict[Hashable, str]:
    """Return the code words with which the symbols take the fewest bits.

    The two rarest symbols get the same word, but for the last bit; then they count as
    one symbol, and so on until one is left.

    Parameters
    ----------
    symbols : iterable
        The text; how often each symbol occurs decides.

    Returns
    -------
    dict from symbol to str
        Words of "0" and "1", none of which begins with another.

    Raises
    ------
    ValueError
        If there is no symbol.

    References
    ----------
    Huffman (1952), A method for the construction of minimum-redundancy codes.
    """
    counts = Counter(symbols)
    if not counts:
        raise ValueError("huffman_code: there is no symbol")
    if len(counts) == 1:
        return dict.fromkeys(counts, "0")
    # (how often, when made, {symbol: word so far}); no two were made at the same time
    heap = [(n, i, {symbol: ""}) for i, (symbol, n) in enumerate(counts.items())]
    heapq.heapify(heap)
    made = len(heap)
    while len(heap) > 1:
        (n, _, zeros), (k, _, ones) = heapq.heappop(heap), heapq.heappop(heap)
        joined = {symbol: "0" + word for symbol, word in zeros.items()}
        joined |= {symbol: "1" + word for symbol, word in ones.items()}
        heapq.heappush(heap, (n + k, made, joined))
        made += 1
    return heap[0][2]


def huffman_encode(
    symbols: Iterable[Hashable], code: Mapping[Hashable, str]
) -> np.ndarray:
    """Write symbols as bits.

    Parameters
    ----------
    symbols : iterable
    code : mapping from symbol to str
        As from `huffman_code`.

    Returns
    -------
    ndarray of uint8
        The bits packed, the last byte filled with zeros.

    Raises
    ------
    KeyError
        If a symbol has no word.
    """
    bits = "".join(code[symbol] for symbol in symbols)
    return np.packbits(np.array([bit == "1" for bit in bits], bool))


def huffman_decode(
    packed: np.ndarray, code: Mapping[Hashable, str], count: int
) -> list[Hashable]:
    """Read `count` symbols from what `huffman_encode` wrote.

    Parameters
    ----------
    packed : ndarray of uint8
    code : mapping from symbol to str
    count : int

    Returns
    -------
    list

    Raises
    ------
    ValueError
        If the bits end before the last symbol.
    """
    words = {word: symbol for symbol, word in code.items()}
    found: list[Hashable] = []
    word = ""
    for bit in np.unpackbits(packed):
        if len(found) == count:
            break
        word += "01"[bit]
        if word in words:
            found.append(words[word])
            word = ""
    if len(found) < count:
        raise ValueError(f"huffman_decode: {len(found)} symbols of {count} are there")
    return found
