"""What is particular about Adagrad."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import Adagrad

GRADIENT = np.array([1e-3, -2.0, 5e4])


def after(steps, grad=GRADIENT, **options):
    parameter = Tensor(np.zeros_like(grad), requires_grad=True)
    optimizer = Adagrad([parameter], **options)
    for _ in range(steps):
        parameter.grad = grad
        optimizer.step()
    return parameter.data, optimizer


@pytest.mark.parametrize("steps", [1, 2, 50])
def test_with_equal_gradients_step_t_is_lr_over_root_t_long(steps):
    data, _ = after(steps, lr=0.1, eps=0.0)
    length = sum(0.1 / t**0.5 for t in range(1, steps + 1))
    np.testing.assert_allclose(data, -length * np.sign(GRADIENT), rtol=1e-12)


def test_the_learning_rate_decays_from_the_second_step_on():
    data, _ = after(3, lr=0.1, eps=0.0, lr_decay=0.5)
    length = 0.1 + 0.1 / 1.5 / 2**0.5 + 0.1 / 2 / 3**0.5
    np.testing.assert_allclose(data, -length * np.sign(GRADIENT), rtol=1e-12)


def test_epsilon_stands_outside_the_root():
    data, _ = after(1, np.array([3.0]), lr=1.0, eps=0.75)
    assert data[0] == pytest.approx(-3 / 3.75, rel=1e-12)


def test_the_sum_starts_at_the_value_of_its_group():
    data, optimizer = after(1, np.array([3.0]), initial_accumulator_value=16.0, lr=1.0)
    assert data[0] == pytest.approx(-3 / 5, rel=1e-9)
    assert optimizer.state[0]["sum"] == 25

    a, b = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    group = {"params": [b], "initial_accumulator_value": 4.0}  # torch passes it over
    optimizer = Adagrad([{"params": [a]}, group])
    a.grad = b.grad = np.ones(1, np.float32)
    optimizer.step()
    assert [optimizer.state[i]["sum"].item() for i in (0, 1)] == [1, 5]


def test_a_rare_gradient_gets_a_longer_step():
    parameter = Tensor(np.zeros(2), requires_grad=True)
    optimizer = Adagrad([parameter], lr=0.1)
    for step in range(1, 26):
        before = parameter.data.copy()
        parameter.grad = np.array([1.0, 1.0 if step == 25 else 0.0])
        optimizer.step()
    often, rarely = before - parameter.data
    assert rarely == pytest.approx(5 * often, rel=1e-9)
