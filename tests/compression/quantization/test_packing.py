"""Packed integers come back, and lie where the docstring says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.compression.quantization.packing import pack, unpack


@given(
    st.integers(2, 8),
    st.booleans(),
    st.lists(st.integers(0, 3), max_size=2),
    st.integers(0, 20),
    st.integers(0, 99),
)
def test_what_is_packed_comes_back(bits, signed, rows, length, seed):
    low = -(2 ** (bits - 1)) if signed else 0
    dtype = np.int8 if signed else np.uint8
    rng = np.random.default_rng(seed)
    values = rng.integers(low, low + 2**bits, (*rows, length)).astype(dtype)
    packed = pack(values, bits)
    assert packed.dtype == np.uint8
    assert packed.shape == (*rows, -(-bits * length // 8))
    back = unpack(packed, bits, length, signed=signed)
    assert back.dtype == dtype
    assert np.array_equal(back, values)


@given(st.integers(2, 8), st.integers(1, 20), st.integers(0, 99))
def test_the_bits_stand_one_after_another(bits, length, seed):
    values = np.random.default_rng(seed).integers(0, 2**bits, length).astype(np.uint8)
    text = "".join(f"{value:0{bits}b}" for value in values)
    text += "0" * (-len(text) % 8)
    expected = [int(text[i : i + 8], 2) for i in range(0, len(text), 8)]
    assert pack(values, bits).tolist() == expected


@pytest.mark.parametrize("integer", [np.int64, np.int8])
def test_bits_may_be_a_numpy_integer(integer):
    values = np.array([[-8, 7, 3], [0, -1, 5]], np.int8)
    packed = pack(values, integer(4))
    assert np.array_equal(packed, pack(values, 4))
    assert np.array_equal(unpack(packed, integer(4), 3), values)


def test_by_hand():
    assert pack(np.array([1, -1, 7, -8], np.int8), 4).tolist() == [0x1F, 0x78]
    assert pack(np.array([0, 1, -2, -1], np.int8), 2).tolist() == [0b00011011]
    assert pack(np.array([5, 3, 1], np.uint8), 3).tolist() == [0b10101100, 0b10000000]


@pytest.mark.parametrize("bits", [4, 8])
def test_layouts_and_copies(bits, rng):
    values = rng.integers(-8, 8, (6, 4)).astype(np.int8)
    for view in (values.T, values[::2, ::-1]):
        packed = pack(view, bits)
        back = unpack(packed, bits, view.shape[-1])
        assert np.array_equal(back, view)
        back[...] = 0
        assert not np.shares_memory(back, packed)
        assert not np.shares_memory(packed, values)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: pack(np.ones(3, np.int16), 4), TypeError, "int8 or uint8"),
        (lambda: pack(np.array([8], np.int8), 4), ValueError, "4 bits hold -8 to 7"),
        (lambda: pack(np.array([-9], np.int8), 4), ValueError, "got -9"),
        (lambda: pack(np.array([16], np.uint8), 4), ValueError, "hold 0 to 15"),
        (lambda: pack(np.array(1, np.int8), 4), ValueError, "at least one axis"),
        (lambda: pack(np.ones(2, np.int8), 1), ValueError, "bits"),
        (lambda: unpack(np.ones(2, np.uint8), 4, 5), ValueError, "take 3 bytes"),
        (lambda: unpack(np.ones((), np.uint8), 4, 2), ValueError, "take 1 bytes"),
        (lambda: unpack(np.ones(1, np.uint8), 1, 8), ValueError, "bits"),
        (lambda: unpack(np.ones(2, np.int8), 4, 4), TypeError, "must be uint8"),
        (lambda: unpack(np.ones(2, np.uint8), 4, 4.0), TypeError, "length"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()
