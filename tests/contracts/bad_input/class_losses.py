"""Losses over classes: labels, weights, sizes, reductions."""

import math

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, X, t, x


def losses(name: str) -> list[BadInput]:
    """Return the bad input of a loss over classes; its scores are X, two of C = 3."""
    ours, theirs = getattr(F, name), getattr(TF, name)

    def row(what, targets, error, match, silent=False, scores=X, **options):
        torch_options = {
            k: torch.tensor(v) if isinstance(v, np.ndarray) else v
            for k, v in options.items()
        }
        return BadInput(
            f"{name}: {what}",
            lambda: ours(Tensor(scores), np.array(targets), **options),
            error,
            match,
            lambda: theirs(
                torch.tensor(scores), torch.tensor(targets), **torch_options
            ),
            silent,
        )

    none = np.zeros((0, 3))
    weight = "weight"
    return [
        row("label -1", [0, -1], IndexError, r"class -1, expected .*\[0, 3\)"),
        row("label = C", [0, 3], IndexError, r"class 3, expected .*\[0, 3\)"),
        row("label far too large", [0, 10**6], IndexError, "class 1000000"),
        row("labels are floats", [0.0, 1.0], TypeError, "float64"),
        row("labels are booleans", [True, False], TypeError, "bool"),
        row("one label too few", [0], ValueError, r"shape \(1,\), expected \(2,\)"),
        row("labels in a column", [[0], [1]], ValueError, r"\(2, 1\), expected \(2,\)"),
        row("every label ignored", [-100, -100], ValueError, "over nothing", True),
        row(
            "every label ignored by number",
            [1, 1],
            ValueError,
            "over nothing",
            True,
            ignore_index=1,
        ),
        row(
            "every weight 0",
            [0, 0],
            ValueError,
            "over nothing",
            True,
            weight=np.array([0.0, 1.0, 1.0]),
        ),
        row("an empty batch", np.zeros(0, int), ValueError, "over nothing", True, none),
        row(
            "no class",
            [0, 0],
            (ValueError, IndexError),
            "at least one class",
            scores=np.zeros((2, 0)),
        ),
        row(
            "scores without axes",
            0,
            ValueError,
            r"at least one class.*\(\)",
            scores=np.array(1.0),
        ),
        row(
            "unknown reduction",
            [0, 1],
            ValueError,
            "reduction must be .* got 'average'",
            reduction="average",
        ),
        row(
            "weight of another length",
            [0, 1],
            ValueError,
            r"\(2,\), expected \(3,\)",
            weight=np.ones(2),
        ),
        row(
            "weight of another dtype",
            [0, 1],
            TypeError,
            "float32, expected float64",
            weight=np.ones(3, np.float32),
        ),
        row(
            "a negative weight",
            [0, 1],
            ValueError,
            f"{weight} must be finite",
            True,
            weight=np.array([1.0, -1.0, 1.0]),
        ),
        row(
            "a weight of nan",
            [0, 1],
            ValueError,
            f"{weight} must be finite",
            True,
            weight=np.array([1.0, np.nan, 1.0]),
        ),
        row(
            "scores are integers",
            [0, 1],
            TypeError,
            "floating-point numbers, got int64",
            scores=X.astype(int),
        ),
        BadInput(
            f"{name}: scores are an array",
            lambda: ours(X, [0, 1]),
            TypeError,
            "must be a Tensor, got ndarray",
        ),
    ]


def smoothing(value):
    return BadInput(
        f"cross_entropy: label_smoothing {value}",
        lambda: F.cross_entropy(x(), [0, 1], label_smoothing=value),
        ValueError,
        "label_smoothing must",
        lambda: TF.cross_entropy(t(), torch.tensor([0, 1]), label_smoothing=value),
        not value > 1,  # torch notices only what is above 1
    )


ROWS = [
    *losses("cross_entropy"),
    *losses("nll_loss"),
    *(smoothing(value) for value in (-0.1, 1.1, math.nan)),
    BadInput(
        "cross_entropy: a probability above 1",
        lambda: F.cross_entropy(x(), np.full((2, 3), 1.5)),
        ValueError,
        r"must lie in \[0, 1\].* 1.5 to 1.5",
        lambda: TF.cross_entropy(t(), torch.full((2, 3), 1.5, dtype=t().dtype)),
        True,
    ),
    BadInput(
        "cross_entropy: ignore_index with probabilities",
        lambda: F.cross_entropy(x(), np.full((2, 3), 0.5), ignore_index=1),
        ValueError,
        "ignore_index",
        lambda: TF.cross_entropy(
            t(), torch.full((2, 3), 0.5, dtype=t().dtype), ignore_index=1
        ),
    ),
]
