"""Nothing hidden: a page uses what teaches only once the reader has seen its source.

What teaches is `TEACHES`. A name from there is *shown* when a cell of this or an
earlier page calls ``show_source(name)``. A class counts as shown with
``show_source(Class)`` or ``show_source(Class.__init__)``, or ``__call__``, which the
base class of layers has instead; a method counts under its own name, so that
``loss.backward()`` needs ``show_source(Tensor.backward)`` or the whole class. A method
that arrays, containers or texts have too (``sum``, ``reshape``, ``items``) cannot be
told apart on the page's text and is left out, and so is one that the page defines.

The pages of the part `neurons` may use ``Tensor`` and its methods if they link forward
to the page that explains it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
from pages import ROOT, code_cells, docname, notebook_pages, prose
from rules_cells import syntax_tree

TEACHES = (
    "autograd",
    "functional",
    "nn",
    "optim",
    "models",
    "training",
    "compression",
)
FORWARD = {"book/neurons/": ("Tensor", "backprop/autograd")}
"""Class that the pages of a part may use behind a link to the page named."""

COMMON = {
    name
    for kind in (np.ndarray, np.random.Generator, list, dict, set, str, bytes, tuple)
    for name in dir(kind)
} | {"fit"}  # of scikit-learn's models


@dataclass
class PageNames:
    """What one page uses of the teaching units, and what it shows of them."""

    used: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)


@cache
def teaching_methods() -> dict[str, frozenset[str]]:
    """Return each public method of a teaching class, with its classes."""
    methods: dict[str, set[str]] = {}
    for module in _teaching_modules():
        for cls in vars(module).values():
            if not inspect.isclass(cls) or cls.__module__ != module.__name__:
                continue
            for name, member in vars(cls).items():
                if name.startswith("_") or name in COMMON:
                    continue
                if isinstance(member, classmethod | staticmethod) or callable(member):
                    methods.setdefault(name, set()).add(cls.__name__)
    return {name: frozenset(classes) for name, classes in methods.items()}


def _teaching_modules() -> list[ModuleType]:
    modules = []
    for unit in TEACHES:
        try:
            package = importlib.import_module(f"dlbook.{unit}")
        except ModuleNotFoundError as error:
            if error.name != f"dlbook.{unit}":
                raise
            continue  # not written yet
        modules.append(package)
        for entry in pkgutil.walk_packages(
            getattr(package, "__path__", []), f"{package.__name__}."
        ):
            modules.append(importlib.import_module(entry.name))
    return modules


def names_on(path: Path) -> PageNames:
    """Return what a page uses and shows of the teaching units."""
    trees = [syntax_tree(cell, path.name) for cell in code_cells(path)]
    return page_names(trees)


def page_names(trees: list[ast.Module]) -> PageNames:
    """Return what the syntax trees of a page's cells use and show."""
    names = PageNames()
    imported: dict[str, str] = {}  # name on the page -> path below dlbook
    for tree in trees:
        for node in ast.walk(tree):
            imported.update(_imports(node))
    modules = {
        alias.asname or alias.name.split(".")[0]
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.name[0].islower()
    }
    own_methods = {
        member.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for member in node.body
        if isinstance(member, ast.FunctionDef)
    }
    shown_nodes: set[int] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _last(node.func) == "show_source":
                for argument in node.args:
                    names.shown.add(_qualified(argument, imported))
                    shown_nodes.update(id(part) for part in ast.walk(argument))
    for tree in trees:
        for node in ast.walk(tree):
            if id(node) in shown_nodes:
                continue
            if isinstance(node, ast.Name | ast.Attribute):
                path = _path(node, imported)
                if path and path[0] in TEACHES and len(path) > 1:
                    names.used.add(path[-1] if len(path) == 2 else _object(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                method = node.func.attr
                known = method in teaching_methods() and method not in own_methods
                root = (_chain(node.func) or [""])[0]
                if known and root not in modules:  # np.exp is no method
                    names.used.add(f".{method}")
    return names


def _imports(node: ast.AST) -> dict[str, str]:
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dlbook"):
        below = (node.module or "").split(".")[1:]
        return {
            alias.asname or alias.name: ".".join([*below, alias.name])
            for alias in node.names
        }
    if isinstance(node, ast.Import):
        return {
            alias.asname: alias.name.removeprefix("dlbook.")
            for alias in node.names
            if alias.asname and alias.name.startswith("dlbook.")
        }
    return {}


def _path(node: ast.AST, imported: dict[str, str]) -> list[str] | None:
    """Return the path below dlbook that an expression names, or None."""
    parts = _chain(node)
    if parts is None:
        return None
    if parts[0] == "dlbook":
        return parts[1:]
    if parts[0] in imported:
        return [*imported[parts[0]].split("."), *parts[1:]]
    return None


def _chain(node: ast.AST) -> list[str] | None:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        before = _chain(node.value)
        return None if before is None else [*before, node.attr]
    return None


def _object(path: list[str]) -> str:
    """Return the object of a long path: the first part after the modules."""
    module = f"dlbook.{path[0]}"
    for position in range(1, len(path)):
        try:
            found = importlib.import_module(f"{module}.{path[position]}")
        except ImportError:
            return path[position]
        module = found.__name__
    return path[-1]


def _qualified(argument: ast.expr, imported: dict[str, str]) -> str:
    """Return what is shown: ``softmax``, ``Tensor``, ``Tensor.backward``."""
    path = _path(argument, imported) or _chain(argument) or []
    if not path:
        return ast.unparse(argument)
    if path[0] not in TEACHES:
        return ".".join(path)
    first = _object(path)
    return ".".join(path[path.index(first) :])


def _last(node: ast.expr) -> str:
    return (_chain(node) or [""])[-1]


def is_shown(name: str, shown: set[str]) -> bool:
    """Say whether a used name has been shown; a leading period marks a method."""
    if not name.startswith("."):
        ways = (name, f"{name}.__init__", f"{name}.__call__")
        return any(way in shown for way in ways) or _is_constant(name, shown)
    method = name[1:]
    if any(entry.endswith(name) for entry in shown):
        return True
    return any(cls in shown for cls in teaching_methods().get(method, ()))


def _is_constant(name: str, shown: set[str]) -> bool:
    """Say whether a name is an instance of a class that has been shown."""
    return name.isupper() and any(
        name in vars(module) and type(vars(module)[name]).__name__ in shown
        for module in _teaching_modules()
    )


def hidden_uses(root: Path = ROOT) -> list[str]:
    """Return every use of a teaching name before the reader has seen its source."""
    faults: list[str] = []
    shown: set[str] = set()
    for path in notebook_pages(root):
        page = docname(path, root)
        names = names_on(path)
        shown |= names.shown
        allowed = _allowed_ahead(page, prose(path))
        for name in sorted(names.used - allowed):
            if not is_shown(name, shown):
                faults.append(f"{page}.md uses {name} before any page shows its source")
    return faults


def _allowed_ahead(page: str, text: str) -> set[str]:
    """Return what a page may use behind its link forward."""
    for folder, (cls, target) in FORWARD.items():
        if page.startswith(folder) and re.search(
            rf"\{{(?:doc|ref)\}}`[^`]*{target}|\]\([^)]*{target}(?:\.md)?", text
        ):
            module = next(
                (m for m in _teaching_modules() if isinstance(vars(m).get(cls), type)),
                None,
            )
            members = dir(vars(module)[cls]) if module else []
            return {cls, *(f".{member}" for member in members)}
    return set()
