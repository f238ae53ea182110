"""Mend what the theme and its extensions write wrongly, once the pages are built.

Each repair is a pattern and what takes its place; a mended page is left as it is.
"""

import re
from pathlib import Path

REPAIRS = [
    # The button shows "Search" and the keys; a label of its own hides the keys.
    (
        r'(<button class="btn search-button-field[^>]*?)\s+aria-label="Search"',
        r"\1",
    ),
    # The search page has two search fields; an id belongs to one.
    (
        r'(id="search-input".*?)id="search-input"',
        r'\1id="search-input-of-the-page"',
    ),
    # A list must hold list items, and an entry of a bibliography is not one.
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
    # Icons come twice, as fonts and as a script of half a megabyte: fonts will do.
    (r'<script src="[^"]*/fontawesome/[^"]*/all\.min\.js[^"]*"></script>\s*', ""),
]


def mend(html: str) -> str:
    """Return a page with every repair made."""
    for pattern, replacement in REPAIRS:
        html = re.sub(pattern, replacement, html, flags=re.DOTALL)
    return html


def mend_pages(app, exception) -> None:
    """Mend every page of the site in place."""
    if exception is not None or app.builder.format != "html":
        return
    for path in sorted(Path(app.outdir).rglob("*.html")):
        html = path.read_text(encoding="utf-8")
        mended = mend(html)
        if mended != html:
            path.write_text(mended, encoding="utf-8")


def setup(app):
    """Register the extension with Sphinx."""
    app.connect("build-finished", mend_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
