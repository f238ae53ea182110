"""The text that the ledger keeps of a run is what the ledger reads."""

import datetime

import numpy as np
import pytest

from dlbook.claims.ledger import read_claims
from dlbook.claims.runs.experiment import (
    Experiment,
    Outcome,
    as_toml,
    by_claim,
    machine_in_words,
)

CLAIM = """
[[claim]]
id = "page-run"
page = "book/part/page"
statement = "It works."
paper = "someone2020"
place = "table 1"
published = "90 %"
measures = "accuracy"
unit = "%"
decimals = 1
tolerance = 5
verdict = "recorded"
"""


def run(seed):
    return Outcome(np.arange(25) / 3 + seed, 90.123 + seed)


EXPERIMENT = Experiment("page-run", run, "dlbook.claims.runs.lenet_mnist:modern")
WORDS = {
    "decimals": 1,
    "command": 'python -m x "quoted" back\\slash',
    "machine": "a machine",
    "date": datetime.date(2026, 1, 31),
}


def test_the_ledger_reads_what_a_run_prints():
    seeds = [3, 1, 4, 5, 9]
    text = as_toml(EXPERIMENT, seeds, [run(seed) for seed in seeds], **WORDS)
    (claim,) = read_claims(CLAIM + text, "part.toml")
    assert claim.seeds == tuple(seeds)
    assert claim.values == tuple(round(90.123 + seed, 1) for seed in seeds)
    recorded = claim.recorded
    assert recorded.seed == 3
    assert recorded.date == WORDS["date"]
    assert recorded.command == WORDS["command"]
    assert recorded.machine == "a machine"
    assert recorded.replay == EXPERIMENT.replay
    np.testing.assert_allclose(
        recorded.first_losses, run(3).losses[:20], rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("number", [0, 2])
def test_an_outcome_for_each_seed_is_needed(number):
    with pytest.raises(ValueError, match=f"{number} outcomes for 1 seeds"):
        as_toml(EXPERIMENT, [0], [run(0)] * number, **WORDS)


def test_a_run_too_short_to_replay_is_refused():
    short = Outcome(np.zeros(19), 1.0)
    with pytest.raises(ValueError, match="has 19 steps, the ledger keeps the losses"):
        as_toml(EXPERIMENT, [0], [short], **WORDS)


def test_the_machine_is_named_with_its_versions():
    assert machine_in_words("Abacus 3").startswith("Abacus 3, ")
    assert f"NumPy {np.__version__}" in machine_in_words()


def test_experiments_are_found_by_their_claim():
    assert by_claim([EXPERIMENT]) == {"page-run": EXPERIMENT}
