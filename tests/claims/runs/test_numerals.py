"""The run of the translator of numerals, at a tiny size."""

import numpy as np
import pytest

from dlbook.claims.runs import numerals
from dlbook.claims.runs.numerals import Setting
from dlbook.data import numeral_pairs
from dlbook.nn import CrossEntropyLoss
from dlbook.optim import Adam

TINY = Setting(heads=2, width=8, feedforward=8, batch=4, steps=20)


class Speaker:
    """A model that writes what it is told."""

    pad = 0

    def __init__(self, numbers):
        said = [numerals.CHINESE.encode(c, end=True) for _, c in numeral_pairs(numbers)]
        self.rows = np.zeros((len(said), max(map(len, said))), int)
        for row, tokens in zip(self.rows, said, strict=True):
            row[: len(tokens)] = tokens

    def greedy(self, source, *, max_length):
        assert len(source) == len(self.rows)
        assert self.rows.shape[1] <= max_length
        return self.rows


@pytest.fixture
def few(monkeypatch):
    """Test few numbers, so that it is short."""
    kinds = {"uniform": np.array([12_345_678, 56_000_001]), "short": np.array([345])}
    monkeypatch.setattr(numerals, "test_numbers", lambda: kinds)


def test_a_run_is_decided_by_its_seed(few):
    one, again, other = (numerals.run(s, setting=TINY) for s in (0, 0, 1))
    np.testing.assert_array_equal(one.losses, again.losses)
    assert one.figure == again.figure
    assert one.losses.shape == (20,)
    assert not np.array_equal(one.losses, other.losses)


def test_a_run_cut_short_begins_like_the_whole_run_and_measures_nothing(
    few, monkeypatch
):
    whole = numerals.run(1, setting=TINY)
    short = numerals.run(1, setting=TINY, steps=7)
    np.testing.assert_array_equal(short.losses, whole.losses[:7])
    assert np.isnan(short.figure)
    monkeypatch.setattr(numerals, "SETTING", TINY)
    np.testing.assert_array_equal(numerals.translator(seed=1, steps=7), short.losses)


def test_it_learns(few):
    setting = Setting(heads=2, width=16, feedforward=32, batch=16, steps=120, lr=0.01)
    losses = numerals.run(0, setting=setting).losses
    assert losses[0] == pytest.approx(np.log(len(numerals.CHINESE)), rel=0.35)
    assert losses[-10:].mean() < 0.55 * losses[0]


def test_the_figure_is_the_share_of_the_worst_kind_in_percent(few, monkeypatch):
    shares = {2: 0.75, 1: 0.5}
    monkeypatch.setattr(
        numerals, "exact_match", lambda _, numbers: shares[len(numbers)]
    )
    assert numerals.run(0, setting=TINY).figure == 50


def test_every_kind_is_as_it_says():
    kinds = numerals.test_numbers()
    assert list(kinds) == [
        "uniform", *(f"{d} digits" for d in range(2, 9)), "rich in zeros"
    ]  # fmt: skip
    sizes = [1000, 9, 89, *[500] * 5, 500]
    assert [len(numbers) for numbers in kinds.values()] == sizes
    for name, numbers in kinds.items():
        assert numerals.is_held_out(numbers).all()
        assert len(set(numbers.tolist())) == len(numbers)
        assert numbers.min() >= 10
        assert numbers.max() <= 99_999_999
        if name.endswith("digits"):
            assert {len(str(n)) for n in numbers} == {int(name[0])}
    digits = "".join(str(n)[1:] for n in kinds["rich in zeros"])
    assert digits.count("0") / len(digits) > 0.55  # 0.1 if uniform
    assert {len(str(n)) for n in kinds["rich in zeros"]} == set(range(3, 9))


def test_a_tenth_is_held_out_of_every_family_of_numbers():
    assert not numerals.is_held_out(np.arange(10)).any()
    held = numerals.is_held_out(np.arange(10, 200_000))
    assert held.mean() == pytest.approx(0.1, abs=0.002)
    for zeros in range(1, 8):
        family = np.arange(1, 10) * 10**zeros  # what a test drawn first would exhaust
        assert numerals.is_held_out(family).sum() <= 3
    several = [*range(10, 1000), *range(99_999_000, 100_000_000)]
    hashed = [n * 2_654_435_761 % 2**32 / 2**32 for n in several]  # Python's integers
    assert numerals.is_held_out(np.array(several)).tolist() == [h < 0.1 for h in hashed]


def test_no_held_out_number_is_trained_on(few, monkeypatch):
    drawn = []
    arrays = numerals.arrays

    def noted(numbers):
        drawn.append(numbers)
        return arrays(numbers)

    monkeypatch.setattr(numerals, "arrays", noted)
    setting = Setting(heads=2, width=8, feedforward=8, batch=100, steps=30)
    numerals.run(0, setting=setting, steps=20)
    assert [len(numbers) for numbers in drawn] == [100] * 20
    numbers = np.concatenate(drawn)
    assert not numerals.is_held_out(numbers).any()
    assert numbers.max() > 9_999_999
    assert (numbers < 10).any()


def test_one_wrong_character_makes_a_number_wrong():
    numbers = [12, 340_005, 99_999_999, 7]
    assert numerals.exact_match(Speaker(numbers), numbers) == 1
    assert numerals.exact_match(Speaker([12, 340_006, 99_999_999, 7]), numbers) == 0.75
    # a missing end, and a longer text, are errors as well
    cut = Speaker(numbers)
    cut.rows[0, 2] = 5
    assert numerals.exact_match(cut, numbers) == 0.75
    cut.rows[3, 1:3] = 4, 2
    assert numerals.exact_match(cut, numbers) == 0.5


def test_the_longest_numeral_fits():
    longest = max(len(c) for _, c in numeral_pairs(numerals.test_numbers()["uniform"]))
    assert longest + 1 <= numerals.LONGEST


def test_the_loss_is_that_of_the_shifted_targets(few, monkeypatch):
    asked = []
    forward = CrossEntropyLoss.forward

    def noted(self, scores, targets):
        asked.append((self.ignore_index, scores.shape, targets))
        return forward(self, scores, targets)

    monkeypatch.setattr(CrossEntropyLoss, "forward", noted)
    numerals.run(0, setting=TINY, steps=1)
    ((ignored, shape, targets),) = asked
    assert ignored == 0
    assert shape == (len(targets), len(numerals.CHINESE))
    rows = targets.reshape(TINY.batch, -1)
    assert (rows[:, 0] > 2).all()  # the begin token is read, never said
    assert ((rows == 2).sum(axis=1) == 1).all()  # each ends once


def test_the_rate_rises_and_then_falls(few, monkeypatch):
    rates = []
    step = Adam.step

    def noted(self):
        rates.extend(group["lr"] for group in self.param_groups)
        return step(self)

    monkeypatch.setattr(Adam, "step", noted)
    numerals.run(0, setting=TINY)
    np.testing.assert_allclose(rates[:3], [0.5 * TINY.lr, TINY.lr, TINY.lr])
    np.testing.assert_allclose(rates[10:12], [TINY.lr, 0.9 * TINY.lr])
    np.testing.assert_allclose(rates[-1], 0.1 * TINY.lr)


def test_the_replay_is_named():
    (experiment,) = numerals.EXPERIMENTS
    assert experiment.claim == "encoder-decoder-numerals"
    assert experiment.replay == "dlbook.claims.runs.numerals:translator"
