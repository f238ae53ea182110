"""Exercises of the page on learning-rate schedules."""

import math

import numpy as np

from dlbook.exercises.exercise import Exercise


def restarts(t, first, factor):
    """Go through the periods until one holds the step."""
    period = first
    while t >= period:
        t -= period
        period *= factor
    return (1 + math.cos(math.pi * t / period)) / 2


def equal_periods(t, first, factor):
    return (1 + math.cos(math.pi * (t % first) / first)) / 2


def whole_wave(t, first, factor):
    period = first
    while t >= period:
        t -= period
        period *= factor
    return (1 + math.cos(2 * math.pi * t / period)) / 2


def one_step_late(t, first, factor):
    period = first
    while t > period:
        t -= period
        period *= factor
    return (1 + math.cos(math.pi * t / period)) / 2


def begun_at_zero(t, first, factor):
    period = end = first
    while t >= end:
        period *= factor
        end += period
    return (1 + math.cos(math.pi * t / period)) / 2


RESTARTS = Exercise(
    id="schedules-restarts",
    title="Warm restarts",
    level="a few lines",
    hint="Subtract whole periods from `t` as long as it is not smaller than the "
    "period, which grows by `factor` each time. What remains is the step within its "
    "period.",
    inputs=[(0, 10, 2), (9, 10, 2), (10, 10, 2), (47, 10, 2), (30, 10, 1), (200, 7, 3)],
    solution=restarts,
    wrong=[
        (equal_periods, "All your periods are equally long; `factor` has no effect."),
        (
            whole_wave,
            "You took a whole wave, down and up again. A period is half of one; then "
            "the factor jumps back to 1.",
        ),
        (
            one_step_late,
            "You restart one step late. The first period has the steps 0 to "
            "`first` - 1; step `first` is step 0 of the second.",
        ),
        (
            begun_at_zero,
            "You found the length of the period, and forgot that it did not begin at "
            "step 0: subtract the periods before it.",
        ),
    ],
    explanation="The factor never reaches 0: the lowest value of a period of 10 steps "
    "is that at step 9, $\\tfrac12 (1 + \\cos 0.9\\pi) = 0.02$. torch finds the period "
    "by a logarithm, with rounding errors at some of the restarts; counting has none.",
)


def warm_up(t, warm, total):
    """Rise in `warm` steps of equal height, then fall along half a cosine."""
    if t < warm:
        return (t + 1) / warm
    share = (t - (warm - 1)) / (total - (warm - 1))
    return (1 + math.cos(math.pi * share)) / 2


def first_step_lost(t, warm, total):
    if t < warm:
        return t / warm
    return (1 + math.cos(math.pi * (t - warm) / (total - warm))) / 2


def cosine_from_zero(t, warm, total):
    if t < warm:
        return (t + 1) / warm
    return (1 + math.cos(math.pi * t / total)) / 2


def top_twice(t, warm, total):
    if t < warm:
        return (t + 1) / warm
    return (1 + math.cos(math.pi * (t - warm) / (total - warm))) / 2


def as_printed(t, warm, total):
    if t < warm:
        return t / warm
    return (1 + math.cos(math.pi * t / total)) / 2


WARM_UP = Exercise(
    id="schedules-warm-up",
    title="Two faults in a warm-up",
    level="a few lines",
    hint="Write down the factors for `warm` = 4 by hand: ¼, ½, ¾, 1, and then? The "
    "cosine has passed the share (steps since the top) / (steps from the top to "
    "`total`).",
    inputs=[(0, 4, 20), (3, 4, 20), (4, 4, 20), (11, 4, 20), (19, 4, 20), (5, 1, 9)],
    solution=warm_up,
    wrong=[
        (
            as_printed,
            "That is the faulty function as it stands on the page. What does step 0 "
            "get, and by how much does the factor jump at step `warm`?",
        ),
        (
            first_step_lost,
            "Step 0 still has the factor 0: it costs a mini-batch and moves nothing.",
        ),
        (
            cosine_from_zero,
            "The rise is right. The cosine counts from step 0, so it has already "
            "fallen when it begins: at step `warm` the factor drops by a jump.",
        ),
        (
            top_twice,
            "Nearly: you have the factor 1 twice, at step `warm` - 1 and at step "
            "`warm`. The cosine's own step 0 is step `warm` - 1.",
        ),
    ],
    explanation="With `warm` = 1 there is no warm-up: the first step has the whole "
    "rate. The last step, `total` - 1, still moves a little; that of a cosine that "
    "ends *at* `total` - 1 would be another lost step.",
)


def cycle_momentum(t, total, rise, low, high):
    """Fall while the rate rises, and the other way round."""
    top = rise * total - 1
    if t <= top:
        share, begin, end = t / top, high, low
    else:
        share, begin, end = (t - top) / (total - 1 - top), low, high
    return end + (begin - end) * (1 + math.cos(math.pi * share)) / 2


def with_the_rate(t, total, rise, low, high):
    return low + high - cycle_momentum(t, total, rise, low, high)


def straight_lines(t, total, rise, low, high):
    top = rise * total - 1
    if t <= top:
        return high + (low - high) * t / top
    return low + (high - low) * (t - top) / (total - 1 - top)


def top_one_late(t, total, rise, low, high):
    top = rise * total
    if t <= top:
        share, begin, end = t / top, high, low
    else:
        share, begin, end = (t - top) / (total - top), low, high
    return end + (begin - end) * (1 + math.cos(math.pi * share)) / 2


MOMENTUM = Exercise(
    id="schedules-cycle-momentum",
    title="The momentum of one cycle",
    level="a few lines",
    hint="There are two phases, with the turn at step `rise * total - 1`. In each, "
    "$b + (a - b)\\,\\tfrac12 (1 + \\cos \\pi q)$ leads from $a$ to $b$ while the "
    "share $q$ of the phase goes from 0 to 1.",
    inputs=[
        (0, 100, 0.3, 0.85, 0.95),
        (29, 100, 0.3, 0.85, 0.95),
        (12, 100, 0.3, 0.85, 0.95),
        (70, 100, 0.3, 0.8, 0.9),
        (99, 100, 0.3, 0.85, 0.95),
        (17, 40, 0.45, 0.5, 0.99),
    ],
    solution=cycle_momentum,
    wrong=[
        (
            with_the_rate,
            "Your momentum rises with the rate. It moves against it: where the rate is "
            "high, less momentum keeps the product within bounds.",
        ),
        (
            straight_lines,
            "You took straight lines, as the paper does. Here, as in torch's default, "
            "the way is half a cosine.",
        ),
        (
            top_one_late,
            "You count steps from 1: the turn is at step `rise * total - 1`, and the "
            "last step is `total - 1`.",
        ),
    ],
)


def expected_losses(rates, curvatures, places, noise):
    """Follow the mean square of every direction, step by step."""
    squares = np.array(places, float) ** 2
    curvatures = np.asarray(curvatures, float)
    losses = [0.5 * (curvatures * squares).sum()]
    for rate in rates:
        squares = (1 - rate * curvatures) ** 2 * squares + rate**2 * noise
        losses.append(0.5 * (curvatures * squares).sum())
    return np.array(losses)


def without_noise(rates, curvatures, places, noise):
    return expected_losses(rates, curvatures, places, 0.0)


def noise_squared(rates, curvatures, places, noise):
    return expected_losses(rates, curvatures, places, noise**2)


def rate_not_squared(rates, curvatures, places, noise):
    squares = np.array(places, float) ** 2
    curvatures = np.asarray(curvatures, float)
    losses = [0.5 * (curvatures * squares).sum()]
    for rate in rates:
        squares = (1 - rate * curvatures) ** 2 * squares + rate * noise
        losses.append(0.5 * (curvatures * squares).sum())
    return np.array(losses)


def factor_not_squared(rates, curvatures, places, noise):
    squares = np.array(places, float) ** 2
    curvatures = np.asarray(curvatures, float)
    losses = [0.5 * (curvatures * squares).sum()]
    for rate in rates:
        squares = (1 - rate * curvatures) * squares + rate**2 * noise
        losses.append(0.5 * (curvatures * squares).sum())
    return np.array(losses)


def without_the_start(rates, curvatures, places, noise):
    return expected_losses(rates, curvatures, places, noise)[1:]


def valleys(rng):
    for steps, noise in ((4, 1.0), (7, 0.3), (20, 2.5)):
        curvatures = rng.uniform(0.1, 1.0, 3)
        yield rng.uniform(0.1, 1.0, steps), curvatures, rng.normal(size=3), noise


EXPECTED_LOSSES = Exercise(
    id="schedules-expected-losses",
    title="Which schedule is best?",
    level="an experiment",
    hint="The noise of a step is independent of the place. So the mean square of each "
    "direction takes a factor $(1 - \\eta h)^2$ and a term $\\eta^2 \\sigma^2$, "
    "with the rate of that step.",
    inputs=valleys,
    solution=expected_losses,
    wrong=[
        (without_noise, "Your losses do not depend on the noise."),
        (
            noise_squared,
            "`noise` is already the variance $\\sigma^2$: do not square it again.",
        ),
        (
            rate_not_squared,
            "The noise is multiplied by the rate, so its variance by the rate's "
            "square.",
        ),
        (
            factor_not_squared,
            "The place takes the factor $1 - \\eta h$, its square the square of that.",
        ),
        (
            without_the_start,
            "You left out the loss before the first step: there are steps + 1 of them.",
        ),
    ],
    explanation="With curvatures 1, 0.1 and 0.01, noise of variance 1 and the start "
    "$(3, 3, 3)$, each schedule at its best peak: the straight line to 0 is best after "
    "30, 300 and 3,000 steps, the cosine loses about 5 % more. The constant rate loses "
    "18 %, 25 % and 50 % more than the line: the longer the run, the more a schedule "
    "is worth, and in a short one the budget is needed for the way. $1/t$ is the worst "
    "of all from 300 steps on: made for one curvature, it gets stuck in the flat "
    "directions.",
)
