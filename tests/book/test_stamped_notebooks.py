"""Published notebooks install the exact commit and leave what is installed alone."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from notebooks import STAMPED_CELL, main
from pages import notebook_pages

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CELL = STAMPED_CELL.format(commit=COMMIT, repository="owner/name")


def installation(monkeypatch, *, dlbook_origin=None, returncode=0):
    """Run the cell with pip replaced; return the commands and the constraints."""
    import importlib.metadata as metadata

    def package(name, version, origin=None):
        return SimpleNamespace(
            name=name,
            version=version,
            read_text=lambda _: origin and json.dumps(origin),
        )

    packages = [package("numpy", "2.1.0"), package("torch", "2.9.0+cu128")]
    if dlbook_origin is not None:
        packages.append(package("dlbook", "0.1.0", dlbook_origin))
    monkeypatch.setattr(metadata, "distributions", lambda: packages)
    commands, constraints = [], []

    def run(command, **options):
        commands.append(command)
        constraints.append(Path(command[command.index("--constraint") + 1]).read_text())
        return SimpleNamespace(returncode=returncode)

    monkeypatch.setattr(subprocess, "run", run)
    exec(compile(CELL, "cell", "exec"), {})
    return commands, constraints


def test_the_cell_installs_the_commit_and_keeps_numpy_and_torch(monkeypatch):
    (command,), (constraints,) = installation(monkeypatch)
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert command[-1] == (
        f"dlbook[notebook] @ git+https://github.com/owner/name@{COMMIT}"
    )
    assert constraints.splitlines() == ["numpy==2.1.0", "torch==2.9.0+cu128"]


def test_the_cell_installs_nothing_where_the_commit_is_there(monkeypatch):
    commands, _ = installation(
        monkeypatch, dlbook_origin={"vcs_info": {"commit_id": COMMIT}}
    )
    assert commands == []


def test_the_cell_leaves_an_editable_copy_alone(monkeypatch):
    commands, _ = installation(
        monkeypatch, dlbook_origin={"dir_info": {"editable": True}}
    )
    assert commands == []


def test_the_cell_replaces_another_commit(monkeypatch):
    commands, _ = installation(
        monkeypatch, dlbook_origin={"vcs_info": {"commit_id": "f" * 40}}
    )
    assert len(commands) == 1


def test_the_cell_says_so_when_pip_fails(monkeypatch):
    with pytest.raises(RuntimeError, match="pip could not install dlbook"):
        installation(monkeypatch, returncode=1)


def test_the_cell_is_plain_python():
    ast.parse(CELL)


def test_stamping_writes_copies_and_leaves_the_pages_notebooks(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("GITHUB_REPOSITORY", "Owner/name")
    before = [page.with_suffix(".ipynb").read_bytes() for page in notebook_pages()]
    assert main(["--stamp", COMMIT, "--out", str(tmp_path)]) == 0
    assert COMMIT[:12] in capsys.readouterr().out
    copies = sorted(tmp_path.rglob("*.ipynb"))
    assert len(copies) == len(before)
    for copy in copies:
        notebook = nbformat.read(copy, as_version=4)
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        assert f'COMMIT = "{COMMIT}"' in first.source
        assert "github.com/Owner/name@" in first.source
        prose = "".join(c.source for c in notebook.cells if c.cell_type == "markdown")
        assert "](.." not in prose
    after = [page.with_suffix(".ipynb").read_bytes() for page in notebook_pages()]
    assert after == before


def test_stamping_needs_a_repository(tmp_path, monkeypatch, capsys):
    import repository

    monkeypatch.setattr(repository, "find_repository", lambda root: None)
    assert main(["--stamp", COMMIT, "--out", str(tmp_path)]) == 1
    assert "GITHUB_REPOSITORY" in capsys.readouterr().err


def test_stamping_needs_a_full_commit(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
    assert main(["--stamp", "main", "--out", str(tmp_path)]) == 1
    assert "full commit hash" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
