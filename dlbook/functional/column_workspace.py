"""The memory in which a convolution lays windows out as columns."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
from numpy.typing import DTypeLike

from dlbook.functional.convolution_geometry import Geometry, windows_of, without_zeros

__all__ = ["Workspace"]

LARGEST = 1 << 25  # bytes of columns at a time, however large an example is
SHARED = 1 << 21  # bytes of columns up to which small examples are taken together...
FEWEST = 8  # ... if they are as many: fewer are no faster than one at a time


class Workspace:
    """Memory for the columns of a few examples, used again for the next ones.

    A column is a window laid flat: its elements in all channels. Two ways lead through
    the workspace, each the other's transpose: `load` copies examples in, between the
    zeros of the padding, and `gather` copies their windows into columns; `scatter` adds
    columns to where their windows lie, and `store` copies the sums out.

    Examples come last in memory: the columns of small ones are copied in runs of a
    window's row times their number, which are long.

    Parameters
    ----------
    channels : int
        C, of the large array.
    batch : int
        N.
    dtype : numpy dtype
    geometry : Geometry

    Attributes
    ----------
    examples : list of slice
        The batch in parts, one of which is in the workspace at a time.
    places : list of tuple of slice
        The windows of an example in parts whose columns fit in: one part, but for very
        large examples.
    """

    def __init__(
        self, channels: int, batch: int, dtype: DTypeLike, geometry: Geometry
    ) -> None:
        self.geometry = geometry
        self.length = channels * prod(geometry.kernel)  # of a column
        windows, column = prod(geometry.places), self.length * np.dtype(dtype).itemsize
        together = min(SHARED // (windows * column), batch)
        if together < FEWEST or geometry.is_pointwise:
            together = 1
        starts = range(0, batch, together)
        self.examples = [slice(n, min(n + together, batch)) for n in starts]
        if geometry.is_pointwise:  # an example is its own columns: none are copied
            self.places = [tuple(slice(0, n) for n in geometry.places)]
            return
        self.places = list(blocks_of(geometry.places, max(1, LARGEST // column)))
        largest = size_of(self.places[0]) * together
        self.buffer = np.empty(self.length * largest, dtype)
        self.padded = np.zeros((channels, *geometry.padded, together), dtype)
        as_batch = np.moveaxis(self.padded, -1, 0)
        self.inside = as_batch[without_zeros(geometry)]
        # (C, *kernel, N, *places) with N moved to the end
        all_windows = windows_of(as_batch, geometry)
        self.windows = np.moveaxis(all_windows, 1 + len(geometry.kernel), -1)

    def load(self, x: np.ndarray) -> None:
        """Copy examples (n, C, *size) in."""
        self.count = len(x)
        if self.geometry.is_pointwise:
            self.pointwise = x
        else:
            self.inside[: self.count] = x

    def gather(self, places: tuple[slice, ...]) -> np.ndarray:
        """Return the windows as (groups, C / groups * prod(kernel), columns)."""
        if self.geometry.is_pointwise:
            return self.pointwise.reshape(self.geometry.groups, -1, size_of(places))
        columns = self.columns(places)
        windows = self.windows[..., *places, : self.count]
        np.copyto(columns.reshape(windows.shape), windows)
        return columns

    def columns(self, places: tuple[slice, ...]) -> np.ndarray:
        """Return the memory of these places' columns, in the shape of `gather`'s."""
        number = size_of(places) * self.count
        used = self.buffer[: self.length * number]
        return used.reshape(self.geometry.groups, -1, number)

    def clear(self, examples: slice) -> None:
        """Set the sums to 0, for as many examples."""
        self.count = examples.stop - examples.start
        self.padded[...] = 0

    def scatter(self, places: tuple[slice, ...]) -> None:
        """Add the columns to where their windows lie."""
        windows = self.windows[..., *places, : self.count]
        columns = self.columns(places).reshape(windows.shape)
        for offset in np.ndindex(self.geometry.kernel):  # there, windows are apart
            windows[:, *offset] += columns[:, *offset]

    def store(self, x: np.ndarray) -> None:
        """Copy the sums, but for those on the padding, to x (n, C, *size)."""
        x[...] = self.inside[: self.count]


def size_of(block: tuple[slice, ...]) -> int:
    """Return how many elements a block has."""
    return prod(part.stop - part.start for part in block)


def blocks_of(shape: tuple[int, ...], limit: int) -> Iterator[tuple[slice, ...]]:
    """Cut an array of this shape into blocks of at most `limit` elements.

    Only the first axis is cut, unless one of its elements alone is too large.
    """
    length, *others = shape
    step = limit // prod(others)
    for start in range(0, length, max(1, step)):
        first = slice(start, min(start + max(1, step), length))
        if step:
            yield first, *(slice(0, n) for n in others)
        else:
            for rest in blocks_of(tuple(others), limit):
                yield first, *rest
