"""Cases of the page on pooling: maxima and means, of windows and of whole channels."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.compare.case import Cost, OperationCase, Shape


class PoolingCase(OperationCase):
    """What the cases share: images, and what they cost.

    Attributes
    ----------
    elements : float
        How many numbers come out for each that goes in, about.
    """

    axes = ("batch", "channels", "height", "width")
    sizes = ((2, 3, 6, 9), (16, 32, 14, 14), (32, 64, 28, 28), (32, 64, 56, 56))
    bench_size = (32, 64, 28, 28)
    input_names = ("x",)
    elements: ClassVar[float] = 1 / 4

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, C, H, W), half of it 0, as after ReLU: windows with ties."""
        return (np.maximum(rng.standard_normal(size), 0).astype(dtype),)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read x and the output's gradient, write the output and x's gradient."""
        numbers = 2 * float(np.prod(size)) * (1 + self.elements)
        return Cost(0, numbers * np.dtype(dtype).itemsize)


class MaxPoolCase(PoolingCase):
    """Max pooling by windows of 2 x 2, side by side."""

    name = "max-pool-2x2"
    title = "Max pooling 2x2"
    gate = 0.5

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Take the largest number of every window."""
        return functional.max_pool2d(x, 2)

    @staticmethod
    def theirs(x: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.max_pool2d(x, 2)


class OverlappingMaxPoolCase(PoolingCase):
    """Max pooling by windows of 3 x 3, two steps apart, as in AlexNet and ResNet."""

    name = "max-pool-3x3-stride-2"
    title = "Max pooling 3x3, stride 2"

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Take the largest number of every window."""
        return functional.max_pool2d(x, 3, 2, padding=1)

    @staticmethod
    def theirs(x: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.max_pool2d(x, 3, 2, padding=1)


class AvgPoolCase(PoolingCase):
    """Average pooling by windows of 2 x 2, side by side."""

    name = "avg-pool-2x2"
    title = "Average pooling 2x2"

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Average every window."""
        return functional.avg_pool2d(x, 2)

    @staticmethod
    def theirs(x: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.avg_pool2d(x, 2)


class AdaptiveAvgPoolCase(PoolingCase):
    """Adaptive average pooling to 4 x 5, whose windows have unequal lengths."""

    name = "adaptive-avg-pool"
    title = "Adaptive average pooling"

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Average over four by five windows."""
        return functional.adaptive_avg_pool2d(x, (4, 5))

    @staticmethod
    def theirs(x: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.adaptive_avg_pool2d(x, (4, 5))


class GlobalAvgPoolCase(PoolingCase):
    """Global average pooling: each channel becomes one number."""

    name = "global-avg-pool"
    title = "Global average pooling"
    elements = 0.0

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Average every channel."""
        return functional.adaptive_avg_pool2d(x, 1)

    @staticmethod
    def theirs(x: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.adaptive_avg_pool2d(x, 1)


class LocalResponseNormCase(PoolingCase):
    """Local response normalization over five channels, with AlexNet's constants."""

    name = "local-response-norm"
    title = "Local response normalization"
    elements = 1.0

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Normalize by five channels."""
        return functional.local_response_norm(x, 5, alpha=5e-4, k=2.0)

    @staticmethod
    def theirs(x: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.local_response_norm(x, 5, alpha=5e-4, k=2.0)


CASES = (
    MaxPoolCase(),
    OverlappingMaxPoolCase(),
    AvgPoolCase(),
    AdaptiveAvgPoolCase(),
    GlobalAvgPoolCase(),
    LocalResponseNormCase(),
)
