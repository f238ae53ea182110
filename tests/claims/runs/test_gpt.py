"""The run of the small GPT, at a tiny size."""

import numpy as np
import pytest

from dlbook import models
from dlbook.claims.runs import gpt
from dlbook.claims.runs.gpt import Setting
from dlbook.models import GPT
from dlbook.optim import AdamW

TINY = Setting(layers=1, heads=2, width=8, context=8, batch=4, steps=12, warmup=4)
TEXT = "the cat sat on the mat. " * 40


def test_a_run_is_decided_by_its_seed():
    one, again, other = (gpt.run(s, text=TEXT, setting=TINY) for s in (0, 0, 1))
    np.testing.assert_array_equal(one.losses, again.losses)
    assert one.figure == again.figure
    assert one.losses.shape == (12,)
    assert not np.array_equal(one.losses, other.losses)


def test_it_learns():
    setting = Setting(
        layers=1, heads=2, width=16, context=16, batch=8, steps=150, lr=0.02, warmup=10
    )
    outcome = gpt.run(0, text=TEXT, setting=setting)
    assert outcome.losses[0] == pytest.approx(np.log(len(set(TEXT))), abs=0.3)
    assert outcome.figure < 0.8


def test_the_last_tenth_is_read_in_pieces_side_by_side(monkeypatch):
    asked = []

    def noted(self, ids, **options):
        asked.append((len(ids), options["context"].size, options["stride"]))
        return 3.0 * np.ones(len(ids))

    monkeypatch.setattr(models.GPT, "surprisals", noted)
    assert gpt.run(0, text=TEXT, setting=TINY).figure == 3
    assert asked == [(95, 1, 8)]


def test_a_run_cut_short_begins_like_the_whole_run_and_measures_nothing(monkeypatch):
    whole = gpt.run(1, text=TEXT, setting=TINY)
    short = gpt.run(1, text=TEXT, setting=TINY, steps=7)
    np.testing.assert_array_equal(short.losses, whole.losses[:7])
    assert np.isnan(short.figure)
    monkeypatch.setattr(gpt, "load_shakespeare", lambda: TEXT)
    monkeypatch.setattr(gpt, "SETTING", TINY)
    np.testing.assert_array_equal(gpt.shakespeare(seed=1, steps=7), short.losses)


def test_the_replay_is_named():
    (experiment,) = gpt.EXPERIMENTS
    assert experiment.claim == "gpt-shakespeare"
    assert experiment.replay == "dlbook.claims.runs.gpt:shakespeare"


def test_the_rate_rises_and_then_falls_to_its_least(monkeypatch):
    rates = []
    step = AdamW.step

    def noted(self):
        rates.append([group["lr"] for group in self.param_groups])
        return step(self)

    monkeypatch.setattr(AdamW, "step", noted)
    gpt.run(0, text=TEXT, setting=TINY, steps=12)
    first, second = np.array(rates).T
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first[:5], [2e-4, 4e-4, 6e-4, 8e-4, 1e-3])
    np.testing.assert_allclose(first[8], (1e-3 + 1e-4) / 2)
    assert (np.diff(first[4:]) < 0).all()


def test_matrices_alone_decay():
    model = GPT(7, context=4, width=8, num_layers=2, num_heads=2)
    matrices, vectors = gpt.parameter_groups(model)
    assert (matrices["weight_decay"], vectors["weight_decay"]) == (0.1, 0)
    assert {p.ndim for p in matrices["params"]} == {2}
    assert {p.ndim for p in vectors["params"]} == {1}
    both = [*matrices["params"], *vectors["params"]]
    assert {id(p) for p in both} == {id(p) for p in model.parameters()}


def test_the_setting_is_the_published_one():
    setting = gpt.SETTING
    model = GPT(65, context=64, width=128, num_layers=4, num_heads=4, bias=False)
    names = ("layers", "heads", "width", "context", "batch", "steps")
    assert [getattr(setting, n) for n in names] == [4, 4, 128, 64, 12, 2000]
    positions = model.transformer["wpe"].weight.size
    total = sum(p.size for p in model.parameters())
    # nanoGPT counts without positions, and prints "0.80M"
    assert total - positions == 795_904
