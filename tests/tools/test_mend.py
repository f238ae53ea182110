from types import SimpleNamespace

import mend
import pytest

SEARCH = (
    '<button class="btn search-button-field search-button__button" title="Search"'
    ' aria-label="Search" data-x="1">Search<kbd>K</kbd></button>'
)
ICON = '<button class="btn search-button" aria-label="Search"><i></i></button>'
CITATIONS = (
    '<div role="list" class="citation-list"><div role="doc-biblioentry"></div></div>'
)


def test_a_label_that_hides_the_text_is_taken_out():
    mended = mend.mend(SEARCH)
    assert "aria-label" not in mended
    assert 'title="Search"' in mended
    assert 'data-x="1"' in mended


def test_a_button_without_text_keeps_its_label():
    assert mend.mend(ICON) == ICON


def test_an_id_belongs_to_one_field():
    two = '<input id="search-input">\n<p></p>\n<input id="search-input" name="q">'
    mended = mend.mend(two)
    assert mended.count('id="search-input"') == 1
    assert '<input id="search-input-of-the-page" name="q">' in mended


def test_a_bibliography_is_no_list():
    assert mend.mend(CITATIONS).startswith('<div class="citation-list">')


def test_icons_come_once():
    style = '<link href="../_static/vendor/fontawesome/6.5.2/css/all.min.css?d=1" />'
    script = "_static/vendor/fontawesome/6.5.2/js/all.min.js?digest=dfe6"
    page = f'{style}<script src="../{script}"></script>\n<script src="a.js"></script>'
    assert mend.mend(page) == f'{style}<script src="a.js"></script>'


@pytest.mark.parametrize("html", [SEARCH, CITATIONS, "<p>plain</p>"])
def test_a_mended_page_is_left_as_it_is(html):
    assert mend.mend(mend.mend(html)) == mend.mend(html)


def build(folder, *, kind="html"):
    return SimpleNamespace(outdir=folder, builder=SimpleNamespace(format=kind))


def test_every_page_is_mended_in_place_and_others_are_not_touched(tmp_path):
    page = tmp_path / "book" / "page.html"
    page.parent.mkdir()
    page.write_text(SEARCH, encoding="utf-8")
    plain = tmp_path / "plain.html"
    plain.write_text("<p>plain</p>", encoding="utf-8")
    before = plain.stat().st_mtime_ns
    mend.mend_pages(build(tmp_path), None)
    assert "aria-label" not in page.read_text(encoding="utf-8")
    assert plain.stat().st_mtime_ns == before


def test_a_failed_build_and_other_formats_are_left_alone(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(SEARCH, encoding="utf-8")
    mend.mend_pages(build(tmp_path), RuntimeError("failed"))
    mend.mend_pages(build(tmp_path, kind="latex"), None)
    assert page.read_text(encoding="utf-8") == SEARCH
