"""What a recorded experiment is, and the text that the ledger keeps of it."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dlbook.claims.ledger import REPLAYED_STEPS

__all__ = ["Experiment", "Outcome", "as_toml", "machine_in_words"]


@dataclass(frozen=True)
class Outcome:
    """What one run leaves behind.

    Parameters
    ----------
    losses : ndarray of float64, shape (steps,)
        The loss of each step's batch, before the step.
    figure : float
        What the claim is about; NaN for a run that was cut short.
    """

    losses: np.ndarray
    figure: float


@dataclass(frozen=True)
class Experiment:
    """A claim's run, from the seed to the figure.

    Parameters
    ----------
    claim : str
        Id of the claim.
    run : callable
        ``run(seed)`` returns an `Outcome`, and nothing but the seed decides it.
    replay : str
        ``"package.module:function"``, as the ledger names it; called as
        ``function(seed=seed, steps=20)`` it returns the first losses of ``run(seed)``.
    """

    claim: str
    run: Callable[[int], Outcome]
    replay: str


def machine_in_words(processor: str | None = None) -> str:
    """Say what a run was made on: processor, cores, and the versions that matter.

    Parameters
    ----------
    processor : str, optional
        Its name; by default what Python knows of it, which is often only its family.
    """
    name = processor or platform.processor() or platform.machine()
    return (
        f"{name}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, NumPy {np.__version__}"
    )


def as_toml(
    experiment: Experiment,
    seeds: Sequence[int],
    outcomes: Sequence[Outcome],
    *,
    decimals: int,
    command: str,
    machine: str,
    date: datetime.date,
) -> str:
    """Write what the ledger keeps of a run.

    Parameters
    ----------
    experiment : Experiment
    seeds : sequence of int
        The first is the one whose start is replayed.
    outcomes : sequence of Outcome
        One for each seed.
    decimals : int
        Of the figures.
    command, machine : str
    date : datetime.date

    Returns
    -------
    str
        The keys ``seeds`` and ``values`` of the claim, and its table ``recorded``.

    Raises
    ------
    ValueError
        If there is not one outcome for each seed, or the first has fewer than 20
        losses.
    """
    if len(outcomes) != len(seeds) or not seeds:
        raise ValueError(
            f"{experiment.claim}: {len(outcomes)} outcomes for {len(seeds)} seeds"
        )
    first = outcomes[0].losses[:REPLAYED_STEPS]
    if len(first) < REPLAYED_STEPS:
        raise ValueError(
            f"{experiment.claim}: the run has {len(first)} steps, the ledger keeps the "
            f"losses of {REPLAYED_STEPS}"
        )
    values = [round(outcome.figure, decimals) for outcome in outcomes]
    losses = [f"{loss:.7g}" for loss in first]
    return "\n".join(
        [
            f"seeds = {list(seeds)}",
            f"values = {values}",
            "",
            "[claim.recorded]",
            f"date = {date.isoformat()}",
            f"machine = {_quoted(machine)}",
            f"command = {_quoted(command)}",
            f"seed = {seeds[0]}",
            f'replay = "{experiment.replay}"',
            "first_losses = [",
            *(f"  {', '.join(losses[i : i + 5])}," for i in range(0, len(losses), 5)),
            "]",
        ]
    )


def by_claim(experiments: Iterable[Experiment]) -> dict[str, Experiment]:
    """Return the experiments by the id of their claim."""
    return {experiment.claim: experiment for experiment in experiments}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
