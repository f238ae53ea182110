"""What is public, and whether the rows cover it."""

import inspect
from collections.abc import Iterable

from dlbook.autograd import Tensor


def public_tensor_names() -> list[str]:
    """Return every method and property of `Tensor`, operators included."""
    named = [name for name in dir(Tensor) if not name.startswith("_")]
    classes = [cls for cls in Tensor.__mro__ if cls is not object]
    special = {
        name
        for cls in classes
        for name, value in vars(cls).items()
        if name.startswith("__") and inspect.isfunction(value)
    }
    return [*named, *sorted(special)]


def missing_names(public: Iterable[str], rows: list, excluded: dict[str, str]) -> set:
    """Return public names without a row, and exclusions that exclude nothing."""
    covered = {row.name for row in rows}
    names = set(public)
    stale = {name for name in excluded if name not in names or name in covered}
    return (names - covered - set(excluded)) | stale


def missing_keywords(rows: list, excluded: dict[str, str]) -> set[str]:
    """Return "name(keyword)" for each default that no row replaces, and stale ones."""
    known: dict[str, set[str]] = {}
    seen: dict[str, set[str]] = {}
    for row in rows:
        parameters = inspect.signature(row.function).parameters.values()
        known[row.name] = {
            p.name for p in parameters if p.default is not inspect.Parameter.empty
        }
        seen.setdefault(row.name, set()).update(row.keywords)
    missing = {
        f"{name}({keyword})"
        for name, keywords in known.items()
        for keyword in keywords - seen[name]
    }
    return missing ^ set(excluded)
