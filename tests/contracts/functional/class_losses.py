"""Losses over classes: weights, ignored targets, smoothing, class probabilities."""

import itertools

import numpy as np
import torch

from dlbook.autograd import Tensor
from tests.contracts.inputs import exactly, labels, normal, probabilities
from tests.contracts.row import Row

REDUCTIONS = ("mean", "sum", "none")
WEIGHT = np.array([0.5, 2.0, 0.0, 1.5])
C = len(WEIGHT)


def ignoring(index, num_classes, *shape):
    """Return class numbers, every third of them the number to be ignored."""

    def make(rng):
        found = labels(num_classes, *shape)(rng)
        found.ravel()[::3] = index
        return found

    return make


def label_rows(name):
    full, loose = f"functional.{name}", 3e-5
    smoothings = ({}, {"label_smoothing": 0.2}, {"label_smoothing": 1.0})
    for reduction, weight, smoothing in itertools.product(
        REDUCTIONS, (None, WEIGHT), smoothings if name == "cross_entropy" else ({},)
    ):
        options = {"reduction": reduction, **smoothing}
        if weight is not None:
            options["weight"] = weight
        case = ", ".join(
            key if key == "weight" else f"{key} {value}"
            for key, value in options.items()
        )
        yield Row(full, case, ((6, C), labels(C, 6)), options, rtol32=loose)
        for index in (-100, -1, 1):
            yield Row(
                full,
                f"{case}, class {index} ignored",
                ((7, C), ignoring(index, C, 7)),
                {**options, "ignore_index": index},
                rtol32=loose,
            )
        yield Row(
            full,
            f"{case}, pixels",
            ((2, C, 3, 2), labels(C, 2, 3, 2)),
            options,
            rtol32=loose,
        )
        yield Row(
            full,
            f"{case}, pixels, some ignored",
            ((2, C, 5), ignoring(3, C, 2, 5)),
            {**options, "ignore_index": 3},
            rtol32=loose,
        )
        yield Row(
            full,
            f"{case}, no batch",
            ((C,), exactly(1, dtype=int)),
            options,
            rtol32=loose,
        )
    for reduction in ("sum", "none"):
        options = {"reduction": reduction}
        yield Row(
            full, f"{reduction} of an empty batch", ((0, C), labels(C, 0)), options
        )
        yield Row(
            full,
            f"{reduction}, all ignored",
            ((2, C), exactly(-100, -100, dtype=int)),
            options,
        )
    yield Row(full, "default options", ((5, C), labels(C, 5)), rtol32=loose)
    yield Row(full, "one class", ((3, 1), labels(1, 3)))
    yield Row(full, "one class, one ignored", ((2, 1), exactly(-100, 0, dtype=int)))
    theirs = getattr(torch.nn.functional, name)
    yield Row(
        full,
        "targets in a list",
        ((2, C),),
        rtol32=loose,
        call=lambda f, x: f(x, [3, 1]),
        theirs=lambda x: theirs(x, torch.tensor([3, 1])),
    )
    for what, kind in (("a list", list), ("an array", np.array), ("a Tensor", Tensor)):
        yield Row(
            full,
            f"weight as {what}",
            ((5, C), labels(C, 5)),
            rtol32=loose,
            call=lambda f, x, y, kind=kind: f(
                x, y, weight=kind(WEIGHT.astype(x.dtype))
            ),
            theirs=lambda x, y: theirs(x, y, torch.tensor(WEIGHT).to(x.dtype)),
        )


def cross_entropy_rows():
    full, loose = "functional.cross_entropy", 3e-5
    yield from label_rows("cross_entropy")
    for reduction, weight, smoothing in itertools.product(
        REDUCTIONS, (None, WEIGHT), (0.0, 0.3)
    ):
        options = {"reduction": reduction, "label_smoothing": smoothing}
        if weight is not None:
            options["weight"] = weight
        case = f"class probabilities, {reduction}, smoothing {smoothing}"
        case += "" if weight is None else ", weight"
        yield Row(full, case, ((5, C), probabilities(5, C)), options, rtol32=loose)
        yield Row(
            full,
            f"{case}, pixels",
            ((2, C, 3), probabilities(2, C, 3, axis=1)),
            options,
            rtol32=loose,
        )
        yield Row(
            full, f"{case}, no batch", ((C,), probabilities(C)), options, rtol32=loose
        )
    for scale in (1e4, 1e-4):
        yield Row(
            full,
            f"logits of size {scale:g}",
            (normal(5, C, scale=scale), labels(C, 5)),
            {"reduction": "none"},
            smooth=False,
            rtol32=1e-4,
        )
        yield Row(
            full,
            f"class probabilities, logits of size {scale:g}",
            (normal(5, C, scale=scale), probabilities(5, C)),
            {"reduction": "none"},
            smooth=False,
            rtol32=1e-4,
        )
    yield Row(
        full,
        "certain and right, certain and wrong",
        (exactly([[1e4, 0.0, 0.0], [1e4, 0.0, 0.0]]), exactly(0, 1, dtype=int)),
        {"reduction": "none"},
        smooth=False,
    )
    yield Row(
        full,
        "infinite logits",
        (exactly([[-np.inf, 0.0, 1.0], [np.inf, 0.0, 1.0]]), exactly(1, 1, dtype=int)),
        {"reduction": "none"},
        smooth=False,
    )


ROWS = [*cross_entropy_rows(), *label_rows("nll_loss")]
