"""Exercises of the page on distillation."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def softmax(z):
    """Return softmax over the last axis; large scores do no harm."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def distillation_gradient(z, v, tau):
    """Take off the largest score of each row; one of tau's powers is left."""

    def softmax(scores):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    return tau * (softmax(z / tau) - softmax(v / tau))


def without_factor(z, v, tau):
    return (softmax(z / tau) - softmax(v / tau)) / tau


def chain_rule_forgotten(z, v, tau):
    return tau**2 * (softmax(z / tau) - softmax(v / tau))


def only_the_difference(z, v, tau):
    return softmax(z / tau) - softmax(v / tau)


def exchanged(z, v, tau):
    return tau * (softmax(v / tau) - softmax(z / tau))


def student_at_one(z, v, tau):
    return tau * (softmax(z) - softmax(v / tau))


def divided_by_rows(z, v, tau):
    return tau * (softmax(z / tau) - softmax(v / tau)) / len(z)


def pairs_of_logits(rng):
    for rows, classes, scale, tau in ((3, 4, 2, 3.0), (5, 3, 1, 0.5), (2, 6, 4, 8.0)):
        z, v = scale * rng.standard_normal((2, rows, classes))
        yield z, v, tau
    yield np.array([[1000.0, 996.0, -1000.0]]), np.array([[0.0, 4.0, 900.0]]), 2.0


SCALE = Exercise(
    id="distillation-scale",
    title="The scale of the gradient",
    level="one line",
    hint="The page derives the gradient without the factor: $(p - q) / \\tau$. A "
    "softmax stays as it is if you take the largest score of each row off all of them.",
    inputs=pairs_of_logits,
    solution=distillation_gradient,
    wrong=[
        (
            without_factor,
            "That is the gradient without the factor $\\tau^2$ of the loss.",
        ),
        (
            chain_rule_forgotten,
            "The student's logits are divided by $\\tau$ inside the softmax: the chain "
            "rule takes one $\\tau$ of the two away.",
        ),
        (
            only_the_difference,
            "That is the factor $\\tau$. The loss has $\\tau^2$, and the chain rule "
            "takes away one of the two.",
        ),
        (exchanged, "The sign: the student's probabilities minus the teacher's."),
        (
            student_at_one,
            "Divide the student's logits by the temperature, too.",
        ),
        (divided_by_rows, "Do not divide by the number of rows here."),
    ],
    explanation="At high $\\tau$ the difference $p - q$ falls as $1/\\tau$, so this "
    "product tends to $(\\tilde z - \\tilde v) / C$.",
)


def divergence(z, v, tau):
    """Weigh with the teacher's probabilities, and multiply by tau squared."""
    p = np.exp(z / tau) / np.exp(z / tau).sum(axis=1, keepdims=True)
    q = np.exp(v / tau) / np.exp(v / tau).sum(axis=1, keepdims=True)
    return tau**2 * np.mean(np.sum(q * np.log(q / p), axis=1))


def as_given(z, v, tau):
    return divergence(v, z, tau) / tau


def still_reversed(z, v, tau):
    return divergence(v, z, tau)


def still_one_tau(z, v, tau):
    return divergence(z, v, tau) / tau


def negative(z, v, tau):
    return -divergence(z, v, tau)


def weights_mixed(z, v, tau):
    p, q = softmax(z / tau), softmax(v / tau)
    return tau**2 * np.mean(np.sum(p * np.log(q / p), axis=1))


def cross_entropy_only(z, v, tau):
    p, q = softmax(z / tau), softmax(v / tau)
    return -(tau**2) * np.mean(np.sum(q * np.log(p), axis=1))


def mean_of_everything(z, v, tau):
    return divergence(z, v, tau) / z.shape[1]


FAULTS = Exercise(
    id="distillation-faults",
    title="Find the faults",
    level="one line",
    hint="Compare the last line with the equation, factor by factor. Whose "
    "probabilities weigh the logarithms?",
    inputs=lambda rng: [
        (*(2 * rng.standard_normal((2, rows, classes))), tau)
        for rows, classes, tau in ((3, 4, 3.0), (5, 3, 0.5), (2, 6, 8.0))
    ],
    solution=divergence,
    wrong=[
        (as_given, "Nothing has changed yet."),
        (
            still_reversed,
            "The factor is right. But the divergence is still the reversed one, "
            "weighted with the student's probabilities.",
        ),
        (
            still_one_tau,
            "The divergence is right. But its gradient falls as $1/\\tau^2$: one "
            "$\\tau$ does not make up for it.",
        ),
        (negative, "The sign: a divergence is never negative."),
        (
            weights_mixed,
            "You turned the fraction round and left the student's probabilities in "
            "front of the logarithm.",
        ),
        (
            cross_entropy_only,
            "That is the cross-entropy. Its gradient is the same, but here the entropy "
            "of the teacher is to be taken off.",
        ),
        (
            mean_of_everything,
            "Take the mean over the rows and the sum over the classes. "
            '(In torch, `"mean"` makes this mistake and `"batchmean"` does not.)',
        ),
    ],
    explanation="Neither fault stops a program. The reversed divergence is small where "
    "the student puts its weight on one of several classes that the teacher thinks "
    "possible, so the student may forget the others: the very knowledge that was to "
    "be handed over.",
)


def joint_targets(v, tau):
    """Soften every teacher's logits, then take the mean over the teachers."""
    e = np.exp((v - v.max(axis=2, keepdims=True)) / tau)
    return (e / e.sum(axis=2, keepdims=True)).mean(axis=0)


def geometric(v, tau):
    return softmax(v.mean(axis=0) / tau)


def not_softened(v, tau):
    return softmax(v).mean(axis=0)


def softened_late(v, tau):
    return softmax(np.log(softmax(v).mean(axis=0)) / tau)


def softened_twice(v, tau):
    return softmax(softmax(v).mean(axis=0) / tau)


def multiplied(v, tau):
    return softmax(v * tau).mean(axis=0)


def summed(v, tau):
    return softmax(v / tau).sum(axis=0)


ENSEMBLE = Exercise(
    id="distillation-ensemble",
    title="Many teachers",
    level="a few lines",
    hint="Three axes: teachers, examples, classes. The softmax runs over the last, the "
    "mean over the first.",
    inputs=lambda rng: [
        (3 * rng.standard_normal(shape), tau)
        for shape, tau in (((3, 4, 5), 2.0), ((2, 1, 3), 8.0), ((5, 3, 10), 1.5))
    ],
    solution=joint_targets,
    wrong=[
        (
            geometric,
            "You averaged the logits: that gives the geometric mean of the teachers' "
            "probabilities, divided by its sum. The paper allows both; here the "
            "arithmetic one is asked for.",
        ),
        (not_softened, "The temperature has no part in it yet."),
        (
            softened_late,
            "You averaged the probabilities at temperature 1 and softened the result. "
            "Soften each teacher first.",
        ),
        (
            softened_twice,
            "You applied a softmax to probabilities. They are no logits.",
        ),
        (multiplied, "Divide the logits by the temperature."),
        (summed, "The sum has to be divided by the number of teachers."),
    ],
    explanation="If two teachers disagree, the arithmetic mean keeps both opinions, "
    "and the geometric mean what they can agree upon.",
)


def distill(x, v, y, tau, alpha, lr, steps):
    """Add the two gradients at the logits, and pass them on to weight and bias."""

    def softmax(z):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    weight, bias = np.zeros((v.shape[1], x.shape[1])), np.zeros(v.shape[1])
    q, hard = softmax(v / tau), np.eye(v.shape[1])[y]
    for _ in range(steps):
        z = x @ weight.T + bias  # (N, C)
        grad_z = alpha * tau * (softmax(z / tau) - q)
        grad_z = (grad_z + (1 - alpha) * (softmax(z) - hard)) / len(x)
        weight -= lr * grad_z.T @ x
        bias -= lr * grad_z.sum(axis=0)
    return weight, bias


def variant(*, soft=lambda tau: tau, hard_at_tau=False, summed=False, swapped=False,
            no_bias=False):  # fmt: skip
    """Return a student that makes one mistake."""

    def learn(x, v, y, tau, alpha, lr, steps):
        share = 1 - alpha if swapped else alpha
        weight, bias = np.zeros((v.shape[1], x.shape[1])), np.zeros(v.shape[1])
        q, hard = softmax(v / tau), np.eye(v.shape[1])[y]
        for _ in range(steps):
            z = x @ weight.T + bias
            grad_z = share * soft(tau) * (softmax(z / tau) - q)
            p = softmax(z / tau) if hard_at_tau else softmax(z)
            grad_z = grad_z + (1 - share) * (p - hard)
            grad_z = grad_z if summed else grad_z / len(x)
            weight = weight - lr * grad_z.T @ x
            if not no_bias:
                bias = bias - lr * grad_z.sum(axis=0)
        return weight, bias

    return learn


def lessons(rng):
    sizes = ((6, 3, 4, 3.0, 0.7, 3), (5, 2, 3, 8.0, 0.4, 1), (8, 4, 5, 2.0, 0.9, 10))
    for samples, features, classes, tau, alpha, steps in sizes:
        x = rng.standard_normal((samples, features))
        v = 3 * rng.standard_normal((samples, classes))
        yield x, v, rng.integers(0, classes, samples), tau, alpha, 0.1, steps


LINEAR = Exercise(
    id="distillation-linear",
    title="Distill in NumPy",
    level="a blank page",
    hint="The gradient at the logits is the sum of two, $\\alpha \\tau (p^\\tau - "
    "q^\\tau)$ and $(1 - \\alpha) (p^1 - \\mathbf{1}[c = y])$. From there on it is the "
    "linear layer that you know: `grad_z.T @ x` for the weight, the sum over the rows "
    "for the bias.",
    inputs=lessons,
    solution=distill,
    wrong=[
        (
            variant(soft=lambda tau: 1 / tau),
            "The factor $\\tau^2$ is missing in front of the teacher's term.",
        ),
        (
            variant(soft=lambda tau: tau**2),
            "The chain rule takes one $\\tau$ of $\\tau^2$ away.",
        ),
        (
            variant(soft=lambda tau: 1),
            "The teacher's gradient needs a factor $\\tau$: $\\tau^2$ of the loss, "
            "divided by $\\tau$ in the chain rule.",
        ),
        (
            variant(hard_at_tau=True),
            "The labels' term has the student's probabilities at temperature 1.",
        ),
        (variant(summed=True), "Take the mean over the examples."),
        (
            variant(swapped=True),
            "You exchanged the shares: `alpha` belongs to the teacher.",
        ),
        (variant(no_bias=True), "The bias learns, too."),
    ],
    explanation="With `alpha=1` and a high temperature this is gradient descent on "
    "least squares, as the page derives: try `tau=1e3` and compare with "
    "`np.linalg.lstsq` on the centered logits.",
)
