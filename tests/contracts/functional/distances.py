"""Distances and angles of vectors: degrees, axes, broadcasting, zeros and ties."""

import itertools

import numpy as np

from tests.contracts.inputs import away, exactly, normal
from tests.contracts.row import Row

INF = np.inf
DEGREES = (0.5, 1, 1.5, 2, 3, INF, -INF, -1, -0.5)
ZEROS_AND_TIES = exactly([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0], [1.0, -1.0, 0.0]])
NOTHING = exactly([[0.0] * 3] * 3)


def cosine_rows():
    full = "functional.cosine_similarity"
    for shape, axis in (((3, 4), 1), ((3, 4), 0), ((2, 3, 4), -1), ((4,), 0)):
        yield Row(full, f"shape {shape}, axis {axis}", (shape, shape), {"axis": axis})
    yield Row(full, "default options", ((3, 4), (3, 4)))
    yield Row(full, "one with each", ((4, 1, 3), (1, 2, 3)), {"axis": 2})
    yield Row(full, "one with all", ((4, 3), (3,)))
    yield Row(full, "the axis of the longer shape", ((3,), (4, 3)))
    yield Row(full, "no vectors", ((0, 3), (0, 3)))
    for eps in (0, 2.0):
        yield Row(full, f"eps {eps}", ((3, 4), (3, 4)), {"eps": eps}, smooth=eps == 0)
    yield Row(
        full,
        "zeros and tiny vectors",
        (
            exactly([[0.0, 0.0], [1e-9, 0.0], [1.0, 0.0], [0.0, 0.0]]),
            exactly([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]),
        ),
        smooth=False,
    )
    yield Row(
        full,
        "the same way, the other way, across",
        (exactly([[1.0, 2.0]] * 3), exactly([[2.0, 4.0], [-1.0, -2.0], [-2.0, 1.0]])),
        rtol32=1e-4,
    )
    yield Row(full, "large", (normal(3, 4, scale=1e4), (3, 4)), smooth=False)


def distance_rows():
    full = "functional.pairwise_distance"
    pairs = (away(4, 3, scale=4.0), exactly([[0.0] * 3] * 4))
    for p, keepdims in itertools.product(DEGREES, (False, True)):
        yield Row(
            full,
            f"p {p}, keepdims {keepdims}",
            pairs,
            {"p": p, "keepdims": keepdims},
            rtol32=1e-4,
        )
    for p in DEGREES:
        yield Row(
            full,
            f"p {p}, zeros and ties",
            (ZEROS_AND_TIES, NOTHING),
            {"p": p, "eps": 0.0},
            smooth=False,
            rtol32=1e-4,
        )
    for keepdims in (False, True):
        yield Row(
            full,
            f"p 0, keepdims {keepdims}",
            (ZEROS_AND_TIES, NOTHING),
            {"p": 0, "eps": 0, "keepdims": keepdims},
        )
    yield Row(full, "default options", ((4, 3), (4, 3)))
    yield Row(full, "eps 0.5", ((4, 3), (4, 3)), {"eps": 0.5})
    yield Row(
        full,
        "equal vectors",
        (exactly([1.0, 2.0]), exactly([1.0, 2.0])),
        smooth=False,
        rtol=1e-6,
        rtol32=1e-3,
    )
    yield Row(full, "two vectors", ((3,), (3,)))
    yield Row(full, "more axes", ((2, 3, 4), (2, 3, 4)))
    yield Row(full, "each with each", ((4, 1, 3), (1, 2, 3)))
    yield Row(full, "each with one", ((4, 3), (3,)))
    yield Row(full, "no vectors", ((0, 3), (0, 3)))
    yield Row(full, "large", (normal(3, 4, scale=1e4), (3, 4)), smooth=False)


ROWS = [*cosine_rows(), *distance_rows()]
