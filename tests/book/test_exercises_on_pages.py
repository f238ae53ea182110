"""The exercises of a page and those of the package are the same."""

import ast
import linecache
import re

import pytest
from pages import code_cells, docname, notebook_pages
from rules_anatomy import EXERCISES, sections
from rules_cells import syntax_tree

from dlbook.exercises import all_exercises, check, load_exercises

PAGES = [page for page in notebook_pages() if docname(page).count("/") == 2]
NAMES = [docname(page) for page in PAGES]
WAYS = ("check", "hint", "solution")


def ids_called(cell, name, where):
    """Return the literal ids that a cell passes to `check`, `hint` or `solution`."""
    found = []
    for node in ast.walk(syntax_tree(cell, where)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            argument = node.args[0]
            assert isinstance(argument, ast.Constant), (
                f"{where}: write the id literally"
            )
            found.append(argument.value)
    return found


def ids_on(page, name):
    cells = code_cells(page)
    return [i for cell in cells for i in ids_called(cell, name, page.name)]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_page_and_the_package_have_the_same_four_exercises(page):
    registered = [e["id"] for e in all_exercises() if e["page"] == docname(page)]
    assert len(registered) == EXERCISES
    for way in WAYS:
        assert ids_on(page, way) == registered, way


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_each_exercise_stands_under_its_title(page):
    (part,) = [s for s in sections(page) if s.title.split(":")[0] == "Exercises"]
    for below in part.subsections:
        (exercise_id,) = [
            i for cell in below.cells for i in ids_called(cell, "check", page.name)
        ]
        assert below.title == load_exercises()[exercise_id].title


def test_no_exercise_is_without_a_page():
    pages = set(NAMES)
    assert [e["id"] for e in all_exercises() if e["page"] not in pages] == []


def test_one_exercise_in_every_part_starts_from_a_blank_page():
    parts = {name.split("/")[1] for name in NAMES}
    blank = {
        e["page"].split("/")[1] for e in all_exercises() if e["level"] == "a blank page"
    }
    assert blank == parts


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_the_stubs_on_a_page_are_answered_not_attempted_yet(page):
    """Run each cell that checks, as it stands on the page, with the page's imports."""
    imports = [
        ast.unparse(node)
        for cell in code_cells(page)
        for node in syntax_tree(cell, page.name).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        and not re.match(r"(?:from|import) dlbook\.compare", ast.unparse(node))
    ]
    for cell in code_cells(page):
        if not ids_called(cell, "check", page.name):
            continue
        results = []

        def record(exercise_id, answer, results=results):
            results.append(check(exercise_id, answer))

        tree = syntax_tree(cell, page.name)
        kept = [n for n in tree.body if not isinstance(n, ast.Import | ast.ImportFrom)]
        names = {}
        exec("\n".join(imports), names)
        names["check"] = record
        source = ast.unparse(ast.Module(kept, []))
        filename = f"<ipython-input-{cell.id}>"
        linecache.cache[filename] = (1, None, source.splitlines(True), filename)
        exec(compile(source, filename, "exec"), names)
        assert [result.status for result in results] == ["not attempted yet"]
