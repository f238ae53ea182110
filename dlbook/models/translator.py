"""An encoder-decoder transformer that turns one sequence of tokens into another."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_number
from dlbook.models.beam_search import Hypothesis, beam_search
from dlbook.models.decoding import evaluating
from dlbook.nn import init
from dlbook.nn.arguments import require_flag, require_size
from dlbook.random import default_rng

__all__ = ["Translator"]


class Translator(nn.Module):
    r"""Embeddings and positions, an `nn.Transformer`, and scores of target tokens.

    From source tokens :math:`u_1 \dots u_S` and the target tokens so far,
    :math:`w_0 \dots w_{t}`, where :math:`w_0` is the begin token,

    .. math::
        \begin{aligned}
        m &= \operatorname{encoder}\bigl(\sqrt D\, W_u[u] + P\bigr) \\
        h &= \operatorname{decoder}\bigl(\sqrt D\, W_w[w] + P,\; m\bigr) \\
        s_t &= W_o h_t + b_o
        \end{aligned}

    and :math:`s_t` scores :math:`w_{t+1}`; P are sines and cosines. No :math:`s_t`
    depends on a later target token, and nothing on what stands at padding.

    Parameters
    ----------
    source_vocab, target_vocab : int
        U and V, the numbers of different tokens.
    width : int
        D, the length of the vector that stands for a token; a multiple of `num_heads`,
        and even.
    num_heads : int
    num_layers : int
        Of the encoder, and again of the decoder.
    feedforward : int, optional
        Hidden numbers of the feed-forward parts; 4D by default.
    dropout : float
        The probability of dropping, in [0, 1]: numbers after the embedding, and as in
        `nn.TransformerEncoderLayer`.
    norm_first : bool
        Whether to normalize before each part, or, if False, after it as in the paper,
        which then needs a warm-up of the learning rate.
    pad, begin, end : int
        Tokens that fill short sequences, begin and end a target; `pad` in both
        vocabularies, the others in the target's, all different. By default those of a
        `data.Vocabulary` with these three special tokens.
    rng : numpy.random.Generator, int or None
        Source of the initial values and of the dropout masks.

    Attributes
    ----------
    source_embedding, target_embedding : nn.Embedding
        weight (U, D) and (V, D), at first from N(0, 1/D), so that the numbers
        :math:`\sqrt D\, W[w]` have the variance 1.
    positions : nn.SinusoidalPositions
    transformer : nn.Transformer
    linear : nn.Linear
        weight (V, D), bias (V,).
    dropout : nn.Dropout

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    References
    ----------
    Vaswani et al. (2017), *Attention is all you need*, arXiv:1706.03762, figure 1 and
    section 3.4, without sharing weights between embeddings and scores.
    """

    def __init__(
        self,
        source_vocab: int,
        target_vocab: int,
        *,
        width: int = 64,
        num_heads: int = 4,
        num_layers: int = 2,
        feedforward: int | None = None,
        dropout: float = 0.1,
        norm_first: bool = True,
        pad: int = 0,
        begin: int = 1,
        end: int = 2,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        source_vocab = require_size(source_vocab, "Translator: source_vocab")
        target_vocab = require_size(target_vocab, "Translator: target_vocab")
        self.width = require_size(width, "Translator: width")
        num_heads = require_size(num_heads, "Translator: num_heads")
        if width % num_heads:
            raise ValueError(
                f"Translator: width must be a multiple of num_heads, got {width} and "
                f"{num_heads}"
            )
        num_layers = require_size(num_layers, "Translator: num_layers")
        feedforward = 4 * width if feedforward is None else feedforward
        feedforward = require_size(feedforward, "Translator: feedforward")
        dropout = require_number(dropout, "Translator: dropout")
        if not 0 <= dropout <= 1:
            raise ValueError(f"Translator: dropout must lie in [0, 1], got {dropout}")
        special = {"pad": pad, "begin": begin, "end": end}
        for name, token in special.items():
            require_size(token, f"Translator: {name}", least=0)
            if token >= target_vocab or (name == "pad" and token >= source_vocab):
                raise ValueError(
                    f"Translator: {name} must be a token, got {token} with "
                    f"{source_vocab} source and {target_vocab} target tokens"
                )
        if len(set(special.values())) < 3:
            raise ValueError(
                f"Translator: pad, begin and end must differ, got {pad}, {begin} and "
                f"{end}"
            )
        self.pad, self.begin, self.end = pad, begin, end
        rng = default_rng(rng)
        self.source_embedding = nn.Embedding(source_vocab, width, rng=rng)
        self.target_embedding = nn.Embedding(target_vocab, width, rng=rng)
        for embedding in (self.source_embedding, self.target_embedding):
            init.normal_(embedding.weight, std=1 / math.sqrt(width), rng=rng)
        self.positions = nn.SinusoidalPositions(width, batch_first=True)
        self.transformer = nn.Transformer(
            width,
            num_heads,
            num_layers,
            num_layers,
            feedforward,
            dropout=dropout,
            batch_first=True,
            norm_first=require_flag(norm_first, "Translator: norm_first"),
            rng=rng,
        )
        self.linear = nn.Linear(width, target_vocab, rng=rng)
        self.dropout = nn.Dropout(dropout, rng=rng)

    def forward(self, source: ArrayLike | Tensor, target: ArrayLike | Tensor) -> Tensor:
        """Score the target tokens, given the source and the target tokens before each.

        Parameters
        ----------
        source : array_like or Tensor of int, shape (N, S)
            N sequences, a row each, short ones filled up with `pad`.
        target : array_like or Tensor of int, shape (N, T)
            Each begins with `begin`; in training, the true ones ("teacher forcing").

        Returns
        -------
        Tensor, shape (N, T, V)
            ``scores[n, t]`` is about what follows ``target[n, t]``.

        Raises
        ------
        ValueError
            If source or target has other than two axes or no token, a source holds
            nothing but padding, or there are not as many targets as sources.
        TypeError, IndexError
            If a token is no integer of its vocabulary.
        """
        source = self._tokens("source", source)
        return self.decode(target, self.encode(source), source)

    def encode(self, source: ArrayLike | Tensor) -> Tensor:
        """Read sources; return what the decoder attends to.

        Parameters
        ----------
        source : array_like or Tensor of int, shape (N, S)

        Returns
        -------
        Tensor, shape (N, S, D)
            What stands at padding means nothing.

        Raises
        ------
        TypeError, ValueError, IndexError
            As `forward`.
        """
        source = self._tokens("source", source)
        padding = source == self.pad  # (N, S), True where nobody may look
        if padding.all(axis=1).any():
            row = int(padding.all(axis=1).argmax())
            raise ValueError(
                f"Translator: source {row} holds nothing but padding, token {self.pad}"
            )
        x = self._embed(self.source_embedding, source)
        return self.transformer.encoder(x, src_key_padding_mask=padding)

    def decode(
        self, target: ArrayLike | Tensor, memory: Tensor, source: ArrayLike | Tensor
    ) -> Tensor:
        """Score target tokens, given what `encode` returned.

        Parameters
        ----------
        target : array_like or Tensor of int, shape (N, T)
        memory : Tensor, shape (N, S, D)
        source : array_like or Tensor of int, shape (N, S)
            Tells where the padding is.

        Returns
        -------
        Tensor, shape (N, T, V)

        Raises
        ------
        TypeError, ValueError, IndexError
            As `forward`.
        """
        source, target = self._pairs(source, target)
        hidden = self.transformer.decoder(
            self._embed(self.target_embedding, target),
            memory,
            tgt_is_causal=True,
            memory_key_padding_mask=source == self.pad,
        )  # (N, T, D)
        return self.linear(hidden)

    def greedy(self, source: ArrayLike | Tensor, *, max_length: int = 50) -> np.ndarray:
        """Translate by taking the most probable token, one after another.

        The model is in evaluation mode meanwhile, and no graph is recorded.

        Parameters
        ----------
        source : array_like or Tensor of int, shape (N, S)
        max_length : int
            The most tokens to write, the end included.

        Returns
        -------
        ndarray of int64, shape (N, T)
            Without `begin`; after the end there is padding. T is the length of the
            longest, at most `max_length`. A row without an end was cut.

        Raises
        ------
        TypeError, ValueError, IndexError
            As `forward`, or if `max_length` is no int of at least 1.
        """
        max_length = require_size(max_length, "Translator: max_length")
        source = self._tokens("source", source)
        target = np.full((len(source), 1), self.begin)
        ended = np.zeros(len(source), bool)
        with evaluating(self):
            memory = self.encode(source)
            for _ in range(max_length):
                scores = self.decode(target, memory, source)
                token = scores.data[:, -1].argmax(axis=1)
                token[ended] = self.pad
                target = np.concatenate([target, token[:, np.newaxis]], axis=1)
                ended |= token == self.end
                if ended.all():
                    break
        return target[:, 1:]

    def beam_search(
        self,
        source: ArrayLike | Tensor,
        *,
        beams: int = 4,
        length_penalty: float = 0.0,
        max_length: int = 50,
    ) -> list[Hypothesis]:
        """Translate one source by `beam_search`, in evaluation mode.

        Parameters
        ----------
        source : array_like or Tensor of int, shape (S,)
        beams, length_penalty, max_length
            As there.

        Returns
        -------
        list of Hypothesis
            The best one first.

        Raises
        ------
        TypeError, ValueError, IndexError
            As `beam_search` and `forward`.
        """
        source = np.asarray(source.data if isinstance(source, Tensor) else source)
        if source.ndim != 1:
            raise ValueError(
                f"Translator: source has shape {source.shape}, expected (S,): beam "
                "search takes one sequence at a time"
            )
        source = self._tokens("source", source[np.newaxis])
        with evaluating(self):
            memory = self.encode(source)

            def step(texts):
                same = Tensor(np.repeat(memory.data, len(texts), axis=0))
                sources = np.repeat(source, len(texts), axis=0)
                return self.decode(texts, same, sources)[:, -1]

            return beam_search(
                step,
                [self.begin],
                end=self.end,
                beams=beams,
                length_penalty=length_penalty,
                max_length=max_length,
            )

    def attention_maps(
        self,
        source: ArrayLike | Tensor,
        target: ArrayLike | Tensor,
        *,
        layer: int = -1,
    ) -> np.ndarray:
        """Return how much each target place attends to each source token.

        The model is in evaluation mode meanwhile, and no graph is recorded.

        Parameters
        ----------
        source : array_like or Tensor of int, shape (N, S)
        target : array_like or Tensor of int, shape (N, T)
            Each begins with `begin`.
        layer : int
            Which layer of the decoder, the last one by default.

        Returns
        -------
        ndarray of floats, shape (N, num_heads, T, S)
            ``maps[n, h, t]`` sums to 1 and is used to score the token after
            ``target[n, t]``.

        Raises
        ------
        TypeError, ValueError, IndexError
            As `forward`, and IndexError if there is no such layer.
        """
        source, target = self._pairs(source, target)
        layers = list(self.transformer.decoder.layers)
        if not isinstance(layer, int) or not -len(layers) <= layer < len(layers):
            raise IndexError(
                f"Translator: layer must lie in [-{len(layers)}, {len(layers)}), got "
                f"{layer!r}"
            )
        with evaluating(self):
            memory, padding = self.encode(source), source == self.pad
            x = self._embed(self.target_embedding, target)
            before, chosen = layers[: layer % len(layers)], layers[layer]
            for each in before:
                x = each(x, memory, tgt_is_causal=True, memory_key_padding_mask=padding)
            # the chosen layer, up to its attention to the source
            if chosen.norm_first:
                y = chosen.norm1(x)
                x = x + chosen.self_attn(y, y, y, is_causal=True)[0]
                query = chosen.norm2(x)
            else:
                query = chosen.norm1(x + chosen.self_attn(x, x, x, is_causal=True)[0])
            _, weights = chosen.multihead_attn(
                query,
                memory,
                memory,
                key_padding_mask=padding,
                average_attn_weights=False,
            )
        return weights.data

    def _embed(self, embedding: nn.Embedding, tokens: np.ndarray) -> Tensor:
        vectors = embedding(tokens) * math.sqrt(self.width)  # (N, T, D)
        return self.dropout(self.positions(vectors))

    def _pairs(self, source: Any, target: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return sources and as many targets, or raise."""
        source = self._tokens("source", source)
        target = self._tokens("target", target)
        if len(target) != len(source):
            raise ValueError(
                f"Translator: {len(source)} sources and {len(target)} targets, "
                "expected a target for each source"
            )
        return source, target

    def _tokens(self, name: str, tokens: Any) -> np.ndarray:
        """Return tokens as an array of two axes, or raise."""
        array = np.asarray(tokens.data if isinstance(tokens, Tensor) else tokens)
        if array.ndim != 2 or not array.shape[1]:
            raise ValueError(
                f"Translator: {name} has shape {array.shape}, expected "
                f"(N, {name[0].upper()}): sequences first, then at least one token"
            )
        return array
