"""Exercises of the page on dropout."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def inverted_dropout(x, p, uniform):
    """Keep where the uniform number is at least p, and divide by 1 - p."""
    return x * (uniform >= p) / (1 - p)


def original_form(x, p, uniform):
    return x * (uniform >= p)


def divided_by_p(x, p, uniform):
    return x * (uniform >= p) / p


def dropped_what_stays(x, p, uniform):
    return x * (uniform < p) / (1 - p)


def p_of_keeping(x, p, uniform):
    return x * (uniform < p) / p


def multiplied(x, p, uniform):
    return x * (uniform >= p) * (1 - p)


def numbers_to_drop(rng):
    for shape, p in (((3, 4), 0.3), ((6,), 0.5), ((2, 5), 0.8), ((4, 4), 0.1)):
        yield rng.standard_normal(shape) + 3, p, rng.random(shape)


INVERTED = Exercise(
    id="dropout-inverted",
    title="Inverted dropout",
    level="one line",
    hint="A comparison gives an array of True and False, and True times a number is "
    "the number.",
    inputs=numbers_to_drop,
    solution=inverted_dropout,
    wrong=[
        (
            original_form,
            "You dropped without scaling: the original form, which scales at test. The "
            "inverted form divides what stays by the probability of staying.",
        ),
        (
            divided_by_p,
            "You divided by p, the probability of dropping. What stays is divided by "
            "the probability of staying, 1 - p.",
        ),
        (
            dropped_what_stays,
            "You kept a number with probability p and dropped it with 1 - p: the "
            "comparison is the wrong way round.",
        ),
        (
            p_of_keeping,
            "You read p as the probability of keeping, as the paper does. Here, as in "
            "torch, it is the probability of dropping.",
        ),
        (
            multiplied,
            "You multiplied what stays by 1 - p. Fewer numbers stay, so each must "
            "grow: divide.",
        ),
    ],
)


def mc_predict(scores):
    """Average the probabilities of the passes, then take the entropy."""
    p = np.exp(scores - scores.max(axis=2, keepdims=True))
    p = (p / p.sum(axis=2, keepdims=True)).mean(axis=0)
    return p, -(p * np.log(p)).sum(axis=1)


def softmax_of_the_mean(scores):
    return mc_predict(scores.mean(axis=0, keepdims=True))


def mean_of_entropies(scores):
    p = np.exp(scores - scores.max(axis=2, keepdims=True))
    p = p / p.sum(axis=2, keepdims=True)
    return p.mean(axis=0), -(p * np.log(p)).sum(axis=2).mean(axis=0)


def entropy_in_bits(scores):
    p, entropy = mc_predict(scores)
    return p, entropy / np.log(2)


def geometric(scores):
    p = np.exp(scores - scores.max(axis=2, keepdims=True))
    p = np.exp(np.log(p / p.sum(axis=2, keepdims=True)).mean(axis=0))
    return p, -(p * np.log(p)).sum(axis=1)


def several_passes(rng):
    for passes, samples, classes in ((5, 3, 4), (2, 4, 2), (20, 2, 10)):
        yield (2 * rng.standard_normal((passes, samples, classes)),)


PREDICTIVE = Exercise(
    id="dropout-mc-predict",
    title="What Monte-Carlo dropout predicts",
    level="a few lines",
    hint="First a softmax over the classes, in every pass. Then the mean over the "
    "passes, axis 0. The entropy comes last.",
    inputs=several_passes,
    solution=mc_predict,
    wrong=[
        (
            softmax_of_the_mean,
            "You averaged the scores and then took the softmax. The passes' "
            "probabilities are what is averaged.",
        ),
        (
            mean_of_entropies,
            "That is the mean of the passes' entropies. Average the probabilities "
            "first: passes that disagree must make the answer less certain.",
        ),
        (entropy_in_bits, "Use the natural logarithm, not the one of base 2."),
        (
            geometric,
            "You averaged the logarithms: a geometric mean, whose entries do not even "
            "add up to 1. The predictive distribution is the plain mean.",
        ),
    ],
    explanation="The entropy of the mean is at least the mean of the entropies. Their "
    "difference says how far the passes disagree; it is called *mutual information*.",
)


class Recorder:
    """A model that notes what it is asked to do, and in which mode."""

    def __init__(self):
        self.training, self.log = True, []

    def train(self):
        """Switch to training."""
        self.training = True

    def eval(self):
        """Switch to evaluation."""
        self.training = False

    def fit_one_epoch(self):
        """Note an epoch."""
        self.log.append("epoch with dropout" if self.training else "epoch without")

    def validation_loss(self):
        """Note a test and return some loss."""
        self.log.append("test with dropout" if self.training else "test without")
        return 1 / len(self.log)


def train_and_watch(model, epochs):
    """Switch to training before every epoch, and to evaluation before every test."""
    losses = []
    for _ in range(epochs):
        model.train()
        model.fit_one_epoch()
        model.eval()
        losses.append(model.validation_loss())
    return losses


def switched_once(model, epochs):
    losses = []
    model.train()
    for _ in range(epochs):
        model.fit_one_epoch()
        model.eval()
        losses.append(model.validation_loss())
    return losses


def never_evaluating(model, epochs):
    losses = []
    for _ in range(epochs):
        model.train()
        model.fit_one_epoch()
        losses.append(model.validation_loss())
    return losses


def never_training(model, epochs):
    losses = []
    for _ in range(epochs):
        model.eval()
        model.fit_one_epoch()
        losses.append(model.validation_loss())
    return losses


def the_other_way_round(model, epochs):
    losses = []
    for _ in range(epochs):
        model.eval()
        model.fit_one_epoch()
        model.train()
        losses.append(model.validation_loss())
    return losses


def watch(answer, epochs, starts_in_training):
    model = Recorder()
    model.training = starts_in_training
    losses = answer(model, epochs)
    return losses, model.log


MODE_BUG = Exercise(
    id="dropout-mode-bug",
    title="Find the bug",
    level="a few lines",
    hint="Write down the mode at every line of the second round of the loop.",
    inputs=[(2, True), (3, False), (1, False), (5, True)],
    run=watch,
    solution=train_and_watch,
    wrong=[
        (
            switched_once,
            "From the second epoch on, the network trains in evaluation mode, without "
            "dropout: nobody switches back after the first test.",
        ),
        (never_evaluating, "The validation loss is measured with dropout at work."),
        (never_training, "Every epoch trains without dropout."),
        (the_other_way_round, "The two modes are exchanged."),
    ],
    explanation="Nothing crashes, and the training loss even looks better. `fit` and "
    "`evaluate` set the mode themselves and put it back afterwards.",
)


def dropconnect(x, weight, keep, uniform, normal):
    """Mask the weights for each sample; average ReLU over a fitted Gaussian."""
    mask = uniform < keep  # (N, out, in)
    trained = np.maximum(np.einsum("noi,oi,ni->no", mask, weight, x), 0)
    mean = keep * x @ weight.T  # (N, out)
    variance = keep * (1 - keep) * x**2 @ weight.T**2
    drawn = mean + np.sqrt(variance) * normal  # (S, N, out)
    return trained, np.maximum(drawn, 0).mean(axis=0)


def one_mask_for_all(x, weight, keep, uniform, normal):
    mask = np.broadcast_to(uniform[:1], uniform.shape)
    return dropconnect(x, weight, keep, mask, normal)


def mean_inference(x, weight, keep, uniform, normal):
    return dropconnect(x, weight, keep, uniform, 0 * normal)


def variance_for_deviation(x, weight, keep, uniform, normal):
    mask = uniform < keep
    trained = np.maximum(np.einsum("noi,oi,ni->no", mask, weight, x), 0)
    mean = keep * x @ weight.T
    variance = keep * (1 - keep) * x**2 @ weight.T**2
    return trained, np.maximum(mean + variance * normal, 0).mean(axis=0)


def relu_of_the_mean(x, weight, keep, uniform, normal):
    trained, _ = dropconnect(x, weight, keep, uniform, normal)
    mean = keep * x @ weight.T
    variance = keep * (1 - keep) * x**2 @ weight.T**2
    return trained, np.maximum((mean + np.sqrt(variance) * normal).mean(axis=0), 0)


def scaled_in_training(x, weight, keep, uniform, normal):
    trained, inference = dropconnect(x, weight, keep, uniform, normal)
    return trained / keep, inference


def units_dropped(x, weight, keep, uniform, normal):
    mask = np.broadcast_to(uniform[:, :, :1], uniform.shape)
    return dropconnect(x, weight, keep, mask, normal)


def connections(rng):
    for samples, fan_in, fan_out, keep in (
        (3, 4, 2, 0.5),
        (2, 6, 3, 0.8),
        (4, 3, 5, 0.3),
    ):
        yield (
            rng.standard_normal((samples, fan_in)),
            rng.standard_normal((fan_out, fan_in)),
            keep,
            rng.random((samples, fan_out, fan_in)),
            rng.standard_normal((50, samples, fan_out)),
        )


DROPCONNECT = Exercise(
    id="dropout-dropconnect",
    title="DropConnect from its paper",
    level="a blank page",
    hint="A masked weight is $m\\,W_{ij}$ with a Bernoulli variable $m$: what are the "
    "mean and the variance of $m\\,W_{ij}\\,x_j$? Those of a sum of independent terms "
    "add up. In training the weight has one more axis, for the sample.",
    inputs=connections,
    solution=dropconnect,
    wrong=[
        (
            one_mask_for_all,
            "You used one mask for all samples. The paper draws a mask for each "
            "sample; `uniform` has an axis for that.",
        ),
        (
            mean_inference,
            "That is mean inference, as for dropout: the variance is missing.",
        ),
        (
            variance_for_deviation,
            "You multiplied the normal numbers by the variance; it takes its root, the "
            "standard deviation.",
        ),
        (
            relu_of_the_mean,
            "You averaged the weighted sums and applied ReLU last. The paper averages "
            "the activations: ReLU comes before the mean.",
        ),
        (
            scaled_in_training,
            "You divided by the probability of keeping in training. The paper scales "
            "at test only, through the mean of the Gaussian.",
        ),
        (units_dropped, "You dropped whole units: that is dropout, not DropConnect."),
    ],
    explanation="The paper's section 3 draws a mask for every sample and section 3.2 "
    "fits the Gaussian; its $p$ is the probability of keeping. (The paper masks the "
    "biases, too; here there are none.)",
)
