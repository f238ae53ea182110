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


# --- whole channels -------------------------------------------------------------------

channels = pytest.mark.parametrize(
    ("name", "shape", "axes"),
    [
        ("dropout1d", (40, 50, 3), 2),
        ("dropout1d", (2000, 3), 1),
        ("dropout2d", (40, 50, 2, 3), 2),
        ("dropout3d", (40, 50, 1, 2, 2), 2),
        ("dropout3d", (2000, 1, 2, 2), 1),
        ("feature_alpha_dropout", (40, 50, 3), 2),
    ],
)


@channels
def test_a_channel_drops_as_a_whole_or_not_at_all(name, shape, axes):
    x = np.random.default_rng(0).standard_normal(shape) + 10
    y = getattr(F, name)(Tensor(x), 0.3, rng=0).data
    each = y.reshape(2000, -1)  # the channels of all examples
    constant = np.ptp(each, axis=1) == 0
    assert 0.26 < constant.mean() < 0.34  # 0.3, within 4 standard deviations
    assert (each[constant] == each[constant][0, 0]).all()
    scaled = each[~constant] - each[~constant].mean(axis=1, keepdims=True)
    given = x.reshape(2000, -1)[~constant]
    given = given - given.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(scaled / given, (scaled / given)[0, 0], rtol=1e-9)


@channels
def test_each_channel_gets_a_number_of_its_own(name, shape, axes):
    x = Tensor(np.ones(shape))
    p = 0.4
    drawn = np.random.default_rng(9).random(shape[:axes], np.float32)
    y = getattr(F, name)(x, p, rng=9).data[(..., *[0] * (len(shape) - axes))]
    np.testing.assert_array_equal(y == y.max(), drawn >= p)


@channels
def test_channels_in_evaluation_draw_nothing(name, shape, axes):
    x, rng = Tensor(np.ones(shape)), np.random.default_rng(0)
    before = rng.bit_generator.state
    assert getattr(F, name)(x, 0.5, training=False, rng=rng) is x
    assert getattr(F, name)(x, 0.0, rng=rng) is x
    assert rng.bit_generator.state == before


def test_a_number_equal_to_p_is_kept():
    p = float(np.random.default_rng(9).random((2, 3), np.float32)[1, 1])
    x = Tensor(np.ones((2, 3)))
    assert F.dropout1d(x[..., np.newaxis], p, rng=9).data[1, 1] > 0
    kept = F.alpha_dropout(x, p, rng=9).data
    assert kept[1, 1] == kept.max()


# --- alpha dropout --------------------------------------------------------------------


@shares
@pytest.mark.parametrize("name", ["alpha_dropout", "dropout"])
def test_alpha_dropout_keeps_mean_and_variance_and_dropout_does_not(p, name):
    x = np.random.default_rng(0).standard_normal(N)
    y = getattr(F, name)(Tensor(x), p, rng=1).data
    assert abs(y.mean()) < 4 * y.std() / math.sqrt(N)
    variance = 1 if name == "alpha_dropout" else 1 / (1 - p)
    standard_error = np.std((y - y.mean()) ** 2) / math.sqrt(N)
    assert abs(y.var() - variance) < 4 * standard_error


@shares
def test_alpha_dropout_takes_torchs_two_values(p):
    torch.manual_seed(0)
    theirs = torch.nn.functional.alpha_dropout(torch.ones(N), p, training=True).numpy()
    ours = F.alpha_dropout(ones(), p, rng=0).data
    assert ours.dtype == np.float32
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs), rtol=1e-5)
    low = theirs.min()
    assert abs(np.mean(ours < low + 1e-4) - np.mean(theirs == low)) < 0.01


def test_torchs_channels_take_the_same_two_values():
    torch.manual_seed(0)
    x = np.ones((300, 100, 3), np.float32)
    theirs = torch.nn.functional.feature_alpha_dropout(torch.tensor(x), 0.3, True)
    ours = F.feature_alpha_dropout(Tensor(x), 0.3, rng=0).data
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs), rtol=1e-5)


def test_what_drops_is_where_selu_saturates():
    x = np.random.default_rng(0).standard_normal(1000)
    p = 0.25
    y = F.alpha_dropout(Tensor(x), p, rng=3).data
    dropped = np.random.default_rng(3).random(1000, np.float32) < p
    saturation = F.selu(Tensor(np.array([-1e9]))).data
    (value,) = np.unique(y[dropped])
    slope, intercept = np.polyfit(x[~dropped], y[~dropped], 1)
    np.testing.assert_allclose(value, slope * saturation + intercept, rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_of_alpha_dropout_passes_where_x_did(dtype):
    x = ones(dtype)
    y = F.alpha_dropout(x, 0.5, rng=3)
    y.sum().backward()
    assert x.grad.dtype == y.dtype == dtype
    assert (y.data == y.data.max()).tolist() == (x.grad > 0).tolist()


def test_alpha_dropout_with_p_1_leaves_nothing():
    x = ones()
    y = F.alpha_dropout(x, 1, rng=0)
    y.sum().backward()
    assert not y.data.any()
    assert not x.grad.any()
    assert x.grad.dtype == y.dtype == np.float32


def test_alpha_dropout_gets_the_mask_of_dropout():
    one, other = (f(ones(), 0.3, rng=4).data for f in (F.dropout, F.alpha_dropout))
    np.testing.assert_array_equal(one > 0, other == other.max())
