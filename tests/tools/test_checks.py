"""`test` runs every stage, and its last lines tell the truth about all of them."""

import sys
from collections import Counter

import checks
import pytest
from checks import Result


@pytest.fixture
def stages(monkeypatch):
    """Replace every stage by one that returns what the test puts here."""
    results = {name: Result(counts=Counter()) for name in checks.STAGES}
    ran = []

    def stage(name):
        def run():
            ran.append(name)
            return results[name]

        return None if name == "book" else run

    monkeypatch.setattr(checks, "STAGES", {name: stage(name) for name in results})
    return results, ran


def build_with(status, ran):
    def build():
        ran.append("book")
        return status

    return build


def test_stages_after_a_failure_still_run_and_the_status_is_1(stages, capsys):
    results, ran = stages
    results["check"].status = 1
    results["unit"] = Result(
        1,
        "1 failed, 7 passed in 3.00s",
        Counter(failed=1, passed=7),
        ["FAILED tests/test_x.py::test_y - assert 1 == 2"],
    )
    assert checks.run(list(checks.STAGES), build=build_with(0, ran)) == 1
    assert ran == list(checks.STAGES)
    out = capsys.readouterr().out
    assert "FAILED tests/test_x.py::test_y" in out.split("stage ")[1]
    last = out.splitlines()[-1]
    assert checks.CLOSING.match(last)
    assert "1 failed, 7 passed, 1 error in" in last


def test_all_green_is_0_and_the_last_line_counts_every_stage(stages, capsys):
    results, ran = stages
    results["unit"].counts = Counter(passed=7, skipped=2)
    results["notebooks"].counts = Counter(passed=5)
    assert checks.run(list(checks.STAGES), build=build_with(0, ran)) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert " 12 passed, 2 skipped in " in last
    assert "error" not in last
    assert "failed" not in last


def test_every_stage_runs_unless_it_is_only_by_name():
    assert set(checks.STAGES) - set(checks.EVERY_CHANGE) == {
        "mutants",
        "conditions",
        "fresh",
    }
    assert checks.EVERY_CHANGE[0] == "check"  # the quickest first
    assert checks.EVERY_CHANGE.index("book") < checks.EVERY_CHANGE.index("site")
    assert checks.EVERY_CHANGE.index("book") < checks.EVERY_CHANGE.index("notebooks")


def test_a_failing_build_counts_as_an_error(stages, capsys):
    _, ran = stages
    assert checks.run(["book"], build=build_with(2, ran)) == 1
    assert " 1 error in " in capsys.readouterr().out.splitlines()[-1]


def test_errors_are_added_up(stages, capsys):
    results, ran = stages
    results["unit"] = Result(1, counts=Counter(errors=2, passed=1))
    assert checks.run(["unit", "book"], build=build_with(2, ran)) == 1
    assert " 1 passed, 3 errors in " in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("body", "status", "counts"),
    [
        ("def test(): pass", 0, {"passed": 1}),
        ("def test(): assert 0", 1, {"failed": 1}),
        ("import absent_module", 2, {"error": 1}),
        ("", 5, {}),
    ],
    ids=["passes", "fails", "cannot be collected", "no test"],
)
def test_pytest_s_own_closing_line_is_read(tmp_path, monkeypatch, body, status, counts):
    monkeypatch.setattr(checks, "PYTHON", sys.executable)
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    (tmp_path / "test_one.py").write_text(body, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -ra\n", "utf-8")
    result = checks.pytest("test_one.py", "-p", "no:xdist")
    assert result.status == status
    assert {name: result.counts[name] for name in counts} == counts
    assert len(result.failures) == counts.get("failed", 0) + counts.get("error", 0)
    assert result.closing.startswith("no tests ran") is not bool(counts)


def test_leftovers_are_not_run_and_unexecuted_pages_are_named(tmp_path, monkeypatch):
    executed = tmp_path / "_build" / "jupyter_execute"
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    monkeypatch.setattr(checks, "EXECUTED", executed)
    for path in (
        tmp_path / "book" / "part" / "page.ipynb",
        tmp_path / "book" / "part" / "new.ipynb",
        executed / "book" / "part" / "page.ipynb",
        executed / "book" / "part" / "old.ipynb",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    present, missing = checks.executed_notebooks()
    assert [path.stem for path in present] == ["page"]
    assert [path.stem for path in missing] == ["new"]


def test_without_a_build_the_notebooks_stage_fails(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    assert checks.stage_notebooks().status == 1
    assert "build the book first" in capsys.readouterr().out
