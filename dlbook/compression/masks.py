"""Masks: parameters of which some entries are held at 0, whatever training does."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.nn import Buffer, Module, Parameter

__all__ = [
    "custom_from_mask",
    "effective",
    "identity",
    "is_pruned",
    "mask_of",
    "masked_parameters",
    "remove",
]


def custom_from_mask(module: Module, name: str, mask: Any) -> Module:
    r"""Hold the entries of a parameter at 0 where a mask is 0.

    .. math:: w = m \odot w_{\text{orig}} \qquad\qquad
        \bar w_{\text{orig}} = m \odot \bar w

    The parameter is renamed ``<name>_orig``, the mask becomes the buffer
    ``<name>_mask`` beside it, and ``module.<name>`` is their product, multiplied anew
    each time it is read. What an optimizer does to ``<name>_orig``, by momentum, weight
    decay or running means, therefore never reaches a pruned entry of ``<name>``. Both
    are in the `state_dict`, under torch's names. The product can only be read: write
    new values into ``<name>_orig``.

    Parameters
    ----------
    module : Module
        The layer that holds the parameter; changed in place. Optimizers that were made
        before keep their parameter: it is the same object.
    name : str
        Of a Parameter of the layer, such as "weight"; possibly masked already.
    mask : array_like or Tensor, shape of the parameter
        Zeros and ones, or booleans. A mask that is there already is multiplied by it:
        what is pruned stays pruned.

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    TypeError
        If `module` is no Module or has no Parameter `name`.
    ValueError
        If the mask has another shape, or other values than 0 and 1.

    Notes
    -----
    torch forms the product once in every forward pass; here, like in its newer
    ``parametrize``, the layer gets a subclass in which `name` is a property. A
    Parameter that several modules share is masked in this one alone.

    References
    ----------
    ``torch.nn.utils.prune.custom_from_mask``.
    """
    parameter = original(module, name)
    values = np.asarray(mask.data if isinstance(mask, Tensor) else mask)
    if values.shape != parameter.shape:
        raise ValueError(
            f"mask has shape {values.shape}, expected {parameter.shape} like "
            f"{type(module).__name__}.{name}"
        )
    if not np.isin(values, (0, 1)).all():
        raise ValueError("mask must hold zeros and ones, or booleans, alone")
    if name in masked_names(module):
        getattr(module, f"{name}_mask").data *= values.astype(parameter.dtype)
        return module
    delattr(module, name)
    setattr(module, f"{name}_orig", parameter)
    setattr(module, f"{name}_mask", Buffer(values.astype(parameter.dtype)))
    _show_products(module)
    return module


def _show_products(module: Module) -> None:
    """Give a layer the class in which every masked parameter is a product."""
    kind = getattr(type(module), "_unmasked_class", type(module))
    names = masked_names(module)
    if names:
        attributes: dict[str, Any] = {name: _product(name) for name in names}
        attributes |= {"_unmasked_class": kind, "__module__": kind.__module__}
        kind = type(kind.__name__, (kind,), attributes)
    module.__class__ = kind


def _product(name: str) -> property:
    """Return the property that multiplies a parameter by its mask."""

    def read(module: Module) -> Tensor:
        product = getattr(module, f"{name}_orig") * getattr(module, f"{name}_mask")
        product.data.setflags(write=False)  # what is written into it would be lost
        return product

    def write(module: Module, value: Any) -> None:
        raise AttributeError(
            f"{type(module).__name__}.{name} is masked, a product: write values into "
            f"{name}_orig.data, or remove the mask first"
        )

    return property(read, write)


def identity(module: Module, name: str) -> Module:
    """Give a parameter a mask of ones, which prunes nothing.

    A model needs its masks before it can load a state that holds some: see
    `expect_masks` for a whole model.

    Parameters
    ----------
    module : Module
    name : str

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    TypeError
        If `module` is no Module or has no Parameter `name`.
    """
    return custom_from_mask(module, name, np.ones(original(module, name).shape))


def remove(module: Module, name: str) -> Module:
    """Make pruning permanent: write the zeros into the parameter, drop the mask.

    The parameter gets its own name back. From then on nothing holds the zeros: the next
    step of an optimizer that remembers a momentum can move them.

    Parameters
    ----------
    module : Module
    name : str

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    TypeError
        If `module` is no Module or has no Parameter `name`.
    ValueError
        If the parameter is not masked.
    """
    parameter = original(module, name)
    if name not in masked_names(module):
        raise ValueError(f"{type(module).__name__}.{name} has no mask to remove")
    parameter.data *= getattr(module, f"{name}_mask").data
    delattr(module, f"{name}_orig")
    delattr(module, f"{name}_mask")
    _show_products(module)
    setattr(module, name, parameter)
    return module


def is_pruned(module: Module) -> bool:
    """Say whether a module, or one inside it, has a masked parameter.

    Also if the mask holds ones alone, as after `identity`.
    """
    return bool(masked_parameters(module))


def masked_parameters(model: Module) -> list[tuple[Module, str]]:
    """Return every masked parameter of a model as a pair of its layer and its name."""
    return [(m, name) for m in model.modules() for name in masked_names(m)]


def mask_of(module: Module, name: str) -> np.ndarray:
    """Return the mask of a parameter, as booleans; all True if it has none.

    Parameters
    ----------
    module : Module
    name : str

    Returns
    -------
    ndarray of bool, shape of the parameter
        A copy: True where the parameter is kept.

    Raises
    ------
    TypeError
        If `module` is no Module or has no Parameter `name`.
    """
    parameter = original(module, name)
    if name not in masked_names(module):
        return np.ones(parameter.shape, bool)
    return getattr(module, f"{name}_mask").data != 0


def original(module: Module, name: str) -> Parameter:
    """Return a layer's Parameter, also if it is masked.

    Raises
    ------
    TypeError
        If `module` is no Module or has no Parameter `name`.
    """
    if not isinstance(module, Module):
        raise TypeError(f"module must be a Module, got {type(module).__name__}")
    masked = masked_names(module)
    parameters = {
        n.removesuffix("_orig") if n.removesuffix("_orig") in masked else n: value
        for n, value in vars(module).items()
        if isinstance(value, Parameter)
    }
    if name not in parameters:
        raise TypeError(
            f"{type(module).__name__} has no Parameter {name!r}; it has "
            + (", ".join(parameters) or "none of its own")
        )
    return parameters[name]


def effective(module: Module, name: str) -> np.ndarray:
    """Return the values that a layer computes with, zeros where they are masked.

    Parameters
    ----------
    module : Module
    name : str

    Returns
    -------
    ndarray
        A copy.

    Raises
    ------
    TypeError
        If `module` is no Module or has no Parameter `name`.
    """
    return np.where(mask_of(module, name), original(module, name).data, 0)


def masked_names(module: Module) -> list[str]:
    """Return the names of the parameters of this layer that are masked."""
    own = vars(module)
    names = [n.removesuffix("_orig") for n in own if n.endswith("_orig")]
    return [name for name in names if f"{name}_mask" in own]
