"""The runs of GPT and the LSTM in equal time, at a tiny size."""

from dataclasses import replace

import numpy as np
import pytest

from dlbook import models
from dlbook.claims.runs import equal_time
from dlbook.claims.runs.equal_time import SETTINGS, Setting
from dlbook.optim import Adam

TEXT = "the cat sat on the mat. " * 40
TINY = Setting(width=8, layers=1, texts=4, length=8, steps=60, lr=0.02)
REPLAYS = {
    "gpt-equal-time": ("gpt", equal_time.gpt),
    "gpt-equal-time-lstm": ("lstm", equal_time.lstm),
}
names = pytest.mark.parametrize("name", ["lstm", "gpt"])


@names
def test_a_run_is_decided_by_its_seed(name):
    one, again, other = (
        equal_time.run(name, seed, text=TEXT, setting=TINY) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.losses, again.losses)
    assert one.figure == again.figure
    assert one.losses.shape == (60,)
    assert not np.array_equal(one.losses, other.losses)


@names
def test_it_learns_and_counts_in_bits(name):
    setting = Setting(width=24, layers=1, texts=4, length=12, steps=200, lr=0.02)
    outcome = equal_time.run(name, 0, text=TEXT, setting=setting)
    assert outcome.losses[0] == pytest.approx(np.log(len(set(TEXT))), abs=0.5)
    # GPT sees 6 to 11 characters before each, and two words of three look alike
    assert outcome.figure < 0.5


@names
def test_the_last_tenth_alone_is_predicted_after_the_rest(name, monkeypatch):
    asked = []

    def noted(self, ids, *, context, **options):
        asked.append((len(ids), len(context), options))
        return np.log(2) * np.ones(len(ids))

    for kind in (models.CharRNN, models.GPT):
        monkeypatch.setattr(kind, "surprisals", noted)
    outcome = equal_time.run(name, 0, text=TEXT, setting=TINY)
    assert asked == [(96, 864, {})]
    assert outcome.figure == pytest.approx(1)


@names
def test_a_run_cut_short_begins_like_the_whole_run_and_measures_nothing(name):
    whole = equal_time.run(name, 1, text=TEXT, setting=TINY)
    short = equal_time.run(name, 1, text=TEXT, setting=TINY, steps=7)
    np.testing.assert_array_equal(short.losses, whole.losses[:7])
    assert np.isnan(short.figure)


@pytest.mark.parametrize("experiment", equal_time.EXPERIMENTS, ids=lambda e: e.claim)
def test_a_replay_is_the_start_of_its_own_run(experiment, monkeypatch):
    name, replay = REPLAYS[experiment.claim]
    assert experiment.replay == f"{equal_time.__name__}:{replay.__name__}"
    monkeypatch.setattr(equal_time, "load_english_text", lambda: TEXT)
    monkeypatch.setitem(equal_time.SETTINGS, name, TINY)
    losses = replay(seed=3, steps=4)
    np.testing.assert_array_equal(experiment.run(3).losses[:4], losses)


@names
def test_the_rate_rises_and_then_falls_to_a_fiftieth(name, monkeypatch):
    rates = []
    step = Adam.step

    def noted(self):
        rates.append(self.param_groups[0]["lr"])
        return step(self)

    monkeypatch.setattr(Adam, "step", noted)
    monkeypatch.setattr(equal_time, "WARMUP", 20)
    equal_time.run(name, 0, text=TEXT, setting=TINY)
    np.testing.assert_allclose(rates[:20], 0.02 * np.arange(1, 21) / 20)
    assert rates[40] == pytest.approx(0.02 * 0.51)
    assert (np.diff(rates[20:]) < 0).all()
    assert 0.02 * 0.02 < rates[-1] < 0.02 * 0.03


def test_each_step_has_the_gradient_of_its_own_batch(monkeypatch):
    norms = []
    clip = equal_time.clip_grad_norm_

    def noted(parameters, most):
        norms.append(float(clip(parameters, most)))

    monkeypatch.setattr(equal_time, "clip_grad_norm_", noted)
    still = replace(TINY, lr=0.0, steps=28)  # the 28th reads what the first has read
    equal_time.run("lstm", 0, text=TEXT, setting=still, steps=28)
    assert norms[27] == pytest.approx(norms[0], rel=1e-5)


def test_the_state_of_the_lstm_is_carried_over_until_the_text_begins_again(monkeypatch):
    carried = []
    forward = models.CharRNN.forward

    def noted(self, ids, state=None):
        if ids.shape[1] == TINY.texts:  # in training
            carried.append(state is not None)
            assert state is None or not state[0].requires_grad
        return forward(self, ids, state)

    monkeypatch.setattr(models.CharRNN, "forward", noted)
    equal_time.run("lstm", 0, text=TEXT, setting=TINY)
    # 864 characters, 215 steps of 4 texts, pieces of 8: 27 in a round
    assert carried == ([False] + [True] * 26) * 2 + [False] + [True] * 5


def test_gpt_reads_from_anywhere_and_never_the_last_tenth(monkeypatch):
    read = []
    forward = models.GPT.forward

    def noted(self, ids, cache=None, **options):
        read.append(np.array(ids))
        return forward(self, ids, cache, **options)

    monkeypatch.setattr(models.GPT, "forward", noted)
    text = "".join(chr(0x4E00 + n) for n in range(200))  # each place is its own token
    equal_time.run("gpt", 0, text=text, setting=TINY, steps=60)
    ids = np.array(read)
    assert ids.shape == (60, 4, 8)
    np.testing.assert_array_equal(np.diff(ids), 1)
    assert ids[..., 0].min() < 10
    assert 165 < ids.max() < 179  # the last one read has to have a next one


def test_matrices_of_gpt_begin_larger():
    rng = np.random.default_rng(0)
    model = equal_time.model_of("gpt", 50, SETTINGS["gpt"], rng)
    assert np.std(model.lm_head.weight.data) == pytest.approx(0.08, rel=0.05)
    for name, parameter in model.named_parameters():
        if parameter.ndim == 1:
            assert set(parameter.data.tolist()) == {
                float("ln_" in name and name.endswith("weight"))
            }


def test_both_have_as_many_parameters_and_as_much_time():
    rng = np.random.default_rng(0)
    lstm, gpt = (
        sum(p.size for p in equal_time.model_of(n, 103, SETTINGS[n], rng).parameters())
        for n in ("lstm", "gpt")
    )
    assert (lstm, gpt) == (113_707, 113_280)
    # as the module's docstring has it, in milliseconds a step
    assert 4.4 * SETTINGS["lstm"].steps == pytest.approx(25_000, rel=0.02)
    assert 11.2 * SETTINGS["gpt"].steps == pytest.approx(25_000, rel=0.02)


@names
def test_adam_remembers_the_squares_of_gpt_for_less_long(name, monkeypatch):
    built = []
    init = Adam.__init__

    def noted(self, parameters, **options):
        built.append(options)
        init(self, parameters, **options)

    monkeypatch.setattr(Adam, "__init__", noted)
    equal_time.run(name, 0, text=TEXT, setting=TINY, steps=1)
    second = {"lstm": 0.999, "gpt": 0.98}[name]
    assert built == [{"lr": 0.02, "betas": (0.9, second)}]
