"""The workspace of columns: what it holds, in which parts, how much memory it takes."""

from contextlib import contextmanager
from math import prod

import numpy as np
import pytest

from dlbook.functional import column_workspace
from dlbook.functional.column_workspace import Workspace, blocks_of, size_of
from dlbook.functional.convolution_geometry import Geometry


def geometry(size, kernel, *, stride=1, padding=0, groups=1):
    axes = len(size)
    places = tuple(
        (n + 2 * padding - k) // stride + 1 for n, k in zip(size, kernel, strict=True)
    )
    sides = (padding,) * axes
    steps = (stride,) * axes
    return Geometry(size, places, kernel, steps, (1,) * axes, sides, sides, groups)


@contextmanager
def limits(**values):
    """Return a context in which the limits are others."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setattr(column_workspace, name, value)
        yield


@pytest.mark.parametrize("shape", [(7,), (5, 4), (3, 4, 5)])
@pytest.mark.parametrize("limit", [1, 2, 4, 5, 9, 20, 21, 100])
def test_blocks_cover_every_element_once_and_keep_the_limit(shape, limit):
    seen = np.zeros(shape, int)
    blocks = list(blocks_of(shape, limit))
    for block in blocks:
        seen[block] += 1
        assert size_of(block) == seen[block].size <= limit
    assert (seen == 1).all()
    assert size_of(blocks[0]) == max(map(size_of, blocks))
    if limit >= prod(shape):
        assert len(blocks) == 1


def test_only_the_first_axis_is_cut_if_that_suffices():
    blocks = list(blocks_of((5, 4), 9))
    assert blocks == [
        (slice(0, 2), slice(0, 4)),
        (slice(2, 4), slice(0, 4)),
        (slice(4, 5), slice(0, 4)),
    ]


def test_small_examples_are_taken_together():
    g = geometry((6, 6), (3, 3))
    column = 2 * 9 * 8  # bytes of float64
    together = column_workspace.SHARED // (16 * column)
    assert 100 < together < 1000
    workspace = Workspace(2, 2 * together + 1, np.float64, g)
    assert [part.stop - part.start for part in workspace.examples] == [
        together,
        together,
        1,
    ]
    assert workspace.examples[1].start == together
    assert workspace.buffer.nbytes <= column_workspace.SHARED
    assert workspace.places == [(slice(0, 4), slice(0, 4))]
    assert [p.stop for p in Workspace(2, 9, np.float64, g).examples] == [9]
    assert Workspace(2, 0, np.float64, g).examples == []


def test_fewer_than_a_few_are_taken_one_by_one():
    g = geometry((6, 6), (3, 3))
    few = column_workspace.FEWEST
    for batch, parts in ((few - 1, few - 1), (few, 1)):
        assert len(Workspace(2, batch, np.float32, g).examples) == parts
    example = 16 * 2 * 9 * 4
    with limits(SHARED=few * example):
        assert len(Workspace(2, 3 * few, np.float32, g).examples) == 3
    with limits(SHARED=few * example - 1):
        assert len(Workspace(2, 3 * few, np.float32, g).examples) == 3 * few


def test_the_columns_of_a_large_example_are_cut():
    g = geometry((40, 30), (3, 3), padding=1)
    column = 3 * 9 * 4
    with limits(LARGEST=100 * column):
        workspace = Workspace(3, 2, np.float32, g)
    assert [size_of(part) for part in workspace.places] == [90] * 13 + [30]
    assert workspace.buffer.nbytes == 90 * column
    with limits(LARGEST=1):  # never less than a column
        assert Workspace(3, 2, np.float32, g).buffer.nbytes == column


@pytest.mark.parametrize(("batch", "padding"), [(3, 0), (3, 2), (11, 1)])
@pytest.mark.parametrize("stride", [1, 2])
def test_columns_are_the_windows(rng, batch, padding, stride):
    g = geometry((6, 5), (2, 3), stride=stride, padding=padding, groups=2)
    x = rng.standard_normal((batch, 4, 6, 5))
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    with limits(LARGEST=5 * 4 * 6 * 8):
        workspace = Workspace(4, batch, np.float64, g)
    for examples in workspace.examples:
        workspace.load(x[examples])
        for places in workspace.places:
            columns = workspace.gather(places)
            assert columns.base is not None
            rows, cols = (range(part.start, part.stop) for part in places)
            expected = [
                padded[n, :, u * stride : u * stride + 2, v * stride : v * stride + 3]
                for u in rows
                for v in cols
                for n in range(examples.start, examples.stop)
            ]
            expected = np.stack(expected, -1).reshape(2, 12, -1)
            np.testing.assert_array_equal(columns, expected)


@pytest.mark.parametrize("batch", [2, 9])
@pytest.mark.parametrize("largest", [1, 10**9])
def test_the_way_out_is_the_transpose_of_the_way_in(rng, batch, largest):
    """<gather(load(x)), c> = <x, store(scatter(c))>, for the same workspace twice."""
    g = geometry((5, 4), (3, 2), stride=2, padding=1)
    with limits(LARGEST=largest):
        workspace = Workspace(3, batch, np.float64, g)
    x, out = rng.standard_normal((batch, 3, 5, 4)), np.full((batch, 3, 5, 4), np.nan)
    for _ in range(2):
        for examples in workspace.examples:
            workspace.clear(examples)
            drawn = []
            for places in workspace.places:
                columns = workspace.columns(places)
                columns[...] = rng.standard_normal(columns.shape)
                drawn.append(columns.copy())
                workspace.scatter(places)
            workspace.store(out[examples])
            workspace.padded[...] = 0
            workspace.load(x[examples])
            product = sum(
                (workspace.gather(places) * columns).sum()
                for places, columns in zip(workspace.places, drawn, strict=True)
            )
            assert product == pytest.approx((x[examples] * out[examples]).sum())


def test_a_pointwise_example_is_its_own_columns(rng):
    g = geometry((3, 4), (1, 1), groups=2)
    x = rng.standard_normal((9, 4, 3, 4))
    with limits(LARGEST=1):
        workspace = Workspace(4, 9, np.float64, g)
    assert workspace.examples == [slice(n, n + 1) for n in range(9)]
    workspace.load(x[2:3])
    [places] = workspace.places
    columns = workspace.gather(places)
    assert np.shares_memory(columns, x)
    np.testing.assert_array_equal(columns, x[2].reshape(2, 2, 12))
