"""The composer: rates by closed formulas, and a curve that goes through them."""

import re

import numpy as np
import pytest

from dlbook.widgets import schedule_composer
from dlbook.widgets.scene import number
from dlbook.widgets.schedule_composer import (
    FORMS,
    PEAKS,
    STEPS,
    TIMES,
    TOLD,
    WARM_UPS,
    composed,
)


@pytest.fixture(scope="module")
def figure():
    return schedule_composer()


def formula(form, warm, n):
    """Return the factor at every step, written without any scheduler."""
    t = np.arange(STEPS)
    left, now = STEPS - warm + 1, t - warm + 1  # steps of the second part, its own step
    if form == "steps":
        part = 0.3 ** (now // np.ceil(left / (n + 1)))
    elif form == "exponential":
        part = 10.0 ** (-n * now / left)
    elif form == "polynomial":
        part = (1 - now / left) ** n
    elif form == "cosine":
        period = np.ceil(left / n)
        part = np.cos(np.pi / 2 * (now % period) / period) ** 2
    elif form == "triangles":
        half = np.ceil(left / (2 * n))
        part = 1 - 0.9 * np.abs(1 - now % (2 * half) / half)
    else:
        part = np.ones(STEPS)
    return np.where(t < warm - 1, (t + 1) / warm, part)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("warm", WARM_UPS)
@pytest.mark.parametrize("n", TIMES)
def test_rates_are_those_of_the_formula(form, warm, n):
    rates = composed(form, warm, 0.3, n)
    np.testing.assert_allclose(
        rates, 0.3 * formula(form, warm, n), rtol=1e-9, atol=1e-12
    )


def frame_at(figure, form, warm, peak, n):
    place = list(FORMS).index(form)
    for choices, chosen in ((WARM_UPS, warm), (PEAKS, peak), (TIMES, n)):
        place = place * len(choices) + choices.index(chosen)
    return figure.frames[place]


@pytest.mark.parametrize("form", FORMS)
def test_the_curve_passes_all_rates(figure, form):
    for warm in WARM_UPS:
        frame = frame_at(figure, form, warm, 1.0, 3)
        path = frame.changes["rate", "d"]
        corners = np.array(re.findall(r"([\d.]+) ([\d.]+)", path), float)
        across = [float(number(52 + 408 * t / STEPS)) for t in range(STEPS)]
        up = 332 - 292 * formula(form, warm, 3)
        between = np.interp(across, *corners.T)
        np.testing.assert_allclose(between, up, atol=1.3)  # places are rounded
        assert corners[0, 0] == 52
        assert corners[-1, 0] == pytest.approx(across[-1], abs=0.06)


def test_dots_and_mean_are_where_the_sentence_says(figure):
    frame = frame_at(figure, "exponential", 10, 0.3, 2)
    numbers = re.findall(r"\d\.\d{3}", frame.sentence)
    rates = 0.3 * formula("exponential", 10, 2)
    told = [*rates[list(TOLD)], rates.mean()]
    np.testing.assert_allclose([float(n) for n in numbers], told, atol=6e-4)
    for step, rate in zip(TOLD, rates[list(TOLD)], strict=True):
        assert frame.changes[f"at-{step}", "cy"] == pytest.approx(332 - 292 * rate)
    for end in ("y1", "y2"):
        assert frame.changes["mean", end] == pytest.approx(332 - 292 * rates.mean())
    assert frame.sentence.startswith(
        "Falling exponentially to 0.01 of the peak after a warm-up of 10 steps: "
    )


def test_sentences_name_the_form(figure):
    told = {
        ("constant", 1): "Constant: ",
        ("steps", 1): "Falling to 0.3 of itself once: ",
        ("steps", 3): "Falling to 0.3 of itself 3 times: ",
        ("polynomial", 1): "Falling along a straight line: ",
        ("polynomial", 2): "Falling along the power 2: ",
        ("cosine", 1): "1 half wave of a cosine: ",
        ("triangles", 4): "4 triangles: ",
    }
    for (form, n), words in told.items():
        assert frame_at(figure, form, 1, 0.1, n).sentence.startswith(words)


def test_it_is_light_enough_for_a_page(figure):
    assert len(figure._repr_html_().encode()) < 150_000
