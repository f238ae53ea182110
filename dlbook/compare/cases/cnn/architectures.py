"""Cases of the page on architectures: a residual block, and a U-Net that learns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional, nn, optim
from dlbook.autograd import Tensor
from dlbook.compare.case import (
    Batches,
    Cost,
    OperationCase,
    Run,
    Shape,
    TrainingCase,
    Weights,
)
from dlbook.data import DataLoader, make_shapes
from dlbook.models import UNet


class ResidualBlockCase(OperationCase):
    """A basic block whose shape does not change: ReLU of F(x) + x."""

    name = "residual-block"
    title = "Residual block"
    axes = ("batch", "channels", "height", "width")
    sizes = ((3, 4, 6, 5), (16, 16, 16, 16), (8, 64, 28, 28))
    bench_size = (8, 64, 28, 28)
    input_names = ("x", "weight1", "gain1", "bias1", "weight2", "gain2", "bias2")
    single_tolerance = 1e-2  # of 400,000 sums before a ReLU some are 0 but for rounding

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, C, H, W) and, twice, a weight (C, C, 3, 3), gain and bias (C,)."""
        channels = size[1]
        drawn = [rng.standard_normal(size)]
        for _layer in range(2):
            weight = rng.standard_normal((channels, channels, 3, 3))
            drawn.append(weight * (2 / (9 * channels)) ** 0.5)
            drawn.append(rng.uniform(0.5, 1.5, channels))
            drawn.append(rng.standard_normal(channels))
        return tuple(array.astype(dtype) for array in drawn)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Two convolutions, three products each; a few arrays of the input's size.

        Each of the two convolutions and of the two normalizations reads its input and
        its output's gradient twice and writes two arrays.
        """
        elements = float(np.prod(size))
        moved = 4 * 6 * elements * np.dtype(dtype).itemsize
        return Cost(2 * 6 * elements * size[1] * 9, moved)

    @staticmethod
    def ours(
        x: Tensor,
        weight1: Tensor,
        gain1: Tensor,
        bias1: Tensor,
        weight2: Tensor,
        gain2: Tensor,
        bias2: Tensor,
    ) -> Tensor:
        """Add to x what two convolutions find."""
        y = functional.conv2d(x, weight1, padding=1)
        y = functional.batch_norm(y, None, None, gain1, bias1, training=True)
        y = functional.conv2d(functional.relu(y), weight2, padding=1)
        y = functional.batch_norm(y, None, None, gain2, bias2, training=True)
        return functional.relu(y + x)

    @staticmethod
    def theirs(
        x: Any,
        weight1: Any,
        gain1: Any,
        bias1: Any,
        weight2: Any,
        gain2: Any,
        bias2: Any,
    ) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        y = functional.conv2d(x, weight1, padding=1)
        y = functional.batch_norm(y, None, None, gain1, bias1, training=True)
        y = functional.conv2d(functional.relu(y), weight2, padding=1)
        y = functional.batch_norm(y, None, None, gain2, bias2, training=True)
        return functional.relu(y + x)


COUNTER = "num_batches_tracked"


class UNetStepCase(TrainingCase):
    """A U-Net of depth 2 learns which class each pixel of a picture has, with Adam.

    "weights" holds the running statistics of batch normalization as well, before the
    run and after it.
    """

    name = "unet-shapes"
    title = "U-Net step"
    axes = ("width", "side of the pictures", "batch", "steps")
    sizes = ((2, 8, 4, 5), (6, 16, 20, 2), (6, 16, 4, 20))
    bench_size = (6, 16, 20, 2)

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = True,
    ) -> tuple[Weights, Batches]:
        """Draw dlbook's initial weights, and pictures of one shape each."""
        width, side, batch, steps = size
        model = UNet(3, 4, depth=2, width=width, rng=rng).to(dtype)
        weights = {
            name: value
            for name, value in model.state_dict().items()
            if not name.endswith(COUNTER)
        }
        pictures = make_shapes(
            batch * steps, size=side, most_shapes=1, rng=rng, dtype=dtype
        )
        return weights, list(DataLoader((pictures.images, pictures.masks), batch))

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        width = len(weights["down.0.conv1.weight"])
        model = UNet(3, 4, depth=2, width=width)
        model.to(weights["down.0.conv1.weight"].dtype)
        model.load_state_dict({**model.state_dict(), **weights})
        optimizer = optim.Adam(model.parameters(), lr=0.01)
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for images, masks in batches:
            optimizer.zero_grad()
            loss = loss_of(model(Tensor(images)), masks)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return Run(np.array(losses), _without_counters(model.state_dict()))

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Train with torch."""
        import torch

        state = {name: torch.tensor(value) for name, value in weights.items()}
        width = len(weights["down.0.conv1.weight"])
        model = torch_unet(3, 4, depth=2, width=width)
        model.load_state_dict({**model.state_dict(), **state})
        model.to(device, state["down.0.conv1.weight"].dtype)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        loss_of = torch.nn.CrossEntropyLoss()
        losses = []
        for batch in batches:
            images, masks = (torch.from_numpy(array).to(device) for array in batch)
            optimizer.zero_grad()
            loss = loss_of(model(images), masks)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = {name: w.cpu().numpy() for name, w in model.state_dict().items()}
        return Run(np.array(losses), _without_counters(final))


def torch_unet(in_channels: int, num_classes: int, *, depth: int, width: int) -> Any:
    """Build in torch what `dlbook.models.UNet` is, with the same parameter names."""
    import torch
    from torch import nn

    class DoubleConv(nn.Module):
        def __init__(self, before, after):
            super().__init__()
            self.conv1 = nn.Conv2d(before, after, 3, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(after)
            self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(after)

        def forward(self, x):
            x = torch.relu(self.bn1(self.conv1(x)))
            return torch.relu(self.bn2(self.conv2(x)))

    class UpBlock(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.up = nn.ConvTranspose2d(2 * channels, channels, 2, stride=2)
            self.conv = DoubleConv(2 * channels, channels)

        def forward(self, x, skip):
            return self.conv(torch.cat([skip, self.up(x)], dim=1))

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            channels = [width * 2**level for level in range(depth + 1)]
            ways = zip([in_channels, *channels[:-2]], channels[:-1], strict=True)
            self.down = nn.ModuleList(DoubleConv(*way) for way in ways)
            self.pool = nn.MaxPool2d(2)
            self.bottom = DoubleConv(channels[-2], channels[-1])
            self.up = nn.ModuleList(UpBlock(c) for c in reversed(channels[:-1]))
            self.classifier = nn.Conv2d(width, num_classes, 1)

        def forward(self, x):
            skips = []
            for block in self.down:
                skips.append(block(x))
                x = self.pool(skips[-1])
            x = self.bottom(x)
            for block in self.up:
                x = block(x, skips.pop())
            return self.classifier(x)

    return UNet()


def _without_counters(state: Weights) -> dict[str, np.ndarray]:
    return {name: w for name, w in state.items() if not name.endswith(COUNTER)}


CASES = (ResidualBlockCase(), UNetStepCase())
