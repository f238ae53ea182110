"""Schemes: which numbers share a grid, and what is done with it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.compression.quantization.grid import affine_grid, quantize
from dlbook.compression.quantization.scheme import WEIGHTS, QuantizedArray, Scheme
from tests.compression.quantization import torch_side


@given(
    st.integers(2, 8),
    st.booleans(),
    st.booleans(),
    st.sampled_from([(None, None), (0, None), (1, None), (2, None), (None, 3)]),
)
def test_the_error_is_at_most_a_step_of_its_grid(bits, symmetric, signed, shared):
    axis, group_size = shared
    scheme = Scheme(
        bits, symmetric=symmetric, signed=signed, axis=axis, group_size=group_size
    )
    rng = np.random.default_rng(bits)
    spread = np.exp(rng.standard_normal((3, 4, 6)))  # sizes differ from grid to grid
    x = (rng.standard_normal((3, 4, 6)) * spread).astype(np.float32)
    q = scheme.quantize(x)
    assert q.values.min() >= scheme.range[0]
    assert q.values.max() <= scheme.range[1]
    blocks = scheme.blocks(x)
    steps = np.broadcast_to(scheme.spread(q.scale, blocks), blocks.shape)
    error = np.abs(scheme.blocks(q.dequantize()) - blocks)
    assert (error <= steps * 1.001).all()
    # each grid is used: one of its ends is met within a step
    kept = scheme.blocks(np.abs(q.dequantize()))
    shared_axes = scheme.shared_axes(blocks.ndim)
    largest = np.abs(blocks).max(shared_axes)
    assert (np.abs(kept.max(shared_axes) - largest) <= q.scale * 1.001).all()


def test_numpys_integers_become_pythons():
    by_row = Scheme(np.int8(8), axis=np.int64(0))
    groups = Scheme(np.int64(3), group_size=np.int32(2))
    assert by_row == Scheme(8, axis=0)
    assert groups == Scheme(3, group_size=2)
    sizes = (by_row.bits, by_row.axis, groups.bits, groups.group_size)
    assert {type(size) for size in sizes} == {int}
    assert by_row.range == (-128, 127)


def test_shapes_of_scales():
    x = np.ones((4, 6, 5), np.float32)
    shapes = {None: (), 0: (4,), 1: (6,), 2: (5,)}
    for axis, shape in shapes.items():
        q = Scheme(axis=axis).quantize(x)
        assert q.scale.shape == q.zero_point.shape == shape
    q = Scheme(group_size=5).quantize(x)
    assert q.scale.shape == (4, 6, 1)
    assert Scheme(group_size=3).quantize(x.reshape(20, 6)).scale.shape == (20, 2)


def test_a_group_is_quantized_as_if_alone(rng):
    x = rng.standard_normal((3, 8)).astype(np.float32)
    scheme = Scheme(4, group_size=4)
    q = scheme.quantize(x)
    for row in range(3):
        for group in range(2):
            part = x[row, 4 * group : 4 * group + 4]
            alone = Scheme(4).quantize(part)
            assert np.array_equal(
                q.values[row, 4 * group : 4 * group + 4], alone.values
            )
            assert q.scale[row, group] == alone.scale


def test_channels_are_torchs(rng):
    x = rng.standard_normal((5, 7)).astype(np.float32)
    q = Scheme(symmetric=True, axis=1).quantize(x)
    theirs = torch_side.quantize_per_channel(
        torch.tensor(x),
        torch.tensor(q.scale),
        torch.tensor(q.zero_point),
        1,
        torch.qint8,
    )
    assert np.array_equal(q.values, theirs.int_repr().numpy())
    assert np.array_equal(q.dequantize(), theirs.dequantize().numpy())


def test_grids_that_are_given(rng):
    x = rng.standard_normal((2, 5)).astype(np.float32)
    grid = affine_grid(-0.5, 0.5)
    q = Scheme().quantize(x, *grid)
    assert np.array_equal(q.values, quantize(x, *grid))
    assert q.scale == grid[0]
    q = Scheme().quantize(x, 0.1, 3)
    assert np.array_equal(q.values, quantize(x, 0.1, 3))
    assert (q.scale.dtype, q.zero_point.dtype) == (np.float32, np.int32)


def test_offsets_are_wide_enough():
    q = QuantizedArray(
        np.array([-128, 127], np.int8), np.float32(1), np.int32(127), Scheme()
    )
    assert q.offsets().tolist() == [-255, 0]
    assert q.offsets().dtype == np.int16
    per_channel = QuantizedArray(
        np.zeros((2, 2), np.int8), np.ones(2), np.array([1, -2]), Scheme(axis=1)
    )
    assert per_channel.offsets().tolist() == [[-1, 2], [-1, 2]]


def test_bytes():
    x = np.ones((10, 6), np.float32)
    assert WEIGHTS.quantize(x).nbytes == 60 + 40
    assert Scheme(4, group_size=3).quantize(x).nbytes == 30 + 80 + 20
    assert Scheme(3, symmetric=True).quantize(x).nbytes == 23 + 4


def test_an_empty_array():
    q = Scheme().quantize(np.zeros((0, 3), np.float32))
    assert q.dequantize().shape == (0, 3)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: Scheme(9), ValueError, "bits"),
        (lambda: Scheme(symmetric=1), TypeError, "symmetric"),
        (lambda: Scheme(axis=-1), ValueError, "axis must be at least 0"),
        (lambda: Scheme(group_size=0), ValueError, "group_size must be at least 1"),
        (lambda: Scheme(axis=0, group_size=2), ValueError, "exclude each other"),
        (lambda: Scheme(axis=2).quantize(np.ones((2, 2))), ValueError, "axis 2"),
        (lambda: Scheme(group_size=3).quantize(np.ones((2, 4))), ValueError, "divide"),
        (lambda: Scheme(group_size=1).quantize(np.ones(())), ValueError, "divide"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()
