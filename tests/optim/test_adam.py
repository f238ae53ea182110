"""What is particular about Adam and AdamW."""

import math

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import Adam, AdamW

GRADIENT = np.array([1e-3, -2.0, 5e4])


def after_one_step(kind=Adam, grad=GRADIENT, **options):
    parameter = Tensor(np.ones_like(grad), requires_grad=True)
    parameter.grad = grad
    optimizer = kind([parameter], **options)
    optimizer.step()
    return parameter, optimizer


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.9), (0.0, 0.99)])
def test_the_first_step_has_the_length_of_the_learning_rate(betas):
    parameter, _ = after_one_step(lr=0.01, betas=betas, eps=0.0)
    np.testing.assert_allclose(1 - parameter.data, 0.01 * np.sign(GRADIENT), rtol=1e-12)


def test_the_bias_is_corrected_at_every_step():
    """With a constant gradient every step has the same length."""
    parameter = Tensor(np.zeros(1), requires_grad=True)
    optimizer = Adam([parameter], lr=0.1, eps=0.0)
    for step in range(1, 50):
        parameter.grad = np.array([3.0])
        optimizer.step()
        assert parameter.item() == pytest.approx(-0.1 * step, rel=1e-12)


def test_coupled_decay_vanishes_beside_a_large_gradient_and_decoupled_does_not():
    coupled, _ = after_one_step(lr=0.1, weight_decay=0.5, eps=0.0)
    plain, _ = after_one_step(lr=0.1, eps=0.0)
    decoupled, _ = after_one_step(AdamW, lr=0.1, weight_decay=0.5, eps=0.0)
    assert coupled.data[2] == pytest.approx(plain.data[2], abs=1e-12)
    np.testing.assert_allclose(decoupled.data, plain.data - 0.1 * 0.5, rtol=1e-12)


def test_amsgrad_may_be_switched_on_later():
    parameter, optimizer = after_one_step(lr=0.1)
    optimizer.param_groups[0]["amsgrad"] = True
    parameter.grad = GRADIENT / 1e3
    optimizer.step()
    largest = optimizer.state[0]["max_exp_avg_sq"]
    np.testing.assert_array_equal(largest, optimizer.state[0]["exp_avg_sq"])


def test_amsgrad_keeps_the_largest():
    parameter, optimizer = after_one_step(lr=0.1, amsgrad=True, betas=(0.9, 0.5))
    first = optimizer.state[0]["max_exp_avg_sq"].copy()
    parameter.grad = np.zeros(3)
    optimizer.step()
    np.testing.assert_array_equal(optimizer.state[0]["max_exp_avg_sq"], first)
    assert (optimizer.state[0]["exp_avg_sq"] < first).all()


def test_later_steps_allocate_nothing():
    parameter, optimizer = after_one_step(lr=0.1, weight_decay=0.1)
    state = optimizer.state[0]
    kept = {name: id(state[name]) for name in ("exp_avg", "exp_avg_sq")}
    data, memory = parameter.data, dict(optimizer._scratch)
    optimizer.step()
    assert parameter.data is data
    assert {name: id(state[name]) for name in kept} == kept
    assert optimizer._scratch.keys() == memory.keys()
    assert all(optimizer._scratch[key] is memory[key] for key in memory)


def test_a_step_loaded_from_torch_may_be_an_array():
    parameter, optimizer = after_one_step(lr=0.1)
    state = optimizer.state_dict()
    state["state"][0]["step"] = np.asarray(1.0, np.float32)
    optimizer.load_state_dict(state)
    optimizer.step()
    assert optimizer.state[0]["step"] == 2
    assert math.isfinite(parameter.data.sum())


def test_adamw_is_adam_with_decoupled_decay():
    adamw, _ = after_one_step(AdamW, lr=0.1)
    adam, _ = after_one_step(
        Adam, lr=0.1, weight_decay=1e-2, decoupled_weight_decay=True
    )
    np.testing.assert_array_equal(adamw.data, adam.data)
