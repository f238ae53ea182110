"""One browser and one server for all tests of a worker, and tests for every page."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import browsers
import built_site
import serving
from playwright.sync_api import Browser, sync_playwright

WITHOUT_SITE = {"test_site_is_built.py", "test_checks_find_faults.py"}
if not built_site.PAGES:
    collect_ignore = [
        path.name
        for path in Path(__file__).parent.glob("test_*.py")
        if path.name not in WITHOUT_SITE
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes ``site_page`` runs for every page of the site."""
    if "site_page" in metafunc.fixturenames:
        metafunc.parametrize("site_page", built_site.PAGES)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's browser, without a window."""
    path = browsers.find_browser()
    if path is None:
        built_site.cannot_run("no Chromium, Chrome or Edge on this machine")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=list(browsers.FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """Address of the served site."""
    with serving.serving(built_site.SITE) as address:
        yield address
