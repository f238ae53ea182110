"""The Elman network: one step, and a whole layer fused over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.activations import relu, tanh
from dlbook.functional.linear import linear
from dlbook.functional.recurrent_arguments import check_recurrent, zeros
from dlbook.functional.sequence_lengths import Packing, check_lengths

__all__ = ["rnn", "rnn_cell"]


def rnn_cell(
    x: Tensor,
    h: Tensor | None,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    *,
    nonlinearity: str = "tanh",
) -> Tensor:
    r"""Compute one step of an Elman network, composed of operations on tensors.

    .. math::
        h' = \varphi(W_{ih}\, x + b_{ih} + W_{hh}\, h + b_{hh})

    Parameters
    ----------
    x : Tensor, shape (N, D) or (D,)
        The input of this step.
    h : Tensor, shape (N, H) or (H,), or None
        The state before; None is zeros.
    weight_ih : Tensor, shape (H, D)
    weight_hh : Tensor, shape (H, H)
    bias_ih, bias_hh : Tensor, shape (H,), optional
    nonlinearity : "tanh" or "relu"
        :math:`\varphi`.

    Returns
    -------
    Tensor, shape of h

    Raises
    ------
    TypeError
        If an argument is no Tensor of floats, or the dtypes differ.
    ValueError
        If the shapes do not fit, or the nonlinearity is none of the two.

    References
    ----------
    See `rnn`.
    """
    weights = (weight_ih, weight_hh, bias_ih, bias_hh)
    _check_nonlinearity("rnn_cell", nonlinearity)
    check_recurrent("rnn_cell", x, {"h": h}, weights, gates=1, cell=True)
    h = zeros(*x.shape[:-1], len(weight_hh), like=x) if h is None else h
    a = linear(x, weight_ih, bias_ih) + linear(h, weight_hh, bias_hh)
    return tanh(a) if nonlinearity == "tanh" else relu(a)


def rnn(
    x: Tensor,
    h0: Tensor | None,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    *,
    nonlinearity: str = "tanh",
    lengths: Any = None,
    reverse: bool = False,
) -> tuple[Tensor, Tensor]:
    r"""Run one layer of an Elman network in one direction over whole sequences.

    For every sequence and every step t, from :math:`h_0`,

    .. math::
        h_t = \varphi(a_t), \quad
        a_t = W_{ih}\, x_t + b_{ih} + W_{hh}\, h_{t-1} + b_{hh}
        \qquad (1)

    and back from the last step, where :math:`\bar h_t` begins as what comes from
    outside and what (3) has brought from step t + 1:

    .. math::
        \begin{aligned}
        \bar a_t &= \bar h_t \odot \varphi'(a_t)
        && (2) \\
        \bar h_{t-1} &\mathrel{+}= W_{hh}^\top \bar a_t
        && (3) \\
        \bar x_t &= W_{ih}^\top \bar a_t, \quad
        \bar W_{ih} = \sum_t \bar a_t x_t^\top, \quad
        \bar W_{hh} = \sum_t \bar a_t h_{t-1}^\top, \quad
        \bar b = \sum_t \bar a_t
        && (4)
        \end{aligned}

    Parameters
    ----------
    x : Tensor, shape (T, N, D), or (T, D) for a single sequence
        T steps, time first; N sequences; D numbers a step.
    h0 : Tensor, shape (N, H) or (H,), or None
        The state at the start; None is zeros.
    weight_ih : Tensor, shape (H, D)
    weight_hh : Tensor, shape (H, H)
    bias_ih, bias_hh : Tensor, shape (H,), optional
    nonlinearity : "tanh" or "relu"
        :math:`\varphi`; the slope of ReLU at exactly 0 is 0.
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
        If an argument is no Tensor of floats, the dtypes differ, or `lengths` holds no
        integers.
    ValueError
        If the shapes do not fit, the nonlinearity is none of the two, there is no step,
        or `lengths` is not (N,), holds a number outside 1..T, or comes with a single
        sequence.

    Notes
    -----
    A step costs one product, and the products that do not depend on the recursion, the
    input's part of (1) and all of (4), are one each for all steps. Memory grows
    linearly in T: a training step holds at most 2H + D numbers for each step of each
    sequence, the H of the output from the forward to the backward pass; with `lengths`
    at most 2H + 2D + 24 more.

    References
    ----------
    Elman (1990), *Finding structure in time*.
    """
    weights = (weight_ih, weight_hh, bias_ih, bias_hh)
    _check_nonlinearity("rnn", nonlinearity)
    check_recurrent("rnn", x, {"h0": h0}, weights, gates=1)
    lengths = check_lengths("rnn", lengths, x.shape)
    if x.ndim == 2:  # a single sequence is a batch of one
        h0 = h0 if h0 is None else h0.unsqueeze(0)
        options = {"nonlinearity": nonlinearity, "reverse": reverse}
        output, h_n = rnn(x.unsqueeze(1), h0, *weights, **options)
        return output.squeeze(1), h_n.squeeze(0)
    samples, hidden = x.shape[1], len(weight_hh)
    h0 = zeros(samples, hidden, like=x) if h0 is None else h0
    packing = Packing(x.shape[:2], lengths, reverse)
    rows = packing.pack(x.data)  # (total, D); without lengths total = T N

    states = packing.room_for_states(h0.data)  # (N + total, H)
    h = states[packing.computed]  # view: without h0
    np.matmul(rows, weight_ih.data.T, out=h)  # (1), the input's part, all steps at once
    h += sum(b.data for b in (bias_ih, bias_hh) if b is not None)
    recurrent = np.ascontiguousarray(weight_hh.data.T)
    for now, before in packing.steps:
        state = h[now]
        state += states[before] @ recurrent  # (1)
        if nonlinearity == "tanh":
            np.tanh(state, out=state)
        else:
            np.maximum(state, 0, out=state)

    def backward(grad_out):
        grad_output = packing.pack(grad_out)
        grad_h = np.zeros_like(h0.data)
        if nonlinearity == "tanh":  # the slope of (2), for all steps at once
            grads = h * h
            np.subtract(1, grads, out=grads)
        else:
            grads = (h > 0).astype(x.dtype)
        for now, _ in reversed(packing.steps):
            grad = grads[now]
            dh = grad_h[: len(grad)]
            dh += grad_output[now]
            grad *= dh  # (2)
            np.matmul(grad, weight_hh.data, out=dh)  # (3)
        grad_bias = np.ones(packing.total, x.dtype) @ grads  # (4)
        result = (
            packing.unpack(grads @ weight_ih.data) if x.requires_grad else None,
            packing.unsort(grad_h),
            grads.T @ rows if weight_ih.requires_grad else None,
            grads.T @ states[packing.before] if weight_hh.requires_grad else None,
            grad_bias,
            grad_bias,
        )
        return tuple(d for p, d in zip(inputs, result, strict=True) if p is not None)

    inputs = (x, h0, *weights)
    parents = tuple(p for p in inputs if p is not None)
    output = Tensor.from_op(packing.unpack(h), parents, backward, "rnn")
    return output, packing.final(output)


def _check_nonlinearity(function: str, nonlinearity: str) -> None:
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(
            f"{function}: nonlinearity must be 'tanh' or 'relu', got {nonlinearity!r}"
        )
