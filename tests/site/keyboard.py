"""Walk through an open page with the Tab key alone.

The page itself notes what receives the focus and whether its looks change, so that a
walk over hundreds of links costs one message a step.
"""

from playwright.sync_api import Page

BATCH = 20  # Tabs pressed before the walk is looked at
MOST = 3000  # a longer walk is a trap

# Before the walk: mark what a reader must be able to reach, note how it looks.
PREPARE = """() => {
  const still = document.createElement('style');
  still.textContent = '*, *::before, *::after { transition: none !important; '
    + 'animation: none !important; scroll-behavior: auto !important; }';
  document.head.append(still);
  const looks = (element) => ['', '::before', '::after'].map(part => {
    const s = getComputedStyle(element, part || null);
    return [s.outlineStyle === 'none' ? '' : [s.outlineStyle, s.outlineWidth,
      s.outlineColor, s.outlineOffset].join(' '), s.boxShadow, s.borderColor,
      s.borderWidth, s.backgroundColor, s.textDecorationLine,
      s.textDecorationThickness].join('|');
  }).join('/');
  const controls = 'a[href], button, input, select, textarea, summary, '
    + '[tabindex]:not([tabindex^="-"]), [contenteditable="true"]';
  const walk = {wanted: new Map(), reached: new Set(), faint: new Set(), ends: 0};
  const oneOfGroup = new Set();
  for (const element of document.querySelectorAll(controls)) {
    if (element.disabled || element.type === 'hidden' || element.tabIndex < 0) continue;
    if (element.closest('[inert]') || !element.getClientRects().length) continue;
    if (!element.checkVisibility({visibilityProperty: true})) continue;
    if (element.type === 'radio') { // arrows choose within a group
      if (oneOfGroup.has(element.name)) continue;
      const group = Array.from(document.getElementsByName(element.name));
      if (group.some(e => e.checked) && !element.checked) continue;
      oneOfGroup.add(element.name);
    }
    walk.wanted.set(element, looks(element));
  }
  document.addEventListener('focusin', ({target}) => {
    const first = !walk.reached.has(target);
    walk.reached.add(target);
    if (!first) walk.ends += 1;
    if (first && walk.wanted.has(target) && looks(target) === walk.wanted.get(target)
        && target.type !== 'radio') walk.faint.add(target);
  });
  window.walkByKeyboard = walk;
  document.activeElement?.blur();
  window.scrollTo(0, 0);
  return walk.wanted.size;
}"""
RETURNED = "() => window.walkByKeyboard.ends > 0"
OUTCOME = """() => {
  const {wanted, reached, faint} = window.walkByKeyboard;
  const name = e => e.cloneNode(false).outerHTML.slice(0, 140) + ' '
    + (e.textContent || '').trim().slice(0, 40);
  return {
    missed: Array.from(wanted.keys()).filter(e => !reached.has(e)).map(name),
    faint: Array.from(faint).map(name),
  };
}"""


def walk(page: Page) -> list[str]:
    """Press Tab until the walk is back at its start.

    Returns
    -------
    list of str
        Controls in sight that Tab did not reach, and controls that look the same with
        the focus as without it.
    """
    wanted = page.evaluate(PREPARE)
    pressed = 0
    while not page.evaluate(RETURNED):
        if pressed > MOST or (pressed > BATCH and not wanted):
            break
        for _ in range(BATCH):
            page.keyboard.press("Tab")
        pressed += BATCH
    outcome = page.evaluate(OUTCOME)
    missed = [f"Tab does not reach {element}" for element in outcome["missed"]]
    faint = [f"focus cannot be seen on {element}" for element in outcome["faint"]]
    return missed + faint
