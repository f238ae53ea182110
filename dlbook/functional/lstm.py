"""Long short-term memory: one step, and a whole layer fused over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor, split
from dlbook.functional.activations import sigmoid, tanh
from dlbook.functional.linear import linear
from dlbook.functional.recurrent_arguments import (
    check_recurrent,
    pair_of_states,
    zeros,
)
from dlbook.functional.sequence_lengths import Packing, check_lengths

__all__ = ["lstm", "lstm_cell"]


def lstm_cell(
    x: Tensor,
    hx: tuple[Tensor | None, Tensor | None] | None,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    weight_hr: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Compute one step of an LSTM, composed of operations on tensors.

    .. math::
        \begin{aligned}
        a &= W_{ih}\, x + b_{ih} + W_{hh}\, h + b_{hh} = (a^i, a^f, a^g, a^o) \\
        i &= \sigma(a^i), \quad f = \sigma(a^f), \quad
        g = \tanh a^g, \quad o = \sigma(a^o) \\
        c' &= f \odot c + i \odot g \\
        h' &= o \odot \tanh c'
        \end{aligned}

    Parameters
    ----------
    x : Tensor, shape (N, D) or (D,)
        The input of this step.
    hx : tuple of Tensor (h, c), shape (N, H) or (H,) each, or None
        Hidden state and cell state before; None, for both or for one, is zeros. With
        `weight_hr` h has P numbers in place of H.
    weight_ih : Tensor, shape (4H, D)
        H rows each for the input gate i, the forget gate f, the candidate g and the
        output gate o.
    weight_hh : Tensor, shape (4H, H), or (4H, P)
    bias_ih, bias_hh : Tensor, shape (4H,), optional
    weight_hr : Tensor, shape (P, H), optional
        A projection of the hidden state: :math:`h' = W_{hr} (o \odot \tanh c')`.

    Returns
    -------
    tuple of Tensor (h', c'), of the shapes of h and c

    Raises
    ------
    TypeError
        If an argument is no Tensor of floats, `hx` no pair, or the dtypes differ.
    ValueError
        If the shapes do not fit.

    References
    ----------
    See `lstm`.
    """
    h, c = pair_of_states(hx, "lstm_cell")
    weights = (weight_ih, weight_hh, bias_ih, bias_hh, weight_hr)
    check_recurrent("lstm_cell", x, {"h": h, "c": c}, weights, gates=4, cell=True)
    hidden, size = len(weight_hh) // 4, weight_hh.shape[1]
    h = zeros(*x.shape[:-1], size, like=x) if h is None else h
    c = zeros(*x.shape[:-1], hidden, like=x) if c is None else c
    a = linear(x, weight_ih, bias_ih) + linear(h, weight_hh, bias_hh)
    i, f, g, o = split(a, hidden, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    h = sigmoid(o) * tanh(c)
    return (h if weight_hr is None else linear(h, weight_hr)), c


def lstm(
    x: Tensor,
    hx: tuple[Tensor | None, Tensor | None] | None,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    weight_hr: Tensor | None = None,
    *,
    lengths: Any = None,
    reverse: bool = False,
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    r"""Run one LSTM layer in one direction over whole sequences.

    For every sequence and every step t, from :math:`h_0` and :math:`c_0`,

    .. math::
        \begin{aligned}
        a_t &= W_{ih}\, x_t + b_{ih} + W_{hh}\, h_{t-1} + b_{hh}
        && (1) \\
        i_t &= \sigma(a_t^i), \; f_t = \sigma(a_t^f), \;
        g_t = \tanh a_t^g, \; o_t = \sigma(a_t^o)
        && (2) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t
        && (3) \\
        h_t &= o_t \odot \tanh c_t
        && (4)
        \end{aligned}

    and back from the last step, where :math:`\bar h_t` and :math:`\bar c_t` begin as
    what comes from outside and what (7) has brought from step t + 1:

    .. math::
        \begin{aligned}
        \bar c_t &\mathrel{+}= \bar h_t \odot o_t \odot (1 - \tanh^2 c_t)
        && (5) \\
        \bar a_t^i &= \bar c_t \odot g_t \odot i_t \odot (1 - i_t), \quad
        \bar a_t^f = \bar c_t \odot c_{t-1} \odot f_t \odot (1 - f_t) \\
        \bar a_t^g &= \bar c_t \odot i_t \odot (1 - g_t^2), \quad
        \bar a_t^o = \bar h_t \odot \tanh c_t \odot o_t \odot (1 - o_t)
        && (6) \\
        \bar h_{t-1} &\mathrel{+}= W_{hh}^\top \bar a_t, \quad
        \bar c_{t-1} = \bar c_t \odot f_t
        && (7) \\
        \bar x_t &= W_{ih}^\top \bar a_t, \quad
        \bar W_{ih} = \sum_t \bar a_t x_t^\top, \quad
        \bar W_{hh} = \sum_t \bar a_t h_{t-1}^\top, \quad
        \bar b = \sum_t \bar a_t
        && (8)
        \end{aligned}

    Parameters
    ----------
    x : Tensor, shape (T, N, D), or (T, D) for a single sequence
        T steps, time first; N sequences; D numbers a step.
    hx : tuple of Tensor (h0, c0), shape (N, H) or (H,) each, or None
        Hidden state and cell state at the start; None, for both or for one, is zeros.
        With `weight_hr` h0 has P numbers in place of H.
    weight_ih : Tensor, shape (4H, D)
        H rows each for the input gate i, the forget gate f, the candidate g and the
        output gate o.
    weight_hh : Tensor, shape (4H, H), or (4H, P)
    bias_ih, bias_hh : Tensor, shape (4H,), optional
    weight_hr : Tensor, shape (P, H), optional
        A projection: (4) becomes :math:`h_t = W_{hr} (o_t \odot \tanh c_t)`.
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
        :math:`h_t` of every step; P in place of H with a projection.
    (h_n, c_n) : tuple of Tensor, shape (N, H) or (H,) each
        The states after the last computed step.

    Raises
    ------
    TypeError
        If an argument is no Tensor of floats, `hx` is no pair, the dtypes differ, or
        `lengths` holds no integers.
    ValueError
        If the shapes do not fit, there is no step, or `lengths` is not (N,), holds a
        number outside 1..T, or comes with a single sequence.

    Notes
    -----
    A step costs one product, and the products that do not depend on the recursion, the
    input's part of (1) and all of (8), are one each for all steps. Memory grows
    linearly in T: a training step holds at most 14H + D numbers for each step of each
    sequence, 8H of them from the forward to the backward pass; with `lengths` at most
    2H + 2D + 24 more. Where no gradient is wanted, the results alone are kept.

    References
    ----------
    Hochreiter & Schmidhuber (1997), *Long short-term memory*, whose :math:`y^{c_j}` is
    our h and :math:`s_{c_j}` our c; the forget gate: Gers, Schmidhuber & Cummins
    (2000), *Learning to forget*; the projection: Sak, Senior & Beaufays (2014),
    arXiv:1402.1128, equation (7).
    """
    h0, c0 = pair_of_states(hx, "lstm")
    weights = (weight_ih, weight_hh, bias_ih, bias_hh, weight_hr)
    check_recurrent("lstm", x, {"h0": h0, "c0": c0}, weights, gates=4)
    lengths = check_lengths("lstm", lengths, x.shape)
    if x.ndim == 2:  # a single sequence is a batch of one
        hx = tuple(s if s is None else s.unsqueeze(0) for s in (h0, c0))
        output, (h_n, c_n) = lstm(x.unsqueeze(1), hx, *weights, reverse=reverse)
        return output.squeeze(1), (h_n.squeeze(0), c_n.squeeze(0))
    samples, hidden, size = x.shape[1], len(weight_hh) // 4, weight_hh.shape[1]
    h0 = zeros(samples, size, like=x) if h0 is None else h0
    c0 = zeros(samples, hidden, like=x) if c0 is None else c0
    packing = Packing(x.shape[:2], lengths, reverse)
    rows = packing.pack(x.data)  # (total, D); without lengths total = T N

    # (1), the input's part, for all steps at once. In (2) one tanh serves four gates,
    # for sigmoid(a) = (1 + tanh(a / 2)) / 2; the weights are halved in place of a
    scale = np.repeat(np.array([0.5, 0.5, 1, 0.5], x.dtype), hidden)
    shift = 1 - scale
    gates = rows @ (weight_ih.data.T * scale)  # (total, 4H)
    gates += sum(b.data for b in (bias_ih, bias_hh) if b is not None) * scale
    recurrent = np.ascontiguousarray(weight_hh.data.T) * scale  # (P, 4H)
    i, f, g, o = np.split(gates, 4, axis=1)  # views, (total, H) each
    states = packing.room_for_states(h0.data)  # (N + total, P); P = H if not projected
    cells = packing.room_for_states(c0.data)  # (N + total, H)
    h, c = states[packing.computed], cells[packing.computed]  # views: without h0, c0
    tanh_c = np.empty_like(c)
    for now, before in packing.steps:
        gate, cell = gates[now], c[now]
        gate += states[before] @ recurrent  # (1)
        np.tanh(gate, out=gate)  # (2)
        gate *= scale
        gate += shift
        np.multiply(f[now], cells[before], out=cell)  # (3)
        cell += i[now] * g[now]
        np.tanh(cell, out=tanh_c[now])
        if weight_hr is None:
            np.multiply(o[now], tanh_c[now], out=h[now])  # (4)
        else:
            np.matmul(o[now] * tanh_c[now], weight_hr.data.T, out=h[now])

    def backward(grad_out):
        grad_output = packing.pack(grad_out[: -c0.size].reshape(*x.shape[:2], size))
        grad_h = np.zeros_like(h0.data)
        grad_c = packing.sort(grad_out[-c0.size :].reshape(c0.shape))
        # for all steps at once, the factors of (6) and (5) without dc and dh
        grads = 1 - gates  # (total, 4H)
        grads *= gates
        grad_i, grad_f, grad_g, grad_o = np.split(grads, 4, axis=1)
        np.multiply(g, g, out=grad_g)
        np.subtract(1, grad_g, out=grad_g)
        grad_i *= g
        grad_f *= cells[packing.before]
        grad_g *= i
        grad_o *= tanh_c
        to_c = tanh_c * tanh_c
        np.subtract(1, to_c, out=to_c)
        to_c *= o
        by_gate = grads.reshape(packing.total, 4, hidden)
        grad_projected = None if weight_hr is None else np.empty_like(h)
        for now, _ in reversed(packing.steps):
            gate = by_gate[now]
            dh, dc = grad_h[: len(gate)], grad_c[: len(gate)]
            dh += grad_output[now]
            if weight_hr is None:
                through = dh
            else:
                grad_projected[now] = dh
                through = dh @ weight_hr.data
            dc += through * to_c[now]  # (5)
            gate[:, :3] *= dc[:, None]  # (6)
            gate[:, 3] *= through
            np.matmul(grads[now], weight_hh.data, out=dh)  # (7)
            dc *= f[now]
        grad_bias = np.ones(packing.total, x.dtype) @ grads  # (8)
        result = (
            packing.unpack(grads @ weight_ih.data) if x.requires_grad else None,
            packing.unsort(grad_h),
            packing.unsort(grad_c),
            grads.T @ rows if weight_ih.requires_grad else None,
            grads.T @ states[packing.before] if weight_hh.requires_grad else None,
            grad_bias,
            grad_bias,
            None if weight_hr is None else grad_projected.T @ (o * tanh_c),
        )
        return tuple(d for p, d in zip(inputs, result, strict=True) if p is not None)

    # one operation, whose two results lie behind each other in one array
    inputs = (x, h0, c0, *weights)
    parents = tuple(p for p in inputs if p is not None)
    output, c_n = packing.unpack(h), cells[packing.last]
    both = np.concatenate([output.ravel(), c_n.ravel()])
    both = Tensor.from_op(both, parents, backward, "lstm")
    output = both[: output.size].reshape(*output.shape)
    return output, (packing.final(output), both[output.size :].reshape(*c_n.shape))
