"""Build layers without the channels that pruning has emptied: smaller, and faster."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from dlbook.compression.masks import effective, masked_names, original
from dlbook.nn import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    Conv1d,
    Conv2d,
    Conv3d,
    Linear,
    Module,
)

__all__ = ["shrink"]

CONVOLUTIONS = (Conv1d, Conv2d, Conv3d)
NORMS = (BatchNorm1d, BatchNorm2d, BatchNorm3d)


def shrink(layers: Sequence[Module]) -> list[np.ndarray]:
    """Take out of a chain of layers the channels that no longer do anything.

    A channel goes between two layers if it is always 0 (its weights and its bias are
    all 0, as after `prune_outputs`, or those of the batch norm that follows), or if the
    next layer multiplies it by zeros alone. What the chain computes stays the same, up
    to the rounding of sums, if what stands between the layers maps 0 to 0 and each
    channel by itself: ReLU, tanh, GELU, pooling, flattening, dropout; not a sigmoid.

    Parameters
    ----------
    layers : sequence of Module
        Linear, Conv1d, Conv2d, Conv3d, and BatchNorm1d to 3d behind one of them, in the
        order in which data run through; for example ``[m.conv1, m.conv2, m.fc1]``. No
        other layer may read what one of them but the last returns. Changed in place:
        parameters get new, smaller arrays, masks are cut likewise.

    Returns
    -------
    list of ndarray of bool
        For every layer but the last and the norms, which of its outputs are left. If
        none does anything, the first one is left.

    Raises
    ------
    TypeError
        If a layer is of another kind.
    ValueError
        If there are not two layers, sizes do not fit together, or a convolution has
        groups. Then nothing is changed.

    Notes
    -----
    An optimizer that was made before has memories of the old shapes: make a new one.
    """
    stages = _stages(layers)
    kept = []
    for i, (layer, norms) in enumerate(stages[:-1]):
        after = stages[i + 1][0]
        alive = ~_always_zero(layer, norms) & _is_read(after, _outputs(layer))
        if not alive.any():
            alive[0] = True
        for each in (layer, *norms):
            _keep_outputs(each, alive)
        _keep_inputs(after, alive)
        kept.append(alive)
    return kept


def _stages(layers: Sequence[Module]) -> list[tuple[Module, list[Module]]]:
    """Check a chain, and put each batch norm to the layer before it."""
    stages: list[tuple[Module, list[Module]]] = []
    for i, layer in enumerate(layers):
        if isinstance(layer, NORMS) and stages:
            stages[-1][1].append(layer)
            sizes = layer.num_features, _outputs(stages[-1][0])
            if sizes[0] != sizes[1]:
                raise ValueError(
                    f"layers[{i}] normalizes {sizes[0]} channels of {sizes[1]}"
                )
        elif isinstance(layer, (Linear, *CONVOLUTIONS)):
            if getattr(layer, "groups", 1) != 1:
                raise ValueError(
                    f"layers[{i}] has groups={layer.groups}: its channels are read in "
                    "groups of equal size; shrink takes groups=1"
                )
            stages.append((layer, []))
        else:
            raise TypeError(
                f"layers[{i}] must be Linear, Conv1d to 3d, or behind one of them "
                f"BatchNorm1d to 3d, got {type(layer).__name__}"
            )
    if len(stages) < 2:
        raise ValueError("layers must hold two linear or convolutional layers at least")
    for (before, _), (after, _) in pairwise(stages):
        flattened = isinstance(before, CONVOLUTIONS) and isinstance(after, Linear)
        inputs, outputs = original(after, "weight").shape[1], _outputs(before)
        if inputs % outputs if flattened else inputs != outputs:
            raise ValueError(
                f"a layer with {outputs} outputs is followed by one with {inputs} "
                "inputs: layers must stand in the order in which data run through"
            )
    return stages


def _outputs(layer: Module) -> int:
    return original(layer, "weight").shape[0]


def _values(layer: Module, name: str) -> np.ndarray | None:
    """Return the parameter with its mask, or None where the layer has none."""
    if name not in masked_names(layer) and getattr(layer, name) is None:
        return None
    return effective(layer, name)


def _always_zero(layer: Module, norms: list[Module]) -> np.ndarray:
    """Return which outputs are 0 whatever comes in, after the norms if there are."""
    last = norms[-1] if norms else layer
    zero = np.ones(_outputs(layer), bool)
    weight, bias = _values(last, "weight"), _values(last, "bias")
    if weight is None:  # a norm without scales
        return ~zero
    zero &= ~weight.reshape(len(weight), -1).any(axis=1)
    if bias is not None:
        zero &= bias == 0
    return zero


def _is_read(after: Module, channels: int) -> np.ndarray:
    """Return which of the channels the next layer has a weight for that is not 0."""
    weight = effective(after, "weight")
    # (outputs, channels, places of each channel after flattening, or of the kernel)
    return weight.reshape(len(weight), channels, -1).any(axis=(0, 2))


def _keep_outputs(layer: Module, alive: np.ndarray) -> None:
    for name in ("weight", "bias", "running_mean", "running_var"):
        _cut(layer, name, lambda array: array[alive])
    for size in ("out_features", "out_channels", "num_features"):
        if hasattr(layer, size):
            setattr(layer, size, int(alive.sum()))


def _keep_inputs(layer: Module, alive: np.ndarray) -> None:
    inputs = original(layer, "weight").shape[1]
    columns = np.repeat(alive, inputs // len(alive))
    _cut(layer, "weight", lambda array: array[:, columns])
    size = "in_features" if isinstance(layer, Linear) else "in_channels"
    setattr(layer, size, int(columns.sum()))


def _cut(layer: Module, name: str, part) -> None:
    """Replace the array of a parameter or buffer, and of its mask, by a part of it."""
    for full in (name, f"{name}_orig", f"{name}_mask"):
        tensor = vars(layer).get(full)
        if tensor is not None:
            tensor.data = part(tensor.data).copy()
            tensor.grad = None
