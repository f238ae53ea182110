"""Embedding: any indices and options, the rows summed, what `max_norm` writes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad
from dlbook.functional.embedding import LONGEST_PIECE, sum_rows


@st.composite
def lookups(draw):
    """Draw indices, a table and options, valid in torch."""
    num_rows = draw(st.sampled_from([1, 2, 7, 300]))
    shape = draw(st.sampled_from([(), (1,), (0, 2), (40,), (3, 5), (2, 3, 4)]))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    # powers crowd the indices at 0: long runs beside short ones
    indices = (num_rows * rng.random(shape) ** draw(st.integers(1, 6))).astype(int)
    padding_idx = draw(st.none() | st.integers(-num_rows, num_rows - 1))
    options = {"padding_idx": padding_idx, "scale_grad_by_freq": draw(st.booleans())}
    if draw(st.booleans()):
        options["max_norm"] = draw(st.floats(0.1, 3))
        options["norm_type"] = draw(st.sampled_from([1.0, 2.0, 2.5, np.inf]))
    return indices, rng.standard_normal((num_rows, 3)), options, rng


@given(lookups())
def test_any_lookup_equals_torch(lookup):
    indices, table, options, rng = lookup
    ours = Tensor(table.copy(), requires_grad=True)
    theirs = torch.tensor(table, requires_grad=True)
    y = F.embedding(indices, ours, **options)
    expected = torch.nn.functional.embedding(torch.tensor(indices), theirs, **options)
    np.testing.assert_allclose(y.data, expected.detach(), rtol=1e-12)
    np.testing.assert_allclose(ours.data, theirs.detach(), rtol=1e-12)
    grad = rng.standard_normal(y.shape)
    y.backward(grad)
    expected.backward(torch.tensor(grad))
    np.testing.assert_allclose(ours.grad, theirs.grad, rtol=1e-10, atol=1e-13)


@given(st.integers(0, 200), st.sampled_from([1, 2, 5, 255, 256, 257, 70_000]))
def test_rows_are_summed_as_by_add_at(count, num_rows):
    rng = np.random.default_rng(count)
    index = rng.integers(0, num_rows, count)
    values = rng.integers(-9, 9, (count, 2)).astype(float)  # sums are exact
    expected = np.zeros((num_rows, 2))
    np.add.at(expected, index, values)
    np.testing.assert_array_equal(sum_rows(values, index, num_rows), expected)


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("power", [0, 1, 2, 3])
def test_a_run_of_any_length_is_summed(power, more):
    count = LONGEST_PIECE**power + more
    values = np.arange(2.0 * count).reshape(count, 2)
    summed = sum_rows(values, np.full(count, 3), 5)
    np.testing.assert_array_equal(summed[3], values.sum(axis=0))
    assert not summed[[0, 1, 2, 4]].any()


def test_sums_in_pieces_round_less_than_one_after_another():
    count = 50_000
    values = np.random.default_rng(0).random((count, 1), np.float32)
    exact = values.sum(dtype=np.float64)
    one_by_one = np.cumsum(values, dtype=np.float32)[-1]  # cumsum adds in order
    ours = sum_rows(values, np.zeros(count, int), 1)[0, 0]
    assert abs(ours - exact) < 0.2 * abs(one_by_one - exact)


def test_the_gradient_reaches_the_last_row_not_the_first_for_no_index():
    weight = Tensor(np.ones((4, 2)), requires_grad=True)
    F.embedding([3, 3], weight).sum().backward()
    np.testing.assert_array_equal(weight.grad[:, 0], [0, 0, 0, 2])


def test_max_norm_writes_into_the_rows_looked_up_alone():
    weight = Tensor([[3.0, 4.0], [6.0, 8.0], [0.3, 0.4]])
    found = F.embedding([0, 2, 0], weight, max_norm=1.0)
    expected = np.float32([[0.6, 0.8], [6, 8], [0.3, 0.4]])
    np.testing.assert_allclose(weight.data, expected, rtol=1e-6)
    np.testing.assert_array_equal(found.data, weight.data[[0, 2, 0]])
    assert weight.dtype == np.float32


def test_a_row_of_just_the_right_length_is_left_as_it_is():
    weight = Tensor(np.array([[3.0, 4.0]]))
    F.embedding([0], weight, max_norm=5.0)
    np.testing.assert_array_equal(weight.data, [[3, 4]])


def test_the_result_is_a_copy_of_the_rows():
    weight = Tensor(np.ones((3, 2)))
    F.embedding([0], weight).data[...] = 7
    assert (weight.data == 1).all()


def test_nothing_is_recorded_without_need():
    weight = Tensor(np.ones((3, 2)), requires_grad=True)
    with no_grad():
        assert not F.embedding([0], weight).requires_grad
    assert not F.embedding([0], weight.detach()).requires_grad
    assert F.embedding([0], weight).op == "embedding"
