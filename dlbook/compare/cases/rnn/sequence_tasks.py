"""A case of the page on sequence tasks: a reader of sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.compare.case import Case, OperationCase, Shape

_ENTRIES, _UNITS = 16, 32  # of a row of the table, and of the state


class SentenceCase(OperationCase):
    """A table, an LSTM, and its state after the last real word of each sentence."""

    name = "embedding-lstm-last"
    title = "Sentence reader"
    axes = ("batch", "steps", "words")
    sizes = ((3, 5, 7), (16, 12, 43), (50, 19, 43))
    bench_size = (50, 19, 43)
    input_names = (
        "words",
        "lengths",
        "table",
        "weight_ih",
        "weight_hh",
        "bias_ih",
        "bias_hh",
    )

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw sentences (T, N), padded with 0, their lengths, and the weights."""
        batch, steps, words = size
        lengths = rng.integers(1, steps + 1, batch)
        lengths[-1] = steps  # not the first: the order of lengths is free
        numbers = rng.integers(1, words, (steps, batch))
        numbers[np.arange(steps)[:, None] >= lengths] = 0
        bound = _UNITS**-0.5
        rows = 4 * _UNITS
        shapes = ((rows, _ENTRIES), (rows, _UNITS), (rows,), (rows,))
        weights = [rng.uniform(-bound, bound, shape).astype(dtype) for shape in shapes]
        table = rng.standard_normal((words, _ENTRIES)).astype(dtype)
        return numbers, lengths, table, *weights

    @staticmethod
    def ours(
        words: np.ndarray, lengths: np.ndarray, table: Tensor, *weights: Tensor
    ) -> Tensor:
        """Return the last real state of every sentence, (N, H)."""
        x = functional.embedding(words, table)
        _output, (h, _c) = functional.lstm(x, None, *weights, lengths=lengths)
        return h

    @staticmethod
    def theirs(words: Any, lengths: Any, table: Any, *weights: Any) -> Any:
        """Compute the same with torch, which packs the real steps together."""
        import torch
        from torch.nn.utils.rnn import pack_padded_sequence

        x = torch.nn.functional.embedding(words, table)
        packed = pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)
        layer = torch.nn.LSTM(
            table.shape[1],
            weights[1].shape[1],
            device=table.device,
            dtype=table.dtype,
        )
        names = [name for name, _ in layer.named_parameters()]
        ours = dict(zip(names, weights, strict=True))
        _, (h, _) = torch.func.functional_call(layer, ours, (packed,))
        return h[0]


CASES: tuple[Case, ...] = (SentenceCase(),)
