"""Exercises of the page on convolution."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlbook.exercises.exercise import Exercise


def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    """Count the places of the window: those after the first, and the first."""
    reach = dilation * (kernel_size - 1) + 1
    return (size + 2 * padding - reach) // stride + 1


def without_dilation(size, kernel_size, stride=1, padding=0, dilation=1):
    return output_size(size, kernel_size, stride, padding)


def one_side_padded(size, kernel_size, stride=1, padding=0, dilation=1):
    reach = dilation * (kernel_size - 1) + 1
    return (size + padding - reach) // stride + 1


def rounded_up(size, kernel_size, stride=1, padding=0, dilation=1):
    reach = dilation * (kernel_size - 1) + 1
    return -(-(size + 2 * padding - reach) // stride) + 1


def a_fraction(size, kernel_size, stride=1, padding=0, dilation=1):
    reach = dilation * (kernel_size - 1) + 1
    return (size + 2 * padding - reach) / stride + 1


def first_window_forgotten(size, kernel_size, stride=1, padding=0, dilation=1):
    return output_size(size, kernel_size, stride, padding, dilation) - 1


def dilated_side(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * kernel_size) // stride + 1


def layer_sizes(rng):
    yield 28, 5, 1, 2, 1
    yield 224, 7, 2, 3, 1
    yield 32, 3, 2, 1, 2
    yield 11, 4, 3, 0, 2
    yield 9, 3, 3, 2, 4


SIZE = Exercise(
    id="convolution-size",
    title="The size of the output",
    level="one line",
    hint="How many places does the dilated kernel cover, from its first to its last "
    "entry? The window moves in steps of `stride` within what is left; `//` counts "
    "whole steps, and before the first step there is a window, too.",
    inputs=layer_sizes,
    solution=output_size,
    wrong=[
        (
            without_dilation,
            "You left out the dilation: the kernel covers dilation * (kernel_size - 1) "
            "+ 1 places.",
        ),
        (
            dilated_side,
            "You multiplied the whole side of the kernel by the dilation. Only its "
            "kernel_size - 1 gaps grow.",
        ),
        (one_side_padded, "The padding is added on both sides: 2 * padding."),
        (
            rounded_up,
            "You rounded up. A window that would reach beyond the edge is not taken, "
            "so count whole steps only.",
        ),
        (a_fraction, "You counted parts of a step: divide with `//`."),
        (
            first_window_forgotten,
            "You counted the steps between windows. There is one window more than "
            "steps.",
        ),
    ],
    explanation="Two cases to know by heart: with stride 1 and an odd kernel, "
    "padding = dilation * (kernel_size - 1) / 2 keeps the size; with stride 2, an even "
    "size and padding (kernel_size - 1) / 2 it is halved.",
)


def two_passes(x, kernel, correlate):
    """Take the best column times row, and apply one after the other."""
    u, s, vt = np.linalg.svd(kernel)
    column, row = s[0] * u[:, :1], vt[:1]  # (K, 1), (1, K)
    return correlate(correlate(x, column), row)


def one_pass(x, kernel, correlate):
    u, s, vt = np.linalg.svd(kernel)
    return correlate(x, s[0] * u[:, :1] @ vt[:1])


def without_the_singular_value(x, kernel, correlate):
    u, _, vt = np.linalg.svd(kernel)
    return correlate(correlate(x, u[:, :1]), vt[:1])


def singular_value_twice(x, kernel, correlate):
    u, s, vt = np.linalg.svd(kernel)
    return correlate(correlate(x, s[0] * u[:, :1]), s[0] * vt[:1])


def columns_of_vt(x, kernel, correlate):
    u, s, vt = np.linalg.svd(kernel)
    return correlate(correlate(x, s[0] * u[:, :1]), vt[:, :1].T)


def rows_of_u(x, kernel, correlate):
    u, s, vt = np.linalg.svd(kernel)
    return correlate(correlate(x, s[0] * u[:1].T), vt[:1])


def counted(answer, x, kernel):
    """Return the response and the number of multiplications that it took."""
    spent = []

    def correlate(image, weights):
        windows = sliding_window_view(image, weights.shape)
        spent.append(windows.size)
        return np.einsum("ijuv,uv->ij", windows, weights)

    return answer(x, kernel, correlate), sum(spent)


def separable_kernels(rng):
    for side, kernel in ((9, 3), (12, 5), (15, 7)):
        yield (
            rng.standard_normal((side, side)),
            np.outer(rng.standard_normal(kernel), rng.standard_normal(kernel)),
        )


SEPARABLE = Exercise(
    id="convolution-separable",
    title="Two passes instead of one",
    level="a few lines",
    hint="`u, s, vt = np.linalg.svd(kernel)` writes the kernel as "
    "$\\sum_i s_i\\, u_i v_i^\\top$, where $u_i$ is a *column* of `u` and "
    "$v_i^\\top$ a *row* of `vt`. For a separable kernel only $s_0$ is not 0. Slices "
    "such as `u[:, :1]` keep both axes.",
    inputs=separable_kernels,
    run=counted,
    solution=two_passes,
    wrong=[
        (
            one_pass,
            "The response is right, but it took K * K multiplications for each output. "
            "Apply the column first, and the row to the result.",
        ),
        (
            without_the_singular_value,
            "You left out the singular value: u and vt have length 1, and the size of "
            "the kernel is in s.",
        ),
        (
            singular_value_twice,
            "You multiplied both passes by the singular value, so it is in the "
            "response squared.",
        ),
        (
            columns_of_vt,
            "You took a column of vt. The right singular vectors are its rows.",
        ),
        (rows_of_u, "You took a row of u. The left singular vectors are its columns."),
    ],
    explanation="The ratio of the second to the first singular value says how far a "
    "kernel is from separable: `s[1] / s[0]` is 0 for a Gaussian blur and for both "
    "Sobel filters, and 0.10 for the Laplacian of this page. Two passes take about 2 K "
    "multiplications for each output instead of K * K; for K = 7 that is 3.5 times "
    "fewer.",
)


def depthwise(x, weight, stride=1):
    """Correlate every channel with its own kernel."""
    side = weight.shape[1:]
    windows = sliding_window_view(x, side, axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("cijuv,cuv->cij", windows, weight)


def summed_over_channels(x, weight, stride=1):
    return depthwise(x, weight, stride).sum(axis=0, keepdims=True)


def one_kernel_for_all(x, weight, stride=1):
    return depthwise(x, weight[:1] + 0 * weight, stride)


def flipped(x, weight, stride=1):
    return depthwise(x, weight[:, ::-1, ::-1], stride)


def every_pair(x, weight, stride=1):
    return np.stack(
        [depthwise(x, kernel + 0 * weight, stride).sum(axis=0) for kernel in weight]
    )


def stride_of_rows_only(x, weight, stride=1):
    windows = sliding_window_view(x, weight.shape[1:], axis=(1, 2))[:, ::stride]
    return np.einsum("cijuv,cuv->cij", windows, weight)


def never_strided(x, weight, stride=1):
    return depthwise(x, weight)


def averaged(x, weight, stride=1):
    return depthwise(x, weight, stride) / weight[0].size


def channel_images(rng):
    for channels, height, width, kernel, stride in (
        (3, 6, 7, (3, 3), 1),
        (2, 8, 5, (2, 3), 2),
        (4, 9, 9, (3, 2), 3),
    ):
        yield (
            rng.standard_normal((channels, height, width)),
            rng.standard_normal((channels, *kernel)),
            stride,
        )


DEPTHWISE = Exercise(
    id="convolution-depthwise",
    title="Depthwise convolution, from a blank page",
    level="a blank page",
    hint="The result has as many channels as the input. Three loops, over the "
    "channel, the row and the column, are enough to begin with: the window times the "
    "kernel, summed, is one number. What does the row of the window have to do with "
    "`stride`?",
    inputs=channel_images,
    solution=depthwise,
    wrong=[
        (
            summed_over_channels,
            "You summed over the channels, as an ordinary convolution does. Here each "
            "channel stays by itself.",
        ),
        (one_kernel_for_all, "You used the first kernel for all channels."),
        (
            flipped,
            "You flipped the kernels. Networks, and this book, do not: see "
            "cross-correlation.",
        ),
        (
            every_pair,
            "You applied every kernel to every channel and summed. Kernel c belongs to "
            "channel c alone.",
        ),
        (stride_of_rows_only, "The columns must be strided, too, not the rows alone."),
        (never_strided, "You did not use `stride`."),
        (averaged, "You took the mean of a window times its kernel; it is the sum."),
    ],
    explanation="In the package this is `conv2d` with `groups` equal to the number of "
    "channels, and a weight of shape (C, 1, K1, K2): each filter sees C / groups = 1 "
    "channel. It does little arithmetic for each number that it moves, so it runs "
    "less fast than its count of multiplications promises.",
)


def backward(grad, x, weight, stride):
    """Add what every window sends back; windows may overlap."""
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    height, width = weight.shape
    for i, j in np.ndindex(grad.shape):
        rows = slice(i * stride, i * stride + height)
        columns = slice(j * stride, j * stride + width)
        grad_weight += grad[i, j] * x[rows, columns]
        grad_x[rows, columns] += grad[i, j] * weight
    return grad_x, grad_weight


def overwritten(grad, x, weight, stride):
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    height, width = weight.shape
    for i, j in np.ndindex(grad.shape):
        rows = slice(i * stride, i * stride + height)
        columns = slice(j * stride, j * stride + width)
        grad_weight += grad[i, j] * x[rows, columns]
        grad_x[rows, columns] = grad[i, j] * weight
    return grad_x, grad_weight


def also_flipped(grad, x, weight, stride):
    grad_x, _ = backward(grad, x, weight[::-1, ::-1], stride)
    return grad_x, backward(grad, x, weight, stride)[1]


def flipped_and_overwritten(grad, x, weight, stride):
    grad_x, _ = overwritten(grad, x, weight[::-1, ::-1], stride)
    return grad_x, backward(grad, x, weight, stride)[1]


def mean_of_the_windows(grad, x, weight, stride):
    ones = np.ones_like
    visits, _ = backward(ones(grad), x, ones(weight), stride)
    grad_x, grad_weight = backward(grad, x, weight, stride)
    return grad_x / np.maximum(visits, 1), grad_weight


def no_stride(grad, x, weight, stride):
    return backward(grad, x, weight, 1)


def both_overwritten(grad, x, weight, stride):
    last = np.zeros_like(grad)
    last[-1, -1] = grad[-1, -1]
    grad_x, _ = backward(grad, x, weight, stride)
    return grad_x, backward(last, x, weight, stride)[1]


def overlapping_windows(rng):
    for side, kernel, stride in ((5, 3, 1), (7, 3, 2), (6, 2, 1), (8, 3, 3)):
        out = (side - kernel) // stride + 1
        yield (
            rng.standard_normal((out, out)),
            rng.standard_normal((side, side)),
            rng.standard_normal((kernel, kernel)),
            stride,
        )


BUG = Exercise(
    id="convolution-backward",
    title="Find the bug",
    level="a few lines",
    hint="Follow one pixel that lies in two windows. How many of the two does the loss "
    "depend on, and how many leave a trace in `grad_x`?",
    inputs=overlapping_windows,
    solution=backward,
    wrong=[
        (
            overwritten,
            "That is the bug: each window overwrites what its neighbors have sent "
            "back. A pixel that several windows read gets the sum.",
        ),
        (
            also_flipped,
            "The sums are right now, but you also flipped the kernel. The flip belongs "
            "to the form that gathers for each pixel; here each window scatters, and "
            "an entry goes back to the pixel that it was multiplied with.",
        ),
        (
            flipped_and_overwritten,
            "The kernel must not be flipped here, and the windows still overwrite each "
            "other.",
        ),
        (
            mean_of_the_windows,
            "You averaged over the windows that read a pixel. The gradient is their "
            "sum.",
        ),
        (no_stride, "The windows of the backward pass must move by `stride`, too."),
        (
            both_overwritten,
            "The gradient of the weight is a sum over all windows; you kept the last.",
        ),
    ],
    explanation="A test with stride 2 and a kernel of side 2 passes: there no pixel is "
    "read twice. Test gradients where windows overlap, and where they leave pixels "
    "out. NumPy has the same trap in `grad_x[places] += values`, where an array of "
    "places holds one place twice: only one addition is made.",
)
