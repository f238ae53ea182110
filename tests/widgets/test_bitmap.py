"""A bitmap, read back by another library."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from dlbook.widgets.bitmap import bitmap, bitmap_head


@pytest.mark.parametrize("shape", [(3, 4), (5, 7), (64, 64), (1, 1)])
def test_pillow_reads_the_same_colors(shape):
    rng = np.random.default_rng(0)
    colors = rng.integers(0, 256, (256, 3)).astype(np.uint8)
    pixels = rng.integers(0, 256, shape).astype(np.uint8)
    start, data = bitmap(pixels, colors).split(",")
    assert start == "data:image/bmp;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), colors[pixels])


def test_the_head_is_what_stands_before_the_pixels():
    colors = np.zeros((256, 3), np.uint8)
    whole = base64.b64decode(bitmap(np.ones((2, 4), np.uint8), colors).split(",")[1])
    assert whole == bitmap_head(2, 4, colors) + b"\x01" * 8
