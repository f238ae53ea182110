"""axe-core on an open page."""

import functools

import built_site
from playwright.sync_api import Page

AXE = built_site.MODULES / "axe-core" / "axe.min.js"
SEVERE = ("serious", "critical")
COLOUR_RULES = ["color-contrast", "link-in-text-block"]  # all that a scheme changes
RUN = """async (rules) => {
  const options = {resultTypes: ['violations'], preload: false};
  if (rules) options.runOnly = {type: 'rule', values: rules};
  const {violations} = await axe.run(document, options);
  return violations.map(v => ({id: v.id, impact: v.impact, help: v.help, count:
    v.nodes.length, at: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))}));
}"""


@functools.cache
def axe_script() -> str:
    """Source of axe-core; skips the test where it is not installed."""
    if not AXE.is_file():
        built_site.cannot_run("axe-core is not installed: run `make install` first")
    return AXE.read_text("utf-8")


def severe_findings(page: Page, *, colours_only: bool = False) -> list[str]:
    """Serious and critical findings; the page was opened with `axe_script`."""
    found = page.evaluate(RUN, COLOUR_RULES if colours_only else None)
    return [
        f"{f['impact']} {f['id']} ({f['help']}), {f['count']} times: {f['at']}"
        for f in found
        if f["impact"] in SEVERE
    ]
