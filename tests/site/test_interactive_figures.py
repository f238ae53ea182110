"""Interactive figures answer to the keyboard, and show what Python computes.

What a frame should be is computed here from the sliders' labels and the data, not read
from the frames that the page carries.
"""

import json
import re

import browsers
import built_site
import numpy as np
import pytest
from built_site import PAGES, SITE

from dlbook.autograd import Value
from dlbook.data import load_iris

FIGURE = "div.dlbook-figure"
FIGURES = [
    (page, figure["data-name"])
    for page in PAGES
    for figure in built_site.parse(SITE, page).select(FIGURE)
]
POSITIONS = (0.0, 0.25, 0.5, 0.8, 1.0)  # of the way along each slider
NUMBER = r"(−?\d+\.\d+)"


def iris():
    flowers = load_iris(
        classes=["setosa", "versicolor"],
        features=["petal length", "petal width"],
        dtype=np.float64,
    )
    return flowers.inputs, 2 * flowers.targets - 1


def numbers(text):
    """Return the numbers with decimals in a sentence."""
    return [float(n.replace("−", "-")) for n in re.findall(NUMBER, text)]


def wrong(x, y, w, b):
    return int((y * (x @ w + b) <= 0).sum())


def explorer(labels, figure):
    """Check the count of mistakes from the direction and shift that are shown."""
    x, y = iris()
    angle = np.radians(float(labels[0].rstrip("°")))
    w = np.array([np.cos(angle), np.sin(angle)])
    b = -w @ x.mean(axis=0) - float(labels[1].replace("−", "-"))
    said = figure.locator(".dlbook-says").inner_text()
    np.testing.assert_allclose(numbers(said)[:3], [*w, b], atol=0.006)
    count = wrong(x, y, w, b)
    assert f"{count} of 100 on the wrong side" in said
    assert figure.locator('[data-part="ring"][visibility="visible"]').count() == count


def steps_of_the_rule(labels, figure):
    """Run the rule again as far as the slider says."""
    x, y = iris()
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order], y[order]
    w, b, made = np.zeros(2), 0.0, 0
    for _ in range(100):
        for n in range(len(x)):
            if made < int(labels[0]) and y[n] * (x[n] @ w + b) <= 0:
                w, b, made = w + y[n] * x[n], b + y[n], made + 1
    said = figure.locator(".dlbook-says").inner_text()
    np.testing.assert_allclose(numbers(said), [*w, b], atol=0.006)
    assert f"{wrong(x, y, w, b)} of 100 on the wrong side" in said


def walk_back(labels, figure):
    """Compare what is shown at the end with the gradients that the engine computes."""
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    f = (a * b + c) * a
    f.backward()
    step, last = map(int, labels[0].split(" of "))
    texts = [
        text.replace("−", "-").removeprefix("grad ")
        for text in figure.locator('[data-part^="grad-"]').all_text_contents()
        if text
    ]
    if step == 0:
        assert texts == []
    if step == last:
        assert sorted(map(float, texts)) == sorted(node.grad for node in f.graph())


EXPECTED = {
    "neuron-explorer": explorer,
    "perceptron-steps": steps_of_the_rule,
    "backward-stepper": walk_back,
}


def shown_frame(figure):
    """Check that the picture is the frame that the sliders' positions name."""
    data = json.loads(figure.locator("script.dlbook-data").text_content())
    sliders = figure.locator("input[type=range]").all()
    frame, labels = 0, []
    for slider, control in zip(sliders, data["controls"], strict=True):
        place = int(slider.input_value())
        frame = frame * len(control["labels"]) + place
        labels.append(control["labels"][place])
        assert slider.get_attribute("aria-valuetext") == labels[-1]
    assert figure.locator("output").all_text_contents() == labels
    sentences = data["sentences"]
    assert (
        figure.locator(".dlbook-says").text_content()
        == sentences["values"][sentences["frames"][frame]]
    )
    for binding in data["bindings"]:
        value = binding["values"][binding["frames"][frame]]
        parts = figure.locator(f'[data-part="{binding["part"]}"]')
        if binding["attribute"] == "shown":
            seen = parts.evaluate_all(
                "all => all.map(e => e.getAttribute('visibility'))"
            )
            assert ["visible" if digit == "1" else "hidden" for digit in value] == seen
        elif binding["attribute"] == "text":
            assert parts.text_content() == value
        else:
            assert parts.get_attribute(binding["attribute"]) == value
    return labels


def test_every_figure_is_known():
    assert {name for _, name in FIGURES} == set(EXPECTED)


@pytest.fixture(scope="module", params=FIGURES, ids=lambda f: f"{f[0]}-{f[1]}")
def figure(request, browser, base):
    page, name = request.param
    with browsers.visit(browser, base, page, size="phone") as visit:
        opened = visit.page.locator(f'{FIGURE}[data-name="{name}"]')
        opened.name, opened.visit = name, visit
        yield opened
        assert not visit.messages


@pytest.mark.parametrize("way", POSITIONS)
def test_the_page_shows_what_python_computes(figure, way):
    keyboard = figure.page.keyboard
    for slider in figure.locator("input[type=range]").all():
        slider.focus()
        keyboard.press("Home")
        for _ in range(round(way * int(slider.get_attribute("max")))):
            keyboard.press("ArrowRight")
    labels = shown_frame(figure)
    EXPECTED[figure.name](labels, figure)


def test_buttons_go_on_go_back_and_play(figure):
    back, on, play = (
        figure.get_by_role("button", name=name, exact=True)
        for name in ("Back", "Next", "Play")
    )
    if not on.count():
        assert figure.name == "neuron-explorer"  # nothing to step through
        return
    slider = figure.locator("input[type=range]")
    slider.focus()
    figure.page.keyboard.press("Home")
    for button, place in ((back, "0"), (on, "1"), (on, "2"), (back, "1")):
        button.press("Enter")
        assert slider.input_value() == place
        shown_frame(figure)
    play.press("Enter")
    pause = figure.get_by_role("button", name="Pause", exact=True)
    figure.page.wait_for_function(
        "slider => slider.value === '2'", arg=slider.element_handle(), timeout=5000
    )
    shown_frame(figure)
    pause.press("Enter")
    assert play.count() == 1


@pytest.mark.parametrize(("page", "name"), FIGURES)
def test_without_scripts_there_is_a_picture_and_a_sentence(page, name, browser, base):
    context = browser.new_context(java_script_enabled=False)
    try:
        opened = context.new_page()
        opened.goto(base + page)
        figure = opened.locator(f'{FIGURE}[data-name="{name}"]')
        assert figure.locator("svg").bounding_box()["height"] > 200
        assert len(figure.locator(".dlbook-says").inner_text()) > 20
    finally:
        context.close()
