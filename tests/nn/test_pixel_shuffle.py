"""Shuffling as layers: what they compute, printing."""

import numpy as np

from dlbook import nn
from dlbook.autograd import Tensor


def test_there_and_back():
    x = Tensor(np.random.default_rng(0).standard_normal((2, 8, 3, 3)))
    up, down = nn.PixelShuffle(2), nn.PixelUnshuffle(2)
    np.testing.assert_array_equal(down(up(x)).data, x.data)
    deal, back = nn.ChannelShuffle(4), nn.ChannelShuffle(2)
    np.testing.assert_array_equal(back(deal(x)).data, x.data)


def test_repr():
    assert repr(nn.PixelShuffle(3)) == "PixelShuffle(3)"
    assert repr(nn.PixelUnshuffle(2)) == "PixelUnshuffle(2)"
    assert repr(nn.ChannelShuffle(2)) == "ChannelShuffle(2)"
