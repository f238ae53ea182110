"""GPT: a transformer that reads from left to right and scores the next token."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor, is_grad_enabled
from dlbook.functional.arguments import require_number
from dlbook.models.blank import blank_rng
from dlbook.models.decoding import (
    evaluating,
    prompt_and_length,
    sample_token,
    sampling_options,
)
from dlbook.models.gpt_blocks import GPTBlock, KeyValueCache, normalization
from dlbook.models.ngram import token_ids
from dlbook.nn import init
from dlbook.nn.arguments import require_flag, require_size
from dlbook.random import default_rng

__all__ = ["GPT", "gpt2_small"]

POSITIONS = ("learned", "sinusoidal", "rotary", "none")
STD = 0.02  # of GPT-2's initial weights


class GPT(nn.Module):
    r"""A decoder-only transformer with GPT-2's names and, by default, its structure.

    From tokens :math:`w_1, \dots, w_T`, with token vectors :math:`W_e` and position
    vectors :math:`W_p`,

    .. math::
        \begin{aligned}
        x_t &= W_e[w_t] + W_p[t] \\
        x &\leftarrow x + \operatorname{attention}(\operatorname{norm}(x)), \quad
        x \leftarrow x + \operatorname{mlp}(\operatorname{norm}(x))
        \quad \text{in every layer} \\
        s_t &= W_e \operatorname{norm}(x_t)
        \end{aligned}

    and :math:`s_t` scores the token after :math:`w_t`. No :math:`s_t` depends on a
    later token.

    Parameters
    ----------
    vocab_size : int
        V, the number of different tokens.
    context : int
        The largest number of tokens that it can read.
    width : int
        D, the length of the vector that stands for a token; a multiple of `num_heads`.
    num_layers : int
        Blocks of attention and feed-forward.
    num_heads : int
        Heads of attention in each.
    dropout : float
        The probability of dropping, in [0, 1]: numbers after the embedding and of what
        each part adds, and weights of attention. 0.1 in GPT-2.
    bias : bool
        Whether linear layers and normalizations have biases. The scores have none.
    tie_weights : bool
        Whether the scores use the token vectors as weights: one Parameter under two
        names, trained by both uses.
    positions : {"learned", "sinusoidal", "rotary", "none"}
        How a token's place gets in: a trained vector for each place, as in GPT-2; sines
        and cosines, added to the token's vector times :math:`\sqrt D`, as in Vaswani et
        al. (2017); queries and keys rotated; or not at all.
    mlp_ratio : int
        Hidden numbers of the feed-forward part, in multiples of D.
    attention_only : bool
        Leave the feed-forward parts out, as Elhage et al. (2021) do to understand what
        attention does.
    norm : {"layer", "rms", "none"}
        What normalizes, before each part and before the scores.
    rng : numpy.random.Generator, int or None
        Source of the initial values and of the dropout masks.

    Attributes
    ----------
    transformer : nn.ModuleDict
        ``wte`` token vectors (V, D); ``wpe`` positions, weight (context, D) if learned;
        ``drop``; ``h`` the blocks; ``ln_f`` the last normalization.
    lm_head : nn.Linear
        weight (V, D).

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    Notes
    -----
    Initial values as in GPT-2: weights from :math:`N(0, 0.02^2)`, those that end in a
    sum with the residual stream divided by the root of the number of such sums, 2
    `num_layers`; biases 0.

    References
    ----------
    Radford, Wu, Child, Luan, Amodei & Sutskever (2019), *Language models are
    unsupervised multitask learners*, section 2.3.
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        context: int,
        width: int,
        num_layers: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        tie_weights: bool = True,
        positions: str = "learned",
        mlp_ratio: int = 4,
        attention_only: bool = False,
        norm: str = "layer",
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.vocab_size = require_size(vocab_size, "GPT: vocab_size")
        self.context = require_size(context, "GPT: context")
        self.width = require_size(width, "GPT: width")
        num_layers = require_size(num_layers, "GPT: num_layers")
        num_heads = require_size(num_heads, "GPT: num_heads")
        mlp_ratio = require_size(mlp_ratio, "GPT: mlp_ratio")
        dropout = require_number(dropout, "GPT: dropout")
        if not 0 <= dropout <= 1:
            raise ValueError(f"GPT: dropout must lie in [0, 1], got {dropout}")
        for name in ("bias", "tie_weights", "attention_only"):
            require_flag(locals()[name], f"GPT: {name}")
        if positions not in POSITIONS:
            raise ValueError(
                f"GPT: positions must be one of {list(POSITIONS)}, got {positions!r}"
            )
        self.positions = positions
        rng = default_rng(rng)
        blank = blank_rng()  # `_initialize` draws everything again
        parts: dict[str, nn.Module] = {
            "wte": nn.Embedding(vocab_size, width, rng=blank)
        }
        if positions == "learned":
            parts["wpe"] = nn.LearnedPositions(
                context, width, batch_first=True, rng=blank
            )
        elif positions == "sinusoidal":
            parts["wpe"] = nn.SinusoidalPositions(width, batch_first=True)
        parts["drop"] = nn.Dropout(dropout, rng=rng)
        parts["h"] = nn.ModuleList(
            GPTBlock(
                width,
                num_heads,
                dropout=dropout,
                bias=bias,
                rotary=positions == "rotary",
                mlp_ratio=0 if attention_only else mlp_ratio,
                norm=norm,
                rng=rng,
            )
            for _ in range(num_layers)
        )
        parts["ln_f"] = normalization(norm, width, bias=bias)
        self.transformer = nn.ModuleDict(parts)
        self.lm_head = nn.Linear(width, vocab_size, bias=False, rng=blank)
        if tie_weights:
            self.lm_head.weight = self.transformer["wte"].weight
        self._initialize(rng)

    def _initialize(self, rng: np.random.Generator) -> None:
        names = [name for name, _ in self.named_parameters()]
        sums = sum(name.endswith("c_proj.weight") for name in names)
        for name, parameter in self.named_parameters():
            if name.endswith("c_proj.weight"):
                init.normal_(parameter, std=STD / math.sqrt(sums), rng=rng)
            elif ".ln_" not in name and name.endswith("weight"):
                init.normal_(parameter, std=STD, rng=rng)
            elif name.endswith("bias"):
                init.zeros_(parameter)

    def forward(
        self,
        ids: ArrayLike | Tensor,
        cache: KeyValueCache | None = None,
        *,
        need_weights: bool = False,
    ) -> Tensor | tuple[Tensor, list[Tensor]]:
        """Read tokens and score the next one after each.

        Parameters
        ----------
        ids : array_like or Tensor of int, shape (N, T)
            N texts, a row each.
        cache : KeyValueCache, optional
            What was read before: the tokens go on from there, and are added to it. Only
            inside ``no_grad()``, as no gradient flows through it.
        need_weights : bool
            Whether to return the weights of attention, too.

        Returns
        -------
        scores : Tensor, shape (N, T, V)
            ``scores[n, t]`` is about what follows ``ids[n, t]``.
        weights : list of Tensor, shape (N, num_heads, T, S) each
            If wanted, one of every layer; before dropout. S = T, and what was read
            before.

        Raises
        ------
        ValueError
            If the tokens have other than two axes, there are none, or they do not fit
            into the context.
        TypeError, IndexError
            If a token is no integer in [0, V), or `need_weights` no bool.
        RuntimeError
            If there is a cache while gradients are recorded.
        """
        require_flag(need_weights, "GPT: need_weights")
        ids = ids.data if isinstance(ids, Tensor) else np.asarray(ids)
        past = self._past(ids, cache)
        parts = self.transformer
        x = parts["wte"](ids)  # (N, T, D)
        if self.positions == "learned":
            x = parts["wpe"](x, offset=past)
        elif self.positions == "sinusoidal":
            x = parts["wpe"](x * math.sqrt(self.width), offset=past)
        x = parts["drop"](x)
        weights = []
        for layer, block in enumerate(parts["h"]):
            x, attention = block(x, cache, layer=layer, need_weights=need_weights)
            weights.append(attention)
        if cache is not None:
            cache.length = past + ids.shape[1]
        scores = self.lm_head(parts["ln_f"](x))  # (N, T, V)
        return (scores, weights) if need_weights else scores

    def _past(self, ids: np.ndarray, cache: KeyValueCache | None) -> int:
        """Return how many tokens were read before; check that these fit."""
        if ids.ndim != 2 or not ids.shape[1]:
            raise ValueError(
                f"GPT: ids has shape {ids.shape}, expected (N, T): texts first, then "
                "at least one token of each"
            )
        if cache is not None and is_grad_enabled():
            raise RuntimeError(
                "GPT: a cache passes no gradient on; use it inside `with no_grad():`"
            )
        past = 0 if cache is None else cache.length
        if past + ids.shape[1] > self.context:
            before = f" after {past} in the cache" if past else ""
            raise ValueError(
                f"GPT: {ids.shape[1]} tokens{before} do not fit into a context of "
                f"{self.context}"
            )
        return past

    def generate(
        self,
        prompt: ArrayLike,
        length: int,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        use_cache: bool = True,
        slide: bool = False,
        rng: np.random.Generator | int | None = None,
    ) -> np.ndarray:
        """Continue texts, token by token, in evaluation mode.

        Parameters
        ----------
        prompt : array_like or Tensor of int, shape (T,) or (N, T)
            The text so far, at least one token; or N texts of one length, a row each.
        length : int
            How many tokens to add, at least 0.
        temperature, top_k, top_p
            As in `next_token_probabilities`.
        use_cache : bool
            Whether to keep keys and values, so that each token is read once. The tokens
            are the same without, but for the rounding of the scores.
        slide : bool
            Whether the text may grow beyond the context. Each time the context is full,
            the model forgets the older half of it and reads the newer half again.
        rng : numpy.random.Generator, int or None

        Returns
        -------
        ndarray of int64, shape (length,) or (N, length)
            The new tokens alone, without the prompt.

        Raises
        ------
        TypeError
            If the prompt holds no integers, `length` is no int, or an option is of the
            wrong type.
        ValueError
            If the prompt is empty or has other than one or two axes, `length` is
            negative, an option is out of range, or the text does not fit into the
            context and may not slide.
        """
        tokens, length = prompt_and_length("GPT", prompt, length, "(T,) or (N, T)")
        sampling_options(temperature, top_k, top_p)
        require_flag(use_cache, "GPT: use_cache")
        require_flag(slide, "GPT: slide")
        rng = default_rng(rng)
        rows = tokens.reshape(-1, tokens.shape[-1])  # (N, T)
        read = rows.shape[1]
        if read + length - 1 > self.context and not slide and length:
            raise ValueError(
                f"GPT: a prompt of {read} tokens and {length} new ones do not fit into "
                f"a context of {self.context}; slide=True forgets the oldest"
            )
        text = np.concatenate([rows, np.zeros((len(rows), length), rows.dtype)], axis=1)
        start = known = max(0, read - self.context)
        cache = KeyValueCache() if use_cache else None
        with evaluating(self):
            for end in range(read, read + length):
                if end - start > self.context:
                    start = known = end - max(1, self.context // 2)
                    cache = KeyValueCache() if use_cache else None
                scores = self(text[:, known if use_cache else start : end], cache)
                text[:, end] = sample_token(
                    scores[:, -1],
                    temperature=temperature,
                    top_k=top_k,
                    top_p=top_p,
                    rng=rng,
                )
                known = end
        return text[:, read:].reshape(*tokens.shape[:-1], length).astype(np.int64)

    def surprisals(
        self,
        ids: ArrayLike,
        *,
        context: ArrayLike = (),
        stride: int | None = None,
        batch_size: int = 16,
    ) -> np.ndarray:
        """Return -log p of every token, given those before it, in nats.

        A text longer than the context is read in windows that overlap: each is as long
        as the context and scores its last `stride` tokens, so that every token but the
        first ones is scored with at least ``context - stride`` tokens before it. The
        model is in evaluation mode meanwhile, and no graph is recorded.

        Parameters
        ----------
        ids : array_like of int, shape (T,)
            Tokens in [0, V), at least one.
        context : array_like of int
            Tokens before the first one. Without any, the model has read nothing when
            the first token comes: that token's surprisal is ln V, as for a guess.
        stride : int, optional
            In 1 to the model's context, half of it by default. A small one gives every
            token more to go by, and takes longer.
        batch_size : int
            How many windows are read at a time.

        Returns
        -------
        ndarray of float64, shape (T,)
            Their mean is the cross-entropy in nats per token.

        Raises
        ------
        TypeError, ValueError
            If a token is no integer in [0, V), or `stride` or `batch_size` is no int or
            out of range.
        """
        ids = token_ids("GPT", "ids", ids, self.vocab_size)
        size = self.context
        stride = (size + 1) // 2 if stride is None else stride
        stride = require_size(stride, "GPT: stride")
        if stride > size:
            raise ValueError(
                f"GPT: stride must be at most the context, {size}, got {stride}"
            )
        batch_size = require_size(batch_size, "GPT: batch_size")
        before = np.zeros(0, np.int64)
        if np.size(context):
            before = token_ids("GPT", "context", context, self.vocab_size)
        text = np.concatenate([before[-size:], ids])
        nats = np.full(len(text), np.log(self.vocab_size))
        length = min(size, len(text) - 1)  # tokens that a window reads
        if length:
            last = len(text) - 1 - length  # where the last window starts
            starts = np.array([*range(0, last, stride), last])
            windows = starts[:, np.newaxis] + np.arange(length)  # (windows, length)
            with evaluating(self):
                for first in range(0, len(windows), batch_size):
                    places = windows[first : first + batch_size]
                    log_p = F.log_softmax(self(text[places])).data
                    following = text[places + 1][..., np.newaxis]
                    found = -np.take_along_axis(log_p, following, -1)[..., 0]
                    for row, start in enumerate(places[:, 0]):
                        fresh = 0 if start == 0 else max(0, length - stride)
                        nats[places[row, fresh:] + 1] = found[row, fresh:]
        return nats[len(text) - len(ids) :]

    def flops(self, length: int, *, past: int = 0) -> int:
        r"""Count the additions and multiplications of one text's matrix products.

        With L layers and T tokens that attend to S = `past` + T,

        .. math::
            2 T \bigl(L (4 + 2 r) D^2 + V D\bigr) + 4 L T S D

        where r is `mlp_ratio`, 0 for attention alone: two operations for every weight
        and token, and two for every number of each query-key product and of each
        weighted sum of values, also where the mask then takes the product away. A
        training step takes three times as many, a third forward and the rest back.
        Layers in integers make as many, in integers. What LoRA adds is not counted.

        Parameters
        ----------
        length : int
            T, how many tokens are read.
        past : int
            How many are in the cache.

        Raises
        ------
        TypeError, ValueError
            If a number is no int or negative, or T is 0.
        """
        length = require_size(length, "GPT: length")
        past = require_size(past, "GPT: past", least=0)
        blocks = self.transformer["h"]
        weights = _weights_of_products(blocks) + _weights_of_products(self.lm_head)
        attention = 4 * len(blocks) * length * (past + length) * self.width
        return 2 * length * weights + attention


def _weights_of_products(module: nn.Module) -> int:
    """Count the weights that each token meets in a module's linear layers.

    A layer that stands for a linear one, in integers or with another around it, is
    known by `in_features` and `out_features`; what is inside is not counted again.
    """
    if hasattr(module, "in_features") and hasattr(module, "out_features"):
        return module.in_features * module.out_features
    return sum(_weights_of_products(child) for child in module.children())


def gpt2_small(
    *, dropout: float = 0.1, rng: np.random.Generator | int | None = None
) -> GPT:
    """Build the smallest GPT-2, with 124,439,808 parameters.

    Parameters
    ----------
    dropout : float
        As for `GPT`.
    rng : numpy.random.Generator, int or None
        ``rng=blank_rng()`` saves drawing weights that will be replaced.

    References
    ----------
    Radford et al. (2019), table 2, first row; the paper counts 117 M.
    """
    return GPT(
        50_257,
        context=1024,
        width=768,
        num_layers=12,
        num_heads=12,
        dropout=dropout,
        rng=rng,
    )
