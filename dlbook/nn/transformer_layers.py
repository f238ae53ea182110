"""One layer of a transformer's encoder and one of its decoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number
from dlbook.nn.arguments import require_flag, require_float_dtype, require_size
from dlbook.nn.attention import MultiheadAttention
from dlbook.nn.dropout import Dropout
from dlbook.nn.layer_norm import LayerNorm
from dlbook.nn.linear import Linear
from dlbook.nn.module import Module
from dlbook.random import default_rng

__all__ = ["TransformerDecoderLayer", "TransformerEncoderLayer"]

Activation = str | Callable[[Tensor], Tensor]
Rng = np.random.Generator | int | None
ACTIVATIONS = {"relu": F.relu, "gelu": F.gelu}


class TransformerLayer(Module):
    """What encoder and decoder layers share: their parts, and the feed-forward network.

    Attributes
    ----------
    attentions : tuple of str
        Names of the attention sublayers, in order; the feed-forward network is the
        last sublayer. Each sublayer has a dropout and a norm with its number.
    """

    attentions: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        *,
        dropout: float = 0.1,
        activation: Activation = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: DTypeLike = None,
        rng: Rng = None,
    ) -> None:
        name = type(self).__name__
        self.d_model = require_size(d_model, f"{name}: d_model")
        self.nhead = require_size(nhead, f"{name}: nhead")
        if self.d_model % self.nhead:
            raise ValueError(
                f"{name}: d_model must be a multiple of nhead = {nhead}, got {d_model}"
            )
        inner = require_size(dim_feedforward, f"{name}: dim_feedforward")
        dropout = require_number(dropout, f"{name}: dropout")
        if not 0 <= dropout <= 1:
            raise ValueError(f"{name}: dropout must lie in [0, 1], got {dropout}")
        self.batch_first = require_flag(batch_first, f"{name}: batch_first")
        self.norm_first = require_flag(norm_first, f"{name}: norm_first")
        bias = require_flag(bias, f"{name}: bias")
        dtype = require_float_dtype(dtype, f"{name}: dtype")
        activation = _activation(activation, name)
        rng = default_rng(rng)  # one stream for all initial values and all masks
        for attention in self.attentions:
            part = MultiheadAttention(
                self.d_model,
                self.nhead,
                dropout=dropout,
                bias=bias,
                batch_first=self.batch_first,
                rng=rng,
            )
            setattr(self, attention, part)
        self.linear1 = Linear(self.d_model, inner, bias=bias, rng=rng)
        self.dropout = Dropout(dropout, rng=rng)
        self.linear2 = Linear(inner, self.d_model, bias=bias, rng=rng)
        sublayers = range(1, len(self.attentions) + 2)
        for number in sublayers:
            norm = LayerNorm(self.d_model, eps=layer_norm_eps, bias=bias)
            setattr(self, f"norm{number}", norm)
        for number in sublayers:
            setattr(self, f"dropout{number}", Dropout(dropout, rng=rng))
        self.activation = activation
        self.to(dtype)

    def feed_forward(self, x: Tensor) -> Tensor:
        """Widen each vector, apply the activation, narrow again: (*, D) -> (*, D)."""
        return self.linear2(self.dropout(self.activation(self.linear1(x))))

    def extra_repr(self) -> str:
        """Return the options that are not the default."""
        options = {
            "activation": (self.activation, F.relu),
            "batch_first": (self.batch_first, False),
            "norm_first": (self.norm_first, False),
        }
        return ", ".join(
            f"{name}={getattr(value, '__name__', value)}"
            for name, (value, default) in options.items()
            if value is not default and not isinstance(value, Module)
        )


class TransformerEncoderLayer(TransformerLayer):
    r"""Let positions attend to each other, then transform each by itself.

    With :math:`A` for self-attention, :math:`F` for the feed-forward network
    :math:`F(x) = W_2\, \varphi(W_1 x + b_1) + b_2` and :math:`N_1, N_2` for layer
    normalization, each of the two sublayers is added to what it reads:

    .. math::
        \begin{aligned}
            h &= N_1\bigl(x + A(x)\bigr) \\
            y &= N_2\bigl(h + F(h)\bigr)
        \end{aligned}
        \qquad \text{or, with norm\_first,} \qquad
        \begin{aligned}
            h &= x + A\bigl(N_1(x)\bigr) \\
            y &= h + F\bigl(N_2(h)\bigr)
        \end{aligned}

    Parameters
    ----------
    d_model : int
        D, entries of each vector, a multiple of `nhead`.
    nhead : int
        Heads of the attention, at least 1.
    dim_feedforward : int
        Width of the feed-forward network between its two maps, at least 1.
    dropout : float
        Probability, in [0, 1], of dropping a number while training: of each sublayer's
        result before it is added, inside the feed-forward network after the activation,
        and of the attention weights.
    activation : {"relu", "gelu"} or callable
        :math:`\varphi`; a callable takes and returns a Tensor, and may be a Module.
    layer_norm_eps : float
        Added to the variance in the norms; positive.
    batch_first : bool
        Whether input and output are (N, S, D) and not (S, N, D).
    norm_first : bool
        Whether to normalize what a sublayer reads and not the sum after it. Then the
        input reaches the output by additions alone, and training needs no warm-up of
        the learning rate, but the output is not normalized: a stack of such layers
        needs a norm at its end.
    bias : bool
        Whether linear maps, attention and norms add a bias.
    dtype : numpy floating-point dtype, optional
        Of the parameters; float32 by default.
    rng : numpy.random.Generator, int or None
        Source of the initial values and, after them, of the dropout masks: a generator,
        a seed, or None for new random ones.

    Attributes
    ----------
    self_attn : MultiheadAttention
    linear1, linear2 : Linear
        D to `dim_feedforward` and back.
    norm1, norm2 : LayerNorm
    dropout, dropout1, dropout2 : Dropout
        Inside the feed-forward network, after the attention, and after the network.
    activation : callable

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, if `src` is no
        Tensor of floats or has the wrong shape, and as `MultiheadAttention` does for
        masks.

    Notes
    -----
    Called as ``layer(src, *, src_mask=None, src_key_padding_mask=None,
    is_causal=False)``, with torch's meaning of the arguments:

    - `src`, shape (S, N, D); (N, S, D) with `batch_first`; or (S, D) for one sequence;
    - `src_mask`, shape (S, S) or (N nhead, S, S): who attends (row) to whom (column).
      True forbids; floats are added to the scores, so that -inf forbids;
    - `src_key_padding_mask`, shape (N, S), or (S,): True where `src` is padding, which
      nobody shall read. Outputs at padding are there, and mean nothing;
    - `is_causal`: whether positions attend to earlier ones and themselves only. It
      needs no mask, where torch takes it as a hint about a mask that must be given
      too; with a mask, both hold.

    it returns a Tensor of the shape of `src`. In evaluation torch may take a fast path
    that rounds differently and returns zeros at padding.

    References
    ----------
    Vaswani et al. (2017), *Attention is all you need*, arXiv:1706.03762, sections 3.1,
    3.3 and 5.4; the norm first: Xiong et al. (2020), *On layer normalization in the
    transformer architecture*, arXiv:2002.04745, figure 1.
    """

    attentions = ("self_attn",)

    def forward(
        self,
        src: Tensor,
        *,
        src_mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool = False,
    ) -> Tensor:
        """(S, N, D) -> (S, N, D); the class says more."""
        require_sequences(self, src=src)

        def attend(x):
            return self.self_attn(
                x,
                x,
                x,
                attn_mask=src_mask,
                key_padding_mask=src_key_padding_mask,
                is_causal=is_causal,
                need_weights=False,
            )[0]

        x = src
        if self.norm_first:
            x = x + self.dropout1(attend(self.norm1(x)))
            x = x + self.dropout2(self.feed_forward(self.norm2(x)))
        else:
            x = self.norm1(x + self.dropout1(attend(x)))
            x = self.norm2(x + self.dropout2(self.feed_forward(x)))
        return x


class TransformerDecoderLayer(TransformerLayer):
    r"""Let target positions attend to each other, then to the source.

    With :math:`A(x)` for attention of the target to itself, :math:`C(x, m)` for
    attention of the target to the encoder's output m, the "memory", which gives keys
    and values, :math:`F` for the feed-forward network and :math:`N_1, N_2, N_3` for
    layer normalization:

    .. math::
        \begin{aligned}
            h &= N_1\bigl(x + A(x)\bigr) \\
            g &= N_2\bigl(h + C(h, m)\bigr) \\
            y &= N_3\bigl(g + F(g)\bigr)
        \end{aligned}
        \qquad \text{or, with norm\_first,} \qquad
        \begin{aligned}
            h &= x + A\bigl(N_1(x)\bigr) \\
            g &= h + C\bigl(N_2(h), m\bigr) \\
            y &= g + F\bigl(N_3(g)\bigr)
        \end{aligned}

    Parameters
    ----------
    d_model, nhead, dim_feedforward : int
    dropout, activation, layer_norm_eps, batch_first, norm_first, bias, dtype, rng
        As for `TransformerEncoderLayer`.

    Attributes
    ----------
    self_attn, multihead_attn : MultiheadAttention
        The target's to itself, and to the memory.
    linear1, linear2 : Linear
        D to `dim_feedforward` and back.
    norm1, norm2, norm3 : LayerNorm
    dropout, dropout1, dropout2, dropout3 : Dropout
        Inside the feed-forward network, and after each of the three sublayers.
    activation : callable

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, if `tgt` or
        `memory` is no Tensor of floats, has the wrong shape or another batch than the
        other, and as `MultiheadAttention` does for masks.

    Notes
    -----
    Called as ``layer(tgt, memory, *, tgt_mask=None, memory_mask=None,
    tgt_key_padding_mask=None, memory_key_padding_mask=None, tgt_is_causal=False,
    memory_is_causal=False)``, with torch's meaning of the arguments:

    - `tgt`, shape (T, N, D); (N, T, D) with `batch_first`; or (T, D) for one sequence;
    - `memory`, shape (S, N, D); (N, S, D) with `batch_first`; or (S, D);
    - `tgt_mask`, shape (T, T), and `memory_mask`, shape (T, S), or with a first axis of
      N nhead: who attends (row) to whom (column). True forbids; floats are added to the
      scores;
    - `tgt_key_padding_mask`, shape (N, T), and `memory_key_padding_mask`, shape (N, S):
      True at padding, which nobody shall read;
    - `tgt_is_causal` and `memory_is_causal`: whether position t attends to positions 0
      to t only. A decoder that is trained to predict the next token needs
      ``tgt_is_causal=True``, or `Transformer.generate_square_subsequent_mask` as its
      `tgt_mask`: otherwise it reads what it shall predict.

    it returns a Tensor of the shape of `tgt`.

    References
    ----------
    Vaswani et al. (2017), *Attention is all you need*, arXiv:1706.03762, sections 3.1
    and 3.2.3; the norm first: Xiong et al. (2020), arXiv:2002.04745.
    """

    attentions = ("self_attn", "multihead_attn")

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        *,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """(T, N, D), (S, N, D) -> (T, N, D); the class says more."""
        require_sequences(self, tgt=tgt, memory=memory)

        def attend(x):
            return self.self_attn(
                x,
                x,
                x,
                attn_mask=tgt_mask,
                key_padding_mask=tgt_key_padding_mask,
                is_causal=tgt_is_causal,
                need_weights=False,
            )[0]

        def attend_to_memory(x):
            return self.multihead_attn(
                x,
                memory,
                memory,
                attn_mask=memory_mask,
                key_padding_mask=memory_key_padding_mask,
                is_causal=memory_is_causal,
                need_weights=False,
            )[0]

        x = tgt
        if self.norm_first:
            x = x + self.dropout1(attend(self.norm1(x)))
            x = x + self.dropout2(attend_to_memory(self.norm2(x)))
            x = x + self.dropout3(self.feed_forward(self.norm3(x)))
        else:
            x = self.norm1(x + self.dropout1(attend(x)))
            x = self.norm2(x + self.dropout2(attend_to_memory(x)))
            x = self.norm3(x + self.dropout3(self.feed_forward(x)))
        return x


def require_sequences(module: Module, **sequences: Tensor) -> None:
    """Raise unless each is (T, N, D), (N, T, D) or (T, D), with the batch of the first.

    `module` has the attributes `d_model` and `batch_first`.
    """
    name, width = type(module).__name__, module.d_model
    letters = {"src": "S", "tgt": "T", "memory": "S"}
    first = None
    for which, x in sequences.items():
        require_floats(x, name, name=which)
        steps = letters[which]
        if x.ndim not in (2, 3) or x.shape[-1] != width:
            axes = f"N, {steps}" if module.batch_first else f"{steps}, N"
            raise ValueError(
                f"{name}: {which} has shape {x.shape}, expected ({axes}, {width}) or "
                f"({steps}, {width})"
            )
        batch = () if x.ndim == 2 else (x.shape[0 if module.batch_first else 1],)
        if first is None:
            first = which, x.shape, batch
        elif batch != first[2]:
            raise ValueError(
                f"{name}: {which} has shape {x.shape}, {first[0]} has shape "
                f"{first[1]}; expected one batch"
            )


def _activation(activation: Any, name: str) -> Callable[[Tensor], Tensor]:
    if isinstance(activation, str) and activation in ACTIVATIONS:
        return ACTIVATIONS[activation]
    if isinstance(activation, str) or not callable(activation):
        raise (ValueError if isinstance(activation, str) else TypeError)(
            f"{name}: activation must be 'relu', 'gelu' or a callable, got "
            f"{activation!r}"
        )
    return activation
