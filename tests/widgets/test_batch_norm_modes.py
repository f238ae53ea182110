"""Batch statistics against kept ones: what a frame says is computed by the layers."""

import re
from itertools import pairwise

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.data import make_blobs
from dlbook.widgets import batch_norm_modes
from dlbook.widgets.batch_norm_modes import (
    EDGES,
    LIGHTS,
    ORDERS,
    SIZES,
    answers,
    batch_normalized,
    kept_normalized,
    learn,
)


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    return tuple(make_blobs(n, noise=0.8, rng=rng) for n in (120, 60))


@pytest.fixture(scope="module")
def figure(blobs):
    return batch_norm_modes(*blobs)


def frame_of(figure, order, size, light):
    place = (ORDERS.index(order) * len(SIZES) + SIZES.index(size)) * len(LIGHTS)
    return figure.frames[place + LIGHTS.index(light)]


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize(("order", "size"), [("mixed", 8), ("sorted by class", 16)])
def test_a_frame_tells_what_the_network_answers_in_either_mode(
    blobs, figure, order, size, light
):
    training, test = blobs
    model = learn(training)
    places = np.argsort(test.targets, kind="stable")
    if order == "mixed":
        places = np.random.default_rng(0).permutation(len(test))
    inputs = test.inputs * np.float32(light)
    model.eval()
    kept = np.mean(model(Tensor(inputs)).data.argmax(axis=1) == test.targets)
    model.train()
    right = 0
    for start in range(0, len(test), size):
        chosen = places[start : start + size]
        said = model(Tensor(inputs[chosen])).data.argmax(axis=1)
        right += (said == test.targets[chosen]).sum()
    sentence = frame_of(figure, order, size, light).sentence
    told = re.findall(r"([\d.]+)%", sentence.partition("batch:")[2])
    wanted = [f"{100 * right / len(test):.1f}", f"{100 * kept:.1f}"]
    assert told == wanted
    assert sentence.startswith(f"Test images at {light:.0%} of their brightness, ")
    assert f"{order}, {size} in a batch" in sentence


def test_two_in_a_batch_are_always_one_deviation_from_their_mean(blobs):
    training, test = blobs
    model = learn(training)
    values = batch_normalized(model, test.inputs, np.arange(len(test)), 2)
    z = test.inputs @ model[0].weight.data.T
    apart = np.abs(z[::2] - z[1::2]) > 0.1  # where eps does not count
    np.testing.assert_allclose(np.abs(values[::2])[apart], 1, atol=5e-3)
    np.testing.assert_allclose(values[::2], -values[1::2], atol=1e-4)


def test_the_picture_counts_one_units_numbers(blobs, figure):
    training, test = blobs
    model = learn(training)
    values = kept_normalized(model, test.inputs)[:, 0]
    path = frame_of(figure, "mixed", 4, 1.0).changes["kept line", "d"]
    heights = [float(n) for n in re.findall(r"V([\d.]+)", path)[:-1]]
    shares = np.array([(366 - h) / (366 - 92) * 0.6 for h in heights])
    inside = np.clip(values, -3, 3)
    counts = [
        np.sum((inside >= low) & ((inside < high) | (high == 3)))
        for low, high in pairwise(EDGES)
    ]
    wanted = np.minimum(np.array(counts) / len(test), 0.6)
    np.testing.assert_allclose(shares, wanted, atol=2e-3)


def test_the_page_stays_light(figure):
    assert len(figure._repr_html_().encode()) < 100_000


def test_answers_are_those_of_evaluation(blobs):
    training, test = blobs
    model = learn(training)
    said = answers(model, kept_normalized(model, test.inputs))
    model.eval()
    wanted = model(Tensor(test.inputs)).data.argmax(axis=1)
    np.testing.assert_array_equal(said, wanted)


def test_refuses_a_batch_of_one(blobs):
    training, _ = blobs
    test = make_blobs(65, noise=0.8, rng=np.random.default_rng(1))
    with pytest.raises(ValueError, match="batches of 2 leave one alone"):
        batch_norm_modes(training, test)
