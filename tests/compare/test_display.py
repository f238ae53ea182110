from markdown_it import MarkdownIt

from dlbook.compare.display import folded, in_words, shape_in_words, table


def test_a_bound_is_said_as_a_power_of_ten():
    assert in_words(1e-15) == "at most 1e-15"
    assert in_words(0.0) == "0"


def test_shapes_read_as_products():
    assert shape_in_words((3, 4)) == "3 × 4"
    assert shape_in_words((7,)) == "7"
    assert shape_in_words(()) == "scalar"


def test_a_folded_table_is_a_table_inside_details():
    text = folded("one line", table(("a", "b"), [("1", "2"), ("3", "4")]))
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert html.startswith("<details><summary>one line</summary>")
    assert html.count("<tr>") == 3
    assert "<td>4</td>" in html
    assert html.rstrip().endswith("</details>")
