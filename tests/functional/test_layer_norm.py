"""Layer and RMS normalization: invariances, rounding, what they keep and skip."""

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook.autograd import Tensor


def tensor(*shape, seed=0):
    x = 1 + 2 * np.random.default_rng(seed).standard_normal(shape)
    return Tensor(x, requires_grad=True)


def composed_layer_norm(x, weight, bias):
    centered = x - x.mean(-1, keepdims=True)
    variance = (centered * centered).mean(-1, keepdims=True)
    return centered / (variance + 1e-5).sqrt() * weight + bias


def composed_rms_norm(x, weight):
    eps = np.finfo(np.float64).eps
    return x / ((x * x).mean(-1, keepdims=True) + float(eps)).sqrt() * weight


@pytest.mark.parametrize(
    ("fused", "small", "parameters"),
    [(F.layer_norm, composed_layer_norm, 2), (F.rms_norm, composed_rms_norm, 1)],
)
def test_one_operation_equals_many(fused, small, parameters):
    grad = np.random.default_rng(1).standard_normal((2, 3, 5))
    results = []
    for function in (lambda x, *p: fused(x, 5, *p), small):
        inputs = [tensor(2, 3, 5), *(tensor(5, seed=i + 2) for i in range(parameters))]
        y = function(*inputs)
        y.backward(grad)
        results.append([y.data, *(t.grad for t in inputs)])
    for one, many in zip(*results, strict=True):
        np.testing.assert_allclose(one, many, rtol=1e-10, atol=1e-12)


def test_layer_norm_does_not_see_shift_and_scale_of_an_example():
    x = tensor(6, 40).data
    moved = x * np.arange(1, 7)[:, None] + np.linspace(-9, 9, 6)[:, None]
    one, other = (F.layer_norm(Tensor(z), 40, eps=1e-12).data for z in (x, moved))
    np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(one.mean(1), 0, atol=1e-12)
    np.testing.assert_allclose(one.std(1), 1, rtol=1e-10)


def test_its_gradient_is_orthogonal_to_shift_and_scale():
    x = tensor(4, 9)
    F.layer_norm(x, 9, eps=1e-12).backward(tensor(4, 9, seed=3).data)
    assert np.abs(x.grad).max() > 0.1
    np.testing.assert_allclose(x.grad.sum(1), 0, atol=1e-12)
    np.testing.assert_allclose((x.grad * x.data).sum(1), 0, atol=1e-9)


def test_rms_norm_sees_the_shift_but_not_the_scale():
    x = tensor(6, 40).data
    one, scaled, moved = (
        F.rms_norm(Tensor(z), 40, eps=1e-12).data for z in (x, 3 * x, x + 1)
    )
    np.testing.assert_allclose(scaled, one, rtol=1e-9)
    assert np.abs(moved - one).max() > 0.1
    np.testing.assert_allclose((one**2).mean(1), 1, rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_default_eps_of_rms_norm_is_that_of_the_dtype(dtype):
    x = np.full((1, 4), 1e-3 * np.sqrt(np.finfo(dtype).eps), dtype)
    y = F.rms_norm(Tensor(x), 4)
    np.testing.assert_allclose(y.data, 1e-3, rtol=1e-5)
    assert y.dtype == dtype


@pytest.mark.parametrize("offset", [1e3, 1e5, -1e6])
def test_a_large_mean_costs_no_accuracy(offset):
    noise = np.random.default_rng(0).standard_normal((50, 96))
    x = (offset + 1e-4 * abs(offset) * noise).astype(np.float32)
    exact = F.layer_norm(Tensor(x.astype(np.float64)), 96).data
    ours = F.layer_norm(Tensor(x), 96).data
    theirs = torch.nn.functional.layer_norm(torch.tensor(x), (96,)).numpy()
    assert ours.dtype == np.float32
    error = np.abs(ours - exact).max()
    assert error < 2 * np.abs(theirs - exact).max() + 1e-6
    assert error < 1e-5


def test_a_mean_is_large_or_small_beside_its_own_spread():
    noise = np.random.default_rng(0).standard_normal((9, 96))
    x = (1 + 1e-5 * noise).astype(np.float32)  # no number is large
    exact = F.layer_norm(Tensor(x.astype(np.float64)), 96, eps=1e-12).data
    y = F.layer_norm(Tensor(x), 96, eps=1e-12).data
    np.testing.assert_allclose(y, exact, rtol=0, atol=5e-6)


def test_a_large_mean_in_one_example_alone_is_noticed():
    noise = np.random.default_rng(0).standard_normal((9, 96))
    for dtype, offset in ((np.float32, 1e4), (np.float64, 1e12)):
        x = noise.astype(dtype)
        x[4] += dtype(offset)
        y = F.layer_norm(Tensor(x), 96).data
        exact = F.layer_norm(Tensor(x[4] - dtype(offset)), 96).data
        np.testing.assert_allclose(y[4], exact, rtol=0, atol=2e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e3, 1e5, 2e5 / 3, -1e5 / 7, 1e6 / 11])
def test_constant_examples_become_0(value):
    for size in (77, 129, 1000):  # whose means are rounded up or down
        x = np.full((1, size), value, np.float32)
        assert np.abs(F.layer_norm(Tensor(x), size).data).max() < 1e-3


def test_one_number_normalized_by_itself_is_the_bias():
    y = F.layer_norm(tensor(4, 1), 1, Tensor([2.0]).astype(float), tensor(1, seed=5))
    np.testing.assert_array_equal(y.data, np.full((4, 1), tensor(1, seed=5).item()))


@pytest.mark.parametrize("function", [F.layer_norm, F.rms_norm])
def test_a_frozen_input_gets_no_gradient(function):
    y = function(tensor(4, 3).detach(), 3, tensor(3))
    grad_x, grad_weight = y._backward(np.ones((4, 3)))
    assert grad_x is None
    assert grad_weight.shape == (3,)


@pytest.mark.parametrize("function", [F.layer_norm, F.rms_norm])
def test_backward_keeps_one_array_of_the_size_of_the_input(function):
    x = Tensor(np.ones((20, 8)).T[::2], requires_grad=True)  # reshaping copies it
    y = function(x, 20, tensor(20))
    held = [
        cell.cell_contents
        for cell in y._backward.__closure__
        if isinstance(cell.cell_contents, np.ndarray)
    ]
    assert sum(array.size == x.size for array in held) == 1
