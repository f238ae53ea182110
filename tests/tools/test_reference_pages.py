import pytest
from markdown_it import MarkdownIt
from reference_pages import FAMILIES, counted, markdown_table, tolerance

from tests.contracts import rows


def test_a_table_is_markdown_and_a_bar_in_a_cell_does_not_end_it():
    lines = markdown_table(("a", "b"), [("1", "x | y"), ("2", "`z`")])
    html = MarkdownIt("commonmark").enable("table").render("\n".join(lines))
    assert html.count("<tr>") == 3
    assert "<td>x | y</td>" in html


def test_a_table_without_rows_is_nothing():
    assert markdown_table(("a",), []) == []


@pytest.mark.parametrize(
    ("allowed", "text"),
    [
        ([1e-10, 1e-10], "1e-10"),
        ([1e-5, 1e-5, 0.1], "1e-5; 1e-1 at worst"),
        ([], "conversions only"),
    ],
)
def test_a_tolerance_says_the_usual_and_the_worst(allowed, text):
    assert tolerance(allowed) == text


def test_numbers_go_with_their_nouns():
    assert counted(1, "seed") == "1 seed"
    assert counted(1104, "case") == "1,104 cases"


def test_every_family_of_rows_has_its_heading():
    assert {row["family"] for row in rows()} == set(FAMILIES)
