"""The affine map: leading axes, skipped gradients, bad input."""

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook.autograd import Tensor


@pytest.mark.parametrize("leading", [(), (1,), (5,), (2, 3), (2, 1, 3), (0,), (2, 0)])
@pytest.mark.parametrize("with_bias", [True, False])
def test_any_leading_axes_equal_torch(leading, with_bias, rng):
    arrays = [rng.standard_normal((*leading, 4)), rng.standard_normal((3, 4))]
    arrays += [rng.standard_normal(3)] if with_bias else []
    ours = [Tensor(a, requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y, expected = F.linear(*ours), torch.nn.functional.linear(*theirs)
    grad = rng.standard_normal((*leading, 3))
    y.backward(grad)
    expected.backward(torch.tensor(grad))
    np.testing.assert_allclose(y.data, expected.detach(), rtol=1e-12, atol=1e-14)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("wanted", [0, 1, 2])
def test_only_the_wanted_gradient_is_computed(wanted, rng):
    shapes = ((5, 4), (3, 4), (3,))
    tensors = [
        Tensor(rng.standard_normal(shape), requires_grad=i == wanted)
        for i, shape in enumerate(shapes)
    ]
    y = F.linear(*tensors)
    grads = y._backward(np.ones(y.shape))
    assert [g is not None for g in grads] == [i == wanted for i in range(3)]


def test_bias_is_not_written_into_the_input(rng):
    x, weight = Tensor(rng.standard_normal((2, 2))), Tensor(np.eye(2))
    before = x.data.copy()
    F.linear(x, weight, Tensor(np.ones(2)))
    np.testing.assert_array_equal(x.data, before)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((2, 3), (5, 4)), r"x has shape \(2, 3\), weight \(5, 4\).*in_features = 4"),
        (((), (5, 1)), r"x has shape \(\), weight \(5, 1\)"),
        (((2, 3), (3,)), r"weight has shape \(3,\), expected two axes"),
        (((2, 3), (5, 3, 1)), r"weight has shape \(5, 3, 1\), expected two axes"),
        (((2, 3), (5, 3), (4,)), r"bias has shape \(4,\), weight \(5, 3\)"),
        (((2, 3), (5, 3), (1,)), r"bias has shape \(1,\), .* bias of shape \(5,\)"),
        (((2, 3), (5, 3), ()), r"bias has shape \(\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(shapes, message):
    with pytest.raises(ValueError, match=message):
        F.linear(*(Tensor(np.ones(shape)) for shape in shapes))


def test_dtypes_and_types_that_do_not_fit_are_named():
    single, double = Tensor(np.ones((2, 2), np.float32)), Tensor(np.ones((2, 2)))
    bias = Tensor(np.ones(2))
    with pytest.raises(TypeError, match="x has dtype float64, weight float32"):
        F.linear(double, single)
    with pytest.raises(TypeError, match="bias has dtype float64, weight float32"):
        F.linear(single, single, bias)
    with pytest.raises(TypeError, match="weight must be a Tensor"):
        F.linear(double, np.ones((2, 2)))
    with pytest.raises(TypeError, match="x must be a Tensor"):
        F.linear(np.ones((2, 2)), double)
    with pytest.raises(TypeError, match=r"weight must be a Tensor, got .*NoneType"):
        F.linear(double, None)
