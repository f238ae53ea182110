"""RNNCell, LSTMCell and GRUCell: one step of a recurrent layer."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats
from dlbook.nn.arguments import require_flag, require_float_dtype, require_size
from dlbook.nn.module import Module, Parameter
from dlbook.random import default_rng

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]

Rng = np.random.Generator | int | None


class RecurrentModule(Module):
    """What recurrent layers and their cells share: initial values and printing."""

    hidden_size: int
    input_size: int

    def reset_parameters(self, *, rng: Rng = None) -> None:
        r"""Draw every parameter from U(-k, k) with :math:`k = 1/\sqrt{H}`."""
        rng = default_rng(rng)
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            parameter.data[...] = rng.uniform(-bound, bound, parameter.shape)

    def extra_repr(self) -> str:
        """Return the sizes, and the options that are not the default, as torch does.

        And the nonlinearity of an RNN, which torch shows for an RNNCell alone.
        """
        defaults = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "nonlinearity": "tanh",
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
        }
        options = {key: getattr(self, key, value) for key, value in defaults.items()}
        return ", ".join(
            [
                f"{self.input_size}, {self.hidden_size}",
                *(f"{k}={v}" for k, v in options.items() if v != defaults[k]),
            ]
        )


class Cell(RecurrentModule):
    """What RNNCell, LSTMCell and GRUCell share: parameters, checks, printing.

    Attributes
    ----------
    gates : int
        How many matrices of hidden_size rows each weight holds, one below another.
    """

    gates: ClassVar[int]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        bias: bool = True,
        dtype: DTypeLike = None,
        rng: Rng = None,
    ) -> None:
        name = type(self).__name__
        self.input_size = require_size(input_size, f"{name}: input_size")
        self.hidden_size = require_size(hidden_size, f"{name}: hidden_size")
        self.bias = require_flag(bias, f"{name}: bias")
        dtype = require_float_dtype(dtype, f"{name}: dtype")
        rows = self.gates * self.hidden_size
        self.weight_ih = Parameter(np.empty((rows, self.input_size), dtype))
        self.weight_hh = Parameter(np.empty((rows, self.hidden_size), dtype))
        self.bias_ih = Parameter(np.empty(rows, dtype)) if bias else None
        self.bias_hh = Parameter(np.empty(rows, dtype)) if bias else None
        self.reset_parameters(rng=rng)

    def _weights(self) -> tuple[Tensor | None, ...]:
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh


class RNNCell(Cell):
    r"""One step of a simple recurrent network: `functional.rnn_cell`.

    .. math:: h' = \varphi(W_{ih} x + b_{ih} + W_{hh} h + b_{hh})

    Parameters
    ----------
    input_size : int
        D, how many numbers a step reads, at least 1.
    hidden_size : int
        H, how many numbers the state holds, at least 1.
    bias : bool
        Whether to add :math:`b_{ih}` and :math:`b_{hh}`.
    nonlinearity : {"tanh", "relu"}
        :math:`\varphi`.
    dtype : numpy floating-point dtype, optional
        Of the parameters; float32 by default.
    rng : numpy.random.Generator, int or None
        Source of the initial values: a generator, a seed, or None for new random ones.

    Attributes
    ----------
    weight_ih : Parameter, shape (H, D)
    weight_hh : Parameter, shape (H, H)
    bias_ih, bias_hh : Parameter, shape (H,), or None
        All drawn from U(-k, k) with :math:`k = 1/\sqrt{H}`, torch's default.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, if an input is
        no Tensor of floats of the parameters' dtype, or has the wrong shape.
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        bias: bool = True,
        nonlinearity: str = "tanh",
        dtype: DTypeLike = None,
        rng: Rng = None,
    ) -> None:
        self.nonlinearity = require_nonlinearity(nonlinearity, "RNNCell: nonlinearity")
        super().__init__(input_size, hidden_size, bias=bias, dtype=dtype, rng=rng)

    def forward(self, x: Tensor, hx: Tensor | None = None) -> Tensor:
        """(N, D), (N, H) -> (N, H); N may be missing, and hx too, which is then 0."""
        return F.rnn_cell(x, hx, *self._weights(), nonlinearity=self.nonlinearity)


class LSTMCell(Cell):
    """One step of an LSTM: `functional.lstm_cell`.

    Parameters and errors are those of `RNNCell`, without the nonlinearity; the formula
    stands at `LSTM`. Called with x and the pair (h, c), it returns the next pair.

    Attributes
    ----------
    weight_ih : Parameter, shape (4 H, D)
    weight_hh : Parameter, shape (4 H, H)
    bias_ih, bias_hh : Parameter, shape (4 H,), or None
        The input gate, the forget gate, the candidates and the output gate, one below
        another. ``cell.bias_ih.data[H : 2 * H] = 1.0`` opens the forget gate.
    """

    gates = 4

    def forward(
        self, x: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """(N, D) and two (N, H) -> two (N, H); N may be missing, and hx too."""
        if hx is None:
            require_floats(x, "LSTMCell")
            zeros = Tensor(np.zeros((*x.shape[:-1], self.hidden_size), x.dtype))
            hx = zeros, zeros
        return F.lstm_cell(x, hx, *self._weights())


class GRUCell(Cell):
    """One step of a GRU: `functional.gru_cell`.

    Parameters and errors are those of `RNNCell`, without the nonlinearity; the formula
    stands at `GRU`.

    Attributes
    ----------
    weight_ih : Parameter, shape (3 H, D)
    weight_hh : Parameter, shape (3 H, H)
    bias_ih, bias_hh : Parameter, shape (3 H,), or None
        The reset gate, the update gate and the candidates, one below another.
    """

    gates = 3

    def forward(self, x: Tensor, hx: Tensor | None = None) -> Tensor:
        """(N, D), (N, H) -> (N, H); N may be missing, and hx too, which is then 0."""
        return F.gru_cell(x, hx, *self._weights())


def require_nonlinearity(nonlinearity: str, name: str) -> str:
    """Return `nonlinearity`; raise ValueError for what is neither "tanh" nor "relu"."""
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f'{name} must be "tanh" or "relu", got {nonlinearity!r}')
    return nonlinearity
