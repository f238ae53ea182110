"""Transformer modules of ours and of torch: one set of weights, one set of masks."""

import warnings
from dataclasses import dataclass

import numpy as np
import torch

from dlbook import nn
from dlbook.compare import compare_with_torch, copy_weights

# batch, source, target, width, heads, inside the feed-forward network, layers
N, S, T, D, HEADS, INNER, LAYERS = 3, 6, 5, 8, 2, 12, 2

# the arguments for the mask, the padding and causality, attention by attention
ARGUMENTS = {
    "TransformerEncoderLayer": [("src_mask", "src_key_padding_mask", "is_causal")],
    "TransformerEncoder": [("mask", "src_key_padding_mask", "is_causal")],
    "TransformerDecoderLayer": [
        ("tgt_mask", "tgt_key_padding_mask", "tgt_is_causal"),
        ("memory_mask", "memory_key_padding_mask", "memory_is_causal"),
    ],
}
ARGUMENTS["TransformerDecoder"] = ARGUMENTS["TransformerDecoderLayer"]
ARGUMENTS["Transformer"] = [
    ("src_mask", "src_key_padding_mask", "src_is_causal"),
    *ARGUMENTS["TransformerDecoderLayer"],
]


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def build(kind, library=nn, **options):
    """Return a module of `dlbook.nn` or of `torch.nn`; by default without dropout."""
    options = {"dropout": 0.0, **options}
    if library is nn:
        options = {"rng": 0, **options}
    if kind == "Transformer":
        with warnings.catch_warnings():  # torch says which of its ways is not taken
            warnings.filterwarnings("ignore", "enable_nested_tensor is True")
            return library.Transformer(D, HEADS, LAYERS, LAYERS, INNER, **options)
    if kind.endswith("Layer"):
        return getattr(library, kind)(D, HEADS, INNER, **options)
    norm = options.pop("norm", None)
    layer = build(f"{kind}Layer", library, **options)
    given = {"norm": library.LayerNorm(D)} if norm else {}
    if library is torch.nn and kind == "TransformerEncoder":
        given["enable_nested_tensor"] = False
    return getattr(library, kind)(layer, LAYERS, **given)


def pair(kind, **options):
    """Return our module and torch's in float64; no two parameters are equal."""
    ours = build(kind, **options).to(np.float64)
    theirs = build(kind, torch.nn, **as_torch(options)).double()
    rng = np.random.default_rng(1)
    for parameter in ours.parameters():
        parameter.data += 0.3 * rng.standard_normal(parameter.shape)
    copy_weights(ours, theirs)
    return ours, theirs


def as_torch(options):
    """Return options with torch's function in the place of ours."""
    functions = {"tanh": torch.tanh, "silu": torch.nn.functional.silu}
    name = getattr(options.get("activation"), "__name__", None)
    return options | ({"activation": functions[name]} if name else {})


def inputs(kind, *, batch_first=False, batch=N):
    """Return arrays to call a module with; without a batch axis if `batch` is None."""

    def sequence(steps, seed):
        if batch is None:
            return normal(steps, D, seed=seed)
        shape = (batch, steps, D) if batch_first else (steps, batch, D)
        return normal(*shape, seed=seed)

    source, target = sequence(S, 0), sequence(T, 1)
    if kind == "Transformer":
        return [source, target]
    return [source] if "Encoder" in kind else [target, source]


@dataclass
class Masks:
    """What one attention is told, and what torch's is told for the same."""

    mask: np.ndarray | None = None
    padding: np.ndarray | None = None
    causal: bool = False

    def ours(self, names):
        given = zip(names, (self.mask, self.padding, self.causal), strict=True)
        return {name: v for name, v in given if v is not None and v is not False}

    def theirs(self, names, length, source):
        """Put causality into the mask; torch wants masks of one type."""
        mask, padding = self.mask, self.padding
        if self.causal:
            later = ~np.tri(length, source, dtype=bool)
            mask = later if mask is None else mask | later
        if mask is not None and padding is not None and mask.dtype != bool:
            padding = np.where(padding, -np.inf, 0.0)
        given = zip(names, (mask, padding), strict=False)
        return {name: torch.tensor(v) for name, v in given if v is not None}


def masks(what, length, source, *, batch=N, seed=2):
    """Return masks of one kind for `length` queries and `source` keys."""
    rng = np.random.default_rng(seed)
    forbidden = rng.random(((batch or 1) * HEADS, length, source)) < 0.4
    forbidden[..., 0] = False  # something is left to everyone
    ends = rng.integers(1, source, (batch or 1, 1))
    padding = np.arange(source) >= ends
    padding = padding if batch else padding[0]
    return {
        "nothing": Masks(),
        "causal": Masks(causal=True),
        "booleans": Masks(forbidden[0]),
        "floats": Masks(rng.standard_normal((length, source))),
        "each head": Masks(forbidden),
        "padding": Masks(padding=padding),
        "causal, padding": Masks(padding=padding, causal=True),
        "booleans, padding, causal": Masks(forbidden[0], padding, causal=True),
        "floats, padding": Masks(rng.standard_normal((length, source)), padding),
    }[what]


MASKINGS = (
    "nothing",
    "causal",
    "booleans",
    "floats",
    "each head",
    "padding",
    "causal, padding",
    "booleans, padding, causal",
    "floats, padding",
)


class Ours(nn.Module):
    """Hand masks to a module of ours."""

    def __init__(self, module, options):
        self.module, self.options = module, options

    def forward(self, *tensors):
        return self.module(*tensors, **self.options)


class Theirs(torch.nn.Module):
    """Hand masks to a module of torch's."""

    def __init__(self, module, options):
        super().__init__()
        self.module, self.options = module, options

    def forward(self, *tensors):
        return self.module(*tensors, **self.options)


def compare(kind, ours, theirs, *maskings, batch=N, **options):
    """Hold outputs and all gradients together; one kind of masks an attention."""
    sizes = [(S, S)] if "Encoder" in kind else [(T, T), (T, S)]
    sizes = [(S, S), (T, T), (T, S)] if kind == "Transformer" else sizes
    maskings = maskings or ("nothing",) * len(sizes)
    our, their = {}, {}
    for names, what, size, seed in zip(
        ARGUMENTS[kind], maskings, sizes, (2, 3, 4)[: len(sizes)], strict=True
    ):
        given = masks(what, *size, batch=batch, seed=seed)
        our |= given.ours(names)
        their |= given.theirs(names, *size)
    arrays = inputs(kind, batch=batch, **options)
    compare_with_torch(
        Ours(ours, our), Theirs(theirs, their), *arrays, rtol=1e-12, atol=1e-12
    )
