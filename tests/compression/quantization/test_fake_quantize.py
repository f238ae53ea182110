"""Rounding with straight-through gradients: torch's values and gradients exactly."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.autograd import Tensor
from dlbook.compression.quantization.calibration import MinMaxObserver
from dlbook.compression.quantization.fake_quantize import (
    FakeQuantize,
    fake_quantize_per_channel_affine,
    fake_quantize_per_tensor_affine,
    fake_quantize_weight,
)
from dlbook.compression.quantization.scheme import WEIGHTS, Scheme


def both(ours, theirs, x, grad):
    """Return value and gradient, ours and torch's."""
    our, their = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, t = ours(our), theirs(their)
    y.backward(grad)
    t.backward(torch.tensor(grad))
    return (y.data, our.grad), (t.detach().numpy(), their.grad.numpy())


@given(
    st.sampled_from([(-128, 127), (0, 255), (-8, 7), (0, 3)]),
    st.floats(0.004, 0.5),
    st.sampled_from([np.float32, np.float64]),
    st.integers(0, 1000),
)
def test_per_tensor_is_torchs(ends, scale, dtype, seed):
    rng = np.random.default_rng(seed)
    x = (2 * rng.standard_normal((5, 40))).astype(dtype)
    x[0] = np.float32(scale) * (np.arange(40) - 20) / 2  # ties
    grad = rng.standard_normal(x.shape).astype(dtype)
    zero_point = int(rng.integers(ends[0], ends[1] + 1))
    ours, theirs = both(
        lambda x: fake_quantize_per_tensor_affine(x, scale, zero_point, *ends),
        lambda x: torch.fake_quantize_per_tensor_affine(x, scale, zero_point, *ends),
        x,
        grad,
    )
    for our, their in zip(ours, theirs, strict=True):
        assert our.dtype == their.dtype
        assert np.array_equal(our, their)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_per_channel_is_torchs(axis, rng):
    x = rng.standard_normal((3, 4, 5)).astype(np.float32)
    grad = rng.standard_normal(x.shape).astype(np.float32)
    scale = rng.uniform(0.01, 0.3, x.shape[axis]).astype(np.float32)
    zero_point = rng.integers(-8, 8, x.shape[axis]).astype(np.int32)
    ours, theirs = both(
        lambda x: fake_quantize_per_channel_affine(x, scale, zero_point, axis, -8, 7),
        lambda x: torch.fake_quantize_per_channel_affine(
            x, torch.tensor(scale), torch.tensor(zero_point), axis % 3, -8, 7
        ),
        x,
        grad,
    )
    assert np.array_equal(ours, theirs)
    assert (ours[1] == 0).any()
    assert (ours[1] != 0).any()


def test_the_gradient_passes_up_to_the_last_integer_that_rounds_to_the_range():
    x = Tensor(np.array([-2.6, -2.5, -2.4, 0.3, 1.4, 1.5, 1.6]), requires_grad=True)
    y = fake_quantize_per_tensor_affine(x, 1.0, 0, -2, 1)
    assert y.data.tolist() == [-2, -2, -2, 0, 1, 1, 1]
    y.backward(np.arange(1.0, 8))
    assert x.grad.tolist() == [0, 2, 3, 4, 5, 0, 0]


def test_grids_may_be_lists():
    x = Tensor(np.array([[0.6, 1.0], [0.6, 1.0]]))
    y = fake_quantize_per_channel_affine(x, [0.5, 0.25], [1, 0], 1, -8, 7)
    assert y.data.tolist() == [[0.5, 1.0], [0.5, 1.0]]


def test_infinities_saturate():
    x = Tensor(np.array([-np.inf, 1e38, np.inf], np.float32))
    y = fake_quantize_per_tensor_affine(x, 1e-3, 0, -128, 127)
    np.testing.assert_allclose(y.data, [-0.128, 0.127, 0.127], rtol=1e-6)


@pytest.mark.parametrize("scheme", [WEIGHTS, Scheme(4, group_size=3), Scheme(2)])
def test_a_rounded_weight_is_what_the_integers_stand_for(scheme, rng):
    weight = rng.standard_normal((4, 6)).astype(np.float32)
    tensor = Tensor(weight, requires_grad=True)
    rounded = fake_quantize_weight(tensor, scheme)
    assert np.array_equal(rounded.data, scheme.quantize(weight).dequantize())
    rounded.backward(np.ones((4, 6), np.float32))
    assert tensor.grad.shape == weight.shape
    assert (tensor.grad == 1).mean() > 0.9


def test_the_module_observes_in_training_and_rounds_always(rng):
    fake = FakeQuantize(MinMaxObserver(Scheme(4)))
    small, large = (Tensor(rng.uniform(-s, s, 50).astype(np.float32)) for s in (1, 9))
    first = fake(small).data
    assert len(np.unique(first)) <= 16
    scale = fake.observer.calculate_qparams()[0]
    fake.eval()
    assert fake(large).data.max() <= 16 * scale
    assert fake.observer.calculate_qparams()[0] == scale
    fake.train()
    fake.observing = False
    fake(large)
    assert fake.observer.calculate_qparams()[0] == scale
    fake.observing = True
    fake(large)
    assert fake.observer.calculate_qparams()[0] > 5 * scale
    fake.rounding = False
    assert fake(large) is large


def test_the_grid_is_a_moving_average_by_default(rng):
    fake = FakeQuantize()
    fake(Tensor(np.array([-1.0, 1.0], np.float32)))
    fake(Tensor(np.array([-2.0, 2.0], np.float32)))
    assert fake.observer.high.data == np.float32(1.01)


X = Tensor(np.ones((2, 3)))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda: fake_quantize_per_tensor_affine(X, 1.0, 8, -8, 7),
            ValueError,
            r"zero_point must be in \[-8, 7\], got 8",
        ),
        (
            lambda: fake_quantize_per_tensor_affine(X, 1.0, -9, -8, 7),
            ValueError,
            "zero_point",
        ),
        (
            lambda: fake_quantize_per_tensor_affine(X, 0.0, 0, -8, 7),
            ValueError,
            "scale must be positive",
        ),
        (
            lambda: fake_quantize_per_tensor_affine(X.data, 1.0, 0, -8, 7),
            TypeError,
            "must be a Tensor",
        ),
        (
            lambda: fake_quantize_per_channel_affine(X, [1.0], [0], 2, -8, 7),
            ValueError,
            "axis 2",
        ),
        (
            lambda: fake_quantize_per_channel_affine(X, [1.0], [0], 0, -8, 7),
            ValueError,
            "expected 2 scales",
        ),
        (
            lambda: fake_quantize_per_channel_affine([1.0], [1.0], [0], 0, -8, 7),
            TypeError,
            "must be a Tensor",
        ),
        (lambda: FakeQuantize(MinMaxObserver(WEIGHTS)), ValueError, "one grid"),
        (
            lambda: FakeQuantize(MinMaxObserver(Scheme(group_size=2))),
            ValueError,
            "one grid",
        ),
        (lambda: FakeQuantize().eval()(X), RuntimeError, "seen nothing"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()
