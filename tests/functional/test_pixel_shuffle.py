"""Shuffling: where a number goes, and that nothing is lost."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor


@pytest.mark.parametrize("r", [1, 2, 3])
def test_pixel_shuffle_lays_channels_out_as_pixels(r):
    x = np.random.default_rng(0).standard_normal((2, 2 * r**2, 3, 4))
    y = F.pixel_shuffle(Tensor(x), r).data
    assert y.shape == (2, 2, 3 * r, 4 * r)
    for i, j in np.ndindex(r, r):
        np.testing.assert_array_equal(y[:, :, i::r, j::r], x[:, i * r + j :: r**2])


@pytest.mark.parametrize("shape", [(2, 8, 3, 5), (8, 3, 5), (2, 3, 8, 1, 2)])
def test_pixel_unshuffle_undoes_it(shape):
    x = np.random.default_rng(0).standard_normal(shape)
    back = F.pixel_unshuffle(F.pixel_shuffle(Tensor(x), 2), 2)
    np.testing.assert_array_equal(back.data, x)


def test_channel_shuffle_deals_out_one_of_each_group():
    x = Tensor(np.arange(6.0).reshape(1, 6, 1))
    assert F.channel_shuffle(x, 2).data.ravel().tolist() == [0, 3, 1, 4, 2, 5]
    assert F.channel_shuffle(x, 3).data.ravel().tolist() == [0, 2, 4, 1, 3, 5]


def test_groups_and_their_number_undo_each_other():
    x = Tensor(np.random.default_rng(0).standard_normal((2, 6, 3, 2)))
    back = F.channel_shuffle(F.channel_shuffle(x, 2), 3)
    np.testing.assert_array_equal(back.data, x.data)
