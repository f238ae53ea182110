"""Losses of yes-or-no questions: stable where the score is certain, weights, limits."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad

LOSSES = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
by_name = pytest.mark.parametrize("name", LOSSES)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=4)


def leaf(array, dtype=np.float64):
    return Tensor(np.asarray(array, dtype), requires_grad=True)


@given(SHAPES, st.sampled_from(LOSSES), st.data())
def test_every_shape_and_weight_equals_torch(shape, name, data):
    rng = np.random.default_rng(0)
    # every shape that broadcasts: leading axes left out, others of length 1
    axes = data.draw(st.integers(0, len(shape)))
    kept = [data.draw(st.sampled_from([1, n])) for n in shape[axes:]]
    weights = {"weight": rng.random(kept)}
    if name.endswith("logits"):
        weights["pos_weight"] = rng.random(kept) * 3
    options = {"reduction": data.draw(st.sampled_from(["mean", "sum", "none"]))}
    arrays = rng.uniform(0.01, 0.99, shape), rng.random(shape)
    ours = [leaf(x) for x in arrays]
    theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
    loss = getattr(F, name)(*ours, **weights, **options)
    expected = getattr(TF, name)(
        *theirs, **{k: torch.tensor(w) for k, w in weights.items()}, **options
    )
    assert loss.shape == tuple(expected.shape)
    loss.sum().backward()
    expected.sum().backward()
    np.testing.assert_allclose(loss.data, expected.detach(), rtol=1e-10)
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our.grad, their.grad, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("target", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("logit", [1e4, -1e4, 100.0, -100.0, 0.0, -0.0])
def test_certain_logits_equal_torch(logit, target, dtype):
    ours = leaf([logit], dtype)
    theirs = torch.tensor(ours.data, requires_grad=True)
    targets = np.array([target], dtype)
    loss = F.binary_cross_entropy_with_logits(ours, targets)
    expected = TF.binary_cross_entropy_with_logits(theirs, torch.tensor(targets))
    loss.backward()
    expected.backward()
    assert np.isfinite(loss.data)
    assert loss.data == pytest.approx(expected.detach().numpy(), rel=1e-6, abs=1e-30)
    assert ours.grad == pytest.approx(theirs.grad.numpy(), rel=1e-6, abs=1e-30)


def test_small_losses_keep_their_digits_in_float32():
    """The two terms of the loss do not cancel: softplus(-20) is right to 7 digits."""
    x = leaf([20.0, -20.0], np.float32)
    loss = F.binary_cross_entropy_with_logits(x, [1.0, 0.0], reduction="none")
    loss.backward(np.ones(2))
    exact = np.log1p(np.exp(-20.0))
    np.testing.assert_allclose(loss.data, exact, rtol=1e-6)
    np.testing.assert_allclose(x.grad, [-exact, exact], rtol=1e-6)


def test_with_logits_is_sigmoid_and_then_the_loss(rng):
    array, y = rng.standard_normal((3, 4)), rng.random((3, 4))
    fused, composed = leaf(array), leaf(array)
    loss = F.binary_cross_entropy_with_logits(fused, y)
    again = F.binary_cross_entropy(F.sigmoid(composed), y)
    loss.backward()
    again.backward()
    assert loss.item() == pytest.approx(again.item(), rel=1e-12)
    np.testing.assert_allclose(fused.grad, composed.grad, rtol=1e-10)


def test_with_logits_is_cross_entropy_of_two_classes(rng):
    z, y = rng.standard_normal(6), rng.integers(0, 2, 6)
    two = np.stack([np.zeros(6), z], 1)
    binary = F.binary_cross_entropy_with_logits(Tensor(z), y)
    assert binary.item() == pytest.approx(F.cross_entropy(Tensor(two), y).item())


def test_a_probability_of_0_counts_as_minus_100_and_keeps_a_gradient():
    p = leaf([0.0, 1.0])
    loss = F.binary_cross_entropy(p, [1.0, 0.0], reduction="none")
    loss.backward(np.ones(2))
    assert loss.data.tolist() == [100, 100]
    np.testing.assert_allclose(p.grad, [-1e12, 1e12])


def test_pos_weight_counts_for_yes_alone():
    z = Tensor(np.array([0.3, 0.3]))
    plain = F.binary_cross_entropy_with_logits(z, [1, 0], reduction="none").data
    heavy = F.binary_cross_entropy_with_logits(
        z, [1, 0], reduction="none", pos_weight=3
    ).data
    np.testing.assert_allclose(heavy, plain * [3, 1])


@by_name
def test_targets_and_weights_take_the_dtype_of_the_inputs(name):
    x = leaf([0.25, 0.5], np.float32)
    loss = getattr(F, name)(x, np.array([0.0, 1.0]), weight=np.array([1.0, 2.0]))
    assert loss.dtype == np.float32
    loss.backward()
    assert x.grad.dtype == np.float32
    assert getattr(F, name)(x, [False, True]).dtype == np.float32


@by_name
def test_nothing_is_recorded_without_gradients(name):
    with no_grad():
        assert getattr(F, name)(leaf([0.5]), [0.0]).parents == ()


@by_name
def test_targets_of_another_shape_are_refused_by_name(name):
    message = rf"{name}: targets have shape \(3,\), inputs \(3, 1\)"
    with pytest.raises(ValueError, match=message):
        getattr(F, name)(Tensor(np.full((3, 1), 0.5)), np.ones(3))
