"""Pairs: which windows take the fast way, and that it hands every gradient on."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.functional.max_pooling_pairs import (
    hand_to_pairs,
    max_of_pairs,
    windows_are_pairs,
)
from dlbook.functional.windows import sliding_windows


def laid(*shape, kernel=2, stride=None, **options):
    x = Tensor(np.zeros((1, *shape)))
    return sliding_windows("f", x, len(shape), kernel, stride, **options)


def test_windows_of_two_side_by_side_are_pairs():
    assert windows_are_pairs(laid(4))
    assert windows_are_pairs(laid(5, 7))
    assert windows_are_pairs(laid(4, 4, 4))
    assert windows_are_pairs(laid(4, 6, ceil_mode=True))


@pytest.mark.parametrize(
    "options",
    [
        {"kernel": 3, "stride": 2},
        {"kernel": (2, 1), "stride": 2},
        {"stride": 1},
        {"stride": (2, 3)},
        {"padding": 1},
        {"dilation": 2},
        {"ceil_mode": True},
    ],
)
def test_other_windows_are_not(options):
    assert not windows_are_pairs(laid(5, 7, **options))


@pytest.mark.parametrize("size", [(4, 6), (5, 7), (4, 7)])
def test_every_gradient_goes_to_one_number(size):
    windows = laid(*size)
    planes = np.random.default_rng(0).integers(0, 2, (3, *size)).astype(float)
    maxima, second_won = max_of_pairs(planes, windows)
    grad = np.arange(1.0, 1 + maxima.size).reshape(maxima.shape)
    back = hand_to_pairs(grad, windows, second_won)
    assert back.shape == planes.shape
    assert sorted(back[back != 0]) == sorted(grad.ravel())
    rows, columns = windows.count
    blocks = back[:, : 2 * rows, : 2 * columns].reshape(3, rows, 2, columns, 2)
    np.testing.assert_array_equal(blocks.sum((2, 4)), grad)
