"""Planted faults: at least 90 % of each area's are caught, the rest is explained.

With every change one mutant in `EVERY` is planted, always the same; the stage
``mutants`` (``--every-mutant``) plants them all. ``python -m tests.mutants`` prints the
survivors; a part of a module or function name after it limits the hunt.
"""

import os
import tomllib
from pathlib import Path

import pytest

from dlbook.autograd import Tensor
from tests.mutants import judges
from tests.mutants.hunt import AREAS, area_of, drawn, hunt, is_caught, planted
from tests.mutants.judges import Judge

LEAST = 0.9
EVERY = 24
ENTRIES = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text("utf-8"))[
    "equivalent"
]
EXPLAINED = {(e["module"], e["function"], e["change"]): e["reason"] for e in ENTRIES}


@pytest.fixture(scope="session", autouse=True)
def one_trace(tmp_path_factory):
    """Let the workers of pytest-xdist share what the judges reach."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = tmp_path_factory.getbasetemp().parent  # of this run, for all workers
        judges.SHARED = folder / "judges"
        judges.SHARED.mkdir(exist_ok=True)
    yield
    judges.SHARED = None


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # TimeIsUp
@pytest.mark.parametrize("area", dict.fromkeys(AREAS.values()))
def test_planted_faults_are_caught_or_explained(area, pytestconfig):
    every = 1 if pytestconfig.getoption("--every-mutant") else EVERY
    report = hunt(area, every=every)
    assert not report.never_run, f"no row reaches {report.never_run}"
    for gradients_only in (False, True):
        caught, total = report.rate(gradients_only=gradients_only)
        print(f"{area}: {caught} of {total} caught")
        assert caught >= LEAST * total, "\n".join(map(str, report.survived))
        assert total or gradients_only, "no row reaches this area"
    survived = {mutant.key: mutant for mutant in report.survived}
    new = [str(mutant) for key, mutant in survived.items() if key not in EXPLAINED]
    assert not new, "not caught and not explained:\n" + "\n".join(new)
    here = [k for k in EXPLAINED if area_of(k[0]) == area and drawn(k, every)]
    stale = [key for key in here if key not in survived]
    assert not stale, f"explained, but caught or gone: {stale}"


def test_every_explanation_is_used_and_says_something():
    assert len(EXPLAINED) == len(ENTRIES), "one mutant is explained twice"
    for (module, *_), reason in EXPLAINED.items():
        assert area_of(module), f"{module} is in no area"
        assert len(reason) > 20


def test_a_planted_fault_is_seen_and_taken_out():
    def check():
        assert (Tensor([1.0]) * 2.0).item() == 2

    seen = [
        is_caught([Judge("product", [check])])
        for mutant in planted("dlbook.autograd.arithmetic", "Arithmetic.__mul__")
        if mutant.change == "a.data * b.data -> a.data / b.data"
    ]
    assert seen == [True]
    check()


def test_a_fault_that_nobody_looks_at_survives():
    for mutant in planted("dlbook.autograd.arithmetic", "Arithmetic.__mul__"):
        assert not is_caught([Judge("nothing", [lambda: None])]), mutant


def test_an_endless_loop_is_caught(monkeypatch):
    monkeypatch.setattr("tests.mutants.hunt.SECONDS", 0.05)

    def endless():
        while True:
            pass

    assert is_caught([Judge("endless", [endless])])
