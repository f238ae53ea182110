"""Cases of the page on attention: one head, masks, gradients of all three inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.compare.case import Cost, OperationCase, Shape


class AttentionCase(OperationCase):
    """Scaled dot-product attention of several heads, every key seen."""

    name = "attention"
    title = "Scaled dot-product attention"
    axes = ("batch", "heads", "queries", "keys", "width")
    sizes = (
        (2, 2, 5, 4, 3),
        (4, 2, 32, 32, 16),
        (16, 4, 128, 128, 32),
        (4, 8, 512, 512, 64),
    )
    bench_size = (16, 4, 128, 128, 32)
    input_names = ("query", "key", "value")

    @classmethod
    def inputs(
        cls, size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw query (N, n_h, L, E), key (N, n_h, S, E) and value (N, n_h, S, E)."""
        batch, heads, queries, keys, width = size
        lengths = (queries, keys, keys)
        return tuple(
            rng.standard_normal((batch, heads, length, width)).astype(dtype)
            for length in lengths
        )

    @staticmethod
    def ours(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Return a mean of the values for each query, (N, n_h, L, E)."""
        return functional.scaled_dot_product_attention(query, key, value)

    @staticmethod
    def theirs(query: Any, key: Any, value: Any) -> Any:
        """Compute the same with torch."""
        import torch

        return torch.nn.functional.scaled_dot_product_attention(query, key, value)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Two products forward and four back; inputs, outputs and their gradients."""
        batch, heads, queries, keys, width = size
        products = 6.0 * batch * heads * queries * keys * width
        elements = 4.0 * batch * heads * (queries + keys) * width
        return Cost(2 * products, elements * np.dtype(dtype).itemsize)


class CausalAttentionCase(AttentionCase):
    """Scaled dot-product attention in which each query sees no later key."""

    name = "attention-causal"
    title = "Causal attention"

    @staticmethod
    def ours(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Return a mean of the values up to each query's own place."""
        return functional.scaled_dot_product_attention(
            query, key, value, is_causal=True
        )

    @staticmethod
    def theirs(query: Any, key: Any, value: Any) -> Any:
        """Compute the same with torch."""
        import torch

        return torch.nn.functional.scaled_dot_product_attention(
            query, key, value, is_causal=True
        )

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Only the keys that are seen."""
        *_, queries, keys, _ = size
        seen = np.minimum(np.arange(queries) + 1, keys).mean() / keys
        whole = super().cost(size, dtype)
        return Cost(whole.flops * float(seen), whole.moved)


class LeanAttentionCase(AttentionCase):
    """The same in blocks, so that no weight is kept for the backward pass."""

    name = "attention-blocks"
    title = "Attention in blocks of 128"

    @staticmethod
    def ours(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Return the same as without blocks."""
        return functional.scaled_dot_product_attention(
            query, key, value, block_size=128
        )


class PaddedAttentionCase(AttentionCase):
    """Sequences of several lengths: the padding behind them is not attended to."""

    name = "attention-padding"
    title = "Attention with padding"

    @staticmethod
    def seen(batch: int, keys: int) -> np.ndarray:
        """Return True for what is no padding, shape (N, 1, 1, S)."""
        lengths = 1 + (keys - 1 + 3 * np.arange(batch)) % keys
        return (np.arange(keys) < lengths[:, np.newaxis])[:, np.newaxis, np.newaxis]

    @classmethod
    def ours(cls, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Return a mean of the values that are no padding."""
        mask = cls.seen(len(key), key.shape[2])
        return functional.scaled_dot_product_attention(query, key, value, mask)

    @classmethod
    def theirs(cls, query: Any, key: Any, value: Any) -> Any:
        """Compute the same with torch."""
        import torch

        mask = torch.from_numpy(cls.seen(len(key), key.shape[2])).to(key.device)
        return torch.nn.functional.scaled_dot_product_attention(query, key, value, mask)


CASES = (
    AttentionCase(),
    CausalAttentionCase(),
    LeanAttentionCase(),
    PaddedAttentionCase(),
)
