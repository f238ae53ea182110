"""Batch normalization after training, folded into the layer before it."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from dlbook.compression.quantization.exchanging import exchange_layers
from dlbook.nn import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    Conv1d,
    Conv2d,
    Conv3d,
    Identity,
    Linear,
    Module,
    Parameter,
    Sequential,
)

__all__ = ["fold_batch_norm", "fuse_conv_bn_eval", "fuse_linear_bn_eval"]

NORMS = (BatchNorm1d, BatchNorm2d, BatchNorm3d)
CONVOLUTIONS = (Conv1d, Conv2d, Conv3d)


def fuse_conv_bn_eval(conv: Module, bn: Module) -> Module:
    r"""Return the convolution that does what a convolution and a batch norm do.

    .. math::
        \gamma_f \frac{w_f * x + b_f - \mu_f}{\sqrt{v_f + \epsilon}} + \beta_f
        = \underbrace{\frac{\gamma_f}{\sqrt{v_f + \epsilon}}\, w_f}_{w'_f} * x
        + \underbrace{\frac{\gamma_f\, (b_f - \mu_f)}{\sqrt{v_f + \epsilon}}
        + \beta_f}_{b'_f}

    Parameters
    ----------
    conv : Conv1d, Conv2d or Conv3d
        With F filters w and, perhaps, biases b.
    bn : BatchNorm1d, BatchNorm2d or BatchNorm3d
        Of F channels, in evaluation mode, with running mean and variance.

    Returns
    -------
    Module
        A new convolution with bias; the arguments stay as they are.

    Raises
    ------
    TypeError
        If one of the two is none of these layers.
    ValueError
        If the channels differ, or `bn` is in training mode or keeps no running
        statistics: it then depends on the batch.

    References
    ----------
    Jacob et al. (2018), arXiv:1712.05877, section 3.2 and equation 14. torch's
    ``nn.utils.fusion.fuse_conv_bn_eval``.
    """
    return _fused(conv, bn, CONVOLUTIONS)


def fuse_linear_bn_eval(linear: Module, bn: Module) -> Module:
    """Return the linear layer that does what a linear layer and a batch norm do.

    Parameters
    ----------
    linear : Linear
    bn : BatchNorm1d
        For inputs of shape (N, out_features), whose channels are the outputs.

    Returns, errors and equation are those of `fuse_conv_bn_eval`.
    """
    return _fused(linear, bn, (Linear,))


def fold_batch_norm(
    model: Module, pairs: Iterable[tuple[str, str]] | None = None
) -> Module:
    """Return a copy of a model with batch norms folded into the layers before them.

    Parameters
    ----------
    model : Module
        In evaluation mode.
    pairs : iterable of (str, str), optional
        Names of a convolution or linear layer and of the batch norm to which its
        output goes directly, and nowhere else, as in ``[("conv1", "bn1")]``. By default
        all neighbors in a `Sequential`.

    Returns
    -------
    Module
        An `Identity` stands where a batch norm was.

    Raises
    ------
    TypeError, ValueError
        As `fuse_conv_bn_eval`; ValueError also if there is no pair, a name is none of a
        module, or stands in two pairs.
    """
    if not isinstance(model, Module):
        raise TypeError(f"model must be a Module, got {type(model).__name__}")
    pairs = list(neighbors(model) if pairs is None else pairs)
    if not pairs:
        raise ValueError("fold_batch_norm: no batch norm follows a layer; name pairs")
    modules = dict(model.named_modules())
    names = [name for pair in pairs for name in pair]
    if unknown := sorted(set(names) - set(modules)):
        raise ValueError(f"fold_batch_norm: the model has no module {unknown}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"fold_batch_norm: {twice} in two pairs")
    new: dict[str, Module] = {}
    for layer, bn in pairs:
        kinds = (*CONVOLUTIONS, Linear)
        new |= {layer: _fused(modules[layer], modules[bn], kinds), bn: Identity()}
    return exchange_layers(model, lambda name, _: new.get(name))


def neighbors(model: Module) -> list[tuple[str, str]]:
    """Return the names of layers in a `Sequential` whose next one is a batch norm."""
    found = []
    for prefix, row in model.named_modules():
        if isinstance(row, Sequential):
            named = [(f"{prefix}.{n}".lstrip("."), m) for n, m in row.named_children()]
            found += [
                (name, following)
                for (name, layer), (following, bn) in pairwise(named)
                if isinstance(layer, (*CONVOLUTIONS, Linear)) and isinstance(bn, NORMS)
            ]
    return found


def _fused(layer: Module, bn: Module, kinds: tuple[type[Module], ...]) -> Module:
    if not isinstance(layer, kinds) or not isinstance(bn, NORMS):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(
            f"fusing needs {names} and a batch norm, got {type(layer).__name__} and "
            f"{type(bn).__name__}"
        )
    if bn.training or bn.running_mean is None:
        raise ValueError(
            "fusing needs the running statistics of a batch norm in evaluation mode; "
            "call eval()"
        )
    outputs = len(layer.weight)
    if bn.num_features != outputs:
        raise ValueError(
            f"fusing: the layer has {outputs} outputs, the batch norm "
            f"{bn.num_features} channels"
        )
    factor = 1 / np.sqrt(bn.running_var.data + bn.eps)
    if bn.weight is not None:
        factor = factor * bn.weight.data
    bias = 0 if layer.bias is None else layer.bias.data
    shift = (bias - bn.running_mean.data) * factor
    if bn.bias is not None:
        shift = shift + bn.bias.data
    fused, weight = copy.deepcopy(layer), layer.weight.data
    fused.weight.data = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    fused.bias = Parameter(shift)
    return fused
