"""proximal_l1_: soft thresholding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.autograd import Tensor
from dlbook.optim import SGD, proximal_l1_


def leaf(values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def test_every_entry_moves_towards_0_and_stops_there():
    x = leaf([-3.0, -1.0, -0.25, 0.0, 0.5, 1.0, 2.5])
    proximal_l1_(x, 1.0)
    np.testing.assert_array_equal(x.data, [-2, 0, 0, 0, 0, 0, 1.5])


def test_amount_0_changes_nothing():
    x = leaf([-3.0, 1e-300, 0.5])
    proximal_l1_([x], 0.0)
    np.testing.assert_array_equal(x.data, [-3, 1e-300, 0.5])


numbers = st.floats(-10, 10)


@given(st.lists(numbers, min_size=1, max_size=5), st.floats(0, 5), numbers)
def test_the_result_is_the_best_compromise(values, amount, other):
    """No other point has a smaller half squared distance plus penalty."""
    x = leaf(values)
    proximal_l1_(x, amount)

    def cost(z):
        return (z - np.array(values)) ** 2 / 2 + amount * np.abs(z)

    best = cost(x.data)
    for rival in (other, x.data + 0.01, x.data - 0.01, 0.0):
        assert (best <= cost(rival) + 1e-12).all()


def test_after_sgd_steps_it_finds_the_minimum_with_its_zeros():
    """The minimum of (x - b)^2 / 2 + |x| is known: b, thresholded at 1."""
    b = np.array([3.0, -0.4, 0.9, -2.0])
    proximal, plain = leaf(np.zeros(4)), leaf(np.zeros(4))
    for x in (proximal, plain):
        optimizer = SGD([x], lr=0.3)
        for _ in range(200):
            x.grad = x.data - b
            if x is plain:
                x.grad = x.grad + np.sign(x.data)
            optimizer.step()
            if x is proximal:
                proximal_l1_([x], 0.3 * 1.0)
    np.testing.assert_allclose(proximal.data, [2, 0, 0, -1], atol=1e-12)
    assert (proximal.data[1:3] == 0).all()
    assert (plain.data[1:3] != 0).all()  # the subgradient swings around 0


def test_it_works_in_place_keeps_float32_and_records_nothing():
    x = leaf([[1.5, -0.25]], np.float32)
    memory, x.grad = x.data, np.ones((1, 2), np.float32)
    proximal_l1_(iter([x]), np.float64(0.5))
    assert x.data is memory
    assert memory.dtype == np.float32
    np.testing.assert_array_equal(memory, [[1.0, 0.0]])
    np.testing.assert_array_equal(x.grad, 1)
    assert x.requires_grad
    assert not x.parents


def test_nan_stays_nan_and_infinity_stays_infinite():
    x = leaf([np.nan, np.inf, -np.inf])
    proximal_l1_(x, 1.0)
    np.testing.assert_array_equal(x.data, [np.nan, np.inf, -np.inf])


@pytest.mark.parametrize(
    ("second", "amount", "error", "message"),
    [
        (np.ones(2), 1.0, TypeError, r"parameters\[1\] must be a Tensor, got ndarray"),
        (leaf([1.0]) * 2, 1.0, ValueError, r"parameters\[1\] is the result of mul"),
        (leaf([1.0]), -1.0, ValueError, "proximal_l1_: amount must be finite and >= 0"),
        (leaf([1.0]), np.nan, ValueError, "amount must be finite"),
        (leaf([1.0]), np.inf, ValueError, "amount must be finite"),
        (leaf([1.0]), "1", TypeError, "amount must be a number, got str"),
        (leaf([1.0]), True, TypeError, "amount must be a number, got bool"),
    ],
)
def test_what_it_refuses_changes_nothing(second, amount, error, message):
    first = leaf([3.0])
    with pytest.raises(error, match=message):
        proximal_l1_([first, second], amount)
    assert first.item() == 3


def test_parameters_must_be_iterable():
    with pytest.raises(TypeError, match="parameters must be Tensors, got int"):
        proximal_l1_(3, 1.0)
