"""Tables that are read off the package: the ledger, the exercises, what equals torch.

::

    ```{claims-table}
    ```

    ```{exercise-index}
    ```

    ```{parity-table}
    ```

Nothing is typed in twice: the rows come from `dlbook.claims`, `dlbook.exercises` and
the contract rows of the tests. A table without rows is an error.
"""

import statistics
import sys
from collections.abc import Iterable
from itertools import groupby

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

FAMILIES = {
    "Tensor": "Tensor",
    "autograd": "Functions of tensors, `dlbook.autograd`",
    "functional": "Functions, `dlbook.functional`",
    "nn": "Layers, `dlbook.nn`",
    "optim": "Optimizers, `dlbook.optim`",
    "lr_scheduler": "Schedules, `dlbook.optim.lr_scheduler`",
}


class ReferenceTable(SphinxDirective):
    """Writes Markdown, which the page's own parser turns into a table."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        """Parse the table as if it stood in the page."""
        self.env.note_reread()  # the package may have changed, the page has not
        lines = list(self.lines())
        if not lines:
            raise self.error(f"{self.name}: the package offers no rows")
        here, _ = self.get_source_info()
        place = nodes.container(classes=[self.name])
        self.state.nested_parse(StringList(lines, here), self.content_offset, place)
        return [place]

    def lines(self) -> Iterable[str]:
        """Return the lines of Markdown."""
        raise NotImplementedError


class ClaimsTable(ReferenceTable):
    """Every claim of the ledger, with its band and verdict."""

    def lines(self) -> Iterable[str]:
        """Return one table, a row for each claim."""
        from dlbook.claims import all_claims

        rows = [
            (
                f"{claim['statement']} {{cite:p}}`{claim['paper']}`, {claim['place']}",
                claim["published"],
                f"{claim['mean_text']}, {counted(len(claim['values']), 'seed')}"
                if claim["seeds"]
                else claim["mean_text"],
                claim["band_text"],
                f"**{claim['verdict']}**",
                f"{{doc}}`/{claim['page']}`",
            )
            for claim in all_claims()
        ]
        header = ("claim", "published", "measured", "band", "verdict", "page")
        return markdown_table(header, rows)


class ExerciseIndex(ReferenceTable):
    """Every exercise, page by page in the order of the book."""

    def lines(self) -> Iterable[str]:
        """Return a table for each page."""
        from dlbook.exercises import all_exercises

        order = list(self.config.external_site_map)
        exercises = sorted(all_exercises(), key=lambda e: order.index(e["page"]))
        for page, group in groupby(exercises, key=lambda e: e["page"]):
            rows = [
                (
                    f"[{e['title']}](/{page}.md#{nodes.make_id(e['title'])})",
                    e["level"],
                    f"`{e['id']}`",
                )
                for e in group
            ]
            yield from ("", f"{{doc}}`/{page}`", "")
            yield from markdown_table(("exercise", "how much to write", "id"), rows)


class ParityTable(ReferenceTable):
    """Every public name that is compared with torch, family by family."""

    def lines(self) -> Iterable[str]:
        """Return a table for each family."""
        if self.env.srcdir not in sys.path:
            sys.path.insert(0, str(self.env.srcdir))  # the rows live beside the tests
        from tests.contracts import rows

        everything = rows()
        for family, heading in FAMILIES.items():
            records = [row for row in everything if row["family"] == family]
            cases = sum(len(record["cases"]) for record in records)
            yield from (
                "",
                f"**{heading}**: {counted(len(records), 'name')}, "
                f"{counted(cases, 'case')}",
                "",
            )
            yield from markdown_table(
                ("name", "torch's", "cases", "options set", "float64", "float32"),
                [
                    (
                        f"`{record['name']}`",
                        f"`{record['torch']}`",
                        str(len(record["cases"])),
                        ", ".join(f"`{k}`" for k in record["keywords"]) or "none",
                        tolerance(record["rtol"]),
                        tolerance(record["rtol32"]),
                    )
                    for record in records
                ],
            )


def tolerance(allowed: list[float]) -> str:
    """Return the usual relative difference allowed, and the largest if it differs."""
    if not allowed:
        return "conversions only"
    usual, largest = statistics.mode(allowed), max(allowed)
    text = power(usual)
    return text if largest == usual else f"{text}; {power(largest)} at worst"


def power(number: float) -> str:
    """Write 0.00001 as 1e-5."""
    return f"{number:.0e}".replace("e-0", "e-")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it belongs."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def markdown_table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Return the lines of a Markdown table; none if there are no rows."""
    if not rows:
        return []
    cells = [header, ("---",) * len(header), *rows]
    return [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
        for row in cells
    ]


def setup(app):
    """Register the directives with Sphinx."""
    app.add_directive("claims-table", ClaimsTable)
    app.add_directive("exercise-index", ExerciseIndex)
    app.add_directive("parity-table", ParityTable)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
