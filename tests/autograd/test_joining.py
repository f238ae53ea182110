import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlbook.autograd import Tensor, concatenate, split, stack, where
from dlbook.compare import compare_with_torch

shapes = hnp.array_shapes(min_dims=1, max_dims=3, max_side=3, min_side=0)


def numbers(shape, seed=0):
    return np.asarray(np.random.default_rng(seed).standard_normal(shape))


@given(shapes, st.lists(st.integers(0, 3), min_size=1, max_size=4), st.data())
def test_concatenate(shape, lengths, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    arrays = []
    for seed, length in enumerate(lengths):
        sized = list(shape)
        sized[axis] = length
        arrays.append(numbers(sized, seed))
    compare_with_torch(
        lambda *t: concatenate(t, axis=axis), lambda *t: torch.cat(t, axis), *arrays
    )


@given(shapes, st.integers(1, 3), st.data())
def test_stack(shape, count, data):
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    arrays = [numbers(shape, seed) for seed in range(count)]
    compare_with_torch(
        lambda *t: stack(t, axis=axis), lambda *t: torch.stack(t, axis), *arrays
    )


@given(shapes, st.integers(1, 4), st.data())
def test_split_by_size(shape, size, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    compare_with_torch(
        lambda t: split(t, size, axis=axis),
        lambda t: t.split(size, axis),
        numbers(shape),
    )


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_split_by_lengths_and_concatenate_undo_each_other(lengths):
    x = Tensor(numbers((2, sum(lengths))), requires_grad=True)
    pieces = split(x, lengths, axis=1)
    assert [piece.shape[1] for piece in pieces] == lengths
    grad = numbers(x.shape, 1)
    concatenate(pieces, axis=1).backward(grad)
    np.testing.assert_array_equal(x.grad, grad)


@given(
    hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3, min_side=0)
)
def test_where_broadcasts(found):
    mask, a, b = (numbers(s, seed) for seed, s in enumerate(found.input_shapes))
    compare_with_torch(
        lambda a, b: where(mask > 0, a, b),
        lambda a, b: torch.where(torch.tensor(mask > 0), a, b),
        a,
        b,
    )


def test_a_sequence_may_be_used_up_once():
    x = Tensor(np.ones((2, 3)))
    assert concatenate(x for _ in range(2)).shape == (4, 3)
    assert stack(x for _ in range(2)).shape == (2, 2, 3)
    assert split(x, iter([1, 1]))[0].shape == (1, 3)
