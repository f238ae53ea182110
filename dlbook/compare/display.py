"""How comparisons look on a page: one line that unfolds to a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WHAT_DIFFERENCE_MEANS = (
    "Difference: the largest distance from torch's number, divided by the largest "
    "magnitude in torch's array, rounded up to a power of ten."
)


def in_words(bound: float) -> str:
    """Return "at most 1e-15", or "0"."""
    return f"at most {bound:.0e}" if bound else "0"


def shape_in_words(shape: tuple[int, ...]) -> str:
    """Return "3 × 4", or "scalar"."""
    return " × ".join(str(size) for size in shape) or "scalar"


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a Markdown table."""

    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    return "\n".join(
        [line(header), "|" + "---|" * len(header), *(line(row) for row in rows)]
    )


def folded(summary: str, body: str) -> str:
    """Return Markdown that shows `summary` and, unfolded, `body`."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"
