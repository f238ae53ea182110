"""Layers that add places around sequences, images and volumes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.module import Module

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _Padding(Module):
    """`functional.pad` of the last `axes` axes in one mode."""

    axes: int
    mode: str

    def __init__(self, padding: int | Sequence[int]) -> None:
        self.padding = _widths(type(self).__name__, padding, self.axes)

    def forward(self, x: Tensor) -> Tensor:
        """Lengthen each padded axis by its two widths."""
        return F.pad(x, self.padding, mode=self.mode)

    def extra_repr(self) -> str:
        """Return the widths."""
        return f"{self.padding}"


class ConstantPad1d(_Padding):
    """Put a value before and after sequences: `functional.pad`.

    Parameters
    ----------
    padding : int or (left, right)
        How many places to add; negative widths take places away. One int holds for
        both sides.
    value : float
        What the new places hold.

    Attributes
    ----------
    padding : tuple of int

    Raises
    ------
    TypeError, ValueError
        If a width is no int, or there are too few or too many; when called, as
        `functional.pad` does.
    """

    axes, mode = 1, "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            name, got = type(self).__name__, type(value).__name__
            raise TypeError(f"{name}: value must be a number, got {got}")
        self.value = value

    def forward(self, x: Tensor) -> Tensor:
        """Lengthen each padded axis by its two widths."""
        return F.pad(x, self.padding, value=self.value)

    def extra_repr(self) -> str:
        """Return the widths and the value."""
        return f"{self.padding}, {self.value}"


class ConstantPad2d(ConstantPad1d):
    """Put a value around images; as `ConstantPad1d`.

    `padding` is one int or (left, right, top, bottom).
    """

    axes = 2


class ConstantPad3d(ConstantPad1d):
    """Put a value around volumes; as `ConstantPad1d`.

    `padding` is one int or (left, right, top, bottom, front, back).
    """

    axes = 3


class ZeroPad1d(_Padding):
    """Put zeros before and after sequences: `functional.pad`.

    Parameters
    ----------
    padding : int or (left, right)
        How many places to add; negative widths take places away. One int holds for
        both sides.

    Attributes
    ----------
    padding : tuple of int

    Raises
    ------
    TypeError, ValueError
        If a width is no int, or there are too few or too many; when called, as
        `functional.pad` does.
    """

    axes, mode = 1, "constant"


class ZeroPad2d(ZeroPad1d):
    """Put zeros around images; as `ZeroPad1d`.

    `padding` is one int or (left, right, top, bottom).
    """

    axes = 2


class ZeroPad3d(ZeroPad1d):
    """Put zeros around volumes; as `ZeroPad1d`.

    `padding` is one int or (left, right, top, bottom, front, back).
    """

    axes = 3


class ReflectionPad1d(_Padding):
    """Mirror the inside around sequences: `functional.pad` with mode "reflect".

    ``[1, 2, 3]`` padded by 2 becomes ``[3, 2, 1, 2, 3, 2, 1]``.

    Parameters
    ----------
    padding : int or (left, right)
        How many places to add, fewer than there are; negative widths take places away.
        One int holds for both sides.

    Attributes
    ----------
    padding : tuple of int

    Raises
    ------
    TypeError, ValueError
        If a width is no int, or there are too few or too many; when called, as
        `functional.pad` does.
    """

    axes, mode = 1, "reflect"


class ReflectionPad2d(ReflectionPad1d):
    """Mirror the inside around images; as `ReflectionPad1d`.

    `padding` is one int or (left, right, top, bottom).
    """

    axes = 2


class ReflectionPad3d(ReflectionPad1d):
    """Mirror the inside around volumes; as `ReflectionPad1d`.

    `padding` is one int or (left, right, top, bottom, front, back).
    """

    axes = 3


class ReplicationPad1d(_Padding):
    """Repeat the border around sequences: `functional.pad` with mode "replicate".

    ``[1, 2, 3]`` padded by 2 becomes ``[1, 1, 1, 2, 3, 3, 3]``.

    Parameters
    ----------
    padding : int or (left, right)
        How many places to add; negative widths take places away. One int holds
        for both sides.

    Attributes
    ----------
    padding : tuple of int

    Raises
    ------
    TypeError, ValueError
        If a width is no int, or there are too few or too many; when called, as
        `functional.pad` does.
    """

    axes, mode = 1, "replicate"


class ReplicationPad2d(ReplicationPad1d):
    """Repeat the border around images; as `ReplicationPad1d`.

    `padding` is one int or (left, right, top, bottom).
    """

    axes = 2


class ReplicationPad3d(ReplicationPad1d):
    """Repeat the border around volumes; as `ReplicationPad1d`.

    `padding` is one int or (left, right, top, bottom, front, back).
    """

    axes = 3


class CircularPad1d(_Padding):
    """Go on at the other end around sequences: `functional.pad` with mode "circular".

    ``[1, 2, 3]`` padded by 2 becomes ``[2, 3, 1, 2, 3, 1, 2]``.

    Parameters
    ----------
    padding : int or (left, right)
        How many places to add, at most as many as there are; negative widths take
        places away. One int holds for both sides.

    Attributes
    ----------
    padding : tuple of int

    Raises
    ------
    TypeError, ValueError
        If a width is no int, or there are too few or too many; when called, as
        `functional.pad` does.
    """

    axes, mode = 1, "circular"


class CircularPad2d(CircularPad1d):
    """Go on at the other end around images; as `CircularPad1d`.

    `padding` is one int or (left, right, top, bottom).
    """

    axes = 2


class CircularPad3d(CircularPad1d):
    """Go on at the other end around volumes; as `CircularPad1d`.

    `padding` is one int or (left, right, top, bottom, front, back).
    """

    axes = 3


def _widths(layer: str, padding: int | Sequence[int], axes: int) -> tuple[int, ...]:
    """Return two widths for each axis; one int holds for all of them."""
    widths = padding if isinstance(padding, tuple | list) else (padding,) * 2 * axes
    for width in widths:
        if isinstance(width, bool) or not isinstance(width, int | np.integer):
            raise TypeError(
                f"{layer}: padding must be an int or {2 * axes} of them, got "
                f"{padding!r}"
            )
    if len(widths) != 2 * axes:
        raise ValueError(
            f"{layer}: padding must be an int or {2 * axes} of them, got {padding}"
        )
    return tuple(map(int, widths))
