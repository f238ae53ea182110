"""Rules for the code cells of a page, and for those that the site hides."""

from __future__ import annotations

import ast
import re

import nbformat
from pages import PageError

SHORTEST_ALTERNATIVE = 40
"""Fewest characters of a text that says what is to be seen in a figure."""

PRINTS_TIMES = re.compile(
    r"speed|time_call|perf_counter|seconds|\btime\b|roofline|\bsweep", re.I
)
RANDOM_ALLOWED = {"default_rng", "Generator", "SeedSequence", "PCG64"}


def syntax_tree(cell: nbformat.NotebookNode, where: str) -> ast.Module:
    """Parse a code cell.

    Raises
    ------
    PageError
        If it is not Python, such as a line that begins with ``!`` or ``%``.
    """
    try:
        return ast.parse(cell.source)
    except SyntaxError as error:
        line = cell.source.splitlines()[(error.lineno or 1) - 1].strip()
        raise PageError(f"{where}: not plain Python: {line!r}") from None


def is_hidden(cell: nbformat.NotebookNode) -> bool:
    """Say whether the site hides a cell's code, folded or altogether."""
    return any(
        tag.startswith(("remove-", "hide-")) and not tag.endswith("-output")
        for tag in cell.metadata.get("tags", [])
    )


def alternative(cell: nbformat.NotebookNode) -> str:
    """Return the text alternative of a cell's figure, "" if there is none."""
    return cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")


def cell_faults(cells: list[nbformat.NotebookNode], where: str) -> list[str]:
    """Return what is wrong with a page's code cells, a sentence each.

    A cell does not import torch, run a shell or magic command, touch ``sys.path``, end
    in ``;``, read ``_`` or ``Out``, or draw from NumPy's global generator. A cell that
    ends in a call of `plots` has a text alternative. Only cells that print times carry
    ``nbval-ignore-output``. After the first cell, a hidden one defines no function or
    class, and no name that a later cell uses.
    """
    faults = []
    trees = []
    for number, cell in enumerate(cells, start=1):
        place = f"{where}, code cell {number}"
        try:
            tree = syntax_tree(cell, place)
        except PageError as error:
            faults.append(str(error))
            tree = ast.Module([], [])
        trees.append(tree)
        faults += [f"{place}: {fault}" for fault in _faults_of_one(cell, tree)]
    for number, (cell, tree) in enumerate(zip(cells, trees, strict=True), start=1):
        if number > 1 and is_hidden(cell):
            later = set().union(*(_names(t, ast.Load) for t in trees[number:]))
            for name in sorted(_defined(tree, later)):
                faults.append(
                    f"{where}, code cell {number}: is hidden and defines {name}; move "
                    "it to dlbook or show it"
                )
    return faults


def _faults_of_one(cell: nbformat.NotebookNode, tree: ast.Module) -> list[str]:
    faults = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(module.split(".")[0] == "torch" for module in modules):
            faults.append("imports torch; torch code lives in dlbook.compare")
        if isinstance(node, ast.Attribute):
            chain = ast.unparse(node)
            if chain == "sys.path":
                faults.append("touches sys.path")
            drawn = re.fullmatch(r"(?:np|numpy)\.random\.(\w+)", chain)
            if drawn and drawn[1] not in RANDOM_ALLOWED:
                faults.append(f"uses NumPy's global generator: {chain}")
    for name in sorted(_names(tree, ast.Load)):
        if re.fullmatch(r"_{1,3}|_i{0,3}\d*|Out|In", name):
            faults.append(f"reads {name}, which a second run does not have")
    if cell.source.rstrip().endswith(";"):
        faults.append("ends in ';'")
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        draws = ast.unparse(last.value.func).startswith("plots.")
        if draws and not alternative(cell):
            faults.append("shows a figure without mystnb: image: alt:")
    text = alternative(cell)
    if text and len(text) < SHORTEST_ALTERNATIVE:
        faults.append(f"the text alternative {text!r} does not say what is to be seen")
    if "nbval-ignore-output" in cell.metadata.get(
        "tags", []
    ) and not PRINTS_TIMES.search(cell.source):
        faults.append("carries nbval-ignore-output, but prints no times")
    return faults


def _names(tree: ast.Module, context: type[ast.expr_context]) -> set[str]:
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, context)
    }


def _defined(tree: ast.Module, used_later: set[str]) -> set[str]:
    """Return the functions and classes of a cell, and its names that are used later."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    definitions = {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return definitions | ((_names(tree, ast.Store) | imported) & used_later)
