"""Cases of the page on acceleration: half precision, LoRA, and sweeps.

In a sweep one number of a size varies, by powers of two. Small sizes show what an
operation costs whatever its size: a call from Python, a kernel sent to the GPU. Large
ones show what the machine can do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook.autograd import Tensor
from dlbook.compare.case import Batches, OperationCase, Shape, Weights
from dlbook.compare.cases.backprop.autograd import two_layers
from dlbook.compare.cases.backprop.training import MlpStepCase
from dlbook.compare.cases.cnn.convolution import Convolution3x3Case
from dlbook.compare.cases.neurons.activations import GeluTanhCase
from dlbook.compare.cases.neurons.network import LinearCase
from dlbook.compare.cases.transformer.attention import AttentionCase
from dlbook.compare.sweep_case import SweepCase
from dlbook.compression import BFLOAT16, LoRALinear, round_tensor
from dlbook.nn import Linear


class Bfloat16Case(OperationCase):
    """Rounding to bfloat16, of the values and of the gradient."""

    name = "bfloat16"
    title = "Round to bfloat16"
    axes = ("numbers",)
    sizes = ((64,), (4096,), (1 << 20,))
    bench_size = (1 << 20,)
    input_names = ("x",)

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw numbers of all magnitudes from 1e-8 to 1e8, float32 in any dtype."""
        power = rng.uniform(-8, 8, size)
        sign = rng.choice([-1.0, 1.0], size)
        return ((sign * 10**power).astype(np.float32).astype(dtype),)

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Round with dlbook; the numbers stay in wide storage."""
        return round_tensor(x, BFLOAT16)

    @staticmethod
    def theirs(x: Any) -> Any:
        """Convert to torch's bfloat16, and back."""
        import torch

        return x.to(torch.bfloat16).to(x.dtype)


class LoraCase(OperationCase):
    """A linear layer with an addition of low rank, alpha twice the rank."""

    name = "lora"
    title = "LoRA"
    axes = ("batch", "inputs", "outputs", "rank")
    sizes = ((4, 5, 3, 2), (64, 128, 64, 4), (256, 512, 512, 8))
    bench_size = (256, 512, 512, 8)
    input_names = ("x", "weight", "bias", "A", "B")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, in), weight (out, in), bias (out,), A (r, in) and B (out, r)."""
        batch, fan_in, fan_out, rank = size
        shapes = (batch, fan_in), (fan_out, fan_in), (fan_out,)
        return tuple(
            (rng.standard_normal(shape) / shape[-1] ** 0.5).astype(dtype)
            for shape in (*shapes, (rank, fan_in), (fan_out, rank))
        )

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """Compute with our layer, whose arrays give way to the inputs."""
        rank = a.shape[0]
        layer = LoRALinear(Linear(1, 1, rng=0), rank, alpha=2 * rank, rng=0)
        vars(layer.base).update(weight=weight, bias=bias)
        vars(layer).update(lora_A=a, lora_B=b)
        return layer(x)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any, a: Any, b: Any) -> Any:
        """Compute with torch."""
        from torch.nn.functional import linear

        return linear(x, weight, bias) + 2.0 * linear(linear(x, a), b)


class LinearBatchesCase(SweepCase, LinearCase):
    """A linear layer, from one sample at a time to thousands."""

    name = "linear-batches"
    title = "Linear 512 → 512, by batch"
    swept = "batch"
    sizes = tuple((batch, 512, 512) for batch in (1, 4, 16, 64, 256, 1024, 4096))
    bench_size = (256, 512, 512)
    gate = None


class LinearWidthsCase(SweepCase, LinearCase):
    """A square linear layer, from narrow to wide."""

    name = "linear-widths"
    title = "Linear, batch 256, by width"
    swept = "inputs"
    sizes = tuple((256, width, width) for width in (16, 32, 64, 128, 256, 512, 1024))
    bench_size = (256, 256, 256)
    gate = None


class GeluSizesCase(SweepCase, GeluTanhCase):
    """An element-wise function: memory decides, not arithmetic."""

    name = "gelu-sizes"
    title = "GELU of rows of 1024, by rows"
    swept = "rows"
    sizes = tuple((rows, 1024) for rows in (1, 4, 16, 64, 256, 1024, 4096))
    bench_size = (256, 1024)
    gate = None


class ConvolutionBatchesCase(SweepCase, Convolution3x3Case):
    """A convolution, from one image to many."""

    name = "conv-batches"
    title = "Convolution 3 × 3, by batch"
    swept = "batch"
    sizes = tuple((batch, 32, 28, 28, 64) for batch in (1, 2, 4, 8, 16, 32, 64))
    bench_size = (8, 32, 28, 28, 64)
    gate = None


class AttentionLengthsCase(SweepCase, AttentionCase):
    """Self-attention: work that grows with the square of the length."""

    name = "attention-lengths"
    title = "Attention, by length"
    swept = "queries"
    sizes = tuple((4, 4, length, length, 32) for length in (16, 32, 64, 128, 256, 512))
    bench_size = (4, 4, 128, 128, 32)
    gate = None


class MlpBatchesCase(SweepCase, MlpStepCase):
    """Training steps of a small network, by the size of the batch."""

    name = "mlp-batches"
    title = "MLP step, by batch"
    swept = "batch"
    sizes = tuple((784, 256, 10, batch) for batch in (1, 4, 16, 64, 256, 1024, 4096))
    bench_size = (784, 256, 10, 64)
    gate = None

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = True,
    ) -> tuple[Weights, Batches]:
        """Draw weights after He (2015), and 4 batches of random images and labels."""
        features, hidden, classes, batch = size
        weights = two_layers(features, hidden, classes, dtype, rng)
        batches = [
            (
                rng.random((batch, features), np.float32).astype(dtype),
                rng.integers(0, classes, batch),
            )
            for _ in range(4)
        ]
        return {f"{i}.{name}": w for (i, name), w in weights.items()}, batches


CASES = (
    Bfloat16Case(),
    LoraCase(),
    LinearBatchesCase(),
    LinearWidthsCase(),
    GeluSizesCase(),
    ConvolutionBatchesCase(),
    AttentionLengthsCase(),
    MlpBatchesCase(),
)
