"""Exercises of the page on several heads and on positions."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def parameters(width, heads, kv_heads):
    """Count two square matrices, two of kv_heads heads, and every bias."""
    kv_width = kv_heads * (width // heads)
    weights = 2 * width * width + 2 * kv_width * width
    return weights + 2 * width + 2 * kv_width


COUNT = Exercise(
    id="multi-head-parameters",
    title="Count the parameters",
    level="one line",
    hint="Four matrices. Two have the shape $(D, D)$. How many rows do the other two "
    "have, if there are fewer heads to fill? A bias has one number for each row.",
    inputs=[(8, 2, 2), (12, 4, 1), (64, 8, 2), (12288, 96, 8)],
    solution=parameters,
    wrong=[
        (
            lambda width, heads, kv_heads: 4 * width * width + 4 * width,
            "That is right where every head has keys and values of its own. With fewer "
            "of these, their two matrices have fewer rows.",
        ),
        (
            lambda width, heads, kv_heads: (
                2 * width * width + 2 * kv_heads * (width // heads) * width
            ),
            "The weights are right. Each of the four projections has a bias too.",
        ),
        (
            lambda width, heads, kv_heads: 4 * width * width,
            "Those are four square matrices. Two of them are smaller if there are "
            "fewer heads of keys and values, and each has a bias.",
        ),
        (
            lambda width, heads, kv_heads: parameters(width, heads, kv_heads) - width,
            "The bias of the queries or of the output projection is missing. Both have "
            "one, of $D$ numbers.",
        ),
        (
            lambda width, heads, kv_heads: (
                parameters(width, heads, kv_heads) - 2 * kv_heads * (width // heads)
            ),
            "Keys and values have biases too: a number for each row of their matrices.",
        ),
        (
            lambda width, heads, kv_heads: (
                width * width
                + 2 * kv_heads * (width // heads) * width
                + width
                + 2 * kv_heads * (width // heads)
            ),
            "You left out the output projection: a matrix of shape (D, D) and a bias.",
        ),
        (
            lambda width, heads, kv_heads: (
                2 * width * width
                + kv_heads * (width // heads) * width
                + 2 * width
                + kv_heads * (width // heads)
            ),
            "Keys and values each have a matrix and a bias; you counted one of them.",
        ),
        (
            lambda width, heads, kv_heads: heads * parameters(width, heads, kv_heads),
            "You multiplied by the number of heads. The matrices hold all heads "
            "already: a head owns $D / n_h$ of their rows.",
        ),
        (
            lambda width, heads, kv_heads: (
                2 * width * width
                + 2 * kv_heads * width * width
                + 2 * width
                + 2 * kv_heads * width
            ),
            "You gave each head of keys and values the whole width $D$. It has "
            "$D / n_h$ numbers.",
        ),
        (
            lambda width, heads, kv_heads: (
                2 * width * width + 2 * kv_heads * (width // heads) * width + 4 * width
            ),
            "The weights are right. The biases of keys and values have as many numbers "
            "as their matrices have rows, fewer than $D$.",
        ),
    ],
    explanation="With `kv_heads == heads` it is $4 D^2 + 4 D$, whatever the number of "
    "heads. With one head of keys and values it is a little more than half of that.",
)


def mended(joined, heads):
    """Undo the reshape, then join as it should be: time before heads."""
    samples, steps, width = joined.shape
    apart = joined.reshape(samples, heads, steps, width // heads)
    return apart.transpose(0, 2, 1, 3).reshape(samples, steps, width)


def opposite(joined, heads):
    samples, steps, width = joined.shape
    apart = joined.reshape(samples, steps, heads, width // heads)
    return apart.transpose(0, 2, 1, 3).reshape(samples, steps, width)


def heads_within(joined, heads):
    samples, steps, width = joined.shape
    apart = joined.reshape(samples, heads, steps, width // heads)
    return apart.transpose(0, 2, 3, 1).reshape(samples, steps, width)


def heads_apart(joined, heads):
    samples, steps, width = joined.shape
    return joined.reshape(samples, heads, steps, width // heads)


def time_first(joined, heads):
    samples, steps, width = joined.shape
    apart = joined.reshape(samples, heads, steps, width // heads)
    return apart.transpose(0, 2, 1, 3)


def samples_and_heads(joined, heads):
    samples, steps, width = joined.shape
    apart = joined.reshape(heads, samples, steps, width // heads)
    return apart.transpose(1, 2, 0, 3).reshape(samples, steps, width)


def joined_wrongly(rng):
    for samples, steps, heads, width in (
        (2, 3, 2, 4),
        (1, 5, 4, 8),
        (3, 4, 3, 6),
        (2, 6, 2, 6),
    ):
        yield rng.standard_normal((samples, steps, width)), heads


MEND = Exercise(
    id="multi-head-mixed-up",
    title="A mixed-up join",
    level="a few lines",
    hint="`reshape` keeps the order of the numbers. So a second `reshape`, to the "
    "shape that was there before, brings the heads back. Join those as the page does.",
    inputs=joined_wrongly,
    solution=mended,
    wrong=[
        (
            lambda joined, heads: joined,
            "You returned what you were given. Its first row holds numbers of several "
            "times of head 0.",
        ),
        (
            opposite,
            "You took the two middle axes for (time, heads). Before the mistake the "
            "array was (N, heads, T, d), so its numbers lie in that order.",
        ),
        (
            heads_within,
            "The times are right. Within a time, the d numbers of a head belong "
            "together, head after head; you interleaved the heads.",
        ),
        (
            heads_apart,
            "These are the heads, apart again. Now join them: time before heads, then "
            "one axis for both.",
        ),
        (
            time_first,
            "The order is right. The last two axes have still to become one of D "
            "numbers.",
        ),
        (
            samples_and_heads,
            "You put the heads before the samples. The samples come first in memory.",
        ),
        (
            lambda joined, heads: joined.swapaxes(1, 2).reshape(joined.shape),
            "You exchanged time and width. First bring the heads back, by a `reshape` "
            "to (N, heads, T, d).",
        ),
    ],
    explanation="No number is lost by the mistake, so it can be undone. A model that "
    "was *trained* with it has adapted its output projection to rows that mix times, "
    "and does not become right by mending the code. And such a model may have seen the "
    "future: a causal mask hides nothing once times are mixed.",
)


def rotate(x, positions, base=10000.0):
    """Turn each pair of neighbors by its frequency times the position."""
    omega = base ** (-np.arange(0, x.shape[1], 2) / x.shape[1])
    angles = positions[:, np.newaxis] * omega  # (T, d / 2)
    first, second = x[:, 0::2], x[:, 1::2]
    turned = np.empty_like(x)
    turned[:, 0::2] = np.cos(angles) * first - np.sin(angles) * second
    turned[:, 1::2] = np.sin(angles) * first + np.cos(angles) * second
    return turned


def in_halves(x, positions, base=10000.0):
    half = x.shape[1] // 2
    order = np.arange(x.shape[1]).reshape(2, half).T.ravel()
    turned = np.empty_like(x)
    turned[:, order] = rotate(x[:, order], positions, base)
    return turned


def halves_joined(x, positions, base=10000.0):
    turned = rotate(x, positions, base)
    return np.concatenate([turned[:, 0::2], turned[:, 1::2]], axis=1)


def other_frequencies(x, positions, base=10000.0):
    return rotate(x, positions, base**0.5)


def frequencies_inverted(x, positions, base=10000.0):
    return rotate(x, positions, 1 / base)


def overwritten(x, positions, base=10000.0):
    angles = positions[:, np.newaxis] * base ** (
        -np.arange(0, x.shape[1], 2) / x.shape[1]
    )
    turned = x.copy()
    first, second = turned[:, 0::2], turned[:, 1::2]  # views
    first[...] = np.cos(angles) * first - np.sin(angles) * second
    second[...] = np.sin(angles) * first + np.cos(angles) * second
    return turned


def sine_added(x, positions, base=10000.0):
    omega = base ** (-np.arange(0, x.shape[1], 2) / x.shape[1])
    angles = positions[:, np.newaxis] * omega
    added = x.copy()
    added[:, 0::2] += np.sin(angles)
    added[:, 1::2] += np.cos(angles)
    return added


def cells_to_rotate(rng):
    for steps, width, base in ((1, 2, 10000.0), (4, 6, 10000.0), (5, 8, 100.0)):
        positions = rng.integers(1, 50, steps) + 0.5 * (base == 100)
        yield rng.standard_normal((steps, width)), positions, base


ROTARY = Exercise(
    id="multi-head-rotary",
    title="Rotary positions, without complex numbers",
    level="a few lines",
    hint="`x[:, 0::2]` are the first entries of all pairs and `x[:, 1::2]` the second "
    "ones. The angles have the shape (T, d / 2). Write both results into a new array.",
    inputs=cells_to_rotate,
    solution=rotate,
    wrong=[
        (
            lambda x, positions, base=10000.0: rotate(x, -positions, base),
            "You turned clockwise. The minus stands in the first line: cos times the "
            "first entry minus sin times the second.",
        ),
        (
            lambda x, positions, base=10000.0: rotate(x, np.arange(len(x)), base),
            "You counted positions from 0. They are given, and need not be 0, 1, 2.",
        ),
        (
            in_halves,
            "You paired entry i with entry i + d/2, as many programs do. Here a pair "
            "is two neighbors.",
        ),
        (
            halves_joined,
            "The numbers are right and their places are not: write first entries back "
            "to the even places and second ones to the odd places.",
        ),
        (
            other_frequencies,
            "Your frequencies fall half as fast: pair i has $b^{-2i/d}$, and you have "
            "$b^{-i/d}$.",
        ),
        (
            frequencies_inverted,
            "Your frequencies grow from pair to pair. The exponent is negative.",
        ),
        (
            overwritten,
            "Your second line uses first entries that are turned already. Keep a copy "
            "of the old ones; a slice of an array is a view.",
        ),
        (
            lambda x, positions, base=10000.0: rotate(x, positions),
            "The base has no effect. It is an argument.",
        ),
        (
            sine_added,
            "That adds sines and cosines. Rotary positions are not added; they turn "
            "what is there.",
        ),
    ],
    explanation="`functional.rotary_embedding(x)` does the same with complex numbers. "
    "The rotation has no parameter and keeps every length, so it changes only in which "
    "direction a query points compared with a key.",
)


def alibi(query, key, value):
    """Attend to the past, less to what is farther (Press et al. 2022)."""
    heads, steps, width = query.shape
    slopes = 2.0 ** (-8 * np.arange(1, heads + 1) / heads)
    distance = np.arange(steps)[:, np.newaxis] - np.arange(steps)  # (T, T): i - j
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(width)
    scores = scores - slopes[:, np.newaxis, np.newaxis] * distance
    scores = np.where(distance < 0, -np.inf, scores)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True) @ value


def alibi_variant(
    slope=lambda heads: 2.0 ** (-8 * np.arange(1, heads + 1) / heads),
    bias=lambda slopes, distance: -slopes * distance,
    scaled=lambda scores, bias, width: scores / np.sqrt(width) + bias,
    hidden=lambda distance: distance < 0,
    axis=-1,
):
    def attend(query, key, value):
        heads, steps, width = query.shape
        slopes = slope(heads) * np.ones(heads)
        distance = np.arange(steps)[:, np.newaxis] - np.arange(steps)
        added = bias(slopes[:, np.newaxis, np.newaxis], distance)
        scores = scaled(query @ key.transpose(0, 2, 1), added, width)
        scores = np.where(hidden(distance), -np.inf, scores)
        with np.errstate(invalid="ignore"):  # a row that sees nothing becomes nan
            weights = np.exp(scores - scores.max(axis=axis, keepdims=True))
        return weights / weights.sum(axis=axis, keepdims=True) @ value

    return attend


def heads_of_alibi(rng):
    for heads, steps, width in ((2, 3, 4), (4, 6, 2), (3, 5, 3)):
        query, key = rng.standard_normal((2, heads, steps, width))
        yield query, key, rng.standard_normal((heads, steps, width + 1))


ALIBI = Exercise(
    id="multi-head-alibi",
    title="Positions without vectors, from a blank page",
    level="a blank page",
    hint="The distances $i - j$ are a matrix of shape (T, T), from one row and one "
    "column of positions. The slopes need two more axes before the matrix meets them. "
    "The future gets a score of $-\\infty$; subtract the largest score before `exp`.",
    inputs=heads_of_alibi,
    solution=alibi,
    wrong=[
        (
            alibi_variant(bias=lambda slopes, distance: slopes * distance),
            "Your scores grow with the distance. What is farther counts less.",
        ),
        (
            alibi_variant(hidden=lambda distance: distance < -len(distance)),
            "Your queries see the future, and even prefer it: its distance is "
            "negative.",
        ),
        (
            alibi_variant(
                bias=lambda slopes, distance: -slopes * np.abs(distance),
                hidden=lambda distance: distance < -len(distance),
            ),
            "Your queries see the future. Only keys with $j \\le i$ may be seen.",
        ),
        (
            alibi_variant(axis=-2),
            "Your softmax goes down the columns. The weights of a query are a row.",
        ),
        (
            alibi_variant(bias=lambda slopes, distance: 0 * slopes * distance),
            "That is causal attention without positions: the slopes have no effect.",
        ),
        (
            alibi_variant(slope=lambda heads: 2.0 ** (-8 * np.arange(heads) / heads)),
            "Your slopes begin with 1. The first head has $2^{-8 / n_h}$, the last one "
            "$2^{-8}$.",
        ),
        (
            alibi_variant(
                slope=lambda heads: 2.0 ** (8 * np.arange(1, heads + 1) / heads)
            ),
            "Your slopes are above 1 and grow. The exponent is negative.",
        ),
        (
            alibi_variant(slope=lambda heads: 2.0 ** -np.arange(1, heads + 1)),
            "$2^{-h}$ is right for eight heads alone. The exponent is $-8 h / n_h$.",
        ),
        (
            alibi_variant(
                slope=lambda heads: 2.0 ** (-8 * np.arange(heads, 0, -1) / heads)
            ),
            "The slopes are in reverse: the first head has the steepest.",
        ),
        (
            alibi_variant(slope=lambda heads: 2.0 ** (-8 / heads)),
            "All your heads have the slope of the first one.",
        ),
        (
            alibi_variant(
                scaled=lambda scores, bias, width: (scores + bias) / np.sqrt(width)
            ),
            "You divided the distances by $\\sqrt d$ as well. Add them after scaling.",
        ),
        (
            alibi_variant(scaled=lambda scores, bias, width: scores + bias),
            "The inner products are not divided by $\\sqrt d$.",
        ),
        (
            alibi_variant(hidden=lambda distance: distance <= 0),
            "You hide the query's own position too, and the first query sees nothing.",
        ),
    ],
    explanation="There is nothing to train and nothing to add to the inputs. A head "
    "with a steep slope sees a few neighbors, one with a flat slope nearly everything, "
    "and a distance that training never had is only a smaller weight. Press et al. "
    "trained on 1,024 tokens with it and evaluated on 2,048. With $|i - j|$ and no "
    "mask, a row read from right to left gives the same outputs from right to left, "
    "though every word's neighbors have changed sides: it cannot tell them apart.",
)
