r"""Sentences of two clauses about a film, whose verdict is that of the second clause.

"the plot was dull but the acting was wonderful" is praise, "the acting was wonderful
but the plot was dull" is not, and both consist of the same words: a model that sees a
sentence as a bag of words cannot tell them apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from dlbook.data.counts import require_count
from dlbook.random import default_rng

__all__ = ["best_bag_accuracy", "make_sentiment"]

CLASSES = ("negative", "positive")

# Every choice is uniform over its row; what stands there twice is twice as likely.
OPENERS = ("", "", "i think", "in my view", "to be honest")
NOUNS = ("acting", "dialogue", "ending", "music", "plot", "story")
NEGATIONS = ("", "", "never", "not")
INTENSIFIERS = ("", "", "really", "so", "very")
ADJECTIVES = (
    ("awful", "boring", "clumsy", "dull", "silly"),  # negative
    ("brilliant", "charming", "gripping", "moving", "wonderful"),  # positive
)
CLOSERS = ("", "", "on the whole", "as a film", "this time")
# Whether the clauses disagree, and the words that then stand between them.
CONNECTIVES = ((False, ("and",)), (True, ("but", "yet")))
DISAGREEING = Fraction(3, 4)


def make_sentiment(
    samples: int, *, rng: np.random.Generator | int
) -> tuple[list[str], np.ndarray]:
    """Draw film reviews of one sentence.

    A sentence is [opener] clause connective clause [closer], and a clause is "the"
    noun "was" [negation] [intensifier] adjective. A negation turns the adjective into
    its opposite. In 3 sentences of 4 the clauses disagree, joined by "but" or "yet";
    else they agree, joined by "and". The label is that of the second clause. Both
    labels are equally likely, and so are all words or phrases of one kind; the nouns
    differ. A negation is left out with probability 1/2, an opener, an intensifier and a
    closer with 2/5.

    Parameters
    ----------
    samples : int, at least 1
        N, the number of sentences.
    rng : numpy.random.Generator or int
        The same state gives the same sentences. An int is a seed.

    Returns
    -------
    sentences : list of str, length N
        9 to 19 words, out of 41, in lower case and without punctuation.
    labels : ndarray of int64, shape (N,)
        0 negative, 1 positive.

    Raises
    ------
    TypeError
        If `samples` is no int.
    ValueError
        If it is below 1.

    Examples
    --------
    >>> sentences, labels = make_sentiment(100, rng=0)
    >>> len(sentences), labels.shape
    (100, (100,))
    """
    require_count("samples", samples)
    rng = default_rng(rng)

    def choose(options: tuple[str, ...]) -> Any:
        return np.array(options)[rng.integers(len(options), size=samples)]

    labels = rng.integers(2, size=samples)
    share = DISAGREEING
    disagree = rng.integers(share.denominator, size=samples) < share.numerator
    nouns = rng.permuted(np.tile(NOUNS, (samples, 1)), axis=1)  # the first two are used
    clauses = []
    for place, polarity in enumerate((labels ^ disagree, labels)):
        negation, intensifier = choose(NEGATIONS), choose(INTENSIFIERS)
        kind = polarity ^ (negation != "")  # a negation turns 0 into 1, and 1 into 0
        adjective = np.where(kind, choose(ADJECTIVES[1]), choose(ADJECTIVES[0]))
        clauses.append((nouns[:, place], negation, intensifier, adjective))
    joints = {way: choose(words) for way, words in CONNECTIVES}
    opener, closer = choose(OPENERS), choose(CLOSERS)
    sentences = []
    for n in range(samples):
        first, second = (
            ("the", noun[n], "was", negation[n], intensifier[n], adjective[n])
            for noun, negation, intensifier, adjective in clauses
        )
        joint = joints[bool(disagree[n])][n]
        parts = (opener[n], *first, joint, *second, closer[n])
        sentences.append(" ".join(str(part) for part in parts if part))
    return sentences, labels


def polar_parts() -> Iterator[tuple[Fraction, tuple[str, ...], int]]:
    """Yield every choice of the words that matter: probability, words, label.

    Those are negation and adjective of both clauses, and the connective between.
    All other words of a sentence are drawn without regard to label and polarity.
    """
    for label in range(2):
        for disagree, connectives in CONNECTIVES:
            share = DISAGREEING if disagree else 1 - DISAGREEING
            choices = list(product(connectives, NEGATIONS, NEGATIONS))
            for connective, negation, other_negation in choices:
                first = ADJECTIVES[label ^ disagree ^ bool(negation)]
                second = ADJECTIVES[label ^ bool(other_negation)]
                probability = share / (2 * len(choices) * len(first) * len(second))
                for one, other in product(first, second):
                    words = (negation, one, connective, other_negation, other)
                    yield probability, words, label


def best_bag_accuracy() -> float:
    r"""Compute the accuracy that no model can exceed that ignores the order of words.

    .. math:: \sum_b \max_y P(b, y)

    over all bags b: which words a sentence has, and how often each. The best model says
    for every bag the label that is more probable with it.

    Returns
    -------
    float
        0.5625: exact, from the grammar of `make_sentiment` and no sample.

    Notes
    -----
    Only the words of `polar_parts` are enumerated. The others, drawn without regard to
    them and to the label, are other words: a bag is a pair of a bag of these and a bag
    of those, P(b, y) = P(polar words of b, y) P(other words of b), and in the sum over
    all bags the second factor adds up to 1.
    """
    joint: dict[tuple[str, ...], dict[int, Fraction]] = defaultdict(
        lambda: defaultdict(Fraction)
    )
    for probability, words, label in polar_parts():
        joint[tuple(sorted(words))][label] += probability
    return float(sum(max(of_labels.values()) for of_labels in joint.values()))
