"""Losses of probabilities: what is none, weights that do not fit, shapes."""

import math
import warnings

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput

HALF = np.full((2, 3), 0.5)
FIRST = {
    "binary_cross_entropy": "probabilities",
    "binary_cross_entropy_with_logits": "logits",
    "kl_div": "log_probabilities",
}


def row(name, what, error, match, silent=False, inputs=HALF, targets=HALF, **options):
    ours, theirs = getattr(F, name), getattr(TF, name)
    torch_options = {
        k: torch.tensor(v.data, requires_grad=v.requires_grad)
        if isinstance(v, Tensor)
        else v
        for k, v in options.items()
    }

    def call_torch():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of kl_div's "mean"
            theirs(torch.tensor(inputs), torch.tensor(targets), **torch_options)

    return BadInput(
        f"{name}: {what}",
        lambda: ours(Tensor(inputs), targets, **options),
        error,
        match,
        call_torch,
        silent,
    )


def loss_rows(name):
    """Return what all three losses refuse."""
    silent = name == "kl_div"  # broadcasts
    none = np.zeros((0, 3))
    for value in (-0.5, 1.5, math.nan):
        targets = HALF.copy()
        targets[1, 1] = value
        yield row(
            name,
            f"a target of {value}",
            ValueError,
            rf"{name}: targets must lie in \[0, 1\]",
            name != "binary_cross_entropy",
            targets=targets,
        )
    yield row(
        name,
        "targets in one axis",
        ValueError,
        r"targets have shape \(3,\), inputs \(2, 3\)",
        silent,
        targets=HALF[0],
    )
    yield row(
        name,
        "a column of targets",
        ValueError,
        r"targets have shape \(2, 1\)",
        silent,
        targets=HALF[:, :1],
    )
    yield row(
        name, "nothing", ValueError, "over nothing", True, inputs=none, targets=none
    )
    yield row(name, "unknown reduction", ValueError, "'avg'", reduction="avg")
    yield BadInput(
        f"{name}: an array",
        lambda: getattr(F, name)(HALF, HALF),
        TypeError,
        f"{FIRST[name]} must be a Tensor, got ndarray",
    )
    yield BadInput(
        f"{name}: integers",
        lambda: getattr(F, name)(Tensor(np.ones(2, int)), np.ones(2)),
        TypeError,
        f"{FIRST[name]} must hold floating-point numbers",
    )


def weight_rows(name, keyword):
    for what, weight in (
        ("negative", [1.0, -1.0, 1.0]),
        ("nan", [1.0, math.nan, 1.0]),
        ("infinite", [1.0, math.inf, 1.0]),
    ):
        yield row(
            name,
            f"{keyword} {what}",
            ValueError,
            f"{name}: {keyword} must be finite and >= 0",
            True,
            **{keyword: Tensor(np.array(weight))},
        )
    for shape in ((2,), (4, 2, 3)):
        yield row(
            name,
            f"{keyword} of shape {shape}",
            ValueError,
            f"{keyword} has shape .*, which does not broadcast",
            **{keyword: Tensor(np.ones(shape))},
        )
    yield row(
        name,
        f"{keyword} with a gradient",
        ValueError,
        f"{keyword} is a constant",
        **{keyword: Tensor(np.ones(3), requires_grad=True)},
    )


def probability_rows():
    for value in (-0.5, 1.5, math.nan):
        inputs = HALF.copy()
        inputs[0, 2] = value
        yield row(
            "binary_cross_entropy",
            f"a probability of {value}",
            ValueError,
            r"probabilities must lie in \[0, 1\]",
            inputs=inputs,
        )
    none = np.zeros((0, 3))
    yield row(
        "kl_div",
        "batchmean of nothing",
        ValueError,
        "over nothing",
        True,
        inputs=none,
        targets=none,
        reduction="batchmean",
    )
    yield row(
        "kl_div",
        "a reduction that it does not know",
        ValueError,
        '"mean", "batchmean", "sum" or "none", got \'median\'',
        reduction="median",
    )


ROWS = [
    *(row for name in FIRST for row in loss_rows(name)),
    *weight_rows("binary_cross_entropy", "weight"),
    *weight_rows("binary_cross_entropy_with_logits", "weight"),
    *weight_rows("binary_cross_entropy_with_logits", "pos_weight"),
    *probability_rows(),
]
