"""Exercises of the page on training and evaluation."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def epoch_loss(means, sizes):
    """Weigh every mini-batch by its number of examples."""
    return float(np.sum(np.asarray(means) * sizes) / np.sum(sizes))


def mean_of_means(means, sizes):
    return float(np.mean(means))


def total(means, sizes):
    return float(np.sum(np.asarray(means) * sizes))


def per_batch(means, sizes):
    return float(np.sum(np.asarray(means) * sizes) / len(sizes))


def epochs(rng):
    for sizes in ([32, 32, 1], [8, 8, 8, 5], [100, 3]):
        yield rng.uniform(0.1, 3, len(sizes)), np.array(sizes)


EPOCH_LOSS = Exercise(
    id="training-epoch-loss",
    title="The loss of an epoch",
    level="one line",
    hint="A mini-batch of `size` examples with mean `mean` has the summed loss "
    "`mean * size`.",
    inputs=epochs,
    solution=epoch_loss,
    wrong=[
        (
            mean_of_means,
            "You took the mean of the means: a short last mini-batch counts as much "
            "as a full one.",
        ),
        (total, "That is the sum over all examples. Divide by their number."),
        (
            per_batch,
            "You divided by the number of mini-batches; divide by the number of "
            "examples.",
        ),
    ],
)


def macro_f1(counts):
    """Compute 2 K_cc / (row sum + column sum) for each class, then the mean."""
    counts = np.asarray(counts, float)
    right = np.diag(counts)
    both = counts.sum(axis=0) + counts.sum(axis=1)
    f1 = np.divide(2 * right, both, out=np.zeros_like(right), where=both > 0)
    return float(f1.mean())


def micro_f1(counts):
    return float(np.trace(counts) / np.sum(counts))


def f1_of_the_means(counts):
    counts = np.asarray(counts, float)
    right, said, real = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    zero = np.zeros_like(right)
    p = np.divide(right, said, out=zero.copy(), where=said > 0).mean()
    r = np.divide(right, real, out=zero.copy(), where=real > 0).mean()
    return float(2 * p * r / (p + r)) if p + r else 0.0


def plain_mean_of_both(counts):
    counts = np.asarray(counts, float)
    right, said, real = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    zero = np.zeros_like(right)
    p = np.divide(right, said, out=zero.copy(), where=said > 0)
    r = np.divide(right, real, out=zero.copy(), where=real > 0)
    return float(((p + r) / 2).mean())


def macro_recall(counts):
    counts = np.asarray(counts, float)
    right, real = np.diag(counts), counts.sum(axis=1)
    shares = np.divide(right, real, out=np.zeros_like(right), where=real > 0)
    return float(shares.mean())


MACRO_F1 = Exercise(
    id="training-macro-f1",
    title="Macro F1",
    level="a few lines",
    hint="Put precision and recall into the formula of F1 and simplify: what is left "
    "is $2 K_{cc}$ over a row sum plus a column sum. `np.diag` and two sums.",
    inputs=[
        (np.array([[5, 1, 0], [2, 7, 1], [0, 3, 4]]),),
        (np.array([[90, 2], [5, 3]]),),
        (np.array([[4, 0, 1], [3, 0, 2], [1, 0, 6]]),),  # class 1 is never answered
        (np.array([[2, 1, 0], [0, 3, 0], [0, 0, 0]]),),  # class 2 does not occur
    ],
    solution=macro_f1,
    wrong=[
        (
            micro_f1,
            "That is the accuracy, which the micro average equals. The macro average "
            "computes F1 for each class first.",
        ),
        (
            f1_of_the_means,
            "You averaged precision and recall over the classes first. Compute F1 for "
            "each class, then average.",
        ),
        (
            plain_mean_of_both,
            "F1 is the harmonic mean of precision and recall, not the plain one.",
        ),
        (macro_recall, "That is the mean recall; precision is missing."),
    ],
)


def best_epoch(losses, patience):
    """Walk on until `patience` epochs in a row were no better than the best."""
    best, at = np.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < best:
            best, at = loss, epoch
        elif epoch - at >= patience:
            break
    return at


def best_of_all(losses, patience):
    return int(np.argmin(losses)) + 1


def where_it_stops(losses, patience):
    best, at = np.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < best:
            best, at = loss, epoch
        elif epoch - at >= patience:
            return epoch
    return len(losses)


def counted_from_zero(losses, patience):
    return best_epoch(losses, patience) - 1


def patience_not_reset(losses, patience):
    best, at, worse = np.inf, 0, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < best:
            best, at = loss, epoch
        else:
            worse += 1
            if worse >= patience:
                break
    return at


BEST_EPOCH = Exercise(
    id="training-best-epoch",
    title="When to stop",
    level="a few lines",
    hint="Remember the best loss so far and its epoch. How many epochs without a new "
    "best have passed at epoch e?",
    inputs=[
        ([5.0, 4.0, 4.5, 4.6, 3.0, 2.0], 2),  # never sees the 2
        ([3.0, 2.0, 2.5, 1.5, 1.7, 1.0, 1.1, 1.2, 1.3, 0.5], 3),
        ([1.0, 2.0, 0.9, 2.0, 0.8, 2.0, 0.7], 3),
        ([2.0, 1.9, 1.8], 5),
    ],
    solution=best_epoch,
    wrong=[
        (
            best_of_all,
            "You looked at epochs that were never run: training had stopped before.",
        ),
        (
            where_it_stops,
            "That is the epoch at which training stops. Kept are the weights of the "
            "best epoch before it.",
        ),
        (counted_from_zero, "Epochs count from 1."),
        (
            patience_not_reset,
            "A new best must set the count of epochs without one back to 0.",
        ),
    ],
)


def honest_accuracy(x, y, k):
    """Leave one example out, choose features and means without it, classify it."""
    right = 0
    for n in range(len(x)):
        others = np.arange(len(x)) != n
        means = [x[others & (y == c)].mean(axis=0) for c in (0, 1)]
        best = np.argsort(np.abs(means[1] - means[0]))[-k:]
        away = [np.sum((x[n, best] - mean[best]) ** 2) for mean in means]
        right += int(np.argmin(away) == y[n])
    return right / len(x)


def leaky_accuracy(x, y, k):
    means = [x[y == c].mean(axis=0) for c in (0, 1)]
    best = np.argsort(np.abs(means[1] - means[0]))[-k:]
    right = 0
    for n in range(len(x)):
        others = np.arange(len(x)) != n
        means = [x[others & (y == c)].mean(axis=0) for c in (0, 1)]
        away = [np.sum((x[n, best] - mean[best]) ** 2) for mean in means]
        right += int(np.argmin(away) == y[n])
    return right / len(x)


def training_accuracy(x, y, k):
    means = [x[y == c].mean(axis=0) for c in (0, 1)]
    best = np.argsort(np.abs(means[1] - means[0]))[-k:]
    away = [((x[:, best] - mean[best]) ** 2).sum(axis=1) for mean in means]
    return float(np.mean(np.argmin(away, axis=0) == y))


def worst_features(x, y, k):
    right = 0
    for n in range(len(x)):
        others = np.arange(len(x)) != n
        means = [x[others & (y == c)].mean(axis=0) for c in (0, 1)]
        best = np.argsort(np.abs(means[1] - means[0]))[:k]
        away = [np.sum((x[n, best] - mean[best]) ** 2) for mean in means]
        right += int(np.argmin(away) == y[n])
    return right / len(x)


def noise_and_signal(rng):
    for size, shift in ((40, 0.0), (30, 0.0), (30, 1.0)):
        y = np.arange(size) % 2
        x = rng.standard_normal((size, 600))
        x[:, 7] += shift * 2 * y
        yield x, y, 10


HONEST = Exercise(
    id="training-honest-accuracy",
    title="An honest estimate",
    level="an experiment",
    hint="Everything that looks at labels belongs inside the loop over the example "
    "that is left out: the class means, the choice of features, and the means again.",
    inputs=noise_and_signal,
    solution=honest_accuracy,
    wrong=[
        (
            leaky_accuracy,
            "You chose the features with all examples in view, the one left out "
            "included. That is the leak: choose them inside the loop.",
        ),
        (
            training_accuracy,
            "You tested on the examples that made the means and the choice. Leave "
            "each one out before both.",
        ),
        (worst_features, "You kept the features that agree least with the labels."),
    ],
    explanation="On pure noise the honest figure scatters about one half. The leaky "
    "way reports 90 % and more on 40 examples of 2,000 features. Hastie, "
    "Tibshirani and Friedman, *The Elements of Statistical Learning*, section 7.10.2, "
    "tell of published studies with this mistake.",
)
