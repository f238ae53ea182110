"""Small pictures as addresses: uncompressed bitmaps of 256 colors.

A script can write one without a canvas: the head, which Python gives it, and then one
byte for each pixel, the bottom row first, each row filled up to a multiple of four.
"""

from __future__ import annotations

import base64
import struct

import numpy as np


def bitmap_head(height: int, width: int, colors: np.ndarray) -> bytes:
    """Return what stands before the pixels of a bitmap.

    Parameters
    ----------
    height, width : int
        In pixels.
    colors : ndarray of uint8, shape (256, 3)
        Red, green and blue of each number that a pixel can be.
    """
    start = 14 + 40 + 4 * 256
    row = -(-width // 4) * 4
    file = struct.pack("<2sIII", b"BM", start + height * row, 0, start)
    info = struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, 8, 0, height * row, 0, 0, 256, 256
    )
    blue_first = np.zeros((256, 4), np.uint8)
    blue_first[:, :3] = colors[:, ::-1]
    return file + info + blue_first.tobytes()


def bitmap(pixels: np.ndarray, colors: np.ndarray) -> str:
    """Return a picture as a data address.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W)
        Which color each pixel has.
    colors : ndarray of uint8, shape (256, 3)
    """
    height, width = pixels.shape
    rows = np.zeros((height, -(-width // 4) * 4), np.uint8)
    rows[:, :width] = pixels[::-1]
    data = bitmap_head(height, width, colors) + rows.tobytes()
    return "data:image/bmp;base64," + base64.b64encode(data).decode("ascii")
