"""Planted faults: at least 90 % of each area's are caught, the rest is explained.

``python -m tests.mutants`` prints the survivors; a part of a module or function name
after it limits the hunt.
"""

import tomllib
from pathlib import Path

import pytest

from tests.mutants.hunt import AREAS, hunt, is_caught, planted
from tests.mutants.judges import Judge

LEAST = 0.9
EXPLAINED = Path(__file__).with_name("equivalent.toml")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report():
    return hunt()


@pytest.mark.parametrize("gradients_only", [False, True], ids=["all", "in backward"])
@pytest.mark.parametrize("area", dict.fromkeys(AREAS.values()))
def test_most_are_caught(report, area, gradients_only):
    caught, total = report.rate(area, gradients_only=gradients_only)
    survivors = "\n".join(str(m) for m in report.survived)
    assert caught >= LEAST * total, (
        f"{caught} of {total} caught; survived:\n{survivors}"
    )
    if not gradients_only:
        assert total > 0, "no row reaches this area"


def test_every_survivor_is_explained_and_every_explanation_is_needed(report):
    entries = tomllib.loads(EXPLAINED.read_text("utf-8"))["equivalent"]
    explained = {
        (e["module"], e["function"], e["change"]): e["reason"] for e in entries
    }
    assert len(explained) == len(entries), "one explanation twice"
    survived = {mutant.key: mutant for mutant in report.survived}
    new = [str(mutant) for key, mutant in survived.items() if key not in explained]
    stale = [key for key in explained if key not in survived]
    assert not new, "not caught and not explained:\n" + "\n".join(new)
    assert not stale, f"caught, or gone: {stale}"


def test_every_backward_is_run_by_some_row(report):
    assert not report.never_run, f"no row reaches {report.never_run}"


def test_the_right_code_is_back(report):
    from tests.contracts import function_rows
    from tests.contracts.properties import equals_torch_in_float64

    for row in function_rows():
        equals_torch_in_float64(row)


def test_a_planted_fault_is_seen_and_taken_out():
    from dlbook.autograd import Tensor

    def check():
        assert (Tensor([1.0]) * 2.0).item() == 2

    names = "dlbook.autograd.arithmetic", "Arithmetic.__mul__"
    seen = [
        is_caught([Judge("product", [check])])
        for mutant in planted(*names)
        if mutant.change == "a.data * b.data -> a.data / b.data"
    ]
    assert seen == [True]
    check()
