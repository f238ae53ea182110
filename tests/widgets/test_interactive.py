import json
from html.parser import HTMLParser

import pytest

from dlbook.widgets import Frame, InteractiveFigure, Scene, Slider


def figure(frame=None, **slider):
    scene = Scene(100)
    scene.add("circle", "dot", cx=0, cy=0)
    scene.text(0, 20, "", "label")
    for _ in range(2):
        scene.add("rect", "box", width=5)

    def shown(x, name):
        changes = {
            ("dot", "cx"): x / 3,
            ("label", "text"): name,
            ("box", "shown"): "10" if x else "11",
        }
        return Frame(changes, f"The dot is at {x}.")

    sliders = [
        Slider("place", [0, 1, 2], ["left", "middle", "right"], start=1, **slider),
        Slider("name", ["a<b", "c"], ["first", "second"]),
    ]
    return InteractiveFigure("test", "A dot", scene, sliders, frame or shown)


class Elements(HTMLParser):
    """Collects the elements of a figure, and checks that tags are balanced."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found, self.texts = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag != "input":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.texts.append(text)


def test_frames_count_like_an_odometer():
    data = figure().data()
    dot, label, box = data["bindings"]
    assert [dot["values"][i] for i in dot["frames"]] == [
        "0",
        "0",
        "0.3",
        "0.3",
        "0.7",
        "0.7",
    ]
    assert [label["values"][i] for i in label["frames"]] == ["a<b", "c"] * 3
    assert box["values"] == ["11", "10"]
    sentences = data["sentences"]
    assert sentences["values"][sentences["frames"][-1]] == "The dot is at 2."


def test_the_html_holds_data_controls_and_a_text_alternative():
    page = Elements(figure(steps=True)._repr_html_())
    tags = [tag for tag, _ in page.found]
    assert tags.count("input") == 2
    assert tags.count("button") == 3
    svg = next(attributes for tag, attributes in page.found if tag == "svg")
    assert (svg["role"], svg["aria-label"]) == ("img", "A dot")
    labels = {a["for"] for tag, a in page.found if tag == "label"}
    assert labels == {a["id"] for tag, a in page.found if tag == "input"}
    data = next(text for text in page.texts if text.startswith('{"controls"'))
    assert json.loads(data)["bindings"][1]["values"] == ["a<b", "c"]


def test_jupyterlab_leaves_the_arrow_keys_to_the_sliders():
    sliders = [a for tag, a in Elements(figure()._repr_html_()).found if tag == "input"]
    assert all(slider["data-lm-suppress-shortcuts"] == "true" for slider in sliders)


def test_data_cannot_end_the_script_element():
    assert "a<b" not in figure()._repr_html_()


def test_the_sentence_is_there_without_javascript():
    assert "The dot is at 1." in Elements(figure()._repr_html_()).texts


def test_nothing_is_fetched_and_nothing_evaluated():
    text = figure()._repr_html_()
    for forbidden in ("http:", "https:", "eval(", "Function(", "import("):
        assert forbidden not in text


def test_two_figures_have_different_ids_and_else_the_same_text():
    one, other = figure(), figure()
    assert one.number != other.number
    texts = [
        f._repr_html_()
        .replace(f"figure-{f.number}", "figure-N")
        .replace(f"figure {f.number}", "figure N")
        for f in (one, other)
    ]
    assert texts[0] == texts[1]
    assert (
        repr(one)
        == repr(other)
        == "Interactive figure test: place, name. The dot is at 1."
    )


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (lambda x, n: Frame({("nobody", "x"): 1}, ""), "no part"),
        (lambda x, n: Frame({("dot", "cx" if x else "cy"): 1}, ""), "different parts"),
        (lambda x, n: Frame({("box", "shown"): "1"}, ""), "one digit for each shape"),
    ],
)
def test_a_frame_that_does_not_fit_the_scene_is_refused(frame, message):
    with pytest.raises(ValueError, match=message):
        figure(frame)


@pytest.mark.parametrize(
    ("values", "labels", "start"),
    [([1], ["1"], 0), ([1, 2], ["1"], 0), ([1, 2], ["1", "2"], 2)],
)
def test_a_slider_that_cannot_be_moved_or_read_is_refused(values, labels, start):
    with pytest.raises(ValueError, match="slider 'x'"):
        Slider("x", values, labels, start)
