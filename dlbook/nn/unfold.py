"""Windows as columns, and back, as layers."""

from __future__ import annotations

from collections.abc import Sequence

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.unfold import pair
from dlbook.nn.module import Module

__all__ = ["Fold", "Unfold"]


class Unfold(Module):
    """Copy every window of an image into a column: `functional.unfold`.

    Parameters
    ----------
    kernel_size : int or pair of int
        How many pixels of the image a window has.
    dilation : int or pair of int
        The step between the pixels of a window.
    padding : int or pair of int
        How many zeros stand around the image.
    stride : int or pair of int
        The step between windows.

    Raises
    ------
    TypeError, ValueError
        If an option is neither an int nor a pair, or too small; when called, as
        `functional.unfold` does.
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        *,
        dilation: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        stride: int | Sequence[int] = 1,
    ) -> None:
        name = type(self).__name__
        self.kernel_size = pair(f"{name}: kernel_size", kernel_size, 1)
        self.dilation = pair(f"{name}: dilation", dilation, 1)
        self.padding = pair(f"{name}: padding", padding, 0)
        self.stride = pair(f"{name}: stride", stride, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C K_h K_w, L), also without N."""
        return F.unfold(
            x,
            self.kernel_size,
            dilation=self.dilation,
            padding=self.padding,
            stride=self.stride,
        )

    def extra_repr(self) -> str:
        """Return all options."""
        return (
            f"{self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Fold(Unfold):
    """Add columns to an image, each to its window: `functional.fold`.

    Parameters
    ----------
    output_size : int or pair of int
        H and W, the size of the image.
    kernel_size, dilation, padding, stride
        As for `Unfold`.

    Raises
    ------
    TypeError, ValueError
        If an option is neither an int nor a pair, or too small; when called, as
        `functional.fold` does.
    """

    def __init__(
        self,
        output_size: int | Sequence[int],
        kernel_size: int | Sequence[int],
        *,
        dilation: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        stride: int | Sequence[int] = 1,
    ) -> None:
        super().__init__(kernel_size, dilation=dilation, padding=padding, stride=stride)
        self.output_size = pair("Fold: output_size", output_size, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C K_h K_w, L) -> (N, C, H, W), also without N."""
        return F.fold(
            x,
            self.output_size,
            self.kernel_size,
            dilation=self.dilation,
            padding=self.padding,
            stride=self.stride,
        )

    def extra_repr(self) -> str:
        """Return all options."""
        return f"{self.output_size}, {super().extra_repr()}"
