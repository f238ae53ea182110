"""Hold a measured figure against the ledger and show the row."""

from __future__ import annotations

import difflib
import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dlbook.claims.ledger import REPLAYED_STEPS, Claim, ClaimError, load_claims


@dataclass(frozen=True)
class CheckedClaim:
    """A claim and what was measured; displays as a small table.

    Parameters
    ----------
    claim : Claim
        The ledger's entry.
    measured : tuple of float
        One figure, or one for each seed that the page ran.
    """

    claim: Claim
    measured: tuple[float, ...]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Label and content of every line of the table, as Markdown."""
        claim = self.claim
        return [
            ("Claim", claim.statement),
            ("Source", claim.source),
            ("Published", claim.published),
            ("Measured", f"{_measured_text(claim, self.measured)} ({claim.measures})"),
            ("Band", f"{claim.band_text}, from {_values_text(claim)}"),
            ("Verdict", f"**{claim.verdict}**"),
        ]

    def __repr__(self) -> str:
        """Return the table as plain text."""
        return _plain(self.rows)

    def _repr_markdown_(self) -> str:
        """Return the table as Markdown."""
        return _table(self.rows)


@dataclass(frozen=True)
class RecordedRun:
    """A claim whose run was recorded; displays as a small table marked as recorded."""

    claim: Claim

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Label and content of every line of the table, as Markdown."""
        claim, run = self.claim, self.claim.recorded
        assert run is not None
        values = ", ".join(claim.figure(v, with_unit=False) for v in claim.values)
        unit = f" {claim.unit}" if claim.unit else ""
        return [
            ("Claim", claim.statement),
            ("Source", claim.source),
            ("Published", claim.published),
            ("Recorded", f"{values}{unit} ({claim.measures})"),
            ("Run", f"{run.date.isoformat()}, {run.machine}, `{run.command}`"),
            ("Verdict", "**recorded**, not run with this page"),
        ]

    def __repr__(self) -> str:
        """Return the table as plain text."""
        return _plain(self.rows)

    def _repr_markdown_(self) -> str:
        """Return the table as Markdown."""
        return _table(self.rows)


def check_claim(claim_id: str, measured: ArrayLike) -> CheckedClaim:
    """Hold what the page measured against the claim's band.

    Parameters
    ----------
    claim_id : str
        Id of an entry in ``dlbook/claims/*.toml``.
    measured : float, or array of floats of shape (S,)
        The measured figure in the claim's unit; for S seeds, one for each. Every one
        of them must lie in the band.

    Returns
    -------
    CheckedClaim
        Displays statement, published and measured figure, band and verdict. The
        measured figure is rounded to the claim's decimals, so that two runs print the
        same.

    Raises
    ------
    ClaimError
        If the id is unknown, the figure is not finite, or it lies outside the band.
    """
    claim = _find(claim_id)
    figures = np.atleast_1d(np.asarray(measured, dtype=np.float64))
    if figures.ndim != 1 or figures.size == 0:
        raise ClaimError(
            f"{claim_id}: measured must be a number or a one-dimensional array of "
            f"numbers, got shape {np.shape(measured)}"
        )
    checked = CheckedClaim(claim, tuple(figures.tolist()))
    outside = [figure for figure in checked.measured if not claim.contains(figure)]
    if outside:
        shown = ", ".join(f"{figure:g}" for figure in outside)
        low, high = claim.band
        raise ClaimError(
            f"{claim_id}: measured {shown} {claim.unit}".rstrip()
            + f", outside the band [{low:g}, {high:g}]\n{checked!r}"
        )
    return checked


def show_recorded(claim_id: str) -> RecordedRun:
    """Show a claim whose run is recorded, without measuring anything.

    Raises
    ------
    ClaimError
        If the id is unknown, or the claim is one that its page must measure.
    """
    claim = _find(claim_id)
    if claim.recorded is None:
        raise ClaimError(
            f"{claim_id}: has no recorded run; measure and call check_claim()"
        )
    return RecordedRun(claim)


def replay_claim(claim_id: str) -> np.ndarray:
    """Run the first 20 steps of a recorded run again and compare their losses.

    Returns
    -------
    ndarray, shape (20,)
        The losses of this replay.

    Raises
    ------
    ClaimError
        If the claim has no recorded run, or a loss differs from the recorded one by
        more than 1e-4 of it (float32 sums in another order), step named.
    """
    claim = show_recorded(claim_id).claim
    run = claim.recorded
    assert run is not None
    module, _, function = run.replay.partition(":")
    losses = np.asarray(
        getattr(importlib.import_module(module), function)(
            seed=run.seed, steps=REPLAYED_STEPS
        ),
        dtype=np.float64,
    )
    recorded = np.asarray(run.first_losses)
    if losses.shape != recorded.shape:
        raise ClaimError(
            f"{claim_id}: {run.replay} returned shape {losses.shape}, "
            f"expected ({REPLAYED_STEPS},)"
        )
    differs = ~np.isclose(losses, recorded, rtol=1e-4, atol=0)
    if differs.any():
        step = int(differs.argmax())
        raise ClaimError(
            f"{claim_id}: loss of step {step + 1} is {losses[step]:g}, "
            f"recorded {recorded[step]:g}"
        )
    return losses


def _find(claim_id: str) -> Claim:
    claims = load_claims()
    if claim_id not in claims:
        near = difflib.get_close_matches(str(claim_id), claims, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ClaimError(f"no claim has the id {claim_id!r}{hint}")
    return claims[claim_id]


def _measured_text(claim: Claim, measured: Sequence[float]) -> str:
    if len(measured) == 1:
        return claim.figure(measured[0])
    mean = claim.figure(math.fsum(measured) / len(measured))
    low, high = (
        claim.figure(end, with_unit=False) for end in (min(measured), max(measured))
    )
    return f"{mean}, {len(measured)} seeds from {low} to {high}"


def _values_text(claim: Claim) -> str:
    if not claim.seeds:
        return f"{claim.figure(claim.values[0])}, nothing random"
    mean, spread = (
        claim.figure(x, with_unit=False) for x in (claim.mean, claim.spread)
    )
    return f"{len(claim.seeds)} seeds: mean {mean}, standard deviation {spread}"


def _plain(rows: list[tuple[str, str]]) -> str:
    return "\n".join(f"{label:<10} {text.replace('**', '')}" for label, text in rows)


def _table(rows: list[tuple[str, str]]) -> str:
    header, *lines = [f"| {label} | {_cell(text)} |" for label, text in rows]
    return "\n".join([header, "| :-- | :-- |", *lines])


def _cell(text: str) -> str:
    """Keep the bars of a text from ending the table's cell."""
    return text.replace(r"\|", r"\Vert ").replace("|", r"\|")
