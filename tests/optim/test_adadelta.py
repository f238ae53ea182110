"""What is particular about Adadelta."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import Adadelta

GRADIENT = np.array([1e-3, -2.0, 5e4])


def after(steps, grad=GRADIENT, **options):
    parameter = Tensor(np.zeros_like(grad), requires_grad=True)
    optimizer = Adadelta([parameter], **options)
    for _ in range(steps):
        parameter.grad = grad
        optimizer.step()
    return parameter.data, optimizer


def test_two_steps_by_hand():
    """rho 3/4 and eps 12 make both roots whole numbers."""
    data, optimizer = after(1, np.array([4.0]), rho=0.75, eps=12.0)
    first = 4 * np.sqrt(12) / np.sqrt(0.25 * 16 + 12)
    assert data[0] == pytest.approx(-first, rel=1e-12)
    assert optimizer.state[0]["square_avg"][0] == pytest.approx(4, rel=1e-12)
    assert optimizer.state[0]["acc_delta"][0] == pytest.approx(3, rel=1e-12)
    data, optimizer = after(2, np.array([4.0]), rho=0.75, eps=12.0)
    second = 4 * np.sqrt(3 + 12) / np.sqrt(0.75 * 4 + 4 + 12)
    assert data[0] == pytest.approx(-first - second, rel=1e-12)
    assert optimizer.state[0]["step"] == 2


def test_the_first_step_is_small_for_any_gradient():
    data, _ = after(1)
    length = np.sqrt(1e-6 / (1 - 0.9))
    np.testing.assert_allclose(data[1:], -length * np.sign(GRADIENT[1:]), rtol=1e-5)


def test_steps_grow_under_a_steady_gradient():
    positions = [after(steps)[0][1] for steps in range(5)]
    assert (np.diff(np.diff(positions)) > 0).all()


def test_the_learning_rate_is_a_factor_on_the_same_steps():
    whole, _ = after(7)
    half, _ = after(7, lr=0.5)
    np.testing.assert_allclose(half, whole / 2, rtol=1e-12)


def test_rho_1_is_gradient_descent():
    data, _ = after(3, rho=1.0)
    np.testing.assert_allclose(data, -3 * GRADIENT, rtol=1e-12)


def test_without_epsilon_nothing_ever_moves():
    data, _ = after(5, eps=0.0)
    np.testing.assert_array_equal(data, 0)
