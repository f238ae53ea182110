"""Pooling as layers: the largest number, the mean or the norm of every window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.average_pooling import require_divisor
from dlbook.functional.lp_pooling import require_norm_type
from dlbook.functional.windows import number_per_axis
from dlbook.nn.module import Module

__all__ = [
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]


class WindowLayer(Module):
    """What layers with sliding windows share: their kernel, stride and padding."""

    axes: int

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None,
        padding: int | Sequence[int] = 0,
    ) -> None:
        stride = kernel_size if stride is None else stride
        self.kernel_size = self.checked("kernel_size", kernel_size)
        self.stride = self.checked("stride", stride)
        self.padding = self.checked("padding", padding, least=0)

    def checked(self, name: str, value: int | Sequence[int], least: int = 1):
        """Return `value` once it is found to be one int, or one for every axis."""
        number_per_axis(type(self).__name__, name, value, self.axes, least=least)
        return value


class MaxPool2d(WindowLayer):
    """Take the largest number of every window: `functional.max_pool2d`.

    Parameters
    ----------
    kernel_size : int or two ints
        The window's height and width.
    stride : int or two ints, optional
        The steps from window to window; by default the kernel size.
    padding : int or two ints
        Rows and columns added on each side, at most half of the kernel; they never win.
    dilation : int or two ints
        The steps between neighbors in a window.
    return_indices : bool
        Whether to return the places of the maxima as well, for `MaxUnpool2d`.
    ceil_mode : bool
        Whether a last window that sticks out on the right or below counts.

    Raises
    ------
    TypeError, ValueError
        If an option is no int, too small, or has another length; and when called, as
        `functional.max_pool2d`.
    """

    axes = 2

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        *,
        padding: int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding)
        self.dilation = self.checked("dilation", dilation)
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """(N, C, H, W) or (C, H, W) -> (N, C, O_H, O_W) or (C, O_H, O_W)."""
        return F.max_pool2d(x, **self.options())

    def options(self) -> dict[str, object]:
        """Return the options, as the function takes them."""
        return {
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "ceil_mode": self.ceil_mode,
            "return_indices": self.return_indices,
        }

    def extra_repr(self) -> str:
        """Return all options."""
        return ", ".join(f"{name}={value}" for name, value in self.options().items())


class MaxPool1d(MaxPool2d):
    """Take the largest number of every window of sequences: `functional.max_pool1d`.

    Parameters and errors as for `MaxPool2d`, with one int for each option.
    """

    axes = 1

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """(N, C, L) or (C, L) -> (N, C, O) or (C, O)."""
        return F.max_pool1d(x, **self.options())


class MaxPool3d(MaxPool2d):
    """Take the largest number of every window of volumes: `functional.max_pool3d`.

    Parameters and errors as for `MaxPool2d`, with one int or three for each option.
    """

    axes = 3

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """(N, C, D, H, W) or (C, D, H, W) -> the same with (O_D, O_H, O_W) places."""
        return F.max_pool3d(x, **self.options())


class AvgPool2d(WindowLayer):
    """Average every window: `functional.avg_pool2d`.

    Parameters
    ----------
    kernel_size : int or two ints
        The window's height and width.
    stride : int or two ints, optional
        The steps from window to window; by default the kernel size.
    padding : int or two ints
        Rows and columns of zeros on each side, at most half of the kernel.
    ceil_mode : bool
        Whether a last window that sticks out on the right or below counts.
    count_include_pad : bool
        Whether the zeros of the padding count in the mean.
    divisor_override : int, optional
        The divisor of every window, not 0; 1 gives the sum.

    Raises
    ------
    TypeError, ValueError
        If an option is no int, too small, or has another length; and when called, as
        `functional.avg_pool2d`.
    """

    axes = 2

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        *,
        padding: int | Sequence[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = require_divisor(type(self).__name__, divisor_override)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) or (C, H, W) -> (N, C, O_H, O_W) or (C, O_H, O_W)."""
        return F.avg_pool2d(x, **self.options())

    def options(self) -> dict[str, object]:
        """Return the options, as the function takes them."""
        return {
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "padding": self.padding,
            "ceil_mode": self.ceil_mode,
            "count_include_pad": self.count_include_pad,
            "divisor_override": self.divisor_override,
        }

    def extra_repr(self) -> str:
        """Return all options."""
        return ", ".join(f"{name}={value}" for name, value in self.options().items())


class AvgPool3d(AvgPool2d):
    """Average every window of volumes: `functional.avg_pool3d`.

    Parameters and errors as for `AvgPool2d`, with one int or three for each option.
    """

    axes = 3

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, D, H, W) or (C, D, H, W) -> the same with (O_D, O_H, O_W) places."""
        return F.avg_pool3d(x, **self.options())


class AvgPool1d(AvgPool2d):
    """Average every window of sequences: `functional.avg_pool1d`.

    Parameters and errors as for `AvgPool2d`, with one int for each option and without
    `divisor_override`.
    """

    axes = 1

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        *,
        padding: int | Sequence[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(
            kernel_size,
            stride,
            padding=padding,
            ceil_mode=ceil_mode,
            count_include_pad=count_include_pad,
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, L) or (C, L) -> (N, C, O) or (C, O)."""
        return F.avg_pool1d(x, **self.options())

    def options(self) -> dict[str, object]:
        """Return the options, as the function takes them."""
        options = super().options()
        del options["divisor_override"]
        return options


class LPPool2d(WindowLayer):
    """Take the p-norm of every window: `functional.lp_pool2d`.

    Parameters
    ----------
    norm_type : float
        p, positive; also infinity.
    kernel_size : int or two ints
        The window's height and width.
    stride : int or two ints, optional
        The steps from window to window; by default the kernel size.
    ceil_mode : bool
        Whether a last window that sticks out on the right or below counts.

    Raises
    ------
    TypeError, ValueError
        If p is no positive number, or an option no int, too small, or of another
        length; and when called, as `functional.lp_pool2d`.
    """

    axes = 2

    def __init__(
        self,
        norm_type: float,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        *,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride)
        self.norm_type = require_norm_type(type(self).__name__, norm_type)
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) or (C, H, W) -> (N, C, O_H, O_W) or (C, O_H, O_W)."""
        return F.lp_pool2d(x, **self.options())

    def options(self) -> dict[str, object]:
        """Return the options, as the function takes them."""
        return {
            "norm_type": self.norm_type,
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "ceil_mode": self.ceil_mode,
        }

    def extra_repr(self) -> str:
        """Return all options."""
        return ", ".join(f"{name}={value}" for name, value in self.options().items())


class LPPool1d(LPPool2d):
    """Take the p-norm of every window of sequences: `functional.lp_pool1d`.

    Parameters and errors as for `LPPool2d`, with one int for kernel and stride.
    """

    axes = 1

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, L) or (C, L) -> (N, C, O) or (C, O)."""
        return F.lp_pool1d(x, **self.options())


class LPPool3d(LPPool2d):
    """Take the p-norm of every window of volumes: `functional.lp_pool3d`.

    Parameters and errors as for `LPPool2d`, with one int or three for kernel and
    stride.
    """

    axes = 3

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, D, H, W) or (C, D, H, W) -> the same with (O_D, O_H, O_W) places."""
        return F.lp_pool3d(x, **self.options())


class MaxUnpool2d(WindowLayer):
    """Set maxima back to the places they came from: `functional.max_unpool2d`.

    Parameters
    ----------
    kernel_size, stride, padding : int or two ints
        Those of the pooling; the stride is the kernel size by default.

    Raises
    ------
    TypeError, ValueError
        If an option is no int, too small, or has another length; and when called, as
        `functional.max_unpool2d`.
    """

    axes = 2

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        *,
        padding: int | Sequence[int] = 0,
    ) -> None:
        super().__init__(kernel_size, stride, padding)

    def forward(
        self,
        x: Tensor,
        indices: Tensor | np.ndarray,
        output_size: Sequence[int] | None = None,
    ) -> Tensor:
        """(N, C, H, W) or (C, H, W), and indices of this shape -> (..., H', W')."""
        return F.max_unpool2d(x, indices, **self.options(), output_size=output_size)

    def options(self) -> dict[str, object]:
        """Return the options, as the function takes them."""
        return {
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "padding": self.padding,
        }

    def extra_repr(self) -> str:
        """Return all options."""
        return ", ".join(f"{name}={value}" for name, value in self.options().items())


class MaxUnpool1d(MaxUnpool2d):
    """Set maxima of sequences back to their places: `functional.max_unpool1d`.

    Parameters and errors as for `MaxUnpool2d`, with one int for each option.
    """

    axes = 1

    def forward(
        self,
        x: Tensor,
        indices: Tensor | np.ndarray,
        output_size: Sequence[int] | None = None,
    ) -> Tensor:
        """(N, C, L) or (C, L), and indices of this shape -> (..., L')."""
        return F.max_unpool1d(x, indices, **self.options(), output_size=output_size)


class MaxUnpool3d(MaxUnpool2d):
    """Set maxima of volumes back to their places: `functional.max_unpool3d`.

    Parameters and errors as for `MaxUnpool2d`, with one int or three for each option.
    """

    axes = 3

    def forward(
        self,
        x: Tensor,
        indices: Tensor | np.ndarray,
        output_size: Sequence[int] | None = None,
    ) -> Tensor:
        """(..., D, H, W), and indices of this shape -> (..., D', H', W')."""
        return F.max_unpool3d(x, indices, **self.options(), output_size=output_size)
