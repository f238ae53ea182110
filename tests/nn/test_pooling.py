"""Pooling layers: what they keep, print and hand on."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.autograd import Tensor


def test_the_stride_is_the_kernel_unless_given():
    assert nn.MaxPool2d((2, 3)).stride == (2, 3)
    assert nn.AvgPool1d(4, 1).stride == 1


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (
            nn.MaxPool2d(3, 2, padding=1),
            "MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, "
            "ceil_mode=False, return_indices=False)",
        ),
        (
            nn.AvgPool1d(2),
            "AvgPool1d(kernel_size=2, stride=2, padding=0, ceil_mode=False, "
            "count_include_pad=True)",
        ),
        (
            nn.AvgPool3d(2, divisor_override=3),
            "AvgPool3d(kernel_size=2, stride=2, padding=0, ceil_mode=False, "
            "count_include_pad=True, divisor_override=3)",
        ),
        (
            nn.LPPool1d(2, 3),
            "LPPool1d(norm_type=2.0, kernel_size=3, stride=3, ceil_mode=False)",
        ),
        (nn.MaxUnpool2d(2), "MaxUnpool2d(kernel_size=2, stride=2, padding=0)"),
    ],
)
def test_all_options_are_printed(layer, text):
    assert repr(layer) == text


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_unpooling_inverts_pooling_of_what_was_not_lost(axes):
    shape = (2, 3, 5, 7, 4)[: 2 + axes]
    x = Tensor(np.random.default_rng(0).random(shape) + 1)
    y, indices = getattr(nn, f"MaxPool{axes}d")(2, return_indices=True)(x)
    back = getattr(nn, f"MaxUnpool{axes}d")(2)(y, indices, x.shape)
    assert back.shape == x.shape
    kept = back.data != 0
    assert kept.sum() == y.size
    np.testing.assert_array_equal(back.data[kept], x.data[kept])
