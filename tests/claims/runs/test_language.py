"""The runs of the character LSTM, at a tiny size."""

import os
import platform
from pathlib import Path

import numpy as np
import pytest

from dlbook import models
from dlbook.claims import load_claims
from dlbook.claims.runs import language
from dlbook.claims.runs.language import Setting
from dlbook.data import Vocabulary, load_english_text
from dlbook.optim import Adam

REAL = Path(
    os.environ.get("DLBOOK_TEST_DATA")
    or Path(__file__).resolve().parents[4] / "shared" / "data"
)
REPLAYS = {
    "language-model-english": language.english,
    "language-model-shakespeare": language.shakespeare,
}
TINY = Setting(hidden_size=12, streams=4, piece=8, epochs=2, lr=0.02)
TEXT = "the cat sat on the mat. " * 40


@pytest.mark.parametrize("name", ["english", "shakespeare"])
def test_a_run_is_decided_by_its_seed(name):
    one, again, other = (
        language.run(name, seed, text=TEXT, setting=TINY) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.losses, again.losses)
    assert one.figure == again.figure
    assert one.losses.shape == (2 * 27,)  # 864 characters, 215 steps, pieces of 8
    assert not np.array_equal(one.losses, other.losses)


def test_it_learns_and_counts_in_bits():
    setting = Setting(hidden_size=24, streams=4, piece=8, epochs=8, lr=0.02)
    outcome = language.run("english", 0, text=TEXT, setting=setting)
    assert outcome.losses[0] == pytest.approx(np.log(len(set(TEXT))), abs=0.3)
    assert outcome.figure < 0.2


def test_the_last_tenth_alone_is_predicted_after_the_rest(monkeypatch):
    asked = []
    surprisals = models.CharRNN.surprisals

    def noted(self, ids, *, context, **options):
        asked.append((len(ids), len(context), options))
        return np.log(2) * np.ones(len(ids))

    monkeypatch.setattr(models.CharRNN, "surprisals", noted)
    outcome = language.run("english", 0, text=TEXT, setting=TINY)
    assert asked == [(96, 864, {})]
    assert outcome.figure == pytest.approx(1)
    assert surprisals is not noted


def test_a_run_cut_short_begins_like_the_whole_run_and_measures_nothing():
    whole = language.run("english", 1, text=TEXT, setting=TINY)
    short = language.run("english", 1, text=TEXT, setting=TINY, steps=7)
    np.testing.assert_array_equal(short.losses, whole.losses[:7])
    assert np.isnan(short.figure)


def test_the_state_is_carried_over_within_an_epoch_and_not_beyond(monkeypatch):
    carried = []
    forward = models.CharRNN.forward

    def noted(self, ids, state=None):
        if ids.shape[1] == TINY.streams:  # in training
            carried.append(state is not None)
            assert state is None or not state[0].requires_grad
        return forward(self, ids, state)

    monkeypatch.setattr(models.CharRNN, "forward", noted)
    language.run("english", 0, text=TEXT, setting=TINY)
    assert carried == ([False] + [True] * 26) * 2


def test_the_rate_falls_to_zero_in_a_straight_line(monkeypatch):
    rates = []
    step = Adam.step

    def noted(self):
        rates.append(self.param_groups[0]["lr"])
        return step(self)

    monkeypatch.setattr(Adam, "step", noted)
    language.run("english", 0, text=TEXT, setting=TINY)
    np.testing.assert_allclose(rates, TINY.lr * (1 - np.arange(54) / 54))


@pytest.mark.parametrize("experiment", language.EXPERIMENTS, ids=lambda e: e.claim)
def test_a_replay_is_the_start_of_its_own_run(experiment, monkeypatch):
    name = experiment.claim.rpartition("-")[2]
    replay = REPLAYS[experiment.claim]
    assert experiment.replay == f"{language.__name__}:{replay.__name__}"
    other = {"english": "shakespeare", "shakespeare": "english"}[name]
    monkeypatch.setitem(language.TEXTS, name, lambda: TEXT)
    monkeypatch.setitem(language.TEXTS, other, lambda: pytest.fail("the other text"))
    monkeypatch.setitem(language.SETTINGS, name, TINY)
    losses = replay(seed=3, steps=4)
    np.testing.assert_array_equal(experiment.run(3).losses[:4], losses)


def test_a_fingerprint_tells_texts_apart():
    assert language.fingerprint("a") == (
        "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    )
    assert language.fingerprint("é") != language.fingerprint("e")


def test_the_fingerprint_is_that_of_the_python_that_recorded():
    if platform.python_version() != "3.11.7":
        pytest.skip("the help topics change with every release of Python")
    assert language.fingerprint(load_english_text()) == language.ENGLISH


@pytest.mark.parametrize(
    ("name", "smoothing", "bits_of_order"),
    [
        ("english", "witten-bell", {5: "1.90"}),
        ("english", "kneser-ney", {5: "1.74", 7: "1.64", 10: "1.59"}),
        ("shakespeare", "kneser-ney", {5: "2.25", 7: "2.19"}),
    ],
)
def test_the_n_grams_that_the_ledger_names_have_these_figures(
    name, smoothing, bits_of_order, monkeypatch
):
    if name == "shakespeare":
        if not (REAL / "tinyshakespeare.txt").exists():
            pytest.skip(f"tinyshakespeare.txt is not in {REAL}")
        monkeypatch.setenv("DLBOOK_DATA", str(REAL))
    text = language.TEXTS[name]()
    if name == "english" and language.fingerprint(text) != language.ENGLISH:
        pytest.skip("the help topics of this Python are not those of the recorded run")
    vocabulary = Vocabulary.of_characters(text)
    ids = vocabulary.encode(text)
    past, future = np.split(ids, [9 * len(ids) // 10])
    told = load_claims()[f"language-model-{name}"].measures
    for order, bits in bits_of_order.items():
        model = models.NGram(order, smoothing=smoothing).fit(past, len(vocabulary))
        found = model.bits_per_character(future, context=past[-order:])
        assert found == pytest.approx(float(bits), abs=0.0051), order
        assert bits in told
