"""Every page, light on a desktop, then turned to a phone in the dark.

What lies beside the screen depends on the width alone, colors on the scheme alone. The
first page of the book and one chapter are opened anew in all four ways, as on a first
visit; one page of each part is looked at with its program text, too, whose colors are
the same on all pages.
"""

from collections.abc import Iterator
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
FOUR_WAYS = ("index.html", "book/neurons/neuron.html")
VISITS = [  # a page, and the ways in which one visit looks at it
    (page, ways)
    for page in PAGES
    for ways in (
        [(way,) for way in product(browsers.SIZES, browsers.SCHEMES)]
        if page in FOUR_WAYS
        else [browsers.TWO_WAYS]
    )
]


def named(visit: tuple) -> str:
    page, ways = visit
    return "-".join([page, *("-".join(way) for way in ways)])


@pytest.fixture(scope="module", params=VISITS, ids=named)
def visit(request, browser, base):
    """The page, opened once for all tests of this file."""
    page, ways = request.param
    size, scheme = ways[0]
    scripts = (accessibility.axe_script(),)
    with browsers.visit(
        browser, base, page, size=size, scheme=scheme, scripts=scripts
    ) as opened:
        opened.name, opened.ways = page, ways
        yield opened


def each_way(visit: browsers.Visit) -> Iterator[str]:
    """Turn the page to each of its ways; yield the scheme."""
    for size, scheme in visit.ways:
        visit.turn(size, scheme)
        yield scheme


def test_the_page_lies_within_the_screen(visit):
    for _ in each_way(visit):
        folded = visit.sideways()
        assert not folded, listed(folded)
    visit.page.evaluate(browsers.UNFOLD)
    for _ in each_way(visit):
        unfolded = visit.sideways()
        assert not unfolded, listed(["with all unfolded", *unfolded])


def test_every_formula_is_typeset(visit):
    bad = visit.page.evaluate(NOT_TYPESET)
    assert not bad, listed(bad)


def test_axe_finds_nothing_serious(visit):
    visit.page.evaluate(browsers.UNFOLD)  # a reader will
    code = visit.name in ONE_A_FOLDER
    for scheme in each_way(visit):
        findings = accessibility.severe_findings(
            visit.page, colours_only=scheme == "dark", code=code
        )
        assert not findings, listed([scheme, *findings])


def test_the_page_follows_the_system(visit):
    for scheme in each_way(visit):
        shown = visit.page.evaluate("document.documentElement.dataset.theme")
        assert shown == scheme


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
