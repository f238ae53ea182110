"""RNN, LSTM and GRU: recurrent layers, stacked, in one direction or in both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from dlbook import functional as F
from dlbook.autograd import Tensor, concatenate, stack
from dlbook.functional.arguments import require_floats, require_number
from dlbook.functional.recurrent_arguments import pair_of_states
from dlbook.nn.arguments import require_flag, require_float_dtype, require_size
from dlbook.nn.module import Parameter
from dlbook.nn.recurrent_cells import (
    RecurrentModule,
    Rng,
    require_nonlinearity,
)
from dlbook.random import default_rng

__all__ = ["GRU", "LSTM", "RNN"]


class Recurrent(RecurrentModule):
    """What RNN, LSTM and GRU share: parameters, layers, directions, printing.

    A subclass says how many matrices its cell packs into one, and in `run` how one
    layer reads a sequence in one direction.

    Attributes
    ----------
    gates : int
        How many matrices of hidden_size rows each weight holds, one below another.
    """

    gates: ClassVar[int]
    proj_size: int = 0

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: DTypeLike = None,
        rng: Rng = None,
    ) -> None:
        name = type(self).__name__
        self.input_size = require_size(input_size, f"{name}: input_size")
        self.hidden_size = require_size(hidden_size, f"{name}: hidden_size")
        self.num_layers = require_size(num_layers, f"{name}: num_layers")
        self.bias = require_flag(bias, f"{name}: bias")
        self.batch_first = require_flag(batch_first, f"{name}: batch_first")
        self.bidirectional = require_flag(bidirectional, f"{name}: bidirectional")
        self.dropout = require_number(dropout, f"{name}: dropout")
        if not 0 <= self.dropout <= 1:
            raise ValueError(f"{name}: dropout must lie in [0, 1], got {dropout}")
        if self.dropout and self.num_layers == 1:
            raise ValueError(
                f"{name}: dropout acts between layers, and num_layers is 1: got "
                f"dropout {dropout}; put nn.Dropout before or after the layer"
            )
        if not 0 <= self.proj_size < self.hidden_size:
            raise ValueError(
                f"{name}: proj_size must lie between 1 and hidden_size - 1 = "
                f"{self.hidden_size - 1}, or be 0 for no projection, got "
                f"{self.proj_size}"
            )
        self.rng = default_rng(rng)
        self._make_parameters(require_float_dtype(dtype, f"{name}: dtype"))

    def _make_parameters(self, dtype: np.dtype) -> None:
        rows, state = self.gates * self.hidden_size, self._output_size
        columns = self.input_size  # of what a layer reads
        for layer in range(self.num_layers):
            shapes = {"weight_ih": (rows, columns), "weight_hh": (rows, state)}
            if self.bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            if self.proj_size:
                shapes |= {"weight_hr": (self.proj_size, self.hidden_size)}
            for suffix, _ in self._directions(layer):
                for name, shape in shapes.items():
                    setattr(self, name + suffix, Parameter(np.empty(shape, dtype)))
            columns = state * (2 if self.bidirectional else 1)
        self.reset_parameters(rng=self.rng)

    def forward(
        self, x: Tensor, hx: Any = None, *, lengths: ArrayLike | None = None
    ) -> tuple[Tensor, Any]:
        """(T, N, input_size) -> ((T, N, size), final states); the class says more."""
        self._check_input(x, hx)
        batch_first = self.batch_first and x.ndim == 3
        if batch_first:
            x = x.transpose(0, 1)  # (T, N, input_size)
        finals = []
        for layer in range(self.num_layers):
            if layer > 0:
                x = F.dropout(x, self.dropout, training=self.training, rng=self.rng)
            outputs = []
            for suffix, reverse in self._directions(layer):
                initial = None if hx is None else self.state_of(hx, len(finals))
                weights = self._weights(suffix)
                output, final = self.run(
                    x, initial, weights, lengths=lengths, reverse=reverse
                )
                outputs.append(output)
                finals.append(final)
            x = concatenate(outputs, axis=-1) if self.bidirectional else output
        return x.transpose(0, 1) if batch_first else x, self.join_states(finals)

    def run(
        self, x: Tensor, state: Any, weights: dict[str, Tensor | None], **options: Any
    ) -> tuple[Tensor, Any]:
        """Read a sequence with one layer in one direction.

        Parameters
        ----------
        x : Tensor, shape (T, N, D) or (T, D)
        state : Tensor, shape (N, H) or (H,), or what else the cell keeps, or None
            From the step before the first; None is zeros.
        weights : dict of str to Tensor or None
            weight_ih, weight_hh, bias_ih and bias_hh, and weight_hr if there are
            projections.
        **options
            `lengths` and `reverse`.

        Returns
        -------
        output, state
        """
        raise NotImplementedError(f"{type(self).__name__} does not define run()")

    def state_of(self, hx: Any, number: int) -> Any:
        """Return the initial state of one layer in one direction."""
        return hx[number]

    def join_states(self, finals: list[Any]) -> Any:
        """Join the final states: a first axis numbers the layers and directions."""
        return stack(finals)

    @property
    def _output_size(self) -> int:
        """The length of h, and so of one direction's output."""
        return self.proj_size or self.hidden_size

    def _directions(self, layer: int) -> Iterator[tuple[str, bool]]:
        """Yield the end of the parameters' names, and whether time runs backward."""
        yield f"_l{layer}", False
        if self.bidirectional:
            yield f"_l{layer}_reverse", True

    def _weights(self, suffix: str) -> dict[str, Tensor | None]:
        names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
        names += ["weight_hr"] if self.proj_size else []
        return {name: getattr(self, name + suffix, None) for name in names}

    def _initial_states(self, hx: Any) -> dict[str, tuple[Tensor, int]]:
        """Return each initial state and the length of its last axis, by name."""
        return {"hx": (hx, self._output_size)}

    def _check_input(self, x: Tensor, hx: Any) -> None:
        name = type(self).__name__
        require_floats(x, name)
        if x.ndim not in (2, 3) or x.shape[-1] != self.input_size:
            axes = "N, T" if self.batch_first else "T, N"
            raise ValueError(
                f"{name}: x has shape {x.shape}, expected ({axes}, {self.input_size}) "
                f"or (T, {self.input_size})"
            )
        if hx is None:
            return
        batch = () if x.ndim == 2 else (x.shape[0 if self.batch_first else 1],)
        number = self.num_layers * (2 if self.bidirectional else 1)
        for which, (state, size) in self._initial_states(hx).items():
            require_floats(state, name, name=which)
            if state.shape != (number, *batch, size):
                raise ValueError(
                    f"{name}: {which} has shape {state.shape}, expected "
                    f"{(number, *batch, size)}: layers times directions, "
                    + ("N, " if batch else "")
                    + "size of the state"
                )


class RNN(Recurrent):
    r"""Read sequences with a simple recurrent cell: `functional.rnn`.

    .. math:: h_t = \varphi(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})

    Each layer reads the outputs of the one below, :math:`h_1, \dots, h_T`.

    Parameters
    ----------
    input_size : int
        D, how many numbers each step reads, at least 1.
    hidden_size : int
        H, how many numbers the state holds, at least 1.
    num_layers : int
        L, at least 1.
    nonlinearity : {"tanh", "relu"}
        :math:`\varphi`.
    bias : bool
        Whether to add :math:`b_{ih}` and :math:`b_{hh}`.
    batch_first : bool
        Whether input and output are (N, T, ...) and not (T, N, ...). States are
        (L, N, H) in both cases.
    dropout : float
        Probability, in [0, 1], of dropping a number of a layer's output on the way to
        the next layer, while training. The last layer's output stays whole, so that one
        layer takes none.
    bidirectional : bool
        Whether each layer has a second cell, which reads from the last step to the
        first; its output stands behind the other's, step by step.
    dtype : numpy floating-point dtype, optional
        Of the parameters; float32 by default.
    rng : numpy.random.Generator, int or None
        Source of the initial values and, after them, of the dropout masks: a generator,
        a seed, or None for new random ones.

    Attributes
    ----------
    weight_ih_l0 : Parameter, shape (H, D)
        And ``weight_ih_l1`` to the last layer, of the shape (H, H), or (H, 2 H) if
        bidirectional. The second cell's end in ``_reverse``, as in
        ``weight_ih_l0_reverse``; likewise the following.
    weight_hh_l0 : Parameter, shape (H, H)
    bias_ih_l0, bias_hh_l0 : Parameter, shape (H,)
        Missing without bias. All are drawn from U(-k, k) with :math:`k = 1/\sqrt{H}`,
        torch's default.
    rng : numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range, or dropout is given to one
        layer (torch warns); when called, if `x` or the initial state is no Tensor of
        floats of the parameters' dtype, or has the wrong shape, and as `functional.rnn`
        does for `lengths`.

    Notes
    -----
    Called as ``layer(x, hx=None, *, lengths=None)`` with

    - `x`, shape (T, N, D); (N, T, D) with `batch_first`; or (T, D) for one sequence;
    - `hx`, shape (L, N, H), the states before the first step, zeros by default. One for
      each layer and, if bidirectional, two: layer 0, layer 0 reversed, layer 1, ... One
      sequence takes (L, H);
    - `lengths`, shape (N,), integers from 1 to T in any order: the steps that each
      sequence has; what comes after is padding. Then the output is zero at padding, the
      final state is that of the last real step, and there the reversed cell begins.
      torch has this as pack_padded_sequence and pad_packed_sequence, which cuts the
      output at the longest sequence, where ours keeps T steps;

    it returns the last layer's output, shape (T, N, H), or (T, N, 2 H) if
    bidirectional, and the final states, of the shape of `hx`.

    Orthogonal recurrent weights keep the length of what goes through them many times:
    ``nn.init.orthogonal_(layer.weight_hh_l0)``.

    References
    ----------
    Elman (1990), *Cognitive Science* 14; both directions: Schuster & Paliwal (1997),
    *IEEE Transactions on Signal Processing* 45.
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: DTypeLike = None,
        rng: Rng = None,
    ) -> None:
        self.nonlinearity = require_nonlinearity(nonlinearity, "RNN: nonlinearity")
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            dtype=dtype,
            rng=rng,
        )

    def run(
        self, x: Tensor, state: Any, weights: dict[str, Tensor | None], **options: Any
    ) -> tuple[Tensor, Tensor]:
        """Read a sequence with one layer in one direction."""
        return F.rnn(x, state, **weights, nonlinearity=self.nonlinearity, **options)


class LSTM(Recurrent):
    r"""Read sequences with a cell that gates what it keeps: `functional.lstm`.

    .. math::
        i_t &= \sigma(W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi}) \\
        f_t &= \sigma(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf}) \\
        o_t &= \sigma(W_{io} x_t + b_{io} + W_{ho} h_{t-1} + b_{ho}) \\
        g_t &= \tanh(W_{ig} x_t + b_{ig} + W_{hg} h_{t-1} + b_{hg}) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\
        h_t &= o_t \odot \tanh(c_t)

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
    bias, batch_first, dropout, bidirectional, dtype, rng
        As for `RNN`.
    proj_size : int
        P, from 1 to H - 1: project h to P numbers, :math:`h_t = W_{hr} (o_t \odot
        \tanh(c_t))`; c keeps H. With 0, the default, h has H numbers as well.

    Attributes
    ----------
    weight_ih_l0 : Parameter, shape (4 H, D)
        :math:`W_{ii}, W_{if}, W_{ig}, W_{io}`, one below another. Further layers and
        the reversed cells as in `RNN`, with P in the place of H in what a layer reads.
    weight_hh_l0 : Parameter, shape (4 H, H), or (4 H, P)
    bias_ih_l0, bias_hh_l0 : Parameter, shape (4 H,)
        Missing without bias.
    weight_hr_l0 : Parameter, shape (P, H)
        Missing without projection. All are drawn from U(-k, k) with :math:`k =
        1/\sqrt{H}`, torch's default.
    rng : numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        As for `RNN` and `functional.lstm`; if `proj_size` is out of range, or `hx` is
        no pair.

    Notes
    -----
    Called as ``layer(x, hx=None, *, lengths=None)``, and all is as in `RNN`, but `hx`
    is the pair (h, c) of the shapes (L, N, H or P) and (L, N, H), with 2 L if
    bidirectional; so are the final states, the second thing returned.

    A forget gate that begins open lets a cell keep what it has until training says
    otherwise. Its bias is the second quarter of `bias_ih`, which adds to that of
    `bias_hh`:

    >>> H = layer.hidden_size
    >>> layer.bias_ih_l0.data[H : 2 * H] = 1.0

    The recurrent weights of each gate can be made orthogonal:

    >>> for gate in range(4):
    ...     nn.init.orthogonal_(layer.weight_hh_l0[gate * H : (gate + 1) * H], rng=rng)

    References
    ----------
    Hochreiter & Schmidhuber (1997), *Neural Computation* 9; the forget gate: Gers,
    Schmidhuber & Cummins (2000), *Neural Computation* 12; its bias: Jozefowicz, Zaremba
    & Sutskever (2015), ICML; the projection: Sak, Senior & Beaufays (2014),
    arXiv:1402.1128.
    """

    gates = 4

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        dtype: DTypeLike = None,
        rng: Rng = None,
    ) -> None:
        self.proj_size = require_size(proj_size, "LSTM: proj_size", least=0)
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            dtype=dtype,
            rng=rng,
        )

    def run(
        self, x: Tensor, state: Any, weights: dict[str, Tensor | None], **options: Any
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Read a sequence with one layer in one direction."""
        return F.lstm(x, state, **weights, **options)

    def state_of(self, hx: Any, number: int) -> Any:
        """Return the initial h and c of one layer in one direction."""
        h, c = hx
        return h[number], c[number]

    def join_states(self, finals: list[Any]) -> Any:
        """Join the final states: all h, and all c."""
        h, c = zip(*finals, strict=True)
        return stack(h), stack(c)

    def _initial_states(self, hx: Any) -> dict[str, tuple[Tensor, int]]:
        h, c = pair_of_states(hx, "LSTM")
        return {
            "h of hx": (h, self._output_size),
            "c of hx": (c, self.hidden_size),
        }


class GRU(Recurrent):
    r"""Read sequences with a gated cell without a second state: `functional.gru`.

    .. math::
        r_t &= \sigma(W_{ir} x_t + b_{ir} + W_{hr} h_{t-1} + b_{hr}) \\
        z_t &= \sigma(W_{iz} x_t + b_{iz} + W_{hz} h_{t-1} + b_{hz}) \\
        n_t &= \tanh(W_{in} x_t + b_{in} + r_t \odot (W_{hn} h_{t-1} + b_{hn})) \\
        h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    Parameters, errors and the way it is called are those of `RNN`.

    Attributes
    ----------
    weight_ih_l0 : Parameter, shape (3 H, D)
        :math:`W_{ir}, W_{iz}, W_{in}`, one below another. Further layers and the
        reversed cells as in `RNN`.
    weight_hh_l0 : Parameter, shape (3 H, H)
    bias_ih_l0, bias_hh_l0 : Parameter, shape (3 H,)
        Missing without bias. All are drawn from U(-k, k) with :math:`k = 1/\sqrt{H}`,
        torch's default.
    rng : numpy.random.Generator

    Notes
    -----
    As in torch, the reset gate r acts after the product with :math:`W_{hn}`. In the
    published paper (EMNLP, and arXiv version 3) it acts before the product; in the
    paper's first version on arXiv, after it.

    References
    ----------
    Cho et al. (2014), arXiv:1406.1078, equations 5 to 8; their :math:`\tilde h` is our
    n.
    """

    gates = 3

    def run(
        self, x: Tensor, state: Any, weights: dict[str, Tensor | None], **options: Any
    ) -> tuple[Tensor, Tensor]:
        """Read a sequence with one layer in one direction."""
        return F.gru(x, state, **weights, **options)
