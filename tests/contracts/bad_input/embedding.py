"""Embedding: indices, tables, options; and the layers that merge and split axes."""

import math

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, zeros

V = 4


def table(dtype=np.float64):
    return np.arange(V * 2).reshape(V, 2).astype(dtype)


def row(what, indices, error, match, silent=False, weight=None, **options):
    weight = table() if weight is None else weight
    return BadInput(
        f"embedding: {what}",
        lambda: F.embedding(np.array(indices), Tensor(weight.copy()), **options),
        error,
        match,
        lambda: TF.embedding(torch.tensor(indices), torch.tensor(weight), **options),
        silent,
    )


def layer(name, what, args, error, match, silent=False, theirs=True, **options):
    return BadInput(
        f"{name}: {what}",
        lambda: getattr(nn, name)(*args, **options),
        error,
        match,
        (lambda: getattr(torch.nn, name)(*args, **options)) if theirs else None,
        silent,
    )


ROWS = [
    row("index -1", [0, -1], IndexError, r"index -1, expected indices in \[0, 4\)"),
    row("index = V", [[0], [V]], IndexError, r"index 4, .* weight of shape \(4, 2\)"),
    row("index far too large", 10**9, IndexError, "index 1000000000"),
    row("indices are floats", [0.0, 1.0], TypeError, "integers, got float64"),
    row("indices are booleans", [True, False], TypeError, "integers, got bool"),
    row("no indices, of no type", [], TypeError, "integers, got float64"),
    row("any index of no rows", [0], IndexError, "index 0", weight=np.zeros((0, 2))),
    row("a table of one axis", [0], ValueError, r"\(4,\)", weight=np.zeros(4)),
    row(
        "a table of three axes", [0], ValueError, "two axes", weight=np.zeros((4, 2, 1))
    ),
    row(
        "a table of integers",
        [0],
        TypeError,
        "weight must hold",
        True,
        weight=table(int),
    ),
    BadInput(
        "embedding: a table that is an array",
        lambda: F.embedding([0], table()),
        TypeError,
        "weight must be a Tensor, got ndarray",
    ),
    *(
        row(
            f"padding_idx {index}",
            [0],
            ValueError,
            rf"padding_idx must lie in \[-4, 4\), got {index}",
            padding_idx=index,
        )
        for index in (V, -V - 1)
    ),
    row(
        "padding_idx is a float",
        [0],
        TypeError,
        "padding_idx must be an int, got float",
        padding_idx=1.5,
    ),
    row("max_norm -1", [1], ValueError, "max_norm must be at", True, max_norm=-1.0),
    row("max_norm nan", [1], ValueError, "max_norm must be f", True, max_norm=math.nan),
    row("max_norm is a str", [1], TypeError, "max_norm must be a n", max_norm="1"),
    *(
        row(
            f"norm_type {p}",
            [1],
            ValueError,
            "norm_type must be",
            True,
            max_norm=1.0,
            norm_type=p,
        )
        for p in (0.0, -1.0, -math.inf, math.nan)
    ),
    layer("Embedding", "no rows", (0, 3), ValueError, "num_embeddings .* got 0", True),
    layer("Embedding", "rows of none", (3, 0), ValueError, "embedding_dim .*0", True),
    layer("Embedding", "-1 rows", (-1, 3), ValueError, "num_embeddings .* got -1"),
    layer("Embedding", "a float", (2.0, 3), TypeError, "num_embeddings must be an int"),
    *(
        layer(
            "Embedding",
            f"padding_idx {index}",
            (4, 2),
            ValueError,
            rf"padding_idx must lie in \[-4, 4\), got {index}",
            padding_idx=index,
        )
        for index in (4, -5)
    ),
    BadInput(
        "Embedding: an unusable rng",
        lambda: nn.Embedding(2, 2, rng="0"),
        TypeError,
        "rng must be",
    ),
    BadInput(
        "Embedding: from a vector",
        lambda: nn.Embedding.from_pretrained(np.zeros(3)),
        ValueError,
        r"\(3,\), expected two axes",
        lambda: torch.nn.Embedding.from_pretrained(torch.zeros(3)),
    ),
    BadInput(
        "Embedding: from integers",
        lambda: nn.Embedding.from_pretrained(np.zeros((3, 2), int)),
        TypeError,
        "must hold floats, got int64",
    ),
    BadInput(
        "Flatten: of an axis that is not there",
        lambda: nn.Flatten(1)(zeros(3)),
        IndexError,
        "axis 1 is out of bounds",
        lambda: torch.nn.Flatten(1)(torch.zeros(3)),
    ),
    BadInput(
        "Flatten: from the last to the first",
        lambda: nn.Flatten(1, 0)(zeros(3, 2)),
        ValueError,
        "start_axis=1 comes after end_axis=0",
        lambda: torch.nn.Flatten(1, 0)(torch.zeros(3, 2)),
    ),
    BadInput(
        "Unflatten: a length that does not fit",
        lambda: nn.Unflatten(1, (2, 3))(zeros(2, 7)),
        ValueError,
        r"length 7, which does not make sizes \(2, 3\)",
        lambda: torch.nn.Unflatten(1, (2, 3))(torch.zeros(2, 7)),
    ),
    BadInput(
        "Unflatten: a length that leaves a rest",
        lambda: nn.Unflatten(1, (2, -1))(zeros(2, 7)),
        ValueError,
        r"length 7, which does not make sizes \(2, -1\)",
        lambda: torch.nn.Unflatten(1, (2, -1))(torch.zeros(2, 7)),
    ),
    BadInput(
        "Unflatten: an axis that is not there",
        lambda: nn.Unflatten(2, (2, 3))(zeros(2, 6)),
        IndexError,
        "axis 2 is out of bounds",
        lambda: torch.nn.Unflatten(2, (2, 3))(torch.zeros(2, 6)),
    ),
    layer("Unflatten", "two unknown sizes", (1, (-1, -1)), ValueError, "only", True),
    layer("Unflatten", "a size of -2", (1, (-2, 2)), ValueError, "least 1", True),
    layer("Unflatten", "a size of 0", (1, (0, 2)), ValueError, "least 1, got 0", True),
    layer("Unflatten", "a size of 2.0", (1, (2.0,)), TypeError, "must be an int"),
    layer("Unflatten", "sizes is an int", (1, 2), TypeError, "must be a tuple"),
    layer("Unflatten", "sizes is empty", (1, ()), TypeError, "must be a tuple", True),
]
