"""The normal distribution function against the standard library's erfc."""

import math

import numpy as np
import pytest

from dlbook.functional.normal import normal_cdf


def exact(x):
    return np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in x])


def test_float64_is_accurate_to_the_last_digits_in_the_far_tail():
    x = np.linspace(-37, 10, 9401)
    np.testing.assert_allclose(normal_cdf(x), exact(x), rtol=1e-12)


def test_float32_error_is_below_what_the_docstring_says():
    x = np.linspace(-12, 12, 20001).astype(np.float32)
    result = normal_cdf(x)
    assert result.dtype == np.float32
    assert np.abs(result - exact(x.astype(np.float64))).max() < 1.5e-7
    assert result.min() >= 0
    assert result.max() <= 1


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_ends_middle_and_nan(dtype):
    x = np.array([-np.inf, -1e4, 0, 1e4, np.inf, np.nan], dtype)
    result = normal_cdf(x)
    np.testing.assert_allclose(result, [0, 0, 0.5, 1, 1, np.nan], rtol=3e-8)
    assert result.dtype == dtype


def test_other_dtypes_are_computed_in_one_that_is_wide_enough():
    x = np.linspace(-6, 6, 301)
    half = x.astype(np.float16)
    error = normal_cdf(half).astype(np.float64) - exact(half.astype(np.float64))
    assert np.abs(error).max() < 2.5e-4  # half a unit in the last place below 1
    wide = normal_cdf(x.astype(np.longdouble))
    np.testing.assert_allclose(wide.astype(np.float64), exact(x), rtol=1e-12)
