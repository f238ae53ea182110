"""DenseNet: every layer sees what all layers before it have found (2016)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor, concatenate
from dlbook.random import default_rng

__all__ = [
    "DenseBlock",
    "DenseLayer",
    "DenseNet",
    "Transition",
    "densenet121",
    "densenet161",
    "densenet169",
    "densenet201",
]

Rng = np.random.Generator | int | None


class DenseLayer(nn.Module):
    """Find `growth_rate` new channels: a 1x1 convolution, then a 3x3.

    Normalization and ReLU come before each convolution (the paper's section 3,
    "Composite function" and "Bottleneck layers").

    Parameters
    ----------
    in_channels : int
    growth_rate : int
        New channels, the paper's k.
    bn_size : int
        Channels between the two convolutions, in multiples of `growth_rate`.
    drop_rate : float
        Probability of dropping a number of the output in training.
    rng : numpy.random.Generator, int or None
        Source of the initial values, and of what dropout drops.
    """

    def __init__(
        self,
        in_channels: int,
        growth_rate: int,
        *,
        bn_size: int = 4,
        drop_rate: float = 0.0,
        rng: Rng = None,
    ) -> None:
        rng = default_rng(rng)
        between = bn_size * growth_rate
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(in_channels, between, 1, bias=False, rng=rng)
        self.norm2 = nn.BatchNorm2d(between)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(between, growth_rate, 3, padding=1, bias=False, rng=rng)
        self.dropout = nn.Dropout(drop_rate, rng=rng) if drop_rate else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, growth_rate, H, W)."""
        x = self.conv1(self.relu1(self.norm1(x)))  # (N, bn_size * growth_rate, H, W)
        x = self.conv2(self.relu2(self.norm2(x)))
        return self.dropout(x)


class DenseBlock(nn.ModuleDict):
    """Dense layers in a row, each on the channels of the input and of all before it.

    Parameters
    ----------
    layers : int
        How many.
    in_channels : int
    growth_rate, bn_size, drop_rate, rng
        As for `DenseLayer`.
    """

    def __init__(
        self, layers: int, in_channels: int, growth_rate: int, **options: Any
    ) -> None:
        for number in range(layers):
            channels = in_channels + number * growth_rate
            layer = DenseLayer(channels, growth_rate, **options)
            self[f"denselayer{number + 1}"] = layer

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C + layers * growth_rate, H, W)."""
        for layer in self.values():
            x = concatenate([x, layer(x)], axis=1)
        return x


class Transition(nn.Sequential):
    """Between two blocks: a 1x1 convolution to fewer channels, and half the size.

    Parameters
    ----------
    in_channels, out_channels : int
    rng : numpy.random.Generator, int or None
    """

    def __init__(self, in_channels: int, out_channels: int, *, rng: Rng = None) -> None:
        super().__init__(
            {
                "norm": nn.BatchNorm2d(in_channels),
                "relu": nn.ReLU(),
                "conv": nn.Conv2d(in_channels, out_channels, 1, bias=False, rng=rng),
                "pool": nn.AvgPool2d(2, 2),
            }
        )


class DenseNet(nn.Module):
    """A stem, dense blocks with transitions between them, the mean, a linear layer.

    Parameters
    ----------
    growth_rate : int
        New channels of each dense layer, the paper's k.
    block_config : sequence of int
        How many layers each block has.
    num_init_features : int
        Channels of the stem.
    num_classes : int
    in_channels : int
        Of the images.
    bn_size : int
        See `DenseLayer`.
    drop_rate : float
        See `DenseLayer`; the paper takes 0.2 where data are not augmented.
    stem : {"imagenet", "small"}
        "imagenet": a 7x7 convolution and max pooling, both with stride 2. "small": a
        3x3 convolution with stride 1, for images of 8 to 64 pixels (section 3,
        "Implementation details").
    rng : numpy.random.Generator, int or None
        Source of the initial values: convolutions by He's rule from the fan-in (He et
        al. 2015, arXiv:1502.01852, equation 10), the linear layer as `nn.Linear` does,
        with bias 0.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    Notes
    -----
    This is the paper's DenseNet-BC: bottleneck layers, and transitions that halve the
    channels. The parameters of `densenet121` are those of its table 1.

    References
    ----------
    Huang, Liu, van der Maaten & Weinberger (2017), CVPR, arXiv:1608.06993. Names and
    layout of the parameters are torchvision's.
    """

    def __init__(
        self,
        growth_rate: int = 32,
        block_config: Sequence[int] = (6, 12, 24, 16),
        num_init_features: int = 64,
        num_classes: int = 1000,
        *,
        in_channels: int = 3,
        bn_size: int = 4,
        drop_rate: float = 0.0,
        stem: str = "imagenet",
        rng: Rng = None,
    ) -> None:
        if stem not in ("imagenet", "small"):
            raise ValueError(
                f'DenseNet: stem must be "imagenet" or "small", got {stem!r}'
            )
        if not block_config or min(block_config) < 1:
            raise ValueError(
                "DenseNet: block_config must hold numbers of at least 1, got "
                f"{block_config}"
            )
        rng = default_rng(rng)
        channels = num_init_features
        kernel, stride = (7, 2) if stem == "imagenet" else (3, 1)
        layers: dict[str, nn.Module] = {
            "conv0": nn.Conv2d(
                in_channels,
                channels,
                kernel,
                stride=stride,
                padding=kernel // 2,
                bias=False,
                rng=rng,
            ),
            "norm0": nn.BatchNorm2d(channels),
            "relu0": nn.ReLU(),
        }
        if stem == "imagenet":
            layers["pool0"] = nn.MaxPool2d(3, 2, padding=1)
        options = {"bn_size": bn_size, "drop_rate": drop_rate, "rng": rng}
        for number, length in enumerate(block_config, start=1):
            if number > 1:
                halved = channels // 2
                transition = Transition(channels, halved, rng=rng)
                layers[f"transition{number - 1}"] = transition
                channels = halved
            block = DenseBlock(length, channels, growth_rate, **options)
            layers[f"denseblock{number}"] = block
            channels += length * growth_rate
        layers[f"norm{len(block_config) + 1}"] = nn.BatchNorm2d(channels)
        self.features = nn.Sequential(layers)
        self.classifier = nn.Linear(channels, num_classes, rng=rng)
        nn.init.zeros_(self.classifier.bias)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> scores, (N, num_classes)."""
        x = F.relu(self.features(x))  # of 224x224 pixels (N, 1024, 7, 7)
        x = F.adaptive_avg_pool2d(x, 1)  # (N, 1024, 1, 1)
        return self.classifier(x.flatten(1))


def densenet121(num_classes: int = 1000, **options: Any) -> DenseNet:
    """Return DenseNet-121, table 1 of the paper: 7,978,856 parameters.

    `options` are those of `DenseNet`; so for the three functions below.
    """
    return DenseNet(32, (6, 12, 24, 16), 64, num_classes, **options)


def densenet161(num_classes: int = 1000, **options: Any) -> DenseNet:
    """Return DenseNet-161, with a growth rate of 48: 28,681,000 parameters."""
    return DenseNet(48, (6, 12, 36, 24), 96, num_classes, **options)


def densenet169(num_classes: int = 1000, **options: Any) -> DenseNet:
    """Return DenseNet-169: 14,149,480 parameters."""
    return DenseNet(32, (6, 12, 32, 32), 64, num_classes, **options)


def densenet201(num_classes: int = 1000, **options: Any) -> DenseNet:
    """Return DenseNet-201: 20,013,928 parameters."""
    return DenseNet(32, (6, 12, 48, 32), 64, num_classes, **options)
