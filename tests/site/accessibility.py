"""axe-core on an open page."""

import functools

import built_site
from playwright.sync_api import Page

AXE = built_site.MODULES / "axe-core" / "axe.min.js"
SEVERE = ("serious", "critical")
COLOUR_RULES = ["color-contrast", "link-in-text-block"]  # all that a scheme changes
CODE = [".highlight pre"]  # a selector: as on all pages, and slow to look at
RUN = """async ([rules, exclude]) => {
  const options = {resultTypes: ['violations'], preload: false};
  if (rules) options.runOnly = {type: 'rule', values: rules};
  const where = exclude ? {include: [['html']], exclude: [exclude]} : document;
  const {violations} = await axe.run(where, options);
  return violations.map(v => ({id: v.id, impact: v.impact, help: v.help, count:
    v.nodes.length, at: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))}));
}"""


@functools.cache
def axe_script() -> str:
    """Source of axe-core; skips the test where it is not installed."""
    if not AXE.is_file():
        built_site.cannot_run("axe-core is not installed: run `make install` first")
    return AXE.read_text("utf-8")


def severe_findings(
    page: Page, *, colours_only: bool = False, code: bool = True
) -> list[str]:
    """Serious and critical findings; the page was opened with `axe_script`.

    Parameters
    ----------
    page : playwright's Page
    colours_only : bool
        Only what the scheme changes.
    code : bool
        In program text, too, which takes longest.
    """
    rules = COLOUR_RULES if colours_only else None
    found = page.evaluate(RUN, [rules, None if code else CODE])
    return [
        f"{f['impact']} {f['id']} ({f['help']}), {f['count']} times: {f['at']}"
        for f in found
        if f["impact"] in SEVERE
    ]
