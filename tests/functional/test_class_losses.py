"""Losses over classes: targets that make no sense, means of nothing, extremes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad

LOGITS = np.array([[0.5, -1.0, 2.0, 0.0], [1.0, 1.0, -3.0, 0.25], [0.0, 4.0, 0.0, 1.0]])
LABELS = np.array([2, 0, 3])
class_losses = pytest.mark.parametrize(
    "loss", [F.cross_entropy, F.nll_loss], ids=["cross_entropy", "nll_loss"]
)


def logits(dtype=np.float64):
    return Tensor(LOGITS.astype(dtype), requires_grad=True)


@st.composite
def problems(draw):
    """Draw shape, labels, weight and options of a class loss, valid in torch."""
    num_classes = draw(st.integers(1, 5))
    batch = draw(st.sampled_from([(), (1,), (4,), (3, 2), (2, 3, 2)]))
    shape = (*batch[:1], num_classes, *batch[1:])
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    labels = rng.integers(0, num_classes, batch)
    ignore_index = draw(st.sampled_from([-100, 0, 1, 7]))
    if draw(st.booleans()):
        labels = np.where(rng.random(batch) < 0.3, ignore_index, labels)
    options = {
        "ignore_index": ignore_index,
        "reduction": draw(st.sampled_from(["mean", "sum", "none"])),
    }
    if (labels == ignore_index).all():
        options["reduction"] = "sum"
    weight = rng.random(num_classes) + 0.1 if draw(st.booleans()) else None
    return rng.standard_normal(shape) * 3, labels, weight, options, rng


def compare(ours, theirs, array, rng):
    x = Tensor(array, requires_grad=True)
    t = torch.tensor(array, requires_grad=True)
    y, expected = ours(x), theirs(t)
    assert y.shape == tuple(expected.shape)
    grad = rng.standard_normal(y.shape)
    y.backward(grad)
    expected.backward(torch.tensor(grad))
    np.testing.assert_allclose(y.data, expected.detach(), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(x.grad, t.grad, rtol=1e-10, atol=1e-13)


@given(problems(), st.sampled_from([0.0, 0.1, 1.0]))
def test_cross_entropy_with_class_numbers_equals_torch(problem, smoothing):
    array, labels, weight, options, rng = problem
    options["label_smoothing"] = smoothing
    torch_weight = None if weight is None else torch.tensor(weight)
    compare(
        lambda x: F.cross_entropy(x, labels, weight=weight, **options),
        lambda t: TF.cross_entropy(t, torch.tensor(labels), torch_weight, **options),
        array,
        rng,
    )


@given(problems())
def test_nll_loss_equals_torch(problem):
    array, labels, weight, options, rng = problem
    torch_weight = None if weight is None else torch.tensor(weight)
    compare(
        lambda x: F.nll_loss(x, labels, weight=weight, **options),
        lambda t: TF.nll_loss(t, torch.tensor(labels), torch_weight, **options),
        array,
        rng,
    )


@given(problems(), st.sampled_from([0.0, 0.1, 1.0]))
def test_cross_entropy_with_probabilities_and_their_gradient_equal_torch(
    problem, smoothing
):
    array, _, weight, options, rng = problem
    options = {"reduction": options["reduction"], "label_smoothing": smoothing}
    torch_weight = None if weight is None else torch.tensor(weight)
    axis = min(1, array.ndim - 1)
    targets = F.softmax(Tensor(rng.standard_normal(array.shape)), axis).data
    compare(
        lambda x: F.cross_entropy(x, targets, weight=weight, **options),
        lambda t: TF.cross_entropy(t, torch.tensor(targets), torch_weight, **options),
        array,
        rng,
    )
    compare(
        lambda x: F.cross_entropy(
            Tensor(array), F.softmax(x, axis), weight=weight, **options
        ),
        lambda t: TF.cross_entropy(
            torch.tensor(array), t.softmax(axis), torch_weight, **options
        ),
        rng.standard_normal(array.shape),
        rng,
    )


def test_cross_entropy_is_softmax_then_logarithm_then_nll(rng):
    targets = rng.integers(0, 3, (4, 2))
    fused = Tensor(rng.standard_normal((4, 3, 2)), requires_grad=True)
    composed = Tensor(fused.data, requires_grad=True)
    loss = F.cross_entropy(fused, targets)
    again = F.nll_loss(F.softmax(composed, axis=1).log(), targets)
    loss.backward()
    again.backward()
    np.testing.assert_allclose(loss.data, again.data, rtol=1e-13)
    np.testing.assert_allclose(fused.grad, composed.grad, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize(
    "row", [[1e4, -1e4, 0], [-np.inf, 0, 1], [np.inf, 0, 1], [np.nan, 0, 1]], ids=str
)
def test_extreme_logits_equal_torch_in_float32(row, label, smoothing):
    x = Tensor(np.array([row], np.float32), requires_grad=True)
    t = torch.tensor(x.data, requires_grad=True)
    loss = F.cross_entropy(x, [label], label_smoothing=smoothing)
    expected = TF.cross_entropy(t, torch.tensor([label]), label_smoothing=smoothing)
    loss.backward()
    expected.backward()
    np.testing.assert_allclose(loss.data, expected.detach(), rtol=1e-6)
    np.testing.assert_allclose(x.grad, t.grad, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.uint64])
@class_losses
def test_every_integer_dtype_of_labels_gives_the_same(loss, dtype):
    expected = loss(logits(), LABELS).item()
    assert loss(logits(), LABELS.astype(dtype)).item() == expected
    assert loss(logits(), Tensor(LABELS.astype(dtype))).item() == expected
    assert loss(logits(), LABELS.tolist()).item() == expected


@class_losses
def test_backward_can_run_twice_and_writes_into_nothing(loss):
    x = logits()
    x.data.flags.writeable = False
    y = loss(x, LABELS)
    y.backward(retain_graph=True)
    once = x.grad.copy()
    x.grad = None
    y.backward()
    np.testing.assert_array_equal(x.grad, once)


@class_losses
@pytest.mark.parametrize(
    ("targets", "error", "message"),
    [
        ([2, 0, -1], IndexError, r"class -1, expected classes in \[0, 4\)"),
        ([2, 4, 0], IndexError, r"class 4, expected classes in \[0, 4\)"),
        ([2.0, 0.0, 3.0], TypeError, "must be integers.*got float64"),
        ([True, False, True], TypeError, "must be integers.*got bool"),
        ([2, 0], ValueError, r"targets have shape \(2,\), expected \(3,\)"),
        ([[2], [0], [3]], ValueError, r"targets have shape \(3, 1\), expected \(3,\)"),
        ([-100, -100, -100], ValueError, "mean is over nothing.*every target is"),
    ],
    ids=str,
)
def test_targets_that_make_no_sense_are_refused(loss, targets, error, message):
    with pytest.raises(error, match=message):
        loss(logits(), np.array(targets))


@class_losses
def test_a_bad_label_beside_an_ignored_one_is_refused(loss):
    with pytest.raises(IndexError, match="class 9"):
        loss(logits(), np.array([-100, 9, 0]))


@class_losses
def test_one_target_for_logits_without_a_batch_has_no_axis(loss):
    single = Tensor(LOGITS[0])
    assert loss(single, 2).item() == loss(single, np.array(2)).item()
    with pytest.raises(ValueError, match=r"targets have shape \(1,\), expected \(\)"):
        loss(single, np.array([2]))


@class_losses
def test_an_empty_batch_has_a_sum_and_no_mean(loss):
    empty, none = Tensor(np.zeros((0, 4)), requires_grad=True), np.zeros(0, int)
    with pytest.raises(ValueError, match="mean is over nothing"):
        loss(empty, none)
    total = loss(empty, none, reduction="sum")
    total.backward()
    assert total.item() == 0
    assert loss(empty, none, reduction="none").shape == (0,)


@class_losses
def test_all_ignored_has_a_sum_and_no_gradient(loss):
    x = logits()
    total = loss(x, np.full(3, -100), reduction="sum")
    total.backward()
    assert total.item() == 0
    assert not x.grad.any()


@class_losses
def test_classes_and_dtypes_of_scores_are_checked(loss):
    with pytest.raises(TypeError, match="got int64"):
        loss(Tensor(np.ones((3, 4), np.int64)), LABELS)
    with pytest.raises(TypeError, match="must be a Tensor, got ndarray"):
        loss(LOGITS, LABELS)
    for shape in ((3, 0), (), (0,)):
        with pytest.raises(ValueError, match="at least one class"):
            loss(Tensor(np.ones(shape)), np.zeros(3, int))


@class_losses
@pytest.mark.parametrize(
    ("weight", "error", "message"),
    [
        (np.ones(3), ValueError, r"weight has shape \(3,\), expected \(4,\)"),
        (np.ones((4, 1)), ValueError, r"weight has shape \(4, 1\)"),
        (np.ones(4, np.float32), TypeError, "weight has dtype float32.*float64"),
        (np.ones(4, int), TypeError, "weight has dtype int64"),
        (np.array([1, -1, 1, 1.0]), ValueError, "weight must be finite and >= 0"),
        (np.array([1, np.nan, 1, 1]), ValueError, "weight must be finite and >= 0"),
        (Tensor(np.ones(4), requires_grad=True), ValueError, "weight is a constant"),
        (np.array([0, 1.0, 0, 0]), ValueError, "every weight is 0"),
    ],
    ids=str,
)
def test_weights_that_make_no_sense_are_refused(loss, weight, error, message):
    with pytest.raises(error, match=message):
        loss(logits(), LABELS, weight=weight)


@class_losses
def test_weight_may_be_a_list_and_keeps_float32(loss):
    y = loss(logits(np.float32), LABELS, weight=[1, 2, 3, 4])
    assert y.dtype == np.float32


@class_losses
def test_an_unknown_reduction_is_refused(loss):
    with pytest.raises(ValueError, match=r"reduction must be .* got 'batchmean'"):
        loss(logits(), LABELS, reduction="batchmean")


@pytest.mark.parametrize("smoothing", [-0.1, 1.1, np.nan])
def test_label_smoothing_outside_its_range_is_refused(smoothing):
    with pytest.raises(ValueError, match="label_smoothing"):
        F.cross_entropy(logits(), LABELS, label_smoothing=smoothing)


@pytest.mark.parametrize(
    ("targets", "options", "error", "message"),
    [
        (np.eye(4, dtype=int)[LABELS], {}, TypeError, "must be floats, got int64"),
        (LOGITS, {}, ValueError, r"in \[0, 1\], targets range from -3 to 4"),
        (LOGITS * np.nan, {}, ValueError, r"in \[0, 1\]"),
        (np.eye(4)[LABELS], {"ignore_index": 1}, ValueError, "ignore_index works"),
    ],
)
def test_class_probabilities_that_make_no_sense_are_refused(
    targets, options, error, message
):
    with pytest.raises(error, match=message):
        F.cross_entropy(logits(), targets, **options)


def test_class_probabilities_take_the_dtype_of_the_logits():
    one_hot = np.eye(4)[LABELS]
    y = F.cross_entropy(logits(np.float32), one_hot)
    assert y.dtype == np.float32
    assert y.item() == pytest.approx(F.cross_entropy(logits(), LABELS).item(), rel=1e-6)


def test_losses_record_nothing_without_gradients():
    with no_grad():
        assert F.cross_entropy(logits(), LABELS).parents == ()
        assert F.nll_loss(logits(), LABELS).parents == ()
