"""Adaptive pooling as layers: an output of a fixed size, whatever the input's."""

from __future__ import annotations

from collections.abc import Sequence

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.windows import number_per_axis
from dlbook.nn.module import Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
]

Sizes = int | Sequence[int | None] | None


class AdaptiveAvgPool2d(Module):
    """Average over as many windows as asked for: `functional.adaptive_avg_pool2d`.

    With ``output_size=1`` this is global average pooling.

    Parameters
    ----------
    output_size : int, or two of int or None
        The height and width of the output; None keeps that of the input.

    Raises
    ------
    TypeError, ValueError
        If an output size is no int, smaller than 1, or there is another number of them;
        and when called, as `functional.adaptive_avg_pool2d`.
    """

    axes = 2

    def __init__(self, output_size: Sizes) -> None:
        sizes = output_size if isinstance(output_size, Sequence) else (output_size,)
        known = [1 if size is None else size for size in sizes]
        number_per_axis(
            type(self).__name__,
            "output_size",
            known if isinstance(output_size, Sequence) else known[0],
            self.axes,
        )
        self.output_size = output_size

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) or (C, H, W) -> (N, C, O_H, O_W) or (C, O_H, O_W)."""
        return F.adaptive_avg_pool2d(x, self.output_size)

    def extra_repr(self) -> str:
        """Return the output size."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(AdaptiveAvgPool2d):
    """Average sequences over as many windows as asked for.

    `functional.adaptive_avg_pool1d`; parameters and errors as for `AdaptiveAvgPool2d`,
    with one output size.
    """

    axes = 1

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, L) or (C, L) -> (N, C, O) or (C, O)."""
        return F.adaptive_avg_pool1d(x, self.output_size)


class AdaptiveAvgPool3d(AdaptiveAvgPool2d):
    """Average volumes over as many windows as asked for.

    `functional.adaptive_avg_pool3d`; parameters and errors as for `AdaptiveAvgPool2d`,
    with one output size or three.
    """

    axes = 3

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, D, H, W) or (C, D, H, W) -> the same with (O_D, O_H, O_W) places."""
        return F.adaptive_avg_pool3d(x, self.output_size)


class AdaptiveMaxPool2d(AdaptiveAvgPool2d):
    """Take the largest of as many windows as asked for.

    `functional.adaptive_max_pool2d`.

    Parameters
    ----------
    output_size : int, or two of int or None
        The height and width of the output; None keeps that of the input.
    return_indices : bool
        Whether to return the places of the maxima as well.

    Raises
    ------
    TypeError, ValueError
        As `AdaptiveAvgPool2d`.
    """

    def __init__(self, output_size: Sizes, *, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """(N, C, H, W) or (C, H, W) -> (N, C, O_H, O_W) or (C, O_H, O_W)."""
        return F.adaptive_max_pool2d(
            x, self.output_size, return_indices=self.return_indices
        )

    def extra_repr(self) -> str:
        """Return all options."""
        return f"{super().extra_repr()}, return_indices={self.return_indices}"


class AdaptiveMaxPool1d(AdaptiveMaxPool2d):
    """Take the largest of as many windows of sequences as asked for.

    `functional.adaptive_max_pool1d`; parameters and errors as for `AdaptiveMaxPool2d`,
    with one output size.
    """

    axes = 1

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """(N, C, L) or (C, L) -> (N, C, O) or (C, O)."""
        return F.adaptive_max_pool1d(
            x, self.output_size, return_indices=self.return_indices
        )


class AdaptiveMaxPool3d(AdaptiveMaxPool2d):
    """Take the largest of as many windows of volumes as asked for.

    `functional.adaptive_max_pool3d`; parameters and errors as for `AdaptiveMaxPool2d`,
    with one output size or three.
    """

    axes = 3

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """(N, C, D, H, W) or (C, D, H, W) -> the same with (O_D, O_H, O_W) places."""
        return F.adaptive_max_pool3d(
            x, self.output_size, return_indices=self.return_indices
        )
