"""The run with and without skips, at a tiny size."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.claims.runs import segmentation
from dlbook.models import UNet


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(segmentation, "STEPS", 3)
    monkeypatch.setattr(segmentation, "SEEN", 20)
    monkeypatch.setattr(segmentation, "NEW", 8)


@pytest.mark.usefixtures("tiny")
def test_a_run_is_decided_by_its_seed():
    one, again, other = (segmentation.run(seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.losses, again.losses)
    assert one.figure == again.figure
    assert one.losses.shape == (3,)
    assert not np.array_equal(one.losses, other.losses)
    assert -100 <= one.figure <= 100


@pytest.mark.usefixtures("tiny")
def test_the_replay_is_the_start_of_the_run():
    (experiment,) = segmentation.EXPERIMENTS
    assert experiment.replay == f"{segmentation.__name__}:without_skips"
    losses = segmentation.without_skips(seed=3, steps=2)
    np.testing.assert_array_equal(losses, experiment.run(3).losses[:2])


@pytest.mark.usefixtures("tiny")
def test_the_figure_is_what_the_skips_add_to_the_background(monkeypatch):
    shares = {UNet: [90.0, 1, 2, 3], segmentation.WithoutSkips: [88.5, 50, 50, 50]}
    monkeypatch.setattr(
        segmentation, "score", lambda model, new: np.array(shares[type(model)])
    )
    assert segmentation.run(0).figure == 1.5


def test_without_skips_is_a_unet_whose_skips_are_zeros():
    images = np.random.default_rng(0).random((2, 3, 8, 8), dtype=np.float32)
    model = segmentation.WithoutSkips(3, 4, depth=2, width=2, rng=0).eval()
    same = UNet(3, 4, depth=2, width=2, rng=0).eval()
    assert not np.allclose(model(Tensor(images)).data, same(Tensor(images)).data)
    for block in same.up:  # of what reaches the way up, half are the skip's channels
        block.conv.conv1.weight.data[:, : block.conv.conv1.weight.shape[1] // 2] = 0
    found, expected = model(Tensor(images)).data, same(Tensor(images)).data
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_the_finer_steps_come_in_the_last_sixth(monkeypatch):
    rates = []

    class Noted(segmentation.Adam):
        def step(self):
            rates.append(self.param_groups[0]["lr"])
            super().step()

    monkeypatch.setattr(segmentation, "Adam", Noted)
    monkeypatch.setattr(segmentation, "STEPS", 12)
    seen = segmentation.pictures(20, np.random.default_rng(0))
    model = UNet(3, 4, depth=2, width=2, rng=0)
    segmentation.segment(model, seen, seed=0, steps=12)
    assert rates == [0.01] * 10 + [0.001] * 2
    assert not model.training


def test_a_perfect_answer_scores_100():
    new = segmentation.pictures(6, np.random.default_rng(0))

    class Oracle(segmentation.Module):
        def forward(self, x):
            return Tensor(np.eye(4)[new.masks].transpose(0, 3, 1, 2))

    np.testing.assert_array_equal(segmentation.score(Oracle(), new), 100)
