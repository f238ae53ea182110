"""The Tab key reaches every control of a page, and its place can be seen.

One page of each folder is walked through, two of them on a phone as well: the frame,
the folded boxes and the controls of the figures are the same on all, and
test_interactive_figures.py moves every slider.
"""

import browsers
import keyboard
import pytest
from built_site import ONE_A_FOLDER, PAGES, listed

ON_A_PHONE = ("index.html", "book/neurons/neuron.html")
WALKS = [(page, "desktop") for page in ONE_A_FOLDER]
WALKS += [(page, "phone") for page in ON_A_PHONE if page in PAGES]


@pytest.mark.parametrize(("page", "size"), WALKS)
def test_tab_reaches_every_control(page, size, browser, base):
    with browsers.visit(browser, base, page, size=size) as visit:
        visit.page.evaluate(browsers.UNFOLD)
        findings = keyboard.walk(visit.page)
        assert not findings, listed(findings)
