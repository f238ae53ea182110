"""Figures whose boxes are links: text fits, boxes do not overlap, states are said."""

import re
from pathlib import Path

import pytest
import yaml
from figure_drawing import Drawing, draw_flow, draw_tree
from figure_text import text_width, wrap
from linked_figure import NARROW, WIDE, boxes_of, translated
from pages import docnames_in_order
from planned_pages import read_outline

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = {"neurons/neuron"}


def resolve(item):
    if item.get("later"):
        return None, "later"
    if "page" not in item:
        return None, ""
    return (item["page"], "") if item["page"] in WRITTEN else (None, "to come")


def figures():
    text = (ROOT / "book" / "map.md").read_text(encoding="utf-8")
    pattern = r"```\{linked-figure\} (\w+)\n(?::[^\n]*\n)*\n(.*?)```"
    return [
        (kind, yaml.safe_load(data)) for kind, data in re.findall(pattern, text, re.S)
    ]


def draw(kind, figure, width):
    drawing = Drawing("test", width, resolve)
    if kind == "tree":
        height = draw_tree(figure, drawing, 3 if width == WIDE else 2)
    else:
        height = draw_flow(figure, drawing, 210 if width == WIDE else 112)
    return drawing, height


def rectangles(svg):
    pattern = (
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="6"'
    )
    return [tuple(map(float, found)) for found in re.findall(pattern, svg)]


def test_map_has_three_figures():
    assert [kind for kind, _ in figures()] == ["tree", "tree", "flow"]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_boxes_are_nested_or_apart_and_inside_the_image(width):
    for kind, figure in figures():
        drawing, height = draw(kind, figure, width)
        boxes = rectangles(drawing.svg(height, "title", "wide"))
        assert len(boxes) >= len(boxes_of(figure))
        for x, y, w, h in boxes:
            assert min(x, y) >= 0
            assert x + w <= width
            assert y + h <= height
        for n, (x, y, w, h) in enumerate(boxes):
            for x2, y2, w2, h2 in boxes[n + 1 :]:
                apart = x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
                inside = x <= x2 and x2 + w2 <= x + w and y <= y2 and y2 + h2 <= y + h
                assert apart or inside


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_pages_that_are_written_are_links_and_no_others(width):
    for kind, figure in figures():
        drawing, height = draw(kind, figure, width)
        svg = drawing.svg(height, "title", "wide")
        linked = [item for item in boxes_of(figure) if item.get("page") in WRITTEN]
        assert svg.count("<a href=") == len(linked)
        waiting = [item for item in boxes_of(figure) if resolve(item)[1]]
        assert svg.count("stroke-dasharray") == len(waiting)
        assert svg.count(">to come<") + svg.count(">later<") == len(waiting)


def test_lines_are_as_narrow_as_asked_and_lose_nothing():
    text = "Generative adversarial networks draw new samples"
    for width in (90, 140, 400):
        lines = wrap(text, width, 14)
        assert " ".join(lines) == text
        assert all(text_width(line, 14) <= width or " " not in line for line in lines)


def test_chinese_text_breaks_between_characters():
    lines = wrap("卷积神经网络与循环神经网络", 60, 14)
    assert "".join(lines) == "卷积神经网络与循环神经网络"
    assert all(text_width(line, 14) <= 60 for line in lines)


def test_translation_changes_texts_and_keeps_page_names():
    figure = {"branches": [{"text": "a", "boxes": [{"text": "b", "page": "a"}]}]}
    result = translated(figure, {"a": "甲", "b": "乙"})
    assert result["branches"][0]["text"] == "甲"
    assert result["branches"][0]["boxes"] == [{"text": "乙", "page": "a"}]


def test_outline_holds_every_written_page_in_order():
    parts = yaml.safe_load((ROOT / "book" / "outline.yml").read_text(encoding="utf-8"))
    planned = [f"book/{part}/{page}" for part, pages in parts.items() for page in pages]
    written = [name for name in docnames_in_order(ROOT) if name.count("/") == 2]
    assert [name for name in planned if name in written] == written
    assert len(read_outline(ROOT)) == len(planned) == 31
