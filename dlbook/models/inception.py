"""GoogLeNet, the first Inception network: several kernel sizes side by side (2014)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor, concatenate
from dlbook.random import default_rng

__all__ = [
    "BasicConv2d",
    "GoogLeNet",
    "GoogLeNetOutputs",
    "Inception",
    "InceptionAux",
    "googlenet",
]

Rng = np.random.Generator | int | None

# The paper's table 1: channels of the four branches, those of the 1x1 convolutions
# before the 3x3 and the 5x5 among them.
TABLE_1 = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


class BasicConv2d(nn.Module):
    """Convolution without bias, batch normalization, ReLU.

    Parameters
    ----------
    in_channels, out_channels, kernel_size : int
    stride, padding : int
    rng : numpy.random.Generator, int or None
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        stride: int = 1,
        padding: int = 0,
        rng: Rng = None,
    ) -> None:
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            padding=padding,
            bias=False,
            rng=rng,
        )
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H', W')."""
        return F.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    """Four branches on one input, joined along the channels; the image keeps its size.

    1x1 convolutions before the larger ones cut the number of channels, and so the work
    (figure 2b of the paper).

    Parameters
    ----------
    in_channels : int
    ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, pool_proj : int
        A row of the paper's table 1: "red" is the 1x1 convolution before.
    five_by_five : bool
        Whether the third branch has the paper's 5x5 kernel. False: 3x3, as torchvision
        has it by an oversight that its published weights keep (github.com/pytorch/
        vision, issue 906).
    rng : numpy.random.Generator, int or None
    """

    def __init__(
        self,
        in_channels: int,
        ch1x1: int,
        ch3x3red: int,
        ch3x3: int,
        ch5x5red: int,
        ch5x5: int,
        pool_proj: int,
        *,
        five_by_five: bool = False,
        rng: Rng = None,
    ) -> None:
        rng = default_rng(rng)
        third = 5 if five_by_five else 3
        self.branch1 = BasicConv2d(in_channels, ch1x1, 1, rng=rng)
        self.branch2 = nn.Sequential(
            BasicConv2d(in_channels, ch3x3red, 1, rng=rng),
            BasicConv2d(ch3x3red, ch3x3, 3, padding=1, rng=rng),
        )
        self.branch3 = nn.Sequential(
            BasicConv2d(in_channels, ch5x5red, 1, rng=rng),
            BasicConv2d(ch5x5red, ch5x5, third, padding=third // 2, rng=rng),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, 1, padding=1),
            BasicConv2d(in_channels, pool_proj, 1, rng=rng),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, ch1x1 + ch3x3 + ch5x5 + pool_proj, H, W)."""
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return concatenate([branch(x) for branch in branches], axis=1)


class InceptionAux(nn.Module):
    """A classifier on a layer in the middle, whose loss is added to the last one's.

    The paper gives its loss the weight 0.3 (section 5) and drops it after training.

    Parameters
    ----------
    in_channels, num_classes : int
    channels : int
        Of the 1x1 convolution.
    hidden : int
        Length of the hidden vector.
    dropout : float
        Probability, before the last layer.
    rng : numpy.random.Generator, int or None
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        *,
        channels: int = 128,
        hidden: int = 1024,
        dropout: float = 0.7,
        rng: Rng = None,
    ) -> None:
        rng = default_rng(rng)
        self.conv = BasicConv2d(in_channels, channels, 1, rng=rng)
        self.fc1 = nn.Linear(channels * 4 * 4, hidden, rng=rng)
        self.fc2 = nn.Linear(hidden, num_classes, rng=rng)
        self.dropout = nn.Dropout(dropout, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> scores, (N, num_classes)."""
        x = F.adaptive_avg_pool2d(x, 4)  # (N, in_channels, 4, 4)
        x = self.conv(x)  # (N, 128, 4, 4)
        x = F.relu(self.fc1(x.flatten(1)))  # (N, 1024)
        return self.fc2(self.dropout(x))


class GoogLeNetOutputs(NamedTuple):
    """What `GoogLeNet` with auxiliary classifiers returns in training.

    The order is torchvision's: the auxiliary classifier nearer to the end comes first.
    """

    logits: Tensor
    aux_logits2: Tensor
    aux_logits1: Tensor


class GoogLeNet(nn.Module):
    """A stem, nine Inception blocks, the mean over the image, a linear layer.

    Parameters
    ----------
    num_classes : int
    in_channels : int
        Of the images.
    aux_logits : bool
        Whether two auxiliary classifiers sit on blocks 4a and 4d. In training the
        output is then `GoogLeNetOutputs`.
    five_by_five : bool
        See `Inception`.
    transform_input : bool
        Whether images normalized for torchvision's other models (mean 0.485, 0.456,
        0.406 and deviation 0.229, 0.224, 0.225) are turned into those that its
        published weights of this one expect (0.5 and 0.5). Needs 3 channels.
    width : float
        Factor of every number of channels; below 1 for a small network. Each product
        is rounded, and at least 1.
    stem : {"imagenet", "small"}
        "imagenet": a 7x7 convolution with stride 2 and two poolings. "small": 3x3 with
        stride 1 and no pooling before the first block, for images of 8 to 64 pixels.
    dropout, dropout_aux : float
        Probability before the last layer, and in the auxiliary classifiers.
    init_weights : bool
        True: torchvision's initial values N(0, 0.01²) for all weights. False: the
        layers' defaults.
    rng : numpy.random.Generator, int or None
        Source of the initial values, and of what dropout drops.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    Notes
    -----
    6,624,904 parameters, with auxiliary classifiers 13,004,888; with `five_by_five`
    7,005,832 and 13,385,816, that is 380,928 more. Beside the 5x5 branch this differs
    from the paper, as torchvision does, in four things. Batch normalization (Ioffe &
    Szegedy 2015) follows each convolution, in the place of biases and of local response
    normalization after the stem's first pooling and its last convolution. The last
    pooling has 2x2 pixels, not 3x3. The auxiliary classifiers take the means of 4x4
    equal parts of the image, not of 5x5 pixels with stride 3. Dropout before the last
    layer is 0.2, not 0.4.

    References
    ----------
    Szegedy et al. (2015), CVPR, arXiv:1409.4842, figures 2 and 3, table 1. Names and
    layout of the parameters are torchvision's.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        *,
        in_channels: int = 3,
        aux_logits: bool = False,
        five_by_five: bool = False,
        transform_input: bool = False,
        width: float = 1.0,
        stem: str = "imagenet",
        dropout: float = 0.2,
        dropout_aux: float = 0.7,
        init_weights: bool = True,
        rng: Rng = None,
    ) -> None:
        if stem not in ("imagenet", "small"):
            raise ValueError(
                f'GoogLeNet: stem must be "imagenet" or "small", got {stem!r}'
            )
        if not width > 0:
            raise ValueError(f"GoogLeNet: width must be positive, got {width}")
        if transform_input and in_channels != 3:
            raise ValueError(
                f"GoogLeNet: transform_input needs in_channels=3, got {in_channels}"
            )
        rng = default_rng(rng)

        def scaled(channels):
            return max(1, round(width * channels))

        def pool(size):
            return nn.MaxPool2d(size, 2, ceil_mode=True)

        large = stem == "imagenet"
        kernel, stride = (7, 2) if large else (3, 1)
        first, last = scaled(64), scaled(192)
        self.aux_logits = aux_logits
        self.transform_input = transform_input
        self.conv1 = BasicConv2d(
            in_channels, first, kernel, stride=stride, padding=kernel // 2, rng=rng
        )
        self.maxpool1 = pool(3) if large else nn.Identity()
        self.conv2 = BasicConv2d(first, first, 1, rng=rng)
        self.conv3 = BasicConv2d(first, last, 3, padding=1, rng=rng)
        self.maxpool2 = pool(3) if large else nn.Identity()
        before, seen = last, {}  # channels before the next block, and after each
        for name, row in TABLE_1.items():
            if name == "4a":
                self.maxpool3 = pool(3)
            if name == "5a":
                self.maxpool4 = pool(2)
            sizes = [scaled(channels) for channels in row]
            block = Inception(before, *sizes, five_by_five=five_by_five, rng=rng)
            setattr(self, f"inception{name}", block)
            before = sizes[0] + sizes[2] + sizes[4] + sizes[5]
            seen[name] = before
        self.aux1 = self.aux2 = None
        if aux_logits:
            options = {
                "channels": scaled(128),
                "hidden": scaled(1024),
                "dropout": dropout_aux,
                "rng": rng,
            }
            self.aux1 = InceptionAux(seen["4a"], num_classes, **options)
            self.aux2 = InceptionAux(seen["4d"], num_classes, **options)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout, rng=rng)
        self.fc = nn.Linear(before, num_classes, rng=rng)
        if init_weights:
            for module in self.modules():
                if isinstance(module, nn.Conv2d | nn.Linear):  # bounds: 200 deviations
                    nn.init.trunc_normal_(module.weight, std=0.01, rng=rng)

    def forward(self, x: Tensor) -> Tensor | GoogLeNetOutputs:
        """(N, in_channels, H, W) -> scores, (N, num_classes), or three of them."""
        if self.transform_input:
            x = _renormalize(x)
        x = self.maxpool1(self.conv1(x))  # of 224x224 pixels (N, 64, 56, 56)
        x = self.maxpool2(self.conv3(self.conv2(x)))  # (N, 192, 28, 28)
        x = self.inception3b(self.inception3a(x))  # (N, 480, 28, 28)
        x = middle1 = self.inception4a(self.maxpool3(x))  # (N, 512, 14, 14)
        x = self.inception4c(self.inception4b(x))  # (N, 512, 14, 14)
        x = middle2 = self.inception4d(x)  # (N, 528, 14, 14)
        x = self.maxpool4(self.inception4e(x))  # (N, 832, 7, 7)
        x = self.inception5b(self.inception5a(x))  # (N, 1024, 7, 7)
        x = self.avgpool(x).flatten(1)  # (N, 1024)
        logits = self.fc(self.dropout(x))
        if self.training and self.aux_logits:
            return GoogLeNetOutputs(logits, self.aux2(middle2), self.aux1(middle1))
        return logits


def googlenet(num_classes: int = 1000, **options: Any) -> GoogLeNet:
    """Return GoogLeNet; `options` are those of the class."""
    return GoogLeNet(num_classes, **options)


def _renormalize(x: Tensor) -> Tensor:
    """Undo one normalization of the channels and do the other."""
    mean = np.array([0.485, 0.456, 0.406], x.dtype).reshape(3, 1, 1)
    deviation = np.array([0.229, 0.224, 0.225], x.dtype).reshape(3, 1, 1)
    return (x * Tensor(deviation) + Tensor(mean) - 0.5) / 0.5
