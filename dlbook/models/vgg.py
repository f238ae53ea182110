"""VGG: depth from 3x3 convolutions alone (2014)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.random import default_rng

__all__ = [
    "VGG",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]

Rng = np.random.Generator | int | None
WIDTHS = (64, 128, 256, 512, 512)  # channels of the five stages
# How many convolutions each stage has: columns A, B, D and E of the paper's table 1.
LAYERS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}


def vgg_stage(
    in_channels: int,
    out_channels: int,
    layers: int,
    *,
    batch_norm: bool = False,
    rng: Rng = None,
) -> list[nn.Module]:
    """Return the layers of a stage: 3x3 convolutions and ReLU, then pooling.

    Two 3x3 convolutions see 5x5 pixels and three see 7x7, with fewer parameters than
    one convolution of that size and more nonlinearities (section 2.3 of the paper).

    Parameters
    ----------
    in_channels, out_channels : int
        Before the first convolution, and after each.
    layers : int
        How many convolutions.
    batch_norm : bool
        Whether each is followed by batch normalization.
    rng : numpy.random.Generator, int or None
    """
    stage = []
    for _ in range(layers):
        stage.append(nn.Conv2d(in_channels, out_channels, 3, padding=1, rng=rng))
        if batch_norm:
            stage.append(nn.BatchNorm2d(out_channels))
        stage.append(nn.ReLU())
        in_channels = out_channels
    return [*stage, nn.MaxPool2d(2)]


class VGG(nn.Module):
    """Stages of 3x3 convolutions, each halving the image, and three linear layers.

    Parameters
    ----------
    layers : sequence of int
        How many convolutions each stage has.
    num_classes : int
    in_channels : int
        Of the images.
    widths : sequence of int
        Channels of each stage; as many numbers as `layers`.
    hidden : int
        Length of the two hidden vectors.
    pool_size : int
        Height and width that are left for the linear layers.
    dropout : float
        Probability, after each hidden vector.
    batch_norm : bool
        Whether batch normalization follows each convolution. It came a year after the
        paper.
    init_weights : bool
        True: torchvision's initial values, for convolutions He's rule from the fan-out
        (He et al. 2015, arXiv:1502.01852, equation 14), for linear layers N(0, 0.01²),
        biases 0. False: the layers' defaults, made in half the time. (The paper took
        N(0, 0.01) and trained the deeper networks from the shallowest, section 3.1.)
    rng : numpy.random.Generator, int or None
        Source of the initial values, and of what dropout drops.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    References
    ----------
    Simonyan & Zisserman (2015), ICLR, arXiv:1409.1556. Names and layout of the
    parameters are torchvision's.
    """

    def __init__(
        self,
        layers: Sequence[int],
        num_classes: int = 1000,
        *,
        in_channels: int = 3,
        widths: Sequence[int] = WIDTHS,
        hidden: int = 4096,
        pool_size: int = 7,
        dropout: float = 0.5,
        batch_norm: bool = False,
        init_weights: bool = True,
        rng: Rng = None,
    ) -> None:
        if not layers or len(layers) != len(widths):
            raise ValueError(
                "VGG: layers and widths must have one number for each stage, got "
                f"{layers} and {widths}"
            )
        rng = default_rng(rng)
        self.features = nn.Sequential()
        for number, width in zip(layers, widths, strict=True):
            self.features.extend(
                vgg_stage(in_channels, width, number, batch_norm=batch_norm, rng=rng)
            )
            in_channels = width
        self.avgpool = nn.AdaptiveAvgPool2d(pool_size)
        self.classifier = nn.Sequential(
            nn.Linear(in_channels * pool_size**2, hidden, rng=rng),
            nn.ReLU(),
            nn.Dropout(dropout, rng=rng),
            nn.Linear(hidden, hidden, rng=rng),
            nn.ReLU(),
            nn.Dropout(dropout, rng=rng),
            nn.Linear(hidden, num_classes, rng=rng),
        )
        if init_weights:
            self._initialize(rng)

    def _initialize(self, rng: np.random.Generator) -> None:
        for layer in (*self.features, *self.classifier):
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(
                    layer.weight, mode="fan_out", nonlinearity="relu", rng=rng
                )
                nn.init.zeros_(layer.bias)
            elif isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.01, rng=rng)
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> scores, (N, num_classes)."""
        x = self.features(x)  # of 224x224 pixels (N, 512, 7, 7)
        x = self.avgpool(x)  # (N, 512, 7, 7) of any size
        return self.classifier(x.flatten(1))


def vgg11(num_classes: int = 1000, **options: Any) -> VGG:
    """Return VGG-11, configuration A of the paper: 132,863,336 parameters.

    `options` are those of `VGG`; so for the functions below. Those that end in ``_bn``
    have batch normalization.
    """
    return VGG(LAYERS[11], num_classes, **options)


def vgg11_bn(num_classes: int = 1000, **options: Any) -> VGG:
    """Return VGG-11 with batch normalization: 132,868,840 parameters."""
    return VGG(LAYERS[11], num_classes, batch_norm=True, **options)


def vgg13(num_classes: int = 1000, **options: Any) -> VGG:
    """Return VGG-13, configuration B: 133,047,848 parameters."""
    return VGG(LAYERS[13], num_classes, **options)


def vgg13_bn(num_classes: int = 1000, **options: Any) -> VGG:
    """Return VGG-13 with batch normalization: 133,053,736 parameters."""
    return VGG(LAYERS[13], num_classes, batch_norm=True, **options)


def vgg16(num_classes: int = 1000, **options: Any) -> VGG:
    """Return VGG-16, configuration D: 138,357,544 parameters."""
    return VGG(LAYERS[16], num_classes, **options)


def vgg16_bn(num_classes: int = 1000, **options: Any) -> VGG:
    """Return VGG-16 with batch normalization: 138,365,992 parameters."""
    return VGG(LAYERS[16], num_classes, batch_norm=True, **options)


def vgg19(num_classes: int = 1000, **options: Any) -> VGG:
    """Return VGG-19, configuration E: 143,667,240 parameters."""
    return VGG(LAYERS[19], num_classes, **options)


def vgg19_bn(num_classes: int = 1000, **options: Any) -> VGG:
    """Return VGG-19 with batch normalization: 143,678,248 parameters."""
    return VGG(LAYERS[19], num_classes, batch_norm=True, **options)
