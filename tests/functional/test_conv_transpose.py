"""Transposed convolution: sizes, overlaps, what is computed."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor


def test_each_element_is_spread_over_its_window():
    x = Tensor(np.array([[[1.0, 10.0]]]))
    weight = Tensor(np.array([[[1.0, 2.0, 3.0]]]))
    apart = F.conv_transpose1d(x, weight, stride=3)
    np.testing.assert_array_equal(apart.data, [[[1, 2, 3, 10, 20, 30]]])
    overlapping = F.conv_transpose1d(x, weight, stride=2)
    np.testing.assert_array_equal(overlapping.data, [[[1, 2, 13, 20, 30]]])
    cut = F.conv_transpose1d(x, weight, stride=2, padding=1, output_padding=1)
    np.testing.assert_array_equal(cut.data, [[[2, 13, 20, 30]]])


@pytest.mark.parametrize("size", [6, 7, 8, 9])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1])
def test_output_padding_tells_sizes_apart_that_convolve_to_one_size(
    size, stride, padding
):
    weight = Tensor(np.ones((1, 1, 3)))
    options = {"stride": stride, "padding": padding}
    y = F.conv1d(Tensor(np.ones((1, 1, size))), weight, **options)
    remainder = (size + 2 * padding - 3) % stride
    back = F.conv_transpose1d(y, weight, output_padding=remainder, **options)
    assert back.shape == (1, 1, size)


def test_only_what_is_wanted_is_computed():
    arrays = np.ones((2, 3, 5, 5)), np.ones((3, 4, 3, 3)), np.ones(4)
    for wanted in range(3):
        inputs = [Tensor(a, requires_grad=i == wanted) for i, a in enumerate(arrays)]
        y = F.conv_transpose2d(*inputs, stride=2)
        grads = y._backward(np.ones(y.shape))
        assert [grad is not None for grad in grads] == [i == wanted for i in range(3)]
