"""Sparse storage: what goes in comes out, and the bytes are those of the arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.compression import BitmaskMatrix, CSRMatrix, RelativeMatrix

SHAPES = st.sampled_from([(1, 1), (3, 5), (20, 300), (4, 2, 3, 3), (300, 2), (2, 0)])


def sparse(shape, density, seed, dtype=np.float32):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape).astype(dtype)
    return values * (rng.random(shape) < density)


@given(
    shape=SHAPES,
    density=st.sampled_from([0, 0.01, 0.1, 0.5, 1]),
    seed=st.integers(0, 99),
)
def test_round_trips(shape, density, seed):
    dense = sparse(shape, density, seed)
    stored = [CSRMatrix.from_dense(dense), BitmaskMatrix.from_dense(dense)]
    stored += [RelativeMatrix.from_dense(dense, bits) for bits in (1, 3, 5, 8, 16)]
    for each in stored:
        back = each.to_dense()
        assert back.dtype == dense.dtype
        np.testing.assert_array_equal(back, dense)
        assert each.nbytes == sum(a.nbytes for a in each if isinstance(a, np.ndarray))


@given(
    shape=st.sampled_from([(3, 5), (20, 300), (7, 1), (5, 0)]),
    density=st.sampled_from([0, 0.05, 0.5, 1]),
    seed=st.integers(0, 50),
)
def test_the_product_is_that_of_the_matrix(shape, density, seed):
    dense = sparse(shape, density, seed, np.float64)
    x = np.random.default_rng(seed).standard_normal((4, shape[1]))
    product = CSRMatrix.from_dense(dense).product(x)
    assert product.shape == (4, shape[0])
    np.testing.assert_allclose(product, x @ dense.T, atol=1e-12)


def test_csr_by_hand():
    stored = CSRMatrix.from_dense([[0, 5.0, 0], [0, 0, 0], [7, 0, 8]])
    np.testing.assert_array_equal(stored.values, [5, 7, 8])
    np.testing.assert_array_equal(stored.columns, [1, 0, 2])
    np.testing.assert_array_equal(stored.starts, [0, 1, 1, 3])
    assert stored.columns.dtype == stored.starts.dtype == np.uint8
    assert stored.nbytes == 3 * 8 + 3 + 4
    wide = np.zeros((2, 257), np.float32)
    wide[1, 256] = 1
    assert CSRMatrix.from_dense(wide).columns.dtype == np.uint16
    assert CSRMatrix.from_dense(wide[:, 1:]).columns.dtype == np.uint8
    full = np.ones((2, 150), np.float32)
    assert CSRMatrix.from_dense(full).starts.dtype == np.uint16


def test_bits_by_hand():
    stored = BitmaskMatrix.from_dense(np.array([[0, 5, 0], [7, 0, 0]], np.float32))
    np.testing.assert_array_equal(stored.bits, [0b01010000])
    assert stored.nbytes == 2 * 4 + 1


def test_relative_by_hand():
    row = np.zeros((1, 16), np.float32)
    row[0, [1, 4, 15]] = [3.4, 0.9, 1.7]  # Han et al. (2016), figure 2, with 3 bits
    stored = RelativeMatrix.from_dense(row, 3)
    # gaps 1, 2, 10: the last needs a 0 after 7 zeros, and has 2 zeros then
    np.testing.assert_array_equal(stored.values, np.float32([3.4, 0.9, 0, 1.7]))
    bits = np.unpackbits(stored.gaps)[:12]
    np.testing.assert_array_equal(bits, [0, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0])
    assert stored.nbytes == 4 * 4 + 2
    assert RelativeMatrix.from_dense(row).index_bits == 5


def test_lists_are_arrays():
    dense = [[0, 1.5], [0, 0]]
    for kind in (CSRMatrix, BitmaskMatrix, RelativeMatrix):
        np.testing.assert_array_equal(kind.from_dense(dense).to_dense(), dense)


def test_sparse_is_smaller_only_where_it_is_sparse():
    for density, smaller in ((0.05, True), (0.9, False)):
        dense = sparse((100, 100), density, 0)
        sizes = [
            CSRMatrix.from_dense(dense).nbytes,
            RelativeMatrix.from_dense(dense).nbytes,
        ]
        assert all((size < dense.nbytes) == smaller for size in sizes)


def test_bad_input():
    with pytest.raises(ValueError, match=r"at least two axes, got \(3,\)"):
        CSRMatrix.from_dense(np.ones(3))
    with pytest.raises(ValueError, match="at most 16, got 17"):
        RelativeMatrix.from_dense(np.ones((2, 2)), 17)
    with pytest.raises(ValueError, match="index_bits must be at least 1"):
        RelativeMatrix.from_dense(np.ones((2, 2)), 0)
    with pytest.raises(TypeError, match="index_bits must be an int"):
        RelativeMatrix.from_dense(np.ones((2, 2)), 2.0)
