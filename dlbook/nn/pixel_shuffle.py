"""Moving numbers between channels and places as layers."""

from __future__ import annotations

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.arguments import require_size
from dlbook.nn.module import Module

__all__ = ["ChannelShuffle", "PixelShuffle", "PixelUnshuffle"]


class PixelShuffle(Module):
    """Lay r x r channels out as r x r pixels: `functional.pixel_shuffle`.

    Parameters
    ----------
    upscale_factor : int
        r, at least 1.

    Raises
    ------
    TypeError, ValueError
        If r is no int of at least 1; when called, as `functional.pixel_shuffle` does.
    """

    def __init__(self, upscale_factor: int) -> None:
        name = "PixelShuffle: upscale_factor"
        self.upscale_factor = require_size(upscale_factor, name)

    def forward(self, x: Tensor) -> Tensor:
        """(*, C r², H, W) -> (*, C, r H, r W)."""
        return F.pixel_shuffle(x, self.upscale_factor)

    def extra_repr(self) -> str:
        """Return the factor."""
        return f"{self.upscale_factor}"


class PixelUnshuffle(Module):
    """Make channels of every r x r pixels: `functional.pixel_unshuffle`.

    Parameters
    ----------
    downscale_factor : int
        r, at least 1.

    Raises
    ------
    TypeError, ValueError
        If r is no int of at least 1; when called, as `functional.pixel_unshuffle` does.
    """

    def __init__(self, downscale_factor: int) -> None:
        name = "PixelUnshuffle: downscale_factor"
        self.downscale_factor = require_size(downscale_factor, name)

    def forward(self, x: Tensor) -> Tensor:
        """(*, C, r H, r W) -> (*, C r², H, W)."""
        return F.pixel_unshuffle(x, self.downscale_factor)

    def extra_repr(self) -> str:
        """Return the factor."""
        return f"{self.downscale_factor}"


class ChannelShuffle(Module):
    """Deal the channels out, one of each group in turn: `functional.channel_shuffle`.

    Parameters
    ----------
    groups : int
        g, at least 1.

    Raises
    ------
    TypeError, ValueError
        If g is no int of at least 1; when called, as `functional.channel_shuffle` does.
    """

    def __init__(self, groups: int) -> None:
        self.groups = require_size(groups, "ChannelShuffle: groups")

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, *) -> (N, C, *)."""
        return F.channel_shuffle(x, self.groups)

    def extra_repr(self) -> str:
        """Return how many groups there are."""
        return f"{self.groups}"
