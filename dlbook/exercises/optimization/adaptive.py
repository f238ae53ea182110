"""Exercises of the page on adaptive steps."""

import numpy as np

from dlbook.autograd import Tensor
from dlbook.exercises.exercise import Exercise


def divisor(betas):
    """Subtract the share of the start, which every step multiplies by its beta."""
    return 1 - np.prod(betas)


def last_beta(betas):
    return 1 - betas[-1] ** len(betas)


def mean_beta(betas):
    return 1 - np.mean(betas) ** len(betas)


def share_of_the_start(betas):
    return np.prod(betas)


def sum_of_new_shares(betas):
    return np.sum(1 - np.asarray(betas))


DIVISOR = Exercise(
    id="adaptive-divisor",
    title="A correction for every decay",
    level="one line",
    hint=r"All weights in $m_t$, that of the start $m_0$ among them, sum up to 1. What "
    "is the weight of $m_0$ after the first step, after the second, after all of them?",
    inputs=[
        (np.array([0.9, 0.95, 0.99]),),
        (np.array([0.0, 0.5]),),
        (np.array([0.45, 0.6, 0.7, 0.9, 0.2]),),
        (np.full(12, 0.999),),
    ],
    solution=divisor,
    wrong=[
        (
            last_beta,
            "You took the last beta for all steps. Each step multiplies the share of "
            "the start by its own beta.",
        ),
        (
            mean_beta,
            "You took the mean of the betas to the power t. Their product is another "
            "number unless all are equal.",
        ),
        (
            share_of_the_start,
            "That is the share that the start still has. The gradients have the rest.",
        ),
        (
            sum_of_new_shares,
            "You added up the shares that the gradients have when they come in. Each "
            "later step multiplies them by its beta.",
        ),
    ],
    explanation=r"If $\mathbb{E}\, m_{i-1} = (1 - p_{i-1})\, \mathbb{E}\, g$, then "
    r"$\mathbb{E}\, m_i = \bigl(\beta_i (1 - p_{i-1}) + 1 - \beta_i\bigr)\, "
    r"\mathbb{E}\, g = (1 - \beta_i p_{i-1})\, \mathbb{E}\, g$, so "
    r"$p_i = \beta_i p_{i-1}$ with $p_0 = 1$. If all betas are equal, this is Adam's "
    r"$1 - \beta^t$; `NAdam` needs the product.",
)


def correct_adam(theta, gradients, lr, beta1, beta2, eps):
    """Correct v by its own beta, and put epsilon beside the root."""
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta


def _with(correction, inside):
    def adam(theta, gradients, lr, beta1, beta2, eps):
        m, v = np.zeros_like(theta), np.zeros_like(theta)
        for t, g in enumerate(gradients, start=1):
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g**2
            v_hat = v / correction(t, beta1, beta2)
            root = np.sqrt(v_hat + eps) if inside else np.sqrt(v_hat) + eps
            theta = theta - lr * m / (1 - beta1**t) / root
        return theta

    return adam


def adam_problems(rng):
    for steps, size, eps in ((3, 1.0, 1e-8), (6, 1e-4, 1e-8), (10, 1e-3, 1e-5)):
        yield (
            rng.standard_normal(4),
            size * rng.standard_normal((steps, 4)),
            0.1,
            0.9,
            0.99,
            eps,
        )


TWO_BUGS = Exercise(
    id="adaptive-two-bugs",
    title="Find two bugs in Adam",
    level="a few lines",
    hint="Read the last three lines against the equation, letter by letter: which beta "
    "belongs to which mean, and where does the root end?",
    inputs=adam_problems,
    solution=correct_adam,
    wrong=[
        (
            _with(lambda t, beta1, beta2: 1 - beta1**t, inside=True),
            "These are still both bugs: the second mean is corrected by the first "
            "beta, and epsilon stands inside the root.",
        ),
        (
            _with(lambda t, beta1, beta2: 1 - beta2**t, inside=True),
            "The correction is right now. Epsilon still stands inside the root, where "
            "it competes with squares of gradients.",
        ),
        (
            _with(lambda t, beta1, beta2: 1 - beta1**t, inside=False),
            "Epsilon is right now. The second mean is still corrected by the first "
            "beta; it has its own.",
        ),
        (
            _with(lambda t, beta1, beta2: 1.0, inside=False),
            "Epsilon is right now. You removed the correction of the second mean; it "
            "needs one, by its own beta.",
        ),
        (
            _with(lambda t, beta1, beta2: 1 - beta2 ** max(t - 1, 0.5), inside=False),
            "You count the steps from 0. At the first step, t is 1.",
        ),
    ],
    rtol=1e-9,
    explanation="With the wrong beta the first steps are too long by up to "
    r"$\sqrt{0.1 / 0.001} = 10$ at the usual settings, and right after some thousand "
    "steps. No test that looks at the end of a long run finds that; a comparison with "
    "another program, step by step, does at once.",
)


def echo(spike, beta):
    """Let v decay step by step until its root is at most 2."""
    v, steps = beta * 1.0 + (1 - beta) * spike**2, 0
    while True:
        v = beta * v + (1 - beta) * 1.0
        steps += 1
        if np.sqrt(v) <= 2:
            return steps


def root_forgotten(spike, beta):
    v, steps = beta + (1 - beta) * spike**2, 0
    while True:
        v, steps = beta * v + (1 - beta), steps + 1
        if v <= 2:
            return steps


def one_too_few(spike, beta):
    return echo(spike, beta) - 1


def one_too_many(spike, beta):
    return echo(spike, beta) + 1


def silence_after(spike, beta):
    v, steps = beta + (1 - beta) * spike**2, 0
    while True:
        v, steps = beta * v, steps + 1
        if np.sqrt(v) <= 2:
            return steps


def spike_whole(spike, beta):
    v, steps = beta + spike**2, 0
    while True:
        v, steps = beta * v + (1 - beta), steps + 1
        if np.sqrt(v) <= 2:
            return steps


ECHO = Exercise(
    id="adaptive-echo",
    title="The echo of a spike",
    level="an experiment",
    hint=r"The step has the length $\eta / \sqrt v$. Start with $v = 1$, feed the "
    "spike, then ones, and count until the root of $v$ is at most 2.",
    inputs=[(30.0, 0.9), (100.0, 0.99), (300.0, 0.99), (1000.0, 0.999)],
    solution=echo,
    wrong=[
        (
            root_forgotten,
            "You waited until $v$ is 2. The step is divided by its *root*, which is 2 "
            "when $v$ is 4.",
        ),
        (one_too_few, "You are one step early: the very next step counts as 1."),
        (one_too_many, "You are one step late: the spike's own step does not count."),
        (
            silence_after,
            "You let $v$ decay towards 0. The gradients after the spike have the size "
            "1, so it decays towards 1.",
        ),
        (
            spike_whole,
            r"The square of the spike enters $v$ with the weight $1 - \beta$, as every "
            "square does.",
        ),
    ],
    explanation=r"After the spike $v - 1 = (1 - \beta)(s^2 - 1)\, \beta^k$, where $s$ "
    r"is the spike, so that $k \approx \log\bigl((1 - \beta)\, s^2 / 3\bigr) / "
    r"(1 - \beta)$: at $\beta = 0.999$ and a spike of 1,000 nearly 6,000 steps. "
    "Clipping gradients before the step keeps the spike out; large models are trained "
    r"with clipping, and often with $\beta_2 = 0.95$.",
)


class Lion:
    """Step along the sign of a mix of momentum and gradient (Chen et al., 2023)."""

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        """Remember the parameters, and a momentum of zeros for each."""
        self.params = list(params)
        self.lr, self.betas, self.weight_decay = lr, betas, weight_decay
        self.momenta = [np.zeros_like(p.data) for p in self.params]

    def step(self):
        """Change every parameter that has a gradient, in place."""
        beta1, beta2 = self.betas
        for p, m in zip(self.params, self.momenta, strict=True):
            if p.grad is None:
                continue
            mixed = beta1 * m + (1 - beta1) * p.grad
            p.data -= self.lr * (np.sign(mixed) + self.weight_decay * p.data)
            m *= beta2
            m += (1 - beta2) * p.grad

    def zero_grad(self):
        """Forget all gradients."""
        for p in self.params:
            p.grad = None


class _BetasExchanged(Lion):
    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, lr, betas[::-1], weight_decay)


class _MomentumFirst(Lion):
    def step(self):
        for p, m in zip(self.params, self.momenta, strict=True):
            if p.grad is not None:
                m *= self.betas[1]
                m += (1 - self.betas[1]) * p.grad
                mixed = self.betas[0] * m + (1 - self.betas[0]) * p.grad
                p.data -= self.lr * (np.sign(mixed) + self.weight_decay * p.data)


class _OneBeta(Lion):
    def step(self):
        for p, m in zip(self.params, self.momenta, strict=True):
            if p.grad is not None:
                m *= self.betas[0]
                m += (1 - self.betas[0]) * p.grad
                p.data -= self.lr * (np.sign(m) + self.weight_decay * p.data)


class _DecayInTheGradient(Lion):
    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.grad = p.grad + self.weight_decay * p.data
        decay, self.weight_decay = self.weight_decay, 0.0
        super().step()
        self.weight_decay = decay


class _DecayWithoutRate(Lion):
    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data *= 1 - self.weight_decay * (1 - self.lr)
        super().step()


class _WithoutSign(Lion):
    def step(self):
        beta1, beta2 = self.betas
        for p, m in zip(self.params, self.momenta, strict=True):
            if p.grad is not None:
                mixed = beta1 * m + (1 - beta1) * p.grad
                p.data -= self.lr * (mixed + self.weight_decay * p.data)
                m *= beta2
                m += (1 - beta2) * p.grad


class _NewArrays(Lion):
    def step(self):
        before = [p.data for p in self.params]
        for p in self.params:
            p.data = p.data.copy()
        super().step()
        for p, old in zip(self.params, before, strict=True):
            if p.grad is None:
                p.data = old


def use_lion(kind, start, gradients, rates, betas, weight_decay):
    """Take a step for every gradient; the second parameter has none at times.

    Returns
    -------
    tuple
        Both parameters, whether they stayed in their memory, and whether `zero_grad`
        forgets the gradients.
    """
    parameters = [Tensor(start.copy(), requires_grad=True) for _ in range(2)]
    memory = [p.data for p in parameters]
    optimizer = kind(parameters, lr=rates[0], betas=betas, weight_decay=weight_decay)
    for i, (gradient, rate) in enumerate(zip(gradients, rates, strict=True)):
        optimizer.zero_grad()
        optimizer.lr = rate
        parameters[0].grad = gradient.copy()
        if i % 2 == 0:
            parameters[1].grad = -gradient
        optimizer.step()
    optimizer.zero_grad()
    in_place = all(p.data is m for p, m in zip(parameters, memory, strict=True))
    forgotten = all(p.grad is None for p in parameters)
    return parameters[0].data, parameters[1].data, in_place, forgotten


def lion_problems(rng):
    for steps, betas, decay in (
        (8, (0.9, 0.99), 0.0),
        (12, (0.5, 0.9), 0.3),
        (20, (0.9, 0.95), 1.0),
    ):
        yield (
            rng.standard_normal(5),
            rng.standard_normal((steps, 5)),
            rng.uniform(0.01, 0.1, steps),
            betas,
            decay,
        )


LION = Exercise(
    id="adaptive-lion",
    title="Lion, from a blank page",
    level="a blank page",
    hint="Keep a list of arrays of zeros, one for each parameter. Mind the order: the "
    "sign is that of a mix with the *old* momentum; only then does the momentum move, "
    "with the other beta. In place means `p.data -= ...`, not `p.data = ...`.",
    inputs=lion_problems,
    run=use_lion,
    solution=Lion,
    wrong=[
        (
            _BetasExchanged,
            "You exchanged the two betas: the first is for the mix, the second for "
            "the momentum.",
        ),
        (
            _MomentumFirst,
            "You moved the momentum before you mixed. The mix takes the old momentum.",
        ),
        (
            _OneBeta,
            "You stepped along the sign of the momentum. Lion mixes the new gradient "
            "in once more, with a beta of its own.",
        ),
        (
            _DecayInTheGradient,
            "You added the decay to the gradient, so that it ends up inside the sign. "
            "In Lion it is decoupled.",
        ),
        (
            _DecayWithoutRate,
            "Your decay is not multiplied by the learning rate; in Lion it stands "
            "inside the bracket.",
        ),
        (_WithoutSign, "You left the sign out: that is a kind of Nesterov momentum."),
        (
            _NewArrays,
            "The numbers are right, but your step puts new arrays into the parameters. "
            "Change them in place, for others may hold the same memory.",
        ),
    ],
    explanation="Every step moves every weight by the rate, so that Lion wants a rate "
    "3 to 10 times smaller than AdamW's, and a decay as much larger.",
)
