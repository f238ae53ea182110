"""The cases, one folder a part and one module a page of the book, found by name."""

from __future__ import annotations

from dlbook.compare.case import Case
from dlbook.compare.cases import (
    backprop,
    cnn,
    compression,
    neurons,
    optimization,
    regularization,
    rnn,
    transformer,
)

PARTS = {
    "neurons": neurons.CASES,
    "backprop": backprop.CASES,
    "cnn": cnn.CASES,
    "rnn": rnn.CASES,
    "transformer": transformer.CASES,
    "optimization": optimization.CASES,
    "regularization": regularization.CASES,
    "compression": compression.CASES,
}


def all_cases() -> dict[str, Case]:
    """Return every case by name, in the order of the book."""
    return {case.name: case for part in PARTS.values() for case in part}


def find_case(case: str | Case | type[Case]) -> Case:
    """Return the case with this name, or of this class.

    Raises
    ------
    KeyError
        If there is no case of this name.
    """
    if isinstance(case, Case):
        return case
    if isinstance(case, type):
        return case()
    cases = all_cases()
    if case not in cases:
        raise KeyError(f"no case {case!r}; there are {', '.join(cases)}")
    return cases[case]
