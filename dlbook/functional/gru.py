"""Gated recurrent unit: one step, and a whole layer fused over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor, split
from dlbook.functional.activations import sigmoid, tanh
from dlbook.functional.linear import linear
from dlbook.functional.recurrent_arguments import check_recurrent, zeros
from dlbook.functional.sequence_lengths import Packing, check_lengths

__all__ = ["gru", "gru_cell"]


def gru_cell(
    x: Tensor,
    h: Tensor | None,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
) -> Tensor:
    r"""Compute one step of a GRU, composed of operations on tensors.

    .. math::
        \begin{aligned}
        r &= \sigma(W_{ir}\, x + b_{ir} + W_{hr}\, h + b_{hr}) \\
        z &= \sigma(W_{iz}\, x + b_{iz} + W_{hz}\, h + b_{hz}) \\
        n &= \tanh(W_{in}\, x + b_{in} + r \odot (W_{hn}\, h + b_{hn})) \\
        h' &= (1 - z) \odot n + z \odot h
        \end{aligned}

    Parameters
    ----------
    x : Tensor, shape (N, D) or (D,)
        The input of this step.
    h : Tensor, shape (N, H) or (H,), or None
        The state before; None is zeros.
    weight_ih : Tensor, shape (3H, D)
        H rows each for the reset gate r, the update gate z and the candidate n.
    weight_hh : Tensor, shape (3H, H)
    bias_ih, bias_hh : Tensor, shape (3H,), optional

    Returns
    -------
    Tensor, shape of h

    Raises
    ------
    TypeError
        If an argument is no Tensor of floats, or the dtypes differ.
    ValueError
        If the shapes do not fit.

    References
    ----------
    See `gru`.
    """
    weights = (weight_ih, weight_hh, bias_ih, bias_hh)
    check_recurrent("gru_cell", x, {"h": h}, weights, gates=3, cell=True)
    hidden = len(weight_hh) // 3
    h = zeros(*x.shape[:-1], hidden, like=x) if h is None else h
    r_x, z_x, n_x = split(linear(x, weight_ih, bias_ih), hidden, axis=-1)
    r_h, z_h, n_h = split(linear(h, weight_hh, bias_hh), hidden, axis=-1)
    r, z = sigmoid(r_x + r_h), sigmoid(z_x + z_h)
    n = tanh(n_x + r * n_h)
    return (1 - z) * n + z * h


def gru(
    x: Tensor,
    h0: Tensor | None,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    *,
    lengths: Any = None,
    reverse: bool = False,
) -> tuple[Tensor, Tensor]:
    r"""Run one GRU layer in one direction over whole sequences.

    For every sequence and every step t, from :math:`h_0`,

    .. math::
        \begin{aligned}
        r_t &= \sigma(W_{ir}\, x_t + b_{ir} + W_{hr}\, h_{t-1} + b_{hr})
        && (1) \\
        z_t &= \sigma(W_{iz}\, x_t + b_{iz} + W_{hz}\, h_{t-1} + b_{hz})
        && (2) \\
        q_t &= W_{hn}\, h_{t-1} + b_{hn}, \quad
        n_t = \tanh(W_{in}\, x_t + b_{in} + r_t \odot q_t)
        && (3) \\
        h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1}
        && (4)
        \end{aligned}

    and back from the last step, where :math:`\bar h_t` begins as what comes from
    outside and what (6) has brought from step t + 1, with :math:`a^r_t` for what the
    sigmoid of (1) is taken of, and likewise :math:`a^z_t` and :math:`a^n_t`:

    .. math::
        \begin{aligned}
        \bar a^n_t &= \bar h_t \odot (1 - z_t) \odot (1 - n_t^2), \quad
        \bar q_t = \bar a^n_t \odot r_t \\
        \bar a^r_t &= \bar a^n_t \odot q_t \odot r_t \odot (1 - r_t) \\
        \bar a^z_t &= \bar h_t \odot (h_{t-1} - n_t) \odot z_t \odot (1 - z_t)
        && (5) \\
        \bar h_{t-1} &\mathrel{+}= z_t \odot \bar h_t
        + W_{hh}^\top (\bar a^r_t, \bar a^z_t, \bar q_t)
        && (6) \\
        \bar x_t &= W_{ih}^\top (\bar a^r_t, \bar a^z_t, \bar a^n_t)
        && (7)
        \end{aligned}

    The gradients of weights and biases are sums over the steps of the same two vectors,
    for :math:`W_{hh}` times :math:`h_{t-1}^\top`, for :math:`W_{ih}` times
    :math:`x_t^\top` (8).

    Parameters
    ----------
    x : Tensor, shape (T, N, D), or (T, D) for a single sequence
        T steps, time first; N sequences; D numbers a step.
    h0 : Tensor, shape (N, H) or (H,), or None
        The state at the start; None is zeros.
    weight_ih : Tensor, shape (3H, D)
        H rows each for the reset gate r, the update gate z and the candidate n.
    weight_hh : Tensor, shape (3H, H)
    bias_ih, bias_hh : Tensor, shape (3H,), optional
    lengths : array_like or Tensor of int, shape (N,), optional
        Steps of each sequence, in 1..T, in any order. What stands in x after them, the
        padding, is never read: the output there is 0, and so is the gradient, and the
        final state is that of the sequence's own last step. As if torch's
        ``pack_padded_sequence`` and ``pad_packed_sequence`` stood around the layer.
    reverse : bool
        Run from each sequence's last step to its first. The output stays in the order
        of time, and the final state is the one after the first step.

    Returns
    -------
    output : Tensor, shape (T, N, H) or (T, H)
        :math:`h_t` of every step.
    h_n : Tensor, shape (N, H) or (H,)
        The state after the last computed step.

    Raises
    ------
    TypeError
        If an argument is no Tensor of floats, the dtypes differ, or `lengths` holds
        no integers.
    ValueError
        If the shapes do not fit, there is no step, or `lengths` is not (N,), holds
        a number outside 1..T, or comes with a single sequence.

    Notes
    -----
    A step costs one product, and the products that do not depend on the recursion are
    one each for all steps. Memory grows linearly in T: a training step holds
    at most 10H + D numbers for each step of each sequence, 5H of them from the forward
    to the backward pass; with `lengths` at most 2H + 2D + 24 more. Where no gradient is
    wanted, the results alone are kept.

    References
    ----------
    Cho et al. (2014), *Learning phrase representations using RNN encoder-decoder*,
    arXiv:1406.1078, equations (5) to (8). There the reset gate multiplies h before the
    product with :math:`W_{hn}`; here, as in torch and cuDNN, :math:`q_t` after it.
    """
    weights = (weight_ih, weight_hh, bias_ih, bias_hh)
    check_recurrent("gru", x, {"h0": h0}, weights, gates=3)
    lengths = check_lengths("gru", lengths, x.shape)
    if x.ndim == 2:  # a single sequence is a batch of one
        h0 = h0 if h0 is None else h0.unsqueeze(0)
        output, h_n = gru(x.unsqueeze(1), h0, *weights, reverse=reverse)
        return output.squeeze(1), h_n.squeeze(0)
    samples, hidden = x.shape[1], len(weight_hh) // 3
    h0 = zeros(samples, hidden, like=x) if h0 is None else h0
    packing = Packing(x.shape[:2], lengths, reverse)
    rows = packing.pack(x.data)  # (total, D); without lengths total = T N

    # the input's part of (1) to (3) for all steps at once. One tanh serves r and z, for
    # sigmoid(a) = (1 + tanh(a / 2)) / 2; the weights are halved in place of a
    scale = np.repeat(np.array([0.5, 0.5, 1], x.dtype), hidden)
    gates = rows @ (weight_ih.data.T * scale)  # (total, 3H)
    if bias_ih is not None:
        gates += bias_ih.data * scale
    recurrent = np.ascontiguousarray(weight_hh.data.T) * scale  # (H, 3H)
    recurrent_bias = np.zeros_like(scale) if bias_hh is None else bias_hh.data * scale
    gates[:, : 2 * hidden] += recurrent_bias[: 2 * hidden]
    r, z, n = np.split(gates, 3, axis=1)  # views, (total, H) each
    states = packing.room_for_states(h0.data)  # (N + total, H)
    h = states[packing.computed]  # view: without h0
    q = np.empty_like(h)
    for now, before in packing.steps:
        gate, candidate = gates[now, : 2 * hidden], n[now]
        product = states[before] @ recurrent
        gate += product[:, : 2 * hidden]  # (1), (2)
        np.tanh(gate, out=gate)
        gate *= 0.5
        gate += 0.5
        np.add(product[:, 2 * hidden :], recurrent_bias[2 * hidden :], out=q[now])
        candidate += r[now] * q[now]  # (3)
        np.tanh(candidate, out=candidate)
        state = np.subtract(states[before], candidate, out=h[now])
        state *= z[now]  # (4), as n + z (h - n)
        state += candidate

    def backward(grad_out):
        grad_output = packing.pack(grad_out)
        grad_h = np.zeros_like(h0.data)
        # for all steps at once, the factors of (5) without dh: all four contain it
        grads = np.empty((packing.total, 4 * hidden), x.dtype)
        grad_n, grad_r, grad_z, grad_q = np.split(grads, 4, axis=1)
        closed = 1 - z
        np.multiply(n, n, out=grad_n)
        np.subtract(1, grad_n, out=grad_n)
        grad_n *= closed
        np.multiply(grad_n, r, out=grad_q)
        np.subtract(1, r, out=grad_r)
        grad_r *= q
        grad_r *= grad_q
        np.subtract(states[packing.before], n, out=grad_z)
        grad_z *= z
        grad_z *= closed
        by_gate = grads.reshape(packing.total, 4, hidden)
        for_h = grads[:, hidden:]  # r, z, q: what W_hh h went into, in W_hh's order
        for_x = grads[:, : 3 * hidden]  # n, r, z: what W_ih x went into
        for now, _ in reversed(packing.steps):
            gate = by_gate[now]
            dh = grad_h[: len(gate)]
            dh += grad_output[now]
            gate *= dh[:, None]  # (5)
            dh *= z[now]  # (6)
            dh += for_h[now] @ weight_hh.data
        ones = np.ones(packing.total, x.dtype)
        grad_x = grad_weight_ih = grad_weight_hh = None
        if x.requires_grad:  # (7)
            grad_x = packing.unpack(for_x @ np.roll(weight_ih.data, hidden, axis=0))
        if weight_ih.requires_grad:  # (8), back in the order r, z, n
            grad_weight_ih = np.roll(for_x.T @ rows, -hidden, axis=0)
        if weight_hh.requires_grad:
            grad_weight_hh = for_h.T @ states[packing.before]
        result = (
            grad_x,
            packing.unsort(grad_h),
            grad_weight_ih,
            grad_weight_hh,
            np.roll(ones @ for_x, -hidden),
            ones @ for_h,
        )
        return tuple(d for p, d in zip(inputs, result, strict=True) if p is not None)

    inputs = (x, h0, *weights)
    parents = tuple(p for p in inputs if p is not None)
    output = Tensor.from_op(packing.unpack(h), parents, backward, "gru")
    return output, packing.final(output)
