"""Exercises of the page on LeNet."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def counts(shape, layers):
    """Follow the shape through the layers, and add up what each of them needs."""
    channels, height, width = shape
    parameters = multiplications = 0
    for name, *options in layers:
        if name == "conv":
            filters, side = options
            height, width = height - side + 1, width - side + 1
            each = channels * side * side
            parameters += filters * (each + 1)
            multiplications += filters * each * height * width
            channels = filters
        elif name == "pool":
            height, width = height // options[0], width // options[0]
        else:
            features, (units,) = channels * height * width, options
            parameters += units * (features + 1)
            multiplications += units * features
            channels, height, width = units, 1, 1
    return parameters, multiplications


def _altered(shape, layers, *, bias=1, channels_seen=True, after=True):
    channels, height, width = shape
    parameters = multiplications = 0
    for name, *options in layers:
        if name == "conv":
            filters, side = options
            places = height * width
            height, width = height - side + 1, width - side + 1
            each = (channels if channels_seen else 1) * side * side
            parameters += filters * (each + bias)
            multiplications += filters * each * (height * width if after else places)
            channels = filters
        elif name == "pool":
            height, width = height // options[0], width // options[0]
        else:
            features, (units,) = channels * height * width, options
            parameters += units * (features + bias)
            multiplications += units * features
            channels, height, width = units, 1, 1
    return parameters, multiplications


def without_biases(shape, layers):
    return _altered(shape, layers, bias=0)


def one_channel_only(shape, layers):
    return _altered(shape, layers, channels_seen=False)


def at_every_input_place(shape, layers):
    return _altered(shape, layers, after=False)


def stacks(rng):
    yield (1, 32, 32), [("conv", 6, 5), ("pool", 2), ("linear", 10)]
    yield (3, 12, 10), [("conv", 4, 3), ("conv", 5, 2), ("pool", 2), ("linear", 7)]
    yield (2, 9, 9), [("pool", 2), ("conv", 3, 2), ("linear", 6), ("linear", 4)]
    yield (1, 5, 7), [("linear", 8), ("linear", 3)]


COUNTS = Exercise(
    id="lenet-counts",
    title="Count a network",
    level="a few lines",
    hint="Keep three numbers, channels, height and width, and change them layer by "
    "layer. The pencil example does the same in a table. Behind a linear layer the "
    "shape is (units, 1, 1).",
    inputs=stacks,
    solution=counts,
    wrong=[
        (
            without_biases,
            "The number of multiplications is right. Each filter and each unit has a "
            "bias, too, which is one more parameter.",
        ),
        (
            one_channel_only,
            "A filter sees all input channels: it has channels * side * side weights.",
        ),
        (
            at_every_input_place,
            "The parameters are right. A filter is used once at each place of its "
            "output, which is smaller than the input.",
        ),
    ],
)


def squared_distances(x, codes):
    """Expand the square, so that one matrix product does the work."""
    lengths = (x**2).sum(axis=1, keepdims=True)  # (N, 1)
    return lengths - 2 * x @ codes.T + (codes**2).sum(axis=1)


def products_only(x, codes):
    return x @ codes.T


def not_squared(x, codes):
    return np.sqrt(np.maximum(0, squared_distances(x, codes)))


def mean_square(x, codes):
    return squared_distances(x, codes) / x.shape[1]


def outputs_and_codes(rng):
    for samples, classes, units in ((3, 10, 84), (1, 4, 12), (6, 2, 5)):
        codes = rng.choice([-1.0, 1.0], (classes, units))
        yield rng.uniform(-1, 1, (samples, units)), codes


DISTANCES = Exercise(
    id="lenet-distances",
    title="The output layer of 1998",
    level="one line",
    hint="Either let NumPy subtract every code from every row by broadcasting, "
    "`x[:, np.newaxis] - codes`, or expand the square of the difference.",
    inputs=outputs_and_codes,
    solution=squared_distances,
    wrong=[
        (
            products_only,
            "These are inner products, what a linear layer computes. The distance also "
            "holds the squared lengths of x and of the code.",
        ),
        (not_squared, "You took the root: the layer gives squared distances."),
        (mean_square, "You took the mean of the squares. Take their sum."),
    ],
    explanation="For codes of $-1$ and $1$ the last term is the same for all classes, "
    "and so is the first. What distinguishes the classes is $-2\\,c_k \\cdot x$: a "
    "linear layer with fixed weights, and the *smallest* distance wins.",
)


def kept_shares(images, labels, change):
    """Look for the nearest other image of each changed one."""
    rows = images.reshape(len(images), -1)
    changed = change(images).reshape(len(images), -1)
    squared = (changed**2).sum(axis=1)[:, np.newaxis] + (rows**2).sum(axis=1)
    squared = squared - 2 * changed @ rows.T  # (N, N)
    np.fill_diagonal(squared, np.inf)
    right = labels[squared.argmin(axis=1)] == labels
    return np.array([right[labels == d].mean() for d in np.unique(labels)])


def itself_included(images, labels, change):
    rows = images.reshape(len(images), -1)
    changed = change(images).reshape(len(images), -1)
    squared = ((changed[:, np.newaxis] - rows) ** 2).sum(axis=2)
    right = labels[squared.argmin(axis=1)] == labels
    return np.array([right[labels == d].mean() for d in np.unique(labels)])


def both_changed(images, labels, change):
    return kept_shares(change(images), labels, lambda same: same)


def over_all(images, labels, change):
    shares = kept_shares(images, labels, change)
    return np.average(shares, weights=np.bincount(labels)[np.unique(labels)])


def mirrored(images):
    return images[:, :, ::-1]


def turned(images):
    return images[:, ::-1, ::-1]


def upside_down(images):
    return images[:, ::-1]


def pictures(rng):
    """Draw noisy copies of a few random patterns, some their own mirror images."""
    for classes, side, change in (
        (3, 4, mirrored),
        (4, 5, turned),
        (5, 4, upside_down),
    ):
        patterns = rng.normal(size=(classes, side, side))
        patterns[0] = patterns[0] + change(patterns[:1])[0]
        patterns[1] = change(patterns[2:3])[0]
        labels = rng.permutation(np.arange(8 * classes) % classes)
        noise = 0.7 * rng.normal(size=(len(labels), side, side))
        yield patterns[labels] + noise, labels, change


KEPT = Exercise(
    id="lenet-kept-labels",
    title="Which changes keep the label?",
    level="a few lines",
    hint="Flatten the images to rows. Squared distances between all changed and all "
    "unchanged rows are one matrix; its diagonal, set to infinity, takes each image "
    "out of its own comparison. `argmin` along axis 1 finds the neighbor.",
    inputs=pictures,
    solution=kept_shares,
    wrong=[
        (
            itself_included,
            "An image may not be its own neighbor: leave out the pairs of a changed "
            "image with the one it was made of.",
        ),
        (
            both_changed,
            "You changed all images. Then nothing changes between them: compare the "
            "changed ones with the images as they are.",
        ),
        (over_all, "You averaged over all images. Give a share for each class."),
    ],
    explanation="On the digits, with `change` a mirror, 0, 1, 4 and 8 keep most of "
    "their labels, 2 and 9 a sixth, and 3, 5, 6 and 7 next to none. Whoever trains "
    "with mirrored copies under the old label asks the network to give two answers to "
    "similar images. No network was needed to find that out beforehand. A shift by one "
    "pixel does worse than you would think, a third for 0 and 5: to squared distances "
    "it is a large change, and to your eyes none. So the measure can warn of a change, "
    "but whether the label stays, a person has to say.",
)


def shift_curve(classify, images, labels, most):
    """Cut the rightmost columns off, and put as many columns of zeros on the left."""
    shares = []
    for places in range(most + 1):
        moved = np.zeros_like(images)
        moved[..., places:] = images[..., : images.shape[-1] - places]
        shares.append(np.mean(classify(moved) == labels))
    return np.array(shares)


def round_the_edge(classify, images, labels, most):
    return np.array(
        [
            np.mean(classify(np.roll(images, k, axis=-1)) == labels)
            for k in range(most + 1)
        ]
    )


def to_the_left(classify, images, labels, most):
    turned = [images[..., ::-1], labels, most]
    return shift_curve(lambda moved: classify(moved[..., ::-1]), *turned)


def without_the_first(classify, images, labels, most):
    return shift_curve(classify, images, labels, most)[1:]


def downward(classify, images, labels, most):
    upright = images.swapaxes(-1, -2)
    return shift_curve(
        lambda moved: classify(moved.swapaxes(-1, -2)), upright, labels, most
    )


def linear_classifier(weights):
    """Return a function of images (N, 1, H, W) that gives the class of each."""
    return lambda x: (x.reshape(len(x), -1) @ weights).argmax(axis=1)


def classifiers(rng):
    """Draw a linear classifier, and images with the labels that it gives them."""
    for samples, side, most in ((40, 8, 3), (30, 6, 5), (25, 5, 2)):
        images = rng.random((samples, 1, side, side))
        weights = rng.normal(size=(side * side, 4))
        yield weights, images, linear_classifier(weights)(images), most


def with_classifier(answer, weights, *rest):
    return answer(linear_classifier(weights), *rest)


SHIFTS = Exercise(
    id="lenet-shift-curve",
    title="How far may a digit move?",
    level="an experiment",
    hint="Start from `np.zeros_like(images)`, and copy all columns but the last "
    "`places` into it, from column `places` on.",
    inputs=classifiers,
    run=with_classifier,
    solution=shift_curve,
    wrong=[
        (
            round_the_edge,
            "What left on the right came back on the left. Columns of zeros should "
            "come in, as on a larger sheet of empty paper.",
        ),
        (to_the_left, "You moved the images to the left."),
        (downward, "You moved the images down: columns are the last axis."),
        (
            without_the_first,
            "Begin with the images as they are: most + 1 shares, for 0 to `most` "
            "places.",
        ),
    ],
    explanation="On 8 by 8 pixels the networks of the page fall from 98 to about 75 "
    "percent at the first pixel, and to about 45 at the second: two poolings forgive "
    "little where a pixel is an eighth of the image, and the linear layers behind "
    "them nothing. Training with small shifts is what helps.",
)
