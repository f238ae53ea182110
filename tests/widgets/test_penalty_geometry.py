"""Where loss and penalty come to rest is found again, by searching and by steps."""

import re

import numpy as np
import pytest

from dlbook.widgets import penalty_geometry
from dlbook.widgets.penalty_geometry import (
    PENALTIES,
    STRENGTHS,
    TILTS,
    border,
    hessian,
    loss,
    minimum,
)

OPTIMUM, CURVATURE = np.array([3.0, 1.0]), np.array([1.0, 2.0])


def penalty(w, share):
    squares = 0.5 * (w**2).sum(axis=-1)
    return share * np.abs(w).sum(axis=-1) + (1 - share) * squares


def by_proximal_steps(h, strength, share):
    """Descend the smooth part and threshold, until nothing changes."""
    smooth = h + strength * (1 - share) * np.eye(2)
    rate = 1 / np.linalg.eigvalsh(smooth)[-1]
    w = np.zeros(2)
    for _ in range(3000):
        w = w - rate * (smooth @ w - h @ OPTIMUM)
        w = np.sign(w) * np.maximum(np.abs(w) - rate * strength * share, 0)
    return w


@pytest.mark.parametrize("share", PENALTIES.values(), ids=PENALTIES)
@pytest.mark.parametrize("tilt", TILTS)
@pytest.mark.parametrize("strength", STRENGTHS[::3])
def test_the_minimum_is_where_proximal_steps_end(share, tilt, strength):
    h = hessian(CURVATURE, tilt)
    found = minimum(OPTIMUM, h, strength, share)
    expected = by_proximal_steps(h, strength, share)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_array_equal(found == 0, np.abs(expected) < 1e-9)


def test_the_pencil_example_of_the_page():
    h = hessian(CURVATURE, 0.0)
    np.testing.assert_allclose(minimum(OPTIMUM, h, 2.0, 0.0), [1.0, 0.5])
    np.testing.assert_array_equal(minimum(OPTIMUM, h, 2.0, 1.0), [1.0, 0.0])


@pytest.mark.parametrize("share", PENALTIES.values(), ids=PENALTIES)
def test_the_border_has_one_penalty_and_inside_it_no_loss_is_lower(share):
    h = hessian(CURVATURE, 0.7)
    w = minimum(OPTIMUM, h, 1.0, share)
    edge = border(w, share)
    np.testing.assert_allclose(penalty(edge, share), penalty(w, share), rtol=1e-12)
    np.testing.assert_allclose(edge[0], edge[-1], atol=1e-12)
    inside = edge[:, np.newaxis] * np.linspace(0, 1, 50)[:, np.newaxis]
    assert loss(inside, OPTIMUM, h).min() >= loss(w, OPTIMUM, h) - 1e-12


def test_sentences_tell_the_weights_and_their_zeros():
    figure = penalty_geometry(OPTIMUM, CURVATURE)
    places = [(n, t, s) for n in PENALTIES for t in TILTS for s in STRENGTHS]
    assert len(figure.frames) == len(places)
    for (name, tilt, strength), frame in zip(places, figure.frames, strict=True):
        w = minimum(OPTIMUM, hessian(CURVATURE, tilt), strength, PENALTIES[name])
        assert frame.sentence.startswith(f"{name}, strength {strength:g}: ")
        said = re.findall(r"[−-]?\d+\.\d\d", frame.sentence)
        shown = [float(n.replace("−", "-")) for n in said[-3:-1]]
        np.testing.assert_allclose(shown, w, atol=0.0051)
        zeros = ("no weight is", "one weight is", "both weights are")[(w == 0).sum()]
        assert frame.sentence.endswith(f"{zeros} exactly zero.")
    assert len(figure._repr_html_().encode()) < 200_000


def test_refuses_other_shapes_and_a_loss_without_a_minimum():
    with pytest.raises(ValueError, match=r"shape \(2,\), got \(3,\)"):
        penalty_geometry([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="curvature must be positive"):
        penalty_geometry(curvature=[1.0, 0.0])
