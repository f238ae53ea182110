import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlbook.autograd import Tensor
from dlbook.compare import compare_with_torch

shapes = hnp.array_shapes(min_dims=1, max_dims=4, max_side=3, min_side=0)


def numbers(shape):
    return np.random.default_rng(0).standard_normal(shape)


@given(shapes, st.data())
def test_permute(shape, data):
    axes = data.draw(st.permutations(range(len(shape))))
    axes = [a - len(shape) if data.draw(st.booleans()) else a for a in axes]
    compare_with_torch(
        lambda t: t.permute(*axes), lambda t: t.permute(*axes), numbers(shape)
    )


@given(hnp.array_shapes(max_dims=3, max_side=4), st.data())
def test_reshape(shape, data):
    size = int(np.prod(shape))
    lengths = [n for n in range(1, size + 1) if size % n == 0]
    first = data.draw(st.sampled_from(lengths))
    compare_with_torch(
        lambda t: t.reshape(first, -1), lambda t: t.reshape(first, -1), numbers(shape)
    )


@given(shapes, st.data())
def test_flatten(shape, data):
    axes = st.integers(0, len(shape) - 1)
    start, end = sorted((data.draw(axes), data.draw(axes)))
    compare_with_torch(
        lambda t: t.flatten(start, end), lambda t: t.flatten(start, end), numbers(shape)
    )


@given(shapes, st.data())
def test_pad(shape, data):
    widths = tuple(
        (data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))) for _ in shape
    )
    value = data.draw(st.sampled_from([0.0, 1.5]))
    flat = list(itertools.chain(*reversed(widths)))

    def theirs(t):
        from torch.nn.functional import pad

        return pad(t, flat, value=value)

    compare_with_torch(lambda t: t.pad(widths, value=value), theirs, numbers(shape))


@given(
    hnp.mutually_broadcastable_shapes(num_shapes=1, base_shape=(2, 3, 1), max_dims=3)
)
def test_expand(found):
    shape, target = found.input_shapes[0], found.result_shape
    compare_with_torch(
        lambda t: t.expand(*target),
        lambda t: t.expand(target),
        np.asarray(numbers(shape)),
    )


@given(shapes, st.data())
def test_unsqueeze_and_squeeze_undo_each_other(shape, data):
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    x = Tensor(numbers(shape), requires_grad=True)
    y = x.unsqueeze(axis).squeeze(axis)
    assert y.shape == shape
    y.backward(np.ones(shape))
    np.testing.assert_array_equal(x.grad, np.ones(shape))


def test_nothing_is_copied_where_a_view_will_do():
    x = Tensor(np.ones((2, 3)))
    for y in (x.T, x.reshape(6), x.unsqueeze(0), x.expand(4, 2, 3), x[1:], x.flatten()):
        assert np.shares_memory(x.data, y.data)


def test_matmul_of_a_transposed_view():
    a, b = numbers((3, 4)), numbers((3, 5))
    compare_with_torch(lambda a, b: a.T @ b, lambda a, b: a.T @ b, a, b)
