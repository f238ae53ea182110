"""Losses of yes-or-no questions: weights of every shape, certainty, extremes."""

import itertools

import numpy as np

from tests.contracts.inputs import exactly, normal
from tests.contracts.row import Row

REDUCTIONS = ("mean", "sum", "none")
INF, NAN = np.inf, np.nan
WEIGHTS = {
    "for each": np.linspace(0, 2, 12).reshape(3, 4),
    "for each class": np.array([0.5, 2.0, 0.0, 1.5]),
    "for each example": np.array([[0.5], [2.0], [1.0]]),
}


def inside(*shape):
    """Return numbers in [0.02, 0.98]."""
    return lambda rng: rng.uniform(0.02, 0.98, shape)


def answers(*shape):
    """Return zeros and ones."""
    return lambda rng: (rng.random(shape) < 0.5).astype(float)


def option_rows(name, inputs):
    full = f"functional.{name}"
    for reduction, targets in itertools.product(REDUCTIONS, (answers, inside)):
        yield Row(
            full,
            f"{targets.__name__}, {reduction}",
            (inputs(3, 4), targets(3, 4)),
            {"reduction": reduction},
            rtol32=1e-4,
            smooth=targets is inside,  # no step leaves [0, 1]
        )
    keywords = ("weight", "pos_weight") if "logits" in name else ("weight",)
    for keyword, (case, weight), reduction in itertools.product(
        keywords, WEIGHTS.items(), REDUCTIONS
    ):
        yield Row(
            full,
            f"{keyword} {case}, {reduction}",
            (inputs(3, 4), inside(3, 4)),
            {keyword: weight, "reduction": reduction},
            rtol32=1e-4,
        )
    yield Row(full, "default options", (inputs(3, 4), inside(3, 4)), rtol32=1e-4)
    yield Row(full, "one number", (inputs(), inside()), rtol32=1e-4)
    yield Row(
        full,
        "the sum of an empty batch",
        (inputs(0, 2), inside(0, 2)),
        {"reduction": "sum"},
    )


def extreme_rows():
    probabilities = exactly(0.0, 1.0, 0.0, 1.0, 1e-30, 0.5, 1e-13)
    yield Row(
        "functional.binary_cross_entropy",
        "certain, right and wrong",
        (probabilities, exactly(0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.5)),
        {"reduction": "none"},
        smooth=False,
        rtol=1e-8,  # torch's 1e-12 is float32, also where it computes in float64
    )
    full = "functional.binary_cross_entropy_with_logits"
    for size in (1e4, 30.0, 1e-4):
        yield Row(
            full,
            f"logits of size {size:g}",
            (normal(40, scale=size), answers(40)),
            {"reduction": "none"},
            smooth=False,
        )
    yield Row(
        full,
        "at zero and large",
        (
            exactly(0.0, -0.0, 1e4, -1e4, 1e4, -1e4, 1e4, 100.0, -100.0),
            exactly(1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.5, 1.0, 0.0),
        ),
        {"reduction": "none"},
        smooth=False,
    )
    yield Row(
        full,
        "infinities and nan",
        (exactly(INF, INF, -INF, NAN), exactly(0.0, 1.0, 0.0, 1.0)),
        {"reduction": "none"},
        smooth=False,
    )
    both = {"weight": WEIGHTS["for each"], "pos_weight": WEIGHTS["for each class"]}
    yield Row(full, "both weights", ((3, 4), inside(3, 4)), both, rtol32=1e-4)


ROWS = [
    *option_rows("binary_cross_entropy", inside),
    *option_rows("binary_cross_entropy_with_logits", normal),
    *extreme_rows(),
]
