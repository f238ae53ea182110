"""Cases of the page on several heads: the whole layer, projections included."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.compare.case import Cost, OperationCase, Shape

HEADS = 4


@cache
def layer_of(width: int) -> nn.MultiheadAttention:
    """Return a layer of `HEADS` heads, to be given weights before it is called."""
    return nn.MultiheadAttention(width, HEADS, batch_first=True)


class MultiheadCase(OperationCase):
    """Self-attention of 4 heads, its projections included: the layer of torch.nn.

    Attributes
    ----------
    causal : bool
        Whether each step attends to no later one.
    """

    name = "multi-head"
    title = "Multi-head attention"
    axes = ("batch", "steps", "width")
    sizes = ((2, 5, 8), (4, 32, 32), (16, 128, 128), (4, 512, 512))
    bench_size = (16, 128, 128)
    gate = 1.1
    input_names = (
        "x",
        "in_proj_weight",
        "in_proj_bias",
        "out_proj.weight",
        "out_proj.bias",
    )
    causal: ClassVar[bool] = False

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, T, D), weights as torch draws them, and biases that are not 0."""
        batch, steps, width = size
        packed, single = (6 / (4 * width)) ** 0.5, width**-0.5
        return tuple(
            array.astype(dtype)
            for array in (
                rng.standard_normal((batch, steps, width)),
                rng.uniform(-packed, packed, (3 * width, width)),
                rng.uniform(-single, single, 3 * width),
                rng.uniform(-single, single, (width, width)),
                rng.uniform(-single, single, width),
            )
        )

    @classmethod
    def ours(
        cls,
        x: Tensor,
        in_proj_weight: Tensor,
        in_proj_bias: Tensor,
        out_weight: Tensor,
        out_bias: Tensor,
    ) -> Tensor:
        """Run our layer with these weights."""
        layer = layer_of(x.shape[-1])
        vars(layer).update(in_proj_weight=in_proj_weight, in_proj_bias=in_proj_bias)
        vars(layer.out_proj).update(weight=out_weight, bias=out_bias)
        output, _ = layer(x, x, x, need_weights=False, is_causal=cls.causal)
        return output

    @classmethod
    def theirs(
        cls,
        x: Any,
        in_proj_weight: Any,
        in_proj_bias: Any,
        out_weight: Any,
        out_bias: Any,
    ) -> Any:
        """Compute the same with the function beneath torch.nn.MultiheadAttention."""
        import torch

        steps, width = x.shape[1:]
        x = x.transpose(0, 1)  # as the layer does with batch_first
        mask = None
        if cls.causal:
            mask = torch.ones(steps, steps, dtype=torch.bool, device=x.device).triu(1)
        output, _ = torch.nn.functional.multi_head_attention_forward(
            *(x, x, x, width, HEADS, in_proj_weight, in_proj_bias),
            *(None, None, False, 0.0, out_weight, out_bias),
            need_weights=False,
            attn_mask=mask,
            is_causal=cls.causal,
        )
        return output.transpose(0, 1)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Four projections and two products of attention, each once and twice back."""
        batch, steps, width = size
        projections = 4.0 * batch * steps * width**2
        products = 2.0 * batch * steps**2 * width
        elements = 4.0 * batch * steps * width + 8.0 * width**2
        return Cost(6 * (projections + products), elements * np.dtype(dtype).itemsize)


class CausalMultiheadCase(MultiheadCase):
    """The same, each step attending to no later one: the layer of a language model."""

    name = "multi-head-causal"
    title = "Causal multi-head attention"
    causal = True


CASES = (MultiheadCase(), CausalMultiheadCase())
