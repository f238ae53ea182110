"""Text as numbers: tokens, and the vocabulary that numbers them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlbook.data.counts import require_count

__all__ = ["Vocabulary", "split_words"]

PAD, UNK, BEGIN, END = "<pad>", "<unk>", "<begin>", "<end>"
SPECIAL = (PAD, UNK, BEGIN, END)
_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


def split_words(text: str) -> list[str]:
    """Cut a text into words and punctuation marks, all in lower case.

    A word is a run of letters, digits and underscores; an apostrophe inside belongs to
    it. Every other character that is no white space is a token of its own.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
        White space is lost: ``" ".join(...)`` gives a text with the same tokens, not
        the same text.

    Raises
    ------
    TypeError
        If `text` is no string.

    Examples
    --------
    >>> split_words("It isn't dull, is it?")
    ['it', "isn't", 'dull', ',', 'is', 'it', '?']
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, got {type(text).__name__}")
    return _WORD.findall(text.lower())


@dataclass(frozen=True, repr=False)
class Vocabulary:
    """Tokens and their numbers: token i of `tokens` has the number, the id, i.

    Made from a text by `of_characters` or `of_words`. The special tokens come first, in
    the order ``<pad>``, ``<unk>``, ``<begin>``, ``<end>``, so that padding is 0; after
    them the most frequent token, and equally frequent ones in alphabetical order (that
    of their code points). ``len(vocabulary)`` is V, the number of tokens, and
    ``"word" in vocabulary`` tells whether there is such a token.

    Attributes
    ----------
    tokens : tuple of str, length V
    split : callable
        Cuts a str into tokens, for `encode`.
    joint : str
        What `decode` puts between tokens.

    Raises
    ------
    TypeError
        If a token is no str.
    ValueError
        If there is no token, or one of them twice.

    Examples
    --------
    >>> vocabulary = Vocabulary.of_words(["the cat sat", "the dog"])
    >>> vocabulary.tokens
    ('<pad>', '<unk>', 'the', 'cat', 'dog', 'sat')
    >>> vocabulary.encode("the cow sat")
    array([2, 1, 5])
    >>> vocabulary.decode([2, 3, 0, 0])
    'the cat'
    """

    tokens: tuple[str, ...]
    split: Callable[[str], list[str]] = split_words
    joint: str = " "
    _ids: dict[str, int] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        tokens = tuple(self.tokens)
        for token in tokens:
            if not isinstance(token, str):
                raise TypeError(f"a token must be a str, got {type(token).__name__}")
        if not tokens:
            raise ValueError("a vocabulary needs at least one token")
        ids = {token: number for number, token in enumerate(tokens)}
        if len(ids) != len(tokens):
            twice = next(token for token, count in Counter(tokens).items() if count > 1)
            raise ValueError(f"tokens must differ, {twice!r} is there twice")
        object.__setattr__(self, "tokens", tokens)
        object.__setattr__(self, "_ids", ids)

    @classmethod
    def of_characters(
        cls,
        text: str | Iterable[str],
        *,
        min_count: int = 1,
        max_size: int | None = None,
        pad: bool = False,
        unk: bool = False,
        begin: bool = False,
        end: bool = False,
    ) -> Vocabulary:
        """Make the vocabulary of the characters of a text.

        Parameters
        ----------
        text : str or iterable of str
        min_count : int, at least 1
            Characters that come less often become ``<unk>``.
        max_size : int, optional
            The largest V, special tokens included; the rarest characters, those last
            in the order of the numbers, become ``<unk>``.
        pad, unk, begin, end : bool
            Whether there is a token ``<pad>``, ``<unk>``, ``<begin>``, ``<end>``.

        Raises
        ------
        TypeError
            If `text` holds something else than strings, or a count is no int.
        ValueError
            If a count is too small, if nothing is left, or if characters are left out
            and there is no ``<unk>`` for them.

        Examples
        --------
        >>> Vocabulary.of_characters("abracadabra").tokens
        ('a', 'b', 'r', 'c', 'd')
        """
        counts: Counter[str] = Counter()
        for part in (text,) if isinstance(text, str) else text:
            if not isinstance(part, str):
                raise TypeError(
                    f"text must be a str or hold str, got {type(part).__name__}"
                )
            counts.update(part)
        special = _chosen(pad, unk, begin, end)
        return cls(_ordered(counts, special, min_count, max_size), list, "")

    @classmethod
    def of_words(
        cls,
        texts: str | Iterable[str | Sequence[str]],
        *,
        min_count: int = 1,
        max_size: int | None = None,
        pad: bool = True,
        unk: bool = True,
        begin: bool = False,
        end: bool = False,
        split: Callable[[str], list[str]] = split_words,
    ) -> Vocabulary:
        """Make the vocabulary of the words of some texts.

        Parameters
        ----------
        texts : str, or iterable of str or of sequences of str
            A str is cut by `split`; a sequence holds tokens already.
        min_count : int, at least 1
            Words that come less often become ``<unk>``.
        max_size : int, optional
            The largest V, special tokens included; the rarest words, those last in the
            order of the numbers, become ``<unk>``.
        pad, unk, begin, end : bool
            Whether there is a token ``<pad>``, ``<unk>``, ``<begin>``, ``<end>``.
        split : callable
            Cuts a str into a list of tokens.

        Raises
        ------
        TypeError
            If `texts` holds something else, or a count is no int.
        ValueError
            If a count is too small, if nothing is left, if words are left out and there
            is no ``<unk>`` for them, or if a word is that of a special token.
        """
        counts: Counter[str] = Counter()
        for text in (texts,) if isinstance(texts, str) else texts:
            counts.update(_tokens("texts", text, split))
        taken = next((token for token in SPECIAL if token in counts), None)
        if taken is not None:
            raise ValueError(f"texts: {taken!r} is the name of a special token")
        special = _chosen(pad, unk, begin, end)
        return cls(_ordered(counts, special, min_count, max_size), split, " ")

    @property
    def pad_id(self) -> int | None:
        """The id of ``<pad>``; None if there is no such token."""
        return self._ids.get(PAD)

    @property
    def unk_id(self) -> int | None:
        """The id of ``<unk>``, which stands for all unknown tokens, or None."""
        return self._ids.get(UNK)

    @property
    def begin_id(self) -> int | None:
        """The id of ``<begin>``, or None."""
        return self._ids.get(BEGIN)

    @property
    def end_id(self) -> int | None:
        """The id of ``<end>``, or None."""
        return self._ids.get(END)

    def __len__(self) -> int:
        """Return V, the number of tokens."""
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        """Return whether there is such a token, special ones included."""
        return token in self._ids

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.tokens[:8]))
        more = ", ..." if len(self) > 8 else ""
        return f"Vocabulary({len(self)} tokens: {shown}{more})"

    def encode(
        self, text: str | Sequence[str], *, begin: bool = False, end: bool = False
    ) -> np.ndarray:
        """Return the ids of the tokens of a text.

        Parameters
        ----------
        text : str or sequence of str
            A str is cut by `split`; a sequence holds tokens already.
        begin, end : bool
            Whether to put ``<begin>`` before and ``<end>`` behind.

        Returns
        -------
        ndarray of int64, shape (T,)

        Raises
        ------
        TypeError
            If `text` is something else.
        ValueError
            If a token is unknown and there is no ``<unk>``, or if ``<begin>`` or
            ``<end>`` is wanted and not in the vocabulary.
        """
        tokens = _tokens("text", text, self.split)
        for wanted, name in ((begin, BEGIN), (end, END)):
            if wanted and name not in self:
                raise ValueError(f"this vocabulary has no {name}")
        tokens = [BEGIN] * begin + tokens + [END] * end
        unk = self.unk_id
        if unk is None:
            for place, token in enumerate(tokens):
                if token not in self:
                    raise ValueError(
                        f"text: {token!r} at position {place} is none of the "
                        f"{len(self)} tokens, and this vocabulary has no {UNK}"
                    )
        return np.array([self._ids.get(token, unk) for token in tokens], np.int64)

    def decode(self, ids: Any, *, special: bool = False) -> str:
        """Return the text of some ids.

        Parameters
        ----------
        ids : array_like of int, shape (T,)
        special : bool
            Whether to show ``<pad>``, ``<begin>`` and ``<end>``. ``<unk>`` is always
            shown: it stands for a token.

        Returns
        -------
        str
            The tokens, with `joint` between them.

        Raises
        ------
        TypeError
            If the ids are no integers.
        ValueError
            If their shape is not (T,), or one of them lies outside [0, V).
        """
        numbers = np.asarray(ids)
        if numbers.ndim != 1:
            raise ValueError(f"ids must have shape (T,), got {numbers.shape}")
        if numbers.size and numbers.dtype.kind not in "iu":
            raise TypeError(f"ids must be integers, got {numbers.dtype}")
        outside = (numbers < 0) | (numbers >= len(self))
        if outside.any():
            raise ValueError(
                f"ids must lie in [0, {len(self)}), got {numbers[outside.argmax()]}"
            )
        tokens = [self.tokens[int(number)] for number in numbers]
        hidden = () if special else (PAD, BEGIN, END)
        return self.joint.join(token for token in tokens if token not in hidden)


def _chosen(pad: bool, unk: bool, begin: bool, end: bool) -> tuple[str, ...]:
    wanted = zip(SPECIAL, (pad, unk, begin, end), strict=True)
    return tuple(token for token, there in wanted if there)


def _tokens(
    argument: str, text: str | Sequence[str], split: Callable[[str], list[str]]
) -> list[str]:
    if isinstance(text, str):
        return split(text)
    if not isinstance(text, Sequence) or isinstance(text, bytes):
        raise TypeError(
            f"{argument}: a text must be a str or a sequence of tokens, "
            f"got {type(text).__name__}"
        )
    for token in text:
        if not isinstance(token, str):
            raise TypeError(
                f"{argument}: a token must be a str, got {type(token).__name__}"
            )
    return list(text)


def _ordered(
    counts: Counter[str], special: tuple[str, ...], least: int, most: int | None
) -> tuple[str, ...]:
    require_count("min_count", least)
    room = len(counts)
    if most is not None:
        require_count("max_size", most, len(special) + 1)
        room = most - len(special)
    ordered = sorted(counts, key=lambda token: (-counts[token], token))
    kept = [token for token in ordered if counts[token] >= least][:room]
    if not kept:
        raise ValueError(
            "no token is left: the text is empty"
            if not counts
            else f"no token is left: none comes {least} times (min_count)"
        )
    if len(kept) < len(counts) and UNK not in special:
        raise ValueError(
            f"min_count={least} and max_size={most} leave out "
            f"{len(counts) - len(kept)} of {len(counts)} tokens, for example "
            f"{next(t for t in ordered if t not in kept)!r}: pass unk=True, so that "
            f"{UNK} stands for them"
        )
    return (*special, *kept)
