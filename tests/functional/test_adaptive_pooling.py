"""Adaptive pooling: where windows of unequal lengths lie."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor


def test_windows_of_five_places_for_three_numbers():
    x = Tensor(np.array([[[1.0, 2.0, 4.0, 8.0, 16.0]]]))
    assert F.adaptive_avg_pool1d(x, 3).data.tolist() == [[[1.5, 14 / 3, 12]]]
    values, places = F.adaptive_max_pool1d(x, 3, return_indices=True)
    assert values.data.tolist() == [[[2, 8, 16]]]
    assert places.data.tolist() == [[[1, 3, 4]]]


def test_more_numbers_than_places_repeat_them():
    x = Tensor(np.array([[[1.0, 2.0]]]))
    assert F.adaptive_avg_pool1d(x, 4).data.tolist() == [[[1, 1, 2, 2]]]


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (3, 4, 5), (2, 1, 1, 1)])
def test_one_window_is_the_mean_of_the_channel(shape):
    x = np.random.default_rng(0).standard_normal(shape)
    y = F.adaptive_avg_pool2d(Tensor(x), 1)
    np.testing.assert_allclose(y.data, x.mean((-2, -1), keepdims=True), rtol=1e-12)


def test_a_place_that_wins_several_windows_gets_the_sum():
    x = Tensor(np.array([[[1.0, 9.0, 1.0]]]), requires_grad=True)
    F.adaptive_max_pool1d(x, 2).backward(np.array([[[3.0, 4.0]]]))
    assert x.grad.tolist() == [[[0, 7, 0]]]
