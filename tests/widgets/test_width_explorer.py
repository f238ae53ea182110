"""The border against width: what a frame says is computed again, another way."""

import re

import numpy as np
import pytest

from dlbook.data import load_iris, make_moons
from dlbook.widgets import width_explorer
from dlbook.widgets.width_explorer import fitted


@pytest.fixture(scope="module")
def moons():
    rng = np.random.default_rng(0)
    return tuple(
        make_moons(n, noise=0.25, rng=rng, dtype=np.float64) for n in (60, 200)
    )


def test_the_output_layer_solves_the_normal_equations(moons):
    training, _ = moons
    labels = 2 * training.targets - 1
    x = training.inputs
    score = fitted(x, labels, 6, seed=1)
    rng = np.random.default_rng(1)
    weight, bias = rng.standard_normal((6, 2)), rng.standard_normal(6)
    hidden = np.maximum((x - x.mean(0)) / x.std(0) @ weight.T + bias, 0)
    # the residual of a least-squares fit is orthogonal to every feature
    residual = labels - score(x)
    np.testing.assert_allclose(hidden.T @ residual, 0, atol=1e-9)
    assert abs(residual.sum()) < 1e-9


def test_a_frame_counts_mistakes(moons):
    figure = width_explorer(*moons, widths=(2, 40), draws=(0, 5))
    training, test = moons
    for width, draw, frame in zip(
        (2, 2, 40, 40), (0, 5, 0, 5), figure.frames, strict=True
    ):
        score = fitted(training.inputs, 2 * training.targets - 1, width, draw)
        wrong = (score(training.inputs) > 0) != (training.targets == 1)
        rings = np.array(list(frame.changes["ring", "shown"])) == "1"
        np.testing.assert_array_equal(rings, wrong)
        missed = np.mean((score(test.inputs) > 0) != (test.targets == 1))
        assert f"{wrong.sum()} of the 60" in frame.sentence
        assert f"{missed:.1%} of 200 new points" in frame.sentence


def test_the_border_is_where_the_score_changes_its_sign(moons):
    figure = width_explorer(*moons, widths=(3, 12), draws=(0, 1))
    places = re.findall(r"(-?\d+) (-?\d+)", figure.frames[2].changes["border", "d"])
    assert len(places) > 10
    assert all(52 <= int(x) <= 468 and 66 <= int(y) <= 346 for x, y in places)


def test_a_figure_is_light_enough_for_a_page(moons):
    assert len(width_explorer(*moons)._repr_html_().encode()) < 200_000


def test_refuses_other_data():
    iris = load_iris()
    with pytest.raises(ValueError, match="two features and two classes"):
        width_explorer(iris, iris)
