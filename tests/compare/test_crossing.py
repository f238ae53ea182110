"""Crossings of curves whose crossing is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.compare.crossing import crossings

SIZES = [1.0, 4.0, 16.0, 64.0, 256.0]


@given(
    st.floats(1.01, 255.0),
    st.floats(0.0, 1.0),
    st.floats(0.05, 2.0),
    st.floats(1e-6, 1.0),
)
def test_two_powers_cross_where_they_are_equal(place, power, more, at):
    x = np.array(SIZES)
    one, other = at * (x / place) ** power, at * (x / place) ** (power + more)
    if not (one == other).any():
        (found,) = crossings(SIZES, one, other)
        assert found == pytest.approx(place, rel=1e-6)
        assert crossings(SIZES, other, one) == pytest.approx([found])


def test_never():
    assert crossings(SIZES, [1, 2, 3, 4, 5], [2, 3, 4, 5, 6]) == []
    assert crossings([], [], []) == []
    assert crossings([3], [1], [2]) == []
    assert crossings(SIZES, [1] * 5, [1] * 5) == []


def test_several_times():
    found = crossings([1, 10, 100], [1, 4, 1], [2, 2, 2])
    assert found == pytest.approx([10**0.5, 10**1.5])


def test_equal_at_a_size_that_was_measured():
    assert crossings([1, 2, 4], [1, 2, 4], [2, 2, 2]) == [2.0]
    # touching is not crossing
    assert crossings([1, 2, 4], [1, 2, 1], [2, 2, 2]) == []
    # equal over two sizes: the first of them
    assert crossings([1, 2, 4, 8], [1, 2, 2, 4], [2, 2, 2, 2]) == [2.0]
    # equal at an end
    assert crossings([1, 2], [2, 1], [2, 2]) == []


def test_what_was_not_measured_is_not_bridged():
    assert crossings([1, 2, 4], [1, None, 4], [2, 2, 2]) == []
    assert crossings([1, 2, 4], [1, 3, float("nan")], [2, 2, None]) == pytest.approx(
        [2 ** (np.log(2) / np.log(3))]
    )
    assert crossings([1, 2], [None, None], [1, 2]) == []


def test_a_tie_is_no_crossing():
    one, other = [1.0, 2.0, 4.0, 8.0, 16.0], [2.0, 2.1, 3.9, 8.1, 8.0]
    # 1/2, then ties, then 2: they first meet between the second and the third size
    (found,) = crossings(SIZES, one, other, margin=0.1)
    assert 4 < found < 16
    assert found == pytest.approx(crossings(SIZES, one, other)[0])
    assert len(crossings(SIZES, one, other)) == 3
    assert crossings(SIZES, [2] * 5, other[1:2] * 5, margin=0.1) == []
    # ahead, a tie, ahead again
    assert crossings([1, 2, 4], [1, 2.05, 1], [2, 2, 2], margin=0.1) == []
    # exactly the margin is a tie still
    assert crossings([1, 2], [1, 3], [2, 2], margin=0.5) == []
    assert len(crossings([1, 2], [1, 3], [2, 2], margin=0.49)) == 1
    with pytest.raises(ValueError, match="margin must be at least 0, got -1"):
        crossings([1], [1], [1], margin=-1)


@pytest.mark.parametrize(
    ("sizes", "one", "other", "message"),
    [
        ([1, 2], [1], [1, 2], "of one length, got 2, 1 and 2"),
        ([2, 1], [1, 1], [1, 2], "sizes must rise"),
        ([1, 1], [1, 1], [1, 2], "sizes must rise"),
        ([1, None], [1, 1], [1, 2], "sizes must rise"),
        ([0, 1], [1, 1], [1, 2], "positive and finite"),
        ([1, 2], [1, -1], [1, 2], "positive and finite"),
        ([1, 2], [1, 1], [1, float("inf")], "positive and finite"),
    ],
)
def test_bad_input(sizes, one, other, message):
    with pytest.raises(ValueError, match=message):
        crossings(sizes, one, other)
