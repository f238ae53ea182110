"""Rounding to a format: bit by bit what torch has, and what IEEE 754 says."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.compression.float_formats import (
    BFLOAT16,
    FLOAT8_E4M3,
    FLOAT8_E5M2,
    FLOAT16,
    FLOAT32,
    TFLOAT32,
    FloatFormat,
    as_floats,
    round_to_format,
)
from dlbook.compression.float_patterns import from_patterns

TORCH = {
    BFLOAT16: torch.bfloat16,
    FLOAT16: torch.float16,
    FLOAT8_E5M2: torch.float8_e5m2,
    FLOAT8_E4M3: torch.float8_e4m3fn,
}
FORMATS = [*TORCH, TFLOAT32, FloatFormat("tiny", 2, 1), FloatFormat("odd", 3, 9)]


def named(float_format):
    return float_format.name


def finite_values(float_format):
    """All finite numbers of a format of few bits, in order."""
    values = from_patterns(np.arange(2**float_format.bits), float_format)
    return np.unique(values[np.isfinite(values)])


def hard_cases(float_format, rng):
    """float32 numbers: of every size, midpoints between neighbors, and beside them."""
    bits = rng.integers(0, 2**32, 20_000, dtype=np.uint32)
    values = finite_values(float_format)
    if len(values) > 5000:
        values = np.sort(rng.choice(values, 5000, replace=False))
        gaps = np.nextafter(values, np.inf)  # float64: no midpoint is lost
        values = np.unique(np.concatenate([values, gaps]))
    middle = ((values[1:] + values[:-1]) / 2).astype(np.float32)
    return np.concatenate(
        [
            bits.view(np.float32),
            values.astype(np.float32),
            middle,
            np.nextafter(middle, np.float32(np.inf)),
            np.nextafter(middle, np.float32(-np.inf)),
            np.float32([0.0, -0.0, np.inf, -np.inf, np.nan]),
        ]
    )


@pytest.mark.parametrize("float_format", TORCH, ids=named)
def test_rounds_as_torch_does(float_format, rng):
    x = hard_cases(float_format, rng)
    if not float_format.infinities:  # where torch's versions differ
        x = x[~(np.abs(x) > float_format.max)]
    theirs = torch.from_numpy(x).to(TORCH[float_format]).float().numpy()
    for ours in (
        float_format.round(x),
        round_to_format(
            x,
            float_format.exponent_bits,
            float_format.mantissa_bits,
            infinities=float_format.infinities,
        ),
    ):
        np.testing.assert_array_equal(ours, theirs)
        there = ~np.isnan(ours)
        np.testing.assert_array_equal(
            np.signbit(ours)[there], np.signbit(theirs)[there]
        )
        assert ours.dtype == np.float32


@pytest.mark.parametrize("float_format", TORCH, ids=named)
def test_has_torchs_limits(float_format):
    theirs = torch.finfo(TORCH[float_format])
    assert float_format.bits == theirs.bits
    assert float_format.max == theirs.max
    assert float_format.smallest_normal == theirs.smallest_normal
    assert float_format.epsilon == theirs.eps


def test_float32_has_numpys_limits():
    theirs = np.finfo(np.float32)
    assert FLOAT32.max == theirs.max
    assert FLOAT32.smallest_subnormal == theirs.smallest_subnormal
    assert FLOAT32.bits == 32
    x = np.array([1 / 3, 1e-45, 3e38, 1e39])
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(FLOAT32.round(x), x.astype(np.float32))
    assert TFLOAT32.bits == 19


@pytest.mark.parametrize(
    "float_format", [f for f in FORMATS if f.bits <= 16], ids=named
)
def test_limits_are_those_of_all_patterns(float_format):
    values = finite_values(float_format)
    positive = values[values > 0]
    assert positive[-1] == float_format.max
    assert positive[0] == float_format.smallest_subnormal
    above = values[values > 1][0]
    assert above - 1 == float_format.epsilon
    steps = np.diff(positive)
    wider = np.flatnonzero(steps > steps[0])[0]  # from twice the smallest normal number
    assert positive[wider] == 2 * float_format.smallest_normal


@pytest.mark.parametrize(
    "float_format", [f for f in FORMATS if f.bits <= 16], ids=named
)
@given(data=st.data())
def test_no_number_of_the_format_is_nearer(float_format, data):
    values = finite_values(float_format)
    limit = float_format.max
    x = data.draw(st.floats(-limit, limit))
    found = float(float_format.round(np.float64(x)))
    assert found in values
    distance = np.abs(values - x)
    assert abs(found - x) == distance.min()
    assert float(float_format.round(np.float64(found))) == found  # idempotent
    assert float(float_format.round(np.float64(-x))) == -found


@given(st.floats(width=32), st.floats(width=32), st.sampled_from(FORMATS))
def test_order_is_kept(a, b, float_format):
    a, b = np.float32(min(a, b)), np.float32(max(a, b))
    if not (np.isnan(a) or np.isnan(b)):
        with np.errstate(all="ignore"):
            low, high = float_format.round(a), float_format.round(b)
        assert low <= high or np.isnan(low) or np.isnan(high)


def test_of_two_neighbors_the_even_one_is_taken():
    # float8 e4m3 between 16 and 18: 17 is halfway, 16 = 1.000b 2^4 is even
    assert FLOAT8_E4M3.round(17.0) == 16
    assert FLOAT8_E4M3.round(19.0) == 20
    assert BFLOAT16.round(np.float32(1 + 2**-8)) == 1
    assert BFLOAT16.round(np.float32(1 + 3 * 2**-8)) == np.float32(1 + 2**-6)
    # half of the smallest subnormal number is a tie between 0 and it
    assert FLOAT16.round(2.0**-25) == 0
    assert FLOAT16.round(np.float32(2.0**-25 * 1.001)) == np.float32(2.0**-24)


def test_float64_is_rounded_once():
    x = np.float64(1 + 2**-11 + 2**-40)  # float32 would lose what breaks the tie
    assert FLOAT16.round(x) == 1 + 2**-10
    assert round_to_format(x, 5, 10) == 1 + 2**-10
    y = np.float64(1 + 2**-8 + 2**-40)
    assert BFLOAT16.round(y) == 1 + 2**-7
    assert BFLOAT16.round(y).dtype == np.float64


def test_what_is_too_large():
    assert FLOAT16.round(65519.0) == 65504
    assert FLOAT16.round(65520.0) == np.inf
    assert round_to_format(-1e9, 5, 10) == -np.inf
    assert round_to_format([1e9, -np.inf], 5, 10, saturate=True).tolist() == [
        65504,
        -65504,
    ]
    # without infinities 464, halfway to the pattern that is NaN, still goes down
    assert FLOAT8_E4M3.round(464.0) == 448
    assert np.isnan(FLOAT8_E4M3.round([465.0, np.inf, -1e9])).all()
    saturated = round_to_format([465.0, -np.inf], 4, 3, infinities=False, saturate=True)
    assert saturated.tolist() == [448, -448]
    assert np.isnan(round_to_format(np.nan, 4, 3, saturate=True))


@pytest.mark.parametrize("float_format", FORMATS, ids=named)
def test_signaling_nan_and_shapes(float_format):
    signaling = np.array([0x7F800001, 0xFF800001], np.uint32).view(np.float32)
    assert np.isnan(float_format.round(signaling)).all()
    for shape in ((), (0,), (2, 3), (1, 0, 2)):
        assert float_format.round(np.ones(shape, np.float32)).shape == shape


def test_types():
    assert FLOAT16.round([1, 2]).dtype == np.float32
    assert FLOAT16.round(0.1).dtype == np.float32
    assert FLOAT16.round(np.float64(0.1)).dtype == np.float64
    assert as_floats(np.float16(0.5)).dtype == np.float32
    assert FLOAT16.round(np.array([[1.1, 2.2]])[:, ::-1]).shape == (1, 2)


def test_input_stays():
    x = np.array([1.1, 1e9], np.float32)
    FLOAT16.round(x)
    BFLOAT16.round(x)
    round_to_format(x, 5, 2)
    np.testing.assert_array_equal(x, np.array([1.1, 1e9], np.float32))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: FloatFormat("", 1, 3), ValueError, "exponent_bits .* 2 to 8, got 1"),
        (lambda: FloatFormat("", 9, 3), ValueError, "got 9"),
        (lambda: FloatFormat("", 4, 0), ValueError, "mantissa_bits .* 1 to 23, got 0"),
        (lambda: round_to_format(1.0, 5, 24), ValueError, "got 24"),
        (lambda: round_to_format(1j, 5, 2), TypeError, "real numbers, got complex"),
        (lambda: FLOAT16.round("one"), TypeError, "real numbers"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
