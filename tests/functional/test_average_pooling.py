"""Average pooling: what the divisor counts."""

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor


def pooled(*args, **options):
    return F.avg_pool1d(Tensor(np.array([[[6.0, 12.0, 18.0]]])), *args, **options)


def test_zeros_of_the_padding_count_unless_told_otherwise():
    assert pooled(3, 1, padding=1).data.tolist() == [[[6, 12, 10]]]
    without = pooled(3, 1, padding=1, count_include_pad=False)
    assert without.data.tolist() == [[[9, 12, 15]]]


def test_places_beyond_the_padding_do_not_count():
    assert pooled(2, 2, ceil_mode=True).data.tolist() == [[[9, 18]]]


def test_a_constant_stays_where_only_the_input_counts():
    x = Tensor(np.full((1, 2, 5, 7), 3.0))
    y = F.avg_pool2d(x, 3, 2, padding=1, ceil_mode=True, count_include_pad=False)
    assert (y.data == 3).all()


def test_gradients_sum_to_the_gradient_of_the_means():
    x = Tensor(np.zeros((1, 1, 6, 6)), requires_grad=True)
    F.avg_pool2d(x, 2).sum().backward()
    assert (x.grad == 1 / 4).all()
