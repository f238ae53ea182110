"""Convolutions and transposed convolutions as layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.conv_transpose import smallest_size
from dlbook.functional.convolution import both_sides
from dlbook.functional.convolution_geometry import as_numbers
from dlbook.nn.arguments import require_size
from dlbook.nn.module import Module, Parameter
from dlbook.random import default_rng

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
]

MODES = ("zeros", "reflect", "replicate", "circular")
Numbers = int | Sequence[int]
Rng = np.random.Generator | int | None


class Filters(Module):
    """What a convolution and its transpose share: sizes, parameters, printing.

    Attributes
    ----------
    axes : int
        1, 2 or 3: how many axes a filter has.
    """

    axes: ClassVar[int]

    def _set_options(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Numbers,
        stride: Numbers,
        padding: Numbers | str,
        dilation: Numbers,
        groups: int,
    ) -> None:
        """Check and keep what both have."""
        name = type(self).__name__
        self.in_channels = require_size(in_channels, f"{name}: in_channels")
        self.out_channels = require_size(out_channels, f"{name}: out_channels")
        self.groups = require_size(groups, f"{name}: groups")
        for which in ("in_channels", "out_channels"):
            if getattr(self, which) % self.groups:
                raise ValueError(
                    f"{name}: groups must divide {which} = {getattr(self, which)}, "
                    f"got {groups}"
                )

        def numbers(which: str, value: Numbers, least: int) -> tuple[int, ...]:
            return as_numbers(f"{name}: {which}", value, self.axes, least=least)

        self.kernel_size = numbers("kernel_size", kernel_size, 1)
        self.stride = numbers("stride", stride, 1)
        self.dilation = numbers("dilation", dilation, 1)
        self.padding = (
            padding if isinstance(padding, str) else numbers("padding", padding, 0)
        )

    def _draw(self, channels: tuple[int, int], bias: bool, rng: Rng) -> None:
        """Make the parameters; `channels` are the first two axes of the weight."""
        weight = np.empty((*channels, *self.kernel_size), np.float32)
        self.weight = Parameter(weight)
        self.bias = Parameter(np.empty(self.out_channels, np.float32)) if bias else None
        self.reset_parameters(rng=rng)

    def reset_parameters(self, *, rng: Rng = None) -> None:
        r"""Draw weight and bias from U(-k, k) with :math:`k = 1/\sqrt{n}`.

        n is the second axis of the weight times the kernel's size.
        """
        rng = default_rng(rng)
        bound = 1 / math.sqrt(math.prod(self.weight.shape[1:]))
        for parameter in (self.weight, self.bias):
            if parameter is not None:
                parameter.data[...] = rng.uniform(-bound, bound, parameter.shape)

    def extra_repr(self) -> str:
        """Return the sizes, and the options that are not the default, as torch does."""
        zeros, ones = (0,) * self.axes, (1,) * self.axes
        options = {
            "padding": (self.padding, zeros),
            "dilation": (self.dilation, ones),
            "output_padding": (getattr(self, "output_padding", zeros), zeros),
            "groups": (self.groups, 1),
            "bias": (self.bias is not None, True),
            "padding_mode": (getattr(self, "padding_mode", "zeros"), "zeros"),
        }
        return ", ".join(
            [
                f"{self.in_channels}, {self.out_channels}",
                f"kernel_size={self.kernel_size}, stride={self.stride}",
                *(f"{k}={v}" for k, (v, default) in options.items() if v != default),
            ]
        )


class Convolution(Filters):
    """Conv1d, Conv2d and Conv3d, which differ in the number of axes alone."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Numbers,
        *,
        stride: Numbers = 1,
        padding: Numbers | str = 0,
        dilation: Numbers = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        rng: Rng = None,
    ) -> None:
        self._set_options(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups
        )
        name = type(self).__name__
        if padding_mode not in MODES:
            raise ValueError(
                f"{name}: padding_mode must be one of {', '.join(MODES)}, "
                f"got {padding_mode!r}"
            )
        self.padding_mode = padding_mode
        sides = both_sides(
            name, self.padding, self.kernel_size, self.stride, self.dilation
        )
        # for functional.pad, which takes the last axis first
        pairs = reversed(list(zip(*sides, strict=True)))
        self._pad = tuple(number for pair in pairs for number in pair)
        self._draw((self.out_channels, self.in_channels // self.groups), bias, rng)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, *size) -> (N, out_channels, *new size); N may be missing."""
        padding = self.padding if self.padding_mode == "zeros" else 0
        if self.padding_mode != "zeros":
            x = F.pad(x, self._pad, mode=self.padding_mode)
        convolve = getattr(F, f"conv{self.axes}d")
        return convolve(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=padding,
            dilation=self.dilation,
            groups=self.groups,
        )


class Conv2d(Convolution):
    r"""Slide filters over images: `functional.conv2d`.

    Parameters
    ----------
    in_channels, out_channels : int
        Number of channels before and after, at least 1.
    kernel_size : int or tuple of two
        Height and width of the filters.
    stride, dilation : int or tuple of two
    padding : int, tuple of two, "valid" or "same"
    groups : int
        A divisor of `in_channels` and of `out_channels`.
    bias : bool
        Whether to add a number to each output channel.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}
        What stands in the padding: zeros, the image mirrored at its edge, the edge
        repeated, or the image from its other side.
    rng : numpy.random.Generator, int or None
        Source of the initial values: a generator, a seed, or None for new random ones.

    Attributes
    ----------
    weight : Parameter, shape (out_channels, in_channels / groups, kH, kW)
    bias : Parameter, shape (out_channels,), or None
        Both float32, drawn from U(-k, k) with :math:`k = 1/\sqrt{n}`, where n =
        in_channels / groups · kH · kW is how many numbers an output sees: torch's
        default.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.conv2d` and `functional.pad` do.
    """

    axes = 2


class Conv1d(Convolution):
    """Slide filters along sequences: `functional.conv1d`.

    Parameters, attributes and errors are those of `Conv2d`, with one axis: the weight
    has the shape (out_channels, in_channels / groups, k).
    """

    axes = 1


class Conv3d(Convolution):
    """Slide filters through volumes: `functional.conv3d`.

    Parameters, attributes and errors are those of `Conv2d`, with three axes: the weight
    has the shape (out_channels, in_channels / groups, kD, kH, kW).
    """

    axes = 3


class TransposedConvolution(Filters):
    """ConvTranspose1d to ConvTranspose3d, which differ in the number of axes alone."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Numbers,
        *,
        stride: Numbers = 1,
        padding: Numbers = 0,
        output_padding: Numbers = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Numbers = 1,
        rng: Rng = None,
    ) -> None:
        name = type(self).__name__
        if isinstance(padding, str):
            raise TypeError(f"{name}: padding must be numbers, got {padding!r}")
        self._set_options(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups
        )
        self.output_padding = as_numbers(
            f"{name}: output_padding", output_padding, self.axes, least=0
        )
        self._draw((self.in_channels, self.out_channels // self.groups), bias, rng)

    def forward(self, x: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """(N, in_channels, *size) -> (N, out_channels, *new size); N may be missing.

        Parameters
        ----------
        x : Tensor
        output_size : sequence of int, optional
            The new size, in place of the layer's `output_padding`: one of those whose
            convolution has the size of x.

        Raises
        ------
        ValueError
            If no output_padding leads to this size.
        """
        output_padding = self.output_padding
        if output_size is not None:
            output_padding = self._output_padding_for(x, output_size)
        convolve = getattr(F, f"conv_transpose{self.axes}d")
        return convolve(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            output_padding=output_padding,
            groups=self.groups,
            dilation=self.dilation,
        )

    def _output_padding_for(
        self, x: Tensor, output_size: Sequence[int]
    ) -> tuple[int, ...]:
        name = f"{type(self).__name__}: output_size"
        wanted = as_numbers(name, tuple(output_size), self.axes, least=1)
        options = (self.kernel_size, self.stride, self.padding, self.dilation)
        smallest = smallest_size(x.shape[-self.axes :], *options)
        missing = tuple(w - s for w, s in zip(wanted, smallest, strict=True))
        if any(not 0 <= m < s for m, s in zip(missing, self.stride, strict=True)):
            largest = tuple(
                n + s - 1 for n, s in zip(smallest, self.stride, strict=True)
            )
            raise ValueError(
                f"{name} must lie between {smallest} and {largest}, got {wanted}"
            )
        return missing


class ConvTranspose2d(TransposedConvolution):
    r"""Spread every element of images over a window: `functional.conv_transpose2d`.

    Parameters
    ----------
    in_channels, out_channels : int
        Number of channels before and after, at least 1.
    kernel_size : int or tuple of two
        Height and width of the filters.
    stride, padding, output_padding, dilation : int or tuple of two
    groups : int
        A divisor of `in_channels` and of `out_channels`.
    bias : bool
        Whether to add a number to each output channel.
    rng : numpy.random.Generator, int or None
        Source of the initial values: a generator, a seed, or None for new random ones.

    Attributes
    ----------
    weight : Parameter, shape (in_channels, out_channels / groups, kH, kW)
    bias : Parameter, shape (out_channels,), or None
        Both float32, drawn from U(-k, k) with :math:`k = 1/\sqrt{n}`, where n =
        out_channels / groups · kH · kW: torch's default.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.conv_transpose2d` does.
    """

    axes = 2


class ConvTranspose1d(TransposedConvolution):
    """Spread every element of sequences over a window: `functional.conv_transpose1d`.

    Parameters, attributes and errors are those of `ConvTranspose2d`, with one axis: the
    weight has the shape (in_channels, out_channels / groups, k).
    """

    axes = 1


class ConvTranspose3d(TransposedConvolution):
    """Spread every element of volumes over a window: `functional.conv_transpose3d`.

    Parameters, attributes and errors are those of `ConvTranspose2d`, with three axes:
    the weight has the shape (in_channels, out_channels / groups, kD, kH, kW).
    """

    axes = 3
