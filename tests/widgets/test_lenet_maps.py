"""The maps of a LeNet: torch computes them again, PIL reads the pictures."""

import base64
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from dlbook.models import LeNet5
from dlbook.widgets import lenet_maps
from dlbook.widgets.lenet_maps import LAYERS, SHADES, SHIFTS, moved, shaded

DIGITS = np.random.default_rng(0).random((3, 8, 8)).round(2)
LABELS = [4, 0, 7]


@pytest.fixture(scope="module")
def model():
    return LeNet5(modern=True, input_size=8, channels=(3, 5), rng=0)


@pytest.fixture(scope="module")
def figure(model):
    return lenet_maps(model, DIGITS, LABELS)


def by_torch(model, image):
    """Return the maps after each layer and the probabilities."""
    p = {name: torch.from_numpy(w.copy()) for name, w in model.state_dict().items()}
    x = torch.from_numpy(image.astype(np.float32))[None, None]
    first = F.relu(F.conv2d(x, p["conv1.weight"], p["conv1.bias"], padding=1))
    pooled = F.max_pool2d(first, 2)
    second = F.relu(F.conv2d(pooled, p["conv2.weight"], p["conv2.bias"], padding=1))
    last = F.max_pool2d(second, 2)
    y = last.flatten(1)
    for name in ("fc1", "fc2"):
        y = F.relu(y @ p[name + ".weight"].T + p[name + ".bias"])
    y = y @ p["fc3.weight"].T + p["fc3.bias"]
    return [m[0].numpy() for m in (first, pooled, second, last)], F.softmax(y[0], 0)


def pixels(address):
    """Return the ink of a picture, from 0 to 1."""
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return 1 - np.asarray(Image.open(io.BytesIO(data)).convert("L")) / 255


def shifted(image, shift):
    wide = np.pad(image, ((0, 0), (2, 2)))
    return wide[:, 2 - shift : 10 - shift]


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("shift", SHIFTS)
def test_a_frame_shows_what_torch_computes(figure, model, which, shift):
    frame = figure.frames[which * len(SHIFTS) + SHIFTS.index(shift)]
    image = shifted(DIGITS[which], shift)
    half = 0.5 / (SHADES - 1) + 1e-4
    np.testing.assert_allclose(
        pixels(frame.changes["image", "href"]), image, rtol=0, atol=half
    )
    maps, p = by_torch(model, image)
    still = [by_torch(model, digit)[0] for digit in DIGITS]
    changed = []
    for i, name in enumerate(LAYERS):
        largest = max(all_maps[i].max() for all_maps in still)
        expected = np.minimum(1, np.concatenate(list(maps[i] / largest), axis=1))
        shown = pixels(frame.changes[name, "href"])
        np.testing.assert_allclose(shown, expected, rtol=0, atol=half)
        before = still[which][i]
        change = np.linalg.norm(maps[i] - before) / np.linalg.norm(before)
        changed.append(round(100 * change))
        assert frame.changes[f"{name} change", "text"] == f"changed by {change:.0%}"
    told = [int(n) for n in re.findall(r"(\d+)%", frame.sentence)]
    order = np.argsort(-p.numpy())
    assert told[:4] == changed
    assert told[4:] == [round(100 * float(p[k])) for k in order[:2]]
    assert frame.sentence.startswith(
        f"The {LABELS[which]}, moved by {shift}:".replace("-", "−")
    )
    assert f"The network says {order[0]} (" in frame.sentence
    for digit in range(10):
        assert frame.changes[f"share {digit}", "text"] == f"{float(p[digit]):.0%}"
        width = float(frame.changes[f"bar {digit}", "width"])
        assert abs(width - 180 * float(p[digit])) < 0.051


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_picture_moves_and_zeros_come_in(shift):
    np.testing.assert_array_equal(moved(DIGITS[0], shift), shifted(DIGITS[0], shift))


@pytest.mark.parametrize("width", [1, 2, 3, 7, 8])
def test_a_picture_is_read_back(width):
    values = np.random.default_rng(width).uniform(0, 1.2, (3, width))
    shown = pixels(shaded(values))
    assert shown.shape == (3, width)
    expected = np.minimum(1, np.floor(values * 15 + 0.5) / 15)
    np.testing.assert_allclose(shown, expected, rtol=0, atol=1e-6)


def test_the_page_stays_light():
    ten = np.random.default_rng(1).random((10, 8, 8))
    model = LeNet5(modern=True, input_size=8, rng=0)
    assert len(lenet_maps(model, ten, list(range(10)))._repr_html_()) < 110_000


@pytest.mark.parametrize(
    ("images", "labels", "says"),
    [
        (DIGITS[:1], [4], r"shape \(K, 8, 8\) with K at least 2, got \(1, 8, 8\)"),
        (DIGITS[:, :7], LABELS, r"got \(3, 7, 8\)"),
        (DIGITS[0], LABELS, r"got \(8, 8\)"),
        (2 * DIGITS, LABELS, r"must lie in \[0, 1\], got"),
        (np.full((2, 8, 8), np.nan), [0, 1], r"got nan to nan"),
        (DIGITS, [4], "1 labels for 3 images"),
    ],
)
def test_what_cannot_be_shown_is_refused(model, images, labels, says):
    with pytest.raises(ValueError, match=says):
        lenet_maps(model, images, labels)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"modern": False}, "must be of the modern form"),
        ({"modern": True, "channels": (6, 17)}, "at most 16 maps fit a row, got 17"),
        ({"modern": True, "num_classes": 3}, "expected 10 scores, got 3"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(options, says):
    with pytest.raises(ValueError, match=says):
        lenet_maps(LeNet5(input_size=8, rng=0, **options), DIGITS, LABELS)
