"""Show the live source of the package on a page: `show_source`."""

from __future__ import annotations

import ast
import functools
import inspect
import json
import os
import re
import textwrap
import types
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import dlbook

__all__ = ["SourceListing", "show_source"]

PACKAGE = Path(dlbook.__file__).resolve().parent


@dataclass(frozen=True)
class SourceListing:
    """Source text that JupyterLab, Colab, the built site and a terminal can display.

    Parameters
    ----------
    pieces : tuple of (path, first_line, code)
        `path` is relative to the folder that holds the package, with ``/``;
        `first_line` counts from 1; `code` is dedented source text.
    """

    pieces: tuple[tuple[str, int, str], ...]

    def __repr__(self) -> str:
        """Return plain text: a comment with path and line, then the code."""
        return "\n\n".join(
            f"# {path}:{first_line}\n{code}" for path, first_line, code in self.pieces
        )

    def _repr_markdown_(self) -> str:
        """Return Markdown: path and line, then a fenced block for each object."""
        return "\n\n".join(
            f"{_heading(path, first_line)}\n\n{_fenced(code)}"
            for path, first_line, code in self.pieces
        )


def show_source(*objects: object, docstring: bool = False) -> SourceListing:
    """Return the source of dlbook objects as it stands on disk, ready for display.

    Parameters
    ----------
    *objects : function, method, class, property, static or class method
        One or more objects defined in dlbook; shown in the order given.
    docstring : bool
        Keep docstrings. They are left out by default, since the page explains;
        comments always stay. A definition that consists of its docstring alone
        keeps it.

    Returns
    -------
    SourceListing
        Displays as Markdown on a page and as text in a terminal.

    Raises
    ------
    TypeError
        If no object is given.
    ValueError
        If an object is not a function, method, class or property of dlbook.

    Examples
    --------
    >>> from dlbook.notebook import show_source
    >>> print(show_source(show_source))  # doctest: +SKIP
    """
    if not objects:
        raise TypeError("show_source() needs at least one object of dlbook, got none")
    pieces = [
        piece for shown in objects for piece in _pieces(shown, keep_docstring=docstring)
    ]
    return SourceListing(tuple(pieces))


def _pieces(shown: object, *, keep_docstring: bool) -> list[tuple[str, int, str]]:
    pieces = []
    for definition in _definitions(shown):
        definition = inspect.unwrap(definition)
        source_file = inspect.getsourcefile(definition)
        path = Path(source_file).resolve() if source_file else None
        if path is None or not path.is_relative_to(PACKAGE):
            raise _refusal(shown)
        lines, first_line = inspect.getsourcelines(definition)
        code = textwrap.dedent("".join(lines)).rstrip()
        if not keep_docstring:
            code = without_docstrings(code)
        pieces.append(
            (path.relative_to(PACKAGE.parent).as_posix(), first_line or 1, code)
        )
    return pieces


def _definitions(shown: object) -> list[Any]:
    """Return the functions or the class that hold the source of `shown`."""
    parts: list[Any]
    if isinstance(shown, property):
        parts = [f for f in (shown.fget, shown.fset, shown.fdel) if f is not None]
    elif isinstance(shown, staticmethod | classmethod):
        parts = [shown.__func__]
    elif isinstance(shown, functools.cached_property | functools.partial):
        parts = [shown.func]
    else:
        parts = [shown]
    sourced = (types.FunctionType, types.MethodType, type)
    if not parts or not all(isinstance(inspect.unwrap(p), sourced) for p in parts):
        raise _refusal(shown)
    for part in parts:
        module = getattr(inspect.unwrap(part), "__module__", None) or ""
        if module.split(".")[0] != "dlbook":
            raise _refusal(shown)
    return parts


def _refusal(shown: object) -> ValueError:
    name = getattr(shown, "__qualname__", None) or f"a {type(shown).__name__}"
    home = shown.__name__ if isinstance(shown, types.ModuleType) else None
    home = home or getattr(shown, "__module__", None) or "no module"
    return ValueError(
        "show_source() shows functions, methods, classes and properties defined in "
        f"dlbook, got {name} from {home}"
    )


def without_docstrings(code: str) -> str:
    """Drop docstrings from source text; comments and layout stay as written.

    Parameters
    ----------
    code : str
        Dedented Python source of whole definitions.

    Returns
    -------
    str
        The same text without the docstrings of functions and classes, save where
        the docstring is all there is.
    """
    lines = code.splitlines()
    dropped: set[int] = set()
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if ast.get_docstring(node) is None or len(node.body) == 1:
            continue
        first, last = node.body[0].lineno, node.body[0].end_lineno or 0
        if node.body[1].lineno == last:  # `"..."; code` on one line
            continue
        while not lines[last].strip():  # the blank lines that follow it
            last += 1
        dropped.update(range(first - 1, last))
    return "\n".join(line for i, line in enumerate(lines) if i not in dropped)


def _heading(path: str, first_line: int) -> str:
    address = source_address(path, first_line)
    label = f"`{path}:{first_line}`"
    return label if address is None else f"[{label}]({address})"


def source_address(path: str, first_line: int) -> str | None:
    """Return the web address of a line of the package, or None if it has none.

    Both the repository and the exact commit must be known, so that a link never
    points to other code than what is shown. The repository is the environment
    variable ``GITHUB_REPOSITORY`` (``owner/name``) or ``Repository`` in the package's
    metadata; the commit is ``GITHUB_SHA`` or the one pip installed from.

    Parameters
    ----------
    path : str
        Path relative to the repository's root.
    first_line : int
        Line, counted from 1.
    """
    repository, commit = _origin()
    if repository is None or commit is None:
        return None
    return f"https://github.com/{repository}/blob/{commit}/{path}#L{first_line}"


def _origin() -> tuple[str | None, str | None]:
    repository = os.environ.get("GITHUB_REPOSITORY", "").strip() or None
    commit = os.environ.get("GITHUB_SHA", "").strip() or None
    try:
        package = metadata.distribution("dlbook")
    except metadata.PackageNotFoundError:
        return repository, commit
    for entry in package.metadata.get_all("Project-URL") or []:
        label, _, address = entry.partition(",")
        match = re.match(r"\s*https://github\.com/([\w.-]+/[\w.-]+?)/?$", address)
        if repository is None and label.strip() == "Repository" and match:
            repository = match[1].removesuffix(".git")
    origin = json.loads(package.read_text("direct_url.json") or "{}")
    return repository, commit or origin.get("vcs_info", {}).get("commit_id")


def _fenced(code: str) -> str:
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`{3,}", code))])
    return f"{fence}python\n{code}\n{fence}"
