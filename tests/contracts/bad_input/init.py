"""Initializations: shapes, dtypes, standard deviations, bounds, names."""

import math

import numpy as np
import torch

from dlbook.autograd import Tensor
from dlbook.nn import init
from tests.contracts.bad_input.row import BadInput

SHAPE = (3, 4)
EVERY = {  # every function that fills a tensor, with the arguments it cannot do without
    "constant_": (1.0,),
    "dirac_": (),
    "eye_": (),
    "kaiming_normal_": (),
    "kaiming_uniform_": (),
    "normal_": (),
    "ones_": (),
    "orthogonal_": (),
    "sparse_": (0.5,),
    "trunc_normal_": (),
    "uniform_": (),
    "xavier_normal_": (),
    "xavier_uniform_": (),
    "zeros_": (),
}


def row(name, what, args, error, match, silent=False, shape=SHAPE):
    return BadInput(
        f"{name}: {what}",
        lambda: getattr(init, name)(Tensor(np.zeros(shape)), *args),
        error,
        match,
        lambda: getattr(torch.nn.init, name)(torch.zeros(shape), *args),
        silent,
    )


def refuses(name, tensor, match):
    """Return a row that torch has no counterpart for, or one that differs by kind."""
    return BadInput(
        f"{name}: {match}",
        lambda: getattr(init, name)(tensor, *EVERY[name]),
        TypeError,
        f"{name}: tensor must .*{match}",
    )


ROWS = [
    *(refuses(name, Tensor(np.ones(SHAPE, int)), "got int64") for name in EVERY),
    *(refuses(name, np.ones(SHAPE), "got ndarray") for name in EVERY),
    *(
        row(name, "one axis", EVERY[name], ValueError, f"{name}: .*axes", shape=(3,))
        for name in (
            "eye_",
            "kaiming_normal_",
            "kaiming_uniform_",
            "orthogonal_",
            "sparse_",
            "xavier_normal_",
            "xavier_uniform_",
        )
    ),
    *(
        row(name, "three axes", EVERY[name], ValueError, "two axes", shape=(3, 2, 1))
        for name in ("eye_", "sparse_")
    ),
    row("dirac_", "two axes", (), ValueError, "expected three to five axes"),
    row("dirac_", "six axes", (), ValueError, "three to five", shape=(2,) * 6),
    row("dirac_", "groups 0", (0,), ValueError, "groups must be", shape=(4, 3, 3)),
    row("dirac_", "groups 1.0", (1.0,), TypeError, "an int", shape=(4, 3, 3)),
    row("dirac_", "groups 3", (3,), ValueError, "divide 4 filters", shape=(4, 3, 3)),
    row("uniform_", "a > b", (1.0, 0.0), ValueError, "1.0 and 0.0"),
    row("uniform_", "a nan", (math.nan, 0.0), ValueError, "a must be finite"),
    row("uniform_", "b infinite", (0.0, math.inf), ValueError, "b must be finite"),
    row("normal_", "std -1", (0.0, -1.0), ValueError, "std must be at least 0, got -1"),
    row("normal_", "std nan", (0.0, math.nan), ValueError, "std must be finite"),
    row("normal_", "mean nan", (math.nan,), ValueError, "mean must be finite", True),
    row("normal_", "std is a str", (0.0, "1"), TypeError, "std must be a number"),
    row("constant_", "nan", (math.nan,), ValueError, "val must be finite", True),
    row("constant_", "a str", ("1",), TypeError, "val must be a number"),
    row("trunc_normal_", "std -1", (0.0, -1.0), ValueError, "std must be at", True),
    row("trunc_normal_", "std 0", (0.0, 0.0), ValueError, "std must be positive"),
    row("trunc_normal_", "a = b", (0, 1, 1, 1), ValueError, "1.0 and 1.0", True),
    row("trunc_normal_", "a > b", (0, 1, 1, -1), ValueError, "1.0 and -1.0"),
    row("trunc_normal_", "a nan", (0, 1, math.nan), ValueError, "a must be f"),
    row("trunc_normal_", "mean nan", (math.nan,), ValueError, "mean must be", True),
    *(
        row(
            "trunc_normal_",
            f"mean {mean}, far outside",
            (mean, 0.5, -1.0, 1.0),
            ValueError,
            "more than 2 std = 1.0 outside",
            True,
        )
        for mean in (2.5, -2.5)
    ),
    *(
        row("sparse_", f"sparsity {p}", (p,), ValueError, "must lie in", True)
        for p in (-0.1, 1.5)
    ),
    row("sparse_", "sparsity nan", (math.nan,), ValueError, "must be finite"),
    row("sparse_", "std -1", (0.5, -1.0), ValueError, "std must be at least 0"),
    row("orthogonal_", "gain nan", (math.nan,), ValueError, "gain must be", True),
    row("xavier_normal_", "gain -1", (-1.0,), ValueError, "gain must be at least 0"),
    row("xavier_uniform_", "gain -1", (-1.0,), ValueError, "gain must be at least 0"),
    row("xavier_uniform_", "gain nan", (math.nan,), ValueError, "gain must be finite"),
    *(
        row(name, what, args, ValueError, match)
        for name in ("kaiming_normal_", "kaiming_uniform_")
        for what, args, match in (
            ("unknown mode", (0, "fan_avg"), "mode must be .* got 'fan_avg'"),
            ("unknown nonlinearity", (0, "fan_in", "swish"), "'swish'; there are lin"),
            ("a nan", (math.nan,), "param must be finite"),
        )
    ),
    BadInput(
        "calculate_gain: unknown nonlinearity",
        lambda: init.calculate_gain("gelu"),
        ValueError,
        "unknown nonlinearity 'gelu'; there are linear, .*leaky_relu",
        lambda: torch.nn.init.calculate_gain("gelu"),
    ),
    BadInput(
        "calculate_gain: a slope that is no number",
        lambda: init.calculate_gain("leaky_relu", "0.1"),
        TypeError,
        "param must be a number",
        lambda: torch.nn.init.calculate_gain("leaky_relu", "0.1"),
    ),
    BadInput(
        "normal_: an unusable rng",
        lambda: init.normal_(Tensor(np.zeros(SHAPE)), rng=0.5),
        TypeError,
        "rng must be",
    ),
]
