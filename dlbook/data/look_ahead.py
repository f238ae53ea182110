r"""Tags of words that only later words decide.

"water and oil are cheap": two nouns. "water and oil the old door": two verbs. Up to the
word "oil" the sentences are equal, so that a model that reads from left to right and
answers at once has to guess.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np

from dlbook.data.counts import require_count
from dlbook.random import default_rng

__all__ = ["best_causal_accuracy", "make_look_ahead"]

TAGS = (
    "noun",
    "verb",
    "conjunction",
    "auxiliary",
    "determiner",
    "adverb",
    "adjective",
    "period",
)
# The words of each kind. A word is drawn uniformly from its row; the ambiguous words of
# a sentence differ.
WORDS = {
    "ambiguous": ("oil", "paint", "plaster", "polish", "water", "wax"),
    "conjunction": ("and",),
    "is": ("is",),
    "are": ("are",),
    "determiner": ("every", "the", "this"),
    "adverb": ("quite", "very"),
    "adjective": ("cheap", "clean", "good", "old"),
    "object": ("boat", "door", "floor", "table", "wall"),
    "period": (".",),
}
MOST_AMBIGUOUS = len(WORDS["ambiguous"])
_TAG_OF_KIND = {"is": "auxiliary", "are": "auxiliary", "object": "noun"}


def make_look_ahead(
    samples: int,
    *,
    most_sentences: int = 3,
    longest: int = 3,
    rng: np.random.Generator | int,
) -> tuple[list[list[str]], list[np.ndarray]]:
    """Draw short texts and the tag, the part of speech, of every word.

    A sentence begins with 1 to `longest` ambiguous words, joined by "and". With
    probability 1/2 they are nouns: "is" or "are", maybe an adverb, and an adjective
    follow. Else they are verbs: a determiner, maybe an adjective, and an object follow.
    What comes up to the last ambiguous word is drawn without regard to that choice, and
    so are the other sentences. All choices are uniform, "maybe" means 1/2, and the
    ambiguous words of a sentence differ.

    Parameters
    ----------
    samples : int, at least 1
        N, the number of texts.
    most_sentences : int, at least 1
        The number of sentences in a text is uniform on 1, ..., this number.
    longest : int, 1 to 6
        The largest number of ambiguous words in a row. The first of k is decided by the
        word 2 k - 1 places later.
    rng : numpy.random.Generator or int
        The same state gives the same texts. An int is a seed.

    Returns
    -------
    texts : list of N lists of str
        The words of every text, in lower case, and a period behind every sentence.
    tags : list of N ndarray of int64
        For every word its tag, an index into `dlbook.data.look_ahead.TAGS`.

    Raises
    ------
    TypeError
        If a count is no int.
    ValueError
        If a count is too small, or `longest` too large.

    Examples
    --------
    >>> texts, tags = make_look_ahead(2, most_sentences=1, rng=3)
    >>> len(texts), [len(text) == len(row) for text, row in zip(texts, tags)]
    (2, [True, True])
    """
    require_count("samples", samples)
    require_count("most_sentences", most_sentences)
    require_count("longest", longest, 1, MOST_AMBIGUOUS)
    rng = default_rng(rng)
    patterns = list(sentence_patterns(longest))  # all of one probability
    texts, tags = [], []
    for sentences in rng.integers(1, most_sentences + 1, size=samples):
        words, names = [], []
        for number in rng.integers(len(patterns), size=sentences):
            _, kinds, names_of_tags = patterns[number]
            unused = iter(rng.permutation(WORDS["ambiguous"]).tolist())
            words += [
                next(unused)
                if kind == "ambiguous"
                else WORDS[kind][rng.integers(len(WORDS[kind]))]
                for kind in kinds
            ]
            names += names_of_tags
        texts.append(words)
        tags.append(np.array([TAGS.index(name) for name in names], np.int64))
    return texts, tags


def sentence_patterns(
    longest: int,
) -> Iterator[tuple[Fraction, tuple[str, ...], tuple[str, ...]]]:
    """Yield every form of a sentence: its probability, kinds of words, names of tags.

    A kind is a key of `WORDS`. Which words of their rows are drawn does not depend on
    the tags: a word tells its kind, and nothing else about the sentence.
    """
    for words, reading, maybe in product(
        range(1, longest + 1), ("noun", "verb"), (False, True)
    ):
        kinds = ["ambiguous", "conjunction"] * words
        kinds.pop()
        if reading == "noun":
            kinds += ["is" if words == 1 else "are"] + ["adverb"] * maybe
            kinds += ["adjective"]
        else:
            kinds += ["determiner"] + ["adjective"] * maybe + ["object"]
        kinds.append("period")
        names = [
            reading if kind == "ambiguous" else _TAG_OF_KIND.get(kind, kind)
            for kind in kinds
        ]
        yield Fraction(1, 4 * longest), tuple(kinds), tuple(names)


def best_causal_accuracy(*, longest: int = 3) -> float:
    r"""Compute the accuracy that no model can exceed that does not look ahead.

    .. math:: \frac{1}{\bar T} \sum_u \max_y P(u, y)

    over all beginnings u of a sentence, P(u, y) being the probability that a sentence
    begins with u and the last word of u has the tag y. The best model that knows no
    word after u says the most probable tag. :math:`\bar T` is the expected number of
    words in a sentence, so that the quotient is the share of words that it tags right,
    among those of ever more sentences.

    Parameters
    ----------
    longest : int, 1 to 6
        That of `make_look_ahead`.

    Returns
    -------
    float
        11/13, about 0.846, by default: exact, from the grammar and no sample. Of the
        ambiguous words half are right, all the others always.

    Raises
    ------
    TypeError
        If `longest` is no int.
    ValueError
        If it is out of range.

    Notes
    -----
    Sentences are independent of each other and periods show where they begin, so that
    former sentences tell nothing. The kinds of words are enumerated and not the words,
    since which words of a kind are drawn does not depend on the tags.
    """
    require_count("longest", longest, 1, MOST_AMBIGUOUS)
    joint: dict[tuple[str, ...], dict[str, Fraction]] = defaultdict(
        lambda: defaultdict(Fraction)
    )
    words = Fraction(0)
    for probability, kinds, names in sentence_patterns(longest):
        words += probability * len(kinds)
        for end, name in enumerate(names, start=1):
            joint[kinds[:end]][name] += probability
    right = sum(max(of_tags.values()) for of_tags in joint.values())
    return float(right / words)
