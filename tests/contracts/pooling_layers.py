"""Rows of `dlbook.nn`: pooling, unpooling, local response normalization."""

from tests.contracts.functional.pooling import twos
from tests.contracts.inputs import distinct, normal, positive
from tests.contracts.layers import LayerRow

PLACES = {1: (9,), 2: (7, 9), 3: (5, 6, 7)}
WINDOWS = (
    {"stride": 1},
    {"stride": 3, "padding": 1},
    {"ceil_mode": True},
)
MAX = ({"dilation": 2}, {"return_indices": True})
AVERAGE = ({"padding": 1, "count_include_pad": False},)


def pooling_rows(kind, axes):
    """Return rows of one layer of max or average pooling, one a set of options."""
    name, x = f"nn.{kind}{axes}d", distinct(2, 3, *PLACES[axes])
    options = [*WINDOWS, *(MAX if kind == "MaxPool" else AVERAGE)]
    if kind == "AvgPool" and axes > 1:
        options.append({"divisor_override": 5})
    yield LayerRow(name, "default options", (x,), (2,))
    yield LayerRow(name, "no batch axis", (distinct(3, *PLACES[axes]),), (3, 2))
    yield LayerRow(
        name, "per axis", (x,), ((3, 2, 2)[:axes],), {"stride": (1, 2, 3)[:axes]}
    )
    for given in options:
        case = ", ".join(f"{key} {value}" for key, value in given.items())
        yield LayerRow(name, case, (x,), (3,), given)


def adaptive_rows(axes):
    """Return rows of adaptive pooling."""
    x = distinct(2, 3, *PLACES[axes])
    sizes = (1, 2, 4) if axes == 1 else (1, 4, (2, 3, 4)[:axes], (None, 1, 2)[:axes])
    for kind in ("Avg", "Max"):
        name = f"nn.Adaptive{kind}Pool{axes}d"
        for size in sizes:
            yield LayerRow(name, f"to {size}", (x,), (size,))
    name = f"nn.AdaptiveMaxPool{axes}d"
    yield LayerRow(name, "places", (x,), (2,), {"return_indices": True})


def norm_rows(axes):
    """Return rows of power-average pooling."""
    name, x = f"nn.LPPool{axes}d", positive(2, 3, *PLACES[axes])
    for p in (1, 2, 3.0):
        yield LayerRow(name, f"p = {p}", (x,), (p, 2), rtol32=1e-4)
    for given in ({"stride": 1}, {"ceil_mode": True}):
        case = ", ".join(f"{key} {value}" for key, value in given.items())
        yield LayerRow(name, case, (x,), (2, 3), given, rtol32=1e-4)


def unpooling_rows(axes):
    """Return rows of unpooling from places of our own, in planes of 4 along an axis."""
    inputs = (normal(1, 2, *(2,) * axes), lambda rng: twos(axes))
    name = f"nn.MaxUnpool{axes}d"
    yield LayerRow(name, "default options", inputs, (2,))
    yield LayerRow(name, "overlapping", inputs, (3,), {"stride": 3, "padding": 1})


LRN = "nn.LocalResponseNorm"
ROWS = [
    *(
        row
        for axes in PLACES
        for kind in ("MaxPool", "AvgPool")
        for row in pooling_rows(kind, axes)
    ),
    *(row for axes in PLACES for row in adaptive_rows(axes)),
    *(row for axes in PLACES for row in norm_rows(axes)),
    *(row for axes in PLACES for row in unpooling_rows(axes)),
    LayerRow(LRN, "default options", (normal(2, 6, 5, scale=20),), (5,)),
    *(
        LayerRow(
            LRN, f"{key} {value}", (normal(2, 6, 4, 4, scale=20),), (4,), {key: value}
        )
        for key, value in {"alpha": 0.5, "beta": 2.0, "k": 3.0}.items()
    ),
]
