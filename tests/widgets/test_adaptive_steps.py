"""Adaptive rules in a valley: walks and rates are those of the package's optimizers."""

import re

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import Adagrad, Adam, RMSprop
from dlbook.widgets import adaptive_steps
from dlbook.widgets.adaptive_steps import (
    BETAS,
    CURVATURES,
    RATES,
    RULES,
    START,
    STEPS,
    VALLEYS,
    hessian,
    walk,
)


@pytest.fixture(scope="module")
def figure():
    return adaptive_steps()


def frame_at(figure, rule, rate, beta2, valley):
    place = RULES.index(rule)
    for choices, choice in ((RATES, rate), (BETAS, beta2), (list(VALLEYS), valley)):
        place = place * len(choices) + choices.index(choice)
    return figure.frames[place]


@pytest.mark.parametrize("turn", VALLEYS.values())
def test_the_valley_has_the_curvatures_that_it_says(turn):
    np.testing.assert_allclose(
        np.linalg.eigvalsh(hessian(turn)), sorted(CURVATURES), rtol=1e-12
    )


def test_the_turned_valley_is_steep_between_the_axes():
    steep = np.array([1.0, 1.0]) / np.sqrt(2)
    turned = hessian(VALLEYS["turned by 45°"])
    np.testing.assert_allclose(turned @ steep, CURVATURES[0] * steep, rtol=1e-12)


@pytest.mark.parametrize("turn", VALLEYS.values())
@pytest.mark.parametrize("rule", RULES[:3])
def test_a_walk_is_that_of_the_optimizer(rule, turn):
    rate, beta2 = 0.1, 0.99
    places, rates = walk(rule, turn, rate, beta2)
    weights = Tensor(np.array(START), requires_grad=True)
    optimizer = {
        "AdaGrad": lambda: Adagrad([weights], lr=rate, eps=1e-8),
        "RMSProp": lambda: RMSprop([weights], lr=rate, alpha=beta2),
        "Adam": lambda: Adam([weights], lr=rate, betas=(0.9, beta2)),
    }[rule]()
    for place in places:
        np.testing.assert_allclose(place, weights.data, rtol=1e-9, atol=1e-12)
        weights.grad = hessian(turn) @ weights.data
        optimizer.step()
    assert places.shape == (STEPS + 1, 2)
    assert rates.shape == (STEPS, 2)


def test_effective_rates_are_those_of_the_first_step():
    gradient = hessian(0.0) @ START
    for rule, factor in (
        ("AdaGrad", 1.0),
        ("Adam", 1.0),
        ("RMSProp", 1 / np.sqrt(0.001)),
        ("Adam without correction", 1 / np.sqrt(0.001)),
    ):
        _, rates = walk(rule, 0.0, 0.1, 0.999)
        np.testing.assert_allclose(rates[0], 0.1 * factor / np.abs(gradient), rtol=1e-6)


def test_without_the_correction_the_first_step_is_three_rates_long():
    places, _ = walk("Adam without correction", 0.0, 0.03, 0.999)
    np.testing.assert_allclose(
        (places[0] - places[1]) / 0.03, 0.1 / np.sqrt(0.001), rtol=1e-6
    )


def test_the_sentence_tells_loss_rates_and_longest_step(figure):
    frame = frame_at(figure, "RMSProp", 0.03, 0.9, "turned by 45°")
    turn = VALLEYS["turned by 45°"]
    places, rates = walk("RMSProp", turn, 0.03, 0.9)
    told = [float(n) for n in re.findall(r"\d+\.?\d*(?:e[+-]\d+)?", frame.sentence)]
    height = 0.5 * places[-1] @ hessian(turn) @ places[-1]
    longest = np.abs(np.diff(places, axis=0)).max() / 0.03
    wanted = [height, STEPS, *rates[0], *rates[-1], longest]
    np.testing.assert_allclose(told, wanted, rtol=0.051)
    assert frame.sentence.startswith("RMSProp: ")


def test_along_the_axes_the_rates_differ_as_the_curvatures_do(figure):
    _, rates = walk("AdaGrad", 0.0, 0.1, 0.9)
    ratio = CURVATURES[0] * START[0] / (CURVATURES[1] * START[1])
    assert rates[0, 1] / rates[0, 0] == pytest.approx(ratio, rel=1e-6)
    frame = frame_at(figure, "AdaGrad", 0.1, 0.9, "along the axes")
    again = frame_at(figure, "AdaGrad", 0.1, 0.5, "along the axes")
    assert frame.changes == again.changes  # AdaGrad has no beta2


def test_curves_stay_within_the_picture(figure):
    for frame in figure.frames:
        for part in ("first", "second"):
            numbers = re.findall(r"(\d+) (-?\d+)", frame.changes[part, "d"])
            assert len(numbers) > 1
            assert all(462 <= int(y) <= 662 for _, y in numbers)


def test_it_is_light_enough_for_a_page(figure):
    assert len(figure._repr_html_().encode()) < 200_000
