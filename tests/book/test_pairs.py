"""Every page and its notebook are in step, and the notebook can be read anywhere."""

import re

import nbformat
import notebooks
import pytest
from jupyter_cache import get_cache
from notebooks import FIRST_CELL, main, orphans, out_of_step
from pages import (
    ROOT,
    code_cells,
    docname,
    docnames_in_order,
    notebook_pages,
    read_page,
)

PAGES = notebook_pages()
NAMES = [docname(page) for page in PAGES]


def test_the_notebooks_on_disk_are_those_of_the_pages():
    """Byte by byte, and another process wrote them: the same page, the same bytes."""
    assert out_of_step() == [], "run `make notebooks`"


def test_no_notebook_is_without_a_page():
    assert orphans() == []


@pytest.mark.parametrize("stale", [[], [PAGES[0]]])
def test_check_says_by_its_exit_status_whether_notebooks_are_in_step(
    stale, monkeypatch, capsys
):
    monkeypatch.setattr(notebooks, "out_of_step", lambda: stale)
    monkeypatch.setattr(notebooks, "orphans", list)
    assert main(["--check"]) == len(stale)
    assert ("out of step" in capsys.readouterr().out) is bool(stale)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_notebook_holds_the_code_of_its_page_and_no_outputs(page):
    notebook = nbformat.read(page.with_suffix(".ipynb"), as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    of_page = code_cells(page)
    assert [c.source for c in cells] == [c.source for c in of_page]
    assert [c.metadata for c in cells] == [c.metadata for c in of_page]
    assert all(c.outputs == [] and c.execution_count is None for c in cells)
    assert cells[0].source == FIRST_CELL
    assert cells[0].metadata.tags == ["remove-cell"]
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert "widgets" not in notebook.metadata


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_notebook_has_no_markup_that_only_the_site_can_read(page):
    notebook = nbformat.read(page.with_suffix(".ipynb"), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        text = re.sub(r"```.*?```|`[^`\n]+`", "", cell.source, flags=re.S)
        assert not re.search(r"\{[\w:-]+\}`|^\s*:::|^\([^)]+\)=$", text, re.M), text


def test_the_same_execution_serves_page_and_notebook(tmp_path):
    """Their keys in the cache of executed notebooks are equal."""
    cache = get_cache(str(tmp_path))
    for page in PAGES:
        notebook = nbformat.read(page.with_suffix(".ipynb"), as_version=4)
        keys = [cache.create_hashed_notebook(n)[1] for n in (notebook, read_page(page))]
        assert keys[0] == keys[1], page.name


def test_every_page_of_the_table_of_contents_exists_and_no_page_is_left_out():
    named = docnames_in_order()
    assert len(named) == len(set(named))
    assert [name for name in named if not (ROOT / f"{name}.md").exists()] == []
    assert [name for name in NAMES if name not in named] == []


def test_no_page_or_part_has_a_number_in_its_name():
    numbered = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "book").rglob("*.md")
        if "node_modules" not in path.parts and re.search(r"\d", docname(path))
    ]
    assert numbered == []
