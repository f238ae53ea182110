"""Cases of the page on convolution: the shapes of LeNet and of residual networks."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.compare.case import Cost, OperationCase, Shape


class ConvolutionCase(OperationCase):
    """What all share: their input and what they cost.

    Attributes
    ----------
    kernel, stride, padding : int
    groups : int or None
        None for as many as channels.
    """

    axes = ("batch", "channels", "height", "width", "filters")
    input_names = ("x", "weight", "bias")
    kernel: ClassVar[int] = 3
    stride: ClassVar[int] = 1
    padding: ClassVar[int] = 1
    groups: ClassVar[int | None] = 1

    @classmethod
    def inputs(
        cls, size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, C, H, W), weight (F, C / groups, k, k) and bias (F,)."""
        n, channels, height, width, filters = size
        seen = channels // (cls.groups or channels)
        fan_in = seen * cls.kernel**2
        x = rng.standard_normal((n, channels, height, width))
        weight = rng.standard_normal((filters, seen, cls.kernel, cls.kernel))
        weight /= np.sqrt(fan_in)
        bias = rng.standard_normal(filters)
        return x.astype(dtype), weight.astype(dtype), bias.astype(dtype)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Three products; x and the output's gradient read twice, two arrays written.

        An output is a sum of C k² / groups products; each is needed once forward, once
        for the gradient of x and once for that of the weight.
        """
        n, channels, *places, filters = size
        after = [
            (length + 2 * self.padding - self.kernel) // self.stride + 1
            for length in places
        ]
        seen = channels // (self.groups or channels)
        products = n * filters * prod(after) * seen * self.kernel**2
        elements = n * (channels * prod(places) + filters * prod(after))
        return Cost(6.0 * products, 3.0 * elements * np.dtype(dtype).itemsize)


class Convolution3x3Case(ConvolutionCase):
    """Filters of 3 × 3, the size in almost every network since VGG."""

    name = "conv-3x3"
    title = "Convolution 3 × 3"
    gate = 2.7
    sizes = (
        (2, 3, 6, 5, 4),
        (8, 16, 14, 14, 16),
        (32, 32, 28, 28, 64),
        (64, 64, 28, 28, 64),
        (64, 128, 28, 28, 128),
    )
    bench_size = (32, 32, 28, 28, 64)

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Slide filters over images of the same size as the output."""
        return functional.conv2d(x, weight, bias, padding=1)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.conv2d(x, weight, bias, padding=1)


class FirstLeNetConvolutionCase(ConvolutionCase):
    """The first convolution of LeNet-5, on images of digits."""

    name = "conv-lenet-1"
    title = "First convolution of LeNet"
    gate = 2.3
    sizes = ((2, 1, 9, 8, 3), (16, 1, 28, 28, 6), (64, 1, 28, 28, 6))
    bench_size = (64, 1, 28, 28, 6)
    kernel = 5
    padding = 2

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Slide filters of 5 × 5 over images of the same size as the output."""
        return functional.conv2d(x, weight, bias, padding=2)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.conv2d(x, weight, bias, padding=2)


class SecondLeNetConvolutionCase(ConvolutionCase):
    """The second convolution of LeNet-5, without padding."""

    name = "conv-lenet-2"
    title = "Second convolution of LeNet"
    gate = 2.3
    sizes = ((2, 3, 9, 8, 4), (16, 6, 14, 14, 16), (64, 6, 14, 14, 16))
    bench_size = (64, 6, 14, 14, 16)
    kernel = 5
    padding = 0

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Slide filters over images."""
        return functional.conv2d(x, weight, bias)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.conv2d(x, weight, bias)


class PointwiseConvolutionCase(SecondLeNetConvolutionCase):
    """Filters of 1 × 1: a linear layer over the channels of every pixel."""

    name = "conv-1x1"
    title = "Convolution 1 × 1"
    sizes = ((2, 3, 5, 4, 4), (8, 16, 14, 14, 16), (32, 64, 28, 28, 64))
    bench_size = (32, 64, 28, 28, 64)
    kernel = 1


class StridedConvolutionCase(ConvolutionCase):
    """Filters of 3 × 3 at every second place, which halve the size."""

    name = "conv-strided"
    title = "Convolution 3 × 3, stride 2"
    gate = 2.3
    sizes = ((2, 3, 6, 5, 4), (8, 16, 14, 14, 16), (32, 32, 28, 28, 64))
    bench_size = (32, 32, 28, 28, 64)
    stride = 2

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Slide filters over images, two pixels at a time."""
        return functional.conv2d(x, weight, bias, stride=2, padding=1)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.conv2d(x, weight, bias, stride=2, padding=1)


class DepthwiseConvolutionCase(ConvolutionCase):
    """A filter of 3 × 3 for each channel, which sees no other channel."""

    name = "conv-depthwise"
    title = "Depthwise convolution 3 × 3"
    sizes = ((2, 3, 6, 5, 3), (8, 16, 14, 14, 32), (32, 64, 28, 28, 64))
    bench_size = (32, 64, 28, 28, 64)
    groups = None

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Slide each channel's own filter over it."""
        return functional.conv2d(x, weight, bias, padding=1, groups=x.shape[1])

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.conv2d(x, weight, bias, padding=1, groups=x.shape[1])


class TransposedConvolutionCase(ConvolutionCase):
    """A transposed convolution of 2 × 2 with stride 2, which doubles the size."""

    name = "conv-transpose"
    title = "Transposed convolution, stride 2"
    sizes = ((2, 3, 5, 4, 4), (8, 16, 7, 7, 8), (32, 64, 14, 14, 32))
    bench_size = (32, 64, 14, 14, 32)
    kernel = 2

    @classmethod
    def inputs(
        cls, size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, C, H, W), weight (C, F, 2, 2) and bias (F,)."""
        x, weight, bias = ConvolutionCase.inputs.__func__(cls, size, dtype, rng)
        return x, weight.swapaxes(0, 1), bias

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Three products; x and the output's gradient read twice, two arrays written.

        Each element of x is multiplied by F k² weights.
        """
        n, channels, height, width, filters = size
        products = n * channels * height * width * filters * self.kernel**2
        elements = n * height * width * (channels + 4 * filters)
        return Cost(6.0 * products, 3.0 * elements * np.dtype(dtype).itemsize)

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Spread every pixel over 2 × 2 pixels."""
        return functional.conv_transpose2d(x, weight, bias, stride=2)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.conv_transpose2d(x, weight, bias, stride=2)


CASES = (
    Convolution3x3Case(),
    FirstLeNetConvolutionCase(),
    SecondLeNetConvolutionCase(),
    PointwiseConvolutionCase(),
    StridedConvolutionCase(),
    DepthwiseConvolutionCase(),
    TransposedConvolutionCase(),
)
