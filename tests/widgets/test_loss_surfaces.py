"""The landscapes of two losses: slopes and walks are computed again, another way."""

import re

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.widgets import loss_surfaces
from dlbook.widgets.loss_surfaces import LOSSES, RATE, mean_loss, walk

X = np.array([-3.0, -2.0, -0.5, 0.5, 2.0, 3.0])
Y = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0])


def by_the_engine(kind, w, b):
    place = Tensor(np.array([w, b]), requires_grad=True)
    z = place[0] * Tensor(X) + place[1]
    if kind == "squared error":
        loss = F.mse_loss(F.sigmoid(z), Y)
    else:
        loss = F.binary_cross_entropy_with_logits(z, Y)
    loss.backward()
    return loss.item(), place.grad


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("place", [(-4.0, 1.0), (0.0, 0.0), (2.0, -0.5)])
def test_loss_and_slope_are_those_of_the_engine(kind, place):
    loss, slope = mean_loss(kind, *place, X, Y)
    expected, gradient = by_the_engine(kind, *place)
    assert loss == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(slope, gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", LOSSES)
def test_a_walk_descends(kind):
    places = walk(kind, (-4.0, 4.0), 50, X, Y)
    np.testing.assert_array_equal(places[0], (-4.0, 4.0))
    losses = [mean_loss(kind, *place, X, Y)[0] for place in places]
    assert (np.diff(losses) < 0).all()
    _, gradient = by_the_engine(kind, *places[3])
    np.testing.assert_allclose(places[4], places[3] - RATE * gradient, rtol=1e-10)


def test_the_sentence_tells_where_the_walk_is():
    figure = loss_surfaces(X, Y)
    last = figure.frames[len(figure.frames) // 2 - 1]  # squared error, last start
    w, b = walk("squared error", (0.0, 0.0), 500, X, Y)[-1]
    said = [
        float(n)
        for n in re.findall(r"-?\d+\.\d+", last.sentence.replace("\u2212", "-"))
    ]
    np.testing.assert_allclose(said[:2], [w, b], atol=0.006)
    assert len(figure._repr_html_().encode()) < 200_000


def test_refuses_other_targets_and_lengths():
    with pytest.raises(ValueError, match="0 and 1, got"):
        loss_surfaces(X, 2 * Y)
    with pytest.raises(ValueError, match="one length"):
        loss_surfaces(X, Y[1:])
