"""Arguments that count something."""

import numpy as np
import pytest

from dlbook.data.counts import require_count


@pytest.mark.parametrize("value", [2, 5, np.int64(3), np.uint8(5)])
def test_an_integer_in_range_comes_back_as_int(value):
    assert require_count("samples", value, 2, 5) == value
    assert type(require_count("samples", value)) is int


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (1, ValueError, "samples must be at least 2, got 1"),
        (6, ValueError, "samples must be at most 5, got 6"),
        (3.0, TypeError, "samples must be an int, got float"),
        (True, TypeError, "samples must be an int, got bool"),
        (np.True_, TypeError, "samples must be an int, got bool"),
        (None, TypeError, "samples must be an int, got NoneType"),
    ],
)
def test_anything_else_is_named(value, error, message):
    with pytest.raises(error, match=message):
        require_count("samples", value, 2, 5)


def test_zero_is_no_count_by_default():
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        require_count("steps", 0)
