"""How many multiplications a model makes, and how many of them are by a zero weight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from dlbook.autograd import Tensor
from dlbook.nn import Module

__all__ = ["ProductCost", "count_multiply_adds"]

UNCOUNTED = {"attend_with_heads", "scaled_dot_product_attention", "rnn", "lstm", "gru"}


class ProductCost(NamedTuple):
    """What one product costs: a linear layer, a convolution, a matrix product.

    Attributes
    ----------
    name : str
        Of the weight in the model; the operation, if it has none.
    op : str
    dense : int
        Multiply-adds of the whole product: what a dense kernel computes, zeros or not.
    nonzero : int
        Those whose weight is not 0: what is left for a kernel that knows the zeros.
    """

    name: str
    op: str
    dense: int
    nonzero: int


def count_multiply_adds(model: Module, *inputs: Any) -> list[ProductCost]:
    """Run a model, and count the multiply-adds of every product that it computed.

    A linear layer makes in_features of them for each number it returns, a convolution
    in_channels / groups · kernel size, padding included. Twice the sum is the usual
    number of floating-point operations. Additions of biases, activations, pooling and
    normalizations are left out: they grow with the activations, not with the weights.

    Parameters
    ----------
    model : Module
        Run once, as it is: in training or evaluation mode.
    *inputs : array_like or Tensor
        What the model is called with; the counts are for this batch.

    Returns
    -------
    list of ProductCost
        In the order of the computation.

    Raises
    ------
    TypeError
        If the model does not return a Tensor.
    NotImplementedError
        If it runs a fused attention or recurrent layer, whose products are not counted.

    Notes
    -----
    NumPy and the BLAS below it are dense: of a masked model all `dense` are computed,
    and no time is saved. A model that is made smaller (`shrink`, `factorize`) has
    smaller `dense`.
    """
    parameters = list(model.parameters())
    frozen = [p for p in parameters if not p.requires_grad]
    names = {id(p): name for name, p in model.named_parameters()}
    try:
        for parameter in frozen:  # without a gradient, nothing would be recorded
            parameter.requires_grad = True
        output = model(*(x if isinstance(x, Tensor) else Tensor(x) for x in inputs))
    finally:
        for parameter in frozen:
            parameter.requires_grad = False
    if not isinstance(output, Tensor):
        raise TypeError(
            f"the model must return a Tensor, got {type(output).__name__}; count it "
            "inside a Module that returns one"
        )
    costs = []
    for result in operations(output):
        if result.op in UNCOUNTED:
            raise NotImplementedError(
                f"the products inside {result.op} are not counted"
            )
        counted = _multiply_adds(result)
        if counted is not None:
            weight, dense, nonzero = counted
            costs.append(
                ProductCost(_name(weight, names, result.op), result.op, dense, nonzero)
            )
    return costs


def _multiply_adds(result: Tensor) -> tuple[Tensor, int, int] | None:
    """Return the weight of a product, its multiply-adds, and those by non-zeros."""
    if result.op == "linear":
        weight = result.parents[1]  # (out_features, in_features)
        uses = result.size // weight.shape[0]  # of each weight
    elif result.op in ("conv1d", "conv2d", "conv3d"):
        weight = result.parents[1]  # (out_channels, in_channels / groups, *kernel)
        uses = result.size // weight.shape[0]
    elif result.op.startswith("conv_transpose"):
        weight = result.parents[1]  # (in_channels, out_channels / groups, *kernel)
        uses = result.parents[0].size // weight.shape[0]
    elif result.op == "matmul":
        first, weight = result.parents
        dense = result.size * first.shape[-1]
        matrix = weight.ndim == 2
        share = np.count_nonzero(weight.data) / weight.size if matrix else 1
        return weight, dense, round(dense * share)
    else:
        return None
    return weight, uses * weight.size, uses * int(np.count_nonzero(weight.data))


def _name(weight: Tensor, names: dict[int, str], op: str) -> str:
    """Find the parameter that a product reads, itself or through a mask or a slice."""
    while id(weight) not in names and weight.parents:
        weight = weight.parents[0]
    return names.get(id(weight), op).removesuffix("_orig")


def operations(output: Tensor) -> Iterator[Tensor]:
    """Yield every tensor that the output was computed from, inputs of each first."""
    seen: set[int] = set()
    stack = [(output, False)]
    while stack:
        tensor, ready = stack.pop()
        if ready:
            yield tensor
        elif id(tensor) not in seen:
            seen.add(id(tensor))
            stack.append((tensor, True))
            stack += [(parent, False) for parent in reversed(tensor.parents)]
