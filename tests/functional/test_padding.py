"""Padding: the four ways beside NumPy's, axes, gradients, memory."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor

NUMPYS = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def pad_row(mode, before, after, **options):
    x = Tensor([[1.0, 2.0, 3.0]])
    return F.pad(x, (before, after), mode=mode, **options).data[0].tolist()


def test_the_four_modes_as_the_documentation_shows_them():
    assert pad_row("constant", 2, 2) == [0, 0, 1, 2, 3, 0, 0]
    assert pad_row("reflect", 2, 2) == [3, 2, 1, 2, 3, 2, 1]
    assert pad_row("replicate", 2, 2) == [1, 1, 1, 2, 3, 3, 3]
    assert pad_row("circular", 2, 2) == [2, 3, 1, 2, 3, 1, 2]


def test_the_last_axis_comes_first():
    x = Tensor(np.ones((2, 3)))
    assert F.pad(x, (1, 2)).shape == (2, 6)
    assert F.pad(x, (0, 0, 1, 2)).shape == (5, 3)
    padded = F.pad(x, (1, 0, 0, 0), value=7).data
    assert (padded[:, 0] == 7).all()


@pytest.mark.parametrize("mode", NUMPYS)
def test_several_axes_equal_numpys_padding(mode):
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5))
    padded = F.pad(Tensor(x), (1, 4, 3, 2), mode=mode).data
    expected = np.pad(x, [(0, 0), (0, 0), (3, 2), (1, 4)], mode=NUMPYS[mode])
    np.testing.assert_array_equal(padded, expected)


@pytest.mark.parametrize("mode", NUMPYS)
def test_the_gradient_counts_the_copies(mode):
    x = Tensor(np.arange(12.0).reshape(1, 1, 3, 4), requires_grad=True)
    y = F.pad(x, (3, 2, 1, 2), mode=mode)
    y.backward(np.ones(y.shape))
    copies = np.bincount(y.data.astype(int).ravel(), minlength=12)
    np.testing.assert_array_equal(x.grad.ravel(), copies)


@pytest.mark.parametrize("mode", ["constant", *NUMPYS])
def test_the_result_and_the_gradient_are_new_arrays(mode):
    x = Tensor(np.arange(4.0).reshape(1, 4), requires_grad=True)
    y = F.pad(x, (1, 1), mode=mode)
    y.data[...] = 9
    np.testing.assert_array_equal(x.data, [[0, 1, 2, 3]])
    grad = np.ones((1, 6))
    y.backward(grad)
    np.testing.assert_array_equal(grad, np.ones((1, 6)))


@pytest.mark.parametrize("mode", ["constant", *NUMPYS])
def test_integers_stay_integers(mode):
    y = F.pad(Tensor(np.array([[1, 2, 3]])), (1, 0), mode=mode)
    assert y.dtype == np.int64
    assert y.data[0, 1:].tolist() == [1, 2, 3]


def test_any_value_of_floats():
    assert pad_row("constant", 1, 0, value=-np.inf)[0] == -np.inf
    assert np.isnan(pad_row("constant", 0, 1, value=np.nan)[-1])


def test_what_is_taken_away_can_still_be_reflected_but_does_not_come_around():
    assert pad_row("reflect", -1, 2) == [2, 3, 2, 1]
    assert pad_row("replicate", -2, 2) == [3, 3, 3]
    assert pad_row("circular", -1, 2) == [2, 3, 2, 3]
    assert pad_row("constant", -1, 2) == [2, 3, 0, 0]


@pytest.mark.parametrize("mode", ["constant", *NUMPYS])
def test_nothing_is_recorded_for_what_is_not_taken_away(mode):
    x = Tensor(np.ones((1, 4)), requires_grad=True)
    y = F.pad(x, (0, 1), mode=mode)
    assert y.op == "pad"
    assert y.parents[0] is x
