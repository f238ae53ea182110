"""Losses with a margin: labels that are none, margins, shapes."""

import math

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput

V = np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 1.0]])
SIGNS = {  # name: the inputs before the labels, the labels
    "soft_margin_loss": ((V[:, 0],), [1.0, -1.0, 1.0]),
    "hinge_embedding_loss": ((V[:, 0],), [1.0, -1.0, 1.0]),
    "margin_ranking_loss": ((V[:, 0], V[:, 1]), [1.0, -1.0, 1.0]),
    "cosine_embedding_loss": ((V, V + 1), [1.0, -1.0, 1.0]),
}
FIRST = {"soft_margin_loss": "scores", "hinge_embedding_loss": "inputs"}


def row(name, what, inputs, error, match, silent=False, **options):
    """Return a row that calls a loss with arrays; the first becomes a Tensor."""
    ours, theirs = getattr(F, name), getattr(TF, name)
    inputs = [np.asarray(x) for x in inputs]
    torch_options = {
        k: torch.tensor(v) if isinstance(v, np.ndarray) else v
        for k, v in options.items()
    }
    return BadInput(
        f"{name}: {what}",
        lambda: ours(Tensor(inputs[0]), *inputs[1:], **options),
        error,
        match,
        lambda: theirs(*map(torch.tensor, inputs), **torch_options),
        silent,
    )


def sign_rows(name):
    inputs, labels = SIGNS[name]
    first = FIRST.get(name, "x1")
    for wrong in (0.0, 2.0, math.nan):
        yield row(
            name,
            f"a label of {wrong}",
            (*inputs, [wrong, *labels[1:]]),
            ValueError,
            f"{name}: targets must be -1 or 1, got {wrong}",
            True,
        )
    yield BadInput(
        f"{name}: labels are booleans",
        lambda: getattr(F, name)(*map(Tensor, inputs), np.array([True, True, False])),
        ValueError,
        "targets must be -1 or 1, got True",
    )
    yield BadInput(
        f"{name}: labels with a gradient",
        lambda: getattr(F, name)(
            *map(Tensor, inputs), Tensor(np.array(labels), requires_grad=True)
        ),
        ValueError,
        "targets are constants",
    )
    yield row(
        name,
        "labels in a row",
        (*inputs, [labels]),
        ValueError,
        r"targets have shape \(1, 3\), expected \(3,\)",
        name == "hinge_embedding_loss",
    )
    yield row(
        name,
        "one label",
        (*inputs, [1.0]),
        ValueError,
        r"\(1,\), expected \(3,\)",
        True,
    )
    yield row(
        name,
        "nothing",
        (*(x[:0] for x in inputs), []),
        ValueError,
        "over nothing",
        True,
    )
    yield row(
        name,
        "unknown reduction",
        (*inputs, labels),
        ValueError,
        "'avg'",
        reduction="avg",
    )
    yield BadInput(
        f"{name}: an array",
        lambda: getattr(F, name)(*inputs, labels),
        TypeError,
        f"{first} must be a Tensor, got ndarray",
    )
    yield BadInput(
        f"{name}: integers",
        lambda: getattr(F, name)(*(Tensor(x.astype(int)) for x in inputs), labels),
        TypeError,
        f"{first} must hold floating-point numbers",
    )


def margin_rows():
    scores = (V, np.array([0, 1, 1]))
    triplet = (V, V + 1, V - 2)
    for name, inputs, values in (
        ("multi_margin_loss", scores, (-1.0, math.nan, math.inf)),
        *(
            (name, (*SIGNS[name][0], SIGNS[name][1]), (-1.0, math.nan, math.inf))
            for name in ("hinge_embedding_loss", "margin_ranking_loss")
        ),
        (
            "cosine_embedding_loss",
            (*SIGNS["cosine_embedding_loss"][0], SIGNS["cosine_embedding_loss"][1]),
            (-1.5, 1.5, math.nan),
        ),
        ("triplet_margin_loss", triplet, (-1.0, 0.0, math.nan, math.inf)),
    ):
        for margin in values:
            refused = name == "triplet_margin_loss" and not margin > 0 and margin <= 0
            yield row(
                name,
                f"margin {margin}",
                inputs,
                ValueError,
                f"{name}: margin must",
                not refused,
                margin=margin,
            )


def multi_margin_rows():
    name = "multi_margin_loss"
    labels = [0, 1, 1]

    def case(what, targets, error, match, silent=False, scores=V, **options):
        return row(name, what, (scores, targets), error, match, silent, **options)

    return [
        case("label -1", [0, -1, 1], IndexError, "class -1"),
        case("label = C", [0, 2, 1], IndexError, r"class 2, expected .*\[0, 2\)"),
        case("labels are floats", [0.0, 1.0, 1.0], TypeError, "float64"),
        case("labels are booleans", [True, False, True], TypeError, "bool"),
        case("one label too few", [0, 1], ValueError, r"\(2,\), expected \(3,\)"),
        case("p 3", labels, ValueError, "p must be 1 or 2, got 3", p=3),
        case("p 0", labels, ValueError, "p must be 1 or 2, got 0", p=0),
        case("unknown reduction", labels, ValueError, "'avg'", reduction="avg"),
        case(
            "an empty batch",
            np.zeros(0, int),
            ValueError,
            "over nothing",
            True,
            np.zeros((0, 2)),
        ),
        case(
            "pixels",
            np.zeros((1, 2), int),
            ValueError,
            r"\(N, C\) or \(C,\), got \(1, 3, 2\)",
            scores=np.zeros((1, 3, 2)),
        ),
        case(
            "no class",
            labels,
            ValueError,
            "at least one class",
            scores=np.zeros((3, 0)),
        ),
        case(
            "one target in an axis",
            [1],
            ValueError,
            r"targets have shape \(1,\), expected \(\)",
            True,
            scores=V[0],
        ),
        case(
            "weight of another length",
            labels,
            ValueError,
            r"\(3,\), expected \(2,\)",
            weight=np.ones(3),
        ),
        case(
            "weight of another dtype",
            labels,
            TypeError,
            "float32, expected float64",
            weight=np.ones(2, np.float32),
        ),
        case(
            "a negative weight",
            labels,
            ValueError,
            "weight must be finite",
            True,
            weight=np.array([1.0, -1.0]),
        ),
        case(
            "integers",
            labels,
            TypeError,
            "scores must hold floating-point numbers",
            scores=V.astype(int),
        ),
        BadInput(
            f"{name}: an array",
            lambda: F.multi_margin_loss(V, labels),
            TypeError,
            "scores must be a Tensor, got ndarray",
        ),
    ]


def shape_rows():
    rank, cosine = "margin_ranking_loss", "cosine_embedding_loss"
    triplet = "triplet_margin_loss"
    labels = [1.0, -1.0, 1.0]
    column = V[:, :1]
    none = np.zeros((0, 2))
    return [
        row(
            rank,
            "one score with all",
            (V[:, 0], V[:1, 0], labels),
            ValueError,
            r"x2 has shape \(1,\), inputs \(3,\)",
            True,
        ),
        row(
            cosine,
            "one vector with all",
            (V, V[:1], labels),
            ValueError,
            r"x2 has shape \(1, 2\), inputs \(3, 2\)",
            True,
        ),
        row(
            cosine,
            "three axes",
            (V[None], V[None], [labels]),
            ValueError,
            r"\(N, D\) or \(D,\), got \(1, 3, 2\)",
        ),
        row(
            cosine,
            "numbers",
            (1.0, 1.0, 1.0),
            ValueError,
            r"\(N, D\) or \(D,\), got \(\)",
        ),
        row(
            triplet,
            "a positive of one coordinate",
            (V, column, V),
            ValueError,
            r"positive has shape \(3, 1\), inputs \(3, 2\)",
            True,
        ),
        row(
            triplet,
            "one negative for all",
            (V, V, V[:1]),
            ValueError,
            r"negative has shape \(1, 2\), inputs \(3, 2\)",
            True,
        ),
        row(triplet, "nothing", (none, none, none), ValueError, "over nothing", True),
        row(triplet, "numbers", (1.0, 2.0, 3.0), ValueError, "expected vectors", True),
        row(triplet, "eps -1", (V, V, V + 1), ValueError, "eps must", True, eps=-1.0),
        row(triplet, "p nan", (V, V, V + 1), ValueError, "p must", True, p=math.nan),
        row(
            triplet,
            "unknown reduction",
            (V, V, V),
            ValueError,
            "'avg'",
            reduction="avg",
        ),
        row(
            triplet,
            "integers",
            (V.astype(int),) * 3,
            TypeError,
            "anchor must hold floating-point numbers",
            True,
        ),
    ]


ROWS = [
    *(each for name in SIGNS for each in sign_rows(name)),
    *margin_rows(),
    *multi_margin_rows(),
    *shape_rows(),
]
