r"""GPT-2's tokenizer files: bytes written as visible characters, vocabulary and merges.

The files ``vocab.json`` (token to id) and ``merges.txt`` (one merge a line, two tokens
with a space between) are text. Some bytes are white space or no text at all, and each
byte is therefore written as a character that can be seen.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

__all__ = [
    "byte_symbols",
    "from_symbols",
    "read_gpt2_files",
    "read_json",
    "to_symbols",
    "write_gpt2_files",
]

FIRST_LINE = "#version: 0.2"


@cache
def byte_symbols() -> tuple[str, ...]:
    """Return GPT-2's table: for every byte the character that stands for it.

    The 188 bytes that are visible characters in Latin-1 stand for themselves. The other
    68 take the characters from U+0100 on, in order; the space becomes U+0120, "Ġ", and
    the line feed U+010A, "Ċ".

    Returns
    -------
    tuple of str, length 256

    References
    ----------
    Radford et al. (2019), Language models are unsupervised multitask learners, and the
    function ``bytes_to_unicode`` of its published code, ``src/encoder.py``.
    """
    visible = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = [byte for byte in range(256) if byte not in visible]
    return tuple(
        chr(byte) if byte in visible else chr(256 + hidden.index(byte))
        for byte in range(256)
    )


@cache
def _bytes_of_symbols() -> dict[str, int]:
    return {symbol: byte for byte, symbol in enumerate(byte_symbols())}


def to_symbols(token: bytes) -> str:
    """Write bytes in the characters of `byte_symbols`.

    Examples
    --------
    >>> to_symbols(b" the")
    'Ġthe'
    """
    symbols = byte_symbols()
    return "".join(symbols[byte] for byte in token)


def from_symbols(text: str) -> bytes:
    """Return the bytes that `to_symbols` wrote.

    Raises
    ------
    ValueError
        If a character stands for no byte.
    """
    table = _bytes_of_symbols()
    for symbol in text:
        if symbol not in table:
            raise ValueError(f"{symbol!r} in {text!r} stands for no byte")
    return bytes(table[symbol] for symbol in text)


def read_gpt2_files(
    vocab: str | os.PathLike[str],
    merges: str | os.PathLike[str],
    special: Iterable[str],
) -> tuple[dict[bytes | str, int], list[tuple[bytes, bytes]]]:
    """Read a vocabulary and its merges.

    Parameters
    ----------
    vocab : path
        A JSON file: an object of tokens, in `byte_symbols`, and their ids.
    merges : path
        A text file: maybe a line that begins with ``#version``, then one merge a line.
    special : iterable of str
        The tokens of the vocabulary that are to be read as they stand.

    Returns
    -------
    ids : dict of bytes and str to int
        The special tokens as str.
    merges : list of (bytes, bytes)

    Raises
    ------
    ValueError
        If a file does not hold what it should; the message says where.
    FileNotFoundError
        If there is none.
    """
    names = set(special)
    ids: dict[bytes | str, int] = {}
    for token, number in read_json(vocab).items():
        try:
            ids[token if token in names else from_symbols(token)] = number
        except ValueError as error:
            raise ValueError(f"{vocab}: {error}; is it a special token?") from None
    pairs = []
    lines = Path(merges).read_text("utf-8").split("\n")
    for place, line in enumerate(lines, start=1):
        line = line.removesuffix("\r")
        if not line or (place == 1 and line.startswith("#version")):
            continue
        parts = line.split(" ")
        if len(parts) != 2 or not all(parts):
            raise ValueError(
                f"{merges}, line {place}: expected two tokens and a space between, "
                f"got {line!r}"
            )
        try:
            pairs.append((from_symbols(parts[0]), from_symbols(parts[1])))
        except ValueError as error:
            raise ValueError(f"{merges}, line {place}: {error}") from None
    return ids, pairs


def write_gpt2_files(
    vocab: str | os.PathLike[str],
    merges: str | os.PathLike[str],
    ids: dict[str, int],
    pairs: list[tuple[bytes, bytes]],
) -> None:
    """Write what `read_gpt2_files` reads.

    Parameters
    ----------
    vocab, merges : path
    ids : dict of str to int
    pairs : list of (bytes, bytes)
    """
    ordered = dict(sorted(ids.items(), key=lambda item: item[1]))
    text = json.dumps(ordered, ensure_ascii=False)
    Path(vocab).write_text(text, "utf-8", newline="\n")
    lines = [f"{to_symbols(left)} {to_symbols(right)}" for left, right in pairs]
    text = "\n".join([FIRST_LINE, *lines, ""])
    Path(merges).write_text(text, "utf-8", newline="\n")


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a JSON file that holds an object.

    Raises
    ------
    ValueError
        If it holds something else.
    FileNotFoundError
        If there is none.
    """
    try:
        content = json.loads(Path(path).read_text("utf-8"))
    except ValueError as error:  # of JSON, or of UTF-8
        raise ValueError(f"{path} is no JSON file: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(
            f"{path} must hold a JSON object, got {type(content).__name__}"
        )
    return content
