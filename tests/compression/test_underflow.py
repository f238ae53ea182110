"""Which gradients are there, how large they are, and how many a format loses."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.compression.float_formats import BFLOAT16, FLOAT8_E4M3, FLOAT16
from dlbook.compression.underflow import (
    gradient_magnitudes,
    intermediate_gradients,
    underflow_share,
)


def test_gradients_of_all_results_on_the_way():
    x = Tensor(np.float32([1.0, 2.0]), requires_grad=True)
    y = x * 3.0
    loss = (y * y).sum() * 0.5
    of_y, of_square = intermediate_gradients(loss)
    np.testing.assert_array_equal(of_y, [3.0, 6.0])  # of half the square: y itself
    np.testing.assert_array_equal(of_square, [0.5, 0.5])
    np.testing.assert_array_equal(x.grad, [9.0, 18.0])
    with pytest.raises(RuntimeError):
        intermediate_gradients(loss)
    with pytest.raises(RuntimeError, match="requires_grad"):
        intermediate_gradients(Tensor(np.float32(1.0)))


def test_share_that_becomes_zero():
    small = FLOAT16.smallest_subnormal
    gradients = [
        np.float32([0.0, small / 2, small * 0.51]),
        np.float32([[small / 4, 1.0]]),
    ]
    assert underflow_share(gradients) == 0.5  # two of the four that are not zero
    assert underflow_share(gradients, scale=2.0) == 0.25  # a quarter becomes a half
    assert underflow_share(gradients, scale=4.0) == 0.0
    assert underflow_share(gradients, BFLOAT16) == 0.0
    assert underflow_share(gradients, FLOAT8_E4M3) == 0.75


def test_nothing_to_lose():
    assert underflow_share([]) == 0.0
    assert underflow_share([np.zeros(3, np.float32)]) == 0.0
    # what overflows is not lost to zero
    assert underflow_share([np.float32([1e5])], scale=1e30) == 0.0


@pytest.mark.parametrize("scale", [0.0, -1.0, np.inf, np.nan])
def test_scale_must_be_positive(scale):
    with pytest.raises(ValueError, match="positive"):
        underflow_share([np.ones(1)], scale=scale)


def test_magnitudes():
    gradients = [np.float32([0.0, 1.0, -1.5]), np.float32([[0.25], [np.inf]])]
    exponents, shares, zero = gradient_magnitudes(gradients)
    assert exponents.tolist() == [-2, -1, 0]
    np.testing.assert_allclose(shares, [0.2, 0.0, 0.4])
    assert zero == pytest.approx(0.2)


def test_magnitudes_of_nothing():
    for gradients, wanted in (
        ([], 0.0),
        ([np.zeros(1)], 1.0),
        ([np.float32([np.inf, 0.0])], 0.5),
    ):
        exponents, shares, zero = gradient_magnitudes(gradients)
        assert (len(exponents), len(shares), zero) == (0, 0, wanted)
