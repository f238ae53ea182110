"""ResNet: layers that learn what to add to their input (2015)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.random import default_rng

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "ResNet",
    "ZeroPadShortcut",
    "cifar_resnet",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
]

Rng = np.random.Generator | int | None
Norm = Callable[[int], nn.Module]


def conv3x3(
    in_channels: int, out_channels: int, *, stride: int = 1, rng: Rng = None
) -> nn.Conv2d:
    """Return a 3x3 convolution that keeps the size but for its stride, without bias."""
    return nn.Conv2d(
        in_channels, out_channels, 3, stride=stride, padding=1, bias=False, rng=rng
    )


def conv1x1(
    in_channels: int, out_channels: int, *, stride: int = 1, rng: Rng = None
) -> nn.Conv2d:
    """Return a 1x1 convolution, a linear map of the channels, without bias."""
    return nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False, rng=rng)


class ZeroPadShortcut(nn.Module):
    """Shortcut of option A: every stride-th pixel, and channels of zeros behind.

    Parameters
    ----------
    in_channels, out_channels : int
        The second is not smaller than the first.
    stride : int

    Raises
    ------
    ValueError
        If `out_channels` is smaller than `in_channels`.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        if out_channels < in_channels:
            raise ValueError(
                "ZeroPadShortcut: out_channels must be at least in_channels = "
                f"{in_channels}, got {out_channels}"
            )
        self.new_channels = out_channels - in_channels
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride)."""
        x = x[:, :, :: self.stride, :: self.stride]
        return x.pad(((0, 0), (0, self.new_channels), (0, 0), (0, 0)))


def make_shortcut(
    kind: str,
    in_channels: int,
    out_channels: int,
    *,
    stride: int,
    norm_layer: Norm,
    rng: Rng = None,
) -> nn.Module | None:
    """Return what the shortcut around a block has to do; None if the input fits.

    Parameters
    ----------
    kind : {"A", "B", "C"}
        Section 4.1 of the paper. "A": the identity, with zeros for new channels, and
        no parameters. "B": a 1x1 convolution where the shape changes, the identity
        elsewhere. "C": a 1x1 convolution around every block.
    in_channels, out_channels, stride : int
        Of the block.
    norm_layer : callable
        Makes the normalization after the convolution.
    rng : numpy.random.Generator, int or None

    Raises
    ------
    ValueError
        If `kind` is none of these.
    """
    if kind not in ("A", "B", "C"):
        raise ValueError(f'shortcuts must be "A", "B" or "C", got {kind!r}')
    changes = stride != 1 or in_channels != out_channels
    if kind == "A" and changes:
        return ZeroPadShortcut(in_channels, out_channels, stride)
    if kind == "C" or (kind == "B" and changes):
        return nn.Sequential(
            conv1x1(in_channels, out_channels, stride=stride, rng=rng),
            norm_layer(out_channels),
        )
    return None


class BasicBlock(nn.Module):
    r"""Two 3x3 convolutions: :math:`y = \mathrm{relu}(F(x) + x)`.

    F is convolution, normalization, ReLU, convolution, normalization (figure 2 and
    equation 1 of the paper). Where the shape changes, x goes through a shortcut first
    (equation 2).

    Parameters
    ----------
    in_channels, channels : int
        Before and after.
    stride : int
        Of the first convolution.
    shortcuts : {"A", "B", "C"}
        See `make_shortcut`.
    residual : bool
        False leaves x out, :math:`y = \mathrm{relu}(F(x))`: two layers of a plain
        network.
    norm_layer : callable
        Makes a normalization from the number of channels.
    rng : numpy.random.Generator, int or None

    References
    ----------
    He, Zhang, Ren & Sun (2016), CVPR, arXiv:1512.03385, sections 3.2 and 3.3.
    """

    expansion = 1  # channels of the output, in multiples of `channels`

    def __init__(
        self,
        in_channels: int,
        channels: int,
        *,
        stride: int = 1,
        shortcuts: str = "B",
        residual: bool = True,
        norm_layer: Norm = nn.BatchNorm2d,
        rng: Rng = None,
    ) -> None:
        rng = default_rng(rng)
        self.conv1 = conv3x3(in_channels, channels, stride=stride, rng=rng)
        self.bn1 = norm_layer(channels)
        self.relu = nn.ReLU()
        self.conv2 = conv3x3(channels, channels, rng=rng)
        self.bn2 = norm_layer(channels)
        self.residual = residual
        self.downsample = None
        if residual:
            self.downsample = make_shortcut(
                shortcuts,
                in_channels,
                channels,
                stride=stride,
                norm_layer=norm_layer,
                rng=rng,
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, channels, H / stride, W / stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.residual:
            y = y + (x if self.downsample is None else self.downsample(x))
        return self.relu(y)


class Bottleneck(nn.Module):
    """Three convolutions: 1x1 to few channels, 3x3, 1x1 to four times as many.

    As `BasicBlock` otherwise (figure 5, right). The authors' own models have the stride
    in the first 1x1 convolution, which then passes over three pixels of four; here it
    is in the 3x3 convolution, as in torchvision. Parameters are the same.

    Parameters
    ----------
    in_channels : int
        Before the block.
    channels : int
        Of the 3x3 convolution; after the block there are four times as many.
    stride : int
        Of the 3x3 convolution.
    shortcuts, residual, norm_layer, rng
        As for `BasicBlock`.
    """

    expansion = 4

    def __init__(
        self,
        in_channels: int,
        channels: int,
        *,
        stride: int = 1,
        shortcuts: str = "B",
        residual: bool = True,
        norm_layer: Norm = nn.BatchNorm2d,
        rng: Rng = None,
    ) -> None:
        rng = default_rng(rng)
        out_channels = channels * self.expansion
        self.conv1 = conv1x1(in_channels, channels, rng=rng)
        self.bn1 = norm_layer(channels)
        self.conv2 = conv3x3(channels, channels, stride=stride, rng=rng)
        self.bn2 = norm_layer(channels)
        self.conv3 = conv1x1(channels, out_channels, rng=rng)
        self.bn3 = norm_layer(out_channels)
        self.relu = nn.ReLU()
        self.residual = residual
        self.downsample = None
        if residual:
            self.downsample = make_shortcut(
                shortcuts,
                in_channels,
                out_channels,
                stride=stride,
                norm_layer=norm_layer,
                rng=rng,
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, 4 * channels, H / stride, W / stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        if self.residual:
            y = y + (x if self.downsample is None else self.downsample(x))
        return self.relu(y)


class ResNet(nn.Module):
    """A stem, stages of blocks that halve the image, the mean over it, a linear layer.

    Parameters
    ----------
    block : type
        `BasicBlock` or `Bottleneck`.
    layers : sequence of int
        How many blocks each stage has. From one stage to the next, height and width
        are halved and channels doubled.
    num_classes : int
    in_channels : int
        Of the images.
    width : int
        Channels of the first stage.
    stem : {"imagenet", "small"}
        "imagenet": a 7x7 convolution and max pooling, both with stride 2 (table 1).
        "small": a 3x3 convolution with stride 1 and no pooling, for images of 8 to 64
        pixels (section 4.2).
    shortcuts : {"A", "B", "C"}
        Section 4.1. "A": the identity, with zeros for new channels. "B": a 1x1
        convolution where the shape changes, torchvision's form. "C": a 1x1 convolution
        around every block.
    residual : bool
        False leaves out the shortcuts: the plain network that the paper compares with.
    zero_init_residual : bool
        Whether the last normalization of every block starts with weight 0, so that the
        block starts as the identity (Goyal et al. 2017, arXiv:1706.02677, section
        5.1).
    norm_layer : callable
        Makes a normalization from the number of channels.
    rng : numpy.random.Generator, int or None
        Source of the initial values: convolutions by He's rule from the fan-out (He et
        al. 2015, arXiv:1502.01852, equation 14), the linear layer as `nn.Linear` does.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    References
    ----------
    He, Zhang, Ren & Sun (2016), CVPR, arXiv:1512.03385. Names and layout of the
    parameters are torchvision's.
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        layers: Sequence[int],
        num_classes: int = 1000,
        *,
        in_channels: int = 3,
        width: int = 64,
        stem: str = "imagenet",
        shortcuts: str = "B",
        residual: bool = True,
        zero_init_residual: bool = False,
        norm_layer: Norm = nn.BatchNorm2d,
        rng: Rng = None,
    ) -> None:
        if stem not in ("imagenet", "small"):
            raise ValueError(
                f'ResNet: stem must be "imagenet" or "small", got {stem!r}'
            )
        if not layers or min(layers) < 1:
            raise ValueError(
                f"ResNet: layers must hold numbers of at least 1, got {layers}"
            )
        rng = default_rng(rng)
        if stem == "imagenet":
            self.conv1 = nn.Conv2d(
                in_channels, width, 7, stride=2, padding=3, bias=False, rng=rng
            )
        else:
            self.conv1 = conv3x3(in_channels, width, rng=rng)
        self.bn1 = norm_layer(width)
        self.relu = nn.ReLU()
        self.maxpool = (
            nn.MaxPool2d(3, 2, padding=1) if stem == "imagenet" else nn.Identity()
        )
        self.stages = len(layers)
        before = width
        for stage, blocks in enumerate(layers):
            channels = width * 2**stage
            row = nn.Sequential()
            for number in range(blocks):
                halves = stage > 0 and number == 0
                row.append(
                    block(
                        before,
                        channels,
                        stride=2 if halves else 1,
                        shortcuts=shortcuts,
                        residual=residual,
                        norm_layer=norm_layer,
                        rng=rng,
                    )
                )
                before = channels * block.expansion
            setattr(self, f"layer{stage + 1}", row)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(before, num_classes, rng=rng)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight, mode="fan_out", nonlinearity="relu", rng=rng
                )
            elif zero_init_residual and isinstance(module, BasicBlock | Bottleneck):
                last = module.bn3 if isinstance(module, Bottleneck) else module.bn2
                nn.init.zeros_(last.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> scores, (N, num_classes)."""
        # shapes for images of 224x224 and basic blocks of width 64
        x = self.relu(self.bn1(self.conv1(x)))  # (N, 64, 112, 112)
        x = self.maxpool(x)  # (N, 64, 56, 56)
        for stage in range(self.stages):  # at the end (N, 512, 7, 7)
            x = getattr(self, f"layer{stage + 1}")(x)
        x = self.avgpool(x)  # (N, 512, 1, 1)
        return self.fc(x.flatten(1))


def resnet18(num_classes: int = 1000, **options: Any) -> ResNet:
    """Return ResNet-18, table 1 of the paper: 11,689,512 parameters.

    `options` are those of `ResNet`; so for the four functions below.
    """
    return ResNet(BasicBlock, (2, 2, 2, 2), num_classes, **options)


def resnet34(num_classes: int = 1000, **options: Any) -> ResNet:
    """Return ResNet-34: 21,797,672 parameters."""
    return ResNet(BasicBlock, (3, 4, 6, 3), num_classes, **options)


def resnet50(num_classes: int = 1000, **options: Any) -> ResNet:
    """Return ResNet-50: 25,557,032 parameters."""
    return ResNet(Bottleneck, (3, 4, 6, 3), num_classes, **options)


def resnet101(num_classes: int = 1000, **options: Any) -> ResNet:
    """Return ResNet-101: 44,549,160 parameters."""
    return ResNet(Bottleneck, (3, 4, 23, 3), num_classes, **options)


def resnet152(num_classes: int = 1000, **options: Any) -> ResNet:
    """Return ResNet-152: 60,192,808 parameters."""
    return ResNet(Bottleneck, (3, 8, 36, 3), num_classes, **options)


def cifar_resnet(
    depth: int = 20,
    num_classes: int = 10,
    *,
    width: int = 16,
    shortcuts: str = "A",
    **options: Any,
) -> ResNet:
    """Return the network for small images of the paper's section 4.2.

    Three stages of n basic blocks with 16, 32 and 64 channels, so that a first
    convolution, 6n more and a linear layer make 6n + 2 layers. 20 layers have 269,722
    parameters, 110 layers 1,727,962.

    Parameters
    ----------
    depth : int
        6n + 2: 8, 14, 20, 32, 44, 56, 110, ...
    num_classes : int
    width : int
        Channels of the first stage.
    shortcuts : {"A", "B", "C"}
        The paper has "A" here.
    **options
        Those of `ResNet`, such as ``residual=False`` for the plain network.

    Raises
    ------
    ValueError
        If `depth` is not 6n + 2 with n >= 1.
    """
    n, rest = divmod(depth - 2, 6)
    if rest or n < 1:
        raise ValueError(
            f"cifar_resnet: depth must be 6n + 2, such as 8, 14 or 20, got {depth}"
        )
    return ResNet(
        BasicBlock,
        (n, n, n),
        num_classes,
        width=width,
        stem="small",
        shortcuts=shortcuts,
        **options,
    )
