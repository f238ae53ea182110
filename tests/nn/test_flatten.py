"""Flatten and Unflatten undo each other."""

import numpy as np
import pytest
import torch

from dlbook import nn
from dlbook.autograd import Tensor


def test_flatten_makes_one_vector_of_every_example():
    x = Tensor(np.arange(24.0).reshape(2, 3, 4), requires_grad=True)
    y = nn.Flatten()(x)
    np.testing.assert_array_equal(y.data, np.arange(24.0).reshape(2, 12))
    y.backward(np.arange(24.0).reshape(2, 12))
    np.testing.assert_array_equal(x.grad, x.data)


@pytest.mark.parametrize(
    ("axis", "sizes"), [(1, (3, 4)), (-1, (3, -1)), (1, [2, 6]), (0, (2, 1))]
)
def test_unflatten_takes_apart_what_flatten_merged(axis, sizes):
    x = Tensor(np.arange(24.0).reshape(2, 12))
    y = nn.Unflatten(axis, sizes)(x)
    expected = torch.nn.Unflatten(axis, tuple(sizes))(torch.tensor(x.data))
    np.testing.assert_array_equal(y.data, expected)
    first = axis % x.ndim
    back = nn.Flatten(first, first + len(sizes) - 1)(y)
    np.testing.assert_array_equal(back.data, x.data)


def test_reprs_name_the_axes():
    assert repr(nn.Flatten(0, 2)) == "Flatten(start_axis=0, end_axis=2)"
    assert repr(nn.Unflatten(1, (2, -1))) == "Unflatten(axis=1, sizes=(2, -1))"


def test_a_single_unknown_size_may_be_all():
    assert nn.Unflatten(0, (-1,))(Tensor(np.ones((3, 2)))).shape == (3, 2)
    assert nn.Unflatten(1, (3, -1))(Tensor(np.ones((2, 0)))).shape == (2, 3, 0)
