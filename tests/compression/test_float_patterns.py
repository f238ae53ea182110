"""Bits and numbers, both ways, for every pattern."""

import numpy as np
import pytest
import torch

from dlbook.compression.float_formats import (
    BFLOAT16,
    FLOAT8_E4M3,
    FLOAT8_E5M2,
    FLOAT16,
    FLOAT32,
    TFLOAT32,
    FloatFormat,
)
from dlbook.compression.float_patterns import (
    from_patterns,
    infinity_pattern,
    nan_pattern,
    to_patterns,
)

TORCH = [
    (BFLOAT16, torch.bfloat16, torch.int16, np.uint16),
    (FLOAT16, torch.float16, torch.int16, np.uint16),
    (FLOAT8_E5M2, torch.float8_e5m2, torch.uint8, np.uint8),
    (FLOAT8_E4M3, torch.float8_e4m3fn, torch.uint8, np.uint8),
]


@pytest.mark.parametrize(("ours", "theirs", "stored", "unsigned"), TORCH)
def test_every_pattern_means_what_it_means_in_torch(ours, theirs, stored, unsigned):
    patterns = np.arange(2**ours.bits).astype(unsigned)
    held = torch.from_numpy(patterns.view(np.dtype(str(stored).split(".")[1])))
    values = held.view(theirs).double().numpy()
    np.testing.assert_array_equal(from_patterns(patterns, ours), values)
    back = to_patterns(from_patterns(patterns, ours), ours)
    assert back.dtype == unsigned
    there = ~np.isnan(values)
    np.testing.assert_array_equal(back[there], patterns[there])
    assert np.isnan(from_patterns(back[~there], ours)).all()


def test_float32_is_numpys(rng):
    patterns = rng.integers(0, 2**32, 10_000, dtype=np.uint32)
    values = patterns.view(np.float32)
    np.testing.assert_array_equal(from_patterns(patterns, FLOAT32), values)
    there = ~np.isnan(values)
    np.testing.assert_array_equal(to_patterns(values[there], FLOAT32), patterns[there])
    assert to_patterns(-1.0, TFLOAT32) == 2**18 + 127 * 2**10


def test_the_narrowest_type_that_holds_the_bits():
    for float_format, wanted in (
        (FloatFormat("8 bits", 4, 3), np.uint8),
        (FloatFormat("9 bits", 4, 4), np.uint16),
        (FloatFormat("16 bits", 8, 7), np.uint16),
        (FloatFormat("17 bits", 8, 8), np.uint32),
    ):
        assert to_patterns(1.0, float_format).dtype == wanted


@pytest.mark.parametrize("float_format", [FloatFormat("tiny", 2, 1), FLOAT8_E4M3])
def test_order_of_patterns_is_the_order_of_numbers(float_format):
    values = from_patterns(np.arange(2 ** (float_format.bits - 1)), float_format)
    values = values[~np.isnan(values)]
    assert (np.diff(values) > 0).all()


def test_special_patterns():
    assert infinity_pattern(FLOAT16) == 0x7C00
    assert nan_pattern(FLOAT16) == 0x7E00
    assert nan_pattern(FLOAT8_E4M3) == 0x7F
    assert to_patterns([np.inf, -np.inf, np.nan, -0.0], FLOAT16).tolist() == [
        0x7C00,
        0xFC00,
        0x7E00,
        0x8000,
    ]
    assert to_patterns(1e9, FLOAT8_E4M3) == 0x7F
    assert to_patterns(np.zeros((0, 2)), FLOAT16).shape == (0, 2)
    assert float(from_patterns(0x3555, FLOAT16)) == float(np.float16(1 / 3))


@pytest.mark.parametrize(
    ("patterns", "error", "message"),
    [
        ([0.5], TypeError, "integers, got float64"),
        ([256], ValueError, r"below 2\*\*8, got 256 to 256"),
        ([-1], ValueError, "got -1 to -1"),
    ],
)
def test_bad_patterns(patterns, error, message):
    with pytest.raises(error, match=message):
        from_patterns(patterns, FLOAT8_E5M2)
