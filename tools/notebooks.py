"""Write the notebook (.ipynb) beside every page (.md): ``python tools/notebooks.py``.

The notebook holds the page's code cells unchanged, so that one execution serves the
site and the readers, and its prose as plain Markdown. It has no outputs, and the same
page always gives the same bytes.

    python tools/notebooks.py                     write them
    python tools/notebooks.py --check             exit 1 naming those out of step
    python tools/notebooks.py --stamp SHA --out DIR
        write copies whose first cell installs dlbook at that commit, and whose links
        lead to the published site; needs the repository's address (GITHUB_REPOSITORY or
        Repository under [project.urls] in pyproject.toml)
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections import Counter
from pathlib import Path

import nbformat
from pages import (
    ROOT,
    BookIndex,
    PageError,
    book_index,
    docname,
    notebook_pages,
    read_page,
)
from plain_markdown import Links, PlainMarkdown

sys.path.insert(0, str(ROOT / "book" / "_ext"))

FIRST_CELL = """\
try:
    import dlbook
except ModuleNotFoundError as error:
    if error.name != "dlbook":
        raise
    raise ModuleNotFoundError(
        "dlbook is missing: in the book's folder run "
        '`python -m pip install -e ".[notebook]"`, then restart the kernel.'
    ) from None"""
"""The first code cell of every page, tagged ``remove-cell``."""

STAMPED_CELL = """\
# Installs the book's package as it was when this notebook was published.
# What is installed already (NumPy, torch, ...) keeps its version.
import json
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

COMMIT = "{commit}"
PACKAGE = "dlbook[notebook] @ git+https://github.com/{repository}@" + COMMIT
KEPT = ["numpy", "torch", "torchvision", "scipy", "matplotlib", "scikit-learn"]

installed = {{package.name: package for package in metadata.distributions()}}
origin = None
if "dlbook" in installed:
    origin = installed["dlbook"].read_text("direct_url.json")
origin = json.loads(origin or "{{}}")
own_copy = origin.get("dir_info", {{}}).get("editable", False)
if not own_copy and origin.get("vcs_info", {{}}).get("commit_id") != COMMIT:
    constraints = Path(tempfile.mkdtemp()) / "constraints.txt"
    constraints.write_text(
        "\\n".join(f"{{k}}=={{installed[k].version}}" for k in KEPT if k in installed)
    )
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    done = subprocess.run([*pip, "--constraint", str(constraints), PACKAGE])
    if done.returncode:
        raise RuntimeError("pip could not install dlbook; its message stands above.")

import dlbook"""
"""The first code cell of a published copy."""


def make_notebook(
    path: Path,
    index: BookIndex,
    links: Links,
    *,
    root: Path = ROOT,
    first_cell: str = FIRST_CELL,
) -> nbformat.NotebookNode:
    """Return the notebook of a page.

    Parameters
    ----------
    path : Path
        The page's Markdown file.
    index : BookIndex
        Titles, labels and references of the book.
    links : Links
        Where the notebook's links lead.
    root : Path
        The repository's root.
    first_cell : str
        What the first code cell shall hold instead of `FIRST_CELL`.

    Raises
    ------
    PageError
        If the page does not begin with `FIRST_CELL`, or holds markup that plain
        Markdown cannot show.
    """
    page = read_page(path)
    convert = PlainMarkdown(docname(path, root), index, links)
    code = [cell for cell in page.cells if cell.cell_type == "code"]
    if not code or code[0].source.strip() != FIRST_CELL:
        raise PageError(
            f"{docname(path, root)}.md: the first code cell must be the one that "
            "tools/notebooks.py holds as FIRST_CELL"
        )
    cells = []
    for cell in page.cells:
        if cell.cell_type == "code":
            source = first_cell if cell is code[0] else cell.source
            cells.append(nbformat.v4.new_code_cell(source, metadata=cell.metadata))
        elif cell.cell_type == "markdown":
            for piece in convert.cells(cell.source):
                cells.append(nbformat.v4.new_markdown_cell(piece))
        else:
            raise PageError(f"{docname(path, root)}.md: raw cells show nothing")
    _name_cells(cells)
    metadata = {"kernelspec": page.metadata.kernelspec}
    if "mystnb" in page.metadata:
        metadata["mystnb"] = page.metadata.mystnb
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    return notebook


def _name_cells(cells: list[nbformat.NotebookNode]) -> None:
    """Derive every cell's id from its content, so that the same page gives the same."""
    seen: Counter[str] = Counter()
    for cell in cells:
        digest = hashlib.sha256(f"{cell.cell_type}\0{cell.source}".encode()).hexdigest()
        seen[digest] += 1
        cell.id = digest[:12] if seen[digest] == 1 else f"{digest[:12]}-{seen[digest]}"


def notebook_texts(
    root: Path = ROOT, *, commit: str | None = None, repository: str | None = None
) -> dict[Path, str]:
    """Return the text of every notebook, by its path relative to the root.

    Parameters
    ----------
    root : Path
        The repository's root.
    commit, repository : str, optional
        For published copies: the full commit hash, and ``owner/name``.
    """
    pages = notebook_pages(root)
    index = book_index(root)
    names = frozenset(docname(page, root) for page in pages)
    links, first_cell = Links(None, None, names), FIRST_CELL
    if commit is not None and repository is not None:
        owner, _, name = repository.partition("/")
        links = Links(
            f"https://{owner.lower()}.github.io/{name}/",
            f"https://raw.githubusercontent.com/{repository}/{commit}/",
            names,
        )
        first_cell = STAMPED_CELL.format(commit=commit, repository=repository)
    texts = {}
    for page in pages:
        notebook = make_notebook(page, index, links, root=root, first_cell=first_cell)
        text = nbformat.writes(notebook, version=4)
        texts[page.relative_to(root).with_suffix(".ipynb")] = text.rstrip("\n") + "\n"
    return texts


def orphans(root: Path = ROOT) -> list[Path]:
    """Return the notebooks that belong to no page, relative to the root."""
    wanted = {page.with_suffix(".ipynb") for page in notebook_pages(root)}
    found = (
        path
        for path in (root / "book").rglob("*.ipynb")
        if not {".ipynb_checkpoints", "_build", "node_modules"} & set(path.parts)
    )
    return sorted(path.relative_to(root) for path in found if path not in wanted)


def out_of_step(root: Path = ROOT) -> list[str]:
    """Name the notebooks that differ from their pages, are missing, or have no page."""
    names = []
    for path, text in notebook_texts(root).items():
        file = root / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            names.append(path.as_posix())
    return names + [path.as_posix() for path in orphans(root)]


def write(texts: dict[Path, str], folder: Path) -> list[Path]:
    """Write notebooks below a folder; files that hold the text already stay."""
    written = []
    for path, text in texts.items():
        file = folder / path
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="tools/notebooks.py",
        description="Write the notebook (.ipynb) beside every page (.md) of the book.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("--stamp", metavar="SHA", help="commit to install, in full")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where copies go")
    options = parser.parse_args(arguments)
    if (options.stamp is None) != (options.out is None):
        parser.error("--stamp SHA and --out DIR belong together")
    if options.check and options.stamp:
        parser.error(
            "--check compares the notebooks beside the pages, not stamped ones"
        )
    try:
        if options.stamp:
            return _stamp(options.stamp, options.out)
        if options.check:
            return _check()
        for path in write(notebook_texts(), ROOT):
            print(f"wrote {path.as_posix()}")
        for path in orphans():
            print(f"{path.as_posix()} belongs to no page: delete it", file=sys.stderr)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _check() -> int:
    names = out_of_step()
    for name in names:
        print(f"{name} is out of step with its page: run `make notebooks`")
    return 1 if names else 0


def _stamp(commit: str, folder: Path) -> int:
    from repository import find_repository

    repository = find_repository(ROOT)
    if repository is None:
        print(
            "no repository to install from: set GITHUB_REPOSITORY to owner/name, or "
            "Repository under [project.urls] in pyproject.toml",
            file=sys.stderr,
        )
        return 1
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        print(f"--stamp needs a full commit hash, got {commit!r}", file=sys.stderr)
        return 1
    texts = notebook_texts(commit=commit, repository=repository)
    write(texts, folder)
    print(f"wrote {len(texts)} notebooks stamped {commit[:12]} below {folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
