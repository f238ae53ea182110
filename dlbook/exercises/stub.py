"""Recognize an answer that the reader has not begun."""

from __future__ import annotations

import ast
import dis
import inspect
import textwrap
import types
from typing import Any


def is_stub(answer: Any, *, deep: bool = False) -> bool:
    """Say whether an answer is still the page's stub.

    Parameters
    ----------
    answer : object
        ``None`` and ``...`` are stubs, and so is a function whose body, apart from its
        docstring, is ``...``, ``pass``, ``return``, ``return None``, ``return ...`` or
        ``raise NotImplementedError``. A tuple or list of stubs is one too.
    deep : bool
        Also count a function or class in which a ``...`` still stands for a piece of
        code (``mistakes = ...``, or a method with an empty body). Dots inside brackets,
        ``x[..., 0]``, are code.
    """
    if answer is None or answer is Ellipsis:
        return True
    if isinstance(answer, list | tuple) and answer:
        return all(is_stub(part) for part in answer)
    if isinstance(answer, types.FunctionType):
        definition = _definition(answer)
        if definition is None:
            return _compiles_to_nothing(answer)
        return _is_empty(definition.body) or (deep and _has_gap(definition))
    if isinstance(answer, type):
        methods = [
            m for m in vars(answer).values() if isinstance(m, types.FunctionType)
        ]
        if not methods:
            return True
        verdicts = [is_stub(method, deep=deep) for method in methods]
        return any(verdicts) if deep else all(verdicts)
    return False


def _definition(function: types.FunctionType) -> ast.FunctionDef | None:
    """Parse a function's source; None where there is none (a lambda, an exec)."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    first = tree.body[0] if tree.body else None
    return first if isinstance(first, ast.FunctionDef) else None


def _is_empty(body: list[ast.stmt]) -> bool:
    return all(_does_nothing(statement) for statement in body)


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    if isinstance(statement, ast.Expr):  # a docstring or `...`
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Return):
        value = statement.value
        return value is None or (
            isinstance(value, ast.Constant) and value.value in (None, Ellipsis)
        )
    if isinstance(statement, ast.Raise):
        return "NotImplementedError" in ast.dump(statement)
    return False


def _has_gap(definition: ast.FunctionDef) -> bool:
    """Find a `...` that stands for code: assigned, returned, passed or alone."""
    inside_brackets = {
        id(part)
        for node in ast.walk(definition)
        if isinstance(node, ast.Subscript)
        for part in ast.walk(node.slice)
    }
    return any(
        isinstance(node, ast.Constant)
        and node.value is Ellipsis
        and id(node) not in inside_brackets
        for node in ast.walk(definition)
    )


def _compiles_to_nothing(function: types.FunctionType) -> bool:
    """Say whether a function does no more than return None or `...`."""
    nothing = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
    return all(
        step.opname in nothing
        and (not step.opname.endswith("CONST") or step.argval in (None, Ellipsis))
        for step in dis.get_instructions(function)
    )
