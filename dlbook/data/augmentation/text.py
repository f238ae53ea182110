"""Change a sentence a little: "easy data augmentation", on lists of words.

Every transform takes a list of tokens, words or punctuation, and a generator, and
returns a new list.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType

import numpy as np

from dlbook.data.augmentation.arguments import (
    generator,
    require_int,
    require_probability,
)

__all__ = [
    "RandomDeletion",
    "RandomInsertion",
    "RandomSwap",
    "SynonymReplacement",
    "load_synonyms",
]


@cache
def load_synonyms() -> Mapping[str, tuple[str, ...]]:
    """Return the synonyms of about 470 English words, from ``synonyms.toml``.

    Returns
    -------
    mapping from str to tuple of str
        For each word, in lower case, the others of its group; read-only.

    Examples
    --------
    >>> load_synonyms()["big"]
    ('large', 'sizable')
    """
    file = resources.files("dlbook.data.augmentation") / "synonyms.toml"
    kinds = tomllib.loads(file.read_text("utf-8")).values()
    return MappingProxyType(
        {
            word: tuple(other for other in group if other != word)
            for groups in kinds
            for group in groups
            for word in group
        }
    )


@dataclass(frozen=True)
class SynonymReplacement:
    """Replace up to n words that have synonyms, each by one of them.

    A replacement begins with a capital if the word did.

    Parameters
    ----------
    n : int, at least 1
        Words to replace, all different places; fewer if fewer have synonyms. The paper
        takes a tenth of the sentence.
    synonyms : mapping from str to sequence of str, optional
        For a word in lower case what may stand for it; by default `load_synonyms`.

    Raises
    ------
    TypeError, ValueError
        If n is no int of at least 1, or `synonyms` no mapping to sequences of words;
        when called, if the input is no list of str.

    References
    ----------
    Wei & Zou (2019), arXiv:1901.11196, section 2. They look the synonyms up in WordNet
    and leave out a list of stop words.
    """

    n: int = 1
    synonyms: Mapping[str, Sequence[str]] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        require_int("SynonymReplacement: n", self.n, 1)
        _require_synonyms("SynonymReplacement", self.synonyms)

    def __call__(
        self, tokens: Sequence[str], rng: np.random.Generator | int
    ) -> list[str]:
        """Return the sentence with other words."""
        tokens, rng = _checked("SynonymReplacement", tokens, rng)
        synonyms = _known(self.synonyms)
        places = [i for i, token in enumerate(tokens) if synonyms.get(token.lower())]
        for i in rng.permutation(places)[: self.n]:
            tokens[i] = _synonym_of(tokens[i], synonyms, rng)
        return tokens


@dataclass(frozen=True)
class RandomInsertion:
    """Insert a synonym of a random word of the sentence at a random place, n times.

    Nothing is inserted into a sentence whose words have no synonyms.

    Parameters
    ----------
    n : int, at least 1
    synonyms : mapping from str to sequence of str, optional
        As in `SynonymReplacement`.

    Raises
    ------
    TypeError, ValueError
        As `SynonymReplacement`.

    References
    ----------
    Wei & Zou (2019), arXiv:1901.11196, section 2.
    """

    n: int = 1
    synonyms: Mapping[str, Sequence[str]] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        require_int("RandomInsertion: n", self.n, 1)
        _require_synonyms("RandomInsertion", self.synonyms)

    def __call__(
        self, tokens: Sequence[str], rng: np.random.Generator | int
    ) -> list[str]:
        """Return a longer sentence."""
        tokens, rng = _checked("RandomInsertion", tokens, rng)
        synonyms = _known(self.synonyms)
        words = [token.lower() for token in tokens if synonyms.get(token.lower())]
        for _ in range(self.n if words else 0):
            new = _synonym_of(words[rng.integers(len(words))], synonyms, rng)
            tokens.insert(int(rng.integers(len(tokens) + 1)), new)
        return tokens


@dataclass(frozen=True)
class RandomSwap:
    """Exchange two random words of the sentence, n times.

    Parameters
    ----------
    n : int, at least 1

    Raises
    ------
    TypeError, ValueError
        If n is no int of at least 1; when called, if the input is no list of str.

    References
    ----------
    Wei & Zou (2019), arXiv:1901.11196, section 2.
    """

    n: int = 1

    def __post_init__(self) -> None:
        require_int("RandomSwap: n", self.n, 1)

    def __call__(
        self, tokens: Sequence[str], rng: np.random.Generator | int
    ) -> list[str]:
        """Return the same words in another order; one word alone stays."""
        tokens, rng = _checked("RandomSwap", tokens, rng)
        for _ in range(self.n if len(tokens) > 1 else 0):
            i, j = rng.choice(len(tokens), size=2, replace=False)
            tokens[i], tokens[j] = tokens[j], tokens[i]
        return tokens


@dataclass(frozen=True)
class RandomDeletion:
    """Delete each word with probability p; if none would be left, keep a random one.

    Parameters
    ----------
    p : float
        In [0, 1].

    Raises
    ------
    TypeError, ValueError
        If p is no number in [0, 1]; when called, if the input is no list of str.

    References
    ----------
    Wei & Zou (2019), arXiv:1901.11196, section 2.
    """

    p: float = 0.1

    def __post_init__(self) -> None:
        require_probability("RandomDeletion: p", self.p)

    def __call__(
        self, tokens: Sequence[str], rng: np.random.Generator | int
    ) -> list[str]:
        """Return a shorter sentence; draws one number a word."""
        tokens, rng = _checked("RandomDeletion", tokens, rng)
        kept = rng.random(len(tokens)) >= self.p
        if tokens and not kept.any():
            kept[rng.integers(len(tokens))] = True
        return [token for token, keep in zip(tokens, kept, strict=True) if keep]


def _synonym_of(
    word: str, synonyms: Mapping[str, Sequence[str]], rng: np.random.Generator
) -> str:
    others = synonyms[word.lower()]
    other = others[int(rng.integers(len(others)))]
    return other[:1].upper() + other[1:] if word[0].isupper() else other


def _known(synonyms: Mapping[str, Sequence[str]] | None) -> Mapping:
    return load_synonyms() if synonyms is None else synonyms


def _require_synonyms(name: str, synonyms: object) -> None:
    if synonyms is None:
        return
    if not isinstance(synonyms, Mapping):
        raise TypeError(
            f"{name}: synonyms must be a mapping from words to lists of words, got "
            f"{type(synonyms).__name__}"
        )
    for word, others in synonyms.items():
        if isinstance(others, str) or not isinstance(others, Sequence):
            raise TypeError(
                f"{name}: synonyms of {word!r} must be a list of words, got {others!r}"
            )


def _checked(
    name: str, tokens: Sequence[str], rng: np.random.Generator | int
) -> tuple[list[str], np.random.Generator]:
    """Return a copy of the tokens as a list, and a generator, or raise TypeError."""
    if not isinstance(tokens, list | tuple):
        raise TypeError(
            f"{name} takes a list of tokens, got {type(tokens).__name__}; split a text "
            "into words first, for example text.split()"
        )
    for token in tokens:
        if not isinstance(token, str):
            raise TypeError(
                f"{name} takes a list of str, got one with a {type(token).__name__}"
            )
    return list(tokens), generator(name, rng)
