"""A weight kept as packed integers, for layers and files."""

from __future__ import annotations

import numpy as np

from dlbook.compression.quantization.packing import pack, unpack
from dlbook.compression.quantization.scheme import QuantizedArray
from dlbook.nn import Buffer, Module

__all__ = ["QuantizedWeight"]


class QuantizedWeight(Module):
    """A quantized weight whose integers take no more than their b bits.

    Parameters
    ----------
    array : QuantizedArray, shape (M, ...)
        With one grid, one for each of the M outputs (axis 0), or one for each group.

    Attributes
    ----------
    scheme : Scheme
    shape : tuple of int
    packed : Buffer of uint8, shape (M, ceil(b K / 8))
        The K integers of each output, from `pack`.
    scale : Buffer of float32
        As in `QuantizedArray`.
    zero_point : Buffer of int8 or uint8, or None
        None for a symmetric scheme, where all are alike.

    Raises
    ------
    ValueError
        If the array has less than two axes, or its grids run along another axis than
        the first.
    """

    def __init__(self, array: QuantizedArray) -> None:
        scheme = array.scheme
        if scheme.axis not in (None, 0) or len(array.shape) < 2:
            raise ValueError(
                "QuantizedWeight: expected at least two axes, and one grid, one for "
                f"each index of axis 0, or groups; got {array.shape} with {scheme}"
            )
        self.scheme = scheme
        self.shape = array.shape
        rows = array.values.reshape(len(array.values), -1)
        self.packed = Buffer(pack(rows, scheme.bits))
        self.scale = Buffer(np.asarray(array.scale, np.float32))
        zero_point = array.zero_point.astype(array.values.dtype)
        self.zero_point = None if scheme.symmetric else Buffer(zero_point)

    @property
    def nbytes(self) -> int:
        """Bytes of all buffers."""
        return sum(buffer.data.nbytes for buffer in self.buffers())

    def array(self, rows: np.ndarray | slice = slice(None)) -> QuantizedArray:
        """Unpack the integers, of all rows or of some.

        Parameters
        ----------
        rows : ndarray of int or slice
            Indices of the first axis.
        """
        scheme = self.scheme
        packed = self.packed.data[rows]
        length = int(np.prod(self.shape[1:]))
        values = unpack(packed, scheme.bits, length, signed=scheme.signed)
        one_grid = scheme.axis is None and scheme.group_size is None
        scale = self.scale.data if one_grid else self.scale.data[rows]
        if self.zero_point is None:
            zero_point = scheme.grid(*np.zeros((2, *scale.shape), np.float32))[1]
        else:
            zero_point = self.zero_point.data
            zero_point = zero_point if one_grid else zero_point[rows]
        values = values.reshape(len(packed), *self.shape[1:])
        return QuantizedArray(values, scale, zero_point.astype(np.int32), scheme)

    def extra_repr(self) -> str:
        """Return shape and scheme."""
        return f"{self.shape}, {self.scheme}"
