"""Activations: kinks, infinities, huge numbers, dtypes, bad input."""

import numpy as np
import pytest
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor

OURS_AND_TORCHS = {
    "relu": (F.relu, TF.relu),
    "relu6": (F.relu6, TF.relu6),
    "leaky_relu": (F.leaky_relu, TF.leaky_relu),
    "leaky_relu slope 0": (lambda x: F.leaky_relu(x, 0), lambda x: TF.leaky_relu(x, 0)),
    "leaky_relu slope 2": (lambda x: F.leaky_relu(x, 2), lambda x: TF.leaky_relu(x, 2)),
    "leaky_relu slope -1": (
        lambda x: F.leaky_relu(x, -1),
        lambda x: TF.leaky_relu(x, -1),
    ),
    "elu": (F.elu, TF.elu),
    "elu alpha 0": (lambda x: F.elu(x, 0), lambda x: TF.elu(x, 0)),
    "elu alpha -1.5": (lambda x: F.elu(x, -1.5), lambda x: TF.elu(x, -1.5)),
    "selu": (F.selu, TF.selu),
    "gelu": (F.gelu, TF.gelu),
    "gelu tanh": (
        lambda x: F.gelu(x, approximate="tanh"),
        lambda x: TF.gelu(x, approximate="tanh"),
    ),
    "silu": (F.silu, TF.silu),
    "sigmoid": (F.sigmoid, torch.sigmoid),
    "logsigmoid": (F.logsigmoid, TF.logsigmoid),
    "tanh": (F.tanh, torch.tanh),
    "softplus": (F.softplus, TF.softplus),
    "softplus sharp": (
        lambda x: F.softplus(x, beta=2, threshold=3),
        lambda x: TF.softplus(x, beta=2, threshold=3),
    ),
    "softplus beta -2": (lambda x: F.softplus(x, -2), lambda x: TF.softplus(x, -2)),
    "hardtanh": (F.hardtanh, TF.hardtanh),
    "hardtanh one point": (
        lambda x: F.hardtanh(x, 2, 2),
        lambda x: TF.hardtanh(x, 2, 2),
    ),
    "hardsigmoid": (F.hardsigmoid, TF.hardsigmoid),
    "hardswish": (F.hardswish, TF.hardswish),
}
every_activation = pytest.mark.parametrize(
    ("ours", "theirs"), OURS_AND_TORCHS.values(), ids=OURS_AND_TORCHS
)
KINKS = [0.0, -0.0, 1.0, -1.0, 2.0, 3.0, -3.0, 6.0, 1.5, 20.0, 20.5, -20.0]
INFINITIES = [np.inf, -np.inf]
HUGE = [1e4, -1e4, 90.0, -90.0, 88.5, -88.5]


def values_and_gradients(ours, theirs, points):
    """Return our and torch's value and gradient at each point.

    Each point stands 64 times in torch's tensor: its last few elements go through
    scalar kernels, which do not always agree with the vectorized ones.
    """
    x = Tensor(points.copy(), requires_grad=True)
    value = ours(x)
    value.backward(np.full_like(points, 1.5))
    t = torch.tensor(np.repeat(points, 64), requires_grad=True)
    y = theirs(t)
    y.backward(torch.full_like(t, 1.5))
    expected = np.stack([y.detach().numpy(), t.grad.numpy()])[:, ::64]
    assert value.dtype == x.grad.dtype == points.dtype
    return np.stack([value.data, x.grad]), expected


# torch keeps hardsigmoid's 1/6 in float32, also for float64: 3e-8
@every_activation
def test_kinks_and_infinities_equal_torch(ours, theirs):
    points = np.array(KINKS + INFINITIES + HUGE)
    rtol = 1e-7 if ours is F.hardsigmoid else 1e-10
    measured, expected = values_and_gradients(ours, theirs, points)
    np.testing.assert_allclose(measured, expected, rtol=rtol, atol=1e-15)


@every_activation
def test_huge_float32_numbers_are_finite_and_equal_torch(ours, theirs):
    points = np.array(HUGE + KINKS, np.float32)
    measured, expected = values_and_gradients(ours, theirs, points)
    assert np.isfinite(measured).all()
    np.testing.assert_allclose(measured, expected, rtol=2e-6, atol=1e-6)


@every_activation
def test_nan_stays_nan(ours, theirs):
    assert np.isnan(ours(Tensor(np.array([np.nan, np.nan]))).data).all()


@every_activation
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (1,), (0, 3)])
def test_tensors_without_axes_or_elements_keep_shape_and_dtype(
    ours, theirs, dtype, shape
):
    x = Tensor(np.full(shape, 0.75, dtype), requires_grad=True)
    y = ours(x)
    y.backward(np.ones(shape, dtype))
    assert y.shape == x.grad.shape == shape
    assert y.dtype == x.grad.dtype == dtype


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu_equals_torch_on_a_fine_grid(approximate):
    points = np.linspace(-40, 40, 4001)
    for dtype, rtol, atol in ((np.float64, 1e-10, 1e-14), (np.float32, 1e-6, 3e-6)):
        x = Tensor(points.astype(dtype), requires_grad=True)
        y = F.gelu(x, approximate=approximate)
        y.backward(np.ones_like(x.data))
        t = torch.tensor(x.data, requires_grad=True)
        ty = TF.gelu(t, approximate=approximate)
        ty.backward(torch.ones_like(t))
        np.testing.assert_allclose(y.data, ty.detach(), rtol=rtol, atol=atol)
        np.testing.assert_allclose(x.grad, t.grad, rtol=rtol, atol=atol)


def test_gelu_of_the_largest_numbers_warns_of_nothing():
    x = Tensor(np.array([3e38, -3e38], np.float32), requires_grad=True)
    y = F.gelu(x)
    y.backward(np.ones(2, np.float32))
    np.testing.assert_array_equal(y.data, x.data * [1, 0])
    np.testing.assert_array_equal(x.grad, [1, 0])


def test_tanh_form_of_gelu_stays_as_close_as_its_docstring_says():
    x = Tensor(np.linspace(-8, 8, 16001))
    difference = np.abs(F.gelu(x).data - F.gelu(x, approximate="tanh").data).max()
    assert 4e-4 < difference < 5e-4


def test_sigmoid_keeps_relative_accuracy_in_the_left_tail():
    np.testing.assert_allclose(
        F.sigmoid(Tensor(np.array([-700.0, -40.0]))).data,
        np.exp([-700.0, -40.0]),
        rtol=1e-13,
    )


def test_numpy_numbers_as_options_leave_float32():
    x = Tensor(np.ones(3, np.float32))
    option = np.float64(0.5)
    for y in (
        F.leaky_relu(x, option),
        F.elu(x, option),
        F.softplus(x, option, option),
        F.hardtanh(x, -option, option),
    ):
        assert y.dtype == np.float32


def test_relu_takes_integers():
    y = F.relu(Tensor(np.array([-2, 3])))
    np.testing.assert_array_equal(y.data, [0, 3])
    assert y.dtype == np.int64


@every_activation
def test_what_is_no_floating_point_tensor_is_refused_by_name(ours, theirs):
    with pytest.raises(TypeError, match="x must be a Tensor, got ndarray"):
        ours(np.ones(3))
    if ours is not F.relu:
        with pytest.raises(TypeError, match="floating-point numbers, got int64"):
            ours(Tensor(np.array([1, 2])))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: F.leaky_relu(x, np.nan), ValueError, "negative_slope .* got nan"),
        (lambda x: F.leaky_relu(x, "0.1"), TypeError, "negative_slope .* got str"),
        (lambda x: F.elu(x, np.inf), ValueError, "alpha must be finite, got inf"),
        (lambda x: F.elu(x, True), TypeError, "alpha must be a number, got bool"),
        (lambda x: F.softplus(x, 0), ValueError, "beta must not be 0"),
        (lambda x: F.softplus(x, np.nan), ValueError, "beta must be finite"),
        (lambda x: F.softplus(x, 1, np.nan), ValueError, "threshold must be finite"),
        (lambda x: F.hardtanh(x, 2, 1), ValueError, "min_val .* got 2 and 1"),
        (lambda x: F.hardtanh(x, np.nan), ValueError, "min_val must be finite"),
        (lambda x: F.hardtanh(x, 0, np.inf), ValueError, "max_val must be finite"),
        (lambda x: F.gelu(x, approximate="erf"), ValueError, "approximate .* 'erf'"),
    ],
)
def test_unusable_options_are_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call(Tensor(np.ones(2)))
