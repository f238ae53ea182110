"""The stages of `test`: each runs, even after a failure, and the last lines sum up.

Standard library only.
"""

import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from environment import PYTHON, ROOT, run_python, variables

EXECUTED = ROOT / "_build" / "jupyter_execute"
NEEDS_SITE = ("tests/site", "tests/built")  # these read _build/html
NOTEBOOK_TIMEOUT = 120  # seconds a cell may take; _config.yml has the same
PYTEST = ("-m", "pytest", "-p", "no:cacheprovider")
CLOSING = re.compile(r"^=+ (?P<counts>.*) in [\d.]+s( \(.*\))? =+$")
COUNT = re.compile(r"(\d+) (\w+)")


@dataclass
class Result:
    """What one stage reported."""

    status: int = 0
    closing: str = ""
    counts: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0


def workers() -> str:
    """Worker processes for pytest-xdist: one a core, at least 2, at most 4."""
    return str(min(max(os.cpu_count() or 2, 2), 4))


def pytest(*arguments: str) -> Result:
    """Run pytest, show its output as it comes, and keep its closing lines."""
    result = Result()
    command = [str(PYTHON), *PYTEST, *arguments]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=variables(static=True),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            line = line.rstrip()
            if line.startswith(("FAILED ", "ERROR ")):
                result.failures.append(line)
            elif closing := CLOSING.match(line):
                result.closing = line.strip("= ")
                result.counts = Counter(
                    {name: int(n) for n, name in COUNT.findall(closing["counts"])}
                )
    result.status = process.returncode
    return result


def stage_check() -> Result:
    """Format, lint and spelling."""
    commands = [
        ("ruff", "format", "--check", "."),
        ("ruff", "check", "."),
        ("codespell_lib",),
    ]
    return Result(status=max([run_python("-m", *command) for command in commands]))


def stage_unit() -> Result:
    """Everything that needs no built site: units, contracts, mutants, pages."""
    ignored = [f"--ignore={folder}" for folder in NEEDS_SITE]
    return pytest("tests", *ignored, "-n", workers(), "--dist", "worksteal")


def stage_site() -> Result:
    """Look at the built site, in a browser."""
    folders = [folder for folder in NEEDS_SITE if (ROOT / folder).is_dir()]
    return pytest(*folders, "-n", "2", "--dist", "worksteal")


def executed_notebooks() -> tuple[list[Path], list[Path]]:
    """Notebooks that the build executed, and those that it should have.

    A copy whose page is gone is left over from an older build, and is not counted.
    """
    found = sorted((ROOT / "book").rglob("*.ipynb"))
    pages = [page for page in found if page.parent.name != ".ipynb_checkpoints"]
    copies = [EXECUTED / page.relative_to(ROOT) for page in pages]
    present = [copy for copy in copies if copy.is_file()]
    return present, [copy for copy in copies if not copy.is_file()]


def stage_notebooks() -> Result:
    """Execute every notebook again: its outputs must be those that the site shows."""
    present, missing = executed_notebooks()
    for path in missing:
        print(f"not executed by the build: {path.relative_to(ROOT)}")
    if not present:
        print("there is no executed notebook: build the book first")
        return Result(status=1)
    result = pytest(
        *("--nbval", "--nbval-current-env"),
        *(f"--nbval-cell-timeout={NOTEBOOK_TIMEOUT}", "-n", workers()),
        *("--dist", "loadfile"),  # else the cells of one notebook are spread
        *(str(path.relative_to(ROOT)) for path in present),
    )
    result.status = max(result.status, int(bool(missing)))
    return result


def stage_mutants() -> Result:
    """Plant every mutant; `unit` plants a few."""
    return pytest("tests/mutants", "--every-mutant", "-n", workers())


def stage_conditions() -> Result:
    """Run every notebook badly equipped; `site` runs one of each part."""
    return pytest("tests/built", "--every-page", "-n", workers())


def stage_fresh() -> Result:
    """Run every notebook in fresh environments, without torch and with it."""
    return Result(status=run_python("tools/fresh_environment.py"))


STAGES: dict[str, Callable[[], Result] | None] = {
    "check": stage_check,
    "unit": stage_unit,
    "book": None,  # the driver's own build
    "site": stage_site,
    "notebooks": stage_notebooks,
    "mutants": stage_mutants,
    "conditions": stage_conditions,
    "fresh": stage_fresh,
}
ONLY_BY_NAME = {"mutants", "conditions", "fresh"}  # long; every week
EVERY_CHANGE = [name for name in STAGES if name not in ONLY_BY_NAME]


def report(results: dict[str, Result]) -> None:
    """Print each stage's time and outcome, what failed, and the sum in pytest's form.

    A stage that failed without a failing test counts as one error.
    """
    total: Counter = Counter()
    print("\nstage       seconds  outcome")
    for name, result in results.items():
        counts = result.counts.copy()
        if result.status and not counts["failed"] + counts["error"] + counts["errors"]:
            counts["error"] += 1
        total += counts
        outcome = "failed" if result.status else "passed"
        print(f"{name:<10}  {result.seconds:7.0f}  {outcome:<8}{result.closing}")
    for result in results.values():
        for line in result.failures:
            print(line)
    total["error"] += total.pop("errors", 0)
    total["warning"] += total.pop("warnings", 0)
    parts = []
    for name in ("failed", "passed", "skipped", "xfailed", "warning", "error"):
        if total[name]:
            plural = name in ("warning", "error") and total[name] > 1
            parts.append(f"{total[name]} {name}{'s' * plural}")
    seconds = sum(result.seconds for result in results.values())
    closing = f" {', '.join(parts) or 'no tests ran'} in {seconds:.2f}s "
    print(f"{closing:=^80}", flush=True)


def run(stages: list[str], *, build: Callable[[], int]) -> int:
    """Run `stages` in order; 1 if any failed, else 0.

    Parameters
    ----------
    stages : list of str
        Names from `STAGES`.
    build : callable
        Builds the site and returns its exit status: the stage ``book``.
    """
    results = {}
    for name in stages:
        print(f"\n--- {name} ---", flush=True)
        started = time.monotonic()
        stage = STAGES[name]
        result = Result(status=build()) if stage is None else stage()
        result.seconds = time.monotonic() - started
        results[name] = result
    report(results)
    return int(any(result.status for result in results.values()))
