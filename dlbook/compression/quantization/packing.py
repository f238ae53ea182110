"""Integers of b bits, b bits each: two of 4 bits to a byte, four of 2 bits."""

from __future__ import annotations

import numpy as np

from dlbook.compression.quantization.grid import integer_range
from dlbook.nn.arguments import require_size

__all__ = ["pack", "unpack"]


def pack(values: np.ndarray, bits: int) -> np.ndarray:
    """Write the integers of each row one after another, b bits each.

    Eight of them fill b bytes, the first from the highest bit of the first byte on.
    Negative integers are written as their lowest b bits (two's complement); zeros fill
    the last byte of a row up, so that every row can be read by itself.

    Parameters
    ----------
    values : ndarray of int8 or uint8, shape (*, n)
        In the range of b bits.
    bits : int
        b, from 2 to 8.

    Returns
    -------
    ndarray of uint8, shape (*, ceil(b n / 8))

    Raises
    ------
    TypeError
        If the values are neither int8 nor uint8.
    ValueError
        If one does not fit into b bits, or the array has no axis.
    """
    low, high = _range("pack", values.dtype, bits)
    bits = int(bits)
    if values.ndim == 0:
        raise ValueError("pack: expected an array with at least one axis")
    if values.size and (values.min() < low or values.max() > high):
        raise ValueError(
            f"pack: {bits} bits hold {low} to {high}, got {values.min()} to "
            f"{values.max()}"
        )
    if bits == 8:
        return values.view(np.uint8).copy()
    *rows, length = values.shape
    octets = np.zeros((*rows, -(-length // 8), 8), np.uint8)
    octets.reshape(*rows, octets.shape[-2] * 8)[..., :length] = values.view(np.uint8)
    octets &= 2**bits - 1  # off with the copies of the sign
    packed = np.zeros((*octets.shape[:-1], bits), np.uint8)
    for i in range(8):
        byte, begun = divmod(bits * i, 8)  # where value i begins
        room = 8 - begun - bits  # bits that this byte has left after it
        if room >= 0:
            packed[..., byte] |= octets[..., i] << room
        else:  # its lowest bits go to the next byte
            packed[..., byte] |= octets[..., i] >> -room
            packed[..., byte + 1] |= octets[..., i] << (8 + room)
    packed = packed.reshape(*rows, packed.shape[-2] * bits)
    return packed[..., : _row_bytes(length, bits)].copy()


def unpack(
    packed: np.ndarray, bits: int, length: int, *, signed: bool = True
) -> np.ndarray:
    """Read what `pack` wrote.

    Parameters
    ----------
    packed : ndarray of uint8, shape (*, ceil(b n / 8))
    bits : int
        b.
    length : int
        n, the number of values in a row.
    signed : bool
        Whether the highest of the b bits is a sign.

    Returns
    -------
    ndarray of int8 or uint8, shape (*, n)

    Raises
    ------
    TypeError
        If `packed` is not uint8, or `length` no int.
    ValueError
        If a row has more or fewer bytes than its values take.
    """
    dtype = np.dtype(np.int8 if signed else np.uint8)
    _range("unpack", dtype, bits)
    bits = int(bits)
    width = _row_bytes(require_size(length, "unpack: length", least=0), bits)
    if packed.dtype != np.uint8:
        raise TypeError(f"unpack: packed must be uint8, got {packed.dtype}")
    if packed.shape[-1:] != (width,):
        raise ValueError(
            f"unpack: {length} values of {bits} bits take {width} bytes a row, got an "
            f"array of shape {packed.shape}"
        )
    if bits == 8:
        return packed.view(dtype).copy()
    rows = packed.shape[:-1]
    groups = np.zeros((*rows, -(-length // 8), bits), np.uint8)
    groups.reshape(*rows, groups.shape[-2] * bits)[..., :width] = packed
    octets = np.empty((*groups.shape[:-1], 8), np.uint8)
    for i in range(8):
        byte, begun = divmod(bits * i, 8)
        octets[..., i] = groups[..., byte] << begun  # value i now begins the byte
        if begun + bits > 8:
            octets[..., i] |= groups[..., byte + 1] >> (8 - begun)
    # shifting back fills up with the sign, or with zeros
    values = octets.view(dtype) >> dtype.type(8 - bits)
    return values.reshape(*rows, octets.shape[-2] * 8)[..., :length]


def _row_bytes(length: int, bits: int) -> int:
    return -(-length * bits // 8)


def _range(function: str, dtype: np.dtype, bits: int) -> tuple[int, int]:
    if dtype not in (np.int8, np.uint8):
        raise TypeError(f"{function}: values must be int8 or uint8, got {dtype}")
    return integer_range(bits, signed=dtype == np.int8)
