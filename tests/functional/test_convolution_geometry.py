"""Where windows lie: padded sizes, spans, views, and the way back."""

import numpy as np
import pytest

from dlbook.functional.convolution_geometry import Geometry, windows_of

OBLONG = Geometry(
    size=(5, 9),
    places=(4, 6),
    kernel=(3, 2),
    stride=(1, 1),
    dilation=(1, 4),
    before=(0, 1),
    after=(1, 0),
    groups=1,
)


def test_sizes():
    assert OBLONG.padded == (6, 10)
    assert OBLONG.reach == (3, 5)


def test_with_stride_1_the_way_back_is_a_convolution_too():
    back = OBLONG.mirrored()
    assert (back.size, back.places) == (OBLONG.places, OBLONG.size)
    assert (back.kernel, back.dilation) == (OBLONG.kernel, OBLONG.dilation)
    assert (back.before, back.after) == ((2, 3), (1, 4))
    assert back.padded == tuple(
        n + r - 1 for n, r in zip(back.places, back.reach, strict=True)
    )
    assert back.mirrored() == OBLONG


@pytest.mark.parametrize(
    "change", [{"stride": (1, 2)}, {"before": (3, 1)}, {"before": (0, 5)}]
)
def test_else_there_is_none(change):
    assert Geometry(**(vars(OBLONG) | change)).mirrored() is None


def test_windows_are_a_view_of_shape_channels_kernel_examples_places(rng):
    padded = rng.standard_normal((2, 3, *OBLONG.padded))
    windows = windows_of(padded, OBLONG)
    assert windows.shape == (3, 3, 2, 2, 4, 6)
    assert np.shares_memory(windows, padded)
    for c, i, j, n, u, v in np.ndindex(windows.shape):
        assert windows[c, i, j, n, u, v] == padded[n, c, u + i, v + 4 * j]
    windows[1, 2, 1, 0, 3, 5] = 7
    assert padded[0, 1, 5, 9] == 7


@pytest.mark.parametrize("stride", [1, 2])
def test_no_more_windows_than_places(stride):
    geometry = Geometry(**(vars(OBLONG) | {"places": (2, 3), "stride": (stride,) * 2}))
    padded = np.arange(60.0).reshape(1, 1, 6, 10)
    windows = windows_of(padded, geometry)
    assert windows.shape == (1, 3, 2, 1, 2, 3)
    last = padded[0, 0, stride : stride + 3, 2 * stride : 2 * stride + 5 : 4]
    np.testing.assert_array_equal(windows[0, :, :, 0, -1, -1], last)


def test_windows_that_reach_out_of_the_array_are_no_memory_of_others():
    with pytest.raises(ValueError, match="window"):
        windows_of(np.ones((1, 1, 2, 10)), OBLONG)
