import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlbook.autograd import Tensor
from dlbook.compare import compare_with_torch

TORCH = {"max": "amax", "min": "amin"}


@st.composite
def shapes_and_axes(draw, min_side):
    """Draw a shape, some of its axes (any sign, any order), and keepdims."""
    shape = draw(hnp.array_shapes(max_dims=4, max_side=3, min_side=min_side))
    axes = draw(st.lists(st.sampled_from(range(len(shape))), min_size=1, unique=True))
    signed = tuple(a - len(shape) if draw(st.booleans()) else a for a in axes)
    return shape, signed, draw(st.booleans())


@given(shapes_and_axes(1), st.sampled_from(["mean", "max", "min", "logsumexp"]))
def test_reductions_of_at_least_one_element(drawn, name):
    check(*drawn, name)


@given(shapes_and_axes(0))
def test_sums_of_nothing_too(drawn):
    check(*drawn, "sum")


@given(shapes_and_axes(2), st.sampled_from(["var", "std"]), st.integers(0, 1))
def test_deviations(drawn, name, correction):
    check(*drawn, name, correction=correction)


def check(shape, axes, keepdims, name, **options):
    x = np.random.default_rng(0).standard_normal(shape)
    compare_with_torch(
        lambda t: getattr(t, name)(axes, keepdims=keepdims, **options),
        lambda t: getattr(t, TORCH.get(name, name))(axes, keepdim=keepdims, **options),
        x,
        # the deviation of two numbers is one number and its negative: they cancel
        rtol=1e-8,
        atol=1e-10,
    )


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(max_dims=3, max_side=4, min_side=0),
        elements=st.sampled_from([0.0, 0.0, 1.0, -2.0, 0.5]),
    ),
    st.data(),
)
def test_prod_with_any_number_of_zeros(x, data):
    axis = data.draw(st.sampled_from(range(-x.ndim, x.ndim)))
    compare_with_torch(lambda t: t.prod(axis), lambda t: t.prod(axis), x)
    compare_with_torch(lambda t: t.prod(), lambda t: t.prod(), x)


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(max_dims=3, max_side=3),
        elements=st.integers(0, 2).map(float),
    ),
    st.data(),
)
def test_ties_share_the_gradient(x, data):
    axis = data.draw(st.sampled_from(range(-x.ndim, x.ndim)))
    compare_with_torch(lambda t: t.max(axis), lambda t: t.amax(axis), x)
    compare_with_torch(lambda t: t.min(axis), lambda t: t.amin(axis), x)
    compare_with_torch(lambda t: t.argmax(axis), lambda t: t.argmax(axis), x)


@given(hnp.array_shapes(max_dims=4, max_side=3, min_side=0), st.data())
def test_cumsum(shape, data):
    axis = data.draw(st.sampled_from(range(-len(shape), len(shape))))
    x = np.random.default_rng(0).standard_normal(shape)
    compare_with_torch(lambda t: t.cumsum(axis), lambda t: t.cumsum(axis), x)


@pytest.mark.parametrize("value", [1e4, -1e4])
def test_logsumexp_does_not_overflow_in_float32(value):
    x = Tensor(np.full(3, value, np.float32), requires_grad=True)
    y = x.logsumexp()
    y.backward()
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.data, value + np.log(3), rtol=1e-6)
    np.testing.assert_allclose(x.grad, np.full(3, 1 / 3), rtol=1e-6)


def test_a_gradient_of_a_sum_can_be_read_though_it_is_one_number_everywhere():
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    x.sum().backward()
    assert (x.grad * 2).tolist() == [[2.0] * 3] * 2


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "prod"])
def test_no_axes_at_all(name):
    x, t = Tensor(np.array(2.0), requires_grad=True), torch.tensor(2.0)
    result = getattr(x, name)()
    result.backward()
    assert result.shape == ()
    assert result.item() == getattr(t, name)().item()
    assert x.grad == 1
