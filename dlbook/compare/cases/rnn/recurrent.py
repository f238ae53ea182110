"""Cases of the page on recurrent networks: the Elman layer over a whole sequence."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.compare.case import Cost, OperationCase, Shape


class LayerCase(OperationCase):
    """What the recurrent layers share: their inputs and what they cost.

    Attributes
    ----------
    gates : int
        G, the blocks of H rows in the weights.
    """

    axes = ("steps", "batch", "inputs", "units")
    sizes = ((5, 3, 4, 2), (16, 8, 32, 32), (64, 32, 128, 128), (64, 32, 256, 256))
    bench_size = (64, 32, 128, 128)
    input_names = ("x", "weight_ih", "weight_hh", "bias_ih", "bias_hh")
    gates: ClassVar[int]

    @classmethod
    def inputs(
        cls, size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (T, N, D), W_ih (G H, D), W_hh (G H, H) and two biases (G H,)."""
        steps, batch, inputs, units = size
        x = rng.standard_normal((steps, batch, inputs)).astype(dtype)
        rows = cls.gates * units
        limit = units**-0.5  # torch's default initialization
        shapes = ((rows, inputs), (rows, units), (rows,), (rows,))
        weights = (rng.uniform(-limit, limit, shape) for shape in shapes)
        return x, *(weight.astype(dtype) for weight in weights)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Three products a weight; x read twice, its gradient and the output written.

        The weights, read at every step, stay in the cache.
        """
        steps, batch, inputs, units = size
        products = steps * batch * self.gates * units * (inputs + units)
        elements = 3 * steps * batch * (inputs + units)
        return Cost(6.0 * products, float(elements * np.dtype(dtype).itemsize))


class ElmanCase(LayerCase):
    """One Elman layer, tanh, all steps: hidden states from sequences."""

    name = "rnn"
    title = "Elman network"
    gates = 1

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
        output, _h_n = functional.rnn(x, None, *weights)
        return output

    @staticmethod
    def theirs(
        x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any
    ) -> Any:
        """Compute the same with the function beneath torch.nn.RNN."""
        import torch

        weights = [weight_ih, weight_hh, bias_ih, bias_hh]
        zeros = x.new_zeros(1, x.shape[1], weight_hh.shape[1])
        # with biases, 1 layer, no dropout, training, one direction, time first
        options = (True, 1, 0.0, True, False, False)
        output, _h_n = torch.rnn_tanh(x, zeros, weights, *options)
        return output


class RaggedRNNCase(ElmanCase):
    """Sequences of different lengths in one padded batch."""

    name = "rnn-lengths"
    title = "Elman network, padded batch"
    sizes = ((5, 3, 4, 2), (16, 8, 32, 32), (64, 32, 128, 128))

    @staticmethod
    def ours(x: Tensor, *weights: Tensor) -> Tensor:
        """Run the layer; return h of every step, and zeros at padding."""
        lengths = some_lengths(*x.shape[:2])
        return functional.rnn(x, None, *weights, lengths=lengths)[0]

    @staticmethod
    def theirs(x: Any, *weights: Any) -> Any:
        """Compute the same with a packed sequence in torch."""
        import torch
        from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

        layer = torch.nn.RNN(x.shape[2], len(weights[1]))
        names = [name for name, _ in layer.named_parameters()]  # in the order of ours
        lengths = torch.from_numpy(some_lengths(*x.shape[:2]))
        packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
        packed = torch.func.functional_call(
            layer, dict(zip(names, weights, strict=True)), (packed,)
        )[0]
        return pad_packed_sequence(packed, total_length=len(x))[0]


def some_lengths(steps: int, batch: int) -> np.ndarray:
    """Return lengths (N,) from 1 to T in no order; the first is T."""
    return steps - 7 * np.arange(batch) % steps


CASES = (ElmanCase(), RaggedRNNCase())
