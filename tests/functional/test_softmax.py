"""Softmax: infinities, huge logits, axes, bad input."""

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook.autograd import Tensor

both = pytest.mark.parametrize(
    ("ours", "theirs"),
    [(F.softmax, torch.softmax), (F.log_softmax, torch.log_softmax)],
    ids=["softmax", "log_softmax"],
)


@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "logits",
    [
        [1e4, 0, -1e4],
        [-np.inf, 0, 1],
        [-np.inf, -np.inf],
        [np.inf, 0],
        [np.nan, 0],
        [3, 3, 3],
        [[]],
        [],
        np.zeros((0, 3)),
    ],
    ids=str,
)
def test_extremes_equal_torch(ours, theirs, dtype, logits):
    x = Tensor(np.array(logits, dtype), requires_grad=True)
    t = torch.tensor(x.data, requires_grad=True)
    grad = np.arange(1, x.size + 1, dtype=dtype).reshape(x.shape)
    y, expected = ours(x), theirs(t, -1)
    y.backward(grad)
    expected.backward(torch.tensor(grad))
    tolerance = (
        {"rtol": 1e-12, "atol": 1e-15}
        if dtype is np.float64
        else {"rtol": 1e-5, "atol": 1e-6}
    )
    np.testing.assert_allclose(y.data, expected.detach(), **tolerance)
    np.testing.assert_allclose(x.grad, t.grad, **tolerance)
    assert y.dtype == x.grad.dtype == dtype


@both
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_every_axis_equals_torch(ours, theirs, axis, rng):
    x = Tensor(rng.standard_normal((2, 3, 4)), requires_grad=True)
    t = torch.tensor(x.data, requires_grad=True)
    grad = rng.standard_normal(x.shape)
    ours(x, axis=axis).backward(grad)
    theirs(t, axis).backward(torch.tensor(grad))
    np.testing.assert_allclose(x.grad, t.grad, rtol=1e-10, atol=1e-15)


@both
def test_bad_axes_and_inputs_are_refused(ours, theirs):
    x = Tensor(np.ones((2, 3)))
    with pytest.raises(np.exceptions.AxisError, match="axis 2 is out of bounds"):
        ours(x, axis=2)
    with pytest.raises(TypeError):
        ours(x, axis=None)
    with pytest.raises(TypeError):
        ours(x, axis=(0, 1))
    with pytest.raises(TypeError, match="got int64"):
        ours(Tensor(np.ones(3, np.int64)))
