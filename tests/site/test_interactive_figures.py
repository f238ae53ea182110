"""Interactive figures answer to the keyboard, and show what Python computes.

What a frame should be is computed here from the sliders' labels and the data, not read
from the frames that the page carries.
"""

import json
import re
from contextlib import ExitStack

import browsers
import figures_backprop
import figures_cnn
import figures_compression
import figures_neurons
import figures_optimization
import figures_regularization
import figures_rnn
import figures_transformer
import pytest
from built_site import PAGES, SITE

FIGURE = "div.dlbook-figure"
OPENING = re.compile(r'<div class="dlbook-figure"[^>]*? data-name="([^"]+)"')
FIGURES = [
    (page, name)
    for page in PAGES
    for name in OPENING.findall((SITE / page).read_text("utf-8"))
]
POSITIONS = (0.0, 0.25, 0.5, 0.8, 1.0)  # of the way along each slider
FEW_KEYS = 8  # a longer way takes one step

EXPECTED = {
    **figures_neurons.EXPECTED,
    **figures_backprop.EXPECTED,
    **figures_cnn.EXPECTED,
    **figures_rnn.EXPECTED,
    **figures_transformer.EXPECTED,
    **figures_optimization.EXPECTED,
    **figures_regularization.EXPECTED,
    **figures_compression.EXPECTED,
}

WITHOUT_STEPS = {  # each position stands alone
    "activation-explorer",
    "adaptive-steps",
    "batch-norm-modes",
    "digit-changes",
    "gain-explorer",
    "kernel-explorer",
    "lenet-maps",
    "lstm-step",
    "neuron-explorer",
    "quantization-grid",
    "rate-explorer",
    "roofline",
    "schedule-composer",
    "soft-targets",
    "temperature",
    "width-explorer",
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
    if "given" in data:  # computed in the browser: no frame to compare with
        return labels
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


@pytest.fixture(scope="module")
def open_page(browser, base):
    """Open a page, or say that it is the open one: a page has several figures."""
    with ExitStack() as stack:
        last: dict[str, browsers.Visit] = {}

        def opened(page):
            if page not in last:
                stack.close()
                last.clear()
                visit = browsers.visit(
                    browser, base, page, size="phone", formulas=False
                )
                last[page] = stack.enter_context(visit)
            return last[page]

        yield opened


@pytest.fixture(scope="module", params=FIGURES, ids=lambda f: f"{f[0]}-{f[1]}")
def figure(request, open_page):
    page, name = request.param
    visit = open_page(page)
    found = visit.page.locator(f'{FIGURE}[data-name="{name}"]')
    found.name = name
    yield found
    assert not visit.messages


def move(slider, place):
    """Set a slider by the keyboard's arrows; where that takes long, at once."""
    slider.focus()
    if place > FEW_KEYS:
        slider.fill(str(place))
        return
    slider.press("Home")
    for _ in range(place):
        slider.press("ArrowRight")


@pytest.mark.parametrize("way", POSITIONS)
def test_the_page_shows_what_python_computes(figure, way):
    for slider in figure.locator("input[type=range]").all():
        move(slider, round(way * int(slider.get_attribute("max"))))
    labels = shown_frame(figure)
    EXPECTED[figure.name](labels, figure)


def test_a_computed_figure_answers_at_mixed_positions(figure):
    sliders = figure.locator("input[type=range]").all()
    if figure.get_attribute("data-computed") is None:
        return
    for start in (0, 5, 12):
        for i, slider in enumerate(sliders):
            move(slider, (start + 7 * i) % (int(slider.get_attribute("max")) + 1))
        EXPECTED[figure.name](shown_frame(figure), figure)


def test_presets_set_the_sliders(figure):
    presets = figure.locator("button[data-places]").all()
    seen = set()
    for preset in presets:
        preset.press("Enter")
        assert preset.get_attribute("aria-pressed") == "true"
        labels = shown_frame(figure)
        EXPECTED[figure.name](labels, figure)
        for slider, place in zip(
            figure.locator("input[type=range]").all(),
            json.loads(preset.get_attribute("data-places")),
            strict=True,
        ):
            assert place is None or slider.input_value() == str(place)
        seen.add(tuple(labels))
    assert len(seen) == len(presets)


def test_buttons_go_on_go_back_and_play(figure):
    back, on, play = (
        figure.get_by_role("button", name=name, exact=True)
        for name in ("Back", "Next", "Play")
    )
    if not on.count():
        assert figure.name in WITHOUT_STEPS
        return
    for slider in figure.locator("input[type=range]").all():  # as on a first visit
        slider.evaluate(
            "e => { e.value = e.defaultValue; e.dispatchEvent(new Event('input')); }"
        )
    next_button = figure.page.get_by_role("button", name="Next", exact=True)
    slider = figure.locator(".dlbook-control", has=next_button).locator("input")
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


@pytest.mark.parametrize("page", dict.fromkeys(page for page, _ in FIGURES))
def test_without_scripts_there_is_a_picture_and_a_sentence(page, browser, base):
    context = browser.new_context(java_script_enabled=False)
    try:
        opened = context.new_page()
        opened.goto(base + page)
        figures = opened.locator(FIGURE).all()
        names = [figure.get_attribute("data-name") for figure in figures]
        assert names == [name for where, name in FIGURES if where == page]
        for figure in figures:
            assert figure.locator("svg").bounding_box()["height"] > 200
            assert len(figure.locator(".dlbook-says").inner_text()) > 20
    finally:
        context.close()
