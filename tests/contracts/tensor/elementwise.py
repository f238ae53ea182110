"""Elementary functions, on ordinary numbers; extremes are in `edges`."""

import numpy as np

from tests.contracts.inputs import away, labels, normal, positive
from tests.contracts.row import Row

DOMAINS = {
    "exp": normal,
    "log": positive,
    "sqrt": positive,
    "sin": normal,
    "cos": normal,
    "tanh": normal,
    "abs": away,
}

ROWS = [
    row
    for name, domain in DOMAINS.items()
    for row in (
        Row(f"Tensor.{name}", "a matrix", (domain(3, 4),)),
        Row(f"Tensor.{name}", "one number", (domain(),)),
        Row(f"Tensor.{name}", "empty", (domain(0, 2),)),
        Row(
            f"Tensor.{name}",
            "used twice",
            (domain(3),),
            call=lambda f, x: f(x) * f(x) + x,
            theirs=lambda x, name=name: getattr(x, name)() * getattr(x, name)() + x,
        ),
    )
] + [
    Row(
        "Tensor.clip",
        "both limits",
        (away(4, 5, kinks=(-1, 1)),),
        {"min": -1, "max": 1},
    ),
    Row("Tensor.clip", "from below", (away(4, 5, kinks=(0.5,)),), {"min": 0.5}),
    Row("Tensor.clip", "from above", (away(4, 5, kinks=(0.5,)),), {"max": 0.5}),
    Row("Tensor.clip", "equal limits", (away(4, 5, kinks=(1,)),), {"min": 1, "max": 1}),
    Row(
        "Tensor.clip",
        "NumPy limits keep float32",
        (away(4, 5, kinks=(-1, 1)),),
        {"min": np.float64(-1), "max": np.float64(1)},
    ),
    Row("Tensor.clip", "integers", (labels(6, 6),), {"min": 1, "max": 4}),
    Row("Tensor.clip", "integers, float limit", (labels(6, 6),), {"min": 1.5}),
]
