"""Local response normalization as a layer."""

from __future__ import annotations

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.local_response_norm import (
    require_coefficients,
    require_neighbors,
)
from dlbook.nn.module import Module

__all__ = ["LocalResponseNorm"]


class LocalResponseNorm(Module):
    r"""Divide each number by a power of the mean square of its neighbor channels.

    `functional.local_response_norm`, AlexNet's normalization.

    Parameters
    ----------
    size : int
        The number of channels in a neighborhood.
    alpha, beta, k : float
        :math:`\alpha \ge 0`, :math:`\beta`, and k > 0.

    Raises
    ------
    TypeError, ValueError
        If `size` is no positive int, or an option no finite number in its range; and
        when called, as `functional.local_response_norm`.
    """

    def __init__(
        self,
        size: int,
        *,
        alpha: float = 1e-4,
        beta: float = 0.75,
        k: float = 1.0,
    ) -> None:
        require_neighbors("LocalResponseNorm", size)
        self.size = size
        self.alpha, self.beta, self.k = require_coefficients(
            "LocalResponseNorm", alpha, beta, k
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, *) -> (N, C, *)."""
        return F.local_response_norm(
            x, self.size, alpha=self.alpha, beta=self.beta, k=self.k
        )

    def extra_repr(self) -> str:
        """Return all options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
