"""Poolings of a moved signal, against torch's."""

import re

import numpy as np
import pytest
import torch
from torch.nn.functional import avg_pool1d, conv1d, max_pool1d

from dlbook.widgets.pooling_shifts import POOLINGS, SHIFTS, nearest, pooling_shifts

X = np.random.default_rng(1).random(16)
STRIDES = dict(zip(POOLINGS, (1, 2, 2, 2, None), strict=True))


def torch_pool(name, x):
    circle = torch.tensor(np.concatenate([x[-1:], x, x[:2]]))[None, None]
    ahead = circle[..., 1:-1]  # the samples, and the first once more
    if name == "maximum of 2, stride 1":
        return max_pool1d(ahead, 2, 1)
    if name == "maximum of 2, stride 2":
        return max_pool1d(ahead, 2)
    if name == "mean of 2, stride 2":
        return avg_pool1d(ahead, 2)
    if name == "global mean":
        return avg_pool1d(ahead[..., :16], 16)
    blur = torch.tensor([[[0.25, 0.5, 0.25]]], dtype=torch.float64)
    return conv1d(max_pool1d(circle, 2, 1), blur, stride=2)


@pytest.mark.parametrize("name", POOLINGS)
@pytest.mark.parametrize("shift", [0, 1, 6])
def test_poolings_are_those_of_torch(name, shift):
    moved = np.roll(X, shift)
    expected = torch_pool(name, moved).numpy().ravel()
    np.testing.assert_allclose(POOLINGS[name](moved), expected, rtol=0, atol=1e-15)


def test_nearest_finds_the_move_and_what_remains():
    before = np.array([3.0, 0.0, 4.0, 0.0])
    assert nearest(before, np.array([0.0, 3.0, 0.0, 4.0])) == (1, 0.0)
    moves, error = nearest(before, np.array([0.0, 3.0, 0.0, 5.0]))
    assert (moves, error) == (1, 1 / 5)
    # of two moves that fit equally, the smaller
    assert nearest(np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0, 1.0])) == (
        1,
        0.0,
    )


@pytest.fixture(scope="module")
def figure():
    return pooling_shifts(X)


def frames(figure):
    settings = [(name, shift) for name in POOLINGS for shift in SHIFTS]
    return zip(settings, figure.frames, strict=True)


def test_even_moves_pass_through_and_odd_ones_do_not(figure):
    for (name, shift), frame in frames(figure):
        stride = STRIDES[name]
        if stride is None:
            assert "the one output is" in frame.sentence
            assert frame.sentence.endswith("global pooling is invariant.")
        elif shift % stride:
            assert "no moved copy" in frame.sentence
        else:
            assert frame.sentence.endswith(f"moved by {shift // stride}.")


def test_the_errors_are_those_of_the_nearest_copy(figure):
    for (_, shift), frame in frames(figure):
        for i, name in enumerate(POOLINGS):
            before, after = (
                torch_pool(name, np.roll(X, s)).numpy().ravel() for s in (0, shift)
            )
            error = min(
                np.sqrt(((np.roll(before, m) - after) ** 2).sum())
                for m in range(len(before))
            ) / np.sqrt((before**2).sum())
            told = frame.changes[f"error {i}", "text"].rstrip("%")
            assert float(told) / 100 == pytest.approx(error, abs=0.00501)
            width = float(frame.changes[f"error bar {i}", "width"])
            assert width == pytest.approx(60 * error, abs=0.06)


def test_a_bar_is_as_tall_as_its_number(figure):
    for (name, shift), frame in frames(figure):
        after = torch_pool(name, np.roll(X, shift)).numpy().ravel()
        tall = re.findall(r"v([\d.]+)h", frame.changes["output", "d"])
        np.testing.assert_allclose(np.array(tall, float), 90 * after, atol=0.051)
        tall = re.findall(r"v([\d.]+)h", frame.changes["input", "d"])
        moved = np.roll(X, shift)
        np.testing.assert_allclose(np.array(tall, float), 90 * moved, atol=0.051)


def test_zeros_have_no_bar():
    frame = pooling_shifts([1.0] + [0.0] * 15).frames[len(SHIFTS)]
    assert frame.changes["input", "d"].count("M") == 1
    assert frame.changes["output", "d"].count("M") == 1
    assert frame.changes["expected", "d"].count("M") == 1


@pytest.mark.parametrize(
    ("signal", "message"),
    [
        ([1.0] * 15, r"shape \(16,\)"),
        ([0.0] * 16, "not be zero"),
        ([-0.1] + [1.0] * 15, r"lie in \[0, 1\]"),
        ([np.nan] * 16, r"lie in \[0, 1\]"),
    ],
)
def test_other_signals_are_refused(signal, message):
    with pytest.raises(ValueError, match=f"pooling_shifts: signal must .*{message}"):
        pooling_shifts(signal)


def test_a_figure_is_light_enough_for_a_page():
    assert len(pooling_shifts()._repr_html_().encode()) < 50_000
