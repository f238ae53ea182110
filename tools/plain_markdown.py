r"""Turn MyST prose into the plain Markdown that JupyterLab and Colab can read.

Directives become block quotes with a bold title, foldable ones a ``details`` element;
roles become text or links; labels vanish; equations keep their number as ``\tag``.
What is not known here is an error that names the page, so that nothing shows as raw
markup.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pages import BookIndex, Label, PageError

TITLES = {
    "attention": "Attention",
    "caution": "Caution",
    "danger": "Danger",
    "error": "Error",
    "hint": "Hint",
    "important": "Important",
    "note": "Note",
    "seealso": "See also",
    "tip": "Tip",
    "warning": "Warning",
}
TITLED_BOXES = ("admonition", "margin", "sidebar", "topic")
PLAIN_GROUPS = ("grid", "tab-set", "div", "container", "grid-item")
TITLED_GROUPS = ("card", "grid-item-card", "tab-item", "table")

FENCE = re.compile(r"^(?P<indent>\s*)(?P<fence>`{3,}|:{3,}|~{3,})(?P<rest>.*)$")
DIRECTIVE = re.compile(r"^\s*\{(?P<name>[\w:.+-]+)\}\s*(?P<argument>.*)$")
DISPLAY_MATH = re.compile(r"^(?P<indent>\s*)\$\$(?P<rest>.*)$")
LABEL_AFTER = re.compile(r"^(?P<math>.*)\$\$[ \t]*(?:\((?P<label>[^()\s]+)\))?[ \t]*$")
INLINE = re.compile(
    r"\{(?P<role>[A-Za-z][\w:.+-]*)\}(?P<ticks>`+)(?P<content>.+?)(?P=ticks)"
    r"|(?P<code>(?P<marks>`+)(?!`).+?(?<!`)(?P=marks)(?!`))"
    r"|(?P<math>(?<![\\$])\$(?!\s)[^$]+?(?<!\s)\$)"
    r"|(?P<bang>!?)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^()\s]*)\)"
    r"|(?P<autolink><(?:https?://|mailto:)[^>\s]+>)",
    re.S,
)
EXPLICIT = re.compile(r"^(?P<text>.+?)\s*<(?P<target>[^<>]+)>$", re.S)


@dataclass(frozen=True)
class Links:
    """Where a notebook's links lead.

    Parameters
    ----------
    site : str or None
        Address of the built site, ending in ``/``; None for links between files.
    files : str or None
        Address of the repository's files, ending in ``/``; None for relative paths.
    notebooks : frozenset of str
        Names of the pages that have a notebook.
    """

    site: str | None
    files: str | None
    notebooks: frozenset[str]

    def page(self, docname: str, *, seen_from: str, anchor: str = "") -> str:
        """Return the link to a page; `anchor` is a section's heading."""
        if self.site is not None:
            fragment = f"#{_slug(anchor)}" if anchor else ""
            return f"{self.site}{docname}.html{fragment}"
        suffix = ".ipynb" if docname in self.notebooks else ".md"
        fragment = f"#{anchor.replace(' ', '-')}" if anchor else ""
        if docname == seen_from and anchor:
            return fragment
        folder = posixpath.dirname(seen_from) or "."
        path = posixpath.relpath(docname + suffix, folder)
        return path + fragment.replace("(", "%28").replace(")", "%29")

    def file(self, path: str, *, seen_from: str) -> str:
        """Return the link to a file, given as a path relative to the page."""
        if self.files is None:
            return path
        folder = posixpath.dirname(seen_from)
        return self.files + posixpath.normpath(f"{folder}/{path}")


class PlainMarkdown:
    """Convert one page's prose.

    Parameters
    ----------
    docname : str
        The page, such as ``"book/neurons/neuron"``.
    index : BookIndex
        Titles, labels and references of the book.
    links : Links
        Where links lead.
    """

    def __init__(self, docname: str, index: BookIndex, links: Links) -> None:
        self.docname, self.index, self.links = docname, index, links
        self.cited: list[str] = []

    def cells(self, text: str) -> list[str]:
        """Convert a stretch of prose; a new piece begins at every heading."""
        pieces: list[list[str]] = [[]]
        for block in self.blocks(text.splitlines(), quoted=False):
            if re.match(r"#{1,4} ", block) and pieces[-1]:
                pieces.append([])
            pieces[-1].append(block)
        return ["\n\n".join(piece) for piece in pieces if piece]

    def blocks(self, lines: list[str], *, quoted: bool) -> Iterator[str]:
        """Yield converted blocks; `quoted` says that they will stand in a quote."""
        waiting: list[str] = []
        position = 0
        while position < len(lines):
            line = lines[position]
            fence, formula = FENCE.match(line), DISPLAY_MATH.match(line)
            inside_list = bool(waiting) and line[:1] == " "
            if fence is None and formula is None:
                waiting.append(line)
                position += 1
                continue
            if not inside_list:
                yield from self._prose(waiting)
                waiting = []
            if fence is not None:
                end = _closing(lines, position, fence["fence"])
                if end is None:
                    raise self._error(f"the fence {line.strip()!r} is never closed")
                body = [
                    _outdent(x, len(fence["indent"])) for x in lines[position + 1 : end]
                ]
                converted = self._fenced(fence, body, quoted=quoted)
                indent = fence["indent"]
            else:
                end, math, label = self._formula(lines, position)
                converted = [
                    self._equation(math, label, one_line=quoted or inside_list)
                ]
                indent = formula["indent"]
            if inside_list:
                for block in converted:
                    waiting += [
                        f"{indent}{part}".rstrip() for part in block.split("\n")
                    ]
            else:
                yield from converted
            position = end + 1
        yield from self._prose(waiting)

    def _prose(self, lines: list[str]) -> Iterator[str]:
        kept = [
            line
            for line in lines
            if not re.fullmatch(r"\([^()\n]+\)=\s*", line)  # a label
            and not line.startswith("%")  # a comment
            and not re.fullmatch(r"\{[.#][^{}]*\}\s*", line)  # attributes
        ]
        for line in kept:
            if re.match(r"\[\^[^\]]+\]:", line) or re.search(r"\[\^[\w-]+\]", line):
                raise self._error("footnotes do not show in JupyterLab; use a {note}")
            if re.match(r":\s+\S", line):
                raise self._error("definition lists do not show in JupyterLab")
        text = self.inline("\n".join(kept)).strip("\n")
        yield from (part for part in re.split(r"\n\s*\n", text) if part.strip())

    # Blocks

    def _formula(self, lines: list[str], start: int) -> tuple[int, str, str | None]:
        """Return the last line of a ``$$`` block, its mathematics and its label."""
        first = lines[start].strip()[2:]
        if closed := LABEL_AFTER.match(first):
            return start, closed["math"], closed["label"]
        parts = [first]
        for end in range(start + 1, len(lines)):
            if closed := LABEL_AFTER.match(lines[end].strip()):
                parts.append(closed["math"])
                return (
                    end,
                    "\n".join(part for part in parts if part.strip()),
                    closed["label"],
                )
            parts.append(lines[end].strip())
        raise self._error(f"the formula that begins {first[:40]!r} is never closed")

    def _equation(self, math: str, label: str | None, *, one_line: bool) -> str:
        tag = f" \\tag{{{self._label(label, 'equation').text}}}" if label else ""
        math = math.strip()
        if one_line:  # JupyterLab reads mathematics before it reads the quote's marks
            return f"$$ {' '.join(math.split())}{tag} $$"
        return f"$$\n{math}{tag}\n$$"

    def _fenced(self, fence: re.Match, body: list[str], *, quoted: bool) -> list[str]:
        directive = DIRECTIVE.match(fence["rest"])
        if directive is None:
            if fence["fence"].startswith(":"):
                raise self._error(f"a {fence['fence']} fence needs a {{directive}}")
            marks = fence["fence"]
            return ["\n".join([marks + fence["rest"], *body, marks])]
        options, body = _split_options(body)
        name, argument = directive["name"], directive["argument"].strip()
        return self._directive(name, argument, options, body, quoted=quoted)

    def _directive(
        self,
        name: str,
        argument: str,
        options: dict[str, str],
        body: list[str],
        *,
        quoted: bool,
    ) -> list[str]:
        def inner(*, in_quote: bool = quoted) -> list[str]:
            return list(self.blocks(body, quoted=in_quote))

        classes = options.get("class", "").split()
        if name == "dropdown" or (name in TITLED_BOXES and "dropdown" in classes):
            return [_folded(self._html(argument or "Show"), inner())]
        if name in TITLES or name in TITLED_BOXES:
            if name in TITLES:
                title = TITLES[name]
                body = [argument, *body] if argument else body
            else:
                title = self.inline(argument)
            heading = [f"**{title}**"] if title else []
            return [_quote([*heading, *self.blocks(body, quoted=True)])]
        if name in PLAIN_GROUPS:
            return inner()
        if name in TITLED_GROUPS:
            title = [f"**{self.inline(argument)}**"] if argument else []
            return [*title, *inner()]
        if name == "epigraph":
            return [_quote(inner(in_quote=True))]
        if name == "math":
            return [
                self._equation(
                    "\n".join([argument, *body]), options.get("label"), one_line=quoted
                )
            ]
        if name in ("figure", "image"):
            if not options.get("alt"):
                raise self._error(f"the {name} {argument} needs :alt:")
            address = self.links.file(argument, seen_from=self.docname)
            return [f"![{options['alt']}]({address})", *(f"*{x}*" for x in inner())]
        if name == "code-block":
            return ["\n".join([f"```{argument}", *body, "```"])]
        if name == "page-card":
            return [self._card(options)]
        if name == "bibliography":
            return ["\n".join(f"- {self._reference(key)}" for key in self.cited)]
        raise self._error(f"cannot write the directive {{{name}}} as plain Markdown")

    def _card(self, options: dict[str, str]) -> str:
        lines = []
        if needs := options.get("needs"):
            pages = [f"book/{name.strip()}" for name in needs.split(",")]
            lines.append("- You need: " + ", ".join(self._page_link(p) for p in pages))
        if minutes := options.get("minutes"):
            lines.append(f"- Reading: about {minutes} minutes")
        return "\n".join(lines)

    # Inline

    def inline(self, text: str) -> str:
        """Convert roles and links; code and mathematics stay as they are."""
        return INLINE.sub(self._inline, text)

    def _inline(self, match: re.Match) -> str:
        if match["role"]:
            return self._role(match["role"], " ".join(match["content"].split()))
        if match["text"] is not None:
            return self._link(match)
        return match[0]

    def _role(self, role: str, content: str) -> str:
        roles: dict[str, Callable[[str], str]] = {
            "eq": self._eq,
            "ref": self._ref,
            "numref": self._numref,
            "doc": self._doc,
            "term": self._term,
            "cite": self._cite_in_brackets,
            "cite:p": self._cite_in_brackets,
            "cite:t": self._cite_in_text,
            "math": lambda x: f"${x}$",
            "code": lambda x: f"`{x}`",
            "kbd": lambda x: f"<kbd>{html.escape(x)}</kbd>",
            "sub": lambda x: f"<sub>{html.escape(x)}</sub>",
            "sup": lambda x: f"<sup>{html.escape(x)}</sup>",
            "abbr": lambda x: x,
        }
        if role not in roles:
            raise self._error(f"cannot write the role {{{role}}} as plain Markdown")
        return roles[role](content)

    def _eq(self, name: str) -> str:
        label = self._label(name, "equation")
        elsewhere = label.docname != self.docname
        of_page = f" of {self._page_link(label.docname)}" if elsewhere else ""
        return f"({label.text}){of_page}"

    def _ref(self, content: str) -> str:
        text, target = _explicit(content)
        label = self._label(target, "section", "figure")
        if label.kind == "figure":
            return self._figure(label, text or f"Fig. {label.text}")
        heading = self.inline(label.text)
        anchor = re.sub(r"[`*$]", "", heading)
        address = self.links.page(label.docname, seen_from=self.docname, anchor=anchor)
        return f"[{text or heading}]({address})"

    def _numref(self, content: str) -> str:
        text, target = _explicit(content)
        label = self._label(target, "figure")
        text = (text or "Fig. %s").replace("%s", label.text)
        return self._figure(label, text.replace("{number}", label.text))

    def _figure(self, label: Label, text: str) -> str:
        if label.docname == self.docname:
            return text
        return f"[{text}]({self.links.page(label.docname, seen_from=self.docname)})"

    def _doc(self, content: str) -> str:
        text, target = _explicit(content)
        folder = posixpath.dirname(self.docname)
        path = target[1:] if target.startswith("/") else f"{folder}/{target}"
        return self._page_link(posixpath.normpath(path), text)

    def _page_link(self, docname: str, text: str | None = None) -> str:
        if docname not in self.index.titles:
            raise self._error(f"no page {docname} of _toc.yml exists")
        title = text or self.index.titles[docname]
        return f"[{title}]({self.links.page(docname, seen_from=self.docname)})"

    def _term(self, content: str) -> str:
        text, target = _explicit(content)
        address = self.links.page("book/glossary", seen_from=self.docname)
        return f"[{text or target}]({address})"

    def _cite_in_brackets(self, keys: str) -> str:
        return (
            f"({'; '.join(self._citation(key, '{}, {}') for key in keys.split(','))})"
        )

    def _cite_in_text(self, keys: str) -> str:
        return ", ".join(self._citation(key, "{} ({})") for key in keys.split(","))

    def _citation(self, key: str, form: str) -> str:
        key = key.strip()
        if key not in self.index.references:
            raise self._error(f"no entry {key!r} in book/references.bib")
        if key not in self.cited:
            self.cited.append(key)
        entry = self.index.references[key]
        text = form.format(_authors(entry), entry.fields.get("year", "undated"))
        address = self.links.page("book/bibliography", seen_from=self.docname)
        return f"[{text}]({address})"

    def _reference(self, key: str) -> str:
        entry = self.index.references[key]
        title = re.sub(r"[{}]", "", entry.fields.get("title", ""))
        return f"{_authors(entry)} ({entry.fields.get('year', 'undated')}). {title}."

    def _link(self, match: re.Match) -> str:
        text, target = match["text"], match["target"]
        if match["bang"]:
            return f"![{text}]({self.links.file(target, seen_from=self.docname)})"
        text = self.inline(text)
        if re.match(r"[a-z]+:", target):
            return f"[{text}]({target})"
        if target.startswith("#"):
            return self._ref(f"{text} <{target[1:]}>" if text else target[1:])
        path, _, label = target.partition("#")
        if path.endswith(".md"):
            if label in self.index.labels:
                return self._ref(f"{text} <{label}>" if text else label)
            folder = posixpath.dirname(self.docname)
            page = posixpath.normpath(f"{folder}/{path[:-3]}")
            return self._page_link(page, text)
        if target in self.index.labels:
            return self._ref(f"{text} <{target}>" if text else target)
        return f"[{text}]({self.links.file(target, seen_from=self.docname)})"

    def _label(self, name: str, *kinds: str) -> Label:
        label = self.index.labels.get(name)
        if label is None or label.kind not in kinds:
            raise self._error(f"no {' or '.join(kinds)} has the label {name!r}")
        return label

    def _html(self, text: str) -> str:
        """Write a line of Markdown as HTML, for a summary; formulas stay formulas."""

        def piece(match: re.Match) -> str:
            if match["math"]:
                return match["math"].replace("<", r"\lt ").replace(">", r"\gt ")
            if match["code"]:
                code = match["code"].strip("`").strip()
                return f"<code>{html.escape(code, quote=False)}</code>"
            if match["text"] is not None:
                return f'<a href="{match["target"]}">{match["text"]}</a>'
            return html.escape(match[0], quote=False)

        converted, position, parts = self.inline(text), 0, []
        for match in INLINE.finditer(converted):
            parts.append(html.escape(converted[position : match.start()], quote=False))
            parts.append(piece(match))
            position = match.end()
        parts.append(html.escape(converted[position:], quote=False))
        joined = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", "".join(parts))
        return re.sub(r"(?<!\*)\*(?!\s)([^*]+)\*", r"<em>\1</em>", joined)

    def _error(self, message: str) -> PageError:
        return PageError(f"{self.docname}.md: {message}")


def _closing(lines: list[str], start: int, fence: str) -> int | None:
    """Return the line that closes a fence: the same mark, at least as long."""
    pattern = re.compile(rf"\s*{re.escape(fence[0])}{{{len(fence)},}}\s*")
    for position in range(start + 1, len(lines)):
        if pattern.fullmatch(lines[position]):
            return position
    return None


def _outdent(line: str, width: int) -> str:
    return line[width:] if not line[:width].strip() else line


def _split_options(body: list[str]) -> tuple[dict[str, str], list[str]]:
    """Split a directive's body into its ``:key: value`` lines and the rest."""
    options: dict[str, str] = {}
    position = 0
    while position < len(body):
        option = re.match(
            r"\s*:(?P<key>[\w-]+):(?:[ \t]+(?P<value>.*))?$", body[position]
        )
        if option is None:
            break
        options[option["key"]] = (option["value"] or "").strip()
        position += 1
    return options, body[position:]


def _explicit(content: str) -> tuple[str | None, str]:
    """Split ``text <target>``; without a text, return (None, target)."""
    match = EXPLICIT.match(content)
    return (match["text"], match["target"]) if match else (None, content)


def _quote(blocks: list[str]) -> str:
    lines = "\n\n".join(blocks).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _folded(summary: str, blocks: list[str]) -> str:
    body = "\n\n".join(blocks)
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _authors(entry: object) -> str:
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [
        re.sub(r"[{}]", "", " ".join(p.prelast_names + p.last_names)) for p in people
    ]
    if not names:
        return re.sub(r"[{}]", "", entry.fields.get("title", entry.key))
    if len(names) == 1:
        return names[0]
    return f"{names[0]} and {names[1]}" if len(names) == 2 else f"{names[0]} et al."


def _slug(heading: str) -> str:
    """Return the site's fragment for a heading, as Sphinx makes it."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
