"""Every claim stands on its page, and every id on a page is in the ledger."""

import ast

import pytest
from pages import (
    ROOT,
    book_index,
    code_cells,
    docname,
    docnames_in_order,
    notebook_pages,
)
from rules_cells import syntax_tree

from dlbook.claims import load_claims

CALLS = ("check_claim", "show_recorded")


def ids_called(page, names):
    """Return the literal first arguments of the calls of these functions on a page."""
    found = []
    for cell in code_cells(page):
        for node in ast.walk(syntax_tree(cell, page.name)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
                argument = node.args[0]
                assert isinstance(argument, ast.Constant), (
                    f"{page.name}: {ast.unparse(node)}: write the id as a literal"
                )
                found.append(argument.value)
    return found


ON_PAGES = {docname(page): ids_called(page, CALLS) for page in notebook_pages()}


def test_every_id_on_a_page_is_a_claim_of_that_page():
    claims = load_claims()
    for page, ids in ON_PAGES.items():
        for claim_id in ids:
            assert claim_id in claims, f"{page}: no claim {claim_id!r}"
            assert claims[claim_id].page == page, f"{claim_id} belongs to another page"


@pytest.mark.parametrize("claim", load_claims().values(), ids=lambda claim: claim.id)
def test_every_claim_has_its_page_and_its_paper(claim):
    assert claim.page in docnames_in_order()
    assert claim.id in ON_PAGES.get(claim.page, []), f"{claim.page} does not measure it"
    assert claim.paper in book_index(ROOT).references


def test_every_ledger_file_is_named_like_a_part():
    parts = {name.split("/")[1] for name in ON_PAGES if name.count("/") == 2}
    files = {path.stem for path in (ROOT / "dlbook" / "claims").glob("*.toml")}
    assert files <= parts
