"""Exercises of the page on initialization and gradient clipping."""

import math

import numpy as np

from dlbook.exercises.exercise import Exercise


def leaky_gain(s):
    """Half of the squares stay, the other half is multiplied by s^2."""
    return math.sqrt(2 / (1 + s**2))


def without_square(s):
    return math.sqrt(2 / (1 + s))


def not_inverted(s):
    return math.sqrt((1 + s**2) / 2)


def without_root(s):
    return 2 / (1 + s**2)


def gain_of_relu(s):
    return math.sqrt(2)


LEAKY_GAIN = Exercise(
    id="initialization-leaky-gain",
    title="The gain of a leaky ReLU",
    level="one line",
    hint="For $z$ of variance 1 the mean of $f(z)^2$ is $\\tfrac12 \\cdot 1$ from the "
    "positive numbers plus $\\tfrac12 \\cdot s^2$ from the others. The gain is one "
    "over its root.",
    inputs=[(0.1,), (0.25,), (0.7,), (2.0,)],
    solution=leaky_gain,
    wrong=[
        (without_square, "It is the mean of the squares: the slope counts squared."),
        (
            not_inverted,
            "That is what the activation function leaves. The gain makes it good: one "
            "over it.",
        ),
        (
            without_root,
            "That is the factor for the variance. The gain multiplies the weights: "
            "take the root.",
        ),
        (gain_of_relu, "That is ReLU's gain: a leaky one lets $s z$ through as well."),
    ],
    explanation="Equation 15 of He et al. (2015). At $s = 0$ it is ReLU's $\\sqrt 2$, "
    "at $s = 1$, a straight line, 1. With $s = \\sqrt 5$ it is $1/\\sqrt 3$, torch's "
    "default.",
)


def he_std(shape):
    """Take the inputs from the last axis but one, and multiply by the pixels."""
    fan_in = shape[-2] * math.prod(shape[:-2])
    return math.sqrt(2 / fan_in)


def unchanged(shape):
    return math.sqrt(2 / (shape[1] * math.prod(shape[2:])))


def fan_out(shape):
    return math.sqrt(2 / (shape[-1] * math.prod(shape[:-2])))


def without_pixels(shape):
    return math.sqrt(2 / shape[-2])


OTHER_LAYOUT = Exercise(
    id="initialization-other-layout",
    title="Weights the other way round",
    level="a few lines",
    hint="`in` is `shape[-2]` in both cases. What stands before it is the size of the "
    "filter; `math.prod` of an empty tuple is 1.",
    inputs=[((30, 50),), ((5, 5, 3, 16),), ((3, 1, 8, 4),), ((2, 7),)],
    solution=he_std,
    wrong=[
        (
            unchanged,
            "That is the function as it was: for `(in, out)` it takes the number of "
            "outputs.",
        ),
        (
            fan_out,
            "You counted outputs, which keeps the size of gradients. For the forward "
            "pass count the inputs of a neuron.",
        ),
        (
            without_pixels,
            "Right for a fully connected layer. A filter sees `in` channels at each of "
            "its pixels.",
        ),
    ],
)


def orthogonalize(g):
    """Subtract from each row its parts along the rows before (Gram and Schmidt)."""
    rows = np.array(g, float)
    for i in range(len(rows)):
        for before in rows[:i]:
            rows[i] -= (rows[i] @ before) * before
        rows[i] /= np.sqrt(rows[i] @ rows[i])
    return rows


def lengths_alone(g):
    g = np.asarray(g, float)
    return g / np.sqrt((g**2).sum(axis=1, keepdims=True))


def columns_instead(g):
    rows = np.array(g, float).T
    for i in range(len(rows)):
        for before in rows[:i]:
            rows[i] -= (rows[i] @ before) * before
        rows[i] /= max(np.sqrt(rows[i] @ rows[i]), 1e-300)
    return rows.T


def lengths_at_the_end(g):
    rows = np.array(g, float)
    for i in range(len(rows)):
        for before in rows[:i]:
            rows[i] -= (rows[i] @ before) * before
    return rows / np.sqrt((rows**2).sum(axis=1, keepdims=True))


def neighbor_alone(g):
    rows = np.array(g, float)
    for i in range(len(rows)):
        if i:
            rows[i] -= (rows[i] @ rows[i - 1]) * rows[i - 1]
        rows[i] /= np.sqrt(rows[i] @ rows[i])
    return rows


def matrices(rng):
    for rows, columns in ((3, 3), (3, 5), (5, 8)):
        yield (rng.normal(size=(rows, columns)),)


ORTHOGONALIZE = Exercise(
    id="initialization-orthogonalize",
    title="Orthogonal, from a blank page",
    level="a blank page",
    hint="Go through the rows. The part of row $r$ along a row $q$ of length 1 is "
    "$(r \\cdot q)\\, q$: subtract it, for each row before. Then divide by the length.",
    inputs=matrices,
    solution=orthogonalize,
    rtol=1e-6,
    atol=1e-8,
    wrong=[
        (
            lengths_alone,
            "Your rows have length 1, and are not at right angles: subtract from each "
            "its parts along the rows before.",
        ),
        (
            columns_instead,
            "You worked on the columns. Take the rows, the weights of one neuron each.",
        ),
        (
            lengths_at_the_end,
            "$(r \\cdot q)\\, q$ is the part along $q$ where $q$ has length 1. Divide "
            "each row by its length before you go on to the next.",
        ),
        (
            neighbor_alone,
            "Each row is at right angles to the one before it, and not to all before.",
        ),
    ],
    explanation="For normally distributed $g$ this is the same as the $QR$ "
    "decomposition of $g^\\top$ with a positive diagonal of $R$. For hundreds of rows "
    "that are nearly dependent, `np.linalg.qr` loses less to rounding.",
)


def residual_sizes(a, blocks, beta):
    """Add the scaled branch to the input, block after block."""
    sizes = []
    for w1, w2 in blocks:
        a = a + beta * np.maximum(0, a @ w1.T) @ w2.T
        sizes.append(np.sqrt(np.mean(a**2)))
    return np.array(sizes)


def branch_alone(a, blocks, beta):
    sizes = []
    for w1, w2 in blocks:
        a = beta * np.maximum(0, a @ w1.T) @ w2.T
        sizes.append(np.sqrt(np.mean(a**2)))
    return np.array(sizes)


def all_scaled(a, blocks, beta):
    sizes = []
    for w1, w2 in blocks:
        a = beta * (a + np.maximum(0, a @ w1.T) @ w2.T)
        sizes.append(np.sqrt(np.mean(a**2)))
    return np.array(sizes)


def not_scaled(a, blocks, beta):
    return residual_sizes(a, blocks, 1.0)


def not_transposed(a, blocks, beta):
    return residual_sizes(a, [(w1.T, w2.T) for w1, w2 in blocks], beta)


def variances(a, blocks, beta):
    sizes = []
    for w1, w2 in blocks:
        a = a + beta * np.maximum(0, a @ w1.T) @ w2.T
        sizes.append(np.std(a))
    return np.array(sizes)


def residual_networks(rng):
    for count, width, beta in ((3, 6, 0.3), (8, 10, 1.5), (20, 16, 0.2)):
        blocks = [
            (
                rng.normal(size=(width, width)) * np.sqrt(2 / width),
                rng.normal(size=(width, width)) * np.sqrt(1 / width),
            )
            for _ in range(count)
        ]
        yield rng.normal(size=(5, width)), blocks, beta


RESIDUAL = Exercise(
    id="initialization-residual",
    title="A residual branch",
    level="an experiment",
    hint="Samples are rows, so the branch is "
    "`beta * np.maximum(0, a @ w1.T) @ w2.T`. Add it to `a`, note the root mean "
    "square, go on with the sum.",
    inputs=residual_networks,
    solution=residual_sizes,
    wrong=[
        (branch_alone, "You left out the input: a block adds its branch to it."),
        (all_scaled, "You scaled the sum. $\\beta$ belongs to the branch alone."),
        (not_scaled, "Your outputs do not depend on $\\beta$."),
        (
            not_transposed,
            "Rows are samples: $W a$ becomes `a @ w.T`.",
        ),
        (
            variances,
            "That is the standard deviation. The root mean square subtracts no mean.",
        ),
    ],
    explanation="Input and branch have the same mean square $q$ and hardly any "
    "correlation, so a block multiplies $q$ by about $1 + \\beta^2$. With "
    "$\\beta = 1$ and 50 blocks that is $2^{50}$, a root mean square of $3 \\cdot "
    "10^7$. With $\\beta = 1/\\sqrt{50}$ it is $(1 + 1/50)^{50} \\approx e$, a root "
    "mean square of 1.6. With He's $2/n$ for $W_2$ as well it would be $3^{50}$: no "
    "ReLU follows $W_2$ before the sum. Initialization by fan-in alone cannot do it: a "
    "residual network needs a scaled branch, as in Fixup, or normalization.",
)
