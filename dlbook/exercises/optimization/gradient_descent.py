"""Exercises of the page on gradient descent."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def best_rate(hessian):
    """Balance the flattest against the steepest direction."""
    curvatures = np.linalg.eigvalsh(hessian)  # in increasing order
    return float(2 / (curvatures[0] + curvatures[-1]))


def limit_of_stability(hessian):
    return float(2 / np.linalg.eigvalsh(hessian)[-1])


def steepest_only(hessian):
    return float(1 / np.linalg.eigvalsh(hessian)[-1])


def all_eigenvalues(hessian):
    return float(2 / np.trace(hessian))


def from_the_diagonal(hessian):
    diagonal = np.diag(hessian)
    return float(2 / (diagonal.min() + diagonal.max()))


def hessians(rng):
    for size in (2, 3, 5, 8):
        x = rng.standard_normal((3 * size, size)) * np.linspace(0.3, 2, size)
        yield (x.T @ x / len(x),)


BEST_RATE = Exercise(
    id="gradient-descent-best-rate",
    title="The best constant rate",
    level="one line",
    hint="`np.linalg.eigvalsh` returns the eigenvalues of a symmetric matrix in "
    "increasing order. At the best rate the slowest direction and the steepest one "
    "shrink equally fast.",
    inputs=hessians,
    solution=best_rate,
    wrong=[
        (
            limit_of_stability,
            "That is the limit of stability: at this rate the steepest direction "
            "swings for ever without shrinking.",
        ),
        (
            steepest_only,
            "That rate finishes the steepest direction in one step; the flattest "
            "gains from a larger one.",
        ),
        (
            all_eigenvalues,
            "You added all eigenvalues. Only the smallest and the largest count: the "
            "others shrink faster.",
        ),
        (
            from_the_diagonal,
            "You read the curvatures off the diagonal. Unless the matrix is diagonal, "
            "its eigenvalues are others.",
        ),
    ],
)


def torch_momentum(theta, gradients, rates, momentum, nesterov):
    """Keep a sum of gradients without the rate; multiply by the rate last."""
    velocity = np.zeros_like(theta)
    for gradient, rate in zip(gradients, rates, strict=True):
        velocity = momentum * velocity + gradient
        step = gradient + momentum * velocity if nesterov else velocity
        theta = theta - rate * step
    return theta


def rate_inside(theta, gradients, rates, momentum, nesterov):
    velocity = np.zeros_like(theta)
    for gradient, rate in zip(gradients, rates, strict=True):
        velocity = momentum * velocity + rate * gradient
        step = rate * gradient + momentum * velocity if nesterov else velocity
        theta = theta - step
    return theta


def running_mean(theta, gradients, rates, momentum, nesterov):
    velocity = np.zeros_like(theta)
    for gradient, rate in zip(gradients, rates, strict=True):
        velocity = momentum * velocity + (1 - momentum) * gradient
        step = gradient + momentum * velocity if nesterov else velocity
        theta = theta - rate * step
    return theta


def without_nesterov(theta, gradients, rates, momentum, nesterov):
    return torch_momentum(theta, gradients, rates, momentum, False)


def gradient_forgotten(theta, gradients, rates, momentum, nesterov):
    velocity = np.zeros_like(theta)
    for gradient, rate in zip(gradients, rates, strict=True):
        velocity = momentum * velocity + gradient
        theta = theta - rate * (momentum * velocity if nesterov else velocity)
    return theta


def gradients_and_rates(rng):
    for steps, momentum, nesterov in ((3, 0.9, False), (5, 0.5, True), (8, 0.9, True)):
        yield (
            rng.standard_normal(3),
            rng.standard_normal((steps, 3)),
            rng.uniform(0.01, 0.2, steps),
            momentum,
            nesterov,
        )


TORCH_MOMENTUM = Exercise(
    id="gradient-descent-torch-momentum",
    title="Momentum as torch writes it",
    level="a few lines",
    hint="The velocity is a sum of gradients and knows nothing of the rate. With "
    "Nesterov the step is the last gradient plus the momentum times the *new* "
    "velocity.",
    inputs=gradients_and_rates,
    solution=torch_momentum,
    wrong=[
        (
            rate_inside,
            "Your velocity holds the rate, as Polyak and Sutskever write it. As long "
            "as the rate stays the same, so does the walk; here it changes.",
        ),
        (
            running_mean,
            "You took a running mean, with a factor 1 - momentum before the gradient. "
            "torch adds the gradient whole, unless you set `dampening`.",
        ),
        (without_nesterov, "You left `nesterov` out of account."),
        (
            gradient_forgotten,
            "With Nesterov your step is the momentum times the velocity. The gradient "
            "itself belongs to it, too.",
        ),
    ],
)


def best_momentum(low, high):
    """Fit the curvatures into the interval where both roots are complex."""
    a, b = np.sqrt(low), np.sqrt(high)
    return float(4 / (a + b) ** 2), float(((b - a) / (b + a)) ** 2)


def rate_of_plain_descent(low, high):
    return float(2 / (low + high)), best_momentum(low, high)[1]


def root_of_the_momentum(low, high):
    rate, momentum = best_momentum(low, high)
    return rate, float(np.sqrt(momentum))


def without_roots(low, high):
    return best_momentum(low, high)[0], float(((high - low) / (high + low)) ** 2)


def exchanged(low, high):
    rate, momentum = best_momentum(low, high)
    return momentum, rate


BEST_MOMENTUM = Exercise(
    id="gradient-descent-best-momentum",
    title="The best rate and momentum",
    level="a few lines",
    hint=r"The two roots are complex, of size $\sqrt\mu$, as long as "
    r"$\sqrt{\eta\lambda}$ lies between $1 - \sqrt\mu$ and $1 + \sqrt\mu$. Put the "
    "smallest curvature at the lower end and the largest at the upper end, then add "
    "and divide the two equations.",
    inputs=[(1.0, 4.0), (0.5, 72.0), (0.01, 1.0), (3.0, 3.0)],
    solution=best_momentum,
    wrong=[
        (
            rate_of_plain_descent,
            "The momentum is right. The rate is the best one *without* momentum; with "
            "it, a larger one is.",
        ),
        (
            root_of_the_momentum,
            "The rate is right. You returned the factor per step, the root of the "
            "momentum, in place of the momentum.",
        ),
        (
            without_roots,
            "The rate is right. In the momentum, take the roots of the curvatures.",
        ),
        (exchanged, "You exchanged the two: first the rate, then the momentum."),
    ],
    explanation="For the last input all directions are equally steep: one step of rate "
    "1/3 arrives, and the best momentum is 0.",
)


def epoch(theta, x, y, size, lr):
    """Scale each step by the share of its mini-batch in a full one."""
    for start in range(0, len(x), size):
        inputs, targets = x[start : start + size], y[start : start + size]
        gradient = inputs.T @ (inputs @ theta - targets) / len(inputs)
        theta = theta - lr * len(inputs) / size * gradient
    return theta


def last_counts_more(theta, x, y, size, lr):
    for start in range(0, len(x), size):
        inputs, targets = x[start : start + size], y[start : start + size]
        gradient = inputs.T @ (inputs @ theta - targets) / len(inputs)
        theta = theta - lr * gradient
    return theta


def last_left_out(theta, x, y, size, lr):
    for start in range(0, len(x) - size + 1, size):
        inputs, targets = x[start : start + size], y[start : start + size]
        gradient = inputs.T @ (inputs @ theta - targets) / len(inputs)
        theta = theta - lr * gradient
    return theta


def sums(theta, x, y, size, lr):
    for start in range(0, len(x), size):
        inputs, targets = x[start : start + size], y[start : start + size]
        theta = theta - lr * inputs.T @ (inputs @ theta - targets)
    return theta


def at_old_weights(theta, x, y, size, lr):
    change = np.zeros_like(theta)
    for start in range(0, len(x), size):
        inputs, targets = x[start : start + size], y[start : start + size]
        change += inputs.T @ (inputs @ theta - targets) / size
    return theta - lr * change


def regressions(rng):
    for count, size in ((10, 4), (33, 8), (7, 6)):
        x = rng.standard_normal((count, 3))
        y = x @ [1.0, -2.0, 0.5] + 0.3 * rng.standard_normal(count)
        yield rng.standard_normal(3), x, y, size, 0.05


EPOCH = Exercise(
    id="gradient-descent-fair-epoch",
    title="The last mini-batch",
    level="an experiment",
    hint="Every sample shall move the weights by `lr / size` times its own gradient. "
    "What does a sample in a short mini-batch of B samples get if the step is `lr` "
    "times the mean gradient?",
    inputs=regressions,
    solution=epoch,
    wrong=[
        (
            last_counts_more,
            "Each step is `lr` times the mean gradient, so the few samples of the last "
            "mini-batch count more than the others.",
        ),
        (
            last_left_out,
            "You left the last, short mini-batch out. That is `drop_last`, which is "
            "fair only if every epoch has another order; here it must count.",
        ),
        (
            sums,
            "You stepped along sums of gradients, so a full mini-batch moves the "
            "weights `size` times as far as `lr` says.",
        ),
        (
            at_old_weights,
            "You took all gradients at the first weights: that is one step on the "
            "full data. Each mini-batch starts where the last one ended.",
        ),
    ],
    explanation="In an epoch of 33 samples in mini-batches of 8 the last sample is "
    "alone and counts eight times as much as the others if every step is as long. With "
    "a new order in every epoch that evens out on average, but it adds noise.",
)
