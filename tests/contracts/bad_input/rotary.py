"""Rotary positions: odd widths, positions that do not fit."""

import numpy as np

from dlbook import functional as F
from tests.contracts.bad_input.row import BadInput, zeros


def row(what, match, shape=(2, 5, 6), *, error=ValueError, **options):
    return BadInput(
        f"rotary_embedding: {what}",
        lambda: F.rotary_embedding(
            zeros(*shape) if isinstance(shape, tuple) else shape, **options
        ),
        error,
        f"rotary_embedding: {match}",
    )


ROWS = [
    row(
        "an array", "x must be a Tensor, got ndarray", np.zeros((5, 6)), error=TypeError
    ),
    row(
        "integers",
        "x must hold floating-point numbers, got int64",
        zeros(5, 6).astype(np.int64),
        error=TypeError,
    ),
    row("one axis", r"x has shape \(6,\), expected \(\.\.\., T, E\)", (6,)),
    row("an odd width", "the last axis of x must be even, .* got 5", (4, 5)),
    row("base 0", "base must be positive, got 0", base=0.0),
    row("base below 0", "base must be positive, got -2", base=-2.0),
    row("base a word", "base must be a number, got str", base="e", error=TypeError),
    row("base infinite", "base must be finite, got inf", base=np.inf),
    row(
        "interleaved a number",
        "interleaved must be True or False, got 1",
        interleaved=1,
        error=TypeError,
    ),
    row(
        "offset a float",
        "offset must be an int, got float",
        offset=1.0,
        error=TypeError,
    ),
    row(
        "offset a bool", "offset must be an int, got bool", offset=True, error=TypeError
    ),
    row("offset below 0", "offset must be at least 0, got -1", offset=-1),
    row(
        "offset and positions",
        "offset 2 and positions are both given",
        offset=2,
        positions=np.arange(5),
    ),
    row(
        "positions of words",
        "positions must hold real numbers, got <U",
        positions=list("abcde"),
        error=TypeError,
    ),
    row(
        "a mask as positions",
        "positions must hold real numbers, got bool",
        positions=np.ones(5, bool),
        error=TypeError,
    ),
    row("positions nan", "positions must be finite", positions=[0, 1, np.nan, 3, 4]),
    row(
        "too few positions",
        r"positions have shape \(4,\), x \(2, 5, 6\); .*broadcasts to \(2, 5\)",
        positions=np.arange(4),
    ),
    row(
        "positions of another batch",
        r"positions have shape \(3, 5\), x \(2, 5, 6\)",
        positions=np.zeros((3, 5)),
    ),
    row(
        "positions with more axes than x",
        r"positions have shape \(1, 2, 5\), x \(2, 5, 6\)",
        positions=np.zeros((1, 2, 5)),
    ),
    row(
        "positions that would stretch x",
        r"positions have shape \(2, 5\), x \(1, 5, 6\)",
        (1, 5, 6),
        positions=np.zeros((2, 5)),
    ),
]
