"""What a page's markup must have: alternatives, one outline, nothing from elsewhere.

Every function returns its findings, one line each; none is good.
"""

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

# Images that say nothing: a pattern for their address, and why they need no words.
DECORATIONS: dict[str, str] = {}

FILE_NAME = re.compile(r"\.(svg|png|jpe?g|gif|webp|avif)$", re.IGNORECASE)
FEWEST_WORDS = 3
LOADS = {  # element, attributes: what a browser fetches without being asked
    "script": ["src"],
    "img": ["src", "srcset"],
    "source": ["src", "srcset"],
    "iframe": ["src"],
    "video": ["src", "poster"],
    "audio": ["src"],
    "track": ["src"],
    "embed": ["src"],
    "object": ["data"],
    "input": ["src"],
    "image": ["href"],  # of SVG, as the next
    "use": ["href"],
}
LOADING_LINKS = {
    "stylesheet",
    "icon",
    "apple-touch-icon",
    "manifest",
    "mask-icon",
    "preload",
    "prefetch",
    "modulepreload",
    "preconnect",
    "dns-prefetch",
    "prerender",
}
IN_STYLES = re.compile(r"(?:url\(\s*|@import\s+)['\"]?((?:https?:)?//[^'\")\s]+)")
PRINTED = "onlyprint"  # the theme's second title, for paper; no screen shows it
HEADINGS = re.compile(r"^h[1-6]$")


def words(text: str) -> int:
    """Number of words that have a letter or a digit."""
    return sum(any(c.isalnum() for c in word) for word in text.split())


def missing_alternatives(soup: BeautifulSoup) -> list[str]:
    """Images and drawings whose text alternative says nothing."""
    findings = []
    for image in soup.select("img"):
        source, text = str(image.get("src", "")), image.get("alt")
        name = PurePosixPath(source).name
        if text is None:
            findings.append(f"{name}: no alt")
        elif not text.strip():
            if not any(re.search(pattern, source) for pattern in DECORATIONS):
                findings.append(f"{name}: empty alt, and not in DECORATIONS")
        elif FILE_NAME.search(text) or text.strip() == PurePosixPath(name).stem:
            findings.append(f"{name}: its alt is a file name: {text!r}")
        elif words(text) < FEWEST_WORDS:
            findings.append(f"{name}: alt of fewer than three words: {text!r}")
    for drawing in soup.select('svg[role="img"]'):
        title = drawing.find("title", recursive=False)
        text = drawing.get("aria-label") or (title.get_text() if title else "")
        if not drawing.get("aria-labelledby") and words(text) < FEWEST_WORDS:
            findings.append(f"svg {drawing.get('id', '')}: says only {text!r}")
    return findings


def outline_faults(soup: BeautifulSoup) -> list[str]:
    """Missing language or title, not one h1, or a heading that skips a level."""
    findings = []
    if not soup.html or not str(soup.html.get("lang", "")).strip():
        findings.append("html has no lang")
    if not soup.title or not soup.title.get_text().strip():
        findings.append("no title")
    headings = [h for h in soup.find_all(HEADINGS) if not h.find_parent(class_=PRINTED)]
    first = [h for h in headings if h.name == "h1"]
    if len(first) != 1:
        said = [h.get_text().strip() for h in first]
        findings.append(f"{len(first)} h1 instead of one: {said}")
    level = 0
    for heading in headings:
        now = int(heading.name[1])
        if now > level + 1:
            text = heading.get_text().strip()
            findings.append(f"{heading.name} {text!r} follows a heading h{level}")
        level = now
    return findings


def is_elsewhere(address: str) -> bool:
    """Whether an address names a host; ``//host/path`` does too."""
    return bool(urlsplit(address.strip()).netloc)


def resources(soup: BeautifulSoup) -> list[tuple[str, str]]:
    """Everything that the page loads, as (element, address)."""
    found = []
    for element in soup.find_all(LOADS):
        for attribute in LOADS[element.name]:
            value = str(element.get(attribute, ""))
            parts = value.split(",") if attribute == "srcset" else [value]
            found += [(element.name, part.split()[0]) for part in parts if part.strip()]
    for link in soup.find_all("link", href=True):
        if LOADING_LINKS & set(link.get("rel", [])):
            found.append(("link", str(link["href"])))
    return found


def external_resources(soup: BeautifulSoup) -> list[str]:
    """What the page would load from another host."""
    findings = [
        f"{name} loads {address}"
        for name, address in resources(soup)
        if is_elsewhere(address)
    ]
    styles = [element.get_text() for element in soup.select("style")]
    styles += [str(e["style"]) for e in soup.select("[style]") if isinstance(e, Tag)]
    return findings + external_in_styles("\n".join(styles))


def external_in_styles(css: str) -> list[str]:
    """What a style sheet would load from another host."""
    return [f"style loads {address}" for address in IN_STYLES.findall(css)]
