"""U-Net: a class for every pixel (2015)."""

from __future__ import annotations

import numpy as np

from dlbook import nn
from dlbook.autograd import Tensor, concatenate
from dlbook.random import default_rng

__all__ = ["DoubleConv", "UNet", "UpBlock"]

Rng = np.random.Generator | int | None


class DoubleConv(nn.Module):
    """Twice a 3x3 convolution and ReLU; height and width stay.

    Parameters
    ----------
    in_channels, out_channels : int
    batch_norm : bool
        Whether each convolution is followed by batch normalization (and has no bias of
        its own).
    rng : numpy.random.Generator, int or None
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        batch_norm: bool = True,
        rng: Rng = None,
    ) -> None:
        rng = default_rng(rng)
        options = {"padding": 1, "bias": not batch_norm, "rng": rng}
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, **options)
        self.bn1 = nn.BatchNorm2d(out_channels) if batch_norm else nn.Identity()
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, **options)
        self.bn2 = nn.BatchNorm2d(out_channels) if batch_norm else nn.Identity()
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H, W)."""
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)))


class UpBlock(nn.Module):
    """Double the size, put what the way down has seen beside it, and convolve twice.

    Parameters
    ----------
    channels : int
        After the block; before it there are twice as many.
    upsample : {"transpose", "nearest", "bilinear"}
        How the size is doubled while the channels are halved. "transpose": a
        transposed 2x2 convolution with stride 2, the paper's. "nearest", "bilinear":
        interpolation and then a 3x3 convolution, which leaves no checkerboard (Odena,
        Dumoulin & Olah 2016, doi:10.23915/distill.00003).
    batch_norm : bool
    rng : numpy.random.Generator, int or None

    Raises
    ------
    ValueError
        If `upsample` is none of these.
    """

    def __init__(
        self,
        channels: int,
        *,
        upsample: str = "transpose",
        batch_norm: bool = True,
        rng: Rng = None,
    ) -> None:
        rng = default_rng(rng)
        if upsample == "transpose":
            self.up = nn.ConvTranspose2d(2 * channels, channels, 2, stride=2, rng=rng)
        elif upsample in ("nearest", "bilinear"):
            self.up = nn.Sequential(
                nn.Upsample(scale_factor=2, mode=upsample),
                nn.Conv2d(2 * channels, channels, 3, padding=1, rng=rng),
            )
        else:
            raise ValueError(
                'UpBlock: upsample must be "transpose", "nearest" or "bilinear", got '
                f"{upsample!r}"
            )
        self.conv = DoubleConv(2 * channels, channels, batch_norm=batch_norm, rng=rng)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """(N, 2C, H, W) and skip (N, C, 2H, 2W) -> (N, C, 2H, 2W)."""
        x = self.up(x)  # (N, C, 2H, 2W)
        return self.conv(concatenate([skip, x], axis=1))  # from (N, 2C, 2H, 2W)


class UNet(nn.Module):
    """Down to a small image with many channels, and up again with skips across.

    Parameters
    ----------
    in_channels : int
        Of the images.
    num_classes : int
        Scores a pixel.
    depth : int
        How often the size is halved; height and width must be multiples of 2**depth.
    width : int
        Channels at full size; each halving of the size doubles them.
    upsample : {"transpose", "nearest", "bilinear"}
        How the size is doubled on the way up; see `UpBlock`.
    batch_norm : bool
        Whether each 3x3 convolution is followed by batch normalization; the paper has
        none.
    rng : numpy.random.Generator, int or None
        Source of the initial values: for the 3x3 convolutions N(0, 2 / fan-in), as the
        paper's section 3; the others keep their default.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range; when called, if height or
        width is no multiple of 2**depth.

    Notes
    -----
    The paper's network has depth 4, width 64, 1 channel and 2 classes: 31,030,658
    parameters, as ``UNet(1, 2, batch_norm=False)`` has. Its convolutions use no
    padding, so that 572x572 pixels give classes for the 388x388 in the middle, and
    skips are cropped; here zeros are padded and every pixel gets its class. It also
    has dropout at the end of the way down, left out here.

    References
    ----------
    Ronneberger, Fischer & Brox (2015), MICCAI, arXiv:1505.04597, figure 1 and section
    2.
    """

    def __init__(
        self,
        in_channels: int = 1,
        num_classes: int = 2,
        *,
        depth: int = 4,
        width: int = 64,
        upsample: str = "transpose",
        batch_norm: bool = True,
        rng: Rng = None,
    ) -> None:
        if depth < 1:
            raise ValueError(f"UNet: depth must be at least 1, got {depth}")
        rng = default_rng(rng)
        options = {"batch_norm": batch_norm, "rng": rng}
        channels = [width * 2**level for level in range(depth + 1)]  # 64, ..., 1024
        self.down = nn.ModuleList(
            DoubleConv(before, after, **options)
            for before, after in zip(
                [in_channels, *channels[:-2]], channels[:-1], strict=True
            )
        )
        self.pool = nn.MaxPool2d(2)
        self.bottom = DoubleConv(channels[-2], channels[-1], **options)
        self.up = nn.ModuleList(
            UpBlock(after, upsample=upsample, **options)
            for after in reversed(channels[:-1])
        )
        self.classifier = nn.Conv2d(width, num_classes, 1, rng=rng)
        for module in self.modules():
            if isinstance(module, DoubleConv):
                for conv in (module.conv1, module.conv2):
                    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu", rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> scores, (N, num_classes, H, W)."""
        unit = 2 ** len(self.down)
        if x.ndim != 4 or x.shape[2] % unit or x.shape[3] % unit:
            raise ValueError(
                f"UNet: x has shape {x.shape}, expected (N, C, H, W) with H and W "
                f"multiples of 2**depth = {unit}"
            )
        skips = []
        for block in self.down:
            x = block(x)  # (N, width, H, W), (N, 2 width, H/2, W/2), ...
            skips.append(x)
            x = self.pool(x)
        x = self.bottom(x)  # (N, width * 2**depth, H / 2**depth, W / 2**depth)
        for block in self.up:
            x = block(x, skips.pop())
        return self.classifier(x)
