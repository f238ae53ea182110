"""Max pooling: who wins, and what the winner gets; the fast way and the general one."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor

NAN, INF = np.nan, np.inf


def shares(x, *args, grad=None, **options):
    """Return the gradient of x where each maximum gets 1, or `grad`."""
    x = Tensor(np.array(x, float)[None], requires_grad=True)
    y = F.max_pool2d(x, *args, **options)
    y.backward(np.ones(y.shape) if grad is None else np.reshape(grad, y.shape))
    return x.grad[0].tolist()


@pytest.mark.parametrize("options", [{"stride": 2}, {"stride": 3}])
def test_the_first_of_equal_numbers_wins_row_by_row(options):
    assert shares([[1, 2], [2, 2]], 2, **options) == [[0, 1], [0, 0]]
    assert shares([[0, 0], [0, 0]], 2, **options) == [[1, 0], [0, 0]]
    assert shares([[1, 1], [2, 2]], 2, **options) == [[0, 0], [1, 0]]


@pytest.mark.parametrize("options", [{"stride": 2}, {"stride": 3}])
def test_nan_wins_and_the_last_of_several(options):
    assert shares([[NAN, 2], [1, INF]], 2, **options) == [[1, 0], [0, 0]]
    assert shares([[1, NAN], [NAN, 2]], 2, **options) == [[0, 0], [1, 0]]
    assert shares([[NAN, NAN], [1, 2]], 2, **options) == [[0, 1], [0, 0]]


@pytest.mark.parametrize("options", [{"stride": 2}, {"stride": 1}])
@pytest.mark.parametrize("grad", [NAN, INF, -INF])
def test_a_gradient_that_is_not_finite_reaches_the_winner_alone(options, grad):
    got = shares([[1, 2], [4, 3]], 2, grad=[[grad]], **options)
    np.testing.assert_array_equal(got, [[0, 0], [grad, 0]])


def test_a_place_that_wins_several_windows_gets_the_sum():
    assert shares([[1, 2, 1], [1, 9, 1]], 2, 1, grad=[[3, 4]])[1] == [0, 7, 0]


def test_places_between_windows_get_nothing():
    assert shares([[1, 5, 2, 7]], (1, 1), (1, 3)) == [[1, 0, 0, 1]]
    assert shares([[1, 5, 2]], (1, 2), padding=0) == [[0, 1, 0]]


def test_the_padding_never_wins():
    assert shares([[-INF, -INF]], (1, 2), padding=(0, 1)) == [[1, 1]]


def test_two_by_two_and_the_general_way_agree():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, (2, 3, 6, 8)).astype(float)
    y, indices = F.max_pool2d(Tensor(x), 2, return_indices=True)
    one = Tensor(x, requires_grad=True)
    fast = F.max_pool2d(one, 2)
    np.testing.assert_array_equal(fast.data, y.data)
    fast.sum().backward()
    flat = one.grad.reshape(6, -1)
    np.testing.assert_array_equal(
        np.take_along_axis(flat, indices.data.reshape(6, -1), axis=1), 1
    )
    assert flat.sum() == y.size


def test_later_changes_of_the_input_do_not_change_who_won():
    x = Tensor(np.array([[[1.0, 2.0]]]), requires_grad=True)
    y = F.max_pool1d(x, 2)
    x.data[...] = [[[5.0, 3.0]]]
    y.backward(np.ones((1, 1, 1)))
    assert x.grad.tolist() == [[[0, 1]]]
    assert y.data.tolist() == [[[2]]]


def test_the_window_of_one_place_is_a_copy():
    x = Tensor(np.array([[[1.0, 2.0]]]))
    assert not np.shares_memory(F.max_pool1d(x, 1).data, x.data)
