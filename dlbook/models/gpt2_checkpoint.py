"""GPT-2's published weights: read into a `GPT`, and written as they are published."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

import numpy as np

from dlbook import nn
from dlbook.models.blank import blank_rng
from dlbook.models.gpt import GPT
from dlbook.models.safetensors import load_safetensors, save_safetensors
from dlbook.random import default_rng

__all__ = ["load_gpt2", "save_gpt2"]

HEAD_WIDTH = 64  # in every published size
PREFIX = "transformer."
# of a layer that the checkpoint calls Conv1D: it stores (in, out), a Linear (out, in)
STORED_TRANSPOSED = re.compile(
    r"transformer\.h\.\d+\.(attn\.c_attn|attn\.c_proj|mlp\.c_fc|mlp\.c_proj)\.weight"
)
# not weights: the causal mask, and a number that stands in for -inf
MASKS = re.compile(r"transformer\.h\.\d+\.attn\.(bias|masked_bias)")


def load_gpt2(
    path: str | os.PathLike[str],
    *,
    num_heads: int | None = None,
    dropout: float = 0.0,
    rng: np.random.Generator | int | None = None,
) -> GPT:
    """Build the GPT that a public GPT-2 checkpoint in safetensors belongs to.

    All sizes are read from the shapes. The checkpoint differs from `GPT` in four ways,
    which are undone: the weights of its linear layers are stored transposed, (in, out);
    names may or may not begin with ``transformer.``; there are buffers ``attn.bias``
    and ``attn.masked_bias``, which hold a mask and are left out; and
    ``lm_head.weight`` is missing where it is the token vectors.

    Parameters
    ----------
    path : str or path-like
        Such as ``model.safetensors`` of https://huggingface.co/openai-community/gpt2.
        Weights of 16 bits become float32.
    num_heads : int, optional
        The one number that the shapes do not tell; by default D / 64, which is right
        for every published size.
    dropout : float
        As for `GPT`, for training that goes on.
    rng : numpy.random.Generator, int or None
        Source of the dropout masks.

    Returns
    -------
    GPT
        In float32, in training mode like every new model.

    Raises
    ------
    FileNotFoundError, SafetensorsError
        As `load_safetensors`.
    ValueError
        If a weight is missing, left over or of an unexpected shape; the message names
        it.
    """
    state = _renamed(load_safetensors(path))
    sizes = _sizes(path, state)
    if num_heads is None:
        if sizes["width"] % HEAD_WIDTH:
            raise ValueError(
                f"{path}: width {sizes['width']} is no multiple of {HEAD_WIDTH}, the "
                "width of a head in the published sizes; say num_heads"
            )
        num_heads = sizes["width"] // HEAD_WIDTH
    tied = "lm_head.weight" not in state or np.array_equal(
        state["lm_head.weight"], state["transformer.wte.weight"]
    )
    if tied:
        state["lm_head.weight"] = state["transformer.wte.weight"]
    model = GPT(
        **sizes,
        num_heads=num_heads,
        dropout=dropout,
        tie_weights=tied,
        rng=blank_rng(),
    )
    for name, array in state.items():
        if STORED_TRANSPOSED.fullmatch(name):
            state[name] = array.T
    try:
        model.load_state_dict(state)
    except ValueError as error:
        raise ValueError(f"{path}: no checkpoint of a GPT-2: {error}") from None
    rng = default_rng(rng)  # in place of the blank one
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.rng = rng
    return model


def save_gpt2(model: GPT, path: str | os.PathLike[str]) -> None:
    """Write a model as GPT-2 is published: names without prefix, weights transposed.

    Parameters
    ----------
    model : GPT
        With GPT-2's structure: learned positions, layer norm, biases, feed-forward
        parts of 4D.
    path : str or path-like

    Raises
    ------
    ValueError
        If the model has another structure.
    OSError
        If the file cannot be written.
    """
    state = model.state_dict()
    tied = model.lm_head.weight is model.transformer["wte"].weight
    sizes = _sizes("save_gpt2", state)
    expected = GPT(**sizes, num_heads=1, tie_weights=tied, rng=blank_rng()).state_dict()
    shapes = {name: array.shape for name, array in state.items()}
    if shapes != {name: array.shape for name, array in expected.items()}:
        raise ValueError(
            "save_gpt2: the model has not GPT-2's structure: learned positions, layer "
            "norm, biases, and feed-forward parts of four times the width"
        )
    if tied:
        del state["lm_head.weight"]
    published = {
        name.removeprefix(PREFIX): array.T
        if STORED_TRANSPOSED.fullmatch(name)
        else array
        for name, array in state.items()
    }
    save_safetensors(published, path, metadata={"format": "pt"})


def _renamed(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the weights alone, all with the prefix but for ``lm_head.weight``."""
    state = {}
    for name, array in arrays.items():
        full = name
        if not name.startswith((PREFIX, "lm_head.")):
            full = PREFIX + name
        if full in state:
            raise ValueError(f"{name} and {full} are both there, and are one weight")
        if not MASKS.fullmatch(full):
            state[full] = array
    return state


def _sizes(where: object, state: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Return the sizes that the shapes tell."""
    shapes = {}
    for name in ("transformer.wte.weight", "transformer.wpe.weight"):
        if name not in state or state[name].ndim != 2:
            raise ValueError(f"{where}: no matrix {name}; no checkpoint of a GPT-2")
        shapes[name] = state[name].shape
    (vocab_size, width), (context, _) = shapes.values()
    layers = {
        int(found[1])
        for name in state
        if (found := re.match(r"transformer\.h\.(\d+)\.", name))
    }
    return {
        "vocab_size": vocab_size,
        "context": context,
        "width": width,
        "num_layers": max(layers, default=0) + 1,
    }
