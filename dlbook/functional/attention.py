"""Scaled dot-product attention: every query reads a weighted mean of the values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlbook.arrays import unbroadcast
from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number
from dlbook.functional.attention_blocks import attend_in_blocks
from dlbook.functional.attention_masks import (
    Masking,
    as_mask,
    parents_of,
    want_gradients,
)
from dlbook.functional.attention_tiles import Dropping, attend_in_tiles
from dlbook.random import default_rng

__all__ = ["scaled_dot_product_attention"]

NAME = "scaled_dot_product_attention"


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Any = None,
    *,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    rng: np.random.Generator | int | None = None,
    block_size: int | None = None,
) -> Tensor:
    r"""Give each query the mean of the values, weighted by how well their keys fit.

    For queries :math:`q_i`, the rows of Q, keys :math:`k_j` and values :math:`v_j`,

    .. math::
        s_{ij} = \alpha\, q_i \cdot k_j + m_{ij}, \quad
        p_{ij} = \frac{e^{s_{ij}}}{\sum_{j'} e^{s_{ij'}}}, \quad
        o_i = \sum_j p_{ij}\, v_j

    or :math:`O = \operatorname{softmax}(\alpha\, Q K^\top + M)\, V`, and back

    .. math::
        \begin{aligned}
        \bar v_j &= \sum_i p_{ij}\, \bar o_i, \quad
        \bar s_{ij} = p_{ij}\, (\bar o_i \cdot v_j - \bar o_i \cdot o_i) \\
        \bar q_i &= \alpha \sum_j \bar s_{ij}\, k_j, \quad
        \bar k_j = \alpha \sum_i \bar s_{ij}\, q_i, \quad
        \bar m_{ij} = \bar s_{ij}
        \end{aligned}

    Parameters
    ----------
    query : Tensor, shape (*, L, E)
        L queries; the axes in front, such as (N, heads), are batch axes.
    key : Tensor, shape (*, S, E)
    value : Tensor, shape (*, S, Ev)
        The batch axes of query, key and value broadcast.
    attn_mask : array_like or Tensor, optional
        Broadcasts to (*, L, S). Of booleans: True where query i may attend to key j. Of
        floats: M, added to the scores; -inf forbids. It takes query's dtype, and a
        Tensor that requires a gradient gets one.
    dropout_p : float
        The probability, in [0, 1], of setting a weight to 0; the others are divided by
        1 - dropout_p. Of effect whenever it is not 0: pass 0 in evaluation.
    is_causal : bool
        Query i may attend to the keys 0, ..., i alone. Also where L and S differ:
        counted from the first query and the first key on. Not together with a mask.
    scale : float, optional
        :math:`\alpha`; by default :math:`1/\sqrt{E}`.
    enable_gqa : bool
        Whether key and value may have fewer heads, the third axis from the end, than
        query: each of theirs then serves as many neighboring heads of query.
    rng : numpy.random.Generator, int or None
        Source of the dropout mask: a generator, a seed, or None for a new random one.
    block_size : int, optional
        Compute the scores in blocks of so many queries and keys, keep none of them, and
        compute them again in the backward pass: slower, but the memory grows with L and
        S in place of L S.

    Returns
    -------
    Tensor, shape (*, L, Ev)
        With `block_size` the same up to rounding.

    Raises
    ------
    TypeError
        If query, key or value is no floating-point Tensor, the dtypes differ, the mask
        holds integers, or an option is of the wrong type.
    ValueError
        If the shapes do not fit, an option is out of range, or a mask comes together
        with `is_causal`.

    Notes
    -----
    A query that may attend to nothing, as in a fully masked row, gives zeros and
    receives and causes zero gradients. torch does the same since 2.5; before, and in
    ``torch.nn.MultiheadAttention`` with ``need_weights=True`` still, there is nan.

    Where dropout falls is decided by ``rng.random((*, L, S), numpy.float32) >=
    dropout_p``, with and without `block_size`. torch draws from a generator of its own.

    Without `block_size`, the weights of every query and key are kept for the backward
    pass, L S numbers for each head of each example, as many booleans more with dropout.

    References
    ----------
    Vaswani et al. (2017), arXiv:1706.03762, eq. 1. Fewer heads of keys: Shazeer (2019),
    arXiv:1911.02150; Ainslie et al. (2023), arXiv:2305.13245. The running maximum and
    total: Milakov & Gimelshein (2018), arXiv:1805.02867; attention with it: Rabe &
    Staats (2021), arXiv:2112.05682; backward, and the identity :math:`\sum_j p_{ij}\,
    \bar o_i \cdot v_j = \bar o_i \cdot o_i`: Dao et al. (2022), arXiv:2205.14135,
    appendix B.
    """
    _check_tensors(query, key, value)
    p = require_number(dropout_p, f"{NAME}: dropout_p")
    if not 0 <= p <= 1:
        raise ValueError(f"{NAME}: dropout_p must lie in [0, 1], got {dropout_p}")
    for name, flag in (("is_causal", is_causal), ("enable_gqa", enable_gqa)):
        if not isinstance(flag, bool):
            raise TypeError(f"{NAME}: {name} must be True or False, got {flag!r}")
    if is_causal and attn_mask is not None:
        raise ValueError(
            f"{NAME}: attn_mask and is_causal together; put the causal mask into "
            "attn_mask"
        )
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1])
    scale = require_number(scale, f"{NAME}: scale")
    _check_block_size(block_size)
    dropping = Dropping(p, default_rng(rng)) if p else None

    shared = query.shape if enable_gqa else None
    k, v = _repeated(key, "key", shared), _repeated(value, "value", shared)
    shapes = [x.shape[:-2] for x in (query, k, v)]
    batch = _batch(query, key, value, shapes)
    length, source = query.shape[-2], key.shape[-2]
    mask = as_mask(NAME, attn_mask, query.dtype, (*batch, length, source))
    given = None if mask is None else mask.data
    masking = Masking(given, batch, length, source, causal=is_causal)
    q, k, v = (_as_matrices(x, batch) for x in (query.data * scale, k, v))
    parents = parents_of(query, key, value, mask)
    if block_size is None:
        keep = want_gradients(parents)
        output, gradients = attend_in_tiles(q, k, v, masking, dropping, keep=keep)
    else:
        output, gradients = attend_in_blocks(q, k, v, masking, dropping, block_size)

    def backward(grad_out):
        grads = [
            np.zeros(x.shape, x.dtype) if tensor.requires_grad else None
            for x, tensor in ((q, query), (k, key), (v, value))
        ]
        wants_mask = mask is not None and mask.requires_grad
        grad_mask = masking.gradient() if wants_mask else None
        gradients(grad_out.reshape(output.shape), *grads, grad_mask)
        if grads[0] is not None:
            grads[0] *= scale
        found = [
            g if g is None else _summed(g.reshape(*batch, *g.shape[1:]), shape, tensor)
            for g, shape, tensor in zip(grads, shapes, (query, key, value), strict=True)
        ]
        if mask is not None:
            found.append(grad_mask.reshape(mask.shape) if wants_mask else None)
        return tuple(found)

    return Tensor.from_op(
        output.reshape(*batch, *output.shape[1:]), parents, backward, NAME
    )


def _as_matrices(x: np.ndarray, batch: tuple[int, ...]) -> np.ndarray:
    """Broadcast the batch axes and make them one: (*, T, D) becomes (B, T, D).

    Each matrix lies in one piece of memory. Keys and values from the front of a longer
    cache do already: they are not copied, which would take as long as to use them.
    """
    rows, columns = x.shape[-2:]
    whole = np.broadcast_to(x, (*batch, rows, columns))
    whole = whole.reshape(math.prod(batch), rows, columns)
    if whole.strides[1:] == (columns * whole.itemsize, whole.itemsize):
        return whole
    return np.ascontiguousarray(whole)


def _summed(grad: np.ndarray, batch: tuple[int, ...], tensor: Tensor) -> np.ndarray:
    """Undo the broadcasting of batch axes and the repeating of heads."""
    grad = unbroadcast(grad, (*batch, *grad.shape[-2:]))
    if grad.shape == tensor.shape:
        return grad
    *front, heads, length, width = tensor.shape
    return grad.reshape(*front, heads, -1, length, width).sum(axis=-3)


def _repeated(x: Tensor, name: str, query: tuple[int, ...] | None) -> np.ndarray:
    """Repeat each head of keys or values as often as query has heads for it.

    `query` is query's shape, or None for no repeating.
    """
    if query is None:
        return x.data
    if min(len(query), x.ndim) < 3 or x.shape[-3] == 0 or query[-3] % x.shape[-3]:
        raise ValueError(
            f"{NAME}: enable_gqa needs shapes (..., heads, length, width) and heads of "
            f"query, which has shape {query}, that are a multiple of those of {name}, "
            f"which has shape {x.shape}"
        )
    return np.repeat(x.data, query[-3] // x.shape[-3], axis=-3)


def _batch(query: Tensor, key: Tensor, value: Tensor, shapes: list) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(shapes[0], shapes[1], shapes[2])
    except ValueError:
        raise ValueError(
            f"{NAME}: the batch axes of query {query.shape}, key {key.shape} and value "
            f"{value.shape} do not broadcast; enable_gqa allows fewer heads of key and "
            "value"
        ) from None


def _check_tensors(query: Tensor, key: Tensor, value: Tensor) -> None:
    for name, x in (("query", query), ("key", key), ("value", value)):
        require_floats(x, NAME, name=name)
        if x.dtype != query.dtype:
            raise TypeError(
                f"{NAME}: {name} has dtype {x.dtype}, query {query.dtype}; convert one "
                f"of them, for example {name}.astype({query.dtype})"
            )
        if x.ndim < 2:
            raise ValueError(
                f"{NAME}: {name} has shape {x.shape}, expected at least two axes, "
                "(..., length, width)"
            )
    if query.shape[-1] != key.shape[-1] or query.shape[-1] == 0:
        raise ValueError(
            f"{NAME}: query has shape {query.shape}, key {key.shape}; expected the "
            "same last axis, E, of at least 1"
        )
    if key.shape[-2] != value.shape[-2]:
        raise ValueError(
            f"{NAME}: key has shape {key.shape}, value {value.shape}; expected as many "
            "values as keys, S, the second axis from the end"
        )


def _check_block_size(block_size: int | None) -> None:
    if block_size is None:
        return
    if isinstance(block_size, bool) or not isinstance(block_size, int | np.integer):
        raise TypeError(
            f"{NAME}: block_size must be an int or None, got "
            f"{type(block_size).__name__}"
        )
    if block_size < 1:
        raise ValueError(f"{NAME}: block_size must be at least 1, got {block_size}")
