"""Exercises of the page on augmentation."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def random_crop(image, padding, uniform):
    """Pad height and width; there are 2 padding + 1 places on each axis."""
    height, width = image.shape[1:]
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    top, left = (int(u * (2 * padding + 1)) for u in uniform)
    return padded[:, top : top + height, left : left + width]


def last_place_left_out(image, padding, uniform):
    height, width = image.shape[1:]
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    top, left = (int(u * 2 * padding) for u in uniform)
    return padded[:, top : top + height, left : left + width]


def rounded(image, padding, uniform):
    height, width = image.shape[1:]
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    top, left = (round(u * 2 * padding) for u in uniform)
    return padded[:, top : top + height, left : left + width]


def row_and_column_exchanged(image, padding, uniform):
    return random_crop(image, padding, uniform[::-1])


def one_number_for_both(image, padding, uniform):
    return random_crop(image, padding, (uniform[0], uniform[0]))


def edge_repeated(image, padding, uniform):
    height, width = image.shape[1:]
    sides = ((0, 0), (padding, padding), (padding, padding))
    top, left = (int(u * (2 * padding + 1)) for u in uniform)
    return np.pad(image, sides, mode="edge")[:, top : top + height, left : left + width]


def images_to_crop(rng):
    for channels, height, width, padding in ((1, 8, 8, 2), (3, 5, 7, 1), (2, 4, 6, 3)):
        image = rng.uniform(1, 2, (channels, height, width))
        for uniform in ((0.999, 0.3), (0.1, 0.999), (0.3, 0.62)):
            yield image, padding, np.array(uniform)


RANDOM_CROP = Exercise(
    id="augmentation-random-crop",
    title="A random crop",
    level="a few lines",
    hint="`np.pad` takes a pair of numbers for each axis; the channels get none. With "
    "one row on each side a window has three places to begin: how many with `padding` "
    "rows?",
    inputs=images_to_crop,
    solution=random_crop,
    wrong=[
        (
            last_place_left_out,
            "The window never begins at the last place. There are "
            "`2 * padding + 1` of them, from 0 to `2 * padding`.",
        ),
        (
            rounded,
            "You rounded: the first and the last place are then half as likely as the "
            "others.",
        ),
        (
            row_and_column_exchanged,
            "The first number is for the row, the second for the column.",
        ),
        (
            one_number_for_both,
            "You used one number for row and column: the image moves along the "
            "diagonal only.",
        ),
        (edge_repeated, "You repeated the edge; the exercise asks for zeros."),
    ],
)


def mixup_batch(x, labels, num_classes, weight, partner):
    """Mix inputs and one-hot targets with the same weight and the same partner."""
    targets = np.eye(num_classes)[labels]  # (N, C)
    return (
        weight * x + (1 - weight) * x[partner],
        weight * targets + (1 - weight) * targets[partner],
    )


def unmixed_targets(x, labels, num_classes, weight, partner):
    mixed, _ = mixup_batch(x, labels, num_classes, weight, partner)
    return mixed, np.eye(num_classes)[labels]


def larger_share_wins(x, labels, num_classes, weight, partner):
    mixed, _ = mixup_batch(x, labels, num_classes, weight, partner)
    winner = labels if weight >= 0.5 else labels[partner]
    return mixed, np.eye(num_classes)[winner]


def weights_exchanged(x, labels, num_classes, weight, partner):
    return mixup_batch(x, labels, num_classes, 1 - weight, partner)


def targets_the_other_way(x, labels, num_classes, weight, partner):
    mixed, _ = mixup_batch(x, labels, num_classes, weight, partner)
    return mixed, mixup_batch(x, labels, num_classes, 1 - weight, partner)[1]


def next_one_as_partner(x, labels, num_classes, weight, partner):
    return mixup_batch(x, labels, num_classes, weight, np.roll(np.arange(len(x)), -1))


def mixed_class_numbers(x, labels, num_classes, weight, partner):
    mixed, _ = mixup_batch(x, labels, num_classes, weight, partner)
    number = weight * labels + (1 - weight) * labels[partner]
    return mixed, np.eye(num_classes)[np.round(number).astype(int)]


def batches_to_mix(rng):
    for samples, features, classes, weight in (
        (6, 3, 4, 0.7),
        (5, 2, 3, 0.35),
        (8, 4, 10, 0.9),
    ):
        partner = np.roll(rng.permutation(samples), 2)
        labels = rng.permutation(np.arange(samples) % classes)
        yield rng.standard_normal((samples, features)), labels, classes, weight, partner


MIXUP_BATCH = Exercise(
    id="augmentation-mixup-batch",
    title="Mixup with its targets",
    level="a few lines",
    hint="`np.eye(num_classes)[labels]` has a row with a single 1 for each label. What "
    "is done to the inputs is done to these rows.",
    inputs=batches_to_mix,
    solution=mixup_batch,
    wrong=[
        (
            unmixed_targets,
            "The inputs are mixed, the targets are not: the network is told that a "
            "half of a 3 and a half of an 8 is all 3.",
        ),
        (
            larger_share_wins,
            "You gave the label of the larger share. Mixup keeps both, with their "
            "shares.",
        ),
        (
            weights_exchanged,
            "You exchanged the shares: the example itself keeps `weight`.",
        ),
        (
            targets_the_other_way,
            "Inputs and targets are mixed with exchanged shares; they must agree.",
        ),
        (next_one_as_partner, "The partner of example i is `partner[i]`."),
        (
            mixed_class_numbers,
            "You averaged class numbers: a 3 and a 9 do not make a 6. Average the "
            "distributions.",
        ),
    ],
)


def prepare(x, y, augment, rng):
    """Split the originals first; then change the training part alone."""
    order = rng.permutation(len(x))
    test, training = order[: len(x) // 4], order[len(x) // 4 :]
    return (
        np.concatenate([x[training], augment(x[training])]),
        np.concatenate([y[training], y[training]]),
        x[test],
        y[test],
    )


def leaking(x, y, augment, rng):
    x, y = np.concatenate([x, augment(x)]), np.concatenate([y, y])
    order = rng.permutation(len(x))
    test, training = order[: len(x) // 4], order[len(x) // 4 :]
    return x[training], y[training], x[test], y[test]


def test_changed_as_well(x, y, augment, rng):
    train_x, train_y, test_x, test_y = prepare(x, y, augment, rng)
    test_x, test_y = np.concatenate([test_x, augment(test_x)]), np.tile(test_y, 2)
    return train_x, train_y, test_x, test_y


def originals_lost(x, y, augment, rng):
    order = rng.permutation(len(x))
    test, training = order[: len(x) // 4], order[len(x) // 4 :]
    return augment(x[training]), y[training], x[test], y[test]


def copies_of_the_test_kept(x, y, augment, rng):
    order = rng.permutation(len(x))
    test, training = order[: len(x) // 4], order[len(x) // 4 :]
    return (
        np.concatenate([x[training], augment(x)]),
        np.concatenate([y[training], y]),
        x[test],
        y[test],
    )


def not_shuffled(x, y, augment, rng):
    return prepare(x, y, augment, _Unshuffled())


class _Unshuffled:
    def permutation(self, size):
        """Return the numbers in order."""
        return np.arange(size)


def inspect(answer, samples, seed):
    """Say how many examples are where; the place of an example in its part is free."""
    x = np.repeat(np.arange(float(samples))[:, np.newaxis], 2, axis=1)
    parts = answer(
        x, np.arange(samples) % 7, lambda rows: rows + 0.25, np.random.default_rng(seed)
    )
    train_x, train_y, test_x, test_y = (np.asarray(part) for part in parts)
    number, tested = (np.floor(part[:, 0]).astype(int) for part in (train_x, test_x))
    return {
        "training examples": len(train_x),
        "changed ones among them": int((train_x % 1 > 0).any(axis=1).sum()),
        "different originals in training": len(set(number.tolist())),
        "test examples": len(test_x),
        "changed ones in the test": int((test_x % 1 > 0).any(axis=1).sum()),
        "originals in both": len(set(number.tolist()) & set(tested.tolist())),
        "labels right": bool(
            len(train_y) == len(train_x)
            and len(test_y) == len(test_x)
            and np.array_equal(train_y, number % 7)
            and np.array_equal(test_y, tested % 7)
        ),
        "test is shuffled": not np.array_equal(np.sort(tested), np.arange(len(tested))),
    }


FIND_THE_LEAK = Exercise(
    id="augmentation-find-the-leak",
    title="Find the leak",
    level="a few lines",
    hint="Follow one example and its changed copy through the function: where may the "
    "two end up?",
    inputs=[(40, 0), (100, 1), (62, 2), (203, 3)],
    run=inspect,
    solution=prepare,
    wrong=[
        (
            leaking,
            "That is the leak: the copies are made before the split, so the test has "
            "copies of training examples, and the training copies of test examples.",
        ),
        (
            test_changed_as_well,
            "No leak any more, but the test has changed copies. It shall ask how the "
            "model does on inputs as they come.",
        ),
        (
            originals_lost,
            "The training part has lost its originals; it shall hold them and their "
            "copies.",
        ),
        (
            copies_of_the_test_kept,
            "You still change all examples, and copies of the test examples get into "
            "the training part.",
        ),
        (
            not_shuffled,
            "The test is always the first quarter. Data often come in some order: "
            "draw it.",
        ),
    ],
    explanation="The rule behind it: whatever is *learned from* or *made from* "
    "examples (copies, means to subtract, a choice of features) comes after the split, "
    "from the training part alone.",
)


def best_gap(smoothing, num_classes):
    """Equate p with q': the gap is the logarithm of the ratio of the two targets."""
    return np.log(1 + num_classes * (1 - smoothing) / smoothing)


def shared_among_the_others(smoothing, num_classes):
    return np.log((num_classes - 1) * (1 - smoothing) / smoothing)


def without_its_own_part(smoothing, num_classes):
    return np.log(num_classes * (1 - smoothing) / smoothing)


def all_to_one_other(smoothing, num_classes):
    return np.log((1 - smoothing) / smoothing)


def log_of_the_target(smoothing, num_classes):
    return np.log(1 - smoothing + smoothing / num_classes)


BEST_GAP = Exercise(
    id="augmentation-best-gap",
    title="How far ahead?",
    level="one line",
    hint="At the minimum $p = q'$. In $p_y / p_k = e^{z_y - z_k}$ the sum of the "
    "softmax is gone.",
    inputs=[(0.1, 10), (0.05, 1000), (0.3, 3), (0.5, 2)],
    solution=best_gap,
    wrong=[
        (
            shared_among_the_others,
            "You shared $\\varepsilon$ among the wrong classes only. In this "
            "definition all classes get $\\varepsilon / C$, the true one too.",
        ),
        (
            without_its_own_part,
            "The true class has the target $1 - \\varepsilon + \\varepsilon / C$; its "
            "own part of $\\varepsilon$ is missing.",
        ),
        (
            all_to_one_other,
            "That is the gap if one other class got all of $\\varepsilon$. It is "
            "shared among $C$ classes.",
        ),
        (
            log_of_the_target,
            "That is $\\log p_y$. The question is for a difference of logits, so "
            "divide by the probability of another class.",
        ),
    ],
    explanation="At the minimum $p = q'$, so $e^{z_y - z_k} = p_y / p_k = "
    "(1 - \\varepsilon + \\varepsilon / C) / (\\varepsilon / C) = "
    "1 + C (1 - \\varepsilon) / \\varepsilon$. For $\\varepsilon = 0.1$ and ten "
    "classes the gap is $\\log 91 = 4.5$; without smoothing it is infinite.",
)
