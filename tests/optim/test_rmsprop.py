"""What is particular about RMSprop."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import RMSprop

GRADIENT = np.array([1e-3, -2.0, 5e4])


def lengths(steps, grad=GRADIENT, **options):
    """Return how far each step goes against the gradient's sign."""
    parameter = Tensor(np.zeros_like(grad), requires_grad=True)
    optimizer = RMSprop([parameter], **options)
    moves = []
    for _ in range(steps):
        before = parameter.data.copy()
        parameter.grad = grad
        optimizer.step()
        moves.append((before - parameter.data) * np.sign(grad))
    return np.array(moves), optimizer


@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.99])
def test_the_bias_of_the_start_is_not_corrected(alpha):
    found, _ = lengths(20, lr=0.1, alpha=alpha, eps=0.0)
    expected = 0.1 / np.sqrt(1 - alpha ** np.arange(1.0, 21))
    np.testing.assert_allclose(found, expected[:, None] * np.ones(3), rtol=1e-11)


def test_the_first_step_is_ten_learning_rates_with_the_defaults():
    found, _ = lengths(1)
    np.testing.assert_allclose(found[0, 1:], 0.1, rtol=1e-6)


def test_epsilon_stands_outside_the_root():
    found, _ = lengths(1, np.array([4.0]), lr=1.0, alpha=0.75, eps=3.0)
    assert found[0, 0] == pytest.approx(4 / (2 + 3), rel=1e-12)


def test_centered_divides_by_the_running_standard_deviation():
    found, _ = lengths(10, lr=0.1, alpha=0.5, eps=0.0, centered=True)
    share = 0.5 ** np.arange(1.0, 11)  # what the past weighs after t steps
    expected = 0.1 / np.sqrt((1 - share) * share)
    np.testing.assert_allclose(found, expected[:, None] * np.ones(3), rtol=1e-10)


def test_a_variance_rounded_below_0_counts_as_0():
    """Where torch ends in nan."""
    grad = np.linspace(0.1, 3, 50, dtype=np.float32)
    _, optimizer = lengths(300, grad, alpha=0.9, centered=True)
    state = optimizer.state[0]
    assert (state["square_avg"] < state["grad_avg"] ** 2).any()  # the case exists
    assert np.isfinite(optimizer.param_groups[0]["params"][0].data).all()


def test_momentum_sums_the_scaled_steps():
    found, _ = lengths(3, np.array([2.0]), lr=0.1, alpha=0.0, eps=0.0, momentum=0.5)
    np.testing.assert_allclose(found[:, 0], [0.1, 0.15, 0.175], rtol=1e-12)


def test_momentum_and_centering_may_be_switched_on_later():
    parameter = Tensor(np.zeros(1), requires_grad=True)
    optimizer = RMSprop([parameter], lr=0.1)
    parameter.grad = np.ones(1)
    optimizer.step()
    assert set(optimizer.state[0]) == {"step", "square_avg"}
    optimizer.param_groups[0].update(momentum=0.5, centered=True)
    optimizer.step()
    np.testing.assert_allclose(optimizer.state[0]["grad_avg"], 0.01)
    assert optimizer.state[0]["momentum_buffer"] > 0
    assert optimizer.state[0]["step"] == 2
