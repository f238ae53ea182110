"""Grids of integers: torch's numbers, ties to even, saturation, exact zeros."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlbook.compression.quantization.grid import (
    SMALLEST_SCALE,
    affine_grid,
    dequantize,
    integer_range,
    quantize,
    symmetric_grid,
)
from tests.compression.quantization import torch_side

SCHEMES = [
    ("per_tensor_affine", affine_grid, torch.qint8, -128, 127),
    ("per_tensor_affine", affine_grid, torch.quint8, 0, 255),
    ("per_tensor_affine", affine_grid, torch.quint8, 0, 127),
    ("per_tensor_symmetric", symmetric_grid, torch.qint8, -128, 127),
    ("per_tensor_symmetric", symmetric_grid, torch.qint8, -127, 127),
    ("per_tensor_symmetric", symmetric_grid, torch.quint8, 0, 255),
]
REALS = st.floats(-1e4, 1e4, width=32)
ARRAYS = hnp.arrays(np.float32, st.integers(1, 40), elements=REALS)


def test_ranges():
    assert integer_range() == (-128, 127)
    assert integer_range(8, signed=False) == (0, 255)
    assert integer_range(4) == (-8, 7)
    assert integer_range(2, narrow=True) == (-1, 1)
    assert integer_range(3, signed=False, narrow=True) == (1, 7)


@pytest.mark.parametrize(("qscheme", "ours", "dtype", "low", "high"), SCHEMES)
@pytest.mark.parametrize("shift", [0.0, -0.7, 30.0, -30.0])
def test_grids_are_torchs_bit_for_bit(shift, qscheme, ours, dtype, low, high):
    rng = np.random.default_rng(0)
    for size in (1, 10, 1000):
        x = (rng.standard_normal(size) + shift).astype(np.float32)
        scale, zero_point = ours(x.min(), x.max(), low, high)
        options = {"dtype": dtype, "qscheme": getattr(torch, qscheme)}
        if (low, high) not in ((-128, 127), (0, 255)):
            options |= {"quant_min": low, "quant_max": high}
        theirs = torch_side.observed("MinMaxObserver", [x], **options)
        assert scale == theirs[0]
        assert zero_point == theirs[1]
        assert scale.dtype == np.float32
        assert zero_point.dtype == np.int32


def test_several_grids_at_once():
    lows, highs = np.array([-1.0, 0.5, -3]), np.array([1.0, 2, -2])
    scale, zero_point = affine_grid(lows, highs)
    for i in range(3):
        one = affine_grid(lows[i], highs[i])
        assert (scale[i], zero_point[i]) == one


@given(ARRAYS)
def test_zero_is_on_every_grid(x):
    for make in (affine_grid, symmetric_grid):
        scale, zero_point = make(x.min(), x.max(), -128, 127)
        zero = np.zeros(1, np.float32)
        q = quantize(zero, scale, zero_point)
        assert dequantize(q, scale, zero_point) == 0


@given(ARRAYS, st.integers(2, 8))
def test_the_error_is_at_most_half_a_step(x, bits):
    ends = integer_range(bits)
    scale, zero_point = affine_grid(x.min(), x.max(), *ends)
    q = quantize(x, scale, zero_point, *ends)
    error = np.abs(dequantize(q, scale, zero_point) - x)
    # rounding the zero point can cut off up to half a step more at one end
    assert (error <= scale * 1.001 + 1e-6).all()
    inside = (q > ends[0]) & (q < ends[1])
    assert (error[inside] <= scale * 0.501 + 1e-6).all()


@given(ARRAYS)
def test_what_is_on_the_grid_stays(x):
    scale, zero_point = affine_grid(x.min(), x.max())
    q = quantize(x, scale, zero_point)
    again = quantize(dequantize(q, scale, zero_point), scale, zero_point)
    assert np.array_equal(q, again)


def test_ties_go_to_the_even_integer():
    halves = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], np.float32)
    assert quantize(halves, 1.0).tolist() == [-2, -2, 0, 0, 2, 2]
    # and the zero point is added after rounding
    assert quantize(halves, 1.0, 1).tolist() == [-1, -1, 1, 1, 3, 3]


def test_what_lies_outside_saturates_infinities_too():
    x = np.array([-np.inf, -1e30, -200, 200, 1e38, np.inf], np.float32)
    assert quantize(x, 1e-6).tolist() == [-128] * 3 + [127] * 3
    assert quantize(x, 1.0, 3, 0, 15).tolist() == [0] * 3 + [15] * 3


@pytest.mark.parametrize(
    ("low", "high", "ours", "theirs"),
    [(-128, 127, np.int8, torch.int8), (0, 255, np.uint8, torch.uint8)],
)
def test_quantize_is_torchs(low, high, ours, theirs, rng):
    for _ in range(20):
        x = rng.standard_normal(999).astype(np.float32)
        scale, zero_point = rng.uniform(1e-3, 0.1), int(rng.integers(low, high + 1))
        scale = float(np.float32(scale))
        q = quantize(x, scale, zero_point, low, high)
        expected = torch_side.exported_quantize(
            torch.tensor(x), scale, zero_point, low, high, theirs
        )
        assert q.dtype == ours
        assert np.array_equal(q, expected.numpy())


def test_quantized_tensors_round_after_the_zero_point_is_added(rng):
    """torch.quantize_per_tensor, unlike its other functions: ties go another way."""
    x = np.array([0.5, 1.5], np.float32)
    theirs = torch_side.quantize_per_tensor(torch.tensor(x), 1.0, 1, torch.qint8)
    assert theirs.int_repr().tolist() == [2, 2]
    assert quantize(x, 1.0, 1).tolist() == [1, 3]
    x = rng.standard_normal(5000).astype(np.float32)
    tensor = torch.tensor(x)
    for zero_point in (0, 7, -100):
        theirs = torch_side.quantize_per_tensor(tensor, 0.02, zero_point, torch.qint8)
        differ = quantize(x, 0.02, zero_point) != theirs.int_repr().numpy()
        from_tie = np.abs(x / 0.02 % 1 - 0.5)
        assert (from_tie[differ] < 1e-4).all()
        assert zero_point or not differ.any()


def test_dequantize_is_torchs(rng):
    q = rng.integers(0, 256, 500).astype(np.uint8)
    theirs = torch_side.quiet(torch._make_per_tensor_quantized_tensor)(
        torch.tensor(q), 0.037, 91
    )
    expected = theirs.dequantize().numpy()
    np.testing.assert_allclose(dequantize(q, 0.037, 91), expected, rtol=1e-6)


def test_float64_stays_exact_and_inputs_stay(rng):
    x = rng.standard_normal(50)
    before = x.copy()
    assert np.array_equal(quantize(x, 0.5), np.rint(x / 0.5).astype(np.int8))
    assert np.array_equal(x, before)


def test_tiny_intervals_have_the_smallest_scale():
    for make in (affine_grid, symmetric_grid):
        assert make(0.0, 0.0)[0] == SMALLEST_SCALE == torch.finfo(torch.float32).eps


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: integer_range(1), ValueError, "bits must be at least 2, got 1"),
        (lambda: integer_range(9), ValueError, "bits must be at most 8, got 9"),
        (lambda: integer_range(4.0), TypeError, "bits must be an int"),
        (lambda: integer_range(signed=1), TypeError, "signed must be True"),
        (lambda: integer_range(narrow=None), TypeError, "narrow must be True"),
        (lambda: affine_grid(1, -1), ValueError, "low must not be above high"),
        (lambda: affine_grid(np.nan, 1), ValueError, "finite length"),
        (lambda: symmetric_grid(0, np.inf), ValueError, "finite length"),
        (lambda: affine_grid(-3e38, 3e38), ValueError, "finite length"),
        (lambda: quantize(np.ones(2, int), 1), TypeError, "floats, got int"),
        (lambda: quantize(np.array([np.nan]), 1), ValueError, "holds nan"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()
