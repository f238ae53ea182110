"""bfloat16 in NumPy against torch's: every pattern, and float32 of every kind."""

import numpy as np
import pytest
import torch

from dlbook.compression.bfloat16 import from_bfloat16, to_bfloat16


def torchs_bits(x):
    return torch.from_numpy(x).bfloat16().view(torch.int16).numpy().view(np.uint16)


def test_every_pattern_both_ways():
    bits = np.arange(1 << 16).astype(np.uint16)
    values = from_bfloat16(bits)
    theirs = torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16).float()
    np.testing.assert_array_equal(values, theirs.numpy())
    there = ~np.isnan(values)
    np.testing.assert_array_equal(to_bfloat16(values)[there], bits[there])
    quiet = bits[~there] | 0x40
    np.testing.assert_array_equal(to_bfloat16(values)[~there], quiet)


def test_random_float32_and_ties_are_torchs(rng):
    bits = rng.integers(0, 2**32, 300_000, dtype=np.uint32)
    ties = (bits & np.uint32(0xFFFF0000)) | np.uint32(0x8000)
    x = np.concatenate([bits, ties, ties + 1, ties - 1]).view(np.float32)
    x = x[~np.isnan(x)]
    np.testing.assert_array_equal(to_bfloat16(x), torchs_bits(x))


def test_edges():
    x = np.float32([0.0, -0.0, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45, 1.4e-40])
    np.testing.assert_array_equal(to_bfloat16(x), torchs_bits(x))
    assert from_bfloat16(to_bfloat16(np.float32(3.4e38))) == np.inf
    assert to_bfloat16(np.float32(1)) == 0x3F80
    assert to_bfloat16([1.5, -2.0]).tolist() == [0x3FC0, 0xC000]
    assert to_bfloat16(np.float16(1)) == 0x3F80


def test_nan_whose_low_bits_would_carry_stays_nan():
    bits = np.array([0x7FFFFFFF, 0x7F800001, 0xFF80FFFF], np.uint32)
    back = from_bfloat16(to_bfloat16(bits.view(np.float32)))
    assert np.isnan(back).all()
    assert np.signbit(back).tolist() == [False, False, True]
    last = np.uint32(0xFFFFFFFF).view(np.float32)  # a number without axes, too
    assert np.isnan(from_bfloat16(to_bfloat16(last)))


def test_any_layout_and_shape():
    x = np.arange(12, dtype=np.float32).reshape(3, 4).T[::-1]
    np.testing.assert_array_equal(from_bfloat16(to_bfloat16(x)), x)
    for shape in ((), (0,), (1, 0, 2)):
        assert to_bfloat16(np.ones(shape, np.float32)).shape == shape
        assert from_bfloat16(np.ones(shape, np.uint16)).shape == shape


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: to_bfloat16(np.ones(2)), "takes float32"),
        (lambda: to_bfloat16([1j]), "real numbers, got complex128"),
        (lambda: from_bfloat16(np.ones(2, np.int16)), "uint16, got int16"),
        (lambda: from_bfloat16([1]), "uint16, got int64"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(TypeError, match=message):
        call()
