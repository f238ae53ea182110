"""Cases of the page on gates: layers of LSTM and GRU over a whole sequence."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional, nn
from dlbook.autograd import Tensor, concatenate
from dlbook.compare.case import Cost, OperationCase, Shape
from dlbook.compare.cases.rnn.recurrent import LayerCase


class LSTMCase(LayerCase):
    """One LSTM layer, all steps: hidden states from sequences."""

    name = "lstm"
    title = "LSTM"
    gate = 2.5
    gates = 4

    @staticmethod
    def ours(
        x: Tensor,
        weight_ih: Tensor,
        weight_hh: Tensor,
        bias_ih: Tensor,
        bias_hh: Tensor,
    ) -> Tensor:
        """Run the layer from a state of zeros; return h of every step."""
        weights = (weight_ih, weight_hh, bias_ih, bias_hh)
        output, _states = functional.lstm(x, None, *weights)
        return output

    @staticmethod
    def theirs(
        x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any
    ) -> Any:
        """Compute the same with the function beneath torch.nn.LSTM."""
        import torch

        weights = [weight_ih, weight_hh, bias_ih, bias_hh]
        zeros = x.new_zeros(1, x.shape[1], weight_hh.shape[1])
        # with biases, 1 layer, no dropout, training, one direction, time first
        options = (True, 1, 0.0, True, False, False)
        output, *_states = torch.lstm(x, (zeros, zeros), weights, *options)
        return output


class GRUCase(LayerCase):
    """One GRU layer, all steps: hidden states from sequences."""

    name = "gru"
    title = "GRU"
    gate = 0.95
    gates = 3

    @staticmethod
    def ours(
        x: Tensor,
        weight_ih: Tensor,
        weight_hh: Tensor,
        bias_ih: Tensor,
        bias_hh: Tensor,
    ) -> Tensor:
        """Run the layer from a state of zeros; return h of every step."""
        weights = (weight_ih, weight_hh, bias_ih, bias_hh)
        output, _state = functional.gru(x, None, *weights)
        return output

    @staticmethod
    def theirs(
        x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any
    ) -> Any:
        """Compute the same with the function beneath torch.nn.GRU."""
        import torch

        weights = [weight_ih, weight_hh, bias_ih, bias_hh]
        zeros = x.new_zeros(1, x.shape[1], weight_hh.shape[1])
        # with biases, 1 layer, no dropout, training, one direction, time first
        options = (True, 1, 0.0, True, False, False)
        output, _state = torch.gru(x, zeros, weights, *options)
        return output


class StackedCase(OperationCase):
    """Two layers, each in both directions, over sequences of several lengths.

    Output and final states come out as one row of numbers, so that all of them are
    compared, and all have a gradient.

    Attributes
    ----------
    layer : str
        Name of the class in `dlbook.nn` and in torch.nn.
    gates : int
        G, the blocks of H rows in the weights.
    """

    axes = ("steps", "batch", "inputs", "units")
    sizes = ((5, 4, 3, 2), (16, 8, 32, 32))
    bench_size = (16, 8, 32, 32)
    input_names = (
        "x",
        *(
            f"{name}_l{layer}{way}"
            for layer in range(2)
            for way in ("", "_reverse")
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ),
    )
    layer: ClassVar[str]
    gates: ClassVar[int]

    @classmethod
    def inputs(
        cls, size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (T, N, D) and the 16 weights, as torch's default draws them."""
        steps, batch, inputs, units = size
        drawn = [rng.standard_normal((steps, batch, inputs))]
        rows, limit = cls.gates * units, units**-0.5
        for columns in (inputs, inputs, 2 * units, 2 * units):
            shapes = ((rows, columns), (rows, units), (rows,), (rows,))
            drawn += [rng.uniform(-limit, limit, shape) for shape in shapes]
        return tuple(array.astype(dtype) for array in drawn)

    @staticmethod
    def lengths(x: Any) -> np.ndarray:
        """Return lengths from 1 to T that are in no order, for any x (T, N, D)."""
        return 1 + (len(x) - 1 + 3 * np.arange(x.shape[1])) % len(x)

    @classmethod
    def ours(cls, x: Tensor, *weights: Tensor) -> Tensor:
        """Run our layer with these weights; return output and final states."""
        inputs, units = x.shape[-1], weights[1].shape[-1]
        layer = getattr(nn, cls.layer)(inputs, units, 2, bidirectional=True)
        vars(layer).update(zip(cls.input_names[1:], weights, strict=True))
        output, states = layer(x, lengths=cls.lengths(x))
        states = states if isinstance(states, tuple) else (states,)
        return concatenate([part.reshape(-1) for part in (output, *states)])

    @classmethod
    def theirs(cls, x: Any, *weights: Any) -> Any:
        """Run torch's layer on the packed sequences; return the same."""
        import torch
        from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

        inputs, units = x.shape[-1], weights[1].shape[-1]
        layer = getattr(torch.nn, cls.layer)(inputs, units, 2, bidirectional=True)
        weights = dict(zip(cls.input_names[1:], weights, strict=True))
        lengths = torch.from_numpy(cls.lengths(x))
        packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
        packed, states = torch.func.functional_call(layer, weights, (packed,))
        output, _ = pad_packed_sequence(packed, total_length=len(x))
        states = states if isinstance(states, tuple) else (states,)
        return torch.cat([part.reshape(-1) for part in (output, *states)])

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Three products for each weight and each real step."""
        *_, inputs, units = size
        taken = float(self.lengths(np.empty(size[:3])).sum())
        columns = 2 * (inputs + units) + 2 * (2 * units + units)
        products = taken * self.gates * units * columns
        moved = 3.0 * np.prod(size[:3]) * np.dtype(dtype).itemsize
        return Cost(6.0 * products, float(moved))


class StackedLSTMCase(StackedCase):
    """Two LSTM layers, each in both directions, over sequences of several lengths."""

    name = "lstm-stacked"
    title = "LSTM, 2 layers, both ways, lengths"
    layer = "LSTM"
    gates = 4


class StackedGRUCase(StackedCase):
    """Two GRU layers, each in both directions, over sequences of several lengths."""

    name = "gru-stacked"
    title = "GRU, 2 layers, both ways, lengths"
    layer = "GRU"
    gates = 3


class StackedRNNCase(StackedCase):
    """Two Elman layers, each in both directions, over sequences of several lengths."""

    name = "rnn-stacked"
    title = "Elman, 2 layers, both ways, lengths"
    layer = "RNN"
    gates = 1


CASES = (
    LSTMCase(),
    GRUCase(),
    StackedLSTMCase(),
    StackedGRUCase(),
    StackedRNNCase(),
)
