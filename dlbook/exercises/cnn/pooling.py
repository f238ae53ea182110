"""Exercises of the page on pooling."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlbook.exercises.exercise import Exercise


def global_average(x):
    """Average over height and width."""
    return x.mean(axis=(2, 3))


def kept_axes(x):
    return x.mean(axis=(2, 3), keepdims=True)


def channels_too(x):
    return x.mean(axis=(1, 2, 3))


def over_the_channels(x):
    return x.mean(axis=1)


def summed(x):
    return x.sum(axis=(2, 3))


def global_maximum(x):
    return x.max(axis=(2, 3))


def feature_maps(rng):
    for shape in ((2, 3, 4, 4), (1, 5, 7, 3), (4, 2, 1, 6)):
        yield (1 + rng.standard_normal(shape),)


GLOBAL = Exercise(
    id="pooling-global",
    title="Global average pooling",
    level="one line",
    hint="`np.mean` takes a tuple of axes. Which two of the four are places?",
    inputs=feature_maps,
    solution=global_average,
    wrong=[
        (
            kept_axes,
            "The numbers are right, but two axes of length 1 are left. The linear "
            "layer that follows wants the shape (N, C).",
        ),
        (
            channels_too,
            "You averaged over the channels as well. Each channel looks for something "
            "of its own, so keep them apart.",
        ),
        (
            over_the_channels,
            "You averaged over the channels, axis 1. The places are the axes 2 and 3.",
        ),
        (
            summed,
            "You summed. The sum grows with the size of the image, the mean does not.",
        ),
        (global_maximum, "That is global max pooling: it takes the largest number."),
    ],
    explanation="No window and no stride, so an image of any size gives $C$ numbers. "
    "The network in network ended this way instead of with large linear layers, and "
    "GoogLeNet, ResNet and DenseNet did the same with a single one.",
)


def max_pool_backward(x, grad, size, stride):
    """Add the gradient of every window at the window's first maximum."""
    grad_x = np.zeros_like(x)
    for i in range(grad.shape[0]):
        for j in range(grad.shape[1]):
            top, left = i * stride, j * stride
            window = x[top : top + size, left : left + size]
            down, right = divmod(int(window.argmax()), size)
            grad_x[top + down, left + right] += grad[i, j]
    return grad_x


def overwritten(x, grad, size, stride):
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad.shape):
        top, left = i * stride, j * stride
        window = x[top : top + size, left : left + size]
        down, right = divmod(int(window.argmax()), size)
        grad_x[top + down, left + right] = grad[i, j]
    return grad_x


def to_every_maximum(x, grad, size, stride):
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad.shape):
        rows = slice(i * stride, i * stride + size)
        columns = slice(j * stride, j * stride + size)
        window = x[rows, columns]
        grad_x[rows, columns] += (window == window.max()) * grad[i, j]
    return grad_x


def shared_among_maxima(x, grad, size, stride):
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad.shape):
        rows = slice(i * stride, i * stride + size)
        columns = slice(j * stride, j * stride + size)
        largest = x[rows, columns] == x[rows, columns].max()
        grad_x[rows, columns] += largest * grad[i, j] / largest.sum()
    return grad_x


def spread_evenly(x, grad, size, stride):
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad.shape):
        rows = slice(i * stride, i * stride + size)
        columns = slice(j * stride, j * stride + size)
        grad_x[rows, columns] += grad[i, j] / size**2
    return grad_x


def last_maximum(x, grad, size, stride):
    flipped = max_pool_backward(x[::-1, ::-1], grad[::-1, ::-1], size, stride)
    return flipped[::-1, ::-1]


def windows_side_by_side(x, grad, size, stride):
    grad_x = np.zeros((grad.shape[0] * size, grad.shape[1] * size))
    for i, j in np.ndindex(grad.shape):
        window = x[i * stride : i * stride + size, j * stride : j * stride + size]
        down, right = divmod(int(window.argmax()), size)
        grad_x[i * size + down, j * size + right] += grad[i, j]
    return grad_x[: x.shape[0], : x.shape[1]]


def overlapping_windows(rng):
    for side, size, stride in ((7, 3, 2), (9, 3, 2), (6, 3, 1), (8, 4, 2)):
        x = rng.integers(0, 5, (side, side)).astype(float)  # with many ties
        places = (side - size) // stride + 1
        yield x, rng.standard_normal((places, places)), size, stride


OVERLAPPING = Exercise(
    id="pooling-overlap",
    title="Backward through overlapping windows",
    level="a few lines",
    hint="Visit the windows as the forward loop does. `argmax` of a window counts its "
    "numbers row by row; `divmod` by the window's side gives row and column. A number "
    "can be the maximum of several windows.",
    inputs=overlapping_windows,
    solution=max_pool_backward,
    wrong=[
        (
            overwritten,
            "Where one number is the maximum of two windows, you kept the last "
            "gradient alone. It is used twice, so the gradients add up: `+=`.",
        ),
        (
            to_every_maximum,
            "In a tie you gave each of the equal numbers the full gradient. One of "
            "them gets it, here the first.",
        ),
        (
            shared_among_maxima,
            "In a tie you shared the gradient. That is a possible choice, but torch "
            "and this page give it to the first.",
        ),
        (
            spread_evenly,
            "You spread the gradient over the window: that is average pooling.",
        ),
        (
            last_maximum,
            "In a tie you chose the last of the equal numbers. `argmax` gives the "
            "first, and so does torch.",
        ),
        (
            windows_side_by_side,
            "You laid the windows side by side in the gradient. They start `stride` "
            "apart in the input, not `size`.",
        ),
    ],
    explanation="AlexNet pools windows of three in steps of two, so neighbors share a "
    "row or a column, and a strong response can win in four windows at once. With "
    "`np.add.at` or `np.bincount` the two loops go away; fancy indexing with `+=` "
    "alone would add only one of several gradients that meet at a place.",
)


def max_pool_padded(x, size, stride, padding):
    """Pad with minus infinity, so that the border never wins."""
    padded = np.pad(x, padding, constant_values=-np.inf)
    windows = sliding_window_view(padded, (size, size))[::stride, ::stride]
    return windows.max(axis=(2, 3))


def padded_with_zeros(x, size, stride, padding):
    padded = np.pad(x, padding)
    windows = sliding_window_view(padded, (size, size))[::stride, ::stride]
    return windows.max(axis=(2, 3))


def negative_set_to_zero(x, size, stride, padding):
    return max_pool_padded(np.maximum(x, 0), size, stride, padding)


def not_padded(x, size, stride, padding):
    return max_pool_padded(x, size, stride, 0)


def padded_with_minus_one(x, size, stride, padding):
    padded = np.pad(x, padding, constant_values=-1)
    windows = sliding_window_view(padded, (size, size))[::stride, ::stride]
    return windows.max(axis=(2, 3))


def padded_at_the_end(x, size, stride, padding):
    padded = np.pad(x, (0, 2 * padding), constant_values=-np.inf)
    windows = sliding_window_view(padded, (size, size))[::stride, ::stride]
    windows = windows[: (x.shape[0] + 2 * padding - size) // stride + 1]
    return windows.max(axis=(2, 3))


def maps_with_negative_borders(rng):
    for side, size, stride, padding in ((6, 3, 2, 1), (7, 3, 1, 1), (8, 5, 3, 2)):
        yield -2 + rng.standard_normal((side, side)), size, stride, padding


PADDED = Exercise(
    id="pooling-padding",
    title="Find the bug",
    level="one line",
    hint="Call it with `x = -np.ones((4, 4))`. What should come out, and what does?",
    inputs=maps_with_negative_borders,
    solution=max_pool_padded,
    wrong=[
        (
            padded_with_zeros,
            "That is the bug: at the border the zeros of the padding beat negative "
            "numbers. A padded place must never be the maximum.",
        ),
        (
            negative_set_to_zero,
            "You raised the numbers instead of lowering the padding. A maximum may be "
            "negative.",
        ),
        (not_padded, "You left out the padding: the result has fewer rows."),
        (
            padded_with_minus_one,
            "Below -1 the padding still wins. Is there a number below all others?",
        ),
        (
            padded_at_the_end,
            "You put all of the padding at the end. Half of it belongs at the start.",
        ),
    ],
    explanation="Behind a ReLU all numbers are at least 0 and the bug does nothing, "
    "which is how it survives. In front of one, or behind a tanh, the border answers 0 "
    "where nothing was that large. Torch pads with minus infinity, too; for averages "
    "it pads with zeros, and whether they count is another question.",
)


def harmless_shifts(answer, image):
    """Move the image around its border by every shift, and compare the answers."""
    unmoved = answer(image)
    harmless = np.zeros(image.shape, dtype=bool)
    for shift in np.ndindex(image.shape):
        moved = np.roll(image, shift, axis=(0, 1))
        harmless[shift] = np.isclose(answer(moved), unmoved)
    return harmless


def filled_with_zeros(answer, image):
    harmless, (rows, columns) = np.zeros(image.shape, dtype=bool), image.shape
    for down, right in np.ndindex(image.shape):
        moved = np.zeros_like(image)
        moved[down:, right:] = image[: rows - down, : columns - right]
        harmless[down, right] = np.isclose(answer(moved), answer(image))
    return harmless


def harmful_shifts(answer, image):
    return ~harmless_shifts(answer, image)


def against_the_last(answer, image):
    harmless, before = np.zeros(image.shape, dtype=bool), answer(image)
    for shift in np.ndindex(image.shape):
        now = answer(np.roll(image, shift, axis=(0, 1)))
        harmless[shift], before = np.isclose(now, before), now
    return harmless


def along_rows_only(answer, image):
    found = [
        np.isclose(answer(np.roll(image, right, axis=1)), answer(image))
        for right in range(image.shape[1])
    ]
    return np.tile(found, (image.shape[0], 1))


def rolled_as_one_line(answer, image):
    harmless = np.zeros(image.shape, dtype=bool)
    for down, right in np.ndindex(image.shape):
        moved = np.roll(image, down + right)
        harmless[down, right] = np.isclose(answer(moved), answer(image))
    return harmless


def every_second(image):
    return image[::2, ::2].max()


def means_of_two(image):
    rows, columns = image.shape
    return image.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3)).max()


def means_of_two_by_three(image):
    rows, columns = image.shape
    return image.reshape(rows // 2, 2, columns // 3, 3).mean(axis=(1, 3)).max()


def average_of_all(image):
    return image.mean()


def answers_and_images(rng):
    yield every_second, rng.standard_normal((6, 8))
    yield means_of_two, rng.standard_normal((4, 6))
    yield means_of_two_by_three, rng.standard_normal((4, 9))
    yield average_of_all, rng.standard_normal((3, 5))


SHIFTS = Exercise(
    id="pooling-shifts",
    title="Which shifts are harmless?",
    level="an experiment",
    hint="`np.roll(image, (down, right), axis=(0, 1))` moves an image, and what leaves "
    "on one side comes back on the other. `np.ndindex(image.shape)` counts the shifts.",
    inputs=answers_and_images,
    solution=harmless_shifts,
    wrong=[
        (
            filled_with_zeros,
            "You let zeros come in and pixels fall out. Then the content changes; what "
            "leaves on one side has to come back on the other.",
        ),
        (harmful_shifts, "Exchanged: True stands for a shift that changes nothing."),
        (
            against_the_last,
            "You compared with the shift before. Compare with the image that was not "
            "moved.",
        ),
        (along_rows_only, "You moved to the right only. Move down as well."),
        (
            rolled_as_one_line,
            "Without `axis`, `np.roll` takes the image for one long line of pixels.",
        ),
    ],
    explanation="A grid comes out whose step is the stride: every second place in each "
    "direction for a stride of 2, so a quarter of all shifts, and for two such layers "
    "a sixteenth. Five layers with a stride of 2, as in ResNet, leave one shift in "
    "1024 without an effect. Global pooling alone leaves all of them. Both strides "
    "together must divide the image, or windows drop its last rows and columns: 12 "
    "can be halved twice, 10 cannot. And the maximum of maxima is the maximum, so a "
    "second max pooling right before the global one costs no shift.",
)
