"""Unpooling: maxima return, everything else is 0."""

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor


def test_maxima_return_to_their_places():
    x = np.random.default_rng(0).permutation(2 * 3 * 4 * 6).reshape(2, 3, 4, 6) + 1.0
    y, indices = F.max_pool2d(Tensor(x), 2, return_indices=True)
    back = F.max_unpool2d(y, indices, 2).data
    assert back.shape == x.shape
    kept = back != 0
    assert kept.sum() == y.size
    np.testing.assert_array_equal(back[kept], x[kept])


def test_a_list_of_places_will_do():
    y = F.max_unpool1d(Tensor(np.array([[[5.0, 7.0]]])), [[[1, 2]]], 2)
    assert y.data.tolist() == [[[0, 5, 7, 0]]]


def test_of_several_numbers_for_a_place_the_last_is_kept():
    x = Tensor(np.array([[[5.0, 7.0]]]), requires_grad=True)
    y = F.max_unpool1d(x, np.array([[[1, 1]]]), 2)
    assert y.data.tolist() == [[[0, 7, 0, 0]]]
    y.backward(np.array([[[1.0, 2.0, 3.0, 4.0]]]))
    assert x.grad.tolist() == [[[2, 2]]]  # each, as in torch
