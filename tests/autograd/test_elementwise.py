import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlbook.autograd import Tensor
from dlbook.compare import compare_with_torch

FUNCTIONS = ("exp", "log", "sqrt", "sin", "cos", "tanh", "abs")


@given(hnp.array_shapes(min_dims=0, max_dims=4, min_side=0), st.sampled_from(FUNCTIONS))
def test_every_shape(shape, name):
    x = np.asarray(np.random.default_rng(0).uniform(0.5, 2, shape))
    compare_with_torch(lambda t: getattr(t, name)(), lambda t: getattr(t, name)(), x)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_floats_keep_their_dtype(name, dtype):
    x = Tensor(np.ones(3, dtype), requires_grad=True)
    result = getattr(x, name)()
    assert result.dtype == dtype
    result.sum().backward()
    assert x.grad.dtype == dtype


@pytest.mark.parametrize(
    ("name", "value", "warning", "result"),
    [
        ("log", 0.0, "divide by zero", -np.inf),
        ("log", -1.0, "invalid value", np.nan),
        ("sqrt", -1.0, "invalid value", np.nan),
        ("exp", 1e4, "overflow", np.inf),
        ("sin", np.inf, "invalid value", np.nan),
    ],
)
def test_numpy_warns_where_the_value_is_not_finite(name, value, warning, result):
    with pytest.warns(RuntimeWarning, match=warning):
        found = getattr(Tensor(np.array(value)), name)()
    np.testing.assert_array_equal(found.data, result)


def test_numpy_warns_where_the_slope_is_infinite():
    root = Tensor(np.array(0.0), requires_grad=True).sqrt()
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        root.backward()


@given(
    hnp.arrays(np.float64, 5, elements=st.floats(-2, 2, width=16)),
    st.floats(-2, 2, width=16),
    st.floats(0, 2, width=16),
)
def test_clip_and_its_gradient_at_and_around_the_limits(x, low, width):
    compare_with_torch(
        lambda t: t.clip(low, low + width), lambda t: t.clamp(low, low + width), x
    )
