"""The system's Chromium, Chrome or Edge, and a page opened as a reader opens it."""

import gzip
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
TWO_WAYS = (("desktop", "light"), ("phone", "dark"))  # each size and scheme once

# Console messages that are no fault of the page: a pattern, and the reason.
HARMLESS: dict[str, str] = {}

MATHJAX = re.compile(r"/tex-[\w-]+\.js")
SETTLE = """async () => {
  if (window.MathJax?.startup?.promise) await MathJax.startup.promise;
  await document.fonts.ready;
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
UNFOLD = "() => document.querySelectorAll('details').forEach(d => { d.open = true; })"
OVERFLOW = """() => {
  if (document.documentElement.scrollWidth <= window.innerWidth) return [];
  const clipped = (element) => {
    for (let e = element.parentElement; e && e !== document.body; e = e.parentElement)
      if (getComputedStyle(e).overflowX !== 'visible') return true;
    return false;
  };
  const wide = Array.from(document.body.querySelectorAll('*')).filter(
    e => e.getBoundingClientRect().right > window.innerWidth + 1 && !clipped(e));
  const name = e => `${e.localName}.${String(e.className.baseVal ?? e.className)}: `
    + `${Math.round(e.getBoundingClientRect().right)} px`;
  return [`the page is ${document.documentElement.scrollWidth} px wide on a screen of `
    + `${window.innerWidth}`, ...wide.slice(0, 5).map(name)];
}"""


def find_browser() -> str | None:
    """Path of a browser that playwright can drive, or None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return next((place for place in PLACES if Path(place).is_file()), None)


@dataclass
class Visit:
    """A page in the browser, and everything it asked for or complained about."""

    page: Page
    base: str
    messages: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        text = f"{message.type}: {message.text}"
        known = any(re.search(pattern, text) for pattern in HARMLESS)
        if message.type in ("error", "warning", "assert") and not known:
            self.messages.append(text)

    def on_request(self, request: Request) -> None:
        if request.url.startswith(("http:", "https:", "ws:", "wss:")):
            self.asked.append(request.url)

    def on_failure(self, request: Request) -> None:
        self.failures.append(f"{request.url}: {request.failure}")

    def on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.failures.append(f"{response.url}: status {response.status}")

    def request_faults(self) -> list[str]:
        """Requests that failed, and those to another host."""
        foreign = [u for u in self.asked if not u.startswith(self.base)]
        return self.failures + [f"asks another host: {url}" for url in foreign]

    def turn(self, size: str, scheme: str) -> None:
        """Give the open page another screen and another scheme of the system."""
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme)
        self.page.evaluate(SETTLE)

    def sideways(self) -> list[str]:
        """Whether the page scrolls sideways, and what sticks out."""
        return self.page.evaluate(OVERFLOW)


@contextmanager
def visit(
    browser: Browser,
    base: str,
    page: str,
    *,
    size: str = "desktop",
    scheme: str = "light",
    scripts: tuple[str, ...] = (),
    formulas: bool = True,
) -> Iterator[Visit]:
    """Open a page for the first time, with an empty cache and no stored choices.

    Parameters
    ----------
    browser : playwright's Browser
    base : str
        Address of the site's root, with a slash at the end.
    page : str
        Path below it; a query or a fragment may follow.
    size : {"desktop", "phone"}
    scheme : {"light", "dark"}
        What the reader's system asks for.
    scripts : tuple of str
        Scripts to run in the page before its own; the policy does not hold for them.
    formulas : bool
        Whether to typeset them; without, a visit is quicker.
    """
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    try:
        for script in scripts:
            context.add_init_script(script)
        if not formulas:
            context.route(
                MATHJAX,
                lambda route: route.fulfill(content_type="text/javascript", body=""),
            )
        opened = Visit(context.new_page(), base)
        opened.page.on("console", opened.on_console)
        opened.page.on("pageerror", lambda e: opened.messages.append(f"thrown: {e}"))
        opened.page.on("request", opened.on_request)
        opened.page.on("requestfailed", opened.on_failure)
        opened.page.on("response", opened.on_response)
        opened.page.goto(base + page, wait_until="load")
        opened.page.evaluate(SETTLE)
        yield opened
    finally:
        context.close()


@cache
def zipped(path: Path) -> int:
    """Bytes of a file as a server sends it."""
    return len(gzip.compress(path.read_bytes(), 6))


def weight(asked: list[str], base: str, site: Path) -> dict[str, int]:
    """Bytes, gzipped, of each file of the site that a visit asked for."""
    names = {unquote(urlsplit(url).path)[1:] for url in asked if url.startswith(base)}
    files = {name: site / (name or "index.html") for name in names}
    return {name: zipped(path) for name, path in files.items() if path.is_file()}
