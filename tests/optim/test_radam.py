"""What is particular about RAdam."""

import math

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import Adam, RAdam
from dlbook.optim.radam import rectification

GRADIENT = np.array([1e-3, -2.0, 5e4])


def moves(steps, grad=GRADIENT, kind=RAdam, start=0.0, **options):
    parameter = Tensor(np.full_like(grad, start), requires_grad=True)
    optimizer = kind([parameter], **options)
    positions = [parameter.data.copy()]
    for _ in range(steps):
        parameter.grad = grad
        optimizer.step()
        positions.append(parameter.data.copy())
    return np.diff(positions, axis=0)


def test_division_begins_at_step_6_with_the_defaults():
    """Before, steps follow the mean of the gradients; then their sign."""
    found = moves(7, lr=0.01, eps=0.0)
    np.testing.assert_allclose(found[:5], [-0.01 * GRADIENT] * 5, rtol=1e-9)
    for step in (6, 7):
        expected = -0.01 * rectification(step, 0.999) * np.sign(GRADIENT)
        np.testing.assert_allclose(found[step - 1], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("beta2", "first"), [(0.7, 10), (0.9, 6), (0.99, 6), (0.9999, 6)]
)
def test_the_first_step_with_a_factor(beta2, first):
    assert [rectification(t, beta2) is None for t in (first - 1, first)] == [
        True,
        False,
    ]


@pytest.mark.parametrize("beta2", [0.0, 0.5, 0.6, 2 / 3])
def test_a_short_memory_never_divides(beta2):
    """The longest mean has 2 / (1 - beta2) - 1 gradients: 5 at most."""
    assert all(rectification(t, beta2) is None for t in (1, 2, 10, 1000))


@pytest.mark.parametrize("beta2", [0.8, 0.99, 0.999])
def test_the_factor_grows_towards_1(beta2):
    factors = [rectification(t, beta2) for t in range(20, 2000, 20)]
    assert (np.diff(factors) >= 0).all()
    assert 0 < factors[0] < factors[5] < 1
    assert rectification(10**5, beta2) == pytest.approx(1, abs=1e-12)


def test_the_factor_is_the_ratio_of_the_paper():
    """With beta2 = 0.9, rho at step 10 from its definition."""
    longest = 19.0
    rho = longest - 20 * 0.9**10 / (1 - 0.9**10)
    expected = (rho - 4) * (rho - 2) * longest / ((19 - 4) * (19 - 2) * rho)
    assert rectification(10, 0.9) == pytest.approx(math.sqrt(expected), rel=1e-12)


def test_at_last_it_is_adam():
    options = {"lr": 0.1, "betas": (0.8, 0.9), "eps": 0.0}
    np.testing.assert_allclose(
        moves(400, **options)[-1], moves(400, kind=Adam, **options)[-1], rtol=1e-9
    )


def test_epsilon_is_added_to_the_uncorrected_root():
    betas, steps = (0.0, 0.9), 8
    found = moves(steps, np.array([3.0]), lr=1.0, betas=betas, eps=0.75)[-1, 0]
    correction = math.sqrt(1 - 0.9**steps)
    adaptive = correction / (3 * correction + 0.75)
    expected = -3 * rectification(steps, 0.9) * adaptive
    assert found == pytest.approx(expected, rel=1e-12)


def test_decoupled_decay_shrinks_the_parameter_before_the_step():
    options = {"lr": 0.1, "weight_decay": 0.5}
    plain = moves(1, lr=0.1)[0]
    decoupled = moves(1, start=1.0, decoupled_weight_decay=True, **options)[0]
    np.testing.assert_allclose(decoupled, plain - 0.1 * 0.5, rtol=1e-10)
