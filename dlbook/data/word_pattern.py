"""Regular expressions that cut a text into words, before pairs are merged in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache

__all__ = ["PATTERN", "compiled", "cut_at", "cut_words", "gpt2_pattern"]

# A word, a number or a run of other signs, each with the space before it; English
# endings such as "'s"; white space, which leaves its last space to what follows.
PATTERN = (
    r"'s|'t|'re|'ve|'m|'ll|'d"
    r"| ?[^\W\d_]+"
    r"| ?\d+"
    r"| ?(?:[^\s\w]|_)+"
    r"|\s+(?!\S)"
    r"|\s+"
)
# Letter numbers and other numbers lie below; a test looks at all code points.
_END_OF_NUMBERS = 0x20000
Find = Callable[[str], Iterable["re.Match[str]"]]


def compiled(pattern: str | None) -> Find:
    """Return the function that finds the words of a text."""
    if pattern is None:
        return _nothing  # all is left between matches: one word
    if not isinstance(pattern, str):
        raise TypeError(f"pattern must be a str or None, got {type(pattern).__name__}")
    try:
        return re.compile(pattern).finditer
    except re.error as error:
        raise ValueError(f"pattern is no regular expression: {error}") from None


def _nothing(text: str) -> tuple[()]:
    return ()


def cut_at(names: Iterable[str], text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the stretches of a text and the names that stand between them.

    Parameters
    ----------
    names : iterable of str
        Where several would fit, the longest is found.
    text : str

    Yields
    ------
    (str, str or None)
        What stands in the text, and once more if it is one of the names.
    """
    ordered = sorted(names, key=len, reverse=True)
    if not ordered:
        yield text, None
        return
    # With a group around the names, every second part is one of them.
    parts = re.split("(" + "|".join(map(re.escape, ordered)) + ")", text)
    for place, part in enumerate(parts):
        yield part, part if place % 2 else None


def cut_words(find: Find, text: str) -> Iterator[str]:
    """Yield the words of a text, and what the pattern leaves between them.

    Parameters
    ----------
    find : callable
        From `compiled`.
    text : str
    """
    end = 0
    for match in find(text):
        start, stop = match.span()
        if start > end:
            yield text[end:start]
        if stop > start:
            yield text[start:stop]
        end = stop
    if end < len(text):
        yield text[end:]


@cache
def gpt2_pattern() -> str:
    r"""Return the regular expression by which GPT-2 cuts a text into words.

    The published one, ``'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+
    |\s+(?!\S)|\s+``, is written for the module ``regex``. The standard library's ``re``
    knows no ``\p``: here ``\p{L}`` is the characters of ``\w`` without digits,
    underscore and the numbers that are no digits (such as "²", "½", "Ⅷ"), which are
    listed from this Python's Unicode tables. U+001C to U+001F, white space for Python,
    are none for ``regex`` and here. What remains different: which characters exist
    depends on the version of Unicode.

    Returns
    -------
    str
    """
    others = _ranges(
        code
        for code in range(_END_OF_NUMBERS)
        if unicodedata.category(chr(code)) in ("Nl", "No")
    )
    controls = r"\x1c-\x1f"
    space = rf"[^\S{controls}]"
    return (
        r"'s|'t|'re|'ve|'m|'ll|'d"
        rf"| ?[^\W\d_{others}]+"
        rf"| ?[\d{others}]+"
        rf"| ?(?:[^\s\w]|[_{controls}])+"
        rf"|{space}+(?![\S{controls}])"
        rf"|{space}+"
    )


def _ranges(codes: Iterable[int]) -> str:
    """Write increasing code points as the inside of a character class."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)
