"""A tokenizer that learns its tokens: byte-pair encoding.

Characters make long sequences, words an endless vocabulary. Byte-pair encoding lies
between: frequent words are one token, rare ones several, and since every byte is a
token too, there is no text that it cannot write.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dlbook.data.byte_pairs import BYTES, apply_merges, learn_merges
from dlbook.data.counts import require_count
from dlbook.data.gpt2_tokens import (
    from_symbols,
    read_gpt2_files,
    read_json,
    to_symbols,
    write_gpt2_files,
)
from dlbook.data.tokenizer_arguments import (
    as_text,
    as_texts,
    bytes_of,
    checked_ids,
    checked_merges,
    checked_special,
)
from dlbook.data.word_pattern import (
    PATTERN,
    compiled,
    cut_at,
    cut_words,
    gpt2_pattern,
)

__all__ = ["BytePairTokenizer"]

_FORMAT = "dlbook byte-pair tokenizer 1"
_MOST_KNOWN = 100_000  # words whose tokens are remembered
_BYTES = tuple(bytes([value]) for value in range(BYTES))


class BytePairTokenizer:
    r"""Text to token ids and back, without any loss, by byte-pair encoding.

    A text is cut into words by a regular expression. Each word starts as its UTF-8
    bytes, every byte a token, and then neighboring tokens are merged in the order in
    which the merges were learned. Made by `train`, `load` or `from_gpt2`, or from
    merges that are written down. ``len(tokenizer)`` is V, the number of tokens.

    Parameters
    ----------
    merges : iterable of (bytes, bytes)
        In order. Each side is a byte, or a token that an earlier merge made.
    special : iterable of str
        Tokens that stand for no text, such as ``<|endoftext|>``.
    ids : mapping of bytes and str to int, optional
        The id of every byte, every merged token and, as str, every special token. By
        default byte b has the id b, then come the merged tokens in order, and the
        special tokens come last.
    pattern : str or None
        The regular expression that finds the words. What lies between two matches is a
        word too, so that nothing is lost whatever the pattern. None cuts nothing: the
        whole text is one word, and merges may join any neighbors (slow for long texts).

    Raises
    ------
    TypeError
        If an argument is of another type.
    ValueError
        If a merge uses a token that does not exist yet or comes twice, if a special
        token is empty or there twice, if the ids are not those of all tokens and
        0, ..., V - 1, or if `pattern` is no regular expression.

    Notes
    -----
    The default pattern, `dlbook.data.word_pattern.PATTERN`, follows GPT-2's, which
    needs the module ``regex`` for its classes ``\p{L}`` and ``\p{N}``. Written for the
    standard library's ``re`` it differs in this: numbers that are no digits, such as
    "²", "½" and "Ⅷ", count as letters, and the control characters U+001C to U+001F as
    white space. `from_gpt2` takes a longer pattern, without these differences.

    No token crosses the border of a word. Without that rule training would spend
    tokens on "dog.", "dog!" and "dog?". The space belongs to the word behind it.

    References
    ----------
    Gage (1994), A new algorithm for data compression, The C Users Journal 12(2), 23-38.
    Sennrich, Haddow & Birch (2016), Neural machine translation of rare words with
    subword units, ACL: merges within words. Radford et al. (2019), Language models are
    unsupervised multitask learners, section 2.2: bytes, and the pattern.

    Examples
    --------
    >>> tokenizer = BytePairTokenizer([(b"t", b"h"), (b"th", b"e")])
    >>> tokenizer.encode("the thaw")
    array([257,  32, 256,  97, 119])
    >>> tokenizer.decode([257, 32, 256, 97, 119])
    'the thaw'
    """

    def __init__(
        self,
        merges: Iterable[tuple[bytes, bytes]] = (),
        *,
        special: Iterable[str] = (),
        ids: Mapping[bytes | str, int] | None = None,
        pattern: str | None = PATTERN,
    ) -> None:
        tokens: dict[bytes | str, None] = dict.fromkeys(_BYTES)
        self._merges = checked_merges(merges, tokens)
        for token in checked_special(special):
            tokens[token] = None
        if ids is None:
            self._tokens = list(tokens)
        else:
            self._tokens = checked_ids(ids, tokens)
        self._ids = {token: number for number, token in enumerate(self._tokens)}
        self._byte_ids = [self._ids[byte] for byte in _BYTES]
        self._ranks = {
            (self._ids[left], self._ids[right]): (rank, self._ids[left + right])
            for rank, (left, right) in enumerate(self._merges)
        }
        self._pattern = pattern
        self._find = compiled(pattern)
        self._known: dict[str, list[int]] = {}

    @classmethod
    def train(
        cls,
        text: str | bytes | Iterable[str | bytes],
        vocab_size: int,
        *,
        special: Iterable[str] = (),
        pattern: str | None = PATTERN,
        min_count: int = 2,
    ) -> BytePairTokenizer:
        """Learn the tokens of a text.

        The pair of neighboring tokens that is most frequent becomes a new token, again
        and again, until there are `vocab_size` tokens. Of equally frequent pairs that
        of the smaller ids is taken, so that the same text gives the same tokens.

        Parameters
        ----------
        text : str, bytes, or iterable of these
        vocab_size : int, at least 256 and the special tokens
            V, the number of tokens: the bytes, the merged and the special ones.
        special : iterable of str
            The text is cut where they stand in it; no token is learned from them.
        pattern : str or None
            See the class.
        min_count : int, at least 1
            Pairs that come less often are not merged.

        Raises
        ------
        TypeError
            If `text` is something else, or a count is no int.
        ValueError
            If a count is too small, or if no pair is frequent enough before there are
            `vocab_size` tokens: the message says how many there can be.

        Examples
        --------
        >>> tokenizer = BytePairTokenizer.train("low lower lowest", 260)
        >>> tokenizer.vocabulary[256:]
        (b'lo', b'low', b' low', b' lowe')
        """
        maker = cls(special=special, pattern=pattern)
        require_count("vocab_size", vocab_size, len(maker))
        require_count("min_count", min_count)
        words: Counter[str] = Counter()
        for part in as_texts("text", text):
            for stretch, name in cut_at(maker.special, part):
                if name is None:
                    words.update(cut_words(maker._find, stretch))
        spelled = {bytes_of(word): count for word, count in words.items()}
        merges = learn_merges(spelled, vocab_size - len(maker), min_count=min_count)
        trained = cls(merges, special=maker.special, pattern=pattern)
        if len(trained) < vocab_size:
            raise ValueError(
                f"vocab_size={vocab_size} is more than this text gives: with "
                f"{len(trained)} tokens no pair is left that comes {min_count} times "
                f"(min_count)"
            )
        return trained

    @property
    def vocabulary(self) -> tuple[bytes | str, ...]:
        """All V tokens in the order of their ids; special tokens as str."""
        return tuple(self._tokens)

    @property
    def merges(self) -> tuple[tuple[bytes, bytes], ...]:
        """The merges in the order in which they were learned."""
        return self._merges

    @property
    def special(self) -> dict[str, int]:
        """The special tokens and their ids (a copy)."""
        return {
            token: number
            for number, token in enumerate(self._tokens)
            if isinstance(token, str)
        }

    @property
    def pattern(self) -> str | None:
        """The regular expression that finds the words."""
        return self._pattern

    def __len__(self) -> int:
        """Return V, the number of tokens."""
        return len(self._tokens)

    def __eq__(self, other: object) -> bool:
        """Return whether both turn every text into the same ids."""
        if not isinstance(other, BytePairTokenizer):
            return NotImplemented
        mine = (self._merges, self._tokens, self._pattern)
        return mine == (other._merges, other._tokens, other._pattern)

    __hash__ = None  # add_special changes it

    def __repr__(self) -> str:
        special = len(self.special)
        return (
            f"BytePairTokenizer({len(self)} tokens: {BYTES} bytes, "
            f"{len(self) - BYTES - special} merged, {special} special)"
        )

    def add_special(self, token: str) -> int:
        """Add a special token behind all others, and return its id.

        A model needs one more row in its embedding and its output layer for it.

        Parameters
        ----------
        token : str

        Raises
        ------
        TypeError
            If it is no str.
        ValueError
            If it is empty, or there is such a special token.
        """
        checked_special([*self.special, token])
        self._ids[token] = len(self._tokens)
        self._tokens.append(token)
        return self._ids[token]

    def split(self, text: str) -> list[str]:
        """Cut a text into words as the pattern says; joined, they are the text.

        Parameters
        ----------
        text : str

        Raises
        ------
        TypeError
            If it is no str.

        Examples
        --------
        >>> BytePairTokenizer().split("It's 25 dogs!  Run")
        ['It', "'s", ' 25', ' dogs', '!', ' ', ' Run']
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be a str, got {type(text).__name__}")
        return list(cut_words(self._find, text))

    def encode(self, text: str | bytes, *, special: bool = False) -> np.ndarray:
        """Return the ids of a text.

        Parameters
        ----------
        text : str or bytes
            Bytes need not be UTF-8. Those of a str give the same ids as the str.
        special : bool
            Whether special tokens that stand in the text become their own ids. By
            default they are text like any other, as is right for all text that others
            wrote: whoever writes ``<|endoftext|>`` must not end a document.

        Returns
        -------
        ndarray of int64, shape (T,)

        Raises
        ------
        TypeError
            If `text` is something else.
        ValueError
            If a str holds half of a surrogate pair, for which there is no UTF-8.
        """
        known = self._known
        ids: list[int] = []
        names = self.special if special else ()
        for stretch, name in cut_at(names, as_text("text", text)):
            if name is not None:
                ids.append(self._ids[name])
                continue
            for word in cut_words(self._find, stretch):
                tokens = known.get(word)
                if tokens is None:
                    tokens = self._encode_word(word)
                    if len(known) < _MOST_KNOWN:
                        known[word] = tokens
                ids += tokens
        return np.array(ids, np.int64)

    def decode_bytes(self, ids: Any, *, special: bool = True) -> bytes:
        """Return the bytes of some ids: exactly those that were encoded.

        Parameters
        ----------
        ids : array_like of int, shape (T,)
        special : bool
            Whether special tokens are written out; else they are left out.

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
        tokens = [self._tokens[number] for number in numbers.tolist()]
        return b"".join(
            token if isinstance(token, bytes) else token.encode()
            for token in tokens
            if special or isinstance(token, bytes)
        )

    def decode(self, ids: Any, *, special: bool = True, errors: str = "replace") -> str:
        """Return the text of some ids.

        Parameters
        ----------
        ids : array_like of int, shape (T,)
        special : bool
            Whether special tokens are written out; else they are left out.
        errors : str
            What to do where the bytes are no UTF-8, as for ``bytes.decode``. A token
            may end in the middle of a character, and a model may write anything:
            "replace" puts U+FFFD there, "strict" raises.

        Raises
        ------
        TypeError
            If the ids are no integers.
        ValueError
            If their shape is not (T,), one of them lies outside [0, V), or the bytes
            are no UTF-8 and `errors` is "strict" (UnicodeDecodeError).
        """
        return self.decode_bytes(ids, special=special).decode("utf-8", errors)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the tokenizer to a JSON file, for `load`.

        Tokens are written in the characters of `dlbook.data.gpt2_tokens.byte_symbols`.

        Parameters
        ----------
        path : path
        """
        content = {
            "format": _FORMAT,
            "pattern": self._pattern,
            "special": self.special,
            "merges": [[to_symbols(a), to_symbols(b)] for a, b in self._merges],
            "ids": {
                to_symbols(token): number
                for number, token in enumerate(self._tokens)
                if isinstance(token, bytes)
            },
        }
        text = json.dumps(content, ensure_ascii=False, indent=1)
        Path(path).write_text(text + "\n", "utf-8", newline="\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> BytePairTokenizer:
        """Read a tokenizer that `save` wrote.

        Parameters
        ----------
        path : path

        Raises
        ------
        ValueError
            If the file holds something else.
        FileNotFoundError
            If there is none.
        """
        content = read_json(path)
        if content.get("format") != _FORMAT:
            raise ValueError(
                f"{path} is no tokenizer that BytePairTokenizer.save wrote: its "
                f"format is {content.get('format')!r}, expected {_FORMAT!r}"
            )
        try:
            ids = {from_symbols(t): number for t, number in content["ids"].items()}
            merges = [(from_symbols(a), from_symbols(b)) for a, b in content["merges"]]
            special, pattern = content["special"], content["pattern"]
            return cls(merges, special=special, ids=ids | special, pattern=pattern)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged: {error}") from error

    @classmethod
    def from_gpt2(
        cls,
        vocab: str | os.PathLike[str],
        merges: str | os.PathLike[str],
        *,
        special: Iterable[str] = ("<|endoftext|>",),
    ) -> BytePairTokenizer:
        r"""Read the files of a published tokenizer of GPT-2's kind.

        GPT-2's own are ``vocab.json`` (50,257 tokens) and ``merges.txt`` (50,000
        merges), published with its weights; the files are not part of this package.

        Parameters
        ----------
        vocab, merges : path
        special : iterable of str
            The tokens of the vocabulary that are neither bytes nor merged.

        Returns
        -------
        BytePairTokenizer
            With `dlbook.data.word_pattern.gpt2_pattern()` as its pattern.

        Raises
        ------
        ValueError
            If a file is damaged, or vocabulary, merges and special tokens do not
            belong together; the message names what is missing or too much.
        FileNotFoundError
            If a file does not exist.
        """
        names = checked_special(special)
        ids, pairs = read_gpt2_files(vocab, merges, names)
        try:
            return cls(pairs, special=names, ids=ids, pattern=gpt2_pattern())
        except (TypeError, ValueError) as error:
            raise ValueError(f"{vocab} and {merges}: {error}") from error

    def save_gpt2(
        self, vocab: str | os.PathLike[str], merges: str | os.PathLike[str]
    ) -> None:
        """Write the vocabulary and the merges as GPT-2's files, for `from_gpt2`.

        The files hold no pattern: whoever reads them cuts words as GPT-2 does.

        Parameters
        ----------
        vocab, merges : path

        Raises
        ------
        ValueError
            If a special token reads like another token.
        """
        ids: dict[str, int] = {}
        for number, token in enumerate(self._tokens):
            name = token if isinstance(token, str) else to_symbols(token)
            if name in ids:
                raise ValueError(
                    f"{name!r} is a special token and another one; GPT-2's files "
                    f"cannot tell them apart"
                )
            ids[name] = number
        write_gpt2_files(vocab, merges, ids, list(self._merges))

    def _encode_word(self, word: str) -> list[int]:
        """Return the ids of one word."""
        numbers = [self._byte_ids[byte] for byte in bytes_of(word)]
        return apply_merges(numbers, self._ranks)
