"""Operators on shapes that hypothesis chooses; what a row cannot say is here."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlbook.autograd import Tensor
from dlbook.autograd.arithmetic import power
from dlbook.compare import compare_with_torch

OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}
broadcasting = hnp.mutually_broadcastable_shapes(
    num_shapes=2, max_dims=4, max_side=3, min_side=0
)


@given(broadcasting, st.sampled_from(sorted(OPERATORS)))
def test_operands_broadcast(shapes, name):
    rng = np.random.default_rng(0)
    a, b = (rng.uniform(0.5, 2, shape) for shape in shapes.input_shapes)
    compare_with_torch(OPERATORS[name], OPERATORS[name], np.asarray(a), np.asarray(b))


@given(
    hnp.mutually_broadcastable_shapes(
        signature=np.matmul.signature, max_dims=2, max_side=3, min_side=0
    )
)
def test_matmul(shapes):
    rng = np.random.default_rng(0)
    a, b = (np.asarray(rng.standard_normal(shape)) for shape in shapes.input_shapes)
    compare_with_torch(lambda a, b: a @ b, lambda a, b: a @ b, a, b)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("other", [2, 2.5, np.float64(2.5), np.int64(2), True])
def test_numbers_never_change_the_dtype_of_floats(dtype, name, other):
    x = Tensor(np.ones(2, dtype), requires_grad=True)
    for result in (OPERATORS[name](x, other), OPERATORS[name](other, x)):
        assert result.dtype == dtype
        result.sum().backward()
        assert x.grad.dtype == dtype


@pytest.mark.parametrize("name", OPERATORS)
def test_an_array_on_the_left_gives_one_tensor(name):
    result = OPERATORS[name](np.ones(3), Tensor(np.ones(3)))
    assert isinstance(result, Tensor)
    assert result.data.dtype == np.float64


def test_in_place_operators_make_new_tensors():
    x = Tensor(np.ones(2), requires_grad=True)
    y = x
    y += 1.0
    y *= 2.0
    assert x.data.tolist() == [1.0, 1.0]
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_gradients_that_are_not_needed_are_not_computed():
    x, constant = Tensor(np.ones((2, 2)), requires_grad=True), Tensor(np.ones((2, 2)))
    for name in ("+", "-", "*", "**"):
        result = OPERATORS[name](x, constant)
        assert result._backward(np.ones((2, 2)))[1] is None
        result = OPERATORS[name](constant, x)
        assert result._backward(np.ones((2, 2)))[0] is None
    assert (x @ constant)._backward(np.ones((2, 2)))[1] is None
    assert (constant @ x)._backward(np.ones((2, 2)))[0] is None


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, 3.0, 4.0, -1.0, 0.5])
def test_power_is_numpys(rng, exponent):
    x = rng.uniform(0.5, 2, (3, 4))
    np.testing.assert_allclose(power(x, np.array(exponent)), x**exponent, rtol=1e-15)


def test_comparisons_have_no_gradient():
    x = Tensor(np.ones(2), requires_grad=True)
    result = x > 0.5
    assert (result.dtype, result.requires_grad, result.parents) == (np.bool_, False, ())


def test_a_long_sum_of_one_tensor_is_exact():
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)
    ours = Tensor(np.ones(1), requires_grad=True)
    total, theirs = ours * 0.0, x * 0.0
    for _ in range(1000):
        total, theirs = total + ours, theirs + x
    total.backward()
    theirs.backward()
    assert ours.grad == x.grad.numpy() == 1000
