"""Observers: they watch arrays go by and then say which grid suits them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlbook.autograd import Tensor
from dlbook.compression.quantization.grid import dequantize, quantize
from dlbook.compression.quantization.scheme import ACTIVATIONS, QuantizedArray, Scheme
from dlbook.functional.arguments import require_number
from dlbook.nn import Buffer, Module
from dlbook.nn.arguments import require_size

__all__ = [
    "MSEObserver",
    "MinMaxObserver",
    "MovingAverageMinMaxObserver",
    "Observer",
    "PercentileObserver",
]


class Observer(Module):
    """Base of the observers: what they share.

    Called with a Tensor, an observer looks at it and returns it unchanged.

    Parameters
    ----------
    scheme : Scheme
        Whose grids it is to find.

    Attributes
    ----------
    low, high : Buffer, float32
        The interval of every grid, infinite and upside down at first.

    Raises
    ------
    TypeError
        If `scheme` is no Scheme.
    """

    def __init__(self, scheme: Scheme = ACTIVATIONS) -> None:
        if not isinstance(scheme, Scheme):
            raise TypeError(
                f"{type(self).__name__}: scheme must be a Scheme, got "
                f"{type(scheme).__name__}"
            )
        self.scheme = scheme
        self.low = Buffer(np.inf)
        self.high = Buffer(-np.inf)

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> the same, having looked at it."""
        self.observe(x.data)
        return x

    def observe(self, x: np.ndarray) -> None:
        """Look at an array of floats; at an empty one there is nothing to see.

        Raises
        ------
        ValueError
            If it holds nan or infinities, or has other axes than the scheme.
        """
        blocks = self.scheme.blocks(x)
        if not blocks.size:
            return
        if not np.isfinite(blocks).all():
            raise ValueError(
                f"{type(self).__name__}: x holds nan or infinities, which no grid holds"
            )
        shared = self.scheme.shared_axes(blocks.ndim)
        kept = tuple(i for i in range(blocks.ndim) if i not in shared)
        shape = tuple(blocks.shape[i] for i in kept)
        rows = blocks.transpose(*kept, *shared).reshape(*shape, -1)
        if np.isfinite(self.low.data).all() and self.low.shape != shape:
            raise ValueError(
                f"{type(self).__name__}: x has {shape} grids, those before had "
                f"{self.low.shape}"
            )
        self.look(rows.astype(np.float32))

    def look(self, rows: np.ndarray) -> None:
        """Take notice of numbers, finite float32 of shape (*grids, numbers of each)."""
        raise NotImplementedError(f"{type(self).__name__} does not define look()")

    def calculate_qparams(self) -> tuple[np.ndarray, np.ndarray]:
        """Return scale and zero point of every grid.

        Raises
        ------
        RuntimeError
            If the observer has seen no number yet.
        """
        if not np.isfinite(self.low.data).all():
            raise RuntimeError(
                f"{type(self).__name__} has seen nothing yet; run the model on batches "
                "of typical inputs first"
            )
        return self.scheme.grid(self.low.data, self.high.data)

    def quantize(self, x: np.ndarray) -> QuantizedArray:
        """Quantize an array with the grids found."""
        return self.scheme.quantize(x, *self.calculate_qparams())

    def extra_repr(self) -> str:
        """Return the scheme."""
        return str(self.scheme)


class MinMaxObserver(Observer):
    """From the smallest to the largest number seen: nothing saturates.

    A single outlier stretches the grid for all. torch's observer of this name, and with
    a scheme of axis 0 its ``PerChannelMinMaxObserver``.

    Parameters, attributes and errors are those of `Observer`.
    """

    def look(self, rows: np.ndarray) -> None:
        """Stretch the interval."""
        self.low.data = np.minimum(self.low.data, rows.min(-1))
        self.high.data = np.maximum(self.high.data, rows.max(-1))


class MovingAverageMinMaxObserver(Observer):
    r"""From the smallest to the largest number, averaged over the batches.

    .. math:: x_{\min} \leftarrow x_{\min} + c\, (\min x - x_{\min})

    and the largest likewise; the first batch sets both. For training, where what is
    observed drifts.

    Parameters
    ----------
    scheme : Scheme
    averaging_constant : float
        c, the share of the last batch, in (0, 1].

    Attributes and errors are those of `Observer`; torch's observer of this name.
    """

    def __init__(
        self, scheme: Scheme = ACTIVATIONS, *, averaging_constant: float = 0.01
    ) -> None:
        super().__init__(scheme)
        c = require_number(averaging_constant, "averaging_constant")
        if not 0 < c <= 1:
            raise ValueError(f"averaging_constant must be in (0, 1], got {c}")
        self.averaging_constant = c

    def look(self, rows: np.ndarray) -> None:
        """Move the ends of the interval towards those of the batch."""
        low, high = rows.min(-1), rows.max(-1)
        if np.isfinite(self.low.data).all():
            c = self.averaging_constant
            low = self.low.data + c * (low - self.low.data)
            high = self.high.data + c * (high - self.high.data)
        self.low.data = np.asarray(low, np.float32)
        self.high.data = np.asarray(high, np.float32)


class KeepingObserver(Observer):
    """Base of the observers that need the numbers themselves.

    Of each batch and grid at most `most` are kept, evenly spread over it.
    """

    def __init__(self, scheme: Scheme = ACTIVATIONS, *, most: int = 4096) -> None:
        super().__init__(scheme)
        self.most = require_size(most, "most")
        self.kept: list[np.ndarray] = []

    def look(self, rows: np.ndarray) -> None:
        """Keep some of the numbers, and find the interval anew."""
        number = rows.shape[-1]
        places = np.linspace(0, number - 1, min(number, self.most)).round().astype(int)
        self.kept.append(rows[..., places])
        self.low.data, self.high.data = self.interval(np.concatenate(self.kept, -1))

    def interval(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the interval of each grid for all numbers (*grids, numbers) kept."""
        raise NotImplementedError(f"{type(self).__name__} does not define interval()")


class PercentileObserver(KeepingObserver):
    """The interval that leaves out a share of the numbers: outliers saturate.

    Parameters
    ----------
    scheme : Scheme
    percentile : float
        From 50 to 100: how many of 100 numbers lie below the upper end, and as many
        above the lower one. For a symmetric scheme, how many of 100 absolute values lie
        within. 100 gives `MinMaxObserver`'s interval of the numbers kept.
    most : int
        How many numbers of each batch and grid are kept, evenly spread.

    Attributes and errors are those of `Observer`.

    References
    ----------
    Wu, Judd, Zhang, Isaev & Micikevicius (2020), *Integer quantization for deep
    learning inference*, arXiv:2004.09602 (99.9 to 99.9999 %).
    """

    def __init__(
        self,
        scheme: Scheme = ACTIVATIONS,
        *,
        percentile: float = 99.9,
        most: int = 4096,
    ) -> None:
        super().__init__(scheme, most=most)
        self.percentile = require_number(percentile, "percentile")
        if not 50 <= percentile <= 100:
            raise ValueError(f"percentile must be from 50 to 100, got {percentile}")

    def interval(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the two percentiles."""
        if self.scheme.symmetric:
            high = np.percentile(np.abs(rows), self.percentile, axis=-1)
            low = -high
        else:
            ends = (100 - self.percentile, self.percentile)
            low, high = np.percentile(rows, ends, axis=-1)
        return np.asarray(low, np.float32), np.asarray(high, np.float32)


class MSEObserver(KeepingObserver):
    r"""The interval whose grid makes the smallest mean squared error.

    .. math:: \min_r \sum_i \bigl(x_i - \hat x_i(r\, x_{\min},\, r\, x_{\max})\bigr)^2

    over shares r of the interval from the smallest to the largest number: a smaller
    one rounds more finely and cuts more off. Every grid has its own r.

    Parameters
    ----------
    scheme : Scheme
    shares : sequence of float
        The values of r to try, in (0, 1].
    most : int
        How many numbers of each batch and grid are kept, evenly spread.

    Attributes and errors are those of `Observer`.

    References
    ----------
    Nagel et al. (2021), *A white paper on neural network quantization*,
    arXiv:2106.08295, section 3.1. torch's ``HistogramObserver`` minimizes
    the same error over a histogram.
    """

    def __init__(
        self,
        scheme: Scheme = ACTIVATIONS,
        *,
        shares: Sequence[float] = tuple(i / 50 for i in range(1, 51)),
        most: int = 4096,
    ) -> None:
        super().__init__(scheme, most=most)
        self.shares = [require_number(share, "shares") for share in shares]
        if not self.shares or min(self.shares) <= 0 or max(self.shares) > 1:
            raise ValueError(f"shares must be numbers in (0, 1], got {shares}")

    def interval(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the best share of the numbers' interval, for each grid."""
        low, high = rows.min(-1), rows.max(-1)
        best = np.full(low.shape, np.inf)
        best_share = np.ones(low.shape, np.float32)
        for share in sorted(self.shares, reverse=True):  # the widest, if they tie
            error = self._error(rows, share * low, share * high)
            best_share = np.where(error < best, share, best_share)
            best = np.minimum(error, best)
        return best_share * low, best_share * high

    def _error(self, rows: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Return the sum of squared errors of each grid."""
        grid = [p[..., np.newaxis] for p in self.scheme.grid(low, high)]
        error = dequantize(quantize(rows, *grid, *self.scheme.range), *grid) - rows
        return np.sum(np.square(error, dtype=np.float64), axis=-1)
