"""The race of three optimizers: slopes and walks are computed again, another way."""

import re

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import SGD
from dlbook.widgets import optimizer_race
from dlbook.widgets.optimizer_race import (
    MOMENTA,
    RATES,
    RULES,
    STARTS,
    STEPS,
    SURFACES,
    lowest_height,
    race,
)


@pytest.mark.parametrize("name", SURFACES)
@pytest.mark.parametrize("place", [(-1.7, 1.6), (0.3, -0.8), (1.9, 0.1)])
def test_slopes_are_those_of_nudging(name, place):
    surface, h = SURFACES[name], 1e-6
    x, y = place
    _, across, up = surface(x, y)
    assert across == pytest.approx(
        (surface(x + h, y)[0] - surface(x - h, y)[0]) / (2 * h), rel=1e-6, abs=1e-6
    )
    assert up == pytest.approx(
        (surface(x, y + h)[0] - surface(x, y - h)[0]) / (2 * h), rel=1e-6, abs=1e-6
    )


def test_the_straight_valley_has_the_curvatures_that_it_says():
    surface = SURFACES["straight valley"]
    columns = [surface(*direction)[1:] for direction in ((1.0, 0.0), (0.0, 1.0))]
    np.testing.assert_allclose(np.linalg.eigvalsh(columns), [0.5, 20.0])


@pytest.mark.parametrize("name", SURFACES)
def test_no_place_is_below_the_lowest(name):
    grid = np.linspace(-2, 2, 401)
    heights = SURFACES[name](*np.meshgrid(grid, grid))[0]
    assert lowest_height(name) <= heights.min()
    assert lowest_height(name) == pytest.approx(heights.min(), abs=1e-3)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", SURFACES)
def test_a_walk_is_that_of_the_optimizer(name, rule):
    start, rate, momentum = STARTS["lower left"], 0.02, 0.8
    walk = race(name, start, rule, rate, momentum)
    place = Tensor(np.array(start), requires_grad=True)
    options = {
        "plain": {},
        "momentum": {"momentum": momentum},
        "Nesterov": {"momentum": momentum, "nesterov": True},
    }[rule]
    optimizer = SGD([place], lr=rate, **options)
    for expected in walk:
        np.testing.assert_allclose(expected, place.data, rtol=1e-9, atol=1e-9)
        place.grad = np.array(SURFACES[name](*place.data)[1:])
        optimizer.step()
    assert len(walk) == STEPS[-1] + 1


def test_plain_descent_is_lost_above_its_limit_and_momentum_is_not():
    start = STARTS["upper left"]
    assert len(race("straight valley", start, "plain", 0.12, 0.8)) < STEPS[-1]
    assert len(race("straight valley", start, "momentum", 0.12, 0.8)) > STEPS[-1]


def test_the_sentence_tells_the_heights():
    figure = optimizer_race()
    frame = -1 - len(STEPS) * len(MOMENTA) * (len(RATES) - 2)  # two basins, rate 0.03
    sentence = figure.frames[frame].sentence
    assert sentence.startswith(f"Above the lowest point after {STEPS[-1]} steps: ")
    for rule in RULES:
        place = race("two basins", STARTS["lower left"], rule, RATES[1], MOMENTA[-1])
        height = SURFACES["two basins"](*place[-1])[0] - lowest_height("two basins")
        said = float(re.search(rf"{rule} (\d+\.\d+)", sentence)[1])
        assert said == pytest.approx(max(height, 0), abs=0.0006)
    assert any("plain is lost" in at.sentence for at in figure.frames)
    assert len(figure._repr_html_().encode()) < 210_000
