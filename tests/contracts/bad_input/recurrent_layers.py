"""Recurrent layers and cells: wrong options, inputs and states that do not fit."""

import numpy as np
import torch

from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, zeros

LAYERS = ("RNN", "LSTM", "GRU")
CELLS = ("RNNCell", "LSTMCell", "GRUCell")


def built(name, what, match, args=(3, 4), *, error=ValueError, silent=False, **options):
    """Return a row that breaks a call of a constructor."""
    return BadInput(
        f"{name}: {what}",
        lambda: getattr(nn, name)(*args, **options),
        error,
        f"{name}: {match}",
        lambda: getattr(torch.nn, name)(*args, **options),
        silent,
    )


def constructors():
    for name in (*LAYERS, *CELLS):
        # of cells, torch checks no option
        quiet = {"silent": name in CELLS}
        for which, args in (("input_size", (0, 4)), ("hidden_size", (3, 0))):
            match = f"{which} must be at least 1, got 0"
            yield built(name, f"{which} 0", match, args, **quiet)
        yield built(
            name,
            "input_size a float",
            "input_size must be an int, got float",
            (3.0, 4),
            error=TypeError,
        )
        yield built(
            name,
            "hidden_size a bool",
            "hidden_size must be an int, got bool",
            (3, True),
            error=TypeError,
            silent=name != "RNN",
        )
        yield built(
            name,
            "bias a number",
            "bias must be True or False, got 1",
            error=TypeError,
            bias=1,
            **quiet,
        )
        yield BadInput(
            f"{name}: dtype of integers",
            lambda name=name: getattr(nn, name)(3, 4, dtype=np.int64),
            TypeError,
            f"{name}: dtype must be a floating-point dtype, got int64",
            lambda name=name: getattr(torch.nn, name)(3, 4, dtype=torch.int64),
        )
        yield BadInput(
            f"{name}: rng that is none",
            lambda name=name: getattr(nn, name)(3, 4, rng="seed"),
            TypeError,
            "rng must be a numpy.random.Generator, an int or None, got str",
        )
    for name in LAYERS:
        yield built(name, "num_layers 0", "num_layers must be at least 1", (3, 4, 0))
        yield built(
            name,
            "num_layers a float",
            "num_layers must be an int, got float",
            (3, 4, 2.0),
            error=TypeError,
        )
        yield built(
            name,
            "batch_first a number",
            "batch_first must be True or False, got 0",
            error=TypeError,
            batch_first=0,
        )
        yield built(
            name,
            "bidirectional a word",
            "bidirectional must be True or False, got 'yes'",
            error=TypeError,
            silent=True,
            bidirectional="yes",
        )
        for p in (-0.1, 1.5):
            yield built(
                name,
                f"dropout {p}",
                rf"dropout must lie in \[0, 1\], got {p}",
                (3, 4, 2),
                dropout=p,
            )
        yield built(
            name,
            "dropout a bool",
            "dropout must be a number, got bool",
            (3, 4, 2),
            error=TypeError,
            dropout=True,
        )
        yield built(
            name,
            "dropout of one layer",
            "dropout acts between layers, and num_layers is 1: got dropout 0.5",
            silent=True,
            dropout=0.5,
        )
    for name in ("RNN", "RNNCell"):
        yield BadInput(
            f"{name}: an unknown nonlinearity",
            lambda name=name: getattr(nn, name)(3, 4, nonlinearity="sigmoid"),
            ValueError,
            f'{name}: nonlinearity must be "tanh" or "relu", got \'sigmoid\'',
            # torch's cell notices when it is called
            lambda name=name: getattr(torch.nn, name)(3, 4, nonlinearity="sigmoid")(
                torch.zeros(5, 3)
            ),
        )
    for size, what in (
        (4, "proj_size must lie between 1 and hidden_size - 1 = 3, or be 0 .*, got 4"),
        (9, "proj_size must lie between .*, got 9"),
        (-1, "proj_size must be at least 0, got -1"),
    ):
        yield built("LSTM", f"proj_size {size}", what, proj_size=size)
    yield built(
        "LSTM",
        "proj_size a float",
        "proj_size must be an int, got float",
        error=TypeError,
        proj_size=2.0,
    )


def states(name, *shapes, torchs=False):
    """Return an initial state; an LSTM's second one is like the first by default."""
    made = [them(*shape) if torchs else zeros(*shape) for shape in shapes]
    if name.startswith("LSTM"):
        return (made[0], made[-1])
    return made[0]


def them(*shape):
    return torch.zeros(shape, dtype=torch.float64)


def called(name, what, match, x, *shapes, error=ValueError, silent=False, **options):
    """Return a row that calls a layer of sizes 3 and 4 with zeros of these shapes."""
    ours = getattr(nn, name)(3, 4, rng=0, **options).to(np.float64)
    theirs = getattr(torch.nn, name)(3, 4, **options).double()

    def hx(torchs):
        return (states(name, *shapes, torchs=torchs),) if shapes else ()

    return BadInput(
        f"{name}: {what}",
        lambda: ours(zeros(*x), *hx(False)),
        error,
        match,
        lambda: theirs(them(*x), *hx(True)),
        silent,
    )


def inputs():
    for name in LAYERS:
        expected = r"expected \(T, N, 3\) or \(T, 3\)"
        for what, x in (
            ("x of one axis", (3,)),
            ("x of four axes", (2, 2, 2, 3)),
            ("x of another size", (5, 2, 4)),
            ("x without a batch of another size", (5, 2)),
        ):
            match = rf"{name}: x has shape \({x[0]},.*, {expected}"
            yield called(name, what, match, x)
        yield called(
            name,
            "x of another size, batch first",
            rf"{name}: x has shape \(2, 5, 4\), expected \(N, T, 3\) or \(T, 3\)",
            (2, 5, 4),
            batch_first=True,
        )
        yield called(name, "no step", r"x has .*\(0, 2, 3\).* step", (0, 2, 3))
        which = "h of hx" if name == "LSTM" else "hx"
        for what, x, shape, right, options in (
            ("a state of another batch", (5, 2, 3), (1, 3, 4), "1, 2, 4", {}),
            ("a state of another size", (5, 2, 3), (1, 2, 3), "1, 2, 4", {}),
            ("a state without layers", (5, 2, 3), (2, 4), "1, 2, 4", {}),
            ("a state of one sequence", (5, 2, 3), (1, 4), "1, 2, 4", {}),
            ("a state of a batch for one sequence", (5, 3), (1, 1, 4), "1, 4", {}),
            (
                "a state of one layer of two",
                (5, 2, 3),
                (1, 2, 4),
                "2, 2, 4",
                {"num_layers": 2},
            ),
            (
                "a state of one direction of two",
                (5, 2, 3),
                (1, 2, 4),
                "2, 2, 4",
                {"bidirectional": True},
            ),
            (
                "a state with the batch first",
                (2, 5, 3),
                (2, 1, 4),
                "1, 2, 4",
                {"batch_first": True},
            ),
        ):
            match = rf"{name}: {which} has shape .*, expected \({right}\): layers"
            yield called(name, what, match, x, shape, **options)
    yield called(
        "LSTM",
        "c of another size",
        r"LSTM: c of hx has shape \(1, 2, 3\), expected \(1, 2, 4\)",
        (5, 2, 3),
        (1, 2, 4),
        (1, 2, 3),
    )
    for first, second, match in (
        ((1, 2, 4), (1, 2, 4), r"h of hx has .*, expected \(1, 2, 2\)"),
        ((1, 2, 2), (1, 2, 2), r"c of hx has .*, expected \(1, 2, 4\)"),
    ):
        yield called(
            "LSTM",
            f"states {first} and {second} of a projection",
            f"LSTM: {match}",
            (5, 2, 3),
            first,
            second,
            proj_size=2,
        )


def cells():
    for name in CELLS:
        function = name.lower().replace("cell", "_cell")
        h = "h"
        yield called(
            name,
            "x of three axes",
            rf"{function}: x has shape \(5, 2, 3\), expected \(N, D\) or \(D,\)",
            (5, 2, 3),
        )
        yield called(name, "x of another size", f"{function}: weight_ih has", (2, 4))
        for what, x, shape in (
            ("a state of another batch", (2, 3), (3, 4)),
            ("a state of another size", (2, 3), (2, 3)),
        ):
            match = rf"{function}: {h} has shape \({shape[0]}, {shape[1]}\), expected"
            yield called(name, what, match, x, shape)
        yield called(
            name,
            "a state without a batch axis",
            rf"{function}: {h} has shape \(4,\), expected",
            (2, 3),
            (4,),
        )


def tensors():
    for name in (*LAYERS, *CELLS):
        cell = name in CELLS
        layer = getattr(nn, name)(3, 4, rng=0)
        x = np.zeros((2, 3) if cell else (5, 2, 3), np.float32)
        h = np.zeros((2, 4) if cell else (1, 2, 4), np.float32)
        function = name.lower().replace("cell", "_cell")
        # who finds it: the layer, or the function that the cell is
        finder = function if name in ("RNNCell", "GRUCell") else name
        state = "h" if cell else "h of hx" if name == "LSTM" else "hx"
        of_state = function if cell else name

        def row(what, match, x, *states, name=name, layer=layer):
            hx = () if not states else ((states * 2,) if "LSTM" in name else states)
            return BadInput(f"{name}: {what}", lambda: layer(x, *hx), TypeError, match)

        given = {"an array": x, "a list": x.tolist()}
        for what, value in given.items():
            kind = type(value).__name__
            match = f"{finder}: x must be a Tensor, got {kind}"
            yield row(f"x {what}", match, value)
        yield row(
            "x of integers",
            f"{finder}: x must hold floating-point numbers, got int64",
            Tensor(x.astype(int)),
        )
        yield row(
            "x of another precision",
            f"{function}: x has dtype float64, weight_hh float32; convert",
            Tensor(x.astype(float)),
        )
        for what, value in {"an array": h, "a list": h.tolist()}.items():
            kind = type(value).__name__
            match = f"{of_state}: {state} must be a Tensor, got {kind}"
            yield row(f"a state that is {what}", match, Tensor(x), value)
        yield row(
            "a state of integers",
            f"{of_state}: {state} must hold floating-point numbers, got int64",
            Tensor(x),
            Tensor(h.astype(int)),
        )
        yield row(
            "a state of another precision",
            rf"{function}: h.* has dtype float64, .* float32; convert",
            Tensor(x),
            Tensor(h.astype(float)),
        )
    for name, function, x, given in (
        ("LSTM", "LSTM", (5, 2, 3), (1, 2, 4)),
        ("LSTMCell", "lstm_cell", (2, 3), (2, 4)),
    ):
        layer = getattr(nn, name)(3, 4, rng=0).to(np.float64)
        for what, hx, got in (
            ("one Tensor", zeros(*given), "Tensor"),
            ("three Tensors", (zeros(*given),) * 3, "3 values"),
        ):
            yield BadInput(
                f"{name}: {what} as hx",
                lambda layer=layer, x=x, hx=hx: layer(zeros(*x), hx),
                TypeError,
                f"{function}: hx must be a pair, .*got {got}",
            )


def lengths():
    for name in LAYERS:
        layer = getattr(nn, name)(3, 4, 2, rng=0, bidirectional=True).to(np.float64)
        function = name.lower()
        for what, x, given, error, match in (
            ("lengths of one sequence", (5, 3), [5], ValueError, "batch"),
            ("a length missing", (5, 2, 3), [5], ValueError, r"shape \(1,\), expected"),
            ("a length of 0", (5, 2, 3), [5, 0], ValueError, r"must lie in 1\.\.T"),
            ("a length above T", (5, 2, 3), [6, 1], ValueError, r"must lie in 1\.\.T"),
            ("lengths of floats", (5, 2, 3), [5.0, 2], TypeError, "must hold integers"),
        ):
            yield BadInput(
                f"{name}: {what}",
                lambda layer=layer, x=x, given=given: layer(zeros(*x), lengths=given),
                error,
                f"{function}: lengths.*{match}",
            )


ROWS = [*constructors(), *inputs(), *cells(), *tensors(), *lengths()]
