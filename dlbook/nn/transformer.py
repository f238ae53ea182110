"""Stacks of transformer layers: the encoder, the decoder, and both together."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook.autograd import Tensor
from dlbook.nn import init
from dlbook.nn.arguments import require_flag, require_float_dtype, require_size
from dlbook.nn.containers import ModuleList
from dlbook.nn.layer_norm import LayerNorm
from dlbook.nn.module import Module
from dlbook.nn.transformer_layers import (
    Activation,
    Rng,
    TransformerDecoderLayer,
    TransformerEncoderLayer,
    require_sequences,
)
from dlbook.random import default_rng

__all__ = ["Transformer", "TransformerDecoder", "TransformerEncoder"]


class TransformerEncoder(Module):
    """Run a source through a stack of encoder layers.

    Parameters
    ----------
    encoder_layer : Module
        A `TransformerEncoderLayer`, or another module that is called in the same way.
        The stack holds deep copies; the layer itself is not a part of it.
    num_layers : int
        How many copies, at least 1.
    norm : Module, optional
        Applied to the last layer's output; where layers have ``norm_first=True``, a
        `LayerNorm` belongs here.

    Attributes
    ----------
    layers : ModuleList
    num_layers : int
    norm : Module or None

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type, or `num_layers` smaller than 1; when
        called, as the layers do.

    Notes
    -----
    Called as ``encoder(src, *, mask=None, src_key_padding_mask=None,
    is_causal=False)``: see `TransformerEncoderLayer`, whose `src_mask` is `mask` here.

    The copies start from equal weights, as in torch; `Transformer` draws new ones for
    each. All copies draw their dropout masks from the layer's generator, one after the
    other, so that no two masks are the same.

    torch has two options more, `enable_nested_tensor` and `mask_check`, which choose
    how it is quick in evaluation and change no result but outputs at padding.

    References
    ----------
    Vaswani et al. (2017), *Attention is all you need*, arXiv:1706.03762, section 3.1.
    """

    def __init__(
        self, encoder_layer: Module, num_layers: int, norm: Module | None = None
    ) -> None:
        self.layers = _copies(
            encoder_layer, num_layers, "TransformerEncoder", "encoder_layer"
        )
        self.num_layers = len(self.layers)
        self.norm = _norm(norm, "TransformerEncoder")

    def forward(
        self,
        src: Tensor,
        *,
        mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool = False,
    ) -> Tensor:
        """(S, N, D) -> (S, N, D); the class says more."""
        x = src
        for layer in self.layers:
            x = layer(
                x,
                src_mask=mask,
                src_key_padding_mask=src_key_padding_mask,
                is_causal=is_causal,
            )
        return x if self.norm is None else self.norm(x)


class TransformerDecoder(Module):
    """Run a target through a stack of decoder layers, which all read one memory.

    Parameters
    ----------
    decoder_layer : Module
        A `TransformerDecoderLayer`, or another module that is called in the same way.
        The stack holds deep copies; the layer itself is not a part of it.
    num_layers : int
        How many copies, at least 1.
    norm : Module, optional
        Applied to the last layer's output; where layers have ``norm_first=True``, a
        `LayerNorm` belongs here.

    Attributes
    ----------
    layers : ModuleList
    num_layers : int
    norm : Module or None

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type, or `num_layers` smaller than 1; when
        called, as the layers do.

    Notes
    -----
    Called as ``decoder(tgt, memory, *, tgt_mask=None, memory_mask=None,
    tgt_key_padding_mask=None, memory_key_padding_mask=None, tgt_is_causal=False,
    memory_is_causal=False)``: see `TransformerDecoderLayer`. Copies start from equal
    weights and share a generator as in `TransformerEncoder`. They keep an activation
    that is a Module; torch's decoder (2.13) goes on with relu.

    References
    ----------
    Vaswani et al. (2017), *Attention is all you need*, arXiv:1706.03762, section 3.1.
    """

    def __init__(
        self, decoder_layer: Module, num_layers: int, norm: Module | None = None
    ) -> None:
        self.layers = _copies(
            decoder_layer, num_layers, "TransformerDecoder", "decoder_layer"
        )
        self.num_layers = len(self.layers)
        self.norm = _norm(norm, "TransformerDecoder")

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
        x = tgt
        for layer in self.layers:
            x = layer(
                x,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=tgt_is_causal,
                memory_is_causal=memory_is_causal,
            )
        return x if self.norm is None else self.norm(x)


class Transformer(Module):
    r"""An encoder that reads the source and a decoder that reads its output.

    .. math::
        m = \operatorname{encoder}(\text{src}), \qquad
        y = \operatorname{decoder}(\text{tgt}, m)

    It takes and returns vectors: embeddings, positions and the map to a vocabulary are
    around it. The defaults are the base model of the paper.

    Parameters
    ----------
    d_model, nhead : int
        As for `TransformerEncoderLayer`.
    num_encoder_layers, num_decoder_layers : int
        At least 1.
    dim_feedforward : int
    dropout, activation, layer_norm_eps, batch_first, norm_first, bias
        As for `TransformerEncoderLayer`.
    custom_encoder, custom_decoder : Module, optional
        In the place of the `TransformerEncoder` or the `TransformerDecoder`, and called
        as they are.
    dtype : numpy floating-point dtype, optional
        Of the parameters; float32 by default.
    rng : numpy.random.Generator, int or None
        Source of the initial values and, after them, of the dropout masks: a generator,
        a seed, or None for new random ones.

    Attributes
    ----------
    encoder : TransformerEncoder
        Ends with a `LayerNorm`, also where `norm_first` is False.
    decoder : TransformerDecoder
        Likewise.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, if `src` or
        `tgt` is no Tensor of floats, has the wrong shape or another batch than the
        other, and as the layers do for masks.

    Notes
    -----
    Called as ``transformer(src, tgt, *, src_mask=None, tgt_mask=None,
    memory_mask=None, src_key_padding_mask=None, tgt_key_padding_mask=None,
    memory_key_padding_mask=None, src_is_causal=False, tgt_is_causal=False,
    memory_is_causal=False)``, with torch's meaning of the arguments:

    - `src`, shape (S, N, D), and `tgt`, shape (T, N, D); (N, S, D) and (N, T, D) with
      `batch_first`; (S, D) and (T, D) for one pair of sequences;
    - masks of shape (S, S), (T, T) and (T, S), or with a first axis of N nhead: who
      attends (row) to whom (column). True forbids; floats are added to the scores;
    - key padding masks of shape (N, S), (N, T) and (N, S): True at padding. The
      memory's is not taken from the source's: padding in the source asks for both;
    - whether positions attend to earlier ones and themselves only; a decoder that is
      trained to predict the next token asks for ``tgt_is_causal=True``.

    it returns a Tensor of the shape of `tgt`.

    Every parameter with two axes, also of a custom encoder or decoder, is drawn anew by
    `init.xavier_uniform_`, torch's default; biases are as their layers have them, equal
    in all layers of a stack.

    References
    ----------
    Vaswani et al. (2017), *Attention is all you need*, arXiv:1706.03762, figure 1 and
    table 3; the final norms: Xiong et al. (2020), arXiv:2002.04745.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        *,
        dropout: float = 0.1,
        activation: Activation = "relu",
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: DTypeLike = None,
        rng: Rng = None,
    ) -> None:
        self.d_model = require_size(d_model, "Transformer: d_model")
        self.nhead = require_size(nhead, "Transformer: nhead")
        self.batch_first = require_flag(batch_first, "Transformer: batch_first")
        rng = default_rng(rng)
        options = {
            "dropout": dropout,
            "activation": activation,
            "layer_norm_eps": layer_norm_eps,
            "batch_first": batch_first,
            "norm_first": norm_first,
            "bias": bias,
            "dtype": dtype,
            "rng": rng,
        }
        custom = {"custom_encoder": custom_encoder, "custom_decoder": custom_decoder}
        for name, module in custom.items():
            if not isinstance(module, Module | None):
                raise TypeError(
                    f"Transformer: {name} must be a Module or None, got "
                    f"{type(module).__name__}"
                )

        def final_norm():
            norm = LayerNorm(self.d_model, eps=layer_norm_eps, bias=bias)
            return norm.to(require_float_dtype(dtype, "Transformer: dtype"))

        if custom_encoder is None:
            layer = TransformerEncoderLayer(d_model, nhead, dim_feedforward, **options)
            self.encoder = TransformerEncoder(
                layer,
                require_size(num_encoder_layers, "Transformer: num_encoder_layers"),
                norm=final_norm(),
            )
        else:
            self.encoder = custom_encoder
        if custom_decoder is None:
            layer = TransformerDecoderLayer(d_model, nhead, dim_feedforward, **options)
            self.decoder = TransformerDecoder(
                layer,
                require_size(num_decoder_layers, "Transformer: num_decoder_layers"),
                norm=final_norm(),
            )
        else:
            self.decoder = custom_decoder
        self.reset_parameters(rng=rng)

    def reset_parameters(self, *, rng: Rng = None) -> None:
        """Draw every parameter with two axes or more by `init.xavier_uniform_`."""
        rng = default_rng(rng)
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter, rng=rng)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        *,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool = False,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """(S, N, D), (T, N, D) -> (T, N, D); the class says more."""
        require_sequences(self, src=src, tgt=tgt)
        memory = self.encoder(
            src,
            mask=src_mask,
            src_key_padding_mask=src_key_padding_mask,
            is_causal=src_is_causal,
        )
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, *, dtype: DTypeLike = None) -> Tensor:
        """Return the causal mask to add: 0 on and below the diagonal, -inf above.

        Parameters
        ----------
        sz : int
            T, positions of the sequence.
        dtype : numpy floating-point dtype, optional
            float32 by default.

        Returns
        -------
        Tensor, shape (T, T)

        Raises
        ------
        TypeError, ValueError
            If `sz` is no int or negative, or `dtype` no floating-point dtype.
        """
        name = "generate_square_subsequent_mask"
        sz = require_size(sz, f"{name}: sz", least=0)
        dtype = require_float_dtype(dtype, f"{name}: dtype")
        return Tensor(np.triu(np.full((sz, sz), -np.inf, dtype), k=1))


def _copies(layer: Module, number: int, stack: str, argument: str) -> ModuleList:
    """Return deep copies of a layer, which go on drawing from its generators.

    Copied generators would give all copies the same dropout masks.
    """
    if not isinstance(layer, Module):
        raise TypeError(
            f"{stack}: {argument} must be a Module, got {type(layer).__name__}"
        )
    number = require_size(number, f"{stack}: num_layers")
    shared = {
        id(value): value
        for module in layer.modules()
        for value in vars(module).values()
        if isinstance(value, np.random.Generator)
    }
    return ModuleList(copy.deepcopy(layer, dict(shared)) for _ in range(number))


def _norm(norm: Module | None, stack: str) -> Module | None:
    if not isinstance(norm, Module | None):
        raise TypeError(
            f"{stack}: norm must be a Module or None, got {type(norm).__name__}"
        )
    return norm
