"""Every page, light on a desktop and dark on a phone, as on a first visit.

What lies beside the screen depends on the width alone, colors on the scheme alone. The
first page of the book and one of each part are opened in all four ways, and looked at
with their program text, whose colors are the same on all pages.
"""

from itertools import product
from urllib.parse import urljoin

import accessibility
import browsers
import markup
import pytest
from built_site import ONE_A_FOLDER, PAGES, SITE, listed, parse

NOT_TYPESET = """() => {
  const formulas = Array.from(document.querySelectorAll('span.math, div.math'));
  const bad = formulas.filter(
    e => !e.querySelector('mjx-container') || e.querySelector('mjx-merror'));
  return bad.map(e => e.textContent.slice(0, 100));
}"""
HEAVIEST = 1_500_000  # bytes, gzipped: a page and all that it loads
VISITS = [
    (page, size, scheme)
    for page in PAGES
    for size, scheme in product(browsers.SIZES, browsers.SCHEMES)
    if page in ONE_A_FOLDER or (size, scheme) in browsers.TWO_WAYS
]


@pytest.fixture(scope="module", params=VISITS, ids="-".join)
def visit(request, browser, base):
    """The page, opened once for all tests of this file."""
    page, size, scheme = request.param
    scripts = (accessibility.axe_script(),)
    with browsers.visit(
        browser, base, page, size=size, scheme=scheme, scripts=scripts
    ) as opened:
        opened.name, opened.scheme = page, scheme
        yield opened


def test_the_page_lies_within_the_screen(visit):
    folded = visit.sideways()
    visit.page.evaluate(browsers.UNFOLD)
    unfolded = [f"with all unfolded, {line}" for line in visit.sideways()]
    assert not folded + unfolded, listed(folded or unfolded)


def test_every_formula_is_typeset(visit):
    bad = visit.page.evaluate(NOT_TYPESET)
    assert not bad, listed(bad)


def test_axe_finds_nothing_serious(visit):
    visit.page.evaluate(browsers.UNFOLD)  # a reader will
    dark = visit.scheme == "dark"
    findings = accessibility.severe_findings(
        visit.page, colours_only=dark, code=visit.name in ONE_A_FOLDER
    )
    assert not findings, listed(findings)


def test_the_first_visit_follows_the_system(visit):
    assert visit.page.evaluate("document.documentElement.dataset.theme") == visit.scheme


def test_the_page_asks_this_site_alone_and_gets_all(visit):
    findings = visit.request_faults()
    assert visit.asked
    assert not findings, listed(findings)


def test_the_page_is_light(visit):
    soup = parse(SITE, visit.name)
    here = visit.page.url
    images = [urljoin(here, a) for name, a in markup.resources(soup) if name == "img"]
    files = browsers.weight(visit.asked + images, visit.base, SITE)
    heaviest = sorted(files.items(), key=lambda item: -item[1])[:8]
    assert sum(files.values()) <= HEAVIEST, listed([f"{n}: {b}" for n, b in heaviest])


def test_the_console_stays_silent(visit):
    assert not visit.messages, listed(visit.messages)
