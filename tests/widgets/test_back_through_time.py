"""The passes through time: every number again, by torch or in closed form."""

import numpy as np
import pytest
import torch

from dlbook.widgets.back_through_time import passes

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("steps", "inputs", "units"), [(1, 1, 2), (6, 2, 2), (4, 3, 5)]
)
def test_all_numbers_are_those_of_torch(steps, inputs, units):
    x, w_ih = RNG.normal(size=(steps, inputs)), RNG.normal(size=(units, inputs))
    w_hh = RNG.normal(size=(units, units))
    b, v = RNG.normal(size=(2, units))
    run = passes(x, w_ih, w_hh, b, v)
    weight = torch.tensor(w_hh, requires_grad=True)
    states = [torch.zeros(units, dtype=torch.float64, requires_grad=True)]
    sums = []
    for t in range(steps):
        from_input = torch.tensor(w_ih @ x[t])
        from_state = weight @ states[-1]
        np.testing.assert_allclose(run.from_input[t], from_input)
        np.testing.assert_allclose(run.from_state[t], from_state.detach())
        sums.append(from_input + from_state + torch.tensor(b))
        states.append(sums[-1].tanh())
    np.testing.assert_allclose(run.sums, torch.stack(sums).detach())
    np.testing.assert_allclose(run.states, torch.stack(states).detach())
    score = states[-1] @ torch.tensor(v)
    grads = torch.autograd.grad(score, [*states, *sums, weight], retain_graph=True)
    np.testing.assert_allclose(run.grads, torch.stack(grads[: steps + 1]))
    np.testing.assert_allclose(run.deltas, torch.stack(grads[steps + 1 : -1]))
    np.testing.assert_allclose(run.weight_grads[0], grads[-1])
    np.testing.assert_array_equal(run.weight_grads[-1], 0 * w_hh)
    for t, h in enumerate(states):
        rows = [
            torch.autograd.grad(states[-1][i], h, retain_graph=True)[0]
            for i in range(units)
        ]
        np.testing.assert_allclose(run.jacobians[t], torch.stack(rows), atol=1e-14)


def test_without_saturation_the_gradient_changes_by_the_radius_each_step():
    turn, v = np.array([[0.0, -1.0], [1.0, 0.0]]), np.array([1.0, -0.5])
    for r in (0.5, 1.5):
        run = passes(np.zeros((6, 1)), np.ones((2, 1)), r * turn, np.zeros(2), v)
        norms = np.linalg.norm(run.grads, axis=1)
        np.testing.assert_allclose(norms, norms[-1] * r ** np.arange(6, -1, -1))
