"""Rotary positions: rotations, and what attention sees of them."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn import shift_matrix

PAIRINGS = (True, False)


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def turned(x, **options):
    return F.rotary_embedding(Tensor(x), **options).data


@pytest.mark.parametrize("interleaved", PAIRINGS)
def test_inner_products_depend_on_the_distance_alone(interleaved):
    """One query and one key at every pair of positions: a Toeplitz matrix."""
    T, E = 40, 16
    options = {"interleaved": interleaved}
    q = turned(np.tile(normal(E), (T, 1)), **options)
    k = turned(np.tile(normal(E, seed=1), (T, 1)), **options)
    scores = q @ k.T  # (T, T)
    for distance in range(-T + 1, T):
        diagonal = np.diagonal(scores, distance)
        np.testing.assert_allclose(diagonal, diagonal[0], rtol=0, atol=1e-12)
    # and they do depend on it
    assert np.ptp(scores[0]) > 1
    later = turned(np.tile(normal(E), (T, 1)), offset=1000, **options)
    keys = turned(np.tile(normal(E, seed=1), (T, 1)), offset=1000, **options)
    np.testing.assert_allclose(later @ keys.T, scores, rtol=0, atol=1e-11)


@pytest.mark.parametrize("interleaved", PAIRINGS)
def test_lengths_stay_and_position_0_is_left_alone(interleaved):
    x = normal(3, 9, 8)
    y = turned(x, interleaved=interleaved)
    np.testing.assert_allclose(
        np.linalg.norm(y, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-13
    )
    np.testing.assert_array_equal(y[:, 0], x[:, 0])
    assert (y[:, 1:] != x[:, 1:]).all()


def test_the_two_pairings_are_one_after_an_exchange_of_entries():
    x = normal(4, 7, 10)
    order = np.r_[0:10:2, 1:10:2]  # the first of each pair, then the second
    np.testing.assert_allclose(
        turned(x, interleaved=True)[..., order],
        turned(x[..., order], interleaved=False),
        rtol=1e-12,
        atol=1e-15,
    )


def test_a_pair_turns_by_its_frequency():
    base = 100.0
    x = np.tile([1.0, 0, 1, 0], (6, 1))
    y = turned(x, base=base)
    for t in range(6):
        slow = t / base**0.5
        expected = [np.cos(t), np.sin(t), np.cos(slow), np.sin(slow)]
        np.testing.assert_allclose(y[t], expected, rtol=1e-14, atol=1e-15)


def test_it_is_the_rotation_of_the_sinusoidal_shift_turned_back():
    """`shift_matrix` moves (sine, cosine) pairs, whose order is the other one."""
    x, E = normal(5, 8), 8
    y = turned(x)
    for t in range(5):
        np.testing.assert_allclose(y[t], shift_matrix(E, -t) @ x[t], rtol=1e-12)


def test_offset_is_the_position_in_the_whole():
    x = normal(2, 9, 6)
    whole = turned(x)
    np.testing.assert_array_equal(turned(x[:, 4:], offset=4), whole[:, 4:])
    np.testing.assert_array_equal(
        turned(x[:, 4:], offset=np.int64(4)), turned(x[:, 4:], positions=range(4, 9))
    )
    np.testing.assert_array_equal(turned(x, positions=Tensor(np.arange(9))), whole)


def test_the_gradient_is_turned_back():
    x = Tensor(normal(6, 4), requires_grad=True)
    y = F.rotary_embedding(x, offset=3)
    y.backward(y.data)  # the gradient of half the sum of squares, which x has as well
    np.testing.assert_allclose(x.grad, x.data, rtol=1e-13)


@pytest.mark.parametrize("interleaved", PAIRINGS)
def test_half_precision_stays_half(interleaved):
    x = normal(6, 8, dtype=np.float16)
    y = turned(x, interleaved=interleaved)
    assert y.dtype == np.float16
    exact = turned(x.astype(np.float64), interleaved=interleaved)
    np.testing.assert_allclose(y, exact, atol=4e-3)


def test_float32_is_as_exact_far_from_the_start():
    x = normal(4, 8, dtype=np.float32)
    y = turned(x, offset=100_000)
    exact = turned(x.astype(np.float64), offset=100_000)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, exact, atol=1e-6)
