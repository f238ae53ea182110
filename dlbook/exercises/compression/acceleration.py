"""Exercises of the page on acceleration."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def batch_at_ridge(inputs, outputs, ridge, size):
    """Solve 2 N D F >= ridge size (N (D + F) + D F + F) for N."""
    gain = 2 * inputs * outputs - ridge * size * (inputs + outputs)
    if gain <= 0:
        return 0
    return int(np.ceil(ridge * size * (inputs * outputs + outputs) / gain))


def without_the_bias(inputs, outputs, ridge, size):
    gain = 2 * inputs * outputs - ridge * size * (inputs + outputs)
    return 0 if gain <= 0 else int(np.ceil(ridge * size * inputs * outputs / gain))


def one_operation_each(inputs, outputs, ridge, size):
    return batch_at_ridge(inputs, outputs, 2 * ridge, size)


def four_bytes_always(inputs, outputs, ridge, size):
    return batch_at_ridge(inputs, outputs, ridge, 4)


def rounded_down(inputs, outputs, ridge, size):
    gain = 2 * inputs * outputs - ridge * size * (inputs + outputs)
    moved = ridge * size * (inputs * outputs + outputs)
    return 0 if gain <= 0 else int(moved // gain)


def negative_batch(inputs, outputs, ridge, size):
    gain = 2 * inputs * outputs - ridge * size * (inputs + outputs)
    return int(np.ceil(ridge * size * (inputs * outputs + outputs) / gain))


def weights_alone(inputs, outputs, ridge, size):
    return int(np.ceil(ridge * size / 2))


RIDGE = Exercise(
    id="acceleration-batch-at-ridge",
    title="Where arithmetic takes over",
    level="a few lines",
    hint="Multiply out: $2NDF \\ge$ ridge · size · $(ND + DF + F + NF)$, and collect "
    "the terms with $N$ on one side. What if their factor is not positive?",
    inputs=[
        (512, 512, 3.0, 4),
        (512, 512, 3.0, 2),
        (64, 128, 7.0, 4),
        (4, 4, 4.0, 4),
        (100, 30, 2.5, 1),
        (1000, 2000, 40.0, 2),
        (50, 3, 1.0, 4),
    ],
    solution=batch_at_ridge,
    wrong=[
        (
            without_the_bias,
            "You left out the bias: F more numbers have to be read.",
        ),
        (
            one_operation_each,
            "You counted a product and its addition as one operation; they are two.",
        ),
        (four_bytes_always, "You took 4 bytes for each number, whatever `size` says."),
        (
            rounded_down,
            "You rounded down: that batch is still a little left of the ridge.",
        ),
        (
            negative_batch,
            "Where the factor of N is negative, no batch is large enough: return 0. "
            "The limit for many samples, 2DF / (s (D + F)), is left of the ridge.",
        ),
        (
            weights_alone,
            "You counted the bytes of the weights alone. Inputs and outputs grow with "
            "the batch, and for narrow layers they decide.",
        ),
    ],
    explanation="If the weights alone had to be read, the answer would be half of "
    "ridge times size, whatever the width.",
)


def merged(weight, a, b, alpha):
    """Add alpha / r times B A."""
    return weight + alpha / len(a) * b @ a


def without_the_rank(weight, a, b, alpha):
    return weight + alpha * b @ a


def divided_by_width(weight, a, b, alpha):
    return weight + alpha / a.shape[1] * b @ a


def without_alpha(weight, a, b, alpha):
    return weight + b @ a


def addition_alone(weight, a, b, alpha):
    return alpha / len(a) * b @ a


def in_place(weight, a, b, alpha):
    weight += alpha / len(a) * b @ a
    return weight


def adapters(rng):
    for outputs, inputs, rank, alpha in (
        (4, 6, 2, 4.0),
        (5, 3, 1, 2.0),
        (7, 8, 3, 1.0),
    ):
        yield (
            rng.standard_normal((outputs, inputs)),
            rng.standard_normal((rank, inputs)),
            rng.standard_normal((outputs, rank)),
            alpha,
        )


def with_weight_afterwards(answer, weight, a, b, alpha):
    weight = weight.copy()
    return answer(weight, a, b, alpha), weight


MERGED = Exercise(
    id="acceleration-merged",
    title="One matrix again",
    level="one line",
    hint="What matrix multiplies $x$ in the equation? The rank is the number of "
    "rows of `a`.",
    inputs=adapters,
    run=with_weight_afterwards,
    solution=merged,
    wrong=[
        (without_the_rank, "The factor is alpha divided by the rank."),
        (
            divided_by_width,
            "You divided by the width D. The rank is the other axis of `a`.",
        ),
        (without_alpha, "The factor alpha / r is missing."),
        (addition_alone, "That is the addition alone; the old weight is missing."),
        (
            in_place,
            "The matrix is right, but `+=` has changed `weight` itself, and with it "
            "everything else that uses the base: two tasks could no longer share it.",
        ),
    ],
)


def scaled_step(weight, grad, scale, lr, max_norm):
    """Divide first, then look, then clip."""
    g = grad(scale)
    if not np.isfinite(g).all():
        return weight, scale / 2
    g = g / scale
    norm = np.linalg.norm(g)
    if norm > max_norm:
        g = g * (max_norm / norm)
    return weight - lr * g, scale


def as_it_was(weight, grad, scale, lr, max_norm):
    g = grad(scale)
    norm = np.linalg.norm(g)
    if norm > max_norm:
        g = g * (max_norm / norm)
    if not np.isfinite(g).all():
        scale = scale / 2
    return weight - lr * g / scale, scale


def clips_scaled(weight, grad, scale, lr, max_norm):
    g = grad(scale)
    if not np.isfinite(g).all():
        return weight, scale / 2
    norm = np.linalg.norm(g)
    if norm > max_norm:
        g = g * (max_norm / norm)
    return weight - lr * g / scale, scale


def steps_anyway(weight, grad, scale, lr, max_norm):
    g = grad(scale) / scale
    norm = np.linalg.norm(g)
    if norm > max_norm:
        g = g * (max_norm / norm)
    if not np.isfinite(g).all():
        scale = scale / 2
    return weight - lr * g, scale


def keeps_the_scale(weight, grad, scale, lr, max_norm):
    new, _ = scaled_step(weight, grad, scale, lr, max_norm)
    return new, scale


def zeros_for_infinities(weight, grad, scale, lr, max_norm):
    g = grad(scale)
    finite = np.isfinite(g)
    scale_after = scale if finite.all() else scale / 2
    g = np.where(finite, g, 0) / scale
    norm = np.linalg.norm(g)
    if norm > max_norm:
        g = g * (max_norm / norm)
    return weight - lr * g, scale_after


def use_step(answer, gradient, scale, lr, max_norm):
    """Run on a gradient that overflows beyond the largest number of float16."""

    def grad(factor):
        g = np.asarray(gradient, float) * factor
        return np.where(np.abs(g) > 65504, np.copysign(np.inf, g), g)

    with np.errstate(invalid="ignore"):
        weight, scale = answer(np.array([1.0, -2.0]), grad, scale, lr, max_norm)
    return np.asarray(weight), float(scale)


STEP = Exercise(
    id="acceleration-scaled-step",
    title="Find the bug",
    level="a few lines",
    hint="Which of the three belongs to the true gradient, and which to the scaled "
    "one: the norm, the look for infinities, the step? And what does a step do with an "
    "infinite gradient?",
    inputs=[
        ([0.3, 0.4], 1024.0, 0.1, 1.0),
        ([3.0, 4.0], 1024.0, 0.1, 1.0),
        ([300.0, 4.0], 1024.0, 0.1, 1.0),
        ([0.001, -0.002], 8.0, 0.5, 0.01),
        ([0.5, -90.0], 2048.0, 0.01, 5.0),
    ],
    run=use_step,
    solution=scaled_step,
    wrong=[
        (as_it_was, "That is the step with both bugs."),
        (
            clips_scaled,
            "The infinite gradient is dealt with. But clipping still sees the scaled "
            "gradient, so that almost every step is cut to a length that is too small.",
        ),
        (
            steps_anyway,
            "Clipping sees the true gradient now. But after an overflow the step is "
            "still made, and the weights become NaN.",
        ),
        (
            keeps_the_scale,
            "After an overflow the scale must become smaller, or the next step "
            "overflows again.",
        ),
        (
            zeros_for_infinities,
            "You made a step with what was finite. That is a step in some other "
            "direction: leave it out as a whole.",
        ),
    ],
    explanation="Look before you divide or clip: both are quick to turn infinity into "
    "NaN, and a step with NaN cannot be undone.",
)


def stochastic_round(x, digits, uniform):
    """Round down or up, with chances by the distance."""
    _, exponent = np.frexp(x)  # |x| = m 2^exponent with 1/2 <= m < 1
    step = np.ldexp(1.0, exponent - 1 - digits)
    low = np.floor(x / step) * step
    up = uniform < (x - low) / step
    return np.where(x == 0, 0.0, low + up * step)


def to_the_nearest(x, digits, uniform):
    _, exponent = np.frexp(x)
    step = np.ldexp(1.0, exponent - 1 - digits)
    return np.where(x == 0, 0.0, np.rint(x / step) * step)


def always_down(x, digits, uniform):
    return stochastic_round(x, digits, np.ones_like(uniform))


def half_and_half(x, digits, uniform):
    _, exponent = np.frexp(x)
    step = np.ldexp(1.0, exponent - 1 - digits)
    low = np.floor(x / step) * step
    up = (uniform < 0.5) & (low < x)
    return np.where(x == 0, 0.0, low + up * step)


def fixed_grid(x, digits, uniform):
    step = 2.0**-digits
    low = np.floor(x / step) * step
    return low + (uniform < (x - low) / step) * step


def wrong_way_round(x, digits, uniform):
    _, exponent = np.frexp(x)
    step = np.ldexp(1.0, exponent - 1 - digits)
    low = np.floor(x / step) * step
    up = uniform >= (x - low) / step
    return np.where(x == 0, 0.0, low + (up & (low < x)) * step)


def toward_zero(x, digits, uniform):
    return np.sign(x) * stochastic_round(np.abs(x), digits, uniform)


def a_digit_too_few(x, digits, uniform):
    return stochastic_round(x, digits - 1, uniform)


def numbers_to_round(rng):
    for size, digits in ((200, 3), (300, 7), (300, 10)):
        x = rng.standard_normal(size) * 10 ** rng.uniform(-4, 4, size)
        x[:2] = 0.0, 1.0
        yield x, digits, rng.random(size)


STOCHASTIC = Exercise(
    id="acceleration-stochastic-round",
    title="Stochastic rounding from its paper",
    level="a blank page",
    hint="`np.frexp` gives the exponent, one larger than the $E$ of the text; "
    "`np.ldexp(1.0, k)` is $2^k$. `np.floor(x / step) * step` is the grid number "
    "below, for negative numbers too.",
    inputs=numbers_to_round,
    solution=stochastic_round,
    wrong=[
        (to_the_nearest, "You rounded to the nearest: `uniform` has no say."),
        (always_down, "You always rounded down."),
        (
            half_and_half,
            "Up and down are equally likely in your lottery. The chance is the "
            "distance from the lower neighbor, in steps: only then is it right on "
            "average.",
        ),
        (
            fixed_grid,
            "Your grid has one distance everywhere, as the paper's. In floating point "
            "the distance depends on the exponent of each number.",
        ),
        (
            wrong_way_round,
            "You went up with one minus the probability: numbers near the lower "
            "neighbor must mostly go down.",
        ),
        (
            toward_zero,
            "You rounded the magnitude and put the sign back. That is a fair lottery "
            "as well, but in the text the lower neighbor of a negative number lies "
            "further from 0.",
        ),
        (
            a_digit_too_few,
            "Your steps are twice as large: `np.frexp` returns a fraction from 1/2 to "
            "1, so its exponent is one more than E.",
        ),
    ],
    explanation="The paper's section 3.1 has the lottery, on a fixed-point grid. It "
    "shows that networks train with it at 16 bits where rounding to the nearest fails.",
)
