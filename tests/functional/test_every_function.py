"""Every function of `dlbook.functional`, case by case."""

import pytest

from dlbook import functional
from tests.contracts import function_rows
from tests.contracts.completeness import missing_keywords, missing_names
from tests.contracts.properties import CONTRACTS

ROWS = function_rows("functional")


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_row(row, contract):
    contract(row)


def test_every_public_name_has_rows():
    public = [f"functional.{name}" for name in functional.__all__]
    assert not missing_names(public, ROWS, {})


def test_every_keyword_has_a_row_with_another_value_than_the_default():
    assert not missing_keywords(ROWS, {})


def test_row_names_are_unique():
    names = [str(row) for row in ROWS]
    assert len(set(names)) == len(names)
