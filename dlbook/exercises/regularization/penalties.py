"""Exercises of the page on penalties."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def ridge_alpha(weight_decay, n):
    """Multiply N/2 times the loss of weight decay out: alpha stands at the squares."""
    return n * weight_decay / 2


def without_the_number(weight_decay, n):
    return weight_decay / 2


def without_the_half(weight_decay, n):
    return n * weight_decay


def divided_by_the_number(weight_decay, n):
    return weight_decay / (2 * n)


RIDGE_ALPHA = Exercise(
    id="penalties-ridge-alpha",
    title="From one strength to another",
    level="one line",
    hint="Multiply the loss with `weight_decay` by the number that turns its mean into "
    "scikit-learn's sum, and read off what stands in front of the squared weights.",
    inputs=[(0.01, 331), (2.0, 8), (0.5, 1), (0.0, 50)],
    solution=ridge_alpha,
    wrong=[
        (
            without_the_number,
            "That is the factor of the squared weights beside a *mean* of squared "
            "errors. scikit-learn's `Ridge` takes the sum.",
        ),
        (
            without_the_half,
            "Weight decay $\\lambda$ is the penalty $\\frac\\lambda2 w^2$, since its "
            "gradient is $\\lambda w$. The half is missing.",
        ),
        (
            divided_by_the_number,
            "You divided by N. The sum is N times the mean, so the penalty beside it "
            "must be N times as large, too.",
        ),
    ],
)


def max_norm(weight, limit):
    """Scale the rows that are longer than the limit."""
    lengths = np.linalg.norm(weight, axis=1, keepdims=True)  # (out, 1)
    return weight * np.minimum(1, limit / np.maximum(lengths, 1e-12))


def columns(weight, limit):
    return max_norm(weight.T, limit).T


def all_rows(weight, limit):
    return limit * weight / np.linalg.norm(weight, axis=1, keepdims=True)


def whole_matrix(weight, limit):
    return weight * min(1, limit / np.linalg.norm(weight))


def each_entry(weight, limit):
    return np.clip(weight, -limit, limit)


def matrices(rng):
    for shape in ((4, 3), (2, 5), (6, 6)):
        scale = rng.uniform(0.2, 2, (shape[0], 1))
        yield scale * rng.standard_normal(shape), 1.5


MAX_NORM = Exercise(
    id="penalties-max-norm",
    title="The max-norm constraint",
    level="a few lines",
    hint="`np.linalg.norm(weight, axis=1, keepdims=True)` has one length for each row. "
    "The factor of a row is never above 1.",
    inputs=matrices,
    solution=max_norm,
    wrong=[
        (
            columns,
            "You limited the columns. The incoming weights of a neuron are a row.",
        ),
        (
            all_rows,
            "You gave every row the length of the limit. Rows that are shorter stay "
            "as they are.",
        ),
        (
            whole_matrix,
            "You limited the length of the whole matrix. Each neuron has a limit of "
            "its own.",
        ),
        (
            each_entry,
            "You cut off the entries. That changes a row's direction; scale the whole "
            "row instead.",
        ),
    ],
)


def ridge(x, y, strength, decay_bias):
    """Solve for weights and bias at once; the bias may go free."""
    features = np.column_stack([x, np.ones(len(x))])  # (N, D + 1)
    decayed = np.ones(features.shape[1])
    decayed[-1] = decay_bias
    matrix = features.T @ features / len(x) + strength * np.diag(decayed)
    solved = np.linalg.solve(matrix, features.T @ y / len(x))
    return solved[:-1], solved[-1]


def always(x, y, strength, decay_bias):
    return ridge(x, y, strength, True)


def never(x, y, strength, decay_bias):
    return ridge(x, y, strength, False)


def the_other_way(x, y, strength, decay_bias):
    return ridge(x, y, strength, not decay_bias)


def with_the_sum(x, y, strength, decay_bias):
    return ridge(x, y, strength / len(x), decay_bias)


def twice_as_strong(x, y, strength, decay_bias):
    return ridge(x, y, 2 * strength, decay_bias)


def regressions(rng):
    for decay_bias in (False, True):
        for n, features, offset in ((30, 3, 150.0), (12, 2, -4.0)):
            x = rng.standard_normal((n, features)) + 0.5
            y = x @ rng.standard_normal(features) + offset
            yield x, y, float(rng.uniform(0.1, 1)), decay_bias


DECAY_THE_BIAS = Exercise(
    id="penalties-decay-the-bias",
    title="Weight decay on biases or not",
    level="an experiment",
    hint="Append a column of ones to `x`. The strength then stands on the diagonal of "
    "the matrix in the closed form, and at the last place it is `strength` or 0.",
    inputs=regressions,
    solution=ridge,
    explanation="With `y + 100`, the free bias grows by 100 and the weights stay as "
    "they are: where the zero of the targets lies is a matter of units. The decayed "
    "bias grows by less, and the weights change to make up for the rest. With "
    "temperatures in kelvin such a penalty would ask for a prediction near 0 K.",
    wrong=[
        (always, "You decay the bias in any case; look at `decay_bias`."),
        (never, "You never decay the bias; look at `decay_bias`."),
        (the_other_way, "You have the two cases exchanged."),
        (
            with_the_sum,
            "The error is a mean over the samples. You divided the penalty by N as "
            "well, or took the sum of the errors.",
        ),
        (
            twice_as_strong,
            "Your penalty is twice as strong: the loss has the factor 1/2 at both "
            "terms, or at neither.",
        ),
    ],
)


def lasso(x, y, strength):
    """Minimize over one weight at a time, in turn, by its soft threshold."""
    w = np.zeros(x.shape[1])
    curvature = (x**2).mean(axis=0)  # (D,)
    error = y.astype(float)  # y - x @ w
    for _sweep in range(10000):
        largest = 0.0
        for j in range(len(w)):
            pull = (x[:, j] * error).mean() + curvature[j] * w[j]
            new = np.sign(pull) * max(abs(pull) - strength, 0) / curvature[j]
            error += x[:, j] * (w[j] - new)
            largest, w[j] = max(largest, abs(new - w[j])), new
        if largest < 1e-10:
            break
    return w


def ridge_instead(x, y, strength):
    matrix = x.T @ x / len(x) + strength * np.eye(x.shape[1])
    return np.linalg.solve(matrix, x.T @ y / len(x))


def threshold_at_the_end(x, y, strength):
    w = np.linalg.lstsq(x, y, rcond=None)[0]
    return np.sign(w) * np.maximum(np.abs(w) - strength, 0)


def strength_of_the_sum(x, y, strength):
    return lasso(x, y, strength / len(x))


def without_the_factor_one_half(x, y, strength):
    return lasso(x, y, strength / 2)


def by_subgradients(x, y, strength):
    w = np.zeros(x.shape[1])
    rate = 1 / np.linalg.norm(x.T @ x / len(x), 2)
    for step in range(20000):
        slope = x.T @ (x @ w - y) / len(x) + strength * np.sign(w)
        w = w - rate / (1 + 0.01 * step) * slope
    return w


def problems(rng):
    for n, features, strength in ((40, 6, 0.3), (60, 10, 0.5), (30, 5, 0.1)):
        x = rng.standard_normal((n, features))
        x[:, 1] += 0.7 * x[:, 0]
        w = np.where(np.arange(features) % 3 == 0, 2.0, 0.0)
        yield x, x @ w + 0.5 * rng.standard_normal(n), strength


LASSO = Exercise(
    id="penalties-lasso",
    title="The lasso, from a blank page",
    level="a blank page",
    hint="Two ways. Proximal steps: descend the squared error, then apply the soft "
    "threshold, until nothing changes any more. Or one weight at a time: with all "
    "others fixed, a soft threshold gives its exact minimum; go round until nothing "
    "changes.",
    inputs=problems,
    run=lambda answer, *problem: with_zeros(answer(*problem)),
    rtol=1e-4,
    atol=1e-5,
    solution=lasso,
    explanation="This is *coordinate descent*, what scikit-learn does. Keeping the "
    "error up to date makes one sweep as cheap as one gradient.",
    wrong=[
        (
            ridge_instead,
            "That is ridge regression: the penalty is on the squares, and no weight is "
            "zero.",
        ),
        (
            threshold_at_the_end,
            "You applied the soft threshold to the least-squares weights. That would "
            "be right if the columns of `x` were uncorrelated, with mean square 1.",
        ),
        (
            strength_of_the_sum,
            "Your penalty is N times too weak beside the *mean* of the squared errors.",
        ),
        (
            without_the_factor_one_half,
            "Half the squared error stands in the loss; you took all of it.",
        ),
        (
            by_subgradients,
            "Your weights are close, but those that should be zero are not: a "
            "subgradient step jumps over 0. Use a threshold.",
        ),
    ],
)


def with_zeros(weights):
    """Return the weights and where they are exactly zero."""
    if weights is None:
        return None
    weights = np.asarray(weights, float)
    return weights, weights == 0
