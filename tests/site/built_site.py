"""The built site on disk: its folder, its pages, and their parsed markup."""

import functools
import os
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("DLBOOK_SITE") or ROOT / "_build" / "html").resolve()
MODULES = Path(
    os.environ.get("DLBOOK_NODE_MODULES") or ROOT / "book" / "_assets" / "node_modules"
)


def pages_of(site: Path) -> list[str]:
    """Every page as its path below `site`; the theme's folders (_static) hold none."""
    names = (path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return sorted(name for name in names if not name.startswith("_"))


PAGES = pages_of(SITE)
BY_SIZE = sorted(PAGES, key=lambda page: -(SITE / page).stat().st_size)
ONE_A_FOLDER = list(  # the smallest, and the first page of the book
    {page.rpartition("/")[0]: page for page in [*BY_SIZE, "index.html"]}.values()
)


@functools.cache
def parse(site: Path, page: str) -> BeautifulSoup:
    """Parsed markup of a page; shared, so not to be changed."""
    return BeautifulSoup((site / page).read_text("utf-8"), "html.parser")


def cannot_run(why: str) -> None:
    """Skip the test with a notice; in continuous integration, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why} (CI=true: these checks must run)", pytrace=False)
    pytest.skip(why)


def listed(findings: list[str]) -> str:
    """Findings as the message of an assertion."""
    return "\n  ".join(["", *findings])
