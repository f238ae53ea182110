"""What is particular about Adamax."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import Adamax

GRADIENT = np.array([1e-3, -2.0, 5e4])


def run(grads, **options):
    parameter = Tensor(np.zeros_like(grads[0]), requires_grad=True)
    optimizer = Adamax([parameter], **options)
    positions = [parameter.data.copy()]
    for grad in grads:
        parameter.grad = grad
        optimizer.step()
        positions.append(parameter.data.copy())
    return np.diff(positions, axis=0), optimizer


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.9), (0.0, 0.0)])
def test_with_equal_gradients_every_step_is_as_long_as_the_learning_rate(betas):
    """From the first on: the bias of the mean is corrected, the maximum has none."""
    moves, _ = run([GRADIENT] * 30, lr=0.01, betas=betas, eps=0.0)
    np.testing.assert_allclose(moves, [-0.01 * np.sign(GRADIENT)] * 30, rtol=1e-11)


def test_an_old_maximum_fades():
    spike = [np.array([-8.0])] + [np.array([1.0])] * 4
    _, optimizer = run(spike, betas=(0.9, 0.5), eps=0.0)
    assert optimizer.state[0]["exp_inf"][0] == 1  # 8, 4, 2, 1, 1
    _, optimizer = run(spike[:3], betas=(0.9, 0.5), eps=0.0)
    assert optimizer.state[0]["exp_inf"][0] == 2


def test_epsilon_is_added_inside_the_maximum():
    moves, optimizer = run([np.array([3.0])], lr=1.0, eps=0.75)
    assert moves[0, 0] == pytest.approx(-3 / 3.75, rel=1e-12)
    assert optimizer.state[0]["exp_inf"][0] == 3.75


def test_a_gradient_of_0_is_no_trouble():
    moves, _ = run([np.zeros(2)] * 3)
    np.testing.assert_array_equal(moves, 0)
