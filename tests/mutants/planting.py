"""Faults written out by hand: lines of a function exchanged for others, for a while."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.mutants.hunt import compiled, source_of
from tests.mutants.operators import Mutant


@dataclass(frozen=True)
class Fault:
    """What is wrong, where, and the lines before and after."""

    what: str
    module: str
    function: str
    edits: dict[str, str]

    def __str__(self) -> str:
        return f"{self.function}: {self.what}"


@contextmanager
def planted(fault: Fault) -> Iterator[None]:
    """Let a function run with a fault."""
    function, _ = source_of(fault.module, fault.function)
    text = inspect.getsource(function)
    for old, new in fault.edits.items():
        assert text.count(old) == 1, f"{old!r} is no longer there, once"
        text = text.replace(old, new)
    tree = ast.parse(textwrap.dedent(text)).body[0]
    mutant = Mutant(fault.module, fault.function, 0, fault.what, False, tree)
    right = function.__code__
    try:
        function.__code__ = compiled(mutant, function)
        yield
    finally:
        function.__code__ = right
