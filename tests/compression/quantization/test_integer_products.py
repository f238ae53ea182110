"""Sums of integer products are exact, up to the last one that float32 holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.compression.quantization.integer_products import (
    exact_length,
    integer_convolution,
    integer_matmul,
)


@given(
    st.integers(1, 5),
    st.integers(1, 3000),
    st.integers(1, 5),
    st.sampled_from([127, 128, 255, 4096]),
    st.booleans(),
)
def test_products_equal_those_of_int64(rows, depth, columns, largest, extreme):
    rng = np.random.default_rng(depth)
    a = rng.integers(-largest, largest + 1, (rows, depth)).astype(np.int16)
    b = rng.integers(-largest, largest + 1, (depth, columns)).astype(np.int16)
    if largest == 4096:
        a, b = a // 5, b // 5  # int32 holds 3,000 products
    if extreme:  # all alike: the largest sum there is
        a[...], b[...] = a.max(), b.min()
    product = integer_matmul(a, b)
    assert product.dtype == np.int32
    assert np.array_equal(product, a.astype(np.int64) @ b.astype(np.int64))


def test_one_float32_product_of_1041_would_not_be_exact():
    a = np.full((1, 1041), 127, np.int8)
    b = np.full((1041, 1), 127, np.int8)
    right = a.astype(np.int64) @ b.astype(np.int64)
    assert exact_length(127 * 127) == 1040
    assert right > 2**24
    assert right % 2 == 1  # no float32
    assert a.astype(np.float32) @ b.astype(np.float32) != right
    assert integer_matmul(a, b) == right


def test_the_smallest_int8_counts_as_128():
    """|-128| is -128 in int8: blocks would be too long."""
    a = np.full((1, 3000), -128, np.int8)
    a[0, 0] = -127
    right = a.astype(np.int64) @ a.T.astype(np.int64)
    assert integer_matmul(a, a.T) == right


def test_exact_lengths():
    assert exact_length(128 * 128) == 1024
    assert exact_length(255 * 128) == 514
    assert exact_length(0) == 2**24
    assert exact_length(2**24) == 1


def test_batches_of_long_sums():
    a, b = np.full((2, 3, 1101), 127, np.int8), np.full((2, 1101, 1), -127, np.int8)
    assert (integer_matmul(a, b) == -1101 * 127 * 127).all()


def test_batches_layouts_and_empty_arrays(rng):
    a = rng.integers(-128, 128, (2, 3, 4, 5)).astype(np.int8)
    b = rng.integers(0, 256, (3, 5, 6)).astype(np.uint8)
    expected = a.astype(np.int64) @ b.astype(np.int64)
    assert np.array_equal(integer_matmul(a, b), expected)
    assert np.array_equal(
        integer_matmul(a[..., ::-1], b[:, ::-1]),
        a[..., ::-1].astype(np.int64) @ b[:, ::-1].astype(np.int64),
    )
    assert (
        integer_matmul(a[..., :0], b[:, :0]).tolist() == np.zeros((2, 3, 4, 6)).tolist()
    )
    assert integer_matmul(a[:0], b).shape == (0, 3, 4, 6)


CONVOLUTIONS = [
    ((2, 4, 9), (6, 2, 3), {"groups": 2, "padding": 1}),
    ((0, 130, 3, 3), (2, 130, 3, 3), {}),
    ((2, 3, 8, 7), (4, 3, 3, 2), {"stride": (2, 1), "padding": (1, 0)}),
    ((1, 130, 4, 4), (2, 130, 3, 3), {}),  # two float32 sums
    ((1, 260, 4, 4), (4, 130, 3, 3), {"groups": 2, "dilation": 1, "stride": 1}),
    ((1, 2, 40, 40), (2, 1, 33, 33), {"groups": 2}),  # a window of 1,089
    ((1, 1, 4, 5, 4), (2, 1, 2, 2, 2), {"padding": "same", "dilation": 2}),
]


@pytest.mark.parametrize(("x", "weight", "options"), CONVOLUTIONS)
@pytest.mark.parametrize("extreme", [False, True])
def test_convolutions_equal_those_of_float64(x, weight, options, extreme):
    rng = np.random.default_rng(0)
    a = rng.integers(-128, 128, x).astype(np.int8)
    b = rng.integers(-128, 128, weight).astype(np.int8)
    if extreme:
        a[...], b[...] = -127, -127
        a[..., 0] = -126
    convolve = getattr(F, f"conv{len(weight) - 2}d")
    right = convolve(Tensor(a.astype(float)), Tensor(b.astype(float)), **options)
    result = integer_convolution(a, b, **options)
    assert result.dtype == np.int32
    assert np.array_equal(result, right.data)


INT8 = np.ones((2, 2), np.int8)
LONG = np.full((1, 140_000), 127, np.int8)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: integer_matmul(INT8, INT8 * 1.0), TypeError, "got float64"),
        (lambda: integer_matmul(INT8, INT8[:1]), ValueError, "expected .*M, K"),
        (lambda: integer_matmul(INT8[0], INT8), ValueError, "expected .*M, K"),
        (lambda: integer_matmul(LONG, LONG.T), OverflowError, "32 bits"),
        (
            lambda: integer_matmul(INT8 * np.int32(5000), INT8 * np.int32(5000)),
            ValueError,
            "float32 rounds it",
        ),
        (lambda: exact_length(2**24 + 1), ValueError, "2\\^24"),
        (
            lambda: integer_convolution(INT8[None], INT8),
            ValueError,
            "1 to 3 axes",
        ),
        (
            lambda: integer_convolution(INT8[None], np.ones((1, 3, 1), np.int8)),
            ValueError,
            "channels",
        ),
        (
            lambda: integer_convolution(INT8[None], np.ones((1, 2, 1))),
            TypeError,
            "got float64",
        ),
        (
            lambda: integer_convolution(LONG[None], LONG[None]),
            OverflowError,
            "32 bits",
        ),
        (
            lambda: integer_convolution(LONG.T[None], LONG.T[None]),
            OverflowError,
            "32 bits",
        ),
        (
            lambda: integer_convolution(INT8[None], INT8[None, :, :0]),
            ValueError,
            "an axis of 0",
        ),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()
