"""Every schedule of `dlbook.optim.lr_scheduler`, case by case."""

import pytest

from dlbook.optim import lr_scheduler
from tests.contracts import scheduler_rows
from tests.contracts.completeness import missing_keywords, missing_names
from tests.contracts.scheduler_properties import CONTRACTS
from tests.contracts.schedulers import our_run

ROWS = scheduler_rows()
NO_ROWS = {"lr_scheduler.LRScheduler": "the base class: test_scheduler.py"}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_row(row, contract):
    contract(row)


def test_every_public_name_has_rows():
    public = [f"lr_scheduler.{name}" for name in lr_scheduler.__all__]
    assert not missing_names(public, ROWS, NO_ROWS)


def test_every_keyword_has_a_row_with_another_value_than_the_default():
    assert not missing_keywords(ROWS, {})


def test_rows_whose_rates_stay_as_they_are_are_few():
    """Such a row compares little."""
    still = {
        str(row)
        for row in ROWS
        for course in [our_run(row, "SGD")]
        if all(state == course[0] for state in course)
    }
    assert still == {
        "lr_scheduler.ConstantLR: factor 1",
        "lr_scheduler.ConstantLR: goes on after the end",
        "lr_scheduler.CosineAnnealingWarmRestarts: every step",
        "lr_scheduler.ExponentialLR: gamma 1",
        "lr_scheduler.LinearLR: goes on after the end",
        "lr_scheduler.MultiStepLR: none",
        "lr_scheduler.PolynomialLR: power 0",
    }


def test_row_names_are_unique():
    names = [str(row) for row in ROWS]
    assert len(set(names)) == len(names)
