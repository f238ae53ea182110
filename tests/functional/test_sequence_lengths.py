"""Packing: the order of rows, and that it loses and invents nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.autograd import Tensor
from dlbook.functional.sequence_lengths import Packing, check_lengths

EXAMPLE = np.array([2, 3, 1])  # a, b, c of the module's docstring
NAMES = np.array([["a0", "b0", "c0"], ["a1", "b1", "."], [".", "b2", "."]])


def packings():
    """Draw (T, N), lengths or None, and reverse."""
    sizes = st.tuples(st.integers(1, 7), st.integers(0, 6))
    return sizes.flatmap(
        lambda size: st.tuples(
            st.just(size),
            st.none()
            | st.lists(st.integers(1, size[0]), min_size=size[1], max_size=size[1]).map(
                lambda values: np.array(values, np.intp)
            ),
            st.booleans(),
        )
    )


@pytest.mark.parametrize(
    ("reverse", "rows"),
    [(False, "b0 a0 c0 b1 a1 b2"), (True, "b2 a1 c0 b1 a0 b0")],
)
def test_the_example_of_the_docstring(reverse, rows):
    packing = Packing((3, 3), EXAMPLE, reverse)
    packed = packing.pack(NAMES[:, :, None])
    assert packed.ravel().tolist() == rows.split()
    assert [now for now, _ in packing.steps] == [slice(0, 3), slice(3, 5), slice(5, 6)]
    # in the array of states three initial ones come first
    assert [b for _, b in packing.steps] == [slice(0, 3), slice(3, 5), slice(6, 7)]
    assert packing.before.tolist() == [0, 1, 2, 3, 4, 6]
    assert packing.last.tolist() == [3 + 4, 3 + 5, 3 + 2]  # a, b, c


@given(packings())
def test_rows_are_the_steps_that_exist_each_once(drawn):
    (steps, samples), lengths, _ = drawn
    packing = Packing(*drawn)
    numbers = np.arange(steps * samples).reshape(steps, samples, 1)
    full = np.full(samples, steps) if lengths is None else lengths
    exists = np.arange(steps)[:, None] < full
    rows = packing.pack(numbers)
    assert sorted(rows.ravel().tolist()) == numbers[exists].ravel().tolist()
    assert packing.total == full.sum()
    unpacked = packing.unpack(rows)
    np.testing.assert_array_equal(
        unpacked[..., 0], np.where(exists, numbers[..., 0], 0)
    )


@given(packings())
def test_every_row_continues_the_same_sample_one_step_on(drawn):
    """Run a recurrence that writes down which step of which sample it is at."""
    (steps, samples), lengths, reverse = drawn
    packing = Packing(*drawn)
    full = np.full(samples, steps) if lengths is None else lengths
    time, sample = np.indices((steps, samples))
    labels = packing.pack(np.stack([time, sample], axis=2))  # (total, 2)
    start = full if reverse else np.full(samples, -1)
    initial = np.stack([start, np.arange(samples)], axis=1)
    states = packing.room_for_states(initial)
    states[packing.computed] = labels
    seen = np.zeros(packing.total, int)
    way = -1 if reverse else 1
    for now, before in packing.steps:
        seen[now] += 1
        np.testing.assert_array_equal(labels[now], states[before] + [way, 0])
    assert (seen == 1).all()
    np.testing.assert_array_equal(labels, states[packing.before] + [way, 0])
    end = np.zeros(samples) if reverse else full - 1
    np.testing.assert_array_equal(
        states[packing.last], np.stack([end, np.arange(samples)], axis=1)
    )


@given(packings(), st.integers(0, 2**32 - 1))
def test_packing_and_unpacking_are_each_others_adjoint(drawn, seed):
    rng = np.random.default_rng(seed)
    packing = Packing(*drawn)
    padded = rng.standard_normal((*drawn[0], 2))
    rows = rng.standard_normal((packing.total, 2))
    np.testing.assert_allclose(
        (packing.pack(padded) * rows).sum(), (padded * packing.unpack(rows)).sum()
    )


@given(packings())
def test_states_are_sorted_and_back(drawn):
    packing, samples = Packing(*drawn), drawn[0][1]
    states = np.arange(2 * samples).reshape(samples, 2)
    in_order = packing.sort(states)
    before = in_order.copy()
    np.testing.assert_array_equal(packing.unsort(in_order), states)
    np.testing.assert_array_equal(in_order, before)
    assert not np.shares_memory(in_order, states)


@given(packings())
def test_the_final_state_is_the_row_computed_last(drawn):
    (steps, samples), _, _ = drawn
    packing = Packing(*drawn)
    output = np.arange(steps * samples * 2.0).reshape(steps, samples, 2)
    rows = packing.pack(output)
    states = packing.room_for_states(np.zeros((samples, 2)))
    states[packing.computed] = rows
    final = packing.final(Tensor(output)).data
    np.testing.assert_array_equal(final, states[packing.last])


def test_without_lengths_nothing_is_copied():
    padded = np.zeros((3, 2, 4))
    for reverse in (False, True):
        packing = Packing((3, 2), None, reverse)
        assert np.shares_memory(packing.pack(padded), padded)
        assert np.shares_memory(packing.unpack(padded.reshape(6, 4)), padded)


def test_lengths_become_an_array():
    for lengths in ([1, 3], np.array([1, 3], np.uint8), Tensor(np.array([1, 3]))):
        checked = check_lengths("f", lengths, (3, 2, 5))
        assert checked.tolist() == [1, 3]
        assert checked.dtype == np.intp
    assert check_lengths("f", None, (3, 2, 5)) is None
    assert check_lengths("f", [], (3, 0, 5)).shape == (0,)


@pytest.mark.parametrize("reverse", [False, True])
def test_no_step_is_spent_after_the_longest_sequence(reverse):
    assert len(Packing((5, 3), EXAMPLE, reverse).steps) == 3
    assert Packing((5, 0), np.zeros(0, np.intp), reverse).steps == []
