"""The Tab key reaches every control of every page, and its place can be seen.

Width changes the frame around a page, not the page: on a phone, one of each folder.
"""

import browsers
import keyboard
import pytest
from built_site import ONE_A_FOLDER, PAGES, listed

VISITS = [(page, "desktop") for page in PAGES]
VISITS += [(page, "phone") for page in ONE_A_FOLDER]


@pytest.mark.parametrize(("page", "size"), VISITS)
def test_tab_reaches_every_control(page, size, browser, base):
    with browsers.visit(browser, base, page, size=size) as visit:
        visit.page.evaluate(browsers.UNFOLD)
        findings = keyboard.walk(visit.page)
        assert not findings, listed(findings)
