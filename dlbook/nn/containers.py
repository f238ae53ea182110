"""Modules that hold modules: in a row, in a list, in a dict.

A container keeps its layers as attributes named 0, 1, ... or by their keys, where
`Module` finds them like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from dlbook.nn.module import Module

__all__ = ["ModuleDict", "ModuleList", "Sequential"]


class _Container(Module):
    """What the containers share: named layers, kept in order."""

    def _layers(self) -> dict[str, Module]:
        return {k: v for k, v in vars(self).items() if isinstance(v, Module)}

    def _put(self, name: str, module: Module) -> None:
        kind = type(self).__name__
        if not isinstance(module, Module):
            raise TypeError(
                f"{kind}: {name!r} must be a Module, got {_describe(module)}"
                + ("; use the layer of that function" if callable(module) else "")
            )
        if not isinstance(name, str):
            raise TypeError(f"{kind}: a name must be a str, got {name!r}")
        if not name or "." in name or hasattr(type(self), name):
            raise ValueError(
                f"{kind}: a name must not be empty, hold a dot, or be one that {kind} "
                f"itself uses, got {name!r}"
            )
        setattr(self, name, module)

    def _replace(self, layers: Iterable[tuple[str, Module]]) -> None:
        layers = list(layers)
        for name in self._layers():
            delattr(self, name)
        for name, module in layers:
            self._put(name, module)

    def __len__(self) -> int:
        return len(self._layers())


class _Row(_Container):
    """Layers counted from 0."""

    def _name(self, index: int) -> str:
        names = list(self._layers())
        try:
            return names[index]
        except IndexError:
            raise IndexError(
                f"{type(self).__name__}: index {index} of {len(names)} layers"
            ) from None

    def __getitem__(self, index: int | slice) -> Any:
        if not isinstance(index, slice):
            return getattr(self, self._name(index))
        part = type(self)()
        part._replace(list(self._layers().items())[index])
        return part

    def __setitem__(self, index: int, module: Module) -> None:
        self._put(self._name(index), module)

    def __delitem__(self, index: int) -> None:
        delattr(self, self._name(index))
        self._renumber(self._layers().items())

    def __iter__(self) -> Iterator[Module]:
        return iter(self._layers().values())

    def _renumber(self, layers: Iterable[tuple[str, Module]]) -> None:
        """Store the layers again, numbered names counting from 0, other names kept."""
        self._replace(
            (str(i) if name.isdecimal() else name, module)
            for i, (name, module) in enumerate(layers)
        )

    def append(self, module: Module) -> Self:
        """Add a layer at the end; return self."""
        number = len(self)
        while str(number) in vars(self):  # a slice keeps the numbers of its layers
            number += 1
        self._put(str(number), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several layers at the end; return self."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Add a layer before position `index`, renumbering the later; return self."""
        layers = list(self._layers().items())
        before = self._layers()
        layers.insert(index, (str(len(layers)), module))
        try:
            self._renumber(layers)
        except TypeError:
            self._replace(before.items())
            raise
        return self


class Sequential(_Row):
    """Run layers one after the other, each on the result of the one before.

    ``model[1]`` is a layer, ``model[1:]`` a Sequential that shares the layers and keeps
    their names. Layers given by name can be reached as attributes.

    Parameters
    ----------
    *layers : Module, or one dict from str to Module
        A dict names the layers; otherwise they are named 0, 1, ...

    Raises
    ------
    TypeError
        If a layer is no Module, for example a function.
    ValueError
        If a name is empty, holds a dot, or is one that Sequential uses.
    IndexError
        If an index is out of range.
    """

    def __init__(self, *layers: Any) -> None:
        if len(layers) == 1 and isinstance(layers[0], dict):
            self._replace(layers[0].items())
        else:
            self.extend(layers)

    def forward(self, x: Any) -> Any:
        """Give x to the first layer, and return the result of the last."""
        for layer in self:
            x = layer(x)
        return x


class ModuleList(_Row):
    """A list of modules; it has no `forward`, its owner says what to do with them.

    A plain list as an attribute of a Module is found as well; this one prints itself,
    switches between training and evaluation, and can be passed on.

    Parameters
    ----------
    modules : iterable of Module
        Named 0, 1, ...

    Raises
    ------
    TypeError
        If an element is no Module.
    IndexError
        If an index is out of range.
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)


class ModuleDict(_Container):
    """A dict of modules; it has no `forward`, its owner says what to do with them.

    Parameters
    ----------
    modules : mapping, or iterable of pairs, from str to Module
        The keys become names.

    Raises
    ------
    TypeError
        If a key is no str or a value no Module.
    ValueError
        If a key is empty, holds a dot, or is one that ModuleDict uses.
    KeyError
        If a key is not there.
    """

    def __init__(
        self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()
    ) -> None:
        self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._layers()[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self._put(key, module)

    def __delitem__(self, key: str) -> None:
        self[key]  # KeyError if it is not there
        delattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers())

    def __contains__(self, key: object) -> bool:
        return key in self._layers()

    def keys(self) -> Iterable[str]:
        """Return the names."""
        return self._layers().keys()

    def values(self) -> Iterable[Module]:
        """Return the modules."""
        return self._layers().values()

    def items(self) -> Iterable[tuple[str, Module]]:
        """Return pairs of name and module."""
        return self._layers().items()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]):
        """Add or replace several modules."""
        for key, module in dict(modules).items():
            self[key] = module

    def pop(self, key: str) -> Module:
        """Take a module out and return it."""
        module = self[key]
        del self[key]
        return module


def _describe(value: Any) -> str:
    name = getattr(value, "__name__", None)
    return type(value).__name__ + (f" {name}" if name else "")
