"""The book's ledger of claims: what a paper says, what a page measures, the verdict.

A claim is an entry of ``dlbook/claims/<part>.toml``. A page measures and calls
`check_claim`, which raises `ClaimError` when the measured figure leaves the band.
`dlbook.claims.ledger` says what an entry holds and how the band follows from the
stored values.
"""

from dlbook.claims.check import (
    CheckedClaim,
    RecordedRun,
    check_claim,
    replay_claim,
    show_recorded,
)
from dlbook.claims.ledger import (
    Claim,
    ClaimError,
    Recording,
    all_claims,
    load_claims,
)

__all__ = [
    "CheckedClaim",
    "Claim",
    "ClaimError",
    "RecordedRun",
    "Recording",
    "all_claims",
    "check_claim",
    "load_claims",
    "replay_claim",
    "show_recorded",
]
