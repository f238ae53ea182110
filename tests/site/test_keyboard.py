"""The Tab key reaches every control of every page, and its place can be seen."""

import browsers
import keyboard
import pytest
from built_site import listed


@pytest.mark.parametrize("size", browsers.SIZES)
def test_tab_reaches_every_control(site_page, size, browser, base):
    with browsers.visit(browser, base, site_page, size=size) as visit:
        visit.page.evaluate(browsers.UNFOLD)
        findings = keyboard.walk(visit.page)
        assert not findings, listed(findings)
