"""How an array is quantized: bits, kind of grid, and what shares one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dlbook.compression.quantization.grid import (
    affine_grid,
    dequantize,
    integer_range,
    quantize,
    symmetric_grid,
)
from dlbook.nn.arguments import require_flag, require_size

__all__ = ["ACTIVATIONS", "WEIGHTS", "QuantizedArray", "Scheme"]


@dataclass(frozen=True)
class Scheme:
    """Bits, kind of grid, and which numbers of an array share one.

    Parameters
    ----------
    bits : int
        b, from 2 to 8.
    symmetric : bool
        Whether the grid lies around 0: see `symmetric_grid` and `affine_grid`.
    signed, narrow : bool
        Which integers: see `integer_range`.
    axis : int or None
        None: the whole array has one grid, torch's per_tensor. A number: every index
        of this axis has its own, torch's per_channel; 0 for the outputs of a layer,
        whose weight has them first, and for the rows of an embedding.
    group_size : int or None
        So many neighbors along the last axis have one grid, in every row.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range, or both `axis` and
        `group_size` are given.
    """

    bits: int = 8
    symmetric: bool = False
    signed: bool = True
    narrow: bool = False
    axis: int | None = None
    group_size: int | None = None

    def __post_init__(self) -> None:
        integer_range(self.bits, signed=self.signed, narrow=self.narrow)
        require_flag(self.symmetric, "symmetric")
        for name, least in (("bits", 2), ("axis", 0), ("group_size", 1)):
            if getattr(self, name) is not None:  # NumPy's integers become Python's
                size = require_size(getattr(self, name), name, least=least)
                object.__setattr__(self, name, size)
        if self.group_size is not None and self.axis is not None:
            raise ValueError(
                "Scheme: axis and group_size exclude each other; groups already have "
                "a grid of their own in every row"
            )

    @property
    def range(self) -> tuple[int, int]:
        """The smallest and the largest integer."""
        return integer_range(self.bits, signed=self.signed, narrow=self.narrow)

    def blocks(self, x: np.ndarray) -> np.ndarray:
        """Return a view in which the numbers of one grid fill whole axes.

        Groups get an axis of their own: (..., n) becomes (..., n / group_size,
        group_size).

        Raises
        ------
        ValueError
            If x has no such axis, or group_size does not divide the last one.
        """
        if self.axis is not None and self.axis >= x.ndim:
            raise ValueError(f"axis {self.axis}, but x has shape {x.shape}")
        if self.group_size is None:
            return x
        if x.ndim == 0 or x.shape[-1] % self.group_size:
            raise ValueError(
                f"group_size must divide the last axis, got {self.group_size} and x "
                f"of shape {x.shape}"
            )
        groups = x.shape[-1] // self.group_size
        return x.reshape(*x.shape[:-1], groups, self.group_size)

    def shared_axes(self, ndim: int) -> tuple[int, ...]:
        """Return the axes of `blocks` along which all numbers share their grid."""
        if self.group_size is not None:
            return (ndim - 1,)
        return tuple(axis for axis in range(ndim) if axis != self.axis)

    def grid(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return scale and zero point of the grids for these intervals."""
        kind = symmetric_grid if self.symmetric else affine_grid
        return kind(low, high, *self.range)

    def spread(self, parameter: np.ndarray, blocks: np.ndarray) -> np.ndarray:
        """Return one number a grid in the shape that broadcasts with `blocks`."""
        shape = [
            1 if i in self.shared_axes(blocks.ndim) else n
            for i, n in enumerate(blocks.shape)
        ]
        return parameter.reshape(shape)

    def quantize(
        self,
        x: np.ndarray,
        scale: ArrayLike | None = None,
        zero_point: ArrayLike | None = None,
    ) -> QuantizedArray:
        """Quantize an array, by default with grids that just hold its numbers.

        Parameters
        ----------
        x : ndarray of float32 or float64
        scale, zero_point : array_like, optional
            One number a grid, as an observer finds them; both or none.

        Returns
        -------
        QuantizedArray

        Raises
        ------
        TypeError
            If x does not hold floats.
        ValueError
            If x holds a nan, or has other axes than the scheme.
        """
        blocks = self.blocks(x)
        if scale is None:
            shared = self.shared_axes(blocks.ndim)
            ends = blocks.min(shared, initial=0), blocks.max(shared, initial=0)
            scale, zero_point = self.grid(*ends)
        scale = np.asarray(scale, np.float32)
        zero_point = np.asarray(zero_point, np.int32)
        spread = (self.spread(p, blocks) for p in (scale, zero_point))
        values = quantize(blocks, *spread, *self.range).reshape(x.shape)
        return QuantizedArray(values, scale, zero_point, self)


# torch's usual choice for int8: weights by output, activations as a whole
WEIGHTS = Scheme(symmetric=True, narrow=True, axis=0)
ACTIVATIONS = Scheme()


@dataclass(frozen=True, eq=False)
class QuantizedArray:
    """Integers and the grids that say which real numbers they stand for.

    Attributes
    ----------
    values : ndarray of int8 or uint8, shape (*)
        q.
    scale : ndarray of float32
        s of every grid: shape () for one, (C,) for one a channel, (..., n /
        group_size) for groups.
    zero_point : ndarray of int32
        z of every grid, in the same shape.
    scheme : Scheme
    """

    values: np.ndarray
    scale: np.ndarray
    zero_point: np.ndarray
    scheme: Scheme

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.values.shape

    @property
    def nbytes(self) -> int:
        """Bytes that it takes: b bits for each value, four bytes for each scale.

        And, unless the grids are symmetric, a byte for each zero point.
        """
        packed = -(-self.values.size * self.scheme.bits // 8)
        zero_points = 0 if self.scheme.symmetric else self.zero_point.size
        return packed + self.scale.nbytes + zero_points

    def offsets(self) -> np.ndarray:
        """Return q - z as int16: what is multiplied, exactly."""
        blocks = self.scheme.blocks(self.values).astype(np.int16)
        zero_point = self.scheme.spread(self.zero_point, blocks).astype(np.int16)
        return (blocks - zero_point).reshape(self.shape)

    def dequantize(self) -> np.ndarray:
        """Return the real numbers s (q - z), float32."""
        blocks = self.scheme.blocks(self.values)
        spread = (self.scheme.spread(p, blocks) for p in (self.scale, self.zero_point))
        return dequantize(blocks, *spread).reshape(self.shape)
