"""Module: a tree of layers that knows its own parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Self

import numpy as np

from dlbook.autograd import Tensor

__all__ = ["Buffer", "IncompatibleKeys", "Module", "Parameter"]


class Parameter(Tensor):
    """A tensor that training changes.

    Parameters
    ----------
    data : array_like
        Initial values; copied, since optimizers write into a parameter.
    requires_grad : bool
        False freezes the parameter.

    Raises
    ------
    TypeError
        If `data` does not hold floating-point numbers and a gradient is required.
    """

    __slots__ = ()

    def __init__(self, data: Any, *, requires_grad: bool = True) -> None:
        super().__init__(data, requires_grad=requires_grad)
        self.data = self.data.copy()


class Buffer(Tensor):
    """A tensor that belongs to a module and is not trained, such as a running mean.

    Parameters
    ----------
    data : array_like
        Initial values; copied, since a module may write into its buffer.
    persistent : bool
        Whether `Module.state_dict` holds it.
    """

    __slots__ = ("persistent",)

    def __init__(self, data: Any, *, persistent: bool = True) -> None:
        super().__init__(data)
        self.data = self.data.copy()
        self.persistent = persistent


class IncompatibleKeys(NamedTuple):
    """What `Module.load_state_dict` could not match; both lists empty if all fitted."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module:
    """Base class of every layer and model.

    A subclass assigns Parameters, Buffers and Modules to attributes in `__init__` and
    computes its output in `forward`. They are found by walking the attributes in the
    order of assignment, also inside lists, tuples and dicts: an attribute
    ``blocks = [Linear(2, 2)]`` gives the names ``blocks.0.weight`` and
    ``blocks.0.bias``. There is nothing to register and no ``super().__init__()`` to
    call.

    Attributes
    ----------
    training : bool
        True at first; `train` and `eval` switch the whole tree.

    Raises
    ------
    TypeError
        On assigning something else than a Parameter or None to a name that holds a
        Parameter, and likewise for Buffers and Modules; on assigning a plain Tensor
        that requires a gradient, which no optimizer would find; on walking a set,
        which has no order, or a dict whose keys are not names.
    ValueError
        On walking a module that contains itself.
    """

    training: bool = True

    def forward(self, *inputs: Any) -> Any:
        """Compute the output; every subclass defines it.

        Raises
        ------
        NotImplementedError
            If the subclass does not.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define forward()")

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Run `forward`."""
        return self.forward(*inputs, **options)

    def __setattr__(self, name: str, value: Any) -> None:
        held = vars(self).get(name)
        for kind in (Parameter, Buffer, Module):
            if isinstance(held, kind) and not isinstance(value, kind | None):
                raise TypeError(
                    f"{type(self).__name__}.{name} holds a {kind.__name__} and takes a "
                    f"{kind.__name__} or None, got {type(value).__name__}"
                    + ("" if kind is Module else f"; write values into {name}.data")
                )
        if type(value) is Tensor and value.requires_grad and not value.parents:
            raise TypeError(
                f"{type(self).__name__}.{name}: no optimizer would find a plain Tensor "
                "that requires a gradient; use Parameter"
            )
        super().__setattr__(name, value)

    # --- the tree -------------------------------------------------------------------

    def _members(self) -> Iterator[tuple[str, Tensor | Module]]:
        for name, value in vars(self).items():
            yield from _open(name, value)

    def _walk(
        self, prefix: str = "", above: tuple[Module, ...] = ()
    ) -> Iterator[tuple[str, Module]]:
        """Yield every module under every name it has, parents first."""
        if any(self is module for module in above):
            raise ValueError(f"{prefix}: a {type(self).__name__} contains itself")
        yield prefix, self
        for name, child in self._members():
            if isinstance(child, Module):
                yield from child._walk(_join(prefix, name), (*above, self))

    def _named_tensors(self, kind: type[Tensor]) -> Iterator[tuple[str, Any]]:
        """Yield every tensor of a kind under every name it has."""
        for prefix, module in self._walk():
            for name, tensor in module._members():
                if isinstance(tensor, kind):
                    yield _join(prefix, name), tensor

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield each direct submodule once, with its name."""
        members = ((n, m) for n, m in self._members() if isinstance(m, Module))
        return _first_of_each(members)

    def children(self) -> Iterator[Module]:
        """Yield each direct submodule once."""
        return (child for _, child in self.named_children())

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """Yield each module of the tree once, with its dotted name; self is ``""``."""
        return _first_of_each(self._walk())

    def modules(self) -> Iterator[Module]:
        """Yield each module of the tree once, self first."""
        return (module for _, module in self.named_modules())

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield each Parameter of the tree once, with its dotted name."""
        return _first_of_each(self._named_tensors(Parameter))

    def parameters(self) -> Iterator[Parameter]:
        """Yield each Parameter of the tree once, also if two modules share it."""
        return (parameter for _, parameter in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        """Yield each Buffer of the tree once, with its dotted name."""
        return _first_of_each(self._named_tensors(Buffer))

    def buffers(self) -> Iterator[Buffer]:
        """Yield each Buffer of the tree once."""
        return (buffer for _, buffer in self.named_buffers())

    def num_parameters(self, *, trainable_only: bool = False) -> int:
        """Count the numbers in all Parameters, shared ones once.

        Parameters
        ----------
        trainable_only : bool
            Leave out Parameters with ``requires_grad=False``.
        """
        return sum(
            parameter.size
            for parameter in self.parameters()
            if parameter.requires_grad or not trainable_only
        )

    # --- acting on the whole tree ---------------------------------------------------

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Call `function` on every module, children before parents; return self."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Switch the tree to training, or with False to evaluation; return self.

        Raises
        ------
        TypeError
            If `mode` is no bool.
        """
        if not isinstance(mode, bool):
            raise TypeError(f"train: mode must be True or False, got {mode!r}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Switch the tree to evaluation; return self."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget the gradient of every Parameter."""
        for parameter in self.parameters():
            parameter.grad = None

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Say whether every Parameter needs a gradient; return self.

        Parameters
        ----------
        requires_grad : bool
            False freezes the whole tree.
        """
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def to(self, dtype: Any) -> Self:
        """Convert Parameters and floating-point Buffers in place; return self.

        Gradients are converted too, integer Buffers stay as they are.

        Parameters
        ----------
        dtype : numpy floating-point dtype
            For example ``numpy.float64``.

        Raises
        ------
        TypeError
            If `dtype` is no floating-point dtype.
        """
        dtype = np.dtype(dtype)
        if dtype.kind != "f":
            raise TypeError(f"to: dtype must be a floating-point dtype, got {dtype}")
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.data.dtype.kind == "f":
                tensor.data = tensor.data.astype(dtype, copy=False)
            if tensor.grad is not None:
                tensor.grad = tensor.grad.astype(dtype, copy=False)
        return self

    # --- saving and loading ---------------------------------------------------------

    def _state(self) -> dict[str, Tensor]:
        """Return what is saved; in each module Parameters first, as torch has it."""
        state: dict[str, Tensor] = {}
        for prefix, module in self._walk():
            members = list(module._members())
            for name, tensor in members:
                if isinstance(tensor, Parameter):
                    state[_join(prefix, name)] = tensor
            for name, tensor in members:
                if isinstance(tensor, Buffer) and tensor.persistent:
                    state[_join(prefix, name)] = tensor
        return state

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return a copy of all Parameters and persistent Buffers, by dotted name.

        torch returns views that later training steps change; this is a snapshot. A
        shared Parameter appears under each of its names.
        """
        return {name: tensor.data.copy() for name, tensor in self._state().items()}

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True
    ) -> IncompatibleKeys:
        """Copy values into the Parameters and Buffers, which keep their dtype.

        Either everything fits, or nothing is changed.

        Parameters
        ----------
        state_dict : mapping from str to array_like
            As from `state_dict`, also torch's.
        strict : bool
            Whether missing and unexpected names are errors. Shapes always have to fit.

        Returns
        -------
        IncompatibleKeys
            The missing and the unexpected names.

        Raises
        ------
        ValueError
            If names or shapes do not fit, values cannot be cast without loss of kind,
            such as floats into an integer Buffer, or two names of a shared tensor come
            with different values (torch takes the last); one message lists them all.
        """
        ours = self._state()
        missing = [name for name in ours if name not in state_dict]
        unexpected = [name for name in state_dict if name not in ours]
        problems = []
        if strict:
            problems += [f"missing: {name}" for name in missing]
            problems += [f"unexpected: {name}" for name in unexpected]
        values: dict[str, np.ndarray] = {}
        first_names: dict[int, str] = {}  # of a tensor that has several
        for name, tensor in ours.items():
            if name in state_dict:
                value = state_dict[name]
                value = value.data if isinstance(value, Tensor) else np.asarray(value)
                values[name] = value
                first = first_names.setdefault(id(tensor), name)
                floats = value.dtype.kind == values[first].dtype.kind == "f"
                if not np.array_equal(values[first], value, equal_nan=floats):
                    problems.append(
                        f"different values: {first} and {name}, two names of one tensor"
                    )
                if value.shape != tensor.shape:
                    problems.append(
                        f"wrong shape: {name} is {value.shape}, expected {tensor.shape}"
                    )
                elif not np.can_cast(value.dtype, tensor.dtype, "same_kind"):
                    problems.append(
                        f"wrong dtype: {name} is {value.dtype}, expected {tensor.dtype}"
                    )
        if problems:
            listed = "\n  ".join(problems)
            raise ValueError(
                f"load_state_dict: the state does not fit this {type(self).__name__}"
                f"\n  {listed}"
            )
        for name, value in values.items():
            np.copyto(ours[name].data, value, casting="same_kind")
        return IncompatibleKeys(missing, unexpected)

    # --- repr -----------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Return what `repr` shows between the parentheses, such as options."""
        return ""

    def _tree(self) -> str:
        lines = [self.extra_repr()] if self.extra_repr() else []
        children = [(n, m) for n, m in self._members() if isinstance(m, Module)]
        if children:
            lines += [f"({name}): {child._tree()}" for name, child in children]
            inside = "\n".join(lines).replace("\n", "\n  ")
            return f"{type(self).__name__}(\n  {inside}\n)"
        return f"{type(self).__name__}({', '.join(lines)})"

    def __repr__(self) -> str:
        """Show the tree as torch does, and the number of parameters after it."""
        count = self.num_parameters()
        frozen = count - self.num_parameters(trainable_only=True)
        note = f"  # {count:,} parameter{'s' if count != 1 else ''}" if count else ""
        return self._tree() + note + (f", {frozen:,} frozen" if frozen else "")


def _open(name: str, value: Any) -> Iterator[tuple[str, Tensor | Module]]:
    """Yield the Parameters, Buffers and Modules that one attribute holds."""
    if isinstance(value, Parameter | Buffer | Module):
        yield name, value
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _open(f"{name}.{i}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            for dotted, member in _open(f"{name}.{key}", item):
                if not isinstance(key, str) or "." in key:
                    raise TypeError(
                        f"{name}: a dict that holds layers needs str keys without a "
                        f"dot, which become names, got {key!r}"
                    )
                yield dotted, member
    elif isinstance(value, set | frozenset) and any(
        isinstance(item, Parameter | Buffer | Module) for item in value
    ):
        raise TypeError(f"{name}: a set has no order to name its layers by; use a list")


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _first_of_each(named: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Drop what came before under another name."""
    seen: set[int] = set()
    for name, item in named:
        if id(item) not in seen:
            seen.add(id(item))
            yield name, item
