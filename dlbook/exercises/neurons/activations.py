"""Exercises of the page on activation functions."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def tanh_slope(a):
    """Return 1 - a^2."""
    return 1 - a**2


def sigmoid_slope(a):
    return a * (1 - a)


def tanh_once_more(a):
    return 1 - np.tanh(a) ** 2


def without_square(a):
    return 1 - a


def values_of_tanh(rng):
    for size in (3, 5, 8):
        yield (np.tanh(rng.normal(size=size)),)


TANH_SLOPE = Exercise(
    id="activations-tanh-slope",
    title="A slope from a value",
    level="one line",
    hint="The page writes the slope of tanh in terms of tanh itself. You already have "
    "tanh: it is a.",
    inputs=values_of_tanh,
    solution=tanh_slope,
    wrong=[
        (sigmoid_slope, "That is the slope of the sigmoid from its value."),
        (
            tanh_once_more,
            "You applied tanh once more. The argument is the value already, not z.",
        ),
        (without_square, "At a = -1 tanh is flat, but 1 - a is 2. Square the value."),
    ],
)


def softmax_at(z, temperature):
    """Divide, shift by the largest, take exponentials, normalize."""
    z = z / temperature
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def overflowing(z, temperature):
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        e = np.exp(z / temperature)
        return e / e.sum(axis=-1, keepdims=True)


def sum_over_everything(z, temperature):
    z = z / temperature
    e = np.exp(z - z.max())
    return e / e.sum()


def multiplied(z, temperature):
    return softmax_at(z, 1 / temperature)


def divided_at_the_end(z, temperature):
    return softmax_at(z, 1.0) / temperature


def scores_and_temperatures(rng):
    yield rng.normal(size=(2, 3)), 2.0
    yield 3 * rng.normal(size=(4, 5)), 0.5
    yield 1000 + rng.normal(size=(2, 4)), 0.3
    yield -1000 + rng.normal(size=(3, 2)), 1.5


TEMPERATURE = Exercise(
    id="activations-temperature",
    title="Softmax with a temperature",
    level="a few lines",
    hint="Divide first, then subtract the largest score of each row. `axis=-1` and "
    "`keepdims=True` keep the shapes ready for broadcasting.",
    inputs=scores_and_temperatures,
    solution=softmax_at,
    wrong=[
        (
            overflowing,
            "Scores of 1000 overflow to inf / inf, and of -1000 to 0 / 0. Subtract the "
            "largest score of each row before taking exponentials.",
        ),
        (
            sum_over_everything,
            "All your probabilities together sum to 1. Each row must: reduce over the "
            "last axis only.",
        ),
        (
            multiplied,
            "You multiplied by the temperature. A high temperature must bring scores "
            "closer together: divide.",
        ),
        (
            divided_at_the_end,
            "You divided the probabilities, so that they no longer sum to 1. Divide "
            "the scores.",
        ),
    ],
)


def count_dead(x, w, b):
    """Count the columns of z that are nowhere positive."""
    z = x @ w.T + b  # (N, H)
    return int(np.sum((z <= 0).all(axis=0)))


def off_at_least_once(x, w, b):
    return int(np.sum((x @ w.T + b <= 0).any(axis=0)))


def dead_samples(x, w, b):
    return int(np.sum((x @ w.T + b <= 0).all(axis=1)))


def all_zeros(x, w, b):
    return int(np.sum(x @ w.T + b <= 0))


def off_on_average(x, w, b):
    return int(np.sum((x @ w.T + b).mean(axis=0) <= 0))


def layers(rng):
    for count, width, shift in ((3, 12, 0.0), (5, 30, -0.5), (4, 40, -1.5)):
        yield (
            rng.normal(size=(count, 6)),
            rng.normal(size=(width, 6)) / np.sqrt(6),
            rng.normal(size=width) + shift,
        )


COUNT_DEAD = Exercise(
    id="activations-count-dead",
    title="Count the dead",
    level="an experiment",
    hint="The sums have shape `(N, H)`: samples are rows, neurons are columns. A "
    "neuron is dead if its column has no positive entry; `all` takes an axis.",
    inputs=layers,
    solution=count_dead,
    wrong=[
        (
            off_at_least_once,
            "You counted the neurons that are off for some sample; nearly all are. "
            "Dead means off for all samples.",
        ),
        (
            dead_samples,
            "You counted samples for which all neurons are off. Reduce over the "
            "samples, axis 0.",
        ),
        (
            all_zeros,
            "You counted pairs of a sample and a neuron. Reduce over samples first.",
        ),
        (
            off_on_average,
            "A neuron whose mean sum is negative may be on for some samples, and "
            "learns from these.",
        ),
    ],
    explanation="On standardized digits, with weights of variance 1/64, the sums of a "
    "neuron have a standard deviation near 1 over the samples. Of 500 neurons at most "
    "one or two die down to a bias of -2, some 7 % at -3, a fifth at -4, more than a "
    "third at -5.",
)


def mish(z):
    """Let t = tanh(log(1 + e^z)); the slope is t + z (1 - t^2) sigmoid(z)."""
    t = np.tanh(np.logaddexp(0, z))  # log(e^0 + e^z), without overflow
    sigmoid = np.exp(-np.logaddexp(0, -z))
    return z * t, t + z * (1 - t**2) * sigmoid


def overflowing_mish(z):
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(z)
        t = np.tanh(np.log(1 + e))
        return z * t, t + z * (1 - t**2) * e / (1 + e)


def without_inner_slope(z):
    t = np.tanh(np.logaddexp(0, z))
    return z * t, t + z * (1 - t**2)


def without_product_rule(z):
    t = np.tanh(np.logaddexp(0, z))
    return z * t, (1 - t**2) * np.exp(-np.logaddexp(0, -z))


def value_alone(z):
    return z * np.tanh(np.logaddexp(0, z))


def numbers(rng):
    yield (rng.normal(size=5),)
    yield (4 * rng.normal(size=(2, 3)),)
    yield (np.array([-1000.0, -30.0, 0.0, 30.0, 1000.0]),)


MISH = Exercise(
    id="activations-mish",
    title="Mish, from a blank page",
    level="a blank page",
    hint="Let $t = \\tanh(s)$ with $s = \\ln(1 + e^z)$. The product rule gives "
    "$t + z\\,t'$, the chain rule $t'$; the slope of $s$ is a function you know. "
    "`np.logaddexp(0, z)` is $s$ without overflow.",
    inputs=numbers,
    solution=mish,
    wrong=[
        (
            overflowing_mish,
            "Right for moderate z, but at 1000 the exponential overflows. "
            "`np.logaddexp(0, z)` computes log(1 + e^z) without it.",
        ),
        (
            without_inner_slope,
            "You left out the slope of log(1 + e^z), which is the sigmoid.",
        ),
        (
            without_product_rule,
            "That is the slope of the gate alone. The value is z times the gate: use "
            "the product rule.",
        ),
        (value_alone, "The value is right; return the slope as well, as a pair."),
    ],
    explanation="Like SiLU and GELU, Mish is z times a gate that opens as z grows.",
)
