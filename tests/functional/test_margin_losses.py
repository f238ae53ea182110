"""Losses with a margin: known values, labels, shapes, what the kink does."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=4)
# name: how many arrays come before the labels
LABELED = {"soft_margin_loss": 1, "hinge_embedding_loss": 1, "margin_ranking_loss": 2}


def leaf(array, dtype=np.float64):
    return Tensor(np.asarray(array, dtype), requires_grad=True)


def compare(name, arrays, labels, **options):
    ours = [leaf(x) for x in arrays]
    theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
    more = () if labels is None else (labels,)
    loss = getattr(F, name)(*ours, *more, **options)
    expected = getattr(TF, name)(*theirs, *map(torch.tensor, more), **options)
    assert loss.shape == tuple(expected.shape)
    loss.sum().backward()
    expected.sum().backward()
    np.testing.assert_allclose(loss.data, expected.detach(), rtol=1e-10, atol=1e-13)
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our.grad, their.grad, rtol=1e-9, atol=1e-11)


@given(
    SHAPES,
    st.sampled_from(list(LABELED)),
    st.sampled_from(["mean", "sum", "none"]),
    st.integers(0, 100),
)
def test_every_shape_of_labels_equals_torch(shape, name, reduction, seed):
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(shape) * 2 for _ in range(LABELED[name])]
    labels = np.asarray(rng.choice([-1.0, 1.0], shape))
    compare(name, arrays, labels, reduction=reduction)


@given(
    st.sampled_from([(), (1,), (4,)]),
    st.integers(1, 5),
    st.sampled_from([1, 2]),
    st.floats(0, 3),
    st.integers(0, 100),
)
def test_multi_margin_of_every_size_equals_torch(batch, num_classes, p, margin, seed):
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((*batch, num_classes))
    labels = np.asarray(rng.integers(0, num_classes, batch))
    compare("multi_margin_loss", [scores], labels, p=p, margin=margin)


@given(
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=4),
    st.sampled_from([1.0, 1.5, 2.0, 3.0]),
    st.booleans(),
    st.integers(0, 100),
)
def test_triplets_of_every_shape_equal_torch(shape, p, swap, seed):
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(shape) for _ in range(3)]
    compare("triplet_margin_loss", arrays, None, p=p, swap=swap)


def test_known_values():
    scores = Tensor(np.array([[1.0, 3.0, 2.5]]))
    # shortfalls of class 0 and 2 against class 2 of margin 1: 0 and 1.5
    assert F.multi_margin_loss(scores, [2]).item() == pytest.approx(1.5 / 3)
    assert F.multi_margin_loss(scores, [2], p=2).item() == pytest.approx(2.25 / 3)
    distances = Tensor(np.array([0.25, 0.25, 2.0]))
    hinge = F.hinge_embedding_loss(distances, [1, -1, -1], reduction="none")
    assert hinge.data.tolist() == [0.25, 0.75, 0]
    rank = F.margin_ranking_loss(
        distances, [0.5, 0.5, 0.5], [1, -1, -1], margin=0.5, reduction="none"
    )
    assert rank.data.tolist() == [0.75, 0.25, 2]


def test_soft_margin_is_binary_cross_entropy_with_other_labels(rng):
    array, yes = rng.standard_normal((3, 4)), rng.integers(0, 2, (3, 4))
    first, second = leaf(array), leaf(array)
    loss = F.soft_margin_loss(first, 2 * yes - 1)
    again = F.binary_cross_entropy_with_logits(second, yes)
    loss.backward()
    again.backward()
    assert loss.item() == pytest.approx(again.item())
    np.testing.assert_allclose(first.grad, second.grad)


def test_soft_margin_keeps_a_gradient_where_it_is_certain_and_wrong():
    x = leaf([-1e4, 1e4], np.float32)
    loss = F.soft_margin_loss(x, [1, -1], reduction="none")
    loss.backward(np.ones(2))
    assert loss.data.tolist() == [1e4, 1e4]
    assert x.grad.tolist() == [-1, 1]


def test_the_slope_at_the_margin_is_that_of_the_wrong_side():
    """As in torch; `multi_margin_loss`, which has a kernel of its own there, has 0."""
    x = leaf([1.0])
    F.hinge_embedding_loss(x, [-1]).backward()
    assert x.grad == -1
    x = leaf([0.0])
    F.margin_ranking_loss(x, [0.0], [1]).backward()
    assert x.grad == -1
    x = leaf([[1.0, 0.0]])
    F.multi_margin_loss(x, [0]).backward()
    assert not x.grad.any()


def test_right_by_a_margin_costs_nothing_and_has_no_gradient():
    anchor = leaf([[0.0, 0.0]])
    loss = F.triplet_margin_loss(anchor, [[0.1, 0.0]], [[5.0, 0.0]])
    loss.backward()
    assert loss.item() == 0
    assert not anchor.grad.any()


def test_swap_takes_the_nearer_of_two_distances():
    anchor, positive, negative = Tensor(np.zeros((1, 1))), [[1.0]], [[1.5]]
    plain = F.triplet_margin_loss(anchor, positive, negative)
    swapped = F.triplet_margin_loss(anchor, positive, negative, swap=True)
    assert plain.item() == pytest.approx(1 + 1 - 1.5, abs=1e-5)
    assert swapped.item() == pytest.approx(1 + 1 - 0.5, abs=1e-5)


def test_cosine_embedding_of_zeros_is_finite():
    x = leaf(np.zeros((2, 3)))
    loss = F.cosine_embedding_loss(x, np.ones((2, 3)), [1, -1], reduction="none")
    loss.sum().backward()
    assert loss.data.tolist() == [1, 0]
    assert np.isfinite(x.grad).all()


@pytest.mark.parametrize("labels", [[1, -1], [1.0, -1.0], np.array([1, -1], np.int8)])
def test_labels_may_be_integers_or_floats(labels):
    x = leaf([0.5, 2.0], np.float32)
    for name, count in LABELED.items():
        loss = getattr(F, name)(*[x] * count, labels, reduction="none")
        assert loss.dtype == np.float32


def test_nothing_is_recorded_without_gradients():
    with no_grad():
        assert F.multi_margin_loss(leaf([[1.0, 2.0]]), [0]).parents == ()
        assert F.soft_margin_loss(leaf([1.0]), [1]).parents == ()
        assert F.triplet_margin_loss(leaf([1.0]), [2.0], [3.0]).parents == ()
