"""The frame of a figure that the browser computes: what Python writes for it."""

import json
import re

import pytest

from dlbook.widgets import ComputedFigure, Frame, Scene, Slider


def figure(presets=None, part="dot"):
    scene = Scene(100)
    scene.add("circle", "dot", cx=0, cy=7)
    scene.text(0, 20, "before", "label")
    for _ in range(2):
        scene.add("rect", "box", width=5)

    def shown(x, y):
        changes = {
            (part, "cx"): 10.0 * x,
            ("label", "text"): f"{y} & more",
            ("box", "shown"): "10",
        }
        return Frame(changes, f"At {x}, {y}.")

    sliders = [
        Slider("x", [0, 1, 2], ["a", "b", "c"], start=1, group="both"),
        Slider("y", [5, 6], ["d", "e"], group="both"),
    ]
    # its script need not exist: convolution-arithmetic lends its name
    return ComputedFigure(
        "convolution-arithmetic",
        "A dot",
        scene,
        sliders,
        shown,
        {"n": 3, "text": "</script>"},
        presets,
    )


def test_without_a_script_the_picture_shows_the_start():
    text = figure()._repr_html_()
    assert '<circle data-part="dot" cx="10" cy="7">' in text
    assert ">5 &amp; more</text>" in text
    boxes = re.findall(r'<rect data-part="box" width="5" visibility="(\w+)">', text)
    assert boxes == ["visible", "hidden"]
    assert ">At 1, 5.</p>" in text


def test_the_own_script_stands_before_the_common_one():
    text = figure()._repr_html_()
    assert (
        0
        < text.index('dlbookFrames["convolution-arithmetic"] =')
        < text.rindex("function setUp")
    )
    assert re.search(r'<div class="dlbook-figure"[^>]* data-computed ', text)


def test_the_data_hold_the_controls_and_what_is_given():
    text = figure()._repr_html_()
    data = json.loads(re.search(r'class="dlbook-data">(.*?)</script>', text)[1])
    assert data["given"] == {"n": 3, "text": "</script>"}
    assert [c["labels"] for c in data["controls"]] == [["a", "b", "c"], ["d", "e"]]


def test_presets_are_buttons_and_tell_whether_they_hold():
    text = figure({"here": (1, None), "there": (1, 1)})._repr_html_()
    buttons = re.findall(
        r'data-places="([^"]*)" aria-pressed="(\w+)">(\w+)</button>', text
    )
    assert buttons == [("[1, null]", "true", "here"), ("[1, 1]", "false", "there")]


def test_a_group_has_one_heading_and_names_that_are_heard():
    text = figure()._repr_html_()
    assert text.count("<legend>both</legend>") == 1
    labels = re.findall(r'<label for="[^"]*" style="([^"]*)">(\w)</label>', text)
    assert [name for _, name in labels] == ["x", "y"]
    assert all("clip-path" in style for style, _ in labels)


@pytest.mark.parametrize("places", [(3, 0), (0,), (-1, 0), (0, None, None)])
def test_a_preset_that_no_slider_can_take_is_refused(places):
    with pytest.raises(ValueError, match="preset 'here' needs one position"):
        figure({"here": places})


def test_a_frame_that_does_not_fit_the_scene_is_refused():
    with pytest.raises(ValueError, match="no part"):
        figure(part="nobody")
