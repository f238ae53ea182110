"""Every layer of `dlbook.nn`, case by case."""

import pytest

from dlbook import nn
from tests.contracts import layer_rows
from tests.contracts.completeness import missing_keywords, missing_names
from tests.contracts.layer_properties import (
    CONTRACTS,
    starts_from_torchs_distribution,
    with_weights_of_their_own,
)

ROWS = layer_rows()

# public, but no layer that can be called, or none that torch has: what tests it
NO_ROWS = {
    "nn.Buffer": "test_module.py",
    "nn.LearnedPositions": "test_positional.py",
    "nn.Module": "test_module.py",
    "nn.ModuleDict": "test_containers.py",
    "nn.ModuleList": "test_containers.py",
    "nn.Parameter": "test_module.py",
    "nn.RotaryPositions": "test_positional.py",
    "nn.SinusoidalPositions": "test_positional.py",
    "nn.init": "test_init.py",
    "nn.shift_matrix": "test_positional.py",
    "nn.sinusoidal_positions": "test_positional.py",
}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_row(row, contract):
    contract(row)


@pytest.mark.parametrize("row", with_weights_of_their_own(ROWS), ids=str)
def test_it_starts_from_torchs_distribution(row):
    starts_from_torchs_distribution(row)


def test_every_public_name_has_rows():
    assert not missing_names([f"nn.{name}" for name in nn.__all__], ROWS, NO_ROWS)


def test_every_keyword_has_a_row_with_another_value_than_the_default():
    assert not missing_keywords(ROWS, {})


def test_row_names_are_unique():
    names = [str(row) for row in ROWS]
    assert len(set(names)) == len(names)
