"""Dropout: what share falls out, what the rest becomes, the gradient's mask."""

import math

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook.autograd import Tensor

N = 100_000
shares = pytest.mark.parametrize("p", [0.1, 0.5, 0.8])


def ones(dtype=np.float32):
    return Tensor(np.ones(N, dtype), requires_grad=True)


@shares
def test_the_share_dropped_is_p(p):
    dropped = np.mean(F.dropout(ones(), p, rng=0).data == 0)
    assert abs(dropped - p) < 4 * math.sqrt(p * (1 - p) / N)


@shares
def test_torch_drops_the_same_share_and_scales_alike(p):
    torch.manual_seed(0)
    theirs = torch.nn.functional.dropout(torch.ones(N), p).numpy()
    ours = F.dropout(ones(), p, rng=0).data
    assert abs(np.mean(ours == 0) - np.mean(theirs == 0)) < 0.01
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs), rtol=1e-6)


@shares
def test_what_is_kept_is_scaled_so_that_the_mean_stays(p):
    y = F.dropout(ones(), p, rng=1).data
    np.testing.assert_allclose(y[y != 0], 1 / (1 - p), rtol=1e-6)
    deviation = math.sqrt(p / (1 - p) / N)  # of the mean of N scaled draws
    assert abs(y.mean(dtype=float) - 1) < 4 * deviation


@shares
def test_neighbors_fall_out_independently(p):
    dropped = F.dropout(ones(), p, rng=2).data == 0
    both = np.mean(dropped[1:] & dropped[:-1])
    assert abs(both - p**2) < 0.01


@shares
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_goes_through_the_same_mask(p, dtype):
    x = ones(dtype)
    y = F.dropout(x, p, rng=3)
    y.backward(np.full(N, 2, dtype))
    assert x.grad.dtype == y.dtype == dtype
    np.testing.assert_allclose(x.grad, 2 * y.data, rtol=1e-6)


def test_float32_and_float64_get_the_same_mask():
    single, double = (F.dropout(ones(t), 0.3, rng=4).data for t in ("f4", "f8"))
    np.testing.assert_array_equal(single == 0, double == 0)


def test_p_1_leaves_nothing_and_no_gradient():
    x = ones()
    y = F.dropout(x, 1, rng=0)
    y.sum().backward()
    assert not y.data.any()
    assert not x.grad.any()
    assert x.grad.dtype == y.dtype == np.float32


def test_evaluation_and_p_0_return_the_input_and_draw_nothing():
    x, rng = ones(), np.random.default_rng(0)
    before = rng.bit_generator.state
    assert F.dropout(x, 0.5, training=False, rng=rng) is x
    assert F.dropout(x, 1.0, training=False, rng=rng) is x
    assert F.dropout(x, 0.0, rng=rng) is x
    assert rng.bit_generator.state == before


def test_a_generator_gives_another_mask_on_every_call_and_a_seed_the_same():
    rng = np.random.default_rng(0)
    first, second = (F.dropout(ones(), rng=rng).data for _ in range(2))
    assert 0.4 < np.mean(first != second) < 0.6
    again, same = (F.dropout(ones(), rng=0).data for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(again, same)
    assert (F.dropout(ones(), rng=None).data != F.dropout(ones(), rng=None).data).any()


def test_the_mask_is_the_one_that_is_documented():
    drawn = np.random.default_rng(9).random((5, 7), np.float32)
    for p in (0.3, float(drawn[2, 3])):  # a number equal to p is kept
        y = F.dropout(Tensor(np.ones((5, 7))), p, rng=9)
        np.testing.assert_array_equal(y.data != 0, drawn >= p)
