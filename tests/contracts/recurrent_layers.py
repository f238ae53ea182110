"""Rows of `dlbook.nn`: recurrent layers and their cells.

What a row cannot hand to a layer, the pair of states of an LSTM and lengths, is
compared with torch in tests/nn/test_recurrent.py and test_recurrent_cells.py.
"""

import warnings

import numpy as np
import torch

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.convolution_layers import case_of
from tests.contracts.layers import LayerRow

T, N, D, H = 5, 3, 4, 6
X = (T, N, D)
# of rows whose initial values other rows compare with torch's distribution
SEEDED = {"rng": 7}


def masked(name, *args, dropout, **options):
    """Return torch's layers, run one by one with our generator's masks between."""
    kind = getattr(torch.nn, name)

    class Masked(kind):
        def forward(self, x):
            ours = getattr(nn, name)(*args, **options, **SEEDED)
            rng = ours.rng  # which has drawn the initial values
            finals = []
            for number in range(self.num_layers):
                if number > 0:
                    ones = Tensor(np.ones(x.shape))
                    mask = F.dropout(ones, dropout, training=True, rng=rng).data
                    x = x * torch.tensor(mask).to(x)
                weights = {
                    key.replace(f"_l{number}", "_l0"): value
                    for key, value in self.named_parameters()
                    if f"_l{number}" in key
                }
                layer = kind(x.shape[-1], self.hidden_size, **options)
                x, final = torch.func.functional_call(layer, weights, (x,))
                finals.append(final)
            if isinstance(final, tuple):
                return x, tuple(torch.cat(part) for part in zip(*finals, strict=True))
            return x, torch.cat(finals)

    return Masked(*args, **options)


def projected(*args, **options):
    """Return torch's LSTM with projections, which warns that it takes a slow path."""

    class Projected(torch.nn.LSTM):
        def forward(self, x):
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", ".* not supported with oneDNN")
                return super().forward(x)

    return Projected(*args, **options)


def options_of(name):
    """Return options of RNN, LSTM or GRU, and whether they need rows of all kinds."""
    yield {"num_layers": 2, "bidirectional": True}, True
    yield {"bias": False}, True
    yield {"batch_first": True}, False
    yield {"bidirectional": True}, False
    yield {"num_layers": 3}, False
    yield {"num_layers": 2, "bidirectional": True, "batch_first": True}, False
    yield {"num_layers": 2, "bidirectional": True, "bias": False}, False
    yield {"num_layers": 2, "dropout": 1.0}, False
    if name == "RNN":
        yield {"nonlinearity": "relu"}, False
        yield {"nonlinearity": "relu", "num_layers": 2, "bidirectional": True}, False
    if name == "LSTM":
        yield {"proj_size": 2, "num_layers": 2}, True
        yield {"proj_size": 1}, False
        yield {"proj_size": 3, "num_layers": 2, "bidirectional": True}, False
        yield {"proj_size": 3, "num_layers": 2, "bias": False}, False


def layers(name):
    """Return rows of RNN, LSTM or GRU."""

    def row(case, inputs, given, theirs=None, args=(D, H)):
        return LayerRow(f"nn.{name}", case, inputs, args, given, theirs)

    yield row("default options", (X,), {})
    yield row("no batch axis", ((T, D),), SEEDED)
    yield row("no batch axis, batch first", ((T, D),), {"batch_first": True, **SEEDED})
    yield row("one step of one number", ((1, 1, 1),), SEEDED, args=(1, 2))
    for given, unseeded in options_of(name):
        seeded = {} if unseeded else SEEDED
        theirs = None
        if "proj_size" in given:

            def theirs(given=given):
                return projected(D, H, **given)

        yield row(case_of(given), (X,), {**given, **seeded}, theirs)
    if name != "LSTM":
        for case, x, state, given in (
            ("an initial state", X, (1, N, H), {}),
            ("an initial state, no batch axis", (T, D), (1, H), {}),
            (
                "initial states of layers and directions",
                X,
                (4, N, H),
                {"num_layers": 2, "bidirectional": True},
            ),
            (
                "an initial state, batch first",
                (N, T, D),
                (1, N, H),
                {"batch_first": True},
            ),
        ):
            yield row(case, (x, state), {**given, **SEEDED})
    yield row(
        "dtype float64",
        (X,),
        {"dtype": np.float64, **SEEDED},
        lambda: getattr(torch.nn, name)(D, H, dtype=torch.float64),
    )
    for number, given in ((2, {"bidirectional": True}), (3, {})):
        yield row(
            f"{case_of({'num_layers': number, **given})}, dropout 0.4",
            (X,),
            {"num_layers": number, "dropout": 0.4, **given, **SEEDED},
            lambda number=number, given=given: masked(
                name, D, H, number, dropout=0.4, **given
            ),
        )


def cells(name):
    """Return rows of RNNCell, LSTMCell or GRUCell."""

    def row(case, inputs, given, theirs=None):
        return LayerRow(f"nn.{name}", case, inputs, (D, H), given, theirs)

    yield row("from zeros", ((N, D),), {})
    yield row("from zeros, no batch axis", ((D,),), SEEDED)
    if name != "LSTMCell":
        yield row("from a state", ((N, D), (N, H)), SEEDED)
        yield row("from a state, no batch axis", ((D,), (H,)), SEEDED)
    yield row("bias False", ((N, D),), {"bias": False})
    yield row(
        "dtype float64",
        ((N, D),),
        {"dtype": np.float64, **SEEDED},
        lambda: getattr(torch.nn, name)(D, H, dtype=torch.float64),
    )
    if name == "RNNCell":
        relu = {"nonlinearity": "relu"}
        yield row(case_of(relu), ((N, D), (N, H)), {**relu, **SEEDED})


ROWS = [
    *(row for name in ("RNN", "LSTM", "GRU") for row in layers(name)),
    *(row for name in ("RNNCell", "LSTMCell", "GRUCell") for row in cells(name)),
]
