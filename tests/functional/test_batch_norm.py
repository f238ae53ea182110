"""Batch normalization: statistics, rounding, invariances, what it keeps and skips."""

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad


def tensor(*shape, dtype=np.float64, seed=0):
    x = 1 + 2 * np.random.default_rng(seed).standard_normal(shape)
    return Tensor(x.astype(dtype), requires_grad=True)


def train(x, *parameters, **options):
    return F.batch_norm(x, None, None, *parameters, training=True, **options)


def composed(x, weight, bias):
    """The same out of small operations, each with a gradient of its own."""
    shape = (-1,) + (1,) * (x.ndim - 2)
    axes = (0, *range(2, x.ndim))
    centered = x - x.mean(axes, keepdims=True)
    variance = (centered * centered).mean(axes, keepdims=True)
    normalized = centered / (variance + 1e-5).sqrt()
    return normalized * weight.reshape(*shape) + bias.reshape(*shape)


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5), (2, 3, 4, 2)])
def test_one_operation_equals_many(shape):
    grad = np.random.default_rng(1).standard_normal(shape)
    results = []
    for function in (train, composed):
        inputs = tensor(*shape), tensor(3, seed=2), tensor(3, seed=3)
        y = function(*inputs)
        y.backward(grad)
        results.append([y.data, *(t.grad for t in inputs)])
    for fused, small in zip(*results, strict=True):
        np.testing.assert_allclose(fused, small, rtol=1e-10, atol=1e-12)


def test_every_channel_gets_mean_0_and_variance_1():
    y = train(tensor(5, 3, 4, 6)).data
    np.testing.assert_allclose(y.mean((0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.var((0, 2, 3)), 1, rtol=1e-4)  # eps takes a little


def test_a_channel_may_be_shifted_and_scaled():
    x = tensor(20, 3).data
    moved = x * [0.1, 7, 3] + [5, -40, 0]
    one, other = (train(Tensor(z), eps=1e-12).data for z in (x, moved))
    np.testing.assert_allclose(other, one, rtol=1e-8, atol=1e-9)


def test_the_gradient_is_orthogonal_to_the_weights_before():
    """Twice the weights give the same output, so no step along them helps."""
    x, weight = tensor(50, 4, seed=4), tensor(3, 4, seed=5)
    y = train(F.linear(x, weight), eps=1e-12)
    y.backward(np.random.default_rng(6).standard_normal(y.shape))
    lengths = np.linalg.norm(weight.data, axis=1) * np.linalg.norm(weight.grad, axis=1)
    assert (lengths > 1).all()
    assert (np.abs((weight.data * weight.grad).sum(1)) < 1e-9 * lengths).all()


def test_the_running_variance_is_divided_by_one_less():
    x = tensor(4, 3).data
    mean, variance = Tensor(np.zeros(3)), Tensor(np.ones(3))
    F.batch_norm(Tensor(x), mean, variance, training=True, momentum=0.25)
    np.testing.assert_allclose(mean.data, 0.25 * x.mean(0), rtol=1e-12)
    expected = 0.75 + 0.25 * x.var(0, ddof=1)
    np.testing.assert_allclose(variance.data, expected, rtol=1e-12)


def test_statistics_are_written_in_place_also_without_gradients():
    mean, variance = Tensor(np.zeros(3)), Tensor(np.ones(3))
    arrays = mean.data, variance.data
    with no_grad():
        F.batch_norm(tensor(4, 3), mean, variance, training=True)
    assert mean.data is arrays[0]
    assert variance.data is arrays[1]
    assert mean.data.all()
    before = mean.data.copy(), variance.data.copy()
    F.batch_norm(tensor(4, 3), mean, variance)  # evaluation leaves them
    np.testing.assert_array_equal((mean.data, variance.data), before)


def test_evaluation_keeps_its_statistics_until_backward():
    x = tensor(4, 3)
    mean, variance = Tensor(np.full(3, 0.5)), Tensor(np.full(3, 2.0))
    y = F.batch_norm(x, mean, variance, tensor(3), eps=0.0)
    variance.data[...] = 100
    y.backward(np.ones((4, 3)))
    np.testing.assert_allclose(x.grad, tensor(3).data / np.sqrt(2) + np.zeros((4, 3)))


@pytest.mark.parametrize("offset", [1e3, 1e5, -1e6])
def test_a_large_mean_costs_no_accuracy(offset):
    """As near to the exact result as torch comes, whose sums are in float64."""
    noise = np.random.default_rng(0).standard_normal((64, 2, 10, 10))
    x = (offset + 0.01 * abs(offset) * noise).astype(np.float32)
    exact = train(Tensor(x.astype(np.float64))).data
    ours = train(Tensor(x)).data
    theirs = torch.nn.functional.batch_norm(
        torch.tensor(x), None, None, training=True
    ).numpy()
    assert ours.dtype == np.float32
    error = np.abs(ours - exact).max()
    assert error < 2 * np.abs(theirs - exact).max() + 1e-6


def test_a_large_running_mean_is_right_to_the_last_digit():
    noise = np.random.default_rng(0).standard_normal((64, 8, 10, 10))
    x = (1e5 + noise).astype(np.float32)
    mean, variance = Tensor(np.zeros(8, "f4")), Tensor(np.ones(8, "f4"))
    F.batch_norm(Tensor(x), mean, variance, training=True, momentum=1.0)
    exact = x.mean((0, 2, 3), dtype=np.float64)
    assert np.abs(mean.data - exact).max() <= np.spacing(np.float32(1e5))
    np.testing.assert_allclose(
        variance.data, x.var((0, 2, 3), ddof=1, dtype=float), 1e-4
    )


@pytest.mark.parametrize("value", [0.0, 0.1, -1e3, 1e5])
def test_constant_channels_become_0(value):
    x = np.full((32, 2, 7, 9), value, np.float32)
    assert np.abs(train(Tensor(x)).data).max() < 1e-3


def test_frozen_inputs_get_no_gradient():
    for training in (True, False):
        x, weight = tensor(4, 3).detach(), tensor(3)
        running = Tensor(np.zeros(3)), Tensor(np.ones(3))
        y = F.batch_norm(x, *running, weight, training=training)
        grad_x, grad_weight = y._backward(np.ones((4, 3)))
        assert grad_x is None
        assert grad_weight.shape == (3,)


def test_backward_keeps_one_array_of_the_size_of_the_input():
    x = Tensor(np.ones((8, 8, 16))[:, ::2], requires_grad=True)  # reshaping copies it
    y = train(x, tensor(4), tensor(4))
    held = [
        cell.cell_contents
        for cell in y._backward.__closure__
        if isinstance(cell.cell_contents, np.ndarray)
    ]
    assert sum(array.size == x.size for array in held) == 1
