"""What a tokenizer accepts: text, merges, special tokens and ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = [
    "as_text",
    "as_texts",
    "bytes_of",
    "checked_ids",
    "checked_merges",
    "checked_special",
]


def as_text(argument: str, text: str | bytes) -> str:
    """Return a str; bytes that are no UTF-8 become surrogates, one each."""
    if isinstance(text, bytes):
        return text.decode("utf-8", "surrogateescape")
    if not isinstance(text, str):
        raise TypeError(f"{argument} must be a str or bytes, got {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{argument} holds {text[error.start]!r} at position {error.start}, half "
            f"of a surrogate pair, for which there is no UTF-8"
        ) from None
    return text


def as_texts(argument: str, texts: str | bytes | Iterable[str | bytes]) -> list[str]:
    """Return one text or several as a list of str."""
    if isinstance(texts, str | bytes):
        return [as_text(argument, texts)]
    if not isinstance(texts, Iterable):
        raise TypeError(
            f"{argument} must be a str, bytes or an iterable of these, "
            f"got {type(texts).__name__}"
        )
    return [as_text(argument, text) for text in texts]


def bytes_of(word: str) -> bytes:
    """Return the bytes of what `as_text` returned."""
    return word.encode("utf-8", "surrogateescape")


def checked_merges(
    merges: Iterable[tuple[bytes, bytes]], tokens: dict[bytes | str, None]
) -> tuple[tuple[bytes, bytes], ...]:
    """Return the merges, having added to `tokens` what they make."""
    checked: dict[tuple[bytes, bytes], None] = {}
    for place, merge in enumerate(merges):
        pair = tuple(merge)
        if len(pair) != 2 or not all(isinstance(side, bytes) for side in pair):
            raise TypeError(f"merges: number {place} is no pair of bytes: {merge!r}")
        for side in pair:
            if side not in tokens:
                raise ValueError(
                    f"merges: number {place}, {pair}, needs {side!r}, which no merge "
                    f"before it makes"
                )
        if pair in checked:
            raise ValueError(f"merges: number {place}, {pair}, is there twice")
        checked[pair] = None
        tokens[pair[0] + pair[1]] = None
    return tuple(checked)


def checked_special(special: Iterable[str]) -> list[str]:
    """Return the names of the special tokens."""
    if isinstance(special, str | bytes):
        raise TypeError(f"special must be an iterable of str, got {special!r}")
    names: list[str] = []
    for name in special:
        if not isinstance(name, str):
            raise TypeError(f"a special token must be a str, got {name!r}")
        if not name:
            raise ValueError("a special token must not be empty")
        if name in names:
            raise ValueError(f"the special token {name!r} is there twice")
        names.append(as_text("a special token", name))
    return names


def checked_ids(
    ids: Mapping[bytes | str, int], tokens: dict[bytes | str, None]
) -> list[bytes | str]:
    """Return the tokens in the order of their ids."""
    for token in tokens:
        if token not in ids:
            raise ValueError(f"ids: there is none for {token!r}")
    for token in ids:
        if token not in tokens:
            raise ValueError(
                f"ids: {token!r} is no byte, no merge makes it, and special does not "
                f"name it"
            )
    for token, number in ids.items():
        if isinstance(number, bool) or not isinstance(number, int):
            raise TypeError(f"ids: that of {token!r} is no int: {number!r}")
    ordered = sorted(ids, key=lambda token: ids[token])
    for number, token in enumerate(ordered):
        if ids[token] != number:
            raise ValueError(
                f"ids must be 0, ..., {len(ids) - 1}, each once: {number} is missing"
            )
    return ordered
