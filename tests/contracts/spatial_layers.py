"""Rows of `dlbook.nn`: padding, windows, resizing, shuffling."""

from tests.contracts.layers import LayerRow

PLACES = {1: (5,), 2: (4, 5), 3: (3, 4, 5)}
WIDTHS = {1: (2, 1), 2: (1, 2, 0, 3), 3: (1, 2, 0, 3, 2, 1)}
CROPS = {1: (-2, 3), 2: (1, -2, -1, 0), 3: (-1, 2, 0, -1, 1, -1)}


def padding_rows(kind, axes):
    """Return rows of one padding layer."""
    name, shape = f"nn.{kind}Pad{axes}d", (2, 3, *PLACES[axes])
    value = (1.5,) if kind == "Constant" else ()
    for case, x, widths in (
        ("every side the same", shape, 2),
        ("every side another", shape, WIDTHS[axes]),
        ("no batch axis", shape[1:], WIDTHS[axes]),
        ("a list", shape, list(WIDTHS[axes])),
        ("some taken away", shape, CROPS[axes]),
    ):
        yield LayerRow(name, case, (x,), (widths, *value))


COLUMNS = {"dilation": (1, 2), "padding": 1, "stride": [2, 1]}

ROWS = [
    *(
        row
        for kind in ("Constant", "Zero", "Reflection", "Replication", "Circular")
        for axes in PLACES
        for row in padding_rows(kind, axes)
    ),
    LayerRow("nn.Unfold", "default options", ((2, 3, 5, 6),), (3,)),
    LayerRow("nn.Unfold", "pixels", ((2, 3, 2, 3),), (1,)),
    LayerRow("nn.Unfold", "every option", ((2, 3, 5, 6),), ((2, 3),), COLUMNS),
    LayerRow("nn.Fold", "default options", ((2, 27, 12),), ((5, 6), 3)),
    LayerRow("nn.Fold", "every option", ((2, 18, 12),), ((5, 6), (2, 3)), COLUMNS),
    LayerRow("nn.Fold", "one size", ((8, 9),), (4, 2)),
    LayerRow("nn.Upsample", "size", ((2, 3, 4, 5),), (7,)),
    LayerRow("nn.Upsample", "sizes", ((2, 3, 4, 5),), ((7, 3),)),
    LayerRow("nn.Upsample", "factor", ((2, 3, 4, 5),), (), {"scale_factor": 2}),
    LayerRow(
        "nn.Upsample",
        "every option",
        ((2, 3, 4, 5),),
        (),
        {
            "scale_factor": (1.7, 0.6),
            "mode": "bilinear",
            "align_corners": False,
            "recompute_scale_factor": True,
        },
    ),
    LayerRow(
        "nn.Upsample",
        "corners",
        ((2, 3, 4, 5),),
        (6,),
        {"mode": "bicubic", "align_corners": True},
    ),
    LayerRow("nn.PixelShuffle", "twice", ((2, 8, 3, 4),), (2,)),
    LayerRow("nn.PixelShuffle", "one image", ((9, 3, 4),), (3,)),
    LayerRow("nn.PixelUnshuffle", "half", ((2, 3, 4, 6),), (2,)),
    LayerRow("nn.ChannelShuffle", "three groups", ((2, 6, 3, 4),), (3,)),
]
