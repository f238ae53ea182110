"""The runs on MNIST, at a tiny size and, where the file is, from their start."""

import numpy as np
import pytest

from dlbook.claims.runs import lenet_mnist
from dlbook.data import Dataset


@pytest.fixture
def tiny():
    """Draw 100 images of 28 by 28 pixels, whose class is where they are bright."""
    rng = np.random.default_rng(0)
    targets = np.arange(100) % 10
    images = rng.random((100, 28, 28)).astype(np.float32) / 4
    for image, target in zip(images, targets, strict=True):
        image[2 * target + 4 : 2 * target + 7] += 0.7
    return Dataset(
        "tiny",
        images.reshape(100, 784),
        targets,
        tuple("0123456789"),
        image_shape=(28, 28),
    )


@pytest.mark.parametrize("is_modern", [True, False])
def test_a_run_learns_and_is_decided_by_its_seed(tiny, is_modern):
    one, again, other = (
        lenet_mnist.run(seed, is_modern=is_modern, epochs=2, data=tiny)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.losses, again.losses)
    assert one.figure == again.figure
    assert one.losses.shape == (4,)  # 80 images, batches of 64
    assert not np.array_equal(one.losses, other.losses)
    assert 0 <= one.figure <= 100


def test_the_modern_form_reads_the_bright_rows(tiny):
    outcome = lenet_mnist.run(0, is_modern=True, epochs=40, data=tiny)
    assert outcome.figure >= 90


def test_the_forms_differ(tiny, monkeypatch):
    monkeypatch.setattr(lenet_mnist, "load_mnist", lambda split: tiny)
    modern, classic = (
        f(seed=0, steps=1) for f in (lenet_mnist.modern, lenet_mnist.classic)
    )
    assert modern.shape == classic.shape == (1,)
    assert modern[0] != classic[0]
    for experiment, losses in zip(
        lenet_mnist.EXPERIMENTS, (modern, classic), strict=True
    ):
        short = lenet_mnist.run(0, is_modern="modern" in experiment.claim, steps=1)
        np.testing.assert_array_equal(short.losses, losses)


def test_the_images_of_the_test_file_are_used(tiny, monkeypatch):
    asked = []
    monkeypatch.setattr(
        lenet_mnist, "load_mnist", lambda split: asked.append(split) or tiny
    )
    lenet_mnist.run(0, is_modern=True, steps=1)
    assert asked == ["test"]
