"""Every notebook runs where readers run it, well or badly equipped.

* *hostile*, one notebook of each part (with ``--every-page``, every one): no network,
  no GPU, no torch, a home and caches that cannot be written, from an empty folder,
  which stays empty: a page leaves nothing behind.
* *killed*, the first notebook that compares (with ``--every-page``, one of each part):
  the first half, then SIGKILL in the middle of a cell, in a home of its own;
* *again*, the same: whole, in the home that the killed run left behind. The text output
  equals that of the build. (That a second run of every notebook prints the same is what
  the stage "notebooks" shows.)

A fresh environment with nothing but ``dlbook[notebook]`` and ipykernel is made by
``tools/fresh_environment.py``.
"""

import pytest
from pages import ROOT, docname, notebook_pages
from running import addresses, environment, run, run_and_kill, texts, warnings

EXECUTED = ROOT / "_build" / "jupyter_execute"
PAGES = [page.with_suffix(".ipynb") for page in notebook_pages()]
ONE_A_PART = list({path.parent: path for path in reversed(PAGES)}.values())  # its first
each = pytest.mark.parametrize("path", PAGES, ids=map(docname, PAGES))

MEGABYTES = 1500

pytestmark = pytest.mark.slow


def executed(path):
    import nbformat

    copy = EXECUTED / path.relative_to(ROOT)
    if not copy.exists():
        pytest.fail(f"{docname(path)} has not been executed: build the book first")
    notebook = nbformat.read(copy, as_version=4)
    assert any(cell.get("outputs") for cell in notebook.cells), "has no outputs"
    return notebook


def pytest_generate_tests(metafunc):
    every = metafunc.config.getoption("--every-page")
    if "any_path" in metafunc.fixturenames:
        paths = PAGES if every else ONE_A_PART
        metafunc.parametrize("any_path", paths, ids=docname)
    if "killed_path" in metafunc.fixturenames:
        paths = ONE_A_PART if every else PAGES[1:2]
        metafunc.parametrize("killed_path", paths, ids=docname)


def test_it_runs_without_network_gpu_torch_and_home(any_path, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder can be made below a file")
    folder = tmp_path / "empty"
    folder.mkdir()
    variables = environment(blocked / "home", without=("network", "gpu", "torch"))
    hostile = run(any_path, folder, variables)
    assert hostile.errors == []
    assert hostile.megabytes is None or hostile.megabytes <= MEGABYTES
    assert list(folder.iterdir()) == []
    if "compare" in any_path.read_text(encoding="utf-8"):
        said = [text for text in texts(hostile.notebook) if "torch" in text]
        assert said, "no cell says that its comparison with torch was skipped"


def test_a_killed_run_does_no_harm_and_a_second_prints_the_same(killed_path, tmp_path):
    home, folder = tmp_path / "home", tmp_path / "folder"
    home.mkdir()
    folder.mkdir()
    assert run_and_kill(killed_path, folder, environment(home)) > 0
    again = run(killed_path, folder, environment(home))
    assert again.errors == []
    assert again.megabytes is None or again.megabytes <= MEGABYTES
    assert texts(again.notebook) == texts(executed(killed_path))


@each
def test_it_prints_nothing_that_belongs_to_one_machine(path):
    notebook = executed(path)
    assert warnings(notebook) == []
    assert [found for text in texts(notebook) for found in addresses(text)] == []


@each
def test_every_figure_says_what_is_to_be_seen(path):
    from rules_cells import alternative

    for cell in executed(path).cells:
        for output in cell.get("outputs", []):
            kinds = set(output.get("data", {}))
            if kinds & {"image/svg+xml", "image/png", "image/jpeg"}:
                assert alternative(cell), cell.source
