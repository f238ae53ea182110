"""Windows as columns: convolution as one product, the transpose, overlaps."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor

OPTIONS = [
    {},
    {"stride": 2},
    {"dilation": (1, 2)},
    {"padding": (2, 1)},
    {"stride": (2, 1), "dilation": 2, "padding": 1},
]


def test_columns_hold_the_windows_row_by_row():
    x = Tensor(np.arange(12.0).reshape(1, 3, 4))
    columns = F.unfold(x, 2).data
    assert columns.shape == (4, 6)
    assert columns[:, 0].tolist() == [0, 1, 4, 5]
    assert columns[:, 1].tolist() == [1, 2, 5, 6]
    assert columns[:, 3].tolist() == [4, 5, 8, 9]


def test_channels_stand_below_each_other():
    x = Tensor(np.arange(8.0).reshape(1, 2, 2, 2))
    assert F.unfold(x, 2).data[0, :, 0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("options", OPTIONS)
def test_fold_is_unfold_transposed(options):
    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((2, 3, 6, 7)))
    unfolded = F.unfold(x, (3, 2), **options)
    y = Tensor(rng.standard_normal(unfolded.shape))
    folded = F.fold(y, (6, 7), (3, 2), **options)
    left, right = (unfolded.data * y.data).sum(), (x.data * folded.data).sum()
    np.testing.assert_allclose(left, right, rtol=1e-12)


def test_fold_adds_where_windows_overlap():
    counts = F.fold(F.unfold(Tensor(np.ones((1, 3, 3))), 2), 3, 2).data
    assert counts[0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_windows_side_by_side_come_back():
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 6))
    columns = F.unfold(Tensor(x), (2, 3), stride=(2, 3))
    back = F.fold(columns, (4, 6), (2, 3), stride=(2, 3))
    np.testing.assert_array_equal(back.data, x)


def test_a_convolution_is_one_product():
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((3, 5, 6)), rng.standard_normal((2, 3, 2, 2))
    product = weight.reshape(2, -1) @ F.unfold(Tensor(x), 2).data
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), (1, 2))
    expected = np.einsum("chwij,ocij->ohw", windows, weight)
    np.testing.assert_allclose(product.reshape(2, 4, 5), expected, rtol=1e-12)


def test_the_columns_are_a_copy():
    x = Tensor(np.ones((1, 2, 2)))
    F.unfold(x, 1).data[...] = 5
    np.testing.assert_array_equal(x.data, 1)
