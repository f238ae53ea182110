"""The weights of attention as a result of their own, to be looked at."""

from __future__ import annotations

import numpy as np

from dlbook.arrays import unbroadcast
from dlbook.autograd import Tensor
from dlbook.functional.attention_masks import (
    Masking,
    exponentiate,
    inverse_or_zero,
    parents_of,
)

__all__ = ["masked_softmax"]


def masked_softmax(
    scores: Tensor, mask: Tensor | None = None, *, is_causal: bool = False
) -> Tensor:
    r"""Turn each row of scores into weights that sum to one, or to zero.

    .. math::
        p_{ij} = \frac{e^{s_{ij} + m_{ij}}}{\sum_{j'} e^{s_{ij'} + m_{ij'}}}
        \qquad\qquad
        \bar s_{ij} = \bar m_{ij}
            = p_{ij} \Bigl(\bar p_{ij} - \sum_{j'} \bar p_{ij'} p_{ij'}\Bigr)

    A row that may attend to nothing is 0, with gradients of 0; `softmax` gives nan.

    Parameters
    ----------
    scores : Tensor of floats, shape (*, L, S)
    mask : Tensor or None
        As `attn_mask` of `scaled_dot_product_attention`, checked.
    is_causal : bool
        May come together with a mask here.

    Returns
    -------
    Tensor, shape (*, L, S)
    """
    *batch, length, source = scores.shape
    given = None if mask is None else mask.data
    masking = Masking(given, tuple(batch), length, source, causal=is_causal)
    weights = scores.data.reshape(masking.shape).copy()
    everything = slice(None), slice(0, length), slice(0, source)
    masking.apply(weights, *everything)
    exponentiate(weights)
    weights *= inverse_or_zero(weights.sum(axis=-1, keepdims=True))
    weights = weights.reshape(scores.shape)

    def backward(grad_out):
        slopes = np.vecdot(grad_out, weights)[..., np.newaxis]
        grad = weights * (grad_out - slopes)
        if mask is None:
            return (grad,)
        return grad, unbroadcast(grad, mask.shape) if mask.requires_grad else None

    return Tensor.from_op(weights, parents_of(scores, mask), backward, "masked_softmax")
