"""Plant every mutant, ask its judges, put the right code back."""

import __future__

import ast
import contextlib
import importlib
import inspect
import io
import signal
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from zlib import crc32

import pytest

from tests.mutants.judges import PACKAGE, Judge, judges, module_name
from tests.mutants.operators import Mutant, mutants

# module prefix -> the area it is counted in
AREAS = {
    "dlbook.autograd.scalar": "autograd: scalar engine",
    "dlbook.autograd": "autograd",
    "dlbook.arrays": "autograd",
    "dlbook.compression": "compression",
    "dlbook.functional": "functional",
    "dlbook.data": "data",
    "dlbook.metrics": "metrics",
    "dlbook.models": "models",
    "dlbook.nn": "nn",
    "dlbook.optim": "optim",
    "dlbook.training": "training",
}
# functions that rows run, but that compute nothing a row could compare
NOT_ABOUT_NUMBERS = {
    "dlbook.autograd.gradcheck",  # test_gradcheck.py plants wrong gradients
    "dlbook.autograd.grad_mode",
    "dlbook.nn.module",  # names, trees, saving: tests/nn/test_module.py
    "dlbook.nn.containers",
    "dlbook.data.downloads",  # files and network: the scenes of tests/data
    "dlbook.data.mnist",
    "dlbook.data.shakespeare",
    "dlbook.data.embedded",  # what scikit-learn brings
    "dlbook.data.eeg",  # what matplotlib brings
    "dlbook.models.blank",  # zeros for whom draws: tests/models/test_blank.py
    "dlbook.models.published",  # a file that is read
    "dlbook.training.checkpoint",  # files: the scenes of tests/training
    "dlbook.training.resuming",
    "dlbook.training.progress",
}
# pytest's is no Exception, and hypothesis puts several of them into a group
FAILURES = (Exception, pytest.fail.Exception, BaseExceptionGroup)
Check = Callable[[], None]
SECONDS = 3.0  # of processor time that one check may take: endless loops end


@dataclass(frozen=True)
class Report:
    """What became of the mutants of one area."""

    caught: list[Mutant]
    survived: list[Mutant]
    never_run: list[tuple[str, str]]

    def rate(self, *, gradients_only: bool = False) -> tuple[int, int]:
        """Return how many mutants were caught, and how many there are."""

        def count(several):
            return sum(m.in_backward or not gradients_only for m in several)

        caught = count(self.caught)
        return caught, caught + count(self.survived)


def area_of(module: str) -> str | None:
    for prefix, area in AREAS.items():
        if module == prefix or module.startswith(prefix + "."):
            return None if module in NOT_ABOUT_NUMBERS else area
    return None


@cache
def reached() -> dict[tuple[str, str], list[Judge]]:
    """Return the judges of each function that one of them runs."""
    found: dict[tuple[str, str], list[Judge]] = {}
    for judge in judges():
        for target in judge.reaches:
            found.setdefault(target, []).append(judge)
    return found


def hunt(area: str, only: str = "", *, every: int = 1) -> Report:
    """Plant every mutant of every function of an area that a judge reaches.

    Parameters
    ----------
    area : str
        One of AREAS' values.
    only : str
        A part of "module:function", to hunt there alone.
    every : int
        Plant one mutant in so many: see `drawn`.
    """
    caught, survived = [], []
    alarms: dict[Check, str] = {}
    for (module, qualname), its_judges in sorted(reached().items()):
        if area_of(module) == area and only in f"{module}:{qualname}":
            for mutant in planted(module, qualname, every):
                alarm = first_alarm(its_judges)
                (survived if alarm is None else caught).append(mutant)
                if alarm:
                    alarms.setdefault(alarm, str(mutant))
    for check, mutant in alarms.items():
        if is_alarm(check):
            raise AssertionError(f"{check} failed on {mutant}, and fails without it")
    return Report(caught, survived, sorted(differentiable(area) - set(reached())))


def drawn(key: tuple[str, str, str], every: int) -> bool:
    """Say whether a mutant is among one in `every`: by its name, always the same."""
    return crc32("|".join(key).encode()) % every == 0


def planted(module: str, qualname: str, every: int = 1) -> Iterator[Mutant]:
    """Yield each mutant of a function while it stands in the function's place."""
    function, tree = source_of(module, qualname)
    if tree is None:
        return
    right = function.__code__
    for mutant in mutants(module, qualname, tree):
        if not drawn(mutant.key, every):
            continue
        try:
            function.__code__ = compiled(mutant, function)
            yield mutant
        finally:
            function.__code__ = right


def differentiable(area: str) -> set[tuple[str, str]]:
    """Return every function of an area that holds a `backward` of its own."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        module = module_name(str(path))
        if area_of(module) != area:
            continue
        scopes = [(ast.parse(path.read_text("utf-8")), "")]
        while scopes:
            scope, prefix = scopes.pop()
            for node in scope.body:
                if isinstance(node, ast.ClassDef):
                    scopes.append((node, f"{prefix}{node.name}."))
                elif isinstance(node, ast.FunctionDef) and any(
                    isinstance(part, ast.FunctionDef) and part.name == "backward"
                    for part in ast.walk(node)
                    if part is not node
                ):
                    found.add((module, prefix + node.name))
    return found


def is_caught(several: list[Judge]) -> bool:
    """Return whether a check fails."""
    return first_alarm(several) is not None


def first_alarm(several: list[Judge]) -> Check | None:
    """Return the first check that fails, or None."""
    # the first check of every judge, then the second: the first finds the most
    for checks in zip_longest(*(judge.checks for judge in several)):
        for check in filter(None, checks):
            if is_alarm(check):
                return check
    return None


def is_alarm(check: Check) -> bool:
    """Return whether a check fails; one that runs too long fails, too."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), deadline():
            check()
    except FAILURES:
        return True
    return False


class TimeIsUp(Exception):
    """A check took more than SECONDS of processor time: an endless loop."""


def stop(*_: object) -> None:
    raise TimeIsUp


@contextlib.contextmanager
def deadline() -> Iterator[None]:
    """Raise TimeIsUp inside the block after SECONDS; on Windows wait forever."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGVTALRM, stop)
    # and again: raised inside a callback of the garbage collector, it is lost
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def source_of(
    module: str, qualname: str
) -> tuple[types.FunctionType | None, ast.FunctionDef | None]:
    """Return a function of a module or class, and its syntax tree."""
    found = importlib.import_module(module)
    for name in qualname.split("."):
        if not hasattr(found, name):  # a lambda or a comprehension at module level
            return None, None
        found = inspect.getattr_static(found, name)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    if not isinstance(found, types.FunctionType) or found.__qualname__ != qualname:
        return None, None
    line = found.__code__.co_firstlineno
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
        if isinstance(node, ast.FunctionDef) and node.name == found.__name__:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first == line:
                return found, node
    return None, None


def compiled(mutant: Mutant, function: types.FunctionType) -> types.CodeType:
    """Compile a mutant to code that can take the place of the function's own.

    The code is replaced, not the function: every name that refers to the function,
    in whatever module, then runs the mutant.
    """
    tree = mutant.tree
    tree.decorator_list = []
    tree.args.defaults = [ast.Constant(None) for _ in tree.args.defaults]
    tree.args.kw_defaults = [d and ast.Constant(None) for d in tree.args.kw_defaults]
    if "__class__" in function.__code__.co_freevars:  # super(), which a mutant may lose
        tree.body.append(ast.Expr(ast.Name("__class__", ast.Load())))
    *classes, _ = mutant.function.split(".")
    body: list[ast.stmt] = [tree]
    for name in reversed(classes):  # so that super() and private names mean the same
        body = [ast.ClassDef(name, [], [], body, [], type_params=[])]
    module = ast.fix_missing_locations(ast.Module(body, []))
    code = compile(
        module,
        function.__code__.co_filename,
        "exec",
        flags=__future__.annotations.compiler_flag,
        dont_inherit=True,
    )
    todo = [code]
    while todo:
        code = todo.pop()
        if code.co_qualname == mutant.function:
            return code
        todo += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    raise AssertionError(f"no code for {mutant}")
