"""The site and the notebooks number equations and figures alike."""

import html
import re

import nbformat
import pytest
from pages import ROOT, book_index, docname, notebook_pages

SITE = ROOT / "_build" / "html"
PAGES = notebook_pages()
each = pytest.mark.parametrize("page", PAGES, ids=[docname(page) for page in PAGES])


def site_text(page):
    return (SITE / f"{docname(page)}.html").read_text(encoding="utf-8")


@each
def test_equations_have_the_same_numbers(page):
    shown = re.findall(r'<span class="eqno">\((\d[\d.]*)\)', site_text(page))
    notebook = nbformat.read(page.with_suffix(".ipynb"), as_version=4)
    prose = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    assert re.findall(r"\\tag\{([\d.]+)\}", prose) == shown


@each
def test_figures_have_the_same_numbers(page):
    text = html.unescape(site_text(page))
    for name, label in book_index(ROOT).labels.items():
        if label.kind == "figure" and label.docname == docname(page):
            figure = re.search(rf'<figure[^>]*id="{name}".*?</figure>', text, re.S)
            assert f"Fig. {label.text}" in figure[0]
