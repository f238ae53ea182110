"""Layers from integers to integers: torch's integers, and those of the definition."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.compression.quantization.quantized_functional import (
    fixed_point,
    multiply_fixed_point,
    quantized_conv2d,
    quantized_linear,
    requantize,
)
from dlbook.compression.quantization.scheme import WEIGHTS, QuantizedArray, Scheme
from tests.compression.quantization import torch_side

# 7 bits: with 8, torch's products saturate on processors without VNNI instructions
INPUTS = Scheme(7, signed=False)
OUTPUTS = Scheme(signed=False)
PER_TENSOR = Scheme(symmetric=True, narrow=True)


def to_torch(q, *, weight=False):
    dtype = torch.qint8 if weight else torch.quint8
    x = torch.tensor(q.dequantize())
    if q.scheme.axis is None:
        arguments = (float(q.scale), int(q.zero_point), dtype)
        made = torch_side.quantize_per_tensor(x, *arguments)
    else:
        grids = torch.tensor(q.scale), torch.tensor(q.zero_point)
        made = torch_side.quantize_per_channel(x, *grids, 0, dtype)
    assert np.array_equal(made.int_repr().numpy(), q.values)
    return made


def normal(*shape):
    rng = np.random.default_rng(sum(shape))
    return rng.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("weights", [WEIGHTS, PER_TENSOR])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("depth", [3, 100, 700])
def test_linear_is_torchs(weights, bias, depth):
    x = INPUTS.quantize(normal(9, depth))
    weight = weights.quantize(normal(5, depth) / depth**0.5)
    b = normal(5) if bias else None
    ours = quantized_linear(x, weight, b, scale=0.03, zero_point=117, scheme=OUTPUTS)
    theirs = torch_side.linear(
        to_torch(x),
        to_torch(weight, weight=True),
        torch.tensor(b) if bias else None,
        0.03,
        117,
    )
    assert ours.values.dtype == np.uint8
    assert np.array_equal(ours.values, theirs.int_repr().numpy())
    assert np.array_equal(ours.dequantize(), theirs.dequantize().numpy())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stride": 2, "padding": 1},
        {"groups": 2, "padding": (0, 2)},
        {"dilation": 2, "padding": 2},
    ],
)
@pytest.mark.parametrize("weights", [WEIGHTS, PER_TENSOR])
def test_conv2d_is_torchs(options, weights):
    x = INPUTS.quantize(normal(2, 4, 7, 6) + 1)
    groups = options.get("groups", 1)
    weight = weights.quantize(normal(6, 4 // groups, 3, 3) / 5)
    bias = normal(6)
    ours = quantized_conv2d(
        x, weight, bias, **options, scale=0.03, zero_point=60, scheme=OUTPUTS
    )
    theirs = torch_side.conv2d(
        to_torch(x),
        to_torch(weight, weight=True),
        torch.tensor(bias),
        **options,
        scale=0.03,
        zero_point=60,
    )
    assert np.array_equal(ours.values, theirs.int_repr().numpy())


def test_the_result_stands_for_the_product_of_what_the_integers_stand_for():
    x, weight, bias = Scheme().quantize(normal(20, 30)), normal(4, 30), normal(4)
    weight = Scheme(axis=0).quantize(weight)
    exact = x.dequantize().astype(float) @ weight.dequantize().T + bias
    scale, zero_point = Scheme().grid(exact.min(), exact.max())
    y = quantized_linear(x, weight, bias, scale=scale, zero_point=zero_point)
    assert y.scheme == x.scheme
    assert np.abs(y.dequantize() - exact).max() <= scale * 0.502


def test_requantize_rounds_to_even_and_saturates():
    sums = np.array([[1, 3, 5, -1, -10_000, 10_000]], np.int32)
    y = requantize(sums, np.float32(0.5), None, 1.0, 2, Scheme())
    assert y.values.tolist() == [[2, 4, 4, 2, -128, 127]]
    assert y.values.dtype == np.int8
    assert (y.scale.dtype, y.zero_point.dtype) == (np.float32, np.int32)


@given(
    st.floats(2.0**-32, 1, exclude_max=True), st.lists(st.integers(-(2**31), 2**31 - 1))
)
def test_fixed_point_is_the_rounded_product(multiplier, sums):
    mantissa, shift = fixed_point(multiplier)
    assert 2**30 <= mantissa < 2**31
    assert 30 <= shift <= 62
    assert mantissa / 2**shift == pytest.approx(multiplier, rel=2**-30)
    products = multiply_fixed_point(np.array(sums, np.int32), mantissa, shift)
    for integer, product in zip(sums, products, strict=True):
        # in Python's integers: the nearest, a half upwards
        assert product == (2 * integer * mantissa + 2**shift) // 2 ** (shift + 1)


def test_fixed_point_by_hand():
    assert fixed_point(0.5) == (2**30, 31)
    assert fixed_point(0.75) == (3 * 2**29, 31)
    assert fixed_point(1 - 2.0**-40) == (2**30, 30)
    assert fixed_point(0.5 - 2.0**-40) == (2**30, 31)
    halves = np.array([-3, -1, 1, 3], np.int32)
    assert multiply_fixed_point(halves, *fixed_point(0.5)).tolist() == [-1, 0, 1, 2]


X = Scheme().quantize(normal(2, 4))
GRID = {"scale": 1.0, "zero_point": 0}


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda: quantized_linear(WEIGHTS.quantize(normal(2, 4)), X, **GRID),
            ValueError,
            "x must have one grid",
        ),
        (
            lambda: quantized_linear(
                X, Scheme(group_size=2).quantize(normal(3, 4)), **GRID
            ),
            ValueError,
            "one for each output",
        ),
        (
            lambda: quantized_linear(X, Scheme(axis=1).quantize(normal(3, 4)), **GRID),
            ValueError,
            "one for each output",
        ),
        (
            lambda: quantized_linear(X, WEIGHTS.quantize(normal(3, 5)), **GRID),
            ValueError,
            "expected",
        ),
        (lambda: fixed_point(1.0), ValueError, "got 1.0"),
        (lambda: fixed_point(2.0**-33), ValueError, "expected a factor"),
        (lambda: fixed_point(float("nan")), ValueError, "expected a factor"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_a_row_as_a_group_is_no_single_grid():
    x = QuantizedArray(X.values, np.ones((1, 1)), np.ones((1, 1)), Scheme(group_size=4))
    with pytest.raises(ValueError, match="x must have one grid"):
        quantized_linear(x, X, **GRID)
