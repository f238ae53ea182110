"""Cases of the page on quantization: rounding, integer products, training for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compare.case import Batches, Cost, OperationCase, Run, Shape, Weights
from dlbook.compare.cases.backprop.training import DigitsAdamCase
from dlbook.compare.torch_side import to_torch
from dlbook.compression.quantization import (
    Scheme,
    fake_quantize_weight,
    integer_matmul,
    prepare_qat,
)


class Int8ProductCase(OperationCase):
    """A product of matrices of 8-bit integers, summed in 32 bits.

    The gate holds it against a product of float32 matrices by NumPy: torch's kernel has
    instructions for integers that NumPy does not reach.
    """

    name = "int8-product"
    title = "int8 product / own float32"
    axes = ("batch", "inputs", "outputs")
    sizes = ((32, 64, 48), (256, 512, 512), (512, 1024, 512))
    bench_size = (512, 1024, 512)
    unit = "product"
    gate = 1.15
    gate_against = "own float32 product"
    input_names = ("x", "weight")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, D) and weight (D, K) from -127 to 127, whatever the dtype."""
        batch, features, outputs = size
        x = rng.integers(-127, 128, (batch, features), np.int8)
        return x, rng.integers(-127, 128, (features, outputs), np.int8)

    @staticmethod
    def ours(x: Tensor, weight: Tensor) -> Tensor:
        """Multiply with dlbook."""
        return Tensor(integer_matmul(x.data, weight.data))

    @staticmethod
    def theirs(x: Any, weight: Any) -> Any:
        """Multiply with torch."""
        import torch

        return torch._int_mm(x, weight)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Count the product in floats, by which the gate measures."""
        batch, features, outputs = size
        moved = batch * features + features * outputs + batch * outputs
        flops = 2.0 * batch * features * outputs
        return Cost(flops, moved * np.dtype(dtype).itemsize)

    def our_call(self, size: Shape, dtype: DTypeLike) -> Callable[[], Any]:
        """Return a function that multiplies the integers once."""
        x, weight = self.inputs(size, dtype, np.random.default_rng(0))
        return lambda: integer_matmul(x, weight)

    def their_call(
        self, size: Shape, dtype: DTypeLike, device: str
    ) -> Callable[[], Any]:
        """Return a function that multiplies the integers once with torch."""
        arrays = self.inputs(size, dtype, np.random.default_rng(0))
        x, weight = (to_torch(array, device) for array in arrays)
        return lambda: self.theirs(x, weight)

    def rival_call(self, size: Shape, dtype: DTypeLike) -> Callable[[], Any]:
        """Return a function that multiplies the same numbers as floats."""
        arrays = self.inputs(size, dtype, np.random.default_rng(0))
        x, weight = (array.astype(np.float32) for array in arrays)
        return lambda: x @ weight


class FakeQuantizeCase(OperationCase):
    """A weight rounded to 4 bits, with one grid; gradients go straight through."""

    name = "fake-quantize"
    title = "Fake quantization"
    axes = ("outputs", "inputs")
    sizes = ((3, 5), (64, 300), (512, 512))
    bench_size = (512, 512)
    input_names = ("weight",)

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw the weight (M, K) from N(0, 1)."""
        return (rng.standard_normal(size).astype(dtype),)

    @staticmethod
    def ours(weight: Tensor) -> Tensor:
        """Round with dlbook."""
        return fake_quantize_weight(weight, Scheme(4, symmetric=True, narrow=True))

    @staticmethod
    def theirs(weight: Any) -> Any:
        """Round with torch."""
        import torch

        scale = weight.detach().float().abs().max() / 7
        zero_point = torch.zeros_like(scale, dtype=torch.int32)
        return torch.fake_quantize_per_tensor_affine(weight, scale, zero_point, -7, 7)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Count no product; weight, rounded weight and both gradients move."""
        return Cost(0.0, 4 * float(np.prod(size)) * np.dtype(dtype).itemsize)


class DigitsQatCase(DigitsAdamCase):
    """A network learns digits while its weights have 4 bits and its inputs 8."""

    name = "digits-qat"
    title = "Training on digits, 4-bit weights"
    sizes = ((64, 32, 10, 32, 1), (64, 32, 10, 32, 3))
    bench_size = (64, 32, 10, 32, 3)

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        ).to(weights["0.weight"].dtype)
        model.load_state_dict(weights)
        weight_scheme = Scheme(4, symmetric=True, narrow=True)
        rounded = prepare_qat(model, weight=weight_scheme, activation=Scheme(8))
        optimizer = optim.SGD(rounded.parameters(), lr=0.1)
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for inputs, labels in batches:
            optimizer.zero_grad()
            loss = loss_of(rounded(Tensor(inputs)), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = {
            f"{i}.{name}": parameter.data
            for i in (0, 2)
            for name, parameter in rounded[i].layer.named_parameters()
        }
        return Run(np.array(losses), final)

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Train with torch."""
        import torch
        from torch import nn
        from torch.nn import functional as F

        class RoundedLinear(nn.Linear):
            low = high = None

            def forward(self, x):
                ends = x.detach().float().aminmax()
                if self.low is None:
                    self.low, self.high = ends
                else:  # the moving average of the batches' ends
                    self.low = self.low + 0.01 * (ends.min - self.low)
                    self.high = self.high + 0.01 * (ends.max - self.high)
                low, high = self.low.clamp(max=0), self.high.clamp(min=0)
                scale = (high - low) / 255
                zero_point = (-128 - torch.round(low / scale)).int()
                x = torch.fake_quantize_per_tensor_affine(
                    x, scale, zero_point, -128, 127
                )
                scale = self.weight.detach().float().abs().max() / 7
                nothing = torch.zeros_like(scale, dtype=torch.int32)
                weight = torch.fake_quantize_per_tensor_affine(
                    self.weight, scale, nothing, -7, 7
                )
                return F.linear(x, weight, self.bias)

        state = {name: torch.tensor(value) for name, value in weights.items()}
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            RoundedLinear(features, hidden), nn.ReLU(), RoundedLinear(hidden, classes)
        ).to(device, state["0.weight"].dtype)
        model.load_state_dict(state)
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for batch in batches:
            inputs, labels = (torch.from_numpy(array).to(device) for array in batch)
            model.zero_grad()
            loss = loss_of(model(inputs), labels)
            loss.backward()
            with torch.no_grad():  # SGD by hand: torch.optim takes a second to load
                for weight in model.parameters():
                    weight -= 0.1 * weight.grad
            losses.append(loss.item())
        final = {name: w.cpu().numpy() for name, w in model.state_dict().items()}
        return Run(np.array(losses), final)


CASES = (Int8ProductCase(), FakeQuantizeCase(), DigitsQatCase())
