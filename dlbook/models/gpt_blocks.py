"""What a GPT is made of: causal attention with its cache, feed-forward, the block."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor, split
from dlbook.functional.attention_heads import attend_with_heads
from dlbook.functional.attention_tiles import Dropping
from dlbook.functional.attention_weights import masked_softmax
from dlbook.random import default_rng

__all__ = ["CausalSelfAttention", "GPTBlock", "GPTFeedForward", "KeyValueCache"]


class KeyValueCache:
    """The keys and values of all tokens that a GPT has read, one pair a layer.

    Made empty, and filled by ``model(ids, cache)``, which then reads the next tokens
    alone. Where the room is too small it is doubled, so that reading a text token by
    token copies each key only a few times.

    Attributes
    ----------
    length : int
        How many tokens have been read; the model counts them.
    """

    def __init__(self) -> None:
        self.length = 0
        self._layers: dict[int, np.ndarray] = {}  # (2, N, h, room, E) each

    @property
    def nbytes(self) -> int:
        """Bytes of the room taken: 2 N D numbers for each layer and token."""
        return sum(room.nbytes for room in self._layers.values())

    def extend(
        self, layer: int, key: np.ndarray, value: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Store new keys and values of a layer behind those that are there.

        Parameters
        ----------
        layer : int
        key, value : ndarray, shape (N, h, T, E)

        Returns
        -------
        keys, values : ndarray, shape (N, h, length + T, E)
            Views of all that are there now.

        Raises
        ------
        TypeError, ValueError
            If the cache holds another dtype, another number of sequences, or heads of
            another form.
        """
        batch, heads, steps, size = key.shape
        start, end = self.length, self.length + steps
        room = self._layers.get(layer)
        if room is None or room.shape[3] < end:
            larger = np.empty((2, batch, heads, max(end, 2 * start), size), key.dtype)
            if start:
                self._check(room, key)
                larger[:, :, :, :start] = room[:, :, :, :start]
            room = self._layers[layer] = larger
        self._check(room, key)
        room[0, :, :, start:end] = key
        room[1, :, :, start:end] = value
        return room[0, :, :, :end], room[1, :, :, :end]

    def clear(self) -> None:
        """Forget all tokens."""
        self.length = 0
        self._layers.clear()

    @staticmethod
    def _check(room: np.ndarray, key: np.ndarray) -> None:
        _, *held, _, size = room.shape
        *given, _, width = key.shape
        if (*held, size) != (*given, width):
            raise ValueError(
                f"KeyValueCache: holds {held[0]} sequences with {held[1]} heads of "
                f"{size}, got {given[0]} with {given[1]} of {width}"
            )
        if key.dtype != room.dtype:
            raise TypeError(f"KeyValueCache: holds {room.dtype}, got {key.dtype}")


class CausalSelfAttention(nn.Module):
    r"""Attention of every token to itself and to those before it.

    .. math::
        (q, k, v) = x W_{qkv}^\top + b_{qkv}, \qquad
        y = \operatorname{concat}_h\Bigl(
            \operatorname{softmax}\bigl(\tfrac{q_h k_h^\top}{\sqrt E} + M\bigr) v_h
        \Bigr) W_o^\top + b_o

    with :math:`M_{ij} = 0` for :math:`j \le i` and :math:`-\infty` otherwise.

    Parameters
    ----------
    width : int
        D, a multiple of `num_heads`.
    num_heads : int
        h; a head has E = D / h numbers.
    dropout : float
        The probability of dropping a weight of attention, and a number of the output.
    bias : bool
        Whether both linear layers have biases.
    rotary : bool
        Whether queries and keys are rotated by their position.
    rng : numpy.random.Generator, int or None

    Attributes
    ----------
    c_attn : nn.Linear
        weight (3D, D): D rows each for queries, keys and values, in each E a head.
    c_proj : nn.Linear
        weight (D, D).
    """

    def __init__(
        self,
        width: int,
        num_heads: int,
        *,
        dropout: float = 0.0,
        bias: bool = True,
        rotary: bool = False,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        if width % num_heads:
            raise ValueError(
                f"CausalSelfAttention: width must be a multiple of num_heads, got "
                f"{width} and {num_heads}"
            )
        if rotary and (width // num_heads) % 2:
            raise ValueError(
                "CausalSelfAttention: rotary positions turn pairs of numbers, but a "
                f"head has {width // num_heads}"
            )
        rng = default_rng(rng)
        self.num_heads = num_heads
        self.rotary = rotary
        self.c_attn = nn.Linear(width, 3 * width, bias=bias, rng=rng)
        self.c_proj = nn.Linear(width, width, bias=bias, rng=rng)
        self.attn_dropout = nn.Dropout(dropout, rng=rng)
        self.resid_dropout = nn.Dropout(dropout, rng=rng)

    def forward(
        self,
        x: Tensor,
        cache: KeyValueCache | None = None,
        *,
        layer: int = 0,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Attend within x, and to what the cache holds.

        Parameters
        ----------
        x : Tensor, shape (N, T, D)
        cache : KeyValueCache, optional
            Extended by the keys and values of x.
        layer : int
            Which layer of the cache is this one's.
        need_weights : bool
            Whether the weights are wanted, too.

        Returns
        -------
        output : Tensor, shape (N, T, D)
        weights : Tensor, shape (N, h, T, S), or None
            S = T, and what the cache held before. Without dropout.
        """
        past = 0 if cache is None else cache.length
        projections = self._project(x, past)
        dropout = self.attn_dropout
        p = dropout.p if dropout.training else 0.0
        if cache is None and not need_weights:  # the same as below, in one operation
            dropping = Dropping(p, dropout.rng) if p else None
            joined = attend_with_heads(
                projections, self.num_heads, dropping=dropping, is_causal=True
            )
            return self.resid_dropout(self.c_proj(joined)), None
        query, key, value = self._split(projections)
        if cache is not None:
            key, value = map(Tensor, cache.extend(layer, key.data, value.data))
        steps = x.shape[1]
        # row t: all that came before x, and of x the tokens 0 to t
        mask = Tensor(np.tri(steps, past + steps, past, dtype=bool))
        heads = F.scaled_dot_product_attention(
            query, key, value, mask, dropout_p=p, rng=dropout.rng
        )  # (N, h, T, E)
        joined = heads.transpose(1, 2).reshape(*x.shape)
        weights = None
        if need_weights:
            scores = query @ key.mT * (1 / math.sqrt(query.shape[-1]))
            weights = masked_softmax(scores, mask)
        return self.resid_dropout(self.c_proj(joined)), weights

    def _project(self, x: Tensor, past: int) -> tuple[Tensor, ...]:
        """Return queries, keys and values of all heads side by side, 3D in all."""
        if not self.rotary:
            return (self.c_attn(x),)
        batch, steps, width = x.shape
        weight, bias = self.c_attn.weight, self.c_attn.bias
        rotated, plain = (
            F.linear(x, weight[rows], None if bias is None else bias[rows])
            for rows in (slice(0, 2 * width), slice(2 * width, None))
        )
        heads = rotated.reshape(batch, steps, 2 * self.num_heads, -1)
        places = np.arange(past, past + steps)[:, np.newaxis]  # one for all heads
        heads = F.rotary_embedding(heads, positions=places)
        return heads.reshape(batch, steps, 2 * width), plain

    def _split(self, projections: tuple[Tensor, ...]) -> list[Tensor]:
        """Return queries, keys and values, (N, h, T, E) each."""
        width = self.c_proj.in_features
        return [
            part.reshape(*part.shape[:2], self.num_heads, -1).transpose(1, 2)
            for packed in projections
            for part in split(packed, width, axis=-1)
        ]


class GPTFeedForward(nn.Module):
    """Two linear layers with GELU (tanh form) between them, for each token by itself.

    Parameters
    ----------
    width : int
        D.
    hidden : int
        Numbers between the layers, 4D in GPT-2.
    dropout : float
        The probability of dropping a number of the output.
    bias : bool
        Whether both layers have biases.
    rng : numpy.random.Generator, int or None

    Attributes
    ----------
    c_fc, c_proj : nn.Linear
        weight (hidden, D) and (D, hidden).
    """

    def __init__(
        self,
        width: int,
        hidden: int,
        *,
        dropout: float = 0.0,
        bias: bool = True,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        rng = default_rng(rng)
        self.c_fc = nn.Linear(width, hidden, bias=bias, rng=rng)
        self.c_proj = nn.Linear(hidden, width, bias=bias, rng=rng)
        self.dropout = nn.Dropout(dropout, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, D) -> (N, T, D)."""
        hidden = F.gelu(self.c_fc(x), approximate="tanh")
        return self.dropout(self.c_proj(hidden))


class GPTBlock(nn.Module):
    """Attention and feed-forward, each added to what it reads after a normalization.

    Parameters
    ----------
    width, num_heads, dropout, bias, rotary, rng
        As for `CausalSelfAttention`.
    mlp_ratio : int
        Hidden numbers of the feed-forward part, in multiples of D; 0 leaves it out.
    norm : {"layer", "rms", "none"}
        What normalizes.

    Attributes
    ----------
    ln_1, ln_2 : nn.LayerNorm, nn.RMSNorm or nn.Identity
    attn : CausalSelfAttention
    mlp : GPTFeedForward, or None
    """

    def __init__(
        self,
        width: int,
        num_heads: int,
        *,
        dropout: float = 0.0,
        bias: bool = True,
        rotary: bool = False,
        mlp_ratio: int = 4,
        norm: str = "layer",
        rng: np.random.Generator | int | None = None,
    ) -> None:
        rng = default_rng(rng)
        self.ln_1 = normalization(norm, width, bias=bias)
        self.attn = CausalSelfAttention(
            width, num_heads, dropout=dropout, bias=bias, rotary=rotary, rng=rng
        )
        self.ln_2 = normalization(norm, width, bias=bias) if mlp_ratio else None
        self.mlp = None
        if mlp_ratio:
            self.mlp = GPTFeedForward(
                width, mlp_ratio * width, dropout=dropout, bias=bias, rng=rng
            )

    def forward(
        self, x: Tensor, cache: KeyValueCache | None = None, **options: Any
    ) -> tuple[Tensor, Tensor | None]:
        """(N, T, D) -> (N, T, D) and the weights of attention, or None.

        Cache and options are those of `CausalSelfAttention.forward`.
        """
        attended, weights = self.attn(self.ln_1(x), cache, **options)
        x = x + attended
        if self.mlp is not None:
            x = x + self.mlp(self.ln_2(x))
        return x, weights


def normalization(norm: str, width: int, *, bias: bool = True) -> nn.Module:
    """Return the layer that normalizes D numbers.

    Raises
    ------
    ValueError
        If `norm` is none of "layer", "rms" and "none".
    """
    if norm == "layer":
        return nn.LayerNorm(width, bias=bias)
    if norm == "rms":
        return nn.RMSNorm(width)
    if norm == "none":
        return nn.Identity()
    raise ValueError(f'norm must be one of "layer", "rms" and "none", got {norm!r}')
