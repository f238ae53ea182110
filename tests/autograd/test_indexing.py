import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlbook.autograd import Tensor
from dlbook.autograd.indexing import may_repeat, plain
from dlbook.compare import compare_with_torch


def numbers(shape):
    return np.random.default_rng(0).standard_normal(shape)


@given(hnp.array_shapes(max_dims=3, max_side=4), st.data())
def test_basic_indices(shape, data):
    """Integers, slices of any step, ellipsis, new axes: as NumPy has them."""
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True, max_dims=6))
    x = Tensor(numbers(shape), requires_grad=True)
    picked = x[index]
    np.testing.assert_array_equal(picked.data, x.data[index])
    grad = np.asarray(np.random.default_rng(1).standard_normal(picked.shape))
    picked.backward(grad)
    expected = np.zeros(shape)
    expected[index] = grad
    np.testing.assert_array_equal(x.grad, expected)


@given(hnp.array_shapes(max_dims=3, max_side=4), st.data())
def test_integer_arrays_pick_elements_several_times(shape, data):
    index = data.draw(
        hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2))
    )
    compare_with_torch(
        lambda t: t[index], lambda t: t[tuple(map(torch.tensor, index))], numbers(shape)
    )


@given(hnp.array_shapes(max_dims=3, max_side=4, min_side=0), st.data())
def test_masks(shape, data):
    mask = data.draw(hnp.arrays(bool, shape))
    compare_with_torch(
        lambda t: t[mask], lambda t: t[torch.tensor(mask)], numbers(shape)
    )


@given(hnp.array_shapes(max_dims=3, max_side=4), st.data())
def test_gather(shape, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    taken = tuple(
        data.draw(st.integers(0, 6 if a == axis % len(shape) else size))
        for a, size in enumerate(shape)
    )
    index = data.draw(
        hnp.arrays(np.int64, taken, elements=st.integers(0, shape[axis] - 1))
    )
    compare_with_torch(
        lambda t: t.gather(axis, index),
        lambda t: t.gather(axis, torch.tensor(index)),
        numbers(shape),
    )


def test_iteration_gives_the_rows():
    x = Tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)
    first, _, last = x
    (first * last).sum().backward()
    assert x.grad.tolist() == [[4.0, 5.0], [0.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("index", "repeats"),
    [
        (1, False),
        (slice(None), False),
        (np.array([True, False]), False),
        (np.array([0]), True),
        ((slice(None), np.array([0])), True),
        (plain(((0, 0), (1, 1))), True),
        (plain(range(2)), True),
    ],
)
def test_only_integer_arrays_may_repeat(index, repeats):
    assert may_repeat(index) is repeats


def test_an_empty_list_picks_nothing():
    assert Tensor(np.ones((3, 2)))[[]].shape == (0, 2)
