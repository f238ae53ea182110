"""Rows of `dlbook.nn`: embedding, dropout, and the layers that merge and split axes."""

import torch

from tests.contracts.functional.dropout import masked, masked_channels, saturated
from tests.contracts.inputs import exactly
from tests.contracts.layers import LayerRow

REPEATED = exactly([[0, 3, 3], [4, 3, 1]], dtype=int)


class Masked(torch.nn.Module):
    """Apply the mask that our generator gives; torch draws from its own."""

    def __init__(self, seed, p, *axes, by=masked):
        super().__init__()
        self.by, self.arguments = by, (seed, p, *axes)

    def forward(self, x):
        return self.by(*self.arguments)(x)


def dropout_rows():
    for name, shape, by, *axes in (
        ("Dropout", (6, 5), masked),
        ("Dropout1d", (4, 5, 3), masked_channels, 2),
        ("Dropout1d", (5, 3), masked_channels, 1),
        ("Dropout2d", (4, 5, 2, 3), masked_channels, 2),
        ("Dropout3d", (4, 5, 2, 2, 2), masked_channels, 2),
        ("Dropout3d", (5, 2, 2, 2), masked_channels, 1),
        ("AlphaDropout", (6, 5), saturated),
        ("FeatureAlphaDropout", (4, 5, 3), saturated, 2),
    ):
        for case, seed, p, args, options in (
            ("default p", 0, 0.5, (), {}),
            ("p 0.2", 0, 0.2, (0.2,), {}),
            ("p 0", 0, 0, (0,), {}),
            ("p 1", 0, 1, (1,), {}),
            ("seeded by an int", 7, 0.3, (), {"p": 0.3, "rng": 7}),
        ):
            yield LayerRow(
                f"nn.{name}",
                f"{case}, {len(shape)} axes",
                (shape,),
                args,
                options,
                theirs=None
                if p in (0, 1)
                else lambda seed=seed, p=p, axes=axes, by=by: Masked(
                    seed, p, *axes, by=by
                ),
            )


def unflatten(axis, sizes, *shape):
    return LayerRow(
        "nn.Unflatten",
        f"axis {axis} to {sizes}",
        (shape,),
        (axis, sizes),
        theirs=lambda: torch.nn.Unflatten(axis, sizes),
    )


ROWS = [
    LayerRow("nn.Embedding", "default options", (REPEATED,), (5, 3)),
    LayerRow("nn.Embedding", "one row", (exactly(0, dtype=int),), (1, 4)),
    *(
        LayerRow(
            "nn.Embedding",
            ", ".join(f"{key} {value}" for key, value in options.items()),
            (REPEATED,),
            (5, 3),
            options,
        )
        for options in (
            {"padding_idx": 3},
            {"padding_idx": -1},
            {"max_norm": 1.0},
            {"max_norm": 1.0, "norm_type": 1.0},
            {"scale_grad_by_freq": True},
            {"rng": 7},
            {"padding_idx": 4, "max_norm": 0.5, "scale_grad_by_freq": True, "rng": 7},
        )
    ),
    *dropout_rows(),
    LayerRow("nn.Flatten", "default axes", ((2, 3, 4, 5),)),
    LayerRow("nn.Flatten", "of a matrix", ((2, 3),)),
    LayerRow("nn.Flatten", "an empty batch", ((0, 3, 2),)),
    LayerRow("nn.Flatten", "the first two axes", ((2, 3, 4),), (0, 1)),
    LayerRow(
        "nn.Flatten",
        "axes from the end",
        ((2, 3, 4, 5),),
        options={"start_axis": -3, "end_axis": -2},
    ),
    unflatten(1, (2, 3), 4, 6),
    unflatten(-1, (2, -1, 1), 4, 6),
    unflatten(0, (6,), 6, 2),
    unflatten(1, (3, 2, 2), 2, 12, 3),
]
