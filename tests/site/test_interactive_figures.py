"""Interactive figures answer to the keyboard, and show what Python computes.

What a frame should be is computed here from the sliders' labels and the data, not read
from the frames that the page carries.
"""

import json
import math
import re

import browsers
import built_site
import numpy as np
import pytest
from built_site import PAGES, SITE

from dlbook.autograd import Value
from dlbook.data import (
    load_digits,
    load_iris,
    make_moons,
    standardize,
    stratified_split,
)

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


def on_the_curve(labels, figure):
    """Compute value and slope by their formulas."""
    name, z = labels[0], float(labels[1].replace("−", "-"))
    sigma = 1 / (1 + math.exp(-z))
    phi = (1 + math.erf(z / math.sqrt(2))) / 2
    bell = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    below = math.exp(min(z, 0.0))
    value, slope = {
        "sigmoid": (sigma, sigma * (1 - sigma)),
        "tanh": (math.tanh(z), 1 / math.cosh(z) ** 2),
        "ReLU": (max(z, 0.0), float(z > 0)),
        "leaky ReLU": (max(z, 0.01 * z), 1.0 if z > 0 else 0.01),
        "ELU": (z if z > 0 else below - 1, below),
        "GELU": (z * phi, phi + z * bell),
        "SiLU": (z * sigma, sigma + z * sigma * (1 - sigma)),
    }[name]
    said = figure.locator(".dlbook-says").inner_text()
    assert said.startswith(f"{name} at z = {labels[1]}: ")
    np.testing.assert_allclose(numbers(said), [z, value, slope], atol=0.0006)
    assert ("It falls here" in said) == (slope <= -0.01)
    assert ("corner" in said) == (z == 0 and "ReLU" in name)


def border_of_a_width(labels, figure):
    """Fit the output layer anew, by the pseudo-inverse."""
    rng = np.random.default_rng(0)
    training = make_moons(120, noise=0.25, rng=rng, dtype=np.float64)
    test = make_moons(1000, noise=0.25, rng=rng, dtype=np.float64)
    rng = np.random.default_rng(int(labels[1].removeprefix("draw ")) - 1)
    width = int(labels[0])
    weight, bias = rng.standard_normal((width, 2)), rng.standard_normal(width)

    def features(x):
        x = (x - training.inputs.mean(0)) / training.inputs.std(0)
        return np.column_stack([np.maximum(x @ weight.T + bias, 0), np.ones(len(x))])

    output = np.linalg.pinv(features(training.inputs)) @ (2 * training.targets - 1)
    wrong = (features(training.inputs) @ output > 0) != (training.targets == 1)
    missed = (features(test.inputs) @ output > 0) != (test.targets == 1)
    said = figure.locator(".dlbook-says").inner_text()
    count, share = re.search(r": (\d+) of the 120 .* and ([\d.]+)%", said).groups()
    assert abs(int(count) - wrong.sum()) <= 1  # a point may lie on the border
    assert abs(float(share) - 100 * missed.mean()) <= 0.5
    rings = figure.locator('[data-part="ring"][visibility="visible"]').count()
    assert rings == int(count)


def network(labels, figure):
    """Compare the slopes shown at the end with those that nudging finds."""
    step, last = map(int, labels[0].split(" of "))
    shown = {
        part.get_attribute("data-part"): part.text_content().replace("−", "-")
        for part in figure.locator('[data-part^="slope "]').all()
    }
    if step == 0:
        assert not any(shown.values())
    if step < last:
        return
    weights = [[2.0, -1.0, 0.0], [1.0, 1.0, -1.0], [3.0, -2.0, 0.0]]  # bias last

    def loss(h, unit, k):
        nudged = np.array(weights)
        nudged[unit, k] += h
        hidden = 1 / (1 + np.exp(-nudged[:2] @ [1.0, 2.0, 1.0]))
        answer = 1 / (1 + np.exp(-nudged[2] @ [*hidden, 1.0]))
        return (answer - 1.0) ** 2 / 2

    for unit, name in enumerate(("hidden 1", "hidden 2", "output")):
        for k in range(2):
            slope = (loss(1e-5, unit, k) - loss(-1e-5, unit, k)) / 2e-5
            text = shown[f"slope {name} {k + 1}"].removeprefix("∂ ")
            np.testing.assert_allclose(float(text), slope, rtol=1e-3)


def walk_on_a_loss_surface(labels, figure):
    """Walk again with the slopes that central differences give."""
    x = np.array([-3.0, -2.0, -0.5, 0.5, 2.0, 3.0])
    y = np.array([0, 0, 1, 0, 1, 1])

    def loss(place):
        p = 1 / (1 + np.exp(-(place[0] * x + place[1])))
        if labels[0] == "squared error":
            return np.mean((p - y) ** 2)
        return -np.mean(np.log(np.where(y == 1, p, 1 - p)))

    def slope(place):
        moved = 1e-5 * np.eye(2)
        return np.array([(loss(place + h) - loss(place - h)) / 2e-5 for h in moved])

    found = re.findall(r"[wb] = (−?\d+)", labels[1])
    place = np.array([float(n.replace("−", "-")) for n in found])
    for _ in range(int(labels[2])):
        place = place - 0.5 * slope(place)
    said = numbers(figure.locator(".dlbook-says").inner_text())
    wanted = [*place, loss(place), np.hypot(*slope(place))]
    np.testing.assert_allclose(said, wanted, atol=0.006)


def learning_at_a_rate(labels, figure):
    """Train again by explicit formulas, without layers, optimizers or a loop of fit."""
    rng = np.random.default_rng(0)
    rest, _ = stratified_split(load_digits(), rng=rng)
    training, validation = stratified_split(rest, rng=rng)
    training, held_out = standardize(training, validation)
    rule, rate = labels[0], float(labels[1])
    rng = np.random.default_rng(0)
    weights = []
    for fan_in, fan_out in ((64, 32), (32, 10)):
        bound = 1 / np.sqrt(fan_in)
        for shape in ((fan_out, fan_in), (fan_out,)):
            weights.append(rng.uniform(-bound, bound, shape).astype(np.float32))
    means, squares = ([np.zeros_like(w) for w in weights] for _ in range(2))
    step, losses = 0, []
    with np.errstate(all="ignore"):
        for _ in range(12):
            order, total = rng.permutation(len(training)), 0.0
            for start in range(0, len(order), 32):
                chosen = order[start : start + 32]
                x, y = training.inputs[chosen], training.targets[chosen]
                hidden = np.maximum(x @ weights[0].T + weights[1], 0)
                scores = hidden @ weights[2].T + weights[3]
                p = scores - scores.max(axis=1, keepdims=True)
                p -= np.log(np.exp(p).sum(axis=1, keepdims=True))
                total -= p[np.arange(len(y)), y].sum()
                delta = (np.exp(p) - np.eye(10, dtype=np.float32)[y]) / len(y)
                below = (delta @ weights[2]) * (hidden > 0)
                step += 1
                grads = (below.T @ x, below.sum(0), delta.T @ hidden, delta.sum(0))
                for w, g, m, v in zip(weights, grads, means, squares, strict=True):
                    if rule == "Adam":
                        m += 0.1 * (g - m)
                        v += 0.001 * (g * g - v)
                        root = np.sqrt(v / (1 - 0.999**step)) + 1e-8
                        g = m / (1 - 0.9**step) / root
                    w -= rate * g
            losses.append(total / len(order))
    said = figure.locator(".dlbook-says").inner_text()
    assert said.startswith(f"{rule}, {labels[1]}: ")
    loss, share = re.search(r"loss ([\d.e+-]+) in .* ([\d.]+)% of", said).groups()
    hidden = np.maximum(held_out.inputs @ weights[0].T + weights[1], 0)
    right = (hidden @ weights[2].T + weights[3]).argmax(1) == held_out.targets
    if rate <= 0.1:  # beyond, rounding decides the course of the run
        assert float(loss) == pytest.approx(losses[-1], rel=0.1, abs=2e-3)
        assert abs(float(share) - 100 * right.mean()) <= 1.5


EXPECTED = {
    "activation-explorer": on_the_curve,
    "neuron-explorer": explorer,
    "perceptron-steps": steps_of_the_rule,
    "backward-stepper": walk_back,
    "network-stepper": network,
    "width-explorer": border_of_a_width,
    "loss-surfaces": walk_on_a_loss_surface,
    "rate-explorer": learning_at_a_rate,
}

WITHOUT_STEPS = {  # each position stands alone
    "activation-explorer",
    "neuron-explorer",
    "rate-explorer",
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
        assert figure.name in WITHOUT_STEPS
        return
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
