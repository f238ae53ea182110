"""Exercises of the page on the artificial neuron."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def augment(x):
    """Append a constant 1 to every row."""
    return np.column_stack([x, np.ones(len(x))])


def ones_in_front(x):
    return np.column_stack([np.ones(len(x)), x])


def one_more_row(x):
    return np.concatenate([x, np.ones((1, x.shape[1]))], axis=0)


def added_to_all(x):
    return x + 1


def tables(rng):
    for size in (1, 4, 7):
        yield (rng.normal(size=(size, 3)),)


BIAS_TRICK = Exercise(
    id="neuron-bias-trick",
    title="The bias trick",
    level="one line",
    hint="A column of ones has shape `(N, 1)`, and `np.column_stack` or "
    "`np.concatenate` with an axis puts it beside x.",
    inputs=tables,
    solution=augment,
    wrong=[
        (
            ones_in_front,
            "You put the 1 before the inputs. In $(w, b)$ the bias comes last, so the "
            "1 must, too.",
        ),
        (
            one_more_row,
            "You appended a row (axis 0), one more sample. The constant is one more "
            "column (axis 1).",
        ),
        (added_to_all, "You added 1 to every number; append a column instead."),
    ],
)


def signed_distance(x, w, b):
    """Divide the weighted sum by the length of w."""
    return (x @ w + b) / np.linalg.norm(w)


def weighted_sum_only(x, w, b):
    return x @ w + b


def without_sign(x, w, b):
    return abs(x @ w + b) / np.linalg.norm(w)


def bias_not_divided(x, w, b):
    return x @ w / np.linalg.norm(w) + b


def points_and_lines(rng):
    for dimension in (2, 3, 5):
        yield rng.normal(size=(4, dimension)), rng.normal(size=dimension), 1.5


SIGNED_DISTANCE = Exercise(
    id="neuron-signed-distance",
    title="Distance from the line",
    level="one line",
    hint="Doubling w and b leaves the line where it is, but doubles the weighted sum. "
    "By what must it be divided? `np.linalg.norm`.",
    inputs=points_and_lines,
    solution=signed_distance,
    wrong=[
        (
            weighted_sum_only,
            "That is the weighted sum. It grows with the length of w; divide by it.",
        ),
        (
            without_sign,
            "The size is right, but the sign is lost: it tells the side of the line.",
        ),
        (
            bias_not_divided,
            "You divided the inner product but not the bias. The whole sum is divided "
            "by the length of w.",
        ),
    ],
)


def count_corrections(x, y):
    """Go through the samples until a round passes without a mistake."""
    w, b, corrections = np.zeros(x.shape[1]), 0.0, 0
    while True:
        made = 0
        for sample, label in zip(x, y, strict=True):
            if label * (sample @ w + b) <= 0:
                w, b = w + label * sample, b + label
                made += 1
        corrections += made
        if made == 0:
            return corrections


def rounds(x, y):
    w, b, number = np.zeros(x.shape[1]), 0.0, 0
    while True:
        made = 0
        for sample, label in zip(x, y, strict=True):
            if label * (sample @ w + b) <= 0:
                w, b = w + label * sample, b + label
                made += 1
        number += 1
        if made == 0:
            return number


def zero_counted_as_right(x, y):
    w, b, corrections = np.zeros(x.shape[1]), 0.0, 0
    while True:
        made = 0
        for sample, label in zip(x, y, strict=True):
            if label * (sample @ w + b) < 0:
                w, b = w + label * sample, b + label
                made += 1
        corrections += made
        if made == 0:
            return corrections


def first_round_only(x, y):
    w, b, corrections = np.zeros(x.shape[1]), 0.0, 0
    for sample, label in zip(x, y, strict=True):
        if label * (sample @ w + b) <= 0:
            w, b = w + label * sample, b + label
            corrections += 1
    return corrections


def separable_samples(rng):
    for size in (12, 20, 30, 40):
        x = rng.normal(loc=[2.0, 1.0], size=(size, 2))
        z = x @ [1.0, -1.0] - 0.7
        keep = abs(z) > 0.15
        yield x[keep], np.where(z[keep] > 0, 1, -1)


COUNT_CORRECTIONS = Exercise(
    id="neuron-count-corrections",
    title="Order matters, but how much?",
    level="an experiment",
    hint="A loop over rounds around a loop over samples. Count the corrections of a "
    "round; stop when there were none. A weighted sum of exactly 0 is a mistake, or "
    "the rule would never start.",
    inputs=separable_samples,
    solution=count_corrections,
    wrong=[
        (rounds, "You counted the rounds through the data, not the corrections."),
        (
            zero_counted_as_right,
            "From zero weights every sum is 0, and you count 0 as right: the rule "
            "never starts. Correct where y z <= 0.",
        ),
        (
            first_round_only,
            "You stopped after one round. A later correction can push an earlier "
            "sample to the wrong side, so go on until a round has no mistake.",
        ),
    ],
)


def averaged_perceptron(x, y, epochs):
    """Add the weights up after every visit, and divide by the number of visits."""
    w, b = np.zeros(x.shape[1]), 0.0
    sum_w, sum_b = np.zeros(x.shape[1]), 0.0
    for _epoch in range(epochs):
        for sample, label in zip(x, y, strict=True):
            if label * (sample @ w + b) <= 0:
                w, b = w + label * sample, b + label
            sum_w, sum_b = sum_w + w, sum_b + b
    visits = epochs * len(x)
    return sum_w / visits, sum_b / visits


def last_weights(x, y, epochs):
    w, b = np.zeros(x.shape[1]), 0.0
    for _epoch in range(epochs):
        for sample, label in zip(x, y, strict=True):
            if label * (sample @ w + b) <= 0:
                w, b = w + label * sample, b + label
    return w, b


def average_of_corrections(x, y, epochs):
    w, b = np.zeros(x.shape[1]), 0.0
    sum_w, sum_b, corrections = np.zeros(x.shape[1]), 0.0, 0
    for _epoch in range(epochs):
        for sample, label in zip(x, y, strict=True):
            if label * (sample @ w + b) <= 0:
                w, b = w + label * sample, b + label
                sum_w, sum_b, corrections = sum_w + w, sum_b + b, corrections + 1
    return sum_w / max(corrections, 1), sum_b / max(corrections, 1)


def summed_in_place(x, y, epochs):
    w, b = np.zeros(x.shape[1]), 0.0
    visited = []
    for _epoch in range(epochs):
        for sample, label in zip(x, y, strict=True):
            if label * (sample @ w + b) <= 0:
                w += label * sample
                b += label
            visited.append((w, b))
    return (
        np.mean([weight for weight, _ in visited], axis=0),
        np.mean([bias for _, bias in visited]),
    )


def overlapping_samples(rng):
    for size, epochs in ((10, 3), (20, 2), (25, 4)):
        y = rng.choice([-1, 1], size=size)
        yield rng.normal(size=(size, 3)) + 0.5 * y[:, np.newaxis], y, epochs


AVERAGED_PERCEPTRON = Exercise(
    id="neuron-averaged-perceptron",
    title="A perceptron that settles, from a blank page",
    level="a blank page",
    hint="Keep two sets of numbers: the weights, corrected as before, and a sum of the "
    "weights, to which they are added after *every* visit. Divide at the end.",
    inputs=overlapping_samples,
    solution=averaged_perceptron,
    wrong=[
        (
            last_weights,
            "These are the last weights, not their average over all visits.",
        ),
        (
            average_of_corrections,
            "You averaged over the corrections. Weights that survive many visits "
            "should count for each of them: add after every sample.",
        ),
        (
            summed_in_place,
            "`w += ...` changes the array in place, so all the weights you stored are "
            "the last ones. Write `w = w + ...`, or store a copy.",
        ),
    ],
    explanation="Weights that make no mistake for a long time weigh most in the "
    "average; the swings of single corrections cancel.",
)
