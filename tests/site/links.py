"""Links inside the site: each must lead to a file and, if it names one, to an id."""

import functools
from pathlib import Path
from urllib.parse import unquote, urlsplit

import built_site
import markup

LEAVES = {"http", "https", "mailto"}  # `links` of the driver follows these


@functools.cache
def anchors(site: Path, page: str) -> frozenset[str]:
    """Every place of a page that a link can name."""
    soup = built_site.parse(site, page)
    ids = {str(e["id"]) for e in soup.select("[id]")}
    return frozenset(ids | {str(e["name"]) for e in soup.select("a[name]")})


def broken(site: Path, page: str, address: str) -> str | None:
    """Why a link or a resource of `page` leads nowhere, or None."""
    parts = urlsplit(address.strip())
    if parts.scheme in LEAVES or parts.scheme == "data":
        return None
    if parts.scheme or parts.netloc:
        return "is of no kind that a reader can follow"
    if parts.path.startswith("/"):
        return "starts at the host's root: it breaks where the site is in a folder"
    target = (site / page).resolve()
    if parts.path:
        target = (site / page).parent.joinpath(unquote(parts.path)).resolve()
    if not target.is_relative_to(site):
        return "leaves the site's folder"
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "leads to no file"
    fragment = unquote(parts.fragment)
    if fragment and target.suffix == ".html":
        name = target.relative_to(site).as_posix()
        if fragment not in anchors(site, name):
            return f"names {fragment!r}, which {name} does not have"
    return None


def broken_links(site: Path, page: str) -> list[str]:
    """Links and resources of a page that lead nowhere."""
    soup = built_site.parse(site, page)
    found = [("a", str(e["href"])) for e in soup.select("a[href], area[href]")]
    found += [("form", str(e["action"])) for e in soup.select("form[action]")]
    reasons = {
        f"{name} {address!r} {reason}"
        for name, address in found + markup.resources(soup)
        if (reason := broken(site, page, address))
    }
    return sorted(reasons)
