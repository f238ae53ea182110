"""The checks that all metrics share."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.metrics.arguments import (
    class_numbers,
    plain,
    require_below,
    require_count,
    scores_of,
)


def test_a_tensor_an_array_and_a_list_give_the_same_array():
    values = np.array([[1.0, 2.0]], np.float32)
    for given in (values, Tensor(values, requires_grad=True)):
        assert plain("f", "x", given) is values
    np.testing.assert_array_equal(plain("f", "x", [[1.0, 2.0]]), values)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.int64])
def test_class_numbers_become_int64(dtype):
    labels = class_numbers("f", "x", np.array([0, 1, 1], dtype))
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(labels, [0, 1, 1])


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int32])
def test_scores_keep_their_type(dtype):
    assert scores_of("f", "x", np.array([0, 1], dtype)).dtype == dtype


def test_the_largest_class_number_is_one_less_than_the_number_of_classes():
    require_below("f", "x", np.array([0, 2]), 3)
    with pytest.raises(ValueError, match=r"^f: x contains class 2, .* \[0, 2\)"):
        require_below("f", "x", np.array([0, 2]), 2)


def test_a_count_may_reach_both_bounds():
    assert require_count("f", "k", 1, 3) == 1
    assert require_count("f", "k", np.int32(3), 3) == 3
    assert require_count("f", "k", 10**6) == 10**6
    for value, bound in ((0, r"in \[1, 3\]"), (4, r"in \[1, 3\]")):
        with pytest.raises(ValueError, match=f"^f: k must be {bound}, got {value}"):
            require_count("f", "k", value, 3)
    with pytest.raises(ValueError, match=r"^f: k must be at least 1, got 0"):
        require_count("f", "k", 0)
