"""Multi-head attention: several attentions side by side, in learned projections."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional as F
from dlbook.autograd import Tensor, as_tensor, concatenate, split
from dlbook.functional.arguments import require_floats, require_number
from dlbook.functional.attention_heads import attend_with_heads
from dlbook.functional.attention_tiles import Dropping
from dlbook.functional.attention_weights import masked_softmax
from dlbook.nn import init
from dlbook.nn.arguments import require_flag, require_float_dtype, require_size
from dlbook.nn.linear import Linear
from dlbook.nn.module import Module, Parameter
from dlbook.random import default_rng

__all__ = ["MultiheadAttention"]

NAME = "MultiheadAttention"


class MultiheadAttention(Module):
    r"""Attend with several heads, each in a projection of its own.

    .. math::
        \begin{aligned}
        Q_h &= X_q W_h^{Q\top} + b_h^Q, \quad
        K_h = X_k W_h^{K\top} + b_h^K, \quad
        V_h = X_v W_h^{V\top} + b_h^V \\
        O_h &= \operatorname{softmax}(Q_h K_h^\top / \sqrt{d} + M)\, V_h, \quad
        Y = [O_1, \dots, O_{n_h}]\, W^{O\top} + b^O
        \end{aligned}

    with heads of :math:`d = D / n_h` numbers.

    Parameters
    ----------
    embed_dim : int
        D, the length of the vectors of query and output.
    num_heads : int
        :math:`n_h`, a divisor of D.
    dropout : float
        Probability, in [0, 1], of dropping a weight while training.
    bias : bool
        Whether to add :math:`b^Q, b^K, b^V` and :math:`b^O`.
    add_bias_kv : bool
        Whether to add one learned key and value to those of every sequence.
    add_zero_attn : bool
        Whether to add a key and a value of zeros: somewhere to look at for nothing.
    kdim, vdim : int, optional
        Length of the vectors of key and value; D by default.
    batch_first : bool
        Whether query, key, value and output are (N, T, ...) and not (T, N, ...).
    dtype : numpy floating-point dtype, optional
        Of the parameters; float32 by default.
    rng : numpy.random.Generator, int or None
        Source of the initial values and, after them, of the dropout masks: a generator,
        a seed, or None for new random ones.

    Attributes
    ----------
    in_proj_weight : Parameter, shape (3 D, D), or None
        :math:`W^Q, W^K, W^V`, one below another, and in each one head below another.
        None if `kdim` or `vdim` differs from D; then there are
    q_proj_weight, k_proj_weight, v_proj_weight : Parameter, or None
        of the shapes (D, D), (D, kdim) and (D, vdim). Drawn by
        `init.xavier_uniform_`, also the packed one as a whole.
    in_proj_bias : Parameter, shape (3 D,), or None
        Zeros at first.
    bias_k, bias_v : Parameter, shape (1, 1, D), or None
        The added key and value, drawn by `init.xavier_normal_`.
    out_proj : Linear
        :math:`W^O`, drawn as `Linear` does, and :math:`b^O`, zeros at first.
    rng : numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, if an input is
        no Tensor of floats of the parameters' dtype, or shapes do not fit.

    Notes
    -----
    Called as ``layer(query, key, value, *, key_padding_mask=None, need_weights=True,
    attn_mask=None, average_attn_weights=True, is_causal=False)`` with

    - `query`, shape (L, N, D), or (N, L, D) with `batch_first`, or (L, D) for one
      example; `key` (S, N, kdim) and `value` (S, N, vdim) likewise;
    - `key_padding_mask`, shape (N, S), or (S,) for one example. Of booleans: True where
      a key is padding and *not* to be attended to. Of floats: added to the scores;
    - `attn_mask`, shape (L, S), or (N num_heads, L, S), the heads of an example side by
      side. Of booleans: True where query i may *not* attend to key j, the opposite of
      `functional.scaled_dot_product_attention`, as in torch. Of floats: added to the
      scores; a Tensor that requires a gradient gets one;
    - `is_causal`: query i may attend to the keys 0, ..., i alone, in addition to what
      the masks forbid. For torch it is a hint that `attn_mask` is the causal mask,
      which has to be given and, depending on other options, is not read; where the hint
      is true, the results are the same;
    - `need_weights`: whether to return the weights, which have to be kept whole then:
      slower. They are those that the values were averaged with, after dropout;
    - `average_attn_weights`: whether to average them over the heads;

    it returns the output, of the shape of `query`, and the weights, shape (N, L, S), or
    (N, num_heads, L, S) one by one, or None. `add_bias_kv` and `add_zero_attn` lengthen
    S by one each; no mask hides what they add.

    With one tensor as query, key and value the three projections are one product, and
    with one tensor as key and value two are. A query that may attend to nothing gets
    weights of 0 and, before the output projection, zeros; torch gives nan where
    `need_weights` is set.

    References
    ----------
    Vaswani et al. (2017), arXiv:1706.03762, section 3.2.2. Their h, d_model and d_k are
    our n_h, D and d.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        *,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: DTypeLike = None,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        width = self.embed_dim = require_size(embed_dim, f"{NAME}: embed_dim")
        self.num_heads = require_size(num_heads, f"{NAME}: num_heads")
        if width % self.num_heads:
            raise ValueError(
                f"{NAME}: embed_dim must be a multiple of num_heads, got {embed_dim} "
                f"and {num_heads}"
            )
        self.head_dim = width // self.num_heads
        self.kdim = width if kdim is None else require_size(kdim, f"{NAME}: kdim")
        self.vdim = width if vdim is None else require_size(vdim, f"{NAME}: vdim")
        self.dropout = require_number(dropout, f"{NAME}: dropout")
        if not 0 <= self.dropout <= 1:
            raise ValueError(f"{NAME}: dropout must lie in [0, 1], got {dropout}")
        self.batch_first = require_flag(batch_first, f"{NAME}: batch_first")
        self.add_zero_attn = require_flag(add_zero_attn, f"{NAME}: add_zero_attn")
        require_flag(bias, f"{NAME}: bias")
        require_flag(add_bias_kv, f"{NAME}: add_bias_kv")
        dtype = require_float_dtype(dtype, f"{NAME}: dtype")
        self.rng = default_rng(rng)

        def parameter(*shape):
            return Parameter(np.zeros(shape, dtype))

        packed = self.kdim == self.vdim == width
        self.in_proj_weight = parameter(3 * width, width) if packed else None
        self.q_proj_weight = None if packed else parameter(width, width)
        self.k_proj_weight = None if packed else parameter(width, self.kdim)
        self.v_proj_weight = None if packed else parameter(width, self.vdim)
        self.in_proj_bias = parameter(3 * width) if bias else None
        self.bias_k = parameter(1, 1, width) if add_bias_kv else None
        self.bias_v = parameter(1, 1, width) if add_bias_kv else None
        self.out_proj = Linear(width, width, bias=bias, rng=self.rng).to(dtype)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        for weight in (self.in_proj_weight, *weights):
            if weight is not None:
                init.xavier_uniform_(weight, rng=self.rng)
        if self.out_proj.bias is not None:
            self.out_proj.bias.data[...] = 0.0
        for added in (self.bias_k, self.bias_v):
            if added is not None:
                init.xavier_normal_(added, rng=self.rng)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        *,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """(L, N, D), (S, N, kdim), (S, N, vdim) -> ((L, N, D), (N, L, S) or None)."""
        flags = {
            "need_weights": need_weights,
            "average_attn_weights": average_attn_weights,
            "is_causal": is_causal,
        }
        for name, flag in flags.items():
            require_flag(flag, f"{NAME}: {name}")
        self._check_inputs(query, key, value)
        axis = self._batch_axis(query)
        mask = self._mask(attn_mask, key_padding_mask, query, key)
        single = query.ndim == 2
        projections = self._project(query, key, value)
        if single:
            projections = [x.unsqueeze(axis) for x in projections]
        if self._added_keys:
            sizes = query.shape[1 - axis], key.shape[1 - axis]
            mask = self._with_added_columns(mask, is_causal, *sizes)
            projections, is_causal = self._with_added_keys(projections, axis), False
        p = self.dropout if self.training else 0.0
        if need_weights:
            query, key, value = self._split(projections, axis)  # (N, n_h, T, d)
            scores = query @ key.mT * self.head_dim**-0.5
            weights = masked_softmax(scores, mask, is_causal=is_causal)
            weights = F.dropout(weights, p, rng=self.rng)
            heads = self._join(weights @ value, axis)
            weights = weights.mean(axis=1) if average_attn_weights else weights
            weights = weights[0] if single else weights
        else:
            weights = None
            heads = attend_with_heads(
                projections,
                self.num_heads,
                mask,
                dropping=Dropping(p, self.rng) if p else None,
                is_causal=is_causal,
                batch_axis=axis,
            )
        output = self.out_proj(heads)
        return output.squeeze(axis) if single else output, weights

    def _batch_axis(self, query: Tensor) -> int:
        """Return the axis of the examples; a single one gets an axis 1."""
        return 0 if self.batch_first and query.ndim == 3 else 1

    @property
    def _added_keys(self) -> int:
        """How many keys are added to those of the caller."""
        return (self.bias_k is not None) + self.add_zero_attn

    def _project(self, query: Tensor, key: Tensor, value: Tensor) -> list[Tensor]:
        """Return queries, keys and values side by side, as few products as can be."""
        if self.in_proj_weight is None:
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
            several = [(query, 0, 1), (key, 1, 2), (value, 2, 3)]
        elif key is not value or self._added_keys:
            several = [(query, 0, 1), (key, 1, 2), (value, 2, 3)]
        elif query is not key:
            several = [(query, 0, 1), (key, 1, 3)]
        else:
            several = [(query, 0, 3)]
        projected = []
        for x, first, last in several:
            rows = slice(first * self.embed_dim, last * self.embed_dim)
            if self.in_proj_weight is None:
                weight = weights[first]
            else:
                weight = _rows(self.in_proj_weight, rows)
            projected.append(F.linear(x, weight, _rows(self.in_proj_bias, rows)))
        return projected

    def _with_added_keys(self, projections: list[Tensor], axis: int) -> list[Tensor]:
        """Append the learned key and value, and those of zeros, in time."""
        query, *pair = projections
        shape = list(query.shape)
        shape[1 - axis] = 1
        for i, learned in enumerate((self.bias_k, self.bias_v)):
            added = [] if learned is None else [learned.expand(*shape)]
            if self.add_zero_attn:
                added.append(Tensor(np.zeros(shape, query.dtype)))
            pair[i] = concatenate([pair[i], *added], axis=1 - axis)
        return [query, *pair]

    def _split(self, projections: list[Tensor], axis: int) -> list[Tensor]:
        """Return queries, keys and values, head by head: (N, n_h, T, d)."""
        order = (axis, 2, 1 - axis, 3)
        sizes = self.num_heads, self.head_dim
        return [
            part.reshape(*part.shape[:2], *sizes).permute(*order)
            for x in projections
            for part in split(x, self.embed_dim, axis=-1)
        ]

    def _join(self, heads: Tensor, axis: int) -> Tensor:
        """Return (N, n_h, L, d) as (N, L, D) or (L, N, D), heads side by side."""
        order = (0, 2, 1, 3) if axis == 0 else (2, 0, 1, 3)
        return heads.permute(*order).flatten(2)

    def _mask(
        self, attn_mask: Any, key_padding_mask: Any, query: Tensor, key: Tensor
    ) -> Tensor | None:
        """Return both masks as one that broadcasts to (N, n_h, L, S), or None.

        Of booleans, True where a query may attend, unless one of them holds floats.
        """
        axis = self._batch_axis(query)
        single = query.ndim == 2
        samples = 1 if single else query.shape[axis]
        length, source = query.shape[1 - axis], key.shape[1 - axis]
        masks = []
        if attn_mask is not None:
            several = (samples * self.num_heads, length, source)
            mask = _checked("attn_mask", attn_mask, (length, source), several)
            whole = (samples, self.num_heads, length, source)
            masks.append(mask.reshape(*whole) if mask.ndim == 3 else mask)
        if key_padding_mask is not None:
            shape = (source,) if single else (samples, source)
            mask = _checked("key_padding_mask", key_padding_mask, shape)
            masks.append(mask.reshape(samples, 1, 1, source))
        if not masks:
            return None
        if all(mask.dtype == np.bool_ for mask in masks):
            hidden = reduce(np.logical_or, [mask.data for mask in masks])
            return Tensor(~hidden)
        return reduce(add, [_added(mask, query.dtype) for mask in masks])

    def _with_added_columns(
        self, mask: Tensor | None, is_causal: bool, length: int, source: int
    ) -> Tensor | None:
        """Let every query see the added keys, which stand behind the others."""
        if is_causal:
            seen = np.tri(length, source, dtype=bool)
            if mask is None:
                mask = Tensor(seen)
            elif mask.dtype == np.bool_:
                mask = Tensor(mask.data & seen)
            else:
                mask = mask + _added(Tensor(~seen), mask.dtype)
        if mask is None:
            return None
        widths = [(0, 0)] * (mask.ndim - 1) + [(0, self._added_keys)]
        return mask.pad(tuple(widths), value=mask.dtype == np.bool_)

    def _check_inputs(self, query: Tensor, key: Tensor, value: Tensor) -> None:
        inputs = {"query": query, "key": key, "value": value}
        widths = (self.embed_dim, self.kdim, self.vdim)
        dtype = self.out_proj.weight.dtype
        layout = "(N, T, {0})" if self.batch_first else "(T, N, {0})"
        for (name, x), width in zip(inputs.items(), widths, strict=True):
            require_floats(x, NAME, name=name)
            if x.dtype != dtype:
                raise TypeError(
                    f"{NAME}: {name} has dtype {x.dtype}, the parameters {dtype}; "
                    f"convert one of them, for example {name}.astype({dtype})"
                )
            if x.ndim not in (2, 3) or x.shape[-1] != width:
                raise ValueError(
                    f"{NAME}: {name} has shape {x.shape}, expected "
                    f"{layout.format(width)} or (T, {width})"
                )
        axis = self._batch_axis(query)
        shapes = [x.shape for x in inputs.values()]
        alike = query.ndim == key.ndim == value.ndim
        if alike and query.ndim == 3:
            alike = query.shape[axis] == key.shape[axis]
        if not alike or key.shape[:-1] != value.shape[:-1]:
            raise ValueError(
                f"{NAME}: query, key and value have the shapes {shapes}; expected as "
                "many examples in all, and as many values as keys"
            )

    def extra_repr(self) -> str:
        """Return the sizes and what differs from the defaults."""
        options = {
            "dropout": (self.dropout, 0.0),
            "bias": (self.in_proj_bias is not None, True),
            "add_bias_kv": (self.bias_k is not None, False),
            "add_zero_attn": (self.add_zero_attn, False),
            "kdim": (self.kdim, self.embed_dim),
            "vdim": (self.vdim, self.embed_dim),
            "batch_first": (self.batch_first, False),
        }
        said = [f"embed_dim={self.embed_dim}", f"num_heads={self.num_heads}"]
        said += [f"{k}={v}" for k, (v, default) in options.items() if v != default]
        return ", ".join(said)


def _checked(name: str, mask: Any, *shapes: tuple[int, ...]) -> Tensor:
    """Return a mask as a Tensor of one of the shapes, of booleans or floats."""
    mask = as_tensor(mask)
    if mask.dtype.kind not in "bf":
        raise TypeError(
            f"{NAME}: {name} must hold booleans (True: hidden) or floating-point "
            f"numbers (added to the scores), got {mask.dtype}"
        )
    if mask.shape not in shapes:
        expected = " or ".join(map(str, shapes))
        raise ValueError(f"{NAME}: {name} has shape {mask.shape}, expected {expected}")
    return mask


def _added(mask: Tensor, dtype: np.dtype) -> Tensor:
    """Return what a mask adds to the scores: -inf where one of booleans hides."""
    if mask.dtype == np.bool_:
        return Tensor(np.where(mask.data, dtype.type(-np.inf), dtype.type(0)))
    return mask.astype(dtype)


def _rows(parameter: Tensor | None, rows: slice) -> Tensor | None:
    """Cut rows out of a packed parameter; all of them are the parameter itself."""
    if parameter is None or rows == slice(0, len(parameter)):
        return parameter
    return parameter[rows]
