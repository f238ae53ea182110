"""The anatomy of a page: which sections it has, in which order, and what each holds.

A page of a part (``book/<part>/<page>.md``) begins with its title, one paragraph that
promises what the reader will build, the page card and the box *Recall* with three
folded questions. Then follow sections whose headings begin with the words of `SECTIONS`
(after a colon they may go on); others may stand between them. The first heading is a
question.

Boxes *Predict* ask the reader to commit to a result; after the code a paragraph that
begins "**Answer.**" says what happens and what a wrong guess reveals.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from pages import PageError, prose, read_page
from plain_markdown import DIRECTIVE, FENCE
from rules_cells import alternative, syntax_tree

SECTIONS = (
    ("A pencil example", True),
    ("By hand", True),
    ("The mathematics", True),
    ("As the package has it", True),
    ("As torch has it", True),
    ("How fast", False),
    ("On real data", False),
    ("A claim put to the test", False),
    ("Play", True),
    ("What goes wrong", True),
    ("Exercises", True),
    ("Summary", True),
    ("References", True),
)
"""Beginning of each heading, in order, and whether every page has the section."""

SPELLINGS = {"Claims put to the test": "A claim put to the test"}
LONGEST_CELL_BY_HAND = 15
FEWEST_PREDICTIONS = 2
EXERCISES = 4
SUMMARY_LINES = 5
READING_MINUTES = (15, 30)

TORCH = ("compare_with_torch", "compare_case", "compare_training")


@dataclass
class Section:
    """A heading and what stands below it, subsections included."""

    title: str
    text: str = ""
    cells: list[nbformat.NotebookNode] = field(default_factory=list)
    order: list[str] = field(default_factory=list)  # "code", "predict", "answer"
    subsections: list[Section] = field(default_factory=list)

    @property
    def code(self) -> str:
        """The code of all cells, one after the other."""
        return "\n\n".join(cell.source for cell in self.cells)

    def calls(self) -> list[str]:
        """Return the names that the cells call, such as ``plots.scatter``."""
        return [
            ast.unparse(node.func)
            for cell in self.cells
            for node in ast.walk(syntax_tree(cell, self.title))
            if isinstance(node, ast.Call)
        ]


def sections(path: Path) -> list[Section]:
    """Split a page at its headings: first what precedes the first ``##``."""
    found = [Section("")]
    for cell in read_page(path).cells:
        if cell.cell_type == "code":
            for section in _open(found):
                section.cells.append(cell)
                section.order.append("code")
            continue
        for line, is_prose in _marked(cell.source):
            heading = re.match(r"(#{1,3}) +(.*)", line) if is_prose else None
            if heading and len(heading[1]) == 2:
                found.append(Section(heading[2].strip()))
                continue
            if heading and len(heading[1]) == 3:
                found[-1].subsections.append(Section(heading[2].strip()))
            for section in _open(found):
                section.text += line + "\n"
                if re.match(r"[:`]{3,}\{admonition\} *Predict\b", line.strip()):
                    section.order.append("predict")
                if line.startswith("**Answer.**"):
                    section.order.append("answer")
    return found


def _open(found: list[Section]) -> list[Section]:
    """Return the sections that are being read: the last, and its last subsection."""
    return [found[-1], *found[-1].subsections[-1:]]


def _marked(text: str) -> list[tuple[str, bool]]:
    """Return each line and whether it is prose outside of any fence."""
    lines: list[tuple[str, bool]] = []
    fences: list[tuple[str, bool]] = []  # the marks, and whether a directive
    for line in text.splitlines():
        fence = FENCE.match(line)
        inside = bool(fences)
        if fence:
            mark, rest = fence["fence"], fence["rest"].strip()
            if fences and not rest and mark.startswith(fences[-1][0]):
                fences.pop()
            elif not fences or fences[-1][1]:  # nothing opens inside a code block
                fences.append((mark, DIRECTIVE.match(rest) is not None))
        lines.append((line, not inside and not fence))
    return lines


def anatomy_faults(path: Path) -> list[str]:
    """Return what a page lacks or has in the wrong place, a sentence each."""
    try:
        opening, *rest = sections(path)
        faults = [
            *_opening_faults(opening, prose(path)),
            *_order_faults(rest),
            *_content_faults(rest),
        ]
        for section in [opening, *rest]:
            faults += _prediction_faults(section)
        boxes = sum(section.order.count("predict") for section in rest)
        if boxes < FEWEST_PREDICTIONS:
            faults.append(f"has {boxes} Predict boxes, needs {FEWEST_PREDICTIONS}")
        faults += _reference_faults(rest, prose(path))
    except PageError as error:
        return [str(error)]
    return [f"{path.name}: {fault}" for fault in faults]


def _opening_faults(opening: Section, text: str) -> list[str]:
    faults = []
    titles = re.findall(r"^# +.+$", opening.text, re.M)
    if len(titles) != 1:
        faults.append(f"needs one title (# ...) before the first ##, has {len(titles)}")
    after_title = opening.text.partition(titles[0])[2] if titles else ""
    promise = after_title.strip().split("\n\n")[0]
    if not re.match(r"[A-Z*$]", promise):
        faults.append("needs a paragraph that promises something after the title")
    card = re.search(r"\{page-card\}\s*\n(?P<options>(?::.*\n)*)", text)
    if card is None:
        faults.append("has no {page-card}")
    else:
        minutes = re.search(r":minutes:\s*(\d+)", card["options"])
        low, high = READING_MINUTES
        if minutes is None or not low <= int(minutes[1]) <= high:
            faults.append(f"the card's :minutes: must be {low} to {high}")
        if ":needs:" not in card["options"]:
            faults.append("the card has no :needs:")
    recall = re.search(r"\{admonition\} *Recall\b", opening.text)
    questions = re.findall(r"\{dropdown\} *(.+)", opening.text)
    if recall is None:
        faults.append("has no box {admonition} Recall before the first ##")
    if len(questions) != 3 or not all(q.strip().endswith("?") for q in questions):
        faults.append("Recall needs three {dropdown}s whose titles are questions")
    return faults


def _kind(title: str) -> str | None:
    """Return the section of `SECTIONS` that a heading begins, or None."""
    begin = title.split(":")[0].strip()
    begin = SPELLINGS.get(begin, begin)
    return begin if begin in dict(SECTIONS) else None


def _order_faults(found: list[Section]) -> list[str]:
    faults = []
    if not found or not found[0].title.endswith("?"):
        faults.append("the first ## must be a question (end with ?)")
    kinds = [kind for kind in (_kind(section.title) for section in found) if kind]
    for name, required in SECTIONS:
        if required and name not in kinds:
            faults.append(f"has no section '## {name}'")
        if kinds.count(name) > 1:
            faults.append(f"has the section '## {name}' more than once")
    expected = [name for name, _ in SECTIONS if name in kinds]
    if list(dict.fromkeys(kinds)) != expected:
        faults.append(f"has its sections in the order {kinds}, expected {expected}")
    return faults


def _content_faults(found: list[Section]) -> list[str]:
    faults = []
    by_kind = {_kind(section.title): section for section in found}

    def need(name: str, is_there: bool, what: str) -> None:
        if not is_there:
            faults.append(f"'## {name}' needs {what}")

    if found:
        question = found[0]
        seen = any(alternative(cell) for cell in question.cells)
        seen = seen or "{figure}" in question.text or bool(question.cells)
        need(question.title, seen, "an experiment (a cell) or a picture")
    if hand := by_kind.get("By hand"):
        faults += _by_hand_faults(hand)
    if mathematics := by_kind.get("The mathematics"):
        numbered = re.search(r"\$\$[ \t]*\([^)]+\)|:label:", mathematics.text)
        need(
            mathematics.title, bool(numbered), "a numbered equation: $$ ... $$ (label)"
        )
    if package := by_kind.get("As the package has it"):
        need(package.title, "show_source" in package.calls(), "show_source(...)")
        asserted = re.search(r"^\s*assert\b|\bassert_\w+\(", package.code, re.M)
        need(package.title, bool(asserted), "an assertion: by hand == package")
    if torch := by_kind.get("As torch has it"):
        calls = {call.split(".")[-1] for call in torch.calls()}
        need(torch.title, bool(calls & set(TORCH)), f"one of {', '.join(TORCH)}")
    if claim := by_kind.get("A claim put to the test"):
        calls = {call.split(".")[-1] for call in claim.calls()}
        wanted = {"check_claim", "show_recorded"}
        need(
            claim.title, bool(calls & wanted), "check_claim(...) or show_recorded(...)"
        )
    if play := by_kind.get("Play"):
        moved = any(call.startswith("widgets.") for call in play.calls())
        need(play.title, moved, "a call of dlbook.widgets")
    if wrong := by_kind.get("What goes wrong"):
        need(wrong.title, bool(wrong.cells), "a cell that provokes the failure")
    if tasks := by_kind.get("Exercises"):
        number = len(tasks.subsections)
        need(
            tasks.title,
            number == EXERCISES,
            f"{EXERCISES} exercises (###), has {number}",
        )
    if summary := by_kind.get("Summary"):
        number = len(re.findall(r"^(?:[-*]|\d+\.) ", summary.text, re.M))
        need(
            summary.title,
            number == SUMMARY_LINES,
            f"{SUMMARY_LINES} items, has {number}",
        )
    return faults


def _by_hand_faults(hand: Section) -> list[str]:
    faults = []
    if not hand.cells:
        faults.append(f"'## {hand.title}' needs code")
    for cell in hand.cells:
        lines = [
            line
            for line in cell.source.splitlines()
            if line.strip() and not line.strip().startswith("#")
        ]
        begin = lines[0] if lines else ""
        if len(lines) > LONGEST_CELL_BY_HAND:
            faults.append(
                f"'## {hand.title}': the cell {begin!r} has {len(lines)} lines, at "
                f"most {LONGEST_CELL_BY_HAND} are allowed"
            )
        if re.search(r"^\s*(?:from|import) dlbook", cell.source, re.M):
            faults.append(f"'## {hand.title}': the cell {begin!r} imports dlbook")
    return faults


def _prediction_faults(section: Section) -> list[str]:
    """Each Predict box is followed by code, then by an answer, in its section."""
    faults = []
    for position, item in enumerate(section.order):
        if item != "predict":
            continue
        after = section.order[position + 1 :]
        until_next = after[: after.index("predict")] if "predict" in after else after
        if "code" not in until_next:
            faults.append(f"'## {section.title}': no code follows a Predict box")
        elif "answer" not in until_next[until_next.index("code") :]:
            faults.append(
                f"'## {section.title}': no paragraph beginning '**Answer.**' follows "
                "the code after a Predict box"
            )
    return faults


def _reference_faults(found: list[Section], text: str) -> list[str]:
    """Every work the page cites is listed under References, and each item cites one."""
    listed = next((s for s in found if _kind(s.title) == "References"), None)
    if listed is None:
        return []
    faults = []
    citation = r"\{cite(?::[tp])?\}`([^`]+)`"
    items = re.findall(r"^[-*] (.*)$", listed.text, re.M)
    if not items:
        faults.append("'## References' needs a list")
    faults += [
        f"'## References': the item {item[:40]!r} cites nothing"
        for item in items
        if not re.search(citation, item)
    ]

    def keys(where: str) -> set[str]:
        return {k.strip() for c in re.findall(citation, where) for k in c.split(",")}

    for key in sorted(keys(text) - keys(listed.text)):
        faults.append(f"cites {key} and does not list it under References")
    return faults
