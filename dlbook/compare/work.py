"""What an operation has to do: arithmetic counted, and bytes that must be moved.

Counted is one forward pass as its formula is written. Every addition, subtraction,
multiplication, division, comparison, square root, exponential and tanh counts as one.
Moved is what cannot be avoided: inputs and weights read once, outputs written once, in
float32. What an implementation reads and writes beside that is its own fault.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Work",
    "adam_work",
    "addition_work",
    "attention_work",
    "conv2d_work",
    "embedding_work",
    "gelu_work",
    "layer_norm_work",
    "linear_work",
    "lstm_work",
    "max_pool2d_work",
    "softmax_work",
]

NUMBER = 4  # bytes of a float32
INDEX = 8  # bytes of an int64


@dataclass(frozen=True)
class Work:
    """Arithmetic and traffic of an operation.

    Attributes
    ----------
    flops : int
        Floating-point operations.
    moved : int
        Bytes, at least 1.
    """

    flops: int
    moved: int

    @property
    def intensity(self) -> float:
        """Arithmetic intensity: floating-point operations for each byte moved."""
        return self.flops / self.moved


def linear_work(batch: int, inputs: int, outputs: int) -> Work:
    """Count y = x W^T + b: for each output, as many products and additions as inputs.

    Parameters
    ----------
    batch, inputs, outputs : int
    """
    numbers = batch * inputs + inputs * outputs + outputs + batch * outputs
    return Work(2 * batch * inputs * outputs, NUMBER * numbers)


def conv2d_work(
    batch: int,
    channels: int,
    height: int,
    width: int,
    outputs: int,
    kernel: int,
    *,
    stride: int = 1,
    padding: int = 0,
) -> Work:
    """Count a convolution with bias; products with the padding's zeros with it.

    Parameters
    ----------
    batch, channels, height, width : int
        Of the input.
    outputs, kernel : int
        Output channels, and the side of the kernel.
    stride, padding : int
    """
    high = (height + 2 * padding - kernel) // stride + 1
    wide = (width + 2 * padding - kernel) // stride + 1
    weights = outputs * channels * kernel**2
    flops = 2 * batch * high * wide * weights
    image, result = channels * height * width, outputs * high * wide
    return Work(flops, NUMBER * (batch * (image + result) + weights + outputs))


def softmax_work(rows: int, classes: int) -> Work:
    """Count the stable softmax: maximum, difference, exponential, sum, quotient.

    Parameters
    ----------
    rows, classes : int
    """
    return Work(_softmax_flops(rows, classes), 2 * NUMBER * rows * classes)


def _softmax_flops(rows: int, classes: int) -> int:
    return rows * (5 * classes - 2)


def layer_norm_work(rows: int, features: int) -> Work:
    """Count layer normalization with weight and bias.

    Mean D, centering D, variance 2D, eps and root 2, quotient D, weight D, bias D.

    Parameters
    ----------
    rows, features : int
    """
    numbers = 2 * rows * features + 2 * features
    return Work(rows * (7 * features + 2), NUMBER * numbers)


def gelu_work(numbers: int) -> Work:
    """Count GELU in the tanh form: x³ 2, inner sum 2, factor 1, tanh, 1 +, x/2 2.

    Parameters
    ----------
    numbers : int
    """
    return Work(9 * numbers, 2 * NUMBER * numbers)


def addition_work(numbers: int) -> Work:
    """Count the sum of two arrays.

    Parameters
    ----------
    numbers : int
        Of each array.
    """
    return Work(numbers, 3 * NUMBER * numbers)


def max_pool2d_work(
    batch: int, channels: int, height: int, width: int, kernel: int
) -> Work:
    """Count max pooling with windows side by side: comparisons alone.

    Parameters
    ----------
    batch, channels, height, width : int
        Of the input.
    kernel : int
        Side of a window, and the stride.
    """
    images = batch * channels
    results = images * (height // kernel) * (width // kernel)
    return Work(results * (kernel**2 - 1), NUMBER * (images * height * width + results))


def embedding_work(tokens: int, features: int) -> Work:
    """Count a look-up: no arithmetic; a row read and a row written for each token.

    Parameters
    ----------
    tokens, features : int
    """
    return Work(0, tokens * (INDEX + 2 * NUMBER * features))


def attention_work(
    batch: int, heads: int, queries: int, keys: int, features: int
) -> Work:
    """Count scaled dot-product attention: two products, the scale, a softmax.

    The attention weights count as not moved: an implementation in tiles keeps them in
    the cache.

    Parameters
    ----------
    batch, heads, queries, keys : int
    features : int
        Width of a head.
    """
    scores = queries * keys
    flops = 4 * scores * features + scores + _softmax_flops(queries, keys)
    numbers = 2 * (queries + keys) * features
    return Work(batch * heads * flops, NUMBER * batch * heads * numbers)


def lstm_work(steps: int, batch: int, inputs: int, hidden: int) -> Work:
    """Count an LSTM with two biases, each sigmoid as four operations.

    A step multiplies by both weights for four gates, adds the second bias, and does 18
    operations more for each cell: three sigmoids, tanh, c = f c + i g, h = o tanh(c).

    Parameters
    ----------
    steps, batch, inputs, hidden : int
    """
    gates = 4 * hidden * (2 * (inputs + hidden) + 1)
    weights = 4 * hidden * (inputs + hidden + 2)
    sequences = steps * batch * (inputs + hidden)
    states = 4 * batch * hidden  # h and c, before and after
    return Work(
        steps * batch * (gates + 18 * hidden), NUMBER * (weights + sequences + states)
    )


def adam_work(parameters: int) -> Work:
    """Count a step of Adam: 3 for m, 4 for v, 6 for the step itself.

    Parameter, gradient, m and v are read; all but the gradient are written.

    Parameters
    ----------
    parameters : int
    """
    return Work(13 * parameters, 7 * NUMBER * parameters)
