"""Exercises of the page on architectures."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlbook.exercises.exercise import Exercise


def shortcut_parameters(kind, in_channels, out_channels, stride):
    """Count a 1x1 convolution without bias, and a gain and a shift per channel."""
    changes = stride != 1 or in_channels != out_channels
    if kind == "A" or (kind == "B" and not changes):
        return 0
    return in_channels * out_channels + 2 * out_channels


def without_normalization(kind, in_channels, out_channels, stride):
    counted = shortcut_parameters(kind, in_channels, out_channels, stride)
    return counted - 2 * out_channels if counted else 0


def with_bias(kind, in_channels, out_channels, stride):
    counted = shortcut_parameters(kind, in_channels, out_channels, stride)
    return counted + out_channels if counted else 0


def kernel_of_three(kind, in_channels, out_channels, stride):
    counted = shortcut_parameters(kind, in_channels, out_channels, stride)
    return counted + 8 * in_channels * out_channels if counted else 0


def stride_forgotten(kind, in_channels, out_channels, stride):
    return shortcut_parameters(kind, in_channels, out_channels, 1)


def padded_with_weights(kind, in_channels, out_channels, stride):
    return shortcut_parameters(
        "B" if kind == "A" else kind, in_channels, out_channels, stride
    )


def b_like_c(kind, in_channels, out_channels, stride):
    return shortcut_parameters(
        "C" if kind == "B" else kind, in_channels, out_channels, stride
    )


def blocks_with_shortcuts(rng):
    for kind in ("A", "B", "C"):
        yield kind, 24, 24, 1
        yield kind, 24, 48, 2
        yield kind, 32, 32, 2
        yield kind, 16, 64, 1


SHORTCUTS = Exercise(
    id="architectures-shortcuts",
    title="Three kinds of shortcut",
    level="a few lines",
    hint="When can the input be added as it is? Both the channels and the size have to "
    "agree. A normalization of $C$ channels has two trained numbers for each.",
    inputs=blocks_with_shortcuts,
    solution=shortcut_parameters,
    wrong=[
        (
            without_normalization,
            "You left out the batch normalization behind the 1x1 convolution: a gain "
            "and a shift for each channel.",
        ),
        (
            with_bias,
            "You counted a bias. The convolution has none: the normalization behind it "
            "would subtract it again, and has a shift of its own.",
        ),
        (
            kernel_of_three,
            "You counted a kernel of side 3. A shortcut has a kernel of side 1.",
        ),
        (
            stride_forgotten,
            "The shape also changes where the channels stay and the stride is not 1.",
        ),
        (
            padded_with_weights,
            "Kind A has no parameters at all: it leaves out pixels, and fills the new "
            "channels with zeros.",
        ),
        (
            b_like_c,
            "Kind B has a convolution only where the shape changes. The one with a "
            "convolution around every block is kind C.",
        ),
    ],
    explanation="In the paper (table 3) the three hardly differ: 25.03, 24.52 and "
    "24.19 % wrong, ten crops of each image. C has the most parameters, which for "
    "bottlenecks would double both size and work, so the authors took B. What "
    "matters is that there *is* a way past the block.",
)


def multiply_adds(layers, height, width):
    """Sum over the layers; a stride shrinks what follows, too."""
    total = 0
    for kernel, in_channels, out_channels, stride in layers:
        height, width = -(-height // stride), -(-width // stride)
        total += height * width * kernel**2 * in_channels * out_channels
    return total


def size_never_shrinks(layers, height, width):
    return sum(height * width * k**2 * i * o for k, i, o, _ in layers)


def shrinks_afterwards(layers, height, width):
    total = 0
    for kernel, in_channels, out_channels, stride in layers:
        total += height * width * kernel**2 * in_channels * out_channels
        height, width = -(-height // stride), -(-width // stride)
    return total


def parameters_only(layers, height, width):
    return sum(k**2 * i * o for k, i, o, _ in layers)


def kernel_not_squared(layers, height, width):
    return multiply_adds([(k**0.5, i, o, s) for k, i, o, s in layers], height, width)


def one_input_channel(layers, height, width):
    return multiply_adds([(k, 1, o, s) for k, _, o, s in layers], height, width)


def stacks_of_layers(rng):
    yield [(3, 128, 128, 1), (3, 128, 128, 1)], 28, 28
    yield [(1, 512, 128, 1), (3, 128, 128, 1), (1, 128, 512, 1)], 28, 28
    yield [(1, 256, 128, 1), (3, 128, 128, 2), (1, 128, 512, 1)], 56, 56
    yield [(7, 3, 64, 2), (3, 64, 64, 2), (3, 64, 96, 1)], 225, 120


COST = Exercise(
    id="architectures-cost",
    title="What a bottleneck costs",
    level="a few lines",
    hint="Each number of a layer's output is a sum of $K^2 C$ products. How many "
    "numbers has the output? With this padding a stride $s$ leaves every $s$-th place "
    "of a row, counted from the first.",
    inputs=stacks_of_layers,
    solution=multiply_adds,
    wrong=[
        (
            size_never_shrinks,
            "You kept height and width. A stride of 2 leaves half of the rows and half "
            "of the columns, for this layer's output and all that follows.",
        ),
        (
            shrinks_afterwards,
            "You shrank the size after the layer. Only the *output* is computed, so "
            "the layer with the stride is already cheaper.",
        ),
        (parameters_only, "You counted weights. Each is used at every place."),
        (kernel_not_squared, "A kernel of side $K$ has $K^2$ places."),
        (
            one_input_channel,
            "Each output sums over all input channels, so their number is a factor.",
        ),
    ],
    explanation="Two 3x3 convolutions of 256 channels on 56x56 places take 3.7 billion "
    "multiply-adds, the bottleneck 256-64-64-256 takes 0.2 billion, 17 times less. "
    "That is how ResNet-50 has four times as many channels as ResNet-34 for nearly the "
    "same work.",
)


def measured_field(network, size):
    """Nudge one pixel after the other, and see whether the middle moves."""
    image = np.random.default_rng(0).standard_normal((size, size))
    before = network(image)
    middle = tuple(length // 2 for length in before.shape)
    seen = np.zeros((size, size), dtype=bool)
    for place in np.ndindex(size, size):
        nudged = image.copy()
        nudged[place] += 1.0
        seen[place] = network(nudged)[middle] != before[middle]
    return int(seen.any(axis=1).sum())


def counted_pixels(network, size):
    return measured_field(network, size) ** 2


def corner_output(network, size):
    image = np.random.default_rng(0).standard_normal((size, size))
    before, rows = network(image), []
    for row, column in np.ndindex(size, size):
        nudged = image.copy()
        nudged[row, column] += 1.0
        if network(nudged)[0, 0] != before[0, 0]:
            rows.append(row)
    return len(set(rows))


def any_output(network, size):
    image = np.random.default_rng(0).standard_normal((size, size))
    before, rows = network(image), set()
    for row, column in np.ndindex(size, size):
        nudged = image.copy()
        nudged[row, column] += 1.0
        if (network(nudged) != before).any():
            rows.add(row)
    return len(rows)


def outputs_that_move(network, size):
    image = np.random.default_rng(0).standard_normal((size, size))
    nudged = image.copy()
    nudged[size // 2, size // 2] += 1.0
    return int((network(nudged) != network(image)).any(axis=1).sum())


def on_sums_of_windows(answer, layers, size):
    """Give the answer a network of windows' sums: (side, stride) for each layer."""

    def network(image):
        for side, stride in layers:
            padded = np.pad(image, side // 2)
            windows = sliding_window_view(padded, (side, side))
            image = windows[::stride, ::stride].sum(axis=(2, 3))
        return image

    return answer(network, size)


def networks(rng):
    yield ((3, 1), (3, 1)), 15
    yield ((5, 1), (3, 2)), 17
    yield ((3, 2), (3, 1), (3, 1)), 27
    yield ((3, 1), (3, 2), (3, 2)), 29


FIELD = Exercise(
    id="architectures-field",
    title="How far does it see?",
    level="an experiment",
    hint="Compute the output once. Then, for every pixel, change a *copy* of the image "
    "there, compute again, and ask whether the output in the middle is another. How "
    "many rows hold such a pixel?",
    inputs=networks,
    run=on_sums_of_windows,
    solution=measured_field,
    wrong=[
        (
            counted_pixels,
            "You counted pixels. The side of the field is the number of its rows.",
        ),
        (
            corner_output,
            "You looked at the first output. Part of its field lies in the padding; "
            "take one in the middle.",
        ),
        (
            any_output,
            "You asked whether any output moves. The field belongs to a single one.",
        ),
        (
            outputs_that_move,
            "You nudged one pixel and counted the outputs. That is the way forward; "
            "the field is the set of *pixels* that one output depends on.",
        ),
    ],
    explanation="One backward pass tells the same faster: the gradient of a single "
    "output with respect to the image is not zero in its field alone. In a trained "
    "network most of that gradient lies near the middle, so the field that counts is "
    "smaller than the one that the recurrence gives.",
)


def backward(grad, x, w1, w2):
    """Send the masked gradient down both ways, and add."""
    u = w1 @ x
    z = x + w2 @ np.maximum(u, 0)
    to_z = grad * (z > 0)
    to_u = (w2.T @ to_z) * (u > 0)
    return to_z + w1.T @ to_u


def unmasked_shortcut(grad, x, w1, w2):
    u = w1 @ x
    z = x + w2 @ np.maximum(u, 0)
    to_z = grad * (z > 0)
    to_u = (w2.T @ to_z) * (u > 0)
    return grad + w1.T @ to_u


def no_mask_at_the_end(grad, x, w1, w2):
    to_u = (w2.T @ grad) * (w1 @ x > 0)
    return grad + w1.T @ to_u


def shortcut_forgotten(grad, x, w1, w2):
    u = w1 @ x
    to_z = grad * (x + w2 @ np.maximum(u, 0) > 0)
    return w1.T @ ((w2.T @ to_z) * (u > 0))


def masked_by_the_input(grad, x, w1, w2):
    u = w1 @ x
    to_z = grad * (x + w2 @ np.maximum(u, 0) > 0)
    return to_z * (x > 0) + w1.T @ ((w2.T @ to_z) * (u > 0))


def no_mask_inside(grad, x, w1, w2):
    to_z = grad * (x + w2 @ np.maximum(w1 @ x, 0) > 0)
    return to_z + w1.T @ (w2.T @ to_z)


def blocks_of_numbers(rng):
    for width in (4, 6, 9):
        yield (
            rng.standard_normal(width),
            rng.standard_normal(width),
            rng.standard_normal((width, width)),
            rng.standard_normal((width, width)),
        )


BUG = Exercise(
    id="architectures-backward",
    title="Find the bug",
    level="one line",
    hint="Where on the way back does the gradient part in two? Before or behind the "
    "last ReLU?",
    inputs=blocks_of_numbers,
    solution=backward,
    wrong=[
        (
            unmasked_shortcut,
            "That is the bug: the shortcut joins *before* the last ReLU, so what goes "
            "back along it is stopped where that ReLU was closed.",
        ),
        (
            no_mask_at_the_end,
            "Now neither way knows of the last ReLU. Its mask belongs to both.",
        ),
        (
            shortcut_forgotten,
            "You lost the shortcut: the gradient of $x$ is the sum of both ways.",
        ),
        (
            masked_by_the_input,
            "You masked the shortcut by the sign of $x$, as if it had a ReLU of its "
            "own. The identity has the derivative 1 everywhere.",
        ),
        (
            no_mask_inside,
            "You removed the mask of the ReLU inside the block, which was right.",
        ),
    ],
    explanation="With positive $x$ and small weights every number at the sum is "
    "positive, and the bug does nothing; a check on such numbers passes. A block "
    "without the last ReLU, as in the authors' later paper, has a shortcut with the "
    "gradient 1 throughout.",
)
