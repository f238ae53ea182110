"""The distillation loss against torch, and the bias of a class never seen."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook import functional as F
from dlbook.autograd import Tensor, check_gradients
from dlbook.compression import bias_for_share, distillation_loss, soften

SHAPES = st.sampled_from([(4, 3), (1, 1), (5,), (2, 4, 3), (2, 3, 2, 2)])


def logits(shape, seed, scale=3.0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return (scale * rng.standard_normal(shape)).astype(dtype)


def classes(shape, seed):
    rng = np.random.default_rng(seed)
    if len(shape) == 1:
        return rng.integers(0, shape[0])
    return rng.integers(0, shape[1], (shape[0], *shape[2:]))


def torchs(s, t, labels, temperature, weight, soft, reduction):
    """Return the textbook form in torch: examples in rows, one loss each."""
    axis = min(s.ndim - 1, 1)
    if soft == "kl":
        rows = (
            torch.nn.functional.kl_div(
                (s / temperature).log_softmax(axis),
                (t / temperature).softmax(axis),
                reduction="none",
            ).sum(axis)
            * temperature**2
        )
    else:
        rows = torch.nn.functional.mse_loss(s, t, reduction="none").mean(axis)
    loss = weight * rows
    if labels is not None:
        hard = torch.nn.functional.cross_entropy(
            s, torch.as_tensor(labels), reduction="none"
        )
        loss = loss + (1 - weight) * hard
    return {"mean": loss.mean(), "sum": loss.sum(), "none": loss}[reduction]


@given(
    shape=SHAPES,
    seed=st.integers(0, 99),
    temperature=st.sampled_from([0.5, 1.0, 3, 20.0]),
    weight=st.sampled_from([0, 0.3, 1]),
    soft=st.sampled_from(["kl", "mse"]),
    reduction=st.sampled_from(["mean", "sum", "none"]),
    labelled=st.booleans(),
)
def test_values_and_gradients_are_torchs(
    shape, seed, temperature, weight, soft, reduction, labelled
):
    s, t = logits(shape, seed), logits(shape, seed + 1)
    labels = classes(shape, seed) if labelled or weight < 1 else None
    options = {"soft": soft, "reduction": reduction}
    ours = Tensor(s, requires_grad=True)
    loss = distillation_loss(
        ours, t, labels, temperature=temperature, weight=weight, **options
    )
    theirs = torch.from_numpy(s.copy()).requires_grad_()
    expected = torchs(
        theirs, torch.from_numpy(t), labels, temperature, weight, **options
    )
    np.testing.assert_allclose(loss.data, expected.detach(), rtol=1e-10, atol=1e-12)
    assert loss.shape == tuple(expected.shape)
    grad_out = np.random.default_rng(seed).standard_normal(loss.shape)
    loss.backward(grad_out)
    expected.backward(torch.as_tensor(grad_out))
    np.testing.assert_allclose(ours.grad, theirs.grad, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(ours.data, s)


def test_it_is_kl_div_of_the_book():
    """Composed from the operations of the book, batchmean and T^2."""
    s, t, temperature = logits((6, 4), 0), logits((6, 4), 1), 4.0
    composed = temperature**2 * F.kl_div(
        F.log_softmax(Tensor(s) / temperature, axis=1),
        F.softmax(Tensor(t) / temperature, axis=1),
        reduction="batchmean",
    )
    loss = distillation_loss(Tensor(s), Tensor(t), temperature=temperature)
    np.testing.assert_allclose(loss.item(), composed.item(), rtol=1e-12)


def test_gradients_by_differences():
    s = Tensor(logits((4, 3), 0), requires_grad=True)
    t, labels = logits((4, 3), 1), [0, 2, 1, 1]
    for soft in ("kl", "mse"):
        check_gradients(
            lambda s, soft=soft: distillation_loss(
                s, t, labels, temperature=2.5, weight=0.7, soft=soft
            ),
            s,
        )


def test_temperature_leaves_the_size_of_the_gradient():
    """T^2: at high T the gradient does not vanish, but tends to that of mse."""
    s, t = logits((8, 5), 0, 1.0), logits((8, 5), 1, 1.0)
    s -= s.mean(axis=1, keepdims=True)
    t -= t.mean(axis=1, keepdims=True)
    gradients = {}
    for temperature in (10.0, 100.0, 1000.0):
        x = Tensor(s, requires_grad=True)
        distillation_loss(x, t, temperature=temperature).backward()
        gradients[temperature] = x.grad
    x = Tensor(s, requires_grad=True)
    distillation_loss(x, t, soft="mse").backward()
    np.testing.assert_allclose(gradients[1000.0], x.grad / 2, atol=1e-4)
    sizes = [np.linalg.norm(g) for g in gradients.values()]
    np.testing.assert_allclose(sizes, sizes[-1], rtol=0.15)


def test_large_logits_and_single_precision():
    s = Tensor(logits((4, 3), 0, 1e4, np.float32), requires_grad=True)
    t = logits((4, 3), 1, 1e4)  # float64, brought to float32
    loss = distillation_loss(s, t, [0, 1, 2, 0], temperature=2.0, weight=0.5)
    loss.backward()
    assert loss.dtype == s.grad.dtype == np.float32
    assert np.isfinite(loss.data)
    assert np.isfinite(s.grad).all()
    same = distillation_loss(s, s.detach(), temperature=np.float64(3))
    assert same.item() == 0
    assert same.dtype == np.float32


def test_mse_by_hand():
    s = Tensor(np.array([[1.0, 2.0], [0.0, 3.0]]), requires_grad=True)
    t = [[1, 4], [1, 3]]  # differences 0, -2 and -1, 0
    for reduction, expected in (("none", [2, 0.5]), ("sum", 2.5), ("mean", 1.25)):
        loss = distillation_loss(s, t, soft="mse", reduction=reduction)
        np.testing.assert_array_equal(loss.data, expected)
    loss.backward()
    np.testing.assert_array_equal(s.grad, [[0, -1], [-0.5, 0]])


def test_no_graph_where_none_is_wanted():
    loss = distillation_loss(Tensor(logits((4, 3), 0)), logits((4, 3), 1))
    assert not loss.requires_grad
    assert loss.parents == ()


@given(shape=st.sampled_from([(4, 3), (5,)]), seed=st.integers(0, 50))
def test_soften_is_softmax_at_a_temperature(shape, seed):
    z = logits(shape, seed)
    for temperature in (0.5, 1, 7.0):
        expected = torch.softmax(torch.from_numpy(z) / temperature, -1).numpy()
        np.testing.assert_allclose(soften(z, temperature), expected, rtol=1e-12)
    assert soften(Tensor(z.astype(np.float32)), 2.0).dtype == np.float32
    np.testing.assert_allclose(soften([0, 0], 1), [0.5, 0.5])


@given(
    seed=st.integers(0, 50),
    share=st.floats(0, 1),
    label=st.integers(0, 3),
    before=st.sampled_from([-20, 0, 5]),  # never predicted, sometimes, often
)
def test_the_bias_gives_the_class_its_share(seed, share, label, before):
    z = logits((40, 4), seed)
    z[:, label] += before
    amount = bias_for_share(Tensor(z), label, share)
    z[:, label] += amount
    assert (z.argmax(axis=1) == label).sum() == round(share * 40)


def test_the_bias_stands_in_the_middle():
    z = np.array([[0.0, 5.0], [0.0, 3.0], [0.0, 1.0]])
    assert bias_for_share(z, 0, 1 / 3) == 2.0
    assert bias_for_share(z, 0, 2 / 3) == 4.0
    assert bias_for_share(z, 0, 0) == 0.0
    assert bias_for_share(z, 0, 1) == 6.0
    assert bias_for_share(z, 1, 1 / 3) == -4.0


def test_bad_input():
    s, t = Tensor(logits((4, 3), 0)), logits((4, 3), 1)
    labels = [0, 1, 2, 0]
    for temperature in (0, -1.0):
        with pytest.raises(ValueError, match="temperature must be positive"):
            distillation_loss(s, t, temperature=temperature)
        with pytest.raises(ValueError, match="soften: temperature must be positive"):
            soften(t, temperature)
    with pytest.raises(ValueError, match="temperature must be finite"):
        distillation_loss(s, t, temperature=math.nan)
    for weight in (-0.1, 1.1):
        with pytest.raises(ValueError, match=r"weight must lie in \[0, 1\]"):
            distillation_loss(s, t, labels, weight=weight)
    with pytest.raises(ValueError, match="leaves a share for the labels"):
        distillation_loss(s, t, weight=0.5)
    with pytest.raises(ValueError, match='soft must be "kl" or "mse"'):
        distillation_loss(s, t, soft="js")
    with pytest.raises(ValueError, match="distillation_loss: reduction must be"):
        distillation_loss(s, t, reduction="batchmean")
    with pytest.raises(TypeError, match="student_logits must be a Tensor"):
        distillation_loss(t, t)
    with pytest.raises(ValueError, match=r"shape \(4, 2\), expected \(4, 3\)"):
        distillation_loss(s, t[:, :2])
    with pytest.raises(ValueError, match="teacher is not trained"):
        distillation_loss(s, Tensor(t, requires_grad=True))
    with pytest.raises(IndexError, match="class 3"):
        distillation_loss(s, t, [0, 1, 2, 3])
    with pytest.raises(TypeError, match="targets must be integers"):
        distillation_loss(s, t, [0.0, 1, 2, 0])
    with pytest.raises(ValueError, match="mean is over nothing"):
        distillation_loss(Tensor(np.ones((0, 3))), np.ones((0, 3)))
    with pytest.raises(ValueError, match="at least one class"):
        distillation_loss(Tensor(np.ones((2, 0))), np.ones((2, 0)))
    for bad in (np.inf, np.nan):
        with pytest.raises(ValueError, match="logits must be finite"):
            distillation_loss(s, t * bad)
        with pytest.raises(ValueError, match="logits must be finite"):
            distillation_loss(Tensor(t * bad), t)
        with pytest.raises(ValueError, match="logits must be finite"):
            soften(t * bad, 1)
    for shape in ((), (2, 3, 4), (0, 3)):
        with pytest.raises(ValueError, match=r"expected \(N, C\)"):
            soften(np.ones(shape), 1)
    for shape in ((3,), (3, 1)):
        with pytest.raises(ValueError, match="C >= 2"):
            bias_for_share(np.ones(shape), 0, 0.5)
    for label in (3, -1):
        with pytest.raises(ValueError, match=f"no class {label} of 3"):
            bias_for_share(t, label, 0.5)
    for label in (True, 1.0):
        with pytest.raises(TypeError, match="label must be an int"):
            bias_for_share(t, label, 0.5)
    for share in (-0.1, 1.1):
        with pytest.raises(ValueError, match=r"share must lie in \[0, 1\]"):
            bias_for_share(t, 0, share)
