"""A measured figure is held against its claim, and the row reads the same twice."""

import importlib
import os
import types
from pathlib import Path

import numpy as np
import pytest

from dlbook.claims import (
    ClaimError,
    check,
    check_claim,
    load_claims,
    replay_claim,
    show_recorded,
)
from dlbook.claims.ledger import read_claims
from dlbook.claims.runs import language
from dlbook.data import load_english_text

REAL = Path(
    os.environ.get("DLBOOK_TEST_DATA")
    or Path(__file__).resolve().parents[3] / "shared" / "data"
)
MNIST_FILE = "t10k-images-idx3-ubyte.gz"
SHAKESPEARE_FILE = "tinyshakespeare.txt"

LEDGER = """
[[claim]]
id = "page-mean"
page = "book/part/page"
statement = "The norm $|x|$ grows."
paper = "rosenblatt1958"
place = "table 1"
published = "94 %"
measures = "accuracy"
unit = "%"
decimals = 1
seeds = [0, 1, 2, 3, 4]
values = [90.0, 92.0, 91.0, 93.0, 94.0]
tolerance = 10.0
verdict = "qualitative"

[[claim]]
id = "page-long"
page = "book/part/page"
statement = "It converges."
paper = "rosenblatt1958"
place = "figure 2"
published = "1.88"
measures = "loss"
unit = ""
decimals = 2
seeds = [0, 1, 2, 3, 4]
values = [1.89, 1.9, 1.88, 1.89, 1.9]
tolerance = 0.05
verdict = "recorded"
[claim.recorded]
date = 2026-01-31
machine = "2 cores, NumPy 2.4"
command = "python -m long"
seed = 7
replay = "dlbook.fake_runs:run"
first_losses = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0,
  13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0]
"""
CLAIMS = {claim.id: claim for claim in read_claims(LEDGER, "part.toml")}


@pytest.fixture(autouse=True)
def ledger(monkeypatch):
    monkeypatch.setattr(check, "load_claims", lambda: CLAIMS)


def run(seed, steps, scale=1.0):
    assert (seed, steps) == (7, 20)
    return scale * np.arange(20.0)


def use_run(monkeypatch, function):
    module = types.SimpleNamespace(run=function)
    monkeypatch.setattr(importlib, "import_module", {"dlbook.fake_runs": module}.get)


def test_a_figure_inside_the_band_is_shown_in_a_row():
    checked = check_claim("page-mean", 93.2666)
    assert repr(checked).splitlines() == [
        "Claim      The norm $|x|$ grows.",
        "Source     Rosenblatt 1958, table 1",
        "Published  94 %",
        "Measured   93.3 % (accuracy)",
        "Band       82 to 100 %, from 5 seeds: mean 92.0, standard deviation 1.6",
        "Verdict    qualitative",
    ]
    lines = checked._repr_markdown_().splitlines()
    assert lines[0] == r"| Claim | The norm $\|x\|$ grows. |"
    assert lines[1] == "| :-- | :-- |"
    assert lines[-1] == "| Verdict | **qualitative** |"


def test_two_runs_that_differ_in_rounding_print_the_same():
    one, other = check_claim("page-mean", 93.26661), check_claim("page-mean", 93.26664)
    assert repr(one) == repr(other)


def test_several_seeds_are_shown_with_their_range():
    checked = check_claim("page-mean", np.array([90.0, 94.0, 92.0]))
    assert "92.0 %, 3 seeds from 90.0 to 94.0" in repr(checked)


@pytest.mark.parametrize("measured", [81.0, 103.0, np.nan, np.inf, [92.0, 81.0]])
def test_a_figure_outside_the_band_is_an_error_that_shows_the_row(measured):
    with pytest.raises(ClaimError, match=r"outside the band \[82, 100\]") as error:
        check_claim("page-mean", measured)
    assert "Published  94 %" in str(error.value)


@pytest.mark.parametrize("measured", [[], [[1.0]]])
def test_what_is_not_a_figure_is_refused(measured):
    with pytest.raises(ClaimError, match="number or a one-dimensional"):
        check_claim("page-mean", measured)


def test_an_unknown_id_names_the_nearest():
    with pytest.raises(ClaimError, match="did you mean 'page-mean'"):
        check_claim("page-maen", 1.0)
    with pytest.raises(ClaimError, match=r"no claim has the id 'x'$"):
        check_claim("x", 1.0)


def test_a_recorded_run_is_marked_as_recorded():
    shown = repr(show_recorded("page-long"))
    assert "Recorded   1.89, 1.90, 1.88, 1.89, 1.90 (loss)" in shown
    assert "2026-01-31, 2 cores, NumPy 2.4, `python -m long`" in shown
    assert "recorded, not run with this page" in shown


def test_a_claim_that_must_be_measured_has_no_recorded_run_to_show():
    with pytest.raises(ClaimError, match="measure and call check_claim"):
        show_recorded("page-mean")


def test_a_replay_that_agrees_returns_its_losses(monkeypatch):
    use_run(monkeypatch, run)
    np.testing.assert_array_equal(replay_claim("page-long"), np.arange(20.0))


def test_a_replay_that_differs_names_the_step(monkeypatch):
    use_run(monkeypatch, lambda seed, steps: run(seed, steps, scale=1.01))
    with pytest.raises(ClaimError, match=r"loss of step 2 is 1\.01, recorded 1"):
        replay_claim("page-long")


def test_a_replay_of_another_length_is_refused(monkeypatch):
    use_run(monkeypatch, lambda seed, steps: np.zeros(3))
    with pytest.raises(ClaimError, match=r"returned shape \(3,\), expected \(20,\)"):
        replay_claim("page-long")


def recorded_ids():
    return [name for name, claim in load_claims().items() if claim.recorded is not None]


@pytest.mark.parametrize("claim_id", recorded_ids())
def test_the_first_steps_of_every_recorded_run_replay(claim_id, monkeypatch):
    monkeypatch.undo()
    replay = load_claims()[claim_id].recorded.replay
    if "lenet_mnist" in replay and not (REAL / MNIST_FILE).exists():
        pytest.skip(f"{MNIST_FILE} is not in {REAL}")
    if "shakespeare" in replay and not (REAL / SHAKESPEARE_FILE).exists():
        pytest.skip(f"{SHAKESPEARE_FILE} is not in {REAL}")
    if replay.endswith("language:english") and (
        language.fingerprint(load_english_text()) != language.ENGLISH
    ):
        pytest.skip("the help topics of this Python are not those of the recorded run")
    monkeypatch.setenv("DLBOOK_DATA", str(REAL))
    replay_claim(claim_id)
