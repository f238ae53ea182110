"""A table of vectors, one for each index."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.embedding import row_number
from dlbook.nn import init
from dlbook.nn.arguments import require_size
from dlbook.nn.module import Module, Parameter

__all__ = ["Embedding"]


class Embedding(Module):
    r"""Replace every index by its vector, a row of the table: `functional.embedding`.

    Parameters
    ----------
    num_embeddings : int
        V, the number of rows, at least 1.
    embedding_dim : int
        D, the length of a row, at least 1.
    padding_idx : int, optional
        A row that starts as 0 and is not trained; in [-V, V).
    max_norm : float, optional
        Rows longer than this are shortened to it, in `weight`, when looked up.
    norm_type : float
        p > 0 of the p-norm that `max_norm` limits.
    scale_grad_by_freq : bool
        Divide the gradient of each row by the number of times it was looked up.
    rng : numpy.random.Generator, int or None
        Source of the initial values: a generator, a seed, or None for new random ones.

    Attributes
    ----------
    weight : Parameter, shape (V, D)
        float32, drawn from N(0, 1), torch's default.
    padding_idx : int or None
        In [0, V).

    Raises
    ------
    TypeError, ValueError
        If a size is no int or smaller than 1, or there is no row `padding_idx`. The
        other options are checked when the layer is called.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.num_embeddings = require_size(num_embeddings, "Embedding: num_embeddings")
        self.embedding_dim = require_size(embedding_dim, "Embedding: embedding_dim")
        if padding_idx is not None:
            padding_idx = row_number(
                padding_idx, num_embeddings, "Embedding: padding_idx"
            )
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.weight = Parameter(np.zeros((num_embeddings, embedding_dim), np.float32))
        init.normal_(self.weight, rng=rng)
        if padding_idx is not None:
            self.weight.data[padding_idx] = 0

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        *,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
    ) -> Self:
        """Make a layer from a table that is there.

        Parameters
        ----------
        embeddings : array_like of floats or Tensor, shape (V, D)
            Copied, in its dtype; the row `padding_idx` as it is.
        freeze : bool
            Whether the table stays as it is in training.
        padding_idx, max_norm, norm_type, scale_grad_by_freq
            As for the layer.

        Raises
        ------
        TypeError
            If `embeddings` does not hold floats.
        ValueError
            If `embeddings` has not two axes or is empty, or there is no row
            `padding_idx`.
        """
        table = Tensor(embeddings)
        if table.dtype.kind != "f":
            raise TypeError(
                f"Embedding: embeddings must hold floats, got {table.dtype}"
            )
        if table.ndim != 2:
            raise ValueError(
                f"Embedding: embeddings have shape {table.shape}, expected two axes, "
                "(V, D)"
            )
        layer = cls(
            *table.shape,
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
        )
        layer.weight = Parameter(table.data, requires_grad=not freeze)
        return layer

    def forward(self, x: Any) -> Tensor:
        """Integers (*) -> (*, D)."""
        return F.embedding(
            x,
            self.weight,
            padding_idx=self.padding_idx,
            max_norm=self.max_norm,
            norm_type=self.norm_type,
            scale_grad_by_freq=self.scale_grad_by_freq,
        )

    def extra_repr(self) -> str:
        """Return the sizes and the options that are not the default."""
        parts = [f"{self.num_embeddings}, {self.embedding_dim}"]
        defaults = {
            "padding_idx": None,
            "max_norm": None,
            "norm_type": 2.0,
            "scale_grad_by_freq": False,
        }
        parts += [
            f"{name}={getattr(self, name)}"
            for name, default in defaults.items()
            if getattr(self, name) != default
        ]
        return ", ".join(parts)
