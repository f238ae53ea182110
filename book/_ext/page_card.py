"""The card at the head of a page: what it asks of the reader, and ways to take it home.

::

    ```{page-card}
    :needs: preliminaries, neurons/neuron
    :minutes: 25
    ```

``needs`` names pages by their path below ``book/``; ``minutes`` is the reading time.
The running time is the one measured when the page was executed. Buttons offer the
notebook and its source, and Colab where the repository's address is known.
"""

import math
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.sphinx_ import NbMetadataCollector
from repository import find_repository
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

PUBLISHED_BRANCH = "published"
COLAB = "https://colab.research.google.com/github"


class running_time(nodes.General, nodes.Element):
    """Holds the place of the measured running time until all pages are executed."""


def page_names(text: str) -> list[str]:
    """Split a comma-separated list of pages; an entry that is empty is an error."""
    names = [name.strip() for name in directives.unchanged_required(text).split(",")]
    if not all(names):
        raise ValueError("expected page names separated by single commas")
    return names


def in_words(seconds: float | None) -> str:
    """Say a running time as a reader wants it: whole seconds, rounded up."""
    if seconds is None:
        return "not measured"
    return "less than 1 s" if seconds < 1 else f"{math.ceil(seconds)} s"


class PageCard(SphinxDirective):
    """Puts the card into the page."""

    has_content = False
    option_spec: ClassVar = {
        "needs": page_names,
        "minutes": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        """Build the card from the directive's options."""
        facts = nodes.definition_list(classes=["page-card-facts"])
        if "needs" in self.options:
            facts += self.fact("You need", *self.links(self.options["needs"]))
        if "minutes" in self.options:
            minutes = self.options["minutes"]
            facts += self.fact("Reading", nodes.Text(f"about {minutes} minutes"))
        facts += self.fact("Running", running_time())
        card = nodes.container(classes=["page-card"])
        card += facts
        card += self.buttons()
        self.set_source_info(card)
        return [card]

    def fact(self, term: str, *inline: nodes.Node) -> nodes.definition_list_item:
        """Return one line of the card."""
        text = nodes.paragraph("", "", *inline)
        return nodes.definition_list_item(
            "", nodes.term("", term), nodes.definition("", text)
        )

    def links(self, names: list[str]) -> list[nodes.Node]:
        """Return links to other pages, their titles as text, separated by commas."""
        parts: list[nodes.Node] = []
        for name in names:
            if parts:
                parts.append(nodes.Text(", "))
            link = addnodes.pending_xref(
                "",
                nodes.inline("", name),
                refdomain="std",
                reftype="doc",
                reftarget=f"/book/{name}",
                refdoc=self.env.docname,
                refexplicit=False,
                refwarn=True,
            )
            self.set_source_info(link)
            parts.append(link)
        return parts

    def buttons(self) -> nodes.paragraph:
        """Return the download buttons, and Colab's where there is an address."""
        docname = self.env.docname
        row = nodes.paragraph(classes=["page-card-buttons"])
        if self.config.dlbook_repository:
            address = (
                f"{COLAB}/{self.config.dlbook_repository}"
                f"/blob/{PUBLISHED_BRANCH}/{docname}.ipynb"
            )
            row += nodes.reference("", "Open in Colab", refuri=address, internal=False)
        for suffix, label in ((".ipynb", "Notebook (.ipynb)"), (".md", "Source (.md)")):
            button = addnodes.download_reference(
                "",
                "",
                nodes.Text(label),
                refdoc=docname,
                reftarget=f"/{docname}{suffix}",
            )
            self.set_source_info(button)
            row += button
        return row


class FillInRunningTime(SphinxPostTransform):
    """Write the measured time, or drop the line where a page has no code to run."""

    default_priority = 8

    def run(self, **kwargs) -> None:
        """Replace every place holder on the page."""
        for place in list(self.document.findall(running_time)):
            measured = NbMetadataCollector.get_exec_data(self.env, self.env.docname)
            if measured is None:
                line = place.parent.parent.parent
                line.parent.remove(line)
            else:
                text = in_words(measured["runtime"])
                place.replace_self(
                    nodes.Text(f"{text}, measured when this page was built")
                )


def note_repository(app, config) -> None:
    """Find the repository once; a change of address renews every page."""
    config.dlbook_repository = find_repository(Path(app.srcdir)) or ""


def setup(app):
    """Register the directive with Sphinx."""
    app.add_config_value("dlbook_repository", "", "env", [str])
    app.add_node(running_time)
    app.add_directive("page-card", PageCard)
    app.add_post_transform(FillInRunningTime)
    app.connect("config-inited", note_repository)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
