"""Rows of `dlbook.nn`: batch, instance, layer, group and RMS normalization."""

from tests.contracts.functional.normalization import around
from tests.contracts.layers import LayerRow

C = 4
PLACES = {1: (5,), 2: (3, 4), 3: (2, 3, 2)}


def channel_rows(kind, dimensions):
    """Return rows of one layer that normalizes channels, one a set of options."""
    name, places = f"nn.{kind}{dimensions}d", PLACES[dimensions]
    options = [
        {"eps": 0.1},
        {"momentum": 0.3},
        {"affine": kind == "InstanceNorm"},
        {"track_running_stats": kind == "InstanceNorm"},
        {"affine": True, "bias": False},
        {"eps": 1e-3, "momentum": 0.5, "affine": True, "track_running_stats": True},
    ]
    if kind == "BatchNorm":
        options.append({"momentum": None})
    yield LayerRow(name, "default options", (around(3, C, *places),), (C,))
    yield LayerRow(name, "one example", (around(1, C, *places),), (C,))
    for given in options:
        case = ", ".join(f"{key} {value}" for key, value in given.items())
        yield LayerRow(name, case, (around(3, C, *places),), (C,), given)
    if kind == "InstanceNorm":
        yield LayerRow(
            name, "no batch axis", (around(C, *places),), (C,), {"affine": True}
        )
    elif dimensions == 1:
        yield LayerRow(name, "vectors", (around(6, C),), (C,))
        yield LayerRow(name, "one channel", (around(6, 1),), (1,))


def shape_rows(name, last_axes):
    """Return rows of layer or RMS normalization, each with other last axes."""
    for case, x, shape in last_axes:
        yield LayerRow(name, case, (around(*x),), (shape,))
    options = [{"eps": 0.1}, {"elementwise_affine": False}]
    if name == "nn.LayerNorm":
        options += [{"bias": False}, {"elementwise_affine": False, "bias": False}]
    for given in options:
        case = ", ".join(f"{key} {value}" for key, value in given.items())
        yield LayerRow(name, case, (around(3, 2, 5),), (5,), given)


LAST_AXES = [
    ("vectors", (4, 6), 6),
    ("sequences", (2, 3, 6), (6,)),
    ("images", (2, 3, 4, 5), (3, 4, 5)),
    ("a list", (2, 4, 5), [4, 5]),
    ("one example", (6,), 6),
]

ROWS = [
    *(
        row
        for kind in ("BatchNorm", "InstanceNorm")
        for dimensions in PLACES
        for row in channel_rows(kind, dimensions)
    ),
    *shape_rows("nn.LayerNorm", LAST_AXES),
    *shape_rows("nn.RMSNorm", LAST_AXES),
    LayerRow("nn.GroupNorm", "images", (around(2, 6, 3, 4),), (2, 6)),
    LayerRow("nn.GroupNorm", "vectors", (around(3, 6),), (2, 6)),
    LayerRow("nn.GroupNorm", "one group", (around(2, 6, 3),), (1, 6)),
    LayerRow("nn.GroupNorm", "a group a channel", (around(2, 6, 3),), (6, 6)),
    *(
        LayerRow(
            "nn.GroupNorm",
            ", ".join(f"{key} {value}" for key, value in given.items()),
            (around(2, 6, 5),),
            (3, 6),
            given,
        )
        for given in ({"eps": 0.1}, {"affine": False}, {"bias": False})
    ),
]
