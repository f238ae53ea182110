"""Clipping, against torch and against its definition."""

import math

import numpy as np
import pytest
import torch

from dlbook.autograd import Tensor
from dlbook.optim import clip_grad_norm_, clip_grad_value_

SHAPES = ((3, 4), (), (5,), (2, 0))


def gradients(scale=1.0, dtype=np.float64):
    rng = np.random.default_rng(0)
    return [
        np.asarray(rng.standard_normal(shape) * scale).astype(dtype) for shape in SHAPES
    ]


def ours(arrays):
    """Return parameters with these gradients, and one without."""
    parameters = [Tensor(np.ones_like(g), requires_grad=True) for g in arrays]
    for parameter, grad in zip(parameters, arrays, strict=True):
        parameter.grad = grad
    return [*parameters, Tensor([1.0], requires_grad=True)]


def theirs(arrays):
    parameters = [torch.ones(g.shape, dtype=torch.float64) for g in arrays]
    for parameter, grad in zip(parameters, arrays, strict=True):
        parameter.grad = torch.tensor(grad, dtype=torch.float64)
    return [*parameters, torch.ones(1)]


@pytest.mark.parametrize("norm_type", [1, 1.5, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("max_norm", [0.0, 0.1, 1.0, 1e3, np.float64(0.5)])
def test_norm_equals_torch(max_norm, norm_type):
    arrays = gradients()
    if norm_type == math.inf:  # torch refuses the maximum of nothing
        arrays = [grad for grad in arrays if grad.size]
    a, b = ours(arrays), theirs(arrays)
    norm = clip_grad_norm_(a, max_norm, norm_type=norm_type)
    expected = torch.nn.utils.clip_grad_norm_(b, float(max_norm), norm_type=norm_type)
    assert norm == pytest.approx(float(expected), rel=1e-12)
    for mine, other in zip(a[:-1], b[:-1], strict=True):
        np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=1e-12)
    assert a[-1].grad is None


@pytest.mark.parametrize("limit", [0.0, 0.3, 10.0])
def test_value_equals_torch(limit):
    arrays = gradients()
    a, b = ours(arrays), theirs(arrays)
    clip_grad_value_(a, limit)
    torch.nn.utils.clip_grad_value_(b, limit)
    for mine, other in zip(a[:-1], b[:-1], strict=True):
        np.testing.assert_array_equal(mine.grad, other.grad.numpy())
    assert a[-1].grad is None


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_becomes_what_torch_makes_of_it(bad):
    arrays = [np.array([1.0, bad]), np.array([2.0])]
    a, b = ours(arrays), theirs(arrays)
    clip_grad_norm_(a, 1.0)
    torch.nn.utils.clip_grad_norm_(b, 1.0)
    for mine, other in zip(a[:-1], b[:-1], strict=True):
        np.testing.assert_array_equal(mine.grad, other.grad.numpy())
    a, b = ours(arrays), theirs(arrays)
    clip_grad_value_(a, 0.5)
    torch.nn.utils.clip_grad_value_(b, 0.5)
    for mine, other in zip(a[:-1], b[:-1], strict=True):
        np.testing.assert_array_equal(mine.grad, other.grad.numpy())


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_norm_that_is_not_finite_can_be_an_error(bad):
    parameters = ours([np.array([1.0, bad])])
    with pytest.raises(ValueError, match=f"the norm of the gradients is {bad}"):
        clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)
    np.testing.assert_array_equal(parameters[0].grad, [1.0, bad])


def test_the_direction_of_the_gradient_stays():
    arrays = gradients(100.0)
    parameters = ours(arrays)
    norm = clip_grad_norm_(parameters, 2.0)
    for parameter, before in zip(parameters, arrays, strict=False):
        np.testing.assert_allclose(parameter.grad, before * 2 / norm, rtol=1e-6)
    left = math.sqrt(sum((p.grad**2).sum() for p in parameters[:-1]))
    assert left == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize("share", [1e-3, 0.7])
def test_a_short_gradient_is_left_alone(share):
    arrays = gradients(share)
    parameters = ours(arrays)
    clip_grad_norm_(parameters, clip_grad_norm_(parameters, np.inf) / share)
    for parameter, before in zip(parameters, arrays, strict=False):
        assert parameter.grad is before


@pytest.mark.parametrize("clip", [clip_grad_norm_, clip_grad_value_])
def test_a_shared_gradient_array_is_not_written_into(clip):
    grad = np.array([30.0, 40.0])
    grad.flags.writeable = False
    parameters = ours([grad, grad])
    clip(parameters, 1.0)
    np.testing.assert_array_equal(grad, [30.0, 40.0])
    np.testing.assert_array_equal(parameters[0].grad, parameters[1].grad)


@pytest.mark.parametrize("clip", [clip_grad_norm_, clip_grad_value_])
def test_float32_stays_float32(clip):
    parameters = ours(gradients(10.0, np.float32))
    clip(parameters, np.float64(0.5))
    assert all(p.grad.dtype == np.float32 for p in parameters[:-1])


def test_one_tensor_and_an_iterator_are_taken():
    single = ours([np.array([3.0, 4.0])])[0]
    assert clip_grad_norm_(single, 1.0) == 5.0
    assert clip_grad_norm_(iter(ours([np.array([3.0, 4.0])])), 1.0) == 5.0
    assert clip_grad_norm_([], 1.0) == 0.0
