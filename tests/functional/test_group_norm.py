"""Group normalization: groups, independent examples, rounding."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor


def tensor(*shape, seed=0):
    x = 1 + 2 * np.random.default_rng(seed).standard_normal(shape)
    return Tensor(x, requires_grad=True)


def composed(x, groups, weight, bias):
    n, c, length = x.shape
    rows = x.reshape(n, groups, -1)
    centered = rows - rows.mean(-1, keepdims=True)
    variance = (centered * centered).mean(-1, keepdims=True)
    normalized = (centered / (variance + 1e-5).sqrt()).reshape(n, c, length)
    return normalized * weight.reshape(-1, 1) + bias.reshape(-1, 1)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_one_operation_equals_many(groups):
    grad = np.random.default_rng(1).standard_normal((2, 6, 5))
    results = []
    for function in (F.group_norm, composed):
        inputs = tensor(2, 6, 5), tensor(6, seed=2), tensor(6, seed=3)
        y = function(inputs[0], groups, *inputs[1:])
        y.backward(grad)
        results.append([y.data, *(t.grad for t in inputs)])
    for one, many in zip(*results, strict=True):
        np.testing.assert_allclose(one, many, rtol=1e-10, atol=1e-12)


def test_one_group_is_layer_norm_and_a_group_a_channel_instance_norm():
    x = tensor(3, 4, 5)
    layer = F.layer_norm(x, (4, 5)).data
    np.testing.assert_allclose(F.group_norm(x, 1).data, layer, atol=1e-12)
    instance = F.instance_norm(x).data
    np.testing.assert_allclose(F.group_norm(x, 4).data, instance, atol=1e-12)


def test_examples_do_not_depend_on_each_other():
    x = tensor(3, 4, 5)
    together = F.group_norm(x, 2).data
    alone = [F.group_norm(x[i : i + 1], 2).data for i in range(3)]
    np.testing.assert_array_equal(together, np.concatenate(alone))


@pytest.mark.parametrize("value", [0.0, 0.1, -1e3, 1e5])
def test_constant_groups_become_0(value):
    x = np.full((3, 4, 7, 9), value, np.float32)
    assert np.abs(F.group_norm(Tensor(x), 2).data).max() < 1e-3


def test_a_frozen_input_gets_no_gradient():
    y = F.group_norm(tensor(4, 2, 3).detach(), 2, tensor(2))
    grad_x, grad_weight = y._backward(np.ones((4, 2, 3)))
    assert grad_x is None
    assert grad_weight.shape == (2,)


def test_backward_keeps_one_array_of_the_size_of_the_input():
    x = Tensor(np.ones((3, 4, 16))[:, ::2], requires_grad=True)
    y = F.group_norm(x, 2, tensor(2))
    held = [
        cell.cell_contents
        for cell in y._backward.__closure__
        if isinstance(cell.cell_contents, np.ndarray)
    ]
    assert sum(array.size == x.size for array in held) == 1
