"""Bad input never gives a silent number: see `tests/contracts/bad_input.py`."""

import warnings

import pytest

from tests.contracts.bad_input import ROWS


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_is_refused_by_name(row):
    row.check()


@pytest.mark.parametrize("row", [r for r in ROWS if r.theirs], ids=str)
def test_torch_does_as_the_row_says(row):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where torch answers, it may warn
        row.check_torch()


def test_names_are_unique():
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
