"""What is particular about NAdam."""

import math

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import Adam, NAdam

GRADIENT = np.array([1e-3, -2.0, 5e4])


def after(steps, grad=GRADIENT, kind=NAdam, start=0.0, **options):
    parameter = Tensor(np.full_like(grad, start), requires_grad=True)
    optimizer = kind([parameter], **options)
    for _ in range(steps):
        parameter.grad = grad
        optimizer.step()
    return parameter.data, optimizer


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
def test_the_first_step(beta1):
    """The new gradient counts once, and again through the momentum to come."""
    data, _ = after(1, lr=0.1, betas=(beta1, 0.99), eps=0.0, momentum_decay=0.3)
    now, later = (beta1 * (1 - 0.96 ** (0.3 * t) / 2) for t in (1, 2))
    length = 0.1 * (1 + later * (1 - beta1) / (1 - now * later))
    np.testing.assert_allclose(data, -length * np.sign(GRADIENT), rtol=1e-12)


def test_a_later_step_with_equal_gradients():
    """m is g (1 - beta1^t) then, and the corrected root of v is |g|."""
    one, two = (after(t, lr=0.1, eps=0.0, momentum_decay=1.0)[0] for t in (6, 7))
    mu = [0.9 * (1 - 0.96**t / 2) for t in range(1, 9)]
    ahead = mu[7] * (1 - 0.9**7) / (1 - math.prod(mu))
    length = 0.1 * (ahead + (1 - mu[6]) / (1 - math.prod(mu[:7])))
    np.testing.assert_allclose(two - one, -length * np.sign(GRADIENT), rtol=1e-11)


def test_the_state_holds_the_product_of_the_momenta():
    _, optimizer = after(3, momentum_decay=0.0)
    assert optimizer.state[0]["mu_product"] == pytest.approx(0.45**3, rel=1e-12)
    assert isinstance(optimizer.state[0]["mu_product"], float)


def test_without_momentum_it_is_adam_without_momentum():
    options = {"lr": 0.1, "betas": (0.0, 0.9), "eps": 0.01, "weight_decay": 0.1}
    ours, _ = after(5, start=1.0, **options)
    adam, _ = after(5, kind=Adam, start=1.0, **options)
    np.testing.assert_allclose(ours, adam, rtol=1e-12)


def test_epsilon_stands_outside_the_corrected_root():
    data, _ = after(1, np.array([3.0]), lr=1.0, betas=(0.0, 0.9), eps=0.75)
    assert data[0] == pytest.approx(-3 / 3.75, rel=1e-12)


def test_decoupled_decay_shrinks_the_parameter_before_the_step():
    plain, _ = after(1, lr=0.1, eps=0.0)
    options = {"lr": 0.1, "eps": 0.0, "weight_decay": 0.5}
    decoupled, _ = after(1, start=1.0, decoupled_weight_decay=True, **options)
    np.testing.assert_allclose(decoupled, 1 - 0.1 * 0.5 + plain, rtol=1e-12)
    coupled, _ = after(1, start=1.0, **options)
    assert coupled[2] == pytest.approx(1 + plain[2], abs=1e-12)
