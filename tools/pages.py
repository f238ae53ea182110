"""The book's pages as data: their order, cells, titles, labels and equation numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[1]


class PageError(Exception):
    """Something on a page that cannot be understood; the message names the file."""


def docnames_in_order(root: Path = ROOT) -> list[str]:
    """Return the names of all pages of ``_toc.yml`` in order, the root page first."""
    return [name for name, _ in _toc_entries(root)]


def _toc_entries(root: Path) -> list[tuple[str, bool]]:
    """Return (page, numbered) for every page of the table of contents, in order."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    default = {**toc.get("defaults", {}), **toc.get("options", {})}.get(
        "numbered", False
    )
    entries = [(toc["root"], False)]
    parts = toc.get("parts", [toc])
    for part in parts:
        numbered = bool(part.get("numbered", default))
        for chapter in part.get("chapters", []):
            entries.append((chapter["file"], numbered))
            for section in chapter.get("sections", []):
                entries.append((section["file"], numbered))
    return entries


def page_numbers(root: Path = ROOT) -> dict[str, int]:
    """Return the number of every numbered page; numbering runs on across parts."""
    numbered = [name for name, is_numbered in _toc_entries(root) if is_numbered]
    return {name: number for number, name in enumerate(numbered, start=1)}


def is_notebook_page(path: Path) -> bool:
    """Say whether a Markdown file is a notebook: its header names the MyST format."""
    header = path.read_text(encoding="utf-8")[:600]
    return header.startswith("---\n") and "format_name: myst" in header


def notebook_pages(root: Path = ROOT) -> list[Path]:
    """Return every notebook page below ``book/``: by ``_toc.yml``, then the others."""
    order = {name: i for i, name in enumerate(docnames_in_order(root))}
    pages = [p for p in (root / "book").rglob("*.md") if is_notebook_page(p)]
    return sorted(
        pages, key=lambda p: (order.get(docname(p, root), len(order)), str(p))
    )


def docname(path: Path, root: Path = ROOT) -> str:
    """Return a page's name: its path below the root, without suffix, with ``/``."""
    return path.relative_to(root).with_suffix("").as_posix()


def read_page(path: Path) -> nbformat.NotebookNode:
    """Read a notebook page as a notebook without outputs."""
    return jupytext.reads(path.read_text(encoding="utf-8"), fmt="md:myst")


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    """Return the code cells of a page in order."""
    return [cell for cell in read_page(path).cells if cell.cell_type == "code"]


def prose(path: Path) -> str:
    """Return a page's text as written, without its header; code cells included."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"\A---\n.*?\n---\n", "", text, count=1, flags=re.S)


@dataclass(frozen=True)
class Label:
    """What a label stands for.

    Parameters
    ----------
    docname : str
        The page that holds it.
    kind : str
        ``"section"``, ``"equation"`` or ``"figure"``.
    text : str
        The section's heading, the equation's number, or the figure's number.
    """

    docname: str
    kind: str
    text: str


@dataclass
class BookIndex:
    """Titles, labels and references of the whole book."""

    titles: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    references: dict[str, Any] = field(default_factory=dict)


EQUATION_LABELS = re.compile(
    r"^\s*(?:>\s*)*\$\$[ \t]*\((?P<after>[^()\s]+)\)[ \t]*$"  # $$ (label)
    r"|^\s*\$\$.+\$\$[ \t]*\((?P<line>[^()\s]+)\)[ \t]*$"  # $$ ... $$ (label)
    r"|^\s*[`:]{3,}\{math\}.*\n(?:\s*:\w[^\n]*\n)*?\s*:label:[ \t]*(?P<option>\S+)",
    re.M,
)
SECTION_LABELS = re.compile(
    r"^\((?P<label>[^()\n]+)\)=\s*\n+#+[ \t]+(?P<text>.+)$", re.M
)
FIGURES = re.compile(
    r"^\s*[`:]{3,}\{figure\}.*\n(?P<options>(?:\s*:\w[^\n]*\n)*)", re.M
)


@cache
def book_index(root: Path = ROOT) -> BookIndex:
    """Collect titles, labels and references from every page of ``_toc.yml``.

    Equations count from 1 on each page, those without a label not at all, as the site
    numbers them. Figures count from 1 within a numbered page: "1.1".
    """
    index = BookIndex()
    numbers = page_numbers(root)
    for name in docnames_in_order(root):
        path = root / f"{name}.md"
        if not path.exists():
            continue
        text = prose(path)
        outside_code = re.sub(
            r"^```\{code-cell\}.*?^```\s*$", "", text, flags=re.M | re.S
        )
        title = re.search(r"^# +(.+)$", outside_code, re.M)
        index.titles[name] = title[1].strip() if title else name
        for match in SECTION_LABELS.finditer(outside_code):
            _add(index, match["label"], Label(name, "section", match["text"].strip()))
        for count, match in enumerate(EQUATION_LABELS.finditer(outside_code), start=1):
            label = match["after"] or match["line"] or match["option"]
            _add(index, label, Label(name, "equation", str(count)))
        for count, label in enumerate(_figure_names(text), start=1):
            number = f"{numbers[name]}.{count}" if name in numbers else str(count)
            if label:
                _add(index, label, Label(name, "figure", number))
    bibliography = root / "book" / "references.bib"
    if bibliography.exists():
        from pybtex.database import parse_file

        index.references = dict(parse_file(str(bibliography)).entries)
    return index


def _add(index: BookIndex, name: str, label: Label) -> None:
    if name in index.labels:
        raise PageError(f"{label.docname}.md: the label {name!r} is taken already")
    index.labels[name] = label


def _figure_names(text: str) -> list[str]:
    """Return the names of the figures with a caption, "" where one has no name."""
    pattern = re.compile(
        FIGURES.pattern + r"|^\s*figure:\s*\n(?P<cell>(?:[ ]{4,}.*\n)+)", re.M
    )
    names = []
    for match in pattern.finditer(text):
        options = match["options"] if match["cell"] is None else match["cell"]
        name = re.search(r"^\s*:?name:[ \t]*(\S+)", options or "", re.M)
        names.append(name[1] if name else "")
    return names
