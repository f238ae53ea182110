"""Every page's markup: alternatives, outline, links, nothing from another host."""

import built_site
import links
import markup
from built_site import SITE, listed


def test_every_image_has_an_alternative(site_page):
    findings = markup.missing_alternatives(built_site.parse(SITE, site_page))
    assert not findings, listed(findings)


def test_the_outline_is_in_order(site_page):
    findings = markup.outline_faults(built_site.parse(SITE, site_page))
    assert not findings, listed(findings)


def test_no_link_is_broken(site_page):
    findings = links.broken_links(SITE, site_page)
    assert not findings, listed(findings)


def test_nothing_is_loaded_from_elsewhere(site_page):
    findings = markup.external_resources(built_site.parse(SITE, site_page))
    assert not findings, listed(findings)


def test_no_style_sheet_loads_from_elsewhere():
    findings = [
        f"{path.relative_to(SITE)}: {finding}"
        for path in SITE.rglob("*.css")
        for finding in markup.external_in_styles(path.read_text("utf-8"))
    ]
    assert not findings, listed(findings)
