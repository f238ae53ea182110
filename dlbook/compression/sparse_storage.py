"""A matrix with many zeros in fewer bytes: three ways to write down where they are."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dlbook.nn.arguments import require_size

__all__ = ["BitmaskMatrix", "CSRMatrix", "RelativeMatrix"]


def _matrix(dense: Any, name: str) -> np.ndarray:
    """Return a weight as rows: (out, ...) becomes (out, everything else)."""
    array = np.asarray(dense)
    if array.ndim < 2:
        raise ValueError(f"{name}: expected at least two axes, got {array.shape}")
    return array.reshape(len(array), -1)


def _smallest_unsigned(largest: int) -> np.dtype:
    return np.min_scalar_type(int(largest))


class CSRMatrix(NamedTuple):
    """Compressed sparse rows: the values, their columns, and where each row starts.

    Attributes
    ----------
    values : ndarray, shape (nonzero,)
        The entries that are not 0, row by row.
    columns : ndarray of unsigned int, shape (nonzero,)
        Of the smallest type that can count the columns.
    starts : ndarray of unsigned int, shape (rows + 1,)
        Row i has the values from starts[i] to starts[i + 1].
    shape : tuple of int
        Of the array that was stored; all its axes but the first are the columns.
    """

    values: np.ndarray
    columns: np.ndarray
    starts: np.ndarray
    shape: tuple[int, ...]

    @classmethod
    def from_dense(cls, dense: Any) -> CSRMatrix:
        """Store an array of at least two axes.

        Raises
        ------
        ValueError
            If it has fewer.
        """
        matrix = _matrix(dense, "CSRMatrix")
        rows, columns = np.nonzero(matrix)
        ends = np.cumsum(np.bincount(rows, minlength=len(matrix)))
        starts = np.concatenate([[0], ends])
        return cls(
            matrix[rows, columns],
            columns.astype(_smallest_unsigned(max(matrix.shape[1] - 1, 0))),
            starts.astype(_smallest_unsigned(len(rows))),
            np.shape(dense),
        )

    def to_dense(self) -> np.ndarray:
        """Return the array that was stored."""
        matrix = np.zeros(self.shape, self.values.dtype).reshape(self.shape[0], -1)
        matrix[self._rows(), self.columns] = self.values
        return matrix.reshape(self.shape)

    def product(self, x: np.ndarray) -> np.ndarray:
        """Return x W^T, the product of a linear layer, by the values alone.

        Parameters
        ----------
        x : ndarray, shape (N, columns)

        Returns
        -------
        ndarray, shape (N, rows)
        """
        terms = x[:, self.columns] * self.values  # (N, nonzero)
        result = np.zeros((len(x), self.shape[0]), terms.dtype)
        filled = np.flatnonzero(np.diff(self.starts.astype(np.int64)))
        if len(filled):
            result[:, filled] = np.add.reduceat(terms, self.starts[filled], axis=1)
        return result

    def _rows(self) -> np.ndarray:
        return np.repeat(
            np.arange(self.shape[0]), np.diff(self.starts.astype(np.int64))
        )

    @property
    def nbytes(self) -> int:
        """Bytes of the three arrays."""
        return self.values.nbytes + self.columns.nbytes + self.starts.nbytes


class BitmaskMatrix(NamedTuple):
    """One bit for each entry, whether it is there, and the values that are.

    Attributes
    ----------
    values : ndarray, shape (nonzero,)
    bits : ndarray of uint8, shape (ceil(size / 8),)
    shape : tuple of int
    """

    values: np.ndarray
    bits: np.ndarray
    shape: tuple[int, ...]

    @classmethod
    def from_dense(cls, dense: Any) -> BitmaskMatrix:
        """Store an array of any shape."""
        array = np.asarray(dense)
        there = array != 0
        return cls(array[there], np.packbits(there), array.shape)

    def to_dense(self) -> np.ndarray:
        """Return the array that was stored."""
        size = int(np.prod(self.shape))
        there = np.unpackbits(self.bits, count=size).astype(bool)
        array = np.zeros(size, self.values.dtype)
        array[there] = self.values
        return array.reshape(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of both arrays."""
        return self.values.nbytes + self.bits.nbytes


class RelativeMatrix(NamedTuple):
    """The values, and how many zeros stand before each, in a few bits.

    Where more zeros follow one another than the bits can count, a 0 is stored as a
    value of its own.

    Attributes
    ----------
    values : ndarray, shape (stored,)
        Some of them 0.
    gaps : ndarray of uint8, shape (ceil(stored * index_bits / 8),)
        Zeros before each value, packed: `index_bits` bits each, the highest first.
    index_bits : int
    shape : tuple of int

    References
    ----------
    Han, Mao & Dally (2016), arXiv:1510.00149, section 2 and figure 2, with 8 bits for
    convolutional and 5 for linear layers. They store the difference of positions, one
    more than our gap.
    """

    values: np.ndarray
    gaps: np.ndarray
    index_bits: int
    shape: tuple[int, ...]

    @classmethod
    def from_dense(cls, dense: Any, index_bits: int = 5) -> RelativeMatrix:
        """Store an array of any shape.

        Parameters
        ----------
        dense : array_like
        index_bits : int
            1 to 16; gaps up to 2^bits - 1.

        Raises
        ------
        TypeError, ValueError
            If `index_bits` is no int, or out of range.
        """
        bits = require_size(index_bits, "index_bits")
        if bits > 16:
            raise ValueError(f"index_bits must be at most 16, got {bits}")
        row = np.asarray(dense).reshape(-1)
        reach = 2**bits  # entries that one stored value covers at most: gap and value
        places = np.flatnonzero(row)
        jumps = np.diff(places, prepend=-1) - 1  # zeros before each value
        fillers = jumps // reach
        ends = np.cumsum(fillers + 1)  # behind each value
        gaps = np.full(ends[-1] if len(ends) else 0, reach - 1)
        gaps[ends - 1] = jumps % reach
        values = np.zeros(len(gaps), row.dtype)
        values[ends - 1] = row[places]
        digits = gaps[:, np.newaxis] >> np.arange(bits)[::-1] & 1  # (stored, bits)
        return cls(values, np.packbits(digits.astype(bool)), bits, np.shape(dense))

    def to_dense(self) -> np.ndarray:
        """Return the array that was stored."""
        count = len(self.values) * self.index_bits
        digits = np.unpackbits(self.gaps, count=count).reshape(-1, self.index_bits)
        gaps = digits @ (1 << np.arange(self.index_bits)[::-1])
        row = np.zeros(int(np.prod(self.shape)), self.values.dtype)
        row[np.cumsum(gaps + 1) - 1] = self.values
        return row.reshape(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of both arrays."""
        return self.values.nbytes + self.gaps.nbytes
