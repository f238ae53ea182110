"""The passes of an Elman network through time, forward and back, with all numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Passes:
    """All numbers of the way forward and back, for one recurrent weight.

    Attributes
    ----------
    from_input, from_state, sums : ndarray, shape (T, 2)
        W_ih x_t, W_hh h_{t-1}, and with the bias their sum z_t.
    states : ndarray, shape (T + 1, 2)
        h_0 = 0 and what follows.
    grads : ndarray, shape (T + 1, 2)
        Gradient of the score with respect to each state.
    deltas : ndarray, shape (T, 2)
        Gradient of the score with respect to each sum.
    jacobians : ndarray, shape (T + 1, 2, 2)
        Of the last state with respect to each state.
    weight_grads : ndarray, shape (T + 1, 2, 2)
        What the steps after each state add to the gradient of W_hh.
    """

    from_input: np.ndarray
    from_state: np.ndarray
    sums: np.ndarray
    states: np.ndarray
    grads: np.ndarray
    deltas: np.ndarray
    jacobians: np.ndarray
    weight_grads: np.ndarray


def passes(
    x: np.ndarray, w_ih: np.ndarray, w_hh: np.ndarray, b: np.ndarray, v: np.ndarray
) -> Passes:
    """Run forward and back through time, and keep every number on the way.

    Parameters
    ----------
    x : ndarray, shape (T, D)
    w_ih, w_hh : ndarray, shapes (H, D) and (H, H)
    b, v : ndarray, shape (H,)
    """
    steps, units = len(x), len(b)
    from_input, from_state = x @ w_ih.T, np.zeros((steps, units))
    sums, states = np.zeros((steps, units)), np.zeros((steps + 1, units))
    for t in range(steps):
        from_state[t] = w_hh @ states[t]
        sums[t] = from_input[t] + from_state[t] + b
        states[t + 1] = np.tanh(sums[t])
    grads, deltas = np.zeros((steps + 1, units)), np.zeros((steps, units))
    jacobians = np.zeros((steps + 1, units, units))
    weight_grads = np.zeros_like(jacobians)
    grads[-1], jacobians[-1] = v, np.eye(units)
    for t in reversed(range(steps)):
        slope = 1 - states[t + 1] ** 2
        deltas[t] = grads[t + 1] * slope
        grads[t] = w_hh.T @ deltas[t]
        jacobians[t] = jacobians[t + 1] @ (slope[:, np.newaxis] * w_hh)
        weight_grads[t] = weight_grads[t + 1] + np.outer(deltas[t], states[t])
    return Passes(
        from_input, from_state, sums, states, grads, deltas, jacobians, weight_grads
    )
