"""Power-average pooling: between the sum and the maximum."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor

X = np.array([[[3.0, 4.0, 0.0, 0.0]]])


def test_two_is_the_length_of_a_vector_and_infinity_its_largest_number():
    assert F.lp_pool1d(Tensor(X), 2, 2).data[0, 0, 0] == pytest.approx(5)
    assert F.lp_pool1d(Tensor(X), 1, 2).data.tolist() == [[[7, 0]]]
    assert F.lp_pool1d(Tensor(-X), np.inf, 2).data.tolist() == [[[4, 0]]]
    assert F.lp_pool1d(Tensor(X), 200, 2).data[0, 0, 0] == pytest.approx(4)


def test_the_gradient_where_all_is_0_is_0():
    x = Tensor(X, requires_grad=True)
    F.lp_pool1d(x, 2, 2).sum().backward()
    np.testing.assert_allclose(x.grad, [[[0.6, 0.8, 0, 0]]], rtol=1e-12)
