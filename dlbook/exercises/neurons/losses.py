"""Exercises of the page on losses."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def huber(d, delta):
    """Square small errors, and go on in a straight line."""
    size = np.abs(d)
    return np.where(size <= delta, 0.5 * d**2, delta * (size - 0.5 * delta))


def with_a_step(d, delta):
    return np.where(np.abs(d) <= delta, 0.5 * d**2, delta * np.abs(d))


def without_the_half(d, delta):
    size = np.abs(d)
    return np.where(size <= delta, d**2, delta * (2 * size - delta))


def smooth_l1(d, delta):
    return huber(d, delta) / delta


def errors_and_deltas(rng):
    for delta in (0.5, 1.0, 2.5):
        yield 3 * rng.normal(size=(4, 3)), delta


HUBER = Exercise(
    id="losses-huber",
    title="The Huber loss",
    level="one line",
    hint="`np.where(condition, a, b)` takes `a` where the condition holds and `b` "
    "elsewhere. At $|d| = \\delta$ both formulas must agree.",
    inputs=errors_and_deltas,
    solution=huber,
    wrong=[
        (
            with_a_step,
            "Your loss jumps at $|d| = \\delta$. The line is "
            "$\\delta (|d| - \\tfrac12 \\delta)$, so that it goes on where the "
            "parabola ends.",
        ),
        (
            without_the_half,
            "You left out the $\\tfrac12$ of the parabola: all is twice as large.",
        ),
        (
            smooth_l1,
            "You divided by $\\delta$: that is the smooth L1 loss. Huber's has slope "
            "$d$ near 0.",
        ),
    ],
)


def weighted_cross_entropy(z, y, r):
    """Write both logarithms as softplus: log p = -softplus(-z)."""
    small = np.log1p(np.exp(-np.abs(z)))
    minus_log_p = np.maximum(-z, 0) + small
    minus_log_not_p = np.maximum(z, 0) + small
    return r * y * minus_log_p + (1 - y) * minus_log_not_p


def through_the_probability(z, y, r):
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        p = 1 / (1 + np.exp(-z))
        return -r * y * np.log(p) - (1 - y) * np.log(1 - p)


def everything_weighted(z, y, r):
    return r * weighted_cross_entropy(z, y, 1.0)


def weight_on_no(z, y, r):
    return r * weighted_cross_entropy(z, y, 1 / r)


def clipped_probability(z, y, r):
    with np.errstate(over="ignore"):
        p = np.clip(1 / (1 + np.exp(-z)), 1e-12, 1 - 1e-12)
    return -r * y * np.log(p) - (1 - y) * np.log(1 - p)


def scores_and_answers(rng):
    for r in (1.5, 3.0, 30.0):
        z = np.concatenate([4 * rng.normal(size=6), [-800.0, -800.0, 800.0, 800.0]])
        y = np.concatenate([rng.integers(0, 2, 6), [0, 1, 0, 1]]).astype(float)
        yield z, y, r


WEIGHTED = Exercise(
    id="losses-weighted",
    title="Positive weight",
    level="a few lines",
    hint="$-\\log \\sigma(z) = \\log(1 + e^{-z}) = "
    "\\max(-z, 0) + \\log(1 + e^{-|z|})$. What is $-\\log(1 - \\sigma(z))$?",
    inputs=scores_and_answers,
    solution=weighted_cross_entropy,
    wrong=[
        (
            through_the_probability,
            "At $z = \\pm 800$ the probability is exactly 0 or 1, and its logarithm is "
            "lost. Write the logarithms without the probability.",
        ),
        (
            clipped_probability,
            "Clipping the probability keeps the logarithm finite, and wrong: at "
            "$z = -800$ the loss is 800.",
        ),
        (
            everything_weighted,
            "You weighed both answers. The factor $r$ belongs to $y = 1$ alone.",
        ),
        (weight_on_no, "You weighed the answer no; $r$ belongs to $y = 1$."),
    ],
)


def focal_loss(z, y, gamma):
    """Scale each sample's cross-entropy by how wrong it still is."""
    log_p = z - z.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    log_p_right = log_p[np.arange(len(y)), y]
    return float(np.mean(-((1 - np.exp(log_p_right)) ** gamma) * log_p_right))


def plain_cross_entropy(z, y, gamma):
    return focal_loss(z, y, 0)


def weighs_the_right_ones(z, y, gamma):
    log_p = z - z.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    log_p_right = log_p[np.arange(len(y)), y]
    return float(np.mean(-(np.exp(log_p_right) ** gamma) * log_p_right))


def summed(z, y, gamma):
    return len(y) * focal_loss(z, y, gamma)


def scores_and_classes(rng):
    for gamma in (0.5, 2.0, 5.0):
        yield 2 * rng.normal(size=(6, 4)), rng.integers(0, 4, 6), gamma


FOCAL = Exercise(
    id="losses-focal",
    title="Focal loss",
    level="a few lines",
    hint="First the logarithms of the probabilities, row by row, as in "
    "`class_cross_entropy`. `log_p[np.arange(len(y)), y]` picks the right class of "
    "every row.",
    inputs=scores_and_classes,
    solution=focal_loss,
    wrong=[
        (
            plain_cross_entropy,
            "That is the cross-entropy itself. Multiply each sample's by "
            "$(1 - p_y)^\\gamma$ before the mean.",
        ),
        (
            weighs_the_right_ones,
            "You used $p_y^\\gamma$, which favors the samples that are right already. "
            "The factor is $(1 - p_y)^\\gamma$.",
        ),
        (summed, "You summed over the samples; the mean is asked for."),
    ],
    explanation="With $\\gamma = 0$ it is the cross-entropy. With $\\gamma = 2$ a "
    "sample with $p_y = 0.9$ counts a hundredth of what it did.",
)


def smallest_loss(num_classes):
    """Take the surest answer: probability 1 for the right class, 0 elsewhere."""
    return float(np.log(np.e + num_classes - 1) - 1)


def nothing(num_classes):
    return 0.0


def undecided(num_classes):
    return float(np.log(num_classes))


def one_class_too_many(num_classes):
    return float(np.log(np.e + num_classes) - 1)


SMALLEST = Exercise(
    id="losses-double-softmax",
    title="How low can it go?",
    level="an experiment",
    hint="The loss is $\\log \\sum_k e^{p_k} - p_y$, where $p$ are the probabilities. "
    "Which $p$ makes it smallest?",
    inputs=[(2,), (3,), (10,), (1000,)],
    solution=smallest_loss,
    wrong=[
        (
            nothing,
            "It cannot reach 0: the right class leads the others by 1 at most, and "
            "the second softmax turns that into a probability well below 1.",
        ),
        (
            undecided,
            "That is the loss of equal probabilities. A sure and right answer does "
            "better.",
        ),
        (
            one_class_too_many,
            "The sum has one term $e^1$ and $C - 1$ terms $e^0$.",
        ),
    ],
    explanation="With probability 1 for the right class the sum is $e + (C - 1)$, so "
    "the loss is $\\log(e + C - 1) - 1$: 1.461 for ten classes, 5.909 for a thousand.",
)
