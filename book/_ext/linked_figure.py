r"""Figures whose boxes lead to pages: trees and flows, drawn from YAML.

::

    ```{linked-figure} tree
    :name: knowledge
    :caption: What belongs to deep learning.

    root: Deep learning
    branches:
    - text: Basic architectures
      boxes:
      - text: Convolutional networks
        note: weights shared over places     # optional
        page: cnn/convolution                # below book/; links once it is written
        children:
        - {text: Pooling, page: cnn/pooling}
    ```

A box has ``text`` and, as needed, ``note``, ``page``, ``children`` and ``later: true``
(no page of the core is planned). A ``flow`` has ``stages`` (``text``, ``boxes``) and
``loops`` (``from``, ``to``, ``text``), which name boxes by their ``id`` or text; the
``next`` of a box is written at the arrow that leaves it.

Each figure is drawn twice, for wide and for narrow screens; the style sheet shows one.
Beneath, the same content is a folded list. All texts can be translated.
"""

from typing import ClassVar

import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from figure_drawing import Drawing, draw_flow, draw_tree
from planned_pages import TO_COME, find_page, note_planned_links
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

KEYS = {"text", "note", "page", "children", "later", "id", "next"}
WIDE, NARROW = 720, 352  # px: widths drawn for
AS_A_LIST = "The same as a list"


def boxes_of(figure: dict) -> list[dict]:
    """Return every box of a figure, children included, in reading order."""
    found = []

    def collect(items: list[dict]) -> None:
        for item in items:
            found.append(item)
            collect(item.get("children", []))

    for group in figure.get("branches", []) + figure.get("stages", []):
        collect(group["boxes"])
    return found


class linked_figure(addnodes.translatable, nodes.General, nodes.Element):
    """A figure as data; ``texts`` maps each text to its translation."""

    def originals(self) -> list[str]:
        """Return all texts of the figure, each once."""
        figure, texts = self["figure"], [self["caption"], AS_A_LIST, TO_COME, "later"]
        texts.append(figure.get("root", ""))
        for item in [*figure.get("branches", []), *figure.get("stages", [])]:
            texts += [item["text"], item.get("note", "")]
        for item in boxes_of(figure):
            texts += [item["text"], item.get("note", ""), item.get("next", "")]
        texts += [loop["text"] for loop in figure.get("loops", [])]
        return list(dict.fromkeys(text for text in texts if text))

    def preserve_original_messages(self) -> None:
        """Keep the texts of the source, as Sphinx asks."""
        self["texts"] = {}

    def apply_translated_message(self, original: str, translated: str) -> None:
        """Take in one translation."""
        self["texts"][original] = translated

    def extract_original_messages(self) -> list[str]:
        """Offer the texts for translation."""
        return self.originals()


class LinkedFigure(SphinxDirective):
    """The directive ``{linked-figure}``."""

    has_content = True
    required_arguments = 1
    option_spec: ClassVar = {
        "name": directives.unchanged_required,
        "caption": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Read the YAML and check it."""
        kind = directives.choice(self.arguments[0], ("tree", "flow"))
        for option in self.option_spec:
            if option not in self.options:
                raise self.error(f"linked-figure: the option :{option}: is missing")
        figure = yaml.safe_load("\n".join(self.content))
        for item in boxes_of(figure):
            unknown = set(item) - KEYS
            if unknown or not item.get("text"):
                raise self.error(f"linked-figure: not a box: {item}")
        note_planned_links(self.env, self.env.docname)
        node = linked_figure(
            "", figure=figure, kind=kind, caption=self.options["caption"], texts={}
        )
        self.set_source_info(node)
        self.add_name(node)
        return [node]


def translated(value, texts: dict[str, str]):
    """Return a copy of the data with every text in the reader's language."""
    if isinstance(value, dict):
        kept = {"page", "id", "from", "to"}
        return {
            key: item if key in kept else translated(item, texts)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [translated(item, texts) for item in value]
    return texts.get(value, value) if isinstance(value, str) else value


class DrawLinkedFigures(SphinxPostTransform):
    """Replace the data by drawings and a list, now that all pages are known."""

    default_priority = 8

    def run(self, **kwargs) -> None:
        """Draw the figures of one page."""
        for node in list(self.document.findall(linked_figure)):
            node.replace_self(self.draw(node))

    def draw(self, node: linked_figure) -> list[nodes.Node]:
        """Return the figure: two drawings, a caption and the folded list."""
        texts = node["texts"]
        for item in boxes_of(node["figure"]):  # identifiers outlive translation
            item.setdefault("id", item["text"])
        figure = translated(node["figure"], texts)
        builder, docname = self.app.builder, self.env.docname

        def resolve(item: dict) -> tuple[str | None, str]:
            if item.get("later"):
                return None, "later"
            if "page" not in item:
                return None, ""
            target = find_page(self.env, item["page"], node)
            if target is None:
                return None, "to come"
            return builder.get_relative_uri(docname, target), ""

        name, caption = node["ids"][0], texts.get(node["caption"], node["caption"])
        states = {word: texts.get(word, word) for word in (TO_COME, "later")}
        images = []
        for kind, width in (("wide", WIDE), ("narrow", NARROW)):
            drawing = Drawing(f"{name}-{kind}", width, resolve)
            drawing.words = states
            if node["kind"] == "tree":
                height = draw_tree(figure, drawing, 3 if kind == "wide" else 2)
            else:
                height = draw_flow(figure, drawing, 210 if kind == "wide" else 112)
            images.append(drawing.svg(height, caption, kind))
        whole = nodes.container(ids=node["ids"], names=node["names"])
        whole["classes"] = ["linked-figure"]
        whole += nodes.raw("", "".join(images), format="html")
        whole += nodes.paragraph("", caption, classes=["linked-figure-caption"])
        opening = f"<details><summary>{texts.get(AS_A_LIST, AS_A_LIST)}</summary>"
        whole += nodes.raw("", opening, format="html")
        whole += self.as_list(figure, resolve, states)
        whole += nodes.raw("", "</details>", format="html")
        return [whole]

    def as_list(self, figure: dict, resolve, states: dict) -> nodes.bullet_list:
        """Return the content of the figure as nested lists of links."""

        def entries(items: list[dict]) -> nodes.bullet_list:
            listed = nodes.bullet_list()
            for item in items:
                address, state = resolve(item)
                line = nodes.paragraph()
                if address:
                    line += nodes.reference(
                        "", item["text"], internal=True, refuri=address
                    )
                else:
                    line += nodes.Text(item["text"])
                if item.get("note"):
                    line += nodes.Text(f": {item['note']}")
                if state:
                    line += nodes.Text(f" ({states[state]})")
                entry = nodes.list_item("", line)
                below = item.get("children") or item.get("boxes")
                if below:
                    entry += entries(below)
                listed += entry
            return listed

        listed = entries(figure.get("branches") or figure["stages"])
        named = {item["id"]: item["text"] for item in boxes_of(figure)}
        for loop in figure.get("loops", []):
            text = f"{named[loop['from']]} → {named[loop['to']]}: {loop['text']}"
            listed += nodes.list_item("", nodes.paragraph("", text))
        return listed


def setup(app):
    """Register the directive with Sphinx."""
    app.setup_extension("planned_pages")
    app.add_node(linked_figure)
    app.add_directive("linked-figure", LinkedFigure)
    app.add_post_transform(DrawLinkedFigures)
    app.add_css_file("css/linked-figure.css")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
