"""Links to pages of the outline that turn themselves on once the page is written.

``{page}`neurons/losses` `` and ``{page}`loss functions <neurons/losses>` `` link to
``book/neurons/losses`` where that page exists. Where it does not, the text stands
there with "(to come)" after it. A name that is neither a page nor in
``book/outline.yml`` is a warning, so a slip of the pen fails the build.
"""

from pathlib import Path

import yaml
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole

TO_COME = "to come"

logger = logging.getLogger(__name__)


class planned_page(nodes.Inline, nodes.TextElement):
    """A link to a page that may not be written yet."""


def read_outline(source: Path) -> frozenset[str]:
    """Return the names of all planned pages, such as ``neurons/losses``."""
    parts = yaml.safe_load((source / "book" / "outline.yml").read_text("utf-8"))
    return frozenset(
        f"{part}/{page}" for part, pages in parts.items() for page in pages
    )


def note_planned_links(env, docname: str) -> None:
    """Remember that a page shows planned pages, so that it is renewed with them."""
    if not hasattr(env, "pages_with_planned_links"):
        env.pages_with_planned_links = set()
    env.pages_with_planned_links.add(docname)


def find_page(env, name: str, location) -> str | None:
    """Return the document of a page, or None where it is not written yet.

    A name that is neither written nor planned is reported as a warning at `location`.
    """
    docname = f"book/{name}"
    if docname in env.found_docs:
        return docname
    if name not in read_outline(Path(env.srcdir)):
        logger.warning(
            "no page 'book/%s', and book/outline.yml plans none",
            name,
            location=location,
        )
    return None


class PageRole(ReferenceRole):
    """The role ``{page}``."""

    def run(self):
        """Put a place holder; whether the page exists is known once all are read."""
        note_planned_links(self.env, self.env.docname)
        text = self.title if self.has_explicit_title else ""
        node = planned_page(self.rawtext, text, target=self.target)
        self.set_source_info(node)
        return [node], []


class ResolvePlannedPages(SphinxPostTransform):
    """Turn every place holder into a link, or into text marked as to come."""

    default_priority = 8

    def run(self, **kwargs) -> None:
        """Resolve the place holders of one page."""
        for node in list(self.document.findall(planned_page)):
            name = node["target"]
            docname = find_page(self.env, name, node)
            if docname is None:
                text = node.astext() or name.rpartition("/")[2].replace("-", " ")
                node.replace_self(
                    nodes.inline("", f"{text} ({TO_COME})", classes=["to-come"])
                )
                continue
            text = node.astext() or self.env.titles[docname].astext()
            uri = self.app.builder.get_relative_uri(self.env.docname, docname)
            link = nodes.reference("", "", internal=True, refuri=uri)
            link += nodes.inline("", text)
            node.replace_self(link)


def outdated(app, env, added, changed, removed) -> list[str]:
    """Renew the pages that show planned pages whenever a page comes or goes."""
    shown = getattr(env, "pages_with_planned_links", set())
    return sorted(shown - removed) if added or removed else []


def purge(app, env, docname: str) -> None:
    """Forget a page that is read again."""
    getattr(env, "pages_with_planned_links", set()).discard(docname)


def merge(app, env, docnames, other) -> None:
    """Take over what a parallel reader noted."""
    for docname in getattr(other, "pages_with_planned_links", set()) & set(docnames):
        note_planned_links(env, docname)


def setup(app):
    """Register the role with Sphinx."""
    app.add_node(planned_page)
    app.add_role("page", PageRole())
    app.add_post_transform(ResolvePlannedPages)
    app.connect("env-get-outdated", outdated)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
