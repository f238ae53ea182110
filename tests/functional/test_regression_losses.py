"""Losses of predicted numbers: shapes, kinks, weights, limits of their options."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad

ELEMENTWISE = ("mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss")
by_name = pytest.mark.parametrize("name", ELEMENTWISE)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=4)


def draw(shape, seed=0, scale=2.0):
    return np.random.default_rng(seed).standard_normal(shape) * scale


def leaf(array, dtype=np.float64):
    return Tensor(np.asarray(array, dtype), requires_grad=True)


@given(SHAPES, st.sampled_from(ELEMENTWISE), st.sampled_from(["mean", "sum", "none"]))
def test_every_shape_equals_torch(shape, name, reduction):
    ours = leaf(draw(shape)), leaf(draw(shape, 1))
    theirs = [torch.tensor(x.data, requires_grad=True) for x in ours]
    loss = getattr(F, name)(*ours, reduction=reduction)
    expected = getattr(TF, name)(*theirs, reduction=reduction)
    assert loss.shape == tuple(expected.shape)
    loss.sum().backward()
    expected.sum().backward()
    np.testing.assert_allclose(loss.data, expected.detach(), rtol=1e-12)
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our.grad, their.grad, rtol=1e-12)


@given(SHAPES, st.data())
def test_every_shape_of_a_variance_equals_torch(shape, data):
    shape = (*shape, 3)
    choices = [shape, shape[:-1], (*shape[:-1], 1), (1, *shape[1:])]
    variances = data.draw(st.sampled_from(choices))
    arrays = [draw(shape), draw(shape, 1), np.exp(draw(variances, 2))]
    ours = [leaf(x) for x in arrays]
    theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
    loss = F.gaussian_nll_loss(*ours, full=True)
    expected = TF.gaussian_nll_loss(*theirs, full=True)
    loss.backward()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our.grad, their.grad, rtol=1e-10)


@by_name
def test_targets_take_the_dtype_of_the_inputs(name):
    loss = getattr(F, name)
    x = leaf(np.ones((2, 2)), np.float32)
    assert loss(x, np.zeros((2, 2))).dtype == np.float32
    assert loss(x, np.zeros((2, 2), int)).dtype == np.float32
    assert loss(x, [[0, 0], [0, 0]]).item() == loss(x, np.zeros((2, 2))).item()


@by_name
@pytest.mark.parametrize("size", [1e4, 1e-4])
def test_float32_stays_finite(name, size):
    x = leaf([size, -size], np.float32)
    loss = getattr(F, name)(x, np.zeros(2))
    loss.backward()
    assert np.isfinite(loss.data)
    assert np.isfinite(x.grad).all()
    assert x.grad[0] == -x.grad[1] > 0


@by_name
def test_nothing_has_a_sum_and_no_mean(name):
    loss, empty = getattr(F, name), Tensor(np.zeros((0, 2)))
    with pytest.raises(ValueError, match=f"{name}: the mean is over nothing"):
        loss(empty, np.zeros((0, 2)))
    assert loss(empty, np.zeros((0, 2)), reduction="sum").item() == 0


@by_name
def test_nothing_is_recorded_without_gradients(name):
    with no_grad():
        assert getattr(F, name)(leaf([1.0]), [0.0]).parents == ()


def test_known_values():
    x, zeros = Tensor(np.array([0.5, -3.0])), np.zeros(2)
    assert F.mse_loss(x, zeros, reduction="none").data.tolist() == [0.25, 9]
    assert F.l1_loss(x, zeros, reduction="none").data.tolist() == [0.5, 3]
    # inside: a half of 0.25; outside: 2 * (3 - 1)
    huber = F.huber_loss(x, zeros, reduction="none", delta=2)
    assert huber.data.tolist() == [0.125, 4]
    smooth = F.smooth_l1_loss(x, zeros, reduction="none", beta=2)
    assert smooth.data.tolist() == [0.0625, 2]


def test_huber_is_smooth_l1_times_delta(rng):
    x, y = Tensor(rng.standard_normal(20) * 3), rng.standard_normal(20)
    huber = F.huber_loss(x, y, delta=0.7)
    assert huber.item() == pytest.approx(0.7 * F.smooth_l1_loss(x, y, beta=0.7).item())


def test_slopes_of_huber_never_exceed_delta():
    x = leaf([-1e300, -0.3, -0.1, 0.0, 0.1, 0.3, 1e300])
    F.huber_loss(x, np.zeros(7), reduction="sum", delta=0.3).backward()
    assert x.grad.tolist() == [-0.3, -0.3, -0.1, 0.0, 0.1, 0.3, 0.3]


def test_smooth_l1_without_width_is_l1():
    arrays = np.array([-2.0, 0.0, -0.0, 3.0])
    smooth, plain = leaf(arrays), leaf(arrays)
    loss = F.smooth_l1_loss(smooth, np.zeros(4), beta=0)
    expected = F.l1_loss(plain, np.zeros(4))
    loss.backward()
    expected.backward()
    assert loss.item() == expected.item()
    assert smooth.grad.tolist() == plain.grad.tolist() == [-0.25, 0, 0, 0.25]


def test_a_tiny_width_does_not_overflow():
    x = leaf([1e4, -1e4, 0.0], np.float32)
    loss = F.smooth_l1_loss(x, np.zeros(3), reduction="none", beta=1e-38)
    loss.backward(np.ones(3))
    assert loss.data.tolist() == [1e4, 1e4, 0]
    assert x.grad.tolist() == [1, -1, 0]


def test_the_full_gaussian_loss_is_a_log_density():
    """The density that it belongs to integrates to 1."""
    grid = np.linspace(-30, 30, 20001)
    mean, variance = np.full_like(grid, 0.7), np.full_like(grid, 2.3)
    minus_log = F.gaussian_nll_loss(
        Tensor(mean), grid, variance, full=True, reduction="none"
    )
    assert np.exp(-minus_log.data).sum() * (grid[1] - grid[0]) == pytest.approx(1)


def test_the_gradient_reaches_a_variance_below_eps():
    variance = leaf([0.0, 1e-9, 0.5])
    F.gaussian_nll_loss(Tensor(np.ones(3)), np.zeros(3), variance).backward()
    assert (variance.grad < 0).all()  # each should grow


def test_one_variance_may_be_a_number_or_a_tensor():
    x, y = Tensor(draw((2, 3))), draw((2, 3), 1)
    as_number = F.gaussian_nll_loss(x, y, 2)
    variance = leaf(2.0)
    as_tensor = F.gaussian_nll_loss(x, y, variance)
    as_tensor.backward()
    assert as_number.item() == as_tensor.item()
    d2 = (x.data - y) ** 2
    assert variance.grad == pytest.approx((0.5 * (1 / 2 - d2 / 4)).mean())


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [True, False])
def test_mse_and_all_its_gradients_equal_torch(reduction, weighted, rng):
    arrays = [rng.standard_normal((3, 4)), rng.standard_normal((3, 4))]
    arrays += [rng.random((3, 4))] if weighted else []
    ours = [Tensor(a, requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    options = {"reduction": reduction}
    x, y, *w = ours
    loss = F.mse_loss(x, y, weight=w[0] if w else None, **options)
    tx, ty, *tw = theirs
    expected = TF.mse_loss(tx, ty, weight=tw[0] if tw else None, **options)
    grad = rng.standard_normal(loss.shape)
    loss.backward(grad)
    expected.backward(torch.tensor(grad))
    np.testing.assert_allclose(loss.data, expected.detach(), rtol=1e-12)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-11)


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((3,), {}, r"targets have shape \(3,\), inputs \(3, 1\)"),
        ((), {}, r"targets have shape \(\), inputs \(3, 1\)"),
        ((3, 1), {"weight": np.ones(3)}, r"weight has shape \(3,\), inputs \(3, 1\)"),
        ((3, 1), {"weight": np.zeros((3, 1))}, "every weight is 0"),
        ((3, 1), {"weight": -np.ones((3, 1))}, "weight must be finite and >= 0"),
    ],
)
def test_mse_refuses_shapes_and_weights_that_do_not_fit(shape, options, message):
    with pytest.raises(ValueError, match=message):
        F.mse_loss(Tensor(np.ones((3, 1))), np.ones(shape), **options)
