"""Hold dlbook against PyTorch: the same values, types, shapes and gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.compare.difference import Difference, ParityError, difference
from dlbook.compare.display import (
    WHAT_DIFFERENCE_MEANS,
    folded,
    in_words,
    shape_in_words,
    table,
)
from dlbook.compare.torch_side import exact_float32, import_torch, to_torch


@dataclass(frozen=True, repr=False)
class Parity:
    """The result of a comparison that found no difference beyond the tolerance.

    A page displays it as one line that unfolds to a table.

    Attributes
    ----------
    differences : tuple of Difference
        One for every array compared.
    """

    differences: tuple[Difference, ...]

    @property
    def largest_difference(self) -> float:
        """The largest of the arrays' relative differences."""
        return max((d.relative for d in self.differences), default=0.0)

    @property
    def summary(self) -> str:
        """The one line, the same text on every machine that computes well."""
        count = sum(d.count for d in self.differences)
        kinds = {d.kind for d in self.differences}
        what = "values and gradients" if "gradient" in kinds else "values"
        bound = max((d.bound for d in self.differences), default=0.0)
        return (
            f"equal to torch: {count:,} {what} compared, "
            f"largest difference {in_words(bound)}"
        )

    def __repr__(self) -> str:
        return self.summary

    def _repr_markdown_(self) -> str:
        rows = [
            (d.name, shape_in_words(d.shape), d.dtype, in_words(d.bound))
            for d in self.differences
        ]
        return folded(
            self.summary,
            table(("array", "shape", "type", "difference"), rows)
            + f"\n\n{WHAT_DIFFERENCE_MEANS} "
            "The gradients start from a random gradient of the output.",
        )


def compare_with_torch(
    ours: Callable[..., Any],
    theirs: Callable[..., Any],
    *arrays: np.ndarray,
    device: str = "cpu",
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
    names: tuple[str, ...] | None = None,
    equal_nonfinite: bool = False,
) -> Parity:
    r"""Run both on the same arrays; compare values, types, shapes and all gradients.

    The backward pass starts from a random gradient of each output: a sum (a gradient
    of ones) would not see a wrong gradient that the sum cancels, such as softmax's.
    Two numbers agree if :math:`|a - b| \le \text{atol} + \text{rtol}\,|b|`, b torch's.

    Parameters
    ----------
    ours : callable
        Takes a Tensor for every array, returns a Tensor, or a tuple, list or dict of
        them, one inside another too. If it has `named_parameters()` (a module), the
        gradients of its parameters are compared too, earlier ones being cleared;
        `theirs` must then have the same names.
    theirs : callable
        The same for torch tensors.
    *arrays : ndarray
        Inputs. Each floating-point one gets a gradient, others (labels, indices,
        masks) none. Neither side may change them.
    device : str
        Where torch computes: "cpu", "cuda", "cuda:1", ... A module must be there.
    rtol : float, optional
        1e-10 for float64 and 1e-5 for float32 by default.
    atol : float, optional
        By default 1e-12 (float64) or 2e-6 (float32) times the largest magnitude in
        torch's array, or times 1 where that is 0.
    seed : int
        Of the output gradients.
    names : tuple of str, optional
        What to call the arrays in the table and in errors. "input 0", "input 1", ...
        by default.
    equal_nonfinite : bool
        Accept NaN opposite NaN, and an infinity opposite the same infinity. Any
        non-finite number is an error by default.

    Returns
    -------
    Parity
        Displays as "equal to torch: n values and gradients compared, largest
        difference ...", which unfolds to a table.

    Raises
    ------
    ParityError
        At the first array whose shape, type or value differs, that one side lacks, or
        that is an input and was changed.
    ModuleNotFoundError
        If PyTorch is not installed.
    TypeError
        If an output is not made of tensors.
    ValueError
        If `names` does not name every array.
    """
    torch = import_torch("compare_with_torch")
    exact_float32(torch)
    if names is None:
        names = tuple(f"input {i}" for i in range(len(arrays)))
    if len(names) != len(arrays):
        raise ValueError(f"names: {len(names)} names for {len(arrays)} arrays")

    # ours keeps the strides given: a non-contiguous array stays one
    copies = [np.array(array, order="C", copy=True) for array in arrays]
    our_inputs = [Tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    their_inputs = [
        to_torch(a, device, requires_grad=a.dtype.kind == "f") for a in arrays
    ]
    our_parameters, their_parameters = parameters_of(ours, theirs)

    our_outputs = named_outputs(ours(*our_inputs), Tensor, "ours")
    their_outputs = named_outputs(theirs(*their_inputs), torch.Tensor, "theirs")
    if our_outputs.keys() != their_outputs.keys():
        raise ParityError(
            f"outputs: ours are {list(our_outputs)}, torch's {list(their_outputs)}"
        )

    def check(name: str, kind: str, our: Any, their: Any) -> Difference:
        return difference(
            name,
            kind,
            our,
            their,
            rtol=rtol,
            atol=atol,
            equal_nonfinite=equal_nonfinite,
        )

    found = [
        check(name, "value", our.data, their_outputs[name])
        for name, our in our_outputs.items()
    ]
    backward_from_random(our_outputs, their_outputs, device, seed)
    leaves = [
        *zip(names, our_inputs, their_inputs, strict=True),
        *(
            (name, our_parameters[name], their_parameters[name])
            for name in our_parameters
        ),
    ]
    for name, our, their in leaves:
        if our.requires_grad and not (our.grad is None and their.grad is None):
            found.append(check(f"gradient of {name}", "gradient", our.grad, their.grad))
    for name, array, copy in zip(names, arrays, copies, strict=True):
        if not np.array_equal(array, copy, equal_nan=copy.dtype.kind == "f"):
            raise ParityError(f"{name}: our side changed it")
    return Parity(tuple(found))


def parameters_of(ours: Any, theirs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the parameters of two modules by name; nothing if `ours` is no module.

    Gradients of an earlier backward pass are cleared on both sides.
    """
    if not hasattr(ours, "named_parameters"):
        return {}, {}
    if not hasattr(theirs, "named_parameters"):
        raise ParityError("ours has parameters, torch's side has none")
    our, their = dict(ours.named_parameters()), dict(theirs.named_parameters())
    if our.keys() != their.keys():
        raise ParityError(f"parameters: ours are {list(our)}, torch's {list(their)}")
    for parameter in (*our.values(), *their.values()):
        parameter.grad = None
    return our, their


def named_outputs(
    output: Any, tensor_type: type, side: str, name: str = "output"
) -> dict[str, Any]:
    """Return the tensors of an output by name; one of several may hold several.

    The final states of an LSTM's ``(output, (h, c))`` are "output 1.0" and
    "output 1.1".
    """
    if isinstance(output, tensor_type):
        return {name: output}
    if isinstance(output, Mapping):
        parts = output.items()
    elif isinstance(output, (tuple, list)):
        parts = enumerate(output)
    else:
        raise TypeError(
            f"{side}: {name} must be a {tensor_type.__module__}."
            f"{tensor_type.__name__}, got {type(output).__name__}"
        )
    mark = " " if name == "output" else "."
    named = {}
    for key, part in parts:
        named |= named_outputs(part, tensor_type, side, f"{name}{mark}{key}")
    return named


def backward_from_random(
    ours: dict[str, Tensor], theirs: dict[str, Any], device: str, seed: int
) -> None:
    """Send the same random gradients back from the outputs of both sides.

    Raises
    ------
    ParityError
        If only one side's output can be differentiated.
    """
    # a stream apart from default_rng(seed), which may have drawn the inputs: a gradient
    # equal to the input is in the null space of every normalization's
    rng = np.random.default_rng([seed, 1])
    pairs = []
    for name, our in ours.items():
        their = theirs[name]
        if our.requires_grad != their.requires_grad:
            raise ParityError(
                f"{name}: requires_grad is {our.requires_grad}, "
                f"torch's {their.requires_grad}"
            )
        if our.requires_grad:
            grad = rng.standard_normal(our.shape).astype(our.dtype)
            pairs.append((our, their, grad))
    if not pairs:
        return
    import_torch("compare_with_torch").autograd.backward(
        [their for _, their, _ in pairs], [to_torch(g, device) for _, _, g in pairs]
    )
    if len(pairs) == 1:
        our, _, grad = pairs[0]
        our.backward(grad)
        return
    # outputs may share a graph, which a backward pass frees: one pass for all of them
    weighted = [(our * Tensor(grad)).sum() for our, _, grad in pairs]
    total = weighted[0]
    for term in weighted[1:]:
        total = total + term
    total.backward()
