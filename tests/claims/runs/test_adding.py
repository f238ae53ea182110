"""The runs on the adding problem, at a small size."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.claims.runs import adding
from dlbook.data import make_adding
from dlbook.optim import Adam

REPLAYS = {"gates-adding-lstm": adding.lstm, "gates-adding-elman": adding.elman}


@pytest.mark.parametrize("cell", ["lstm", "elman"])
def test_a_run_is_decided_by_its_seed(cell, monkeypatch):
    monkeypatch.setattr(adding, "LENGTH", 6)
    one, again, other = (adding.run(cell, seed, training_steps=5) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.losses, again.losses)
    assert one.figure == again.figure
    assert one.losses.shape == (5,)
    assert not np.array_equal(one.losses, other.losses)
    assert one.figure > 0


@pytest.mark.parametrize("experiment", adding.EXPERIMENTS, ids=lambda e: e.claim)
def test_a_replay_is_the_start_of_its_own_run(experiment, monkeypatch):
    monkeypatch.setattr(adding, "LENGTH", 6)
    monkeypatch.setitem(adding.run.__kwdefaults__, "training_steps", 4)
    replay = REPLAYS[experiment.claim]
    assert experiment.replay == f"{adding.__name__}:{replay.__name__}"
    short = replay(seed=3, steps=2)
    whole = experiment.run(3)
    assert whole.losses.shape == (4,)
    np.testing.assert_array_equal(whole.losses[:2], short)
    assert short.shape == (2,)
    assert np.isnan(adding.run("lstm", 3, steps=1).figure)


@pytest.mark.parametrize("cell", ["lstm", "elman"])
def test_a_run_cut_short_begins_like_the_whole_run(cell, monkeypatch):
    monkeypatch.setattr(adding, "LENGTH", 5)
    whole = adding.run(cell, 1, training_steps=6)
    short = adding.run(cell, 1, training_steps=6, steps=4)
    np.testing.assert_array_equal(short.losses, whole.losses[:4])


def test_the_last_quarter_has_a_tenth_of_the_learning_rate(monkeypatch):
    monkeypatch.setattr(adding, "LENGTH", 4)
    rates = []
    step = Adam.step

    def noted(self):
        rates.append(self.param_groups[0]["lr"])
        return step(self)

    monkeypatch.setattr(Adam, "step", noted)
    adding.run("elman", 0, training_steps=8)
    np.testing.assert_allclose(rates, [0.01] * 6 + [0.001] * 2)


def test_both_cells_are_those_of_the_names():
    names = [type(adding.Adder(cell).rnn).__name__ for cell in ("lstm", "elman")]
    assert names == ["LSTM", "RNN"]
    assert adding.Adder("elman").rnn.nonlinearity == "tanh"
    assert adding.Adder("lstm").rnn.hidden_size == adding.HIDDEN_SIZE


def test_the_answer_is_read_at_the_last_step():
    model = adding.Adder("lstm", 4, rng=0)
    x, _ = make_adding(3, 7, rng=0)
    output, _ = model.rnn(Tensor(x))
    expected = output.data[6] @ model.linear.weight.data[0] + model.linear.bias.data
    np.testing.assert_allclose(model(Tensor(x)).data, expected, rtol=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "elman"])
def test_short_sequences_are_learned_by_both(cell, monkeypatch):
    """At four steps neither stays at 1/6, the error of the mean."""
    monkeypatch.setattr(adding, "LENGTH", 4)
    assert adding.run(cell, 0, training_steps=400).figure < 0.05
