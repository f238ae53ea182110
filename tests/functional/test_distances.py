"""Distances and angles of vectors: every degree, broadcasting, vectors of zeros."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad

SHAPES = hnp.mutually_broadcastable_shapes(
    num_shapes=2, min_dims=1, max_dims=3, min_side=1, max_side=4
)


def leaf(array, dtype=np.float64):
    return Tensor(np.asarray(array, dtype), requires_grad=True)


def compare(ours, theirs, *arrays):
    tensors = [leaf(x) for x in arrays]
    torchs = [torch.tensor(x, requires_grad=True) for x in arrays]
    y, expected = ours(*tensors), theirs(*torchs)
    assert y.shape == tuple(expected.shape)
    grad = np.random.default_rng(9).standard_normal(y.shape)
    y.backward(grad)
    expected.backward(torch.tensor(grad))
    np.testing.assert_allclose(y.data, expected.detach(), rtol=1e-10, atol=1e-12)
    for our, their in zip(tensors, torchs, strict=True):
        np.testing.assert_allclose(our.grad, their.grad, rtol=1e-9, atol=1e-11)


@given(SHAPES, st.integers(0, 100), st.data())
def test_cosines_of_every_shape_and_axis_equal_torch(shapes, seed, data):
    ndim = len(shapes.result_shape)
    axis = data.draw(st.integers(-ndim, ndim - 1))
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(shape) for shape in shapes.input_shapes]
    compare(
        lambda a, b: F.cosine_similarity(a, b, axis),
        lambda a, b: TF.cosine_similarity(a, b, axis),
        *arrays,
    )


@given(
    SHAPES,
    st.integers(0, 100),
    st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0, math.inf, -math.inf, -1.0]),
    st.booleans(),
)
def test_distances_of_every_shape_and_degree_equal_torch(shapes, seed, p, keepdims):
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(shape) for shape in shapes.input_shapes]
    compare(
        lambda a, b: F.pairwise_distance(a, b, p=p, keepdims=keepdims),
        lambda a, b: TF.pairwise_distance(a, b, p, keepdim=keepdims),
        *arrays,
    )


def test_known_values():
    a, b = Tensor(np.array([[3.0, 4.0]])), np.array([[0.0, 0.0]])
    distances = [
        F.pairwise_distance(a, b, p=p, eps=0).item() for p in (0, 1, 2, math.inf)
    ]
    assert distances == [2, 7, 5, 4]
    assert F.cosine_similarity(a, [[4.0, 3.0]]).item() == pytest.approx(24 / 25)


def test_cosine_similarity_does_not_see_lengths(rng):
    a, b = rng.standard_normal((2, 5, 3))
    once = F.cosine_similarity(Tensor(a), b).data
    np.testing.assert_allclose(
        F.cosine_similarity(Tensor(a * 1e4), b * 1e-3).data, once
    )
    assert (np.abs(once) <= 1).all()


def test_the_gradient_of_a_cosine_is_across_the_vector(rng):
    a, b = leaf(rng.standard_normal((5, 3))), rng.standard_normal((5, 3))
    F.cosine_similarity(a, b).sum().backward()
    np.testing.assert_allclose((a.grad * a.data).sum(1), 0, atol=1e-14)


def test_vectors_of_zeros_have_a_cosine_of_0():
    zero = leaf(np.zeros((1, 3)))
    cosine = F.cosine_similarity(zero, np.ones((1, 3)))
    cosine.backward()
    assert cosine.item() == 0
    assert np.isfinite(zero.grad).all()


def test_each_with_each(rng):
    a, b = rng.standard_normal((4, 3)), rng.standard_normal((2, 3))
    table = F.pairwise_distance(Tensor(a[:, None]), b[None], eps=0)
    exact = np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))
    np.testing.assert_allclose(table.data, exact)


@pytest.mark.parametrize("p", [0.5, 1, 2, 3, math.inf, -1, -math.inf])
def test_equal_vectors_have_a_finite_slope(p):
    a = leaf([[1.0, 2.0]])
    F.pairwise_distance(a, a.data, p=p, eps=0).sum().backward()
    assert a.grad.tolist() == [[0, 0]]


def test_degree_0_counts_and_has_no_gradient():
    distance = F.pairwise_distance(leaf([[1.0, 0.0]]), [[0.0, 0.0]], p=0, eps=0)
    assert distance.item() == 1
    assert not distance.requires_grad


def test_float32_stays_float32_at_large_values():
    a = leaf([[1e4, -1e4, 1e4]], np.float32)
    for function in (F.cosine_similarity, F.pairwise_distance):
        y = function(a, np.array([[-1e4, 1e4, 1.0]]))
        y.backward(np.ones(1))
        assert y.dtype == a.grad.dtype == np.float32
        assert np.isfinite(y.data).all()
        assert np.isfinite(a.grad).all()


def test_nothing_is_recorded_without_gradients():
    with no_grad():
        assert F.cosine_similarity(leaf([[1.0]]), [[1.0]]).parents == ()
        assert F.pairwise_distance(leaf([[1.0]]), [[1.0]]).parents == ()
