"""Rows of `dlbook.nn`: convolutions and transposed convolutions."""

from tests.contracts.layers import LayerRow

SIZES = {1: (7,), 2: (7, 6), 3: (5, 4, 6)}
C, F = 4, 6


def case_of(given):
    return ", ".join(f"{key} {value}" for key, value in given.items())


def convolutions(axes):
    name, size = f"nn.Conv{axes}d", SIZES[axes]
    several = tuple(range(1, axes + 1))
    options = [
        {"stride": 2},
        {"stride": several},
        {"padding": 1},
        {"padding": several},
        {"padding": "same"},
        {"padding": "valid", "dilation": (1,) * (axes - 1) + (2,)},
        {"dilation": 2, "padding": 2},
        {"groups": 2},
        {"groups": 2, "bias": False, "padding_mode": "circular"},
        *(
            {"padding_mode": mode, "padding": padding}
            for mode in ("reflect", "replicate", "circular")
            for padding in (1, several, "same")
        ),
    ]
    x = (2, C, *size)
    yield LayerRow(name, "default options", (x,), (C, F, 3))
    yield LayerRow(name, "an oblong kernel", (x,), (C, F, several))
    yield LayerRow(name, "no batch axis", ((C, *size),), (C, F, 3))
    yield LayerRow(name, "seeded by an int", (x,), (C, F, 3), {"rng": 7})
    yield LayerRow(name, "depthwise", (x,), (C, 2 * C, 3), {"groups": C})
    for given in options:
        yield LayerRow(name, case_of(given), (x,), (C, F, 3), given)
    yield LayerRow(
        name,
        "an even kernel, same, reflected",
        (x,),
        (C, F, 2),
        {"padding": "same", "padding_mode": "reflect"},
    )


def transposed_convolutions(axes):
    name, size = f"nn.ConvTranspose{axes}d", SIZES[axes]
    several = tuple(range(1, axes + 1))
    options = [
        {"stride": 2},
        {"stride": several},
        {"padding": 1},
        {"padding": several},
        {"dilation": several},
        {"groups": 2, "bias": False},
        {"stride": 2, "output_padding": 1},
        {"stride": 2, "output_padding": (1,) * (axes - 1) + (0,), "padding": 1},
    ]
    x = (2, C, *size)
    yield LayerRow(name, "default options", (x,), (C, F, 3))
    yield LayerRow(name, "no batch axis", ((C, *size),), (C, F, 3))
    yield LayerRow(name, "seeded by an int", (x,), (C, F, 3), {"rng": 7})
    for given in options:
        yield LayerRow(name, case_of(given), (x,), (C, F, 3), given)


ROWS = [
    *(row for axes in SIZES for row in convolutions(axes)),
    *(row for axes in SIZES for row in transposed_convolutions(axes)),
]
