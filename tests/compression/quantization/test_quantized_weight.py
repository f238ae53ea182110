"""Weights as packed integers: they come back, whole and by rows, and take few bytes."""

import numpy as np
import pytest

from dlbook.compression.quantization.quantized_weight import QuantizedWeight
from dlbook.compression.quantization.scheme import WEIGHTS, QuantizedArray, Scheme

SCHEMES = [
    WEIGHTS,
    Scheme(),
    Scheme(4, axis=0),
    Scheme(3, signed=False, symmetric=True, axis=0),
    Scheme(2, symmetric=True, narrow=True, group_size=3),
    Scheme(4, signed=False, group_size=2),
]


def quantized(scheme, shape=(5, 2, 6)):
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    return scheme.quantize(x)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_stored_comes_back(scheme):
    array = quantized(scheme)
    back = QuantizedWeight(array).array()
    for name in ("values", "scale", "zero_point"):
        assert np.array_equal(getattr(back, name), getattr(array, name)), name
        assert getattr(back, name).dtype == getattr(array, name).dtype, name
    assert back.scheme == scheme


@pytest.mark.parametrize("scheme", SCHEMES)
def test_rows(scheme):
    array = quantized(scheme)
    rows = np.array([4, 0, 0, 2])
    some = QuantizedWeight(array).array(rows)
    assert np.array_equal(some.dequantize(), array.dequantize()[rows])
    assert QuantizedWeight(array).array(rows[:0]).dequantize().shape == (0, 2, 6)


def test_bytes():
    assert QuantizedWeight(quantized(WEIGHTS)).nbytes == 60 + 5 * 4
    assert QuantizedWeight(quantized(Scheme(4, axis=0))).nbytes == 30 + 5 * 5
    # each row begins a byte: 12 values of 3 bits take 5
    assert QuantizedWeight(quantized(Scheme(3))).nbytes == 25 + 5
    groups = Scheme(2, symmetric=True, group_size=3)
    assert QuantizedWeight(quantized(groups)).nbytes == 15 + 20 * 4


def test_repr_says_shape_and_bits():
    text = repr(QuantizedWeight(quantized(Scheme(4))))
    assert "(5, 2, 6)" in text
    assert "bits=4" in text


@pytest.mark.parametrize(
    "array",
    [
        quantized(Scheme(axis=1)),
        quantized(WEIGHTS, (3,)),
        QuantizedArray(np.int8(1), np.float32(1), np.int32(0), Scheme()),
    ],
)
def test_bad_input(array):
    with pytest.raises(ValueError, match="at least two axes"):
        QuantizedWeight(array)
