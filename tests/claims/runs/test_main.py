"""The command that repeats a recorded run."""

import numpy as np

from dlbook.claims import load_claims
from dlbook.claims.runs.__main__ import EXPERIMENTS, main
from dlbook.claims.runs.experiment import Experiment, Outcome

FAKE = Experiment(
    "page-run",
    lambda seed: Outcome(np.linspace(3, 1, 30) + seed, 50 + seed / 3),
    "dlbook.claims.runs.lenet_mnist:modern",
)


def test_it_prints_what_the_ledger_keeps(capsys):
    assert main(["page-run", "--processor", "Abacus"], {"page-run": FAKE}) == 0
    printed = capsys.readouterr()
    assert "values = [50.0, 50.33, 50.67, 51.0, 51.33]" in printed.out
    assert 'command = "python -m dlbook.claims.runs page-run"' in printed.out
    assert 'machine = "Abacus, ' in printed.out
    assert "seed 4: 51.33" in printed.err


def test_seeds_and_decimals_can_be_set(capsys):
    main(["page-run", "--seeds", "7", "--decimals", "0"], {"page-run": FAKE})
    assert "seeds = [7]\nvalues = [52.0]\n" in capsys.readouterr().out


def test_without_a_name_the_runs_are_listed(capsys):
    assert main([]) == 0
    assert capsys.readouterr().out.split() == list(EXPERIMENTS)


def test_an_unknown_name_is_refused(capsys):
    assert main(["nothing"]) == 2
    assert "no run 'nothing'; there are lenet-mnist-modern" in capsys.readouterr().err


def test_every_recorded_claim_has_its_command():
    for name, claim in load_claims().items():
        if claim.recorded is None:
            continue
        assert claim.recorded.command == f"python -m dlbook.claims.runs {name}"
        assert claim.recorded.replay == EXPERIMENTS[name].replay
