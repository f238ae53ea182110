"""The floors of dlbook, as its docstring lists them: imports point down only."""

import ast
import importlib
import json
import re
import statistics
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import dlbook

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "dlbook"
MODULES = sorted(PACKAGE.rglob("*.py"))
UNITS = sorted(
    {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    - {"__init__"}
)
OUR_CODE = sorted(
    path
    for folder in (PACKAGE, ROOT / "tests", ROOT / "tools", ROOT / "book" / "_ext")
    for path in folder.rglob("*.py")
)

# Which units may import what beside NumPy and the standard library...
WHEN_IMPORTED = {  # ... together with themselves
    "matplotlib": {"plots"},
    "cycler": {"plots"},
    "contourpy": {"plots"},  # a part of matplotlib
}
INSIDE_FUNCTIONS = {  # ... only inside a function, so that they work without it
    "torch": {"compare"},
    "threadpoolctl": {"compare"},
    "matplotlib": {"data"},  # holds a recording as sample data
    "sklearn": {"data"},
    "pooch": {"data"},
    "platformdirs": {"data"},
    "safetensors": {"nn", "training"},
    "tqdm": {"data", "training"},
    "ipywidgets": {"widgets"},
    "IPython": {"plots", "compare", "notebook", "claims", "exercises", "widgets"},
}
# The only imports within a floor.
WITHIN_A_FLOOR = {
    ("compression", "models"),  # quantized models are written as safetensors
    ("compare", "plots"),  # loss curves and timings are drawn
    ("exercises", "notebook"),  # a solution is shown by show_source
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "misc"}
LONGEST_FILE = 500  # lines
SLOWEST_IMPORT = 0.25  # seconds of processor time that dlbook may add to NumPy

# Modules without a test file of their own are the rows of a suite that covers a folder.
SUITES = {
    "autograd": "autograd/test_every_operation.py",
    "functional": "functional/test_every_function.py",
    "nn": "nn/test_every_layer.py",
    "optim": "optim/test_every_optimizer.py",
    "compare/cases": "compare/test_cases.py",
}


def floors() -> list[set[str]]:
    """Units by floor, lowest first, from the numbered lines of dlbook's docstring."""
    lines = re.findall(r"^\d+\. ([\w, ]+?)(?:  |$)", dlbook.__doc__, re.MULTILINE)
    return [set(line.split(", ")) for line in lines]


def unit_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def floor_of(unit: str) -> int:
    for number, names in enumerate(floors(), start=1):
        if unit in names:
            return number
    pytest.fail(f"dlbook's docstring puts {unit!r} on no floor")


def imports(path: Path):
    """Yield (module, inside a function, line) for every import of `path`.

    Imports for the type checker alone are left out.
    """

    def visit(node, inside):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, inside, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write absolute imports"
            for alias in node.names:  # `from dlbook import nn` imports dlbook.nn
                yield f"{node.module}.{alias.name}", inside, node.lineno
        elif isinstance(node, ast.Call) and re.search(
            r"(^|\.)(import_module|__import__)$", ast.unparse(node.func)
        ):
            name = node.args[0]
            if isinstance(name, ast.Constant):
                yield name.value, inside, node.lineno
        inside = inside or isinstance(node, ast.FunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside)

    yield from visit(ast.parse(path.read_text("utf-8")), False)


def identify(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_docstring_lists_seven_floors_and_every_unit():
    listed = floors()
    assert len(listed) == 7
    assert len(set.union(*listed)) == sum(map(len, listed)), "a unit on two floors"
    assert set(UNITS) <= set.union(*listed)


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_imports_point_down(path):
    here = unit_of(path)
    for name, _, line in imports(path):
        parts = name.split(".")
        if parts[0] != "dlbook" or len(parts) == 1 or here == "__init__":
            continue
        there = parts[1]
        if there.startswith("__") or there == here or (here, there) in WITHIN_A_FLOOR:
            continue
        assert floor_of(there) < floor_of(here), (
            f"{identify(path)}:{line}: {here} (floor {floor_of(here)}) imports "
            f"{there} (floor {floor_of(there)})"
        )


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_outside_libraries_stay_where_they_are_listed(path):
    here = unit_of(path)
    for name, inside, line in imports(path):
        top = name.split(".")[0]
        if top in {"dlbook", "numpy"} or top in sys.stdlib_module_names:
            continue
        allowed = WHEN_IMPORTED.get(top, set())
        if inside:
            allowed = allowed | INSIDE_FUNCTIONS.get(top, set())
        where = "inside a function" if inside else "at its top"
        assert here in allowed, f"{identify(path)}:{line}: {top} imported {where}"


@cache
def modules_named_by_tests() -> frozenset[str]:
    """Modules from which some test imports a name, wherever the name is re-exported."""
    named = set()
    for path in (ROOT / "tests").rglob("*.py"):
        for name, _, _ in imports(path):
            if not name.startswith("dlbook."):
                continue
            named.add(name)  # if it is a module
            module, _, attribute = name.rpartition(".")
            named.add(module)
            value = getattr(importlib.import_module(module), attribute, None)
            for owner in getattr(value, "__mro__", [value]):
                named.add(getattr(owner, "__module__", None))
    return frozenset(named - {None})


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_every_module_has_its_tests(path):
    """A file of its own, a contract suite, or a test that imports what it defines."""
    relative = path.relative_to(PACKAGE)
    if path.name in {"__init__.py", "__main__.py"}:
        return
    tests = [ROOT / "tests" / relative.with_name(f"test_{relative.name}")]
    tests += [
        ROOT / "tests" / suite
        for folder, suite in SUITES.items()
        if relative.is_relative_to(folder)
    ]
    if relative.match("exercises/*/*.py"):  # loaded by their folder
        tests.append(ROOT / "tests" / "exercises" / "test_every_exercise.py")
    module = ".".join(("dlbook", *relative.with_suffix("").parts))
    tested = module in modules_named_by_tests() or any(map(Path.is_file, tests))
    assert tested, f"no test imports anything of {identify(path)}"


@pytest.mark.parametrize("path", OUR_CODE, ids=identify)
def test_a_file_holds_one_idea(path):
    assert path.stem not in VAGUE_NAMES, "name it after the thing in it"
    assert path.parent.name not in VAGUE_NAMES
    assert len(path.read_text("utf-8").splitlines()) < LONGEST_FILE


def run(code: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout


def outside_modules_loaded_by(statement: str) -> set[str]:
    """Top-level names of what `statement` loads beside NumPy and our own modules."""
    code = (
        "import sys, sysconfig, numpy.random; sysconfig.get_config_vars()\n"
        "before = set(sys.modules)\n"
        f"{statement}\n"
        "import json; print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    tops = {name.split(".")[0] for name in json.loads(run(code))}
    return tops - set(sys.stdlib_module_names) - {"dlbook", "numpy"}


@pytest.mark.parametrize("unit", UNITS)
def test_importing_a_unit_loads_only_what_is_listed(unit):
    beneath = {name for name in UNITS if floor_of(name) < floor_of(unit)} | {unit}
    allowed = {library for library, units in WHEN_IMPORTED.items() if units & beneath}
    loaded = outside_modules_loaded_by(f"import dlbook.{unit}")
    if "matplotlib" in allowed:  # and what it needs itself
        assert "torch" not in loaded
        assert "IPython" not in loaded
        assert "sklearn" not in loaded
    else:
        assert loaded <= allowed


def test_import_dlbook_loads_numpy_alone():
    assert outside_modules_loaded_by("import dlbook") == set()


def test_import_dlbook_is_quick():
    """Beyond NumPy: the package and its first three floors."""

    def seconds(statement: str) -> float:
        return float(run(f"{statement}; import time; print(time.process_time())"))

    ours = "import dlbook, dlbook.autograd, dlbook.functional"
    run(ours)  # byte-compiled, and in the file cache
    differences = [seconds(ours) - seconds("import numpy") for _ in range(7)]
    assert statistics.median(differences) < SLOWEST_IMPORT
