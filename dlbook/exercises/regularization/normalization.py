"""Exercises of the page on normalization."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def fold(weight, bias, mean, var, gamma, beta, eps):
    """Scale the rows of the weight, and shift the bias."""
    scale = gamma / np.sqrt(var + eps)
    return weight * scale[:, np.newaxis], (bias - mean) * scale + beta


def scaled_columns(weight, bias, mean, var, gamma, beta, eps):
    scale = gamma / np.sqrt(var + eps)
    return weight * scale[: weight.shape[1]], (bias - mean) * scale + beta


def bias_as_it_was(weight, bias, mean, var, gamma, beta, eps):
    scale = gamma / np.sqrt(var + eps)
    return weight * scale[:, np.newaxis], bias - mean * scale + beta


def mean_forgotten(weight, bias, mean, var, gamma, beta, eps):
    scale = gamma / np.sqrt(var + eps)
    return weight * scale[:, np.newaxis], bias * scale + beta


def eps_outside(weight, bias, mean, var, gamma, beta, eps):
    scale = gamma / (np.sqrt(var) + eps)
    return weight * scale[:, np.newaxis], (bias - mean) * scale + beta


def divided_by_variance(weight, bias, mean, var, gamma, beta, eps):
    scale = gamma / (var + eps)
    return weight * scale[:, np.newaxis], (bias - mean) * scale + beta


def trained_layers(rng):
    for fan_out, fan_in, eps in ((4, 3, 1e-5), (5, 2, 0.1), (6, 6, 0.01)):
        yield (
            rng.standard_normal((fan_out, fan_in)),
            rng.standard_normal(fan_out),
            rng.standard_normal(fan_out),
            rng.uniform(0.2, 3, fan_out),
            rng.uniform(0.5, 2, fan_out),
            rng.standard_normal(fan_out),
            eps,
        )


FOLD = Exercise(
    id="normalization-fold",
    title="Fold it away",
    level="a few lines",
    hint="Write out "
    "$\\gamma\\,(w^\\top x + b - r) / \\sqrt{v + \\varepsilon} + \\beta$ "
    "for one unit, and sort by what multiplies $x$ and what does not. A row of the "
    "weight belongs to one unit.",
    inputs=trained_layers,
    solution=fold,
    wrong=[
        (
            scaled_columns,
            "You scaled the columns of the weight. A column belongs to an input; a row "
            "belongs to a unit, which is what is normalized.",
        ),
        (
            bias_as_it_was,
            "You left the old bias unscaled. It is part of what is normalized: the "
            "scale multiplies bias minus mean.",
        ),
        (mean_forgotten, "You forgot to subtract the running mean."),
        (
            eps_outside,
            "You added eps to the standard deviation. Here, as in torch, it stands "
            "under the root, with the variance.",
        ),
        (
            divided_by_variance,
            "You divided by the variance. Divide by its root, the standard deviation.",
        ),
    ],
    explanation="In evaluation batch normalization is one multiplication and one "
    "addition for each unit, and the linear layer in front can do both. Programs that "
    "deploy networks do this: the layer then costs nothing at all. In training it "
    "cannot be done, since the statistics depend on the batch.",
)


def normalize(x, mean, var, training, momentum=0.1, eps=1e-5):
    """Normalize by the batch and move the averages, or only use the averages."""
    if training:
        batch_mean, batch_var = x.mean(axis=0), x.var(axis=0)
        unbiased = batch_var * len(x) / (len(x) - 1)
        mean = (1 - momentum) * mean + momentum * batch_mean
        var = (1 - momentum) * var + momentum * unbiased
        return (x - batch_mean) / np.sqrt(batch_var + eps), mean, var
    return (x - mean) / np.sqrt(var + eps), mean, var


def moves_in_evaluation(x, mean, var, training, momentum=0.1, eps=1e-5):
    batch_mean, batch_var = x.mean(axis=0), x.var(axis=0)
    unbiased = batch_var * len(x) / (len(x) - 1)
    mean = (1 - momentum) * mean + momentum * batch_mean
    var = (1 - momentum) * var + momentum * unbiased
    if training:
        return (x - batch_mean) / np.sqrt(batch_var + eps), mean, var
    return (x - mean) / np.sqrt(var + eps), mean, var


def moves_after_evaluation(x, mean, var, training, momentum=0.1, eps=1e-5):
    y, _, _ = normalize(x, mean, var, training, momentum, eps)
    return y, *moves_in_evaluation(x, mean, var, training, momentum, eps)[1:]


def always_by_the_batch(x, mean, var, training, momentum=0.1, eps=1e-5):
    y = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    return y, *normalize(x, mean, var, training, momentum, eps)[1:]


def always_by_the_averages(x, mean, var, training, momentum=0.1, eps=1e-5):
    _, mean, var = normalize(x, mean, var, training, momentum, eps)
    return (x - mean) / np.sqrt(var + eps), mean, var


def never_moves(x, mean, var, training, momentum=0.1, eps=1e-5):
    return normalize(x, mean, var, training, momentum, eps)[0], mean, var


def the_other_way_round(x, mean, var, training, momentum=0.1, eps=1e-5):
    return normalize(x, mean, var, not training, momentum, eps)


def batches_in_both_modes(rng):
    for size, features in ((6, 3), (4, 2), (9, 4)):
        for training in (True, False):
            yield (
                2 + 3 * rng.standard_normal((size, features)),
                rng.standard_normal(features),
                rng.uniform(0.5, 2, features),
                training,
            )


MODES = Exercise(
    id="normalization-modes",
    title="Find the bug",
    level="a few lines",
    hint="Call the function twice with `training=False` and other examples around the "
    "same first one. Which lines may not run then?",
    inputs=batches_in_both_modes,
    solution=normalize,
    wrong=[
        (
            moves_in_evaluation,
            "That is the bug: the averages still move when `training` is False, so the "
            "test set leaks into them, and the answers depend on who was asked before.",
        ),
        (
            moves_after_evaluation,
            "The answers are right, but the averages still move when `training` is "
            "False: the next batch will be judged by others.",
        ),
        (
            always_by_the_batch,
            "You normalize by the batch in evaluation, too: the answer for one example "
            "then depends on the others.",
        ),
        (
            always_by_the_averages,
            "In training, normalize by the batch itself. By the averages, the gradient "
            "would not know that they depend on the weights.",
        ),
        (never_moves, "The averages never move: evaluation would use the first ones."),
        (the_other_way_round, "The two modes are exchanged."),
    ],
    explanation="No error, and almost the right accuracy: the averages move by a tenth "
    "of a batch at a time. The bug shows when the same example is asked twice and gets "
    "two answers, or when a single one has no variance and returns `nan`.",
)


def group_norm(x, groups, layer_norm):
    """Make each group a row of its own, normalize the rows, put them back."""
    rows = x.reshape(len(x) * groups, -1)
    return layer_norm(rows).reshape(x.shape)


def whole_example(x, groups, layer_norm):
    return layer_norm(x.reshape(len(x), -1)).reshape(x.shape)


def size_for_number(x, groups, layer_norm):
    return group_norm(x, x.shape[1] // groups, layer_norm)


def every_channel(x, groups, layer_norm):
    return group_norm(x, x.shape[1], layer_norm)


def over_places(x, groups, layer_norm):
    examples, channels, places = x.shape
    rows = x.reshape(examples, groups, channels // groups, places)
    rows = layer_norm(np.moveaxis(rows, 2, 3))
    return np.moveaxis(rows, 3, 2).reshape(x.shape)


def interleaved(x, groups, layer_norm):
    examples, channels, places = x.shape
    mixed = x.reshape(examples, channels // groups, groups, places).swapaxes(1, 2)
    rows = layer_norm(mixed.reshape(examples * groups, -1)).reshape(mixed.shape)
    return rows.swapaxes(1, 2).reshape(x.shape)


def rows_to_zero_and_one(rows):
    centered = rows - rows.mean(axis=-1, keepdims=True)
    return centered / np.sqrt(centered.var(axis=-1, keepdims=True) + 1e-5)


def blocks(rng):
    for shape, groups in (((2, 6, 4), 2), ((3, 8, 5), 2), ((4, 6, 3), 3)):
        yield 1 + 2 * rng.standard_normal(shape), groups, rows_to_zero_and_one


GROUPS = Exercise(
    id="normalization-groups",
    title="Group normalization from layer normalization",
    level="one line",
    hint="An array in memory runs through the last axis first, so neighboring channels "
    "of an example lie next to each other. Which `reshape` makes a group one row?",
    inputs=blocks,
    solution=group_norm,
    wrong=[
        (
            whole_example,
            "You normalized the whole example: that is group normalization with one "
            "group.",
        ),
        (
            size_for_number,
            "You took `groups` for the number of channels in a group. It is the number "
            "of groups.",
        ),
        (
            every_channel,
            "You normalized every channel by itself: that is instance normalization.",
        ),
        (
            over_places,
            "You averaged over the channels of a group at each place by itself. The "
            "places of a group belong together, too.",
        ),
        (
            interleaved,
            "You dealt the channels out to the groups in turn. A group holds "
            "neighboring channels.",
        ),
    ],
    explanation="One reshape there, one back. With as many groups as channels the same "
    "line is instance normalization, with one group it is layer normalization over "
    "channels and places. The learned scale differs: here it belongs to a channel.",
)


def running(batches, momentum):
    """Move the averages by each batch; None gives every batch the same weight."""
    mean, var = np.zeros(batches.shape[2]), np.ones(batches.shape[2])
    for number, batch in enumerate(batches, start=1):
        share = 1 / number if momentum is None else momentum
        mean = (1 - share) * mean + share * batch.mean(axis=0)
        var = (1 - share) * var + share * batch.var(axis=0, ddof=1)
    return mean, var


def biased(batches, momentum):
    mean, var = np.zeros(batches.shape[2]), np.ones(batches.shape[2])
    for number, batch in enumerate(batches, start=1):
        share = 1 / number if momentum is None else momentum
        mean = (1 - share) * mean + share * batch.mean(axis=0)
        var = (1 - share) * var + share * batch.var(axis=0)
    return mean, var


def share_of_the_old(batches, momentum):
    return running(batches, None if momentum is None else 1 - momentum)


def from_zero(batches, momentum):
    mean, var = np.zeros(batches.shape[2]), np.zeros(batches.shape[2])
    for number, batch in enumerate(batches, start=1):
        share = 1 / number if momentum is None else momentum
        mean = (1 - share) * mean + share * batch.mean(axis=0)
        var = (1 - share) * var + share * batch.var(axis=0, ddof=1)
    return mean, var


def from_the_first(batches, momentum):
    mean, var = batches[0].mean(axis=0), batches[0].var(axis=0, ddof=1)
    for number, batch in enumerate(batches, start=1):
        share = 1 / number if momentum is None else momentum
        mean = (1 - share) * mean + share * batch.mean(axis=0)
        var = (1 - share) * var + share * batch.var(axis=0, ddof=1)
    return mean, var


def one_more(batches, momentum):
    mean, var = np.zeros(batches.shape[2]), np.ones(batches.shape[2])
    for number, batch in enumerate(batches, start=2):
        share = 1 / number if momentum is None else momentum
        mean = (1 - share) * mean + share * batch.mean(axis=0)
        var = (1 - share) * var + share * batch.var(axis=0, ddof=1)
    return mean, var


def pooled(batches, momentum):
    if momentum is not None:
        return running(batches, momentum)
    together = batches.reshape(-1, batches.shape[2])
    return together.mean(axis=0), together.var(axis=0, ddof=1)


def streams(rng):
    for momentum in (0.1, None, 0.7):
        yield 3 + 2 * rng.standard_normal((4, 3, 2)), momentum


RUNNING = Exercise(
    id="normalization-running",
    title="The variance that is kept",
    level="an experiment",
    hint="Start with mean 0 and variance 1. `np.var` divides by $m$ unless you say "
    "`ddof=1`. With `None`, the average after $n$ batches is that after $n - 1$, times "
    "$(n - 1) / n$, plus the new one over $n$.",
    inputs=streams,
    solution=running,
    wrong=[
        (
            biased,
            "You kept the mean of the squared deviations. It is too small by the "
            "factor $(m - 1) / m$, here two thirds; what is kept divides by $m - 1$.",
        ),
        (
            share_of_the_old,
            "You took the momentum for the share of the old average, as optimizers do. "
            "Here, as in torch, it is the share of the new batch.",
        ),
        (from_zero, "The variance starts at 1, not at 0."),
        (
            from_the_first,
            "You started from the first batch, and counted it twice. The averages "
            "start at 0 and 1, whatever comes.",
        ),
        (
            one_more,
            "You counted one batch too many: the first of all has the share 1, so that "
            "nothing of the start stays.",
        ),
        (
            pooled,
            "You took the variance of all numbers together. What is kept with `None` "
            "is the mean of the batches' variances, each within its batch.",
        ),
    ],
    explanation="Batches of three: without the correction evaluation would divide by a "
    "standard deviation too small by the factor $\\sqrt{2/3} \\approx 0.82$. In "
    "batches of 64 nobody would notice.",
)
