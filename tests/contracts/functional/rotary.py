"""Rotary positions, beside products with complex numbers of length 1."""

import numpy as np
import torch

from tests.contracts.row import Row

T, E = 5, 6
X = (2, 3, T, E)  # (N, num_heads, T, E)


def torchs(x, *, offset=0, positions=None, base=10000.0, interleaved=True):
    """Return x times exp(i t omega), each pair of entries read as a complex number."""
    steps, width = x.shape[-2:]
    if positions is None:
        positions = torch.arange(offset, offset + steps)
    positions = torch.as_tensor(positions).double()
    omega = base ** (-torch.arange(0, width, 2).double() / width)
    angles = (positions[..., None] * omega).to(x.dtype)
    turns = torch.polar(torch.ones_like(angles), angles)
    shape = (*x.shape[:-1], width // 2, 2)
    if interleaved:
        pairs = x.reshape(shape)
    else:
        pairs = torch.stack(x.split(width // 2, -1), -1)
    y = torch.view_as_real(torch.view_as_complex(pairs.contiguous()) * turns)
    return y.reshape(x.shape) if interleaved else torch.cat(y.unbind(-1), -1)


def row(case, x=X, **options):
    return Row(
        "functional.rotary_embedding",
        case,
        (x,),
        options,
        theirs=lambda x: torchs(x, **options),
    )


ROWS = [
    row("neighbors are pairs"),
    row("halves", interleaved=False),
    row("one sequence", (T, E)),
    row("a batch without heads", (2, T, E), interleaved=False),
    row("one position", (2, 1, E)),
    row("one position, 7 behind a cache", (2, 1, E), offset=7),
    row("offset 3, halves", offset=3, interleaved=False),
    row("no positions", (2, 0, E)),
    row("one pair", (4, 2)),
    row("one pair, halves", (4, 2), interleaved=False),
    row("base 100", base=100.0),
    row("base 0.5, which turns later pairs faster", base=0.5),
    row("positions in any order", positions=np.array([3, 0, 0, 9, 2])),
    row(
        "positions of each sequence",
        positions=np.array([[[0, 1, 2, 3, 4]], [[-2, -1, 0, 1, 2]]]),
    ),
    row(
        "positions of each vector, halves",
        (2, T, E),
        positions=np.arange(2 * T).reshape(2, T),
        interleaved=False,
    ),
    row("positions between the whole ones", positions=[0, 0.5, 1, 1.5, 2]),
    row("one position for all", positions=4),
]
