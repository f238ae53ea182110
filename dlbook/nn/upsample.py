"""Resizing as a layer."""

from __future__ import annotations

from collections.abc import Sequence

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.module import Module

__all__ = ["Upsample"]


class Upsample(Module):
    """Resize sequences, images or volumes: `functional.interpolate`.

    Parameters
    ----------
    size : int or sequence of int, optional
        The lengths of all axes after the channels.
    scale_factor : float or sequence of float, optional
        Their ratio to the lengths of x, instead of `size`; below 1 it makes smaller.
    mode : str
        "nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic" or
        "area".
    align_corners : bool, optional
        Whether the centers of the corner pixels stay where they are.
    recompute_scale_factor : bool, optional
        Whether the step between places is taken from the sizes, also with
        `scale_factor`.

    Raises
    ------
    ValueError
        If not exactly one of `size` and `scale_factor` is given, which torch's layer
        finds out when it is called.
    TypeError, ValueError
        When called, as `functional.interpolate` does.
    """

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        *,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        if (size is None) == (scale_factor is None):
            raise ValueError("Upsample: give either size or scale_factor")
        self.size = size
        self.scale_factor = scale_factor
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, *) -> (N, C, *)."""
        return F.interpolate(
            x,
            self.size,
            self.scale_factor,
            mode=self.mode,
            align_corners=self.align_corners,
            recompute_scale_factor=self.recompute_scale_factor,
        )

    def extra_repr(self) -> str:
        """Return the options that are set."""
        options = {
            "size": self.size,
            "scale_factor": self.scale_factor,
            "mode": self.mode,
            "align_corners": self.align_corners,
            "recompute_scale_factor": self.recompute_scale_factor,
        }
        given = (f"{k}={v!r}" for k, v in options.items() if v is not None)
        return ", ".join(given)
