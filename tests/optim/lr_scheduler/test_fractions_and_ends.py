"""Fractions of steps, and what lies at and after the end of a schedule."""

import math

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import SGD
from dlbook.optim.lr_scheduler import (
    CosineAnnealingWarmRestarts,
    OneCycleLR,
    ReduceLROnPlateau,
)


def sgd(lr=1.0):
    return SGD([Tensor(np.ones(2), requires_grad=True)], lr=lr, momentum=0.5)


@pytest.mark.parametrize(("first", "factor"), [(1, 1), (3, 1), (1, 2), (2, 3), (1, 5)])
def test_every_period_of_a_cosine_begins_at_the_initial_rate(first, factor):
    scheduler = CosineAnnealingWarmRestarts(sgd(), first, factor, eta_min=0.25)
    begin, period = 0, first
    quarter = 0.25 + 0.375 * (1 + 0.5**0.5)
    for _ in range(6):
        for place, rate in ((0, 1.0), (0.5, 0.625), (0.25, quarter)):
            scheduler.step(begin + place * period)
            assert scheduler.get_last_lr() == [pytest.approx(rate, rel=1e-12)]
            assert scheduler.T_i == period
            assert scheduler.last_epoch == math.floor(begin + place * period)
        begin, period = begin + period, period * factor


@pytest.mark.parametrize(
    ("epoch", "error"), [(-1, ValueError), (math.nan, ValueError), ("2", TypeError)]
)
def test_a_step_that_is_no_place_in_time_is_refused(epoch, error):
    scheduler = CosineAnnealingWarmRestarts(sgd(), 3)
    with pytest.raises(error, match="CosineAnnealingWarmRestarts: epoch must be"):
        scheduler.step(epoch)
    assert scheduler.last_epoch == 0


@pytest.mark.parametrize("done", [0, 1, 3, 4, 7, 12, 30])
def test_restarts_go_on_at_any_step(done):
    optimizer = sgd()
    scheduler = CosineAnnealingWarmRestarts(optimizer, 2, 2)
    for _ in range(done):
        scheduler.step()
    other = CosineAnnealingWarmRestarts(optimizer, 2, 2, last_epoch=done - 1)
    for _ in range(20):
        assert (other.T_i, other.T_cur) == (scheduler.T_i, scheduler.T_cur)
        assert other.get_last_lr() == scheduler.get_last_lr()
        other.step()
        scheduler.step()


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("three_phase", [False, True])
def test_the_last_rate_of_one_cycle_stays_for_the_step_after_the_last(
    strategy, three_phase
):
    scheduler = OneCycleLR(
        sgd(), 1.0, 10, anneal_strategy=strategy, three_phase=three_phase
    )
    for _ in range(9):
        scheduler.step()
    lowest = 1.0 / 25 / 1e4
    assert scheduler.get_last_lr() == [pytest.approx(lowest, rel=1e-9)]
    scheduler.step()
    assert scheduler.get_last_lr() == [pytest.approx(lowest, rel=1e-9)]
    with pytest.raises(ValueError, match="step 11 of a schedule of 10 steps"):
        scheduler.step()


@pytest.mark.parametrize("three_phase", [False, True])
def test_a_rise_without_length_starts_at_the_highest_rate(three_phase):
    optimizer = sgd()
    scheduler = OneCycleLR(optimizer, 1.0, 10, pct_start=0.1, three_phase=three_phase)
    assert scheduler.get_last_lr() == [1.0]
    assert optimizer.param_groups[0]["momentum"] == pytest.approx(0.85, rel=1e-15)


def test_a_cycle_of_one_step_has_the_lowest_rate():
    scheduler = OneCycleLR(sgd(), 1.0, 1)
    assert scheduler.get_last_lr() == [pytest.approx(4e-6, rel=1e-12)]


def test_a_fall_without_length_ends_at_the_highest_rate():
    scheduler = OneCycleLR(sgd(), 1.0, 5, pct_start=1)
    for _ in range(5):
        scheduler.step()
    assert scheduler.get_last_lr() == [1.0]


def test_one_step_an_epoch_is_a_number_of_steps():
    assert OneCycleLR(sgd(), 1.0, epochs=5, steps_per_epoch=1).total_steps == 5
    assert OneCycleLR(sgd(), 1.0, epochs=1, steps_per_epoch=5).total_steps == 5


def test_a_plateau_counts_from_0():
    scheduler = ReduceLROnPlateau(sgd())
    counts = scheduler.num_bad_epochs, scheduler.cooldown_counter, scheduler.last_epoch
    assert counts == (0, 0, 0)
    for _ in range(3):
        scheduler.step(1.0)
    counts = scheduler.num_bad_epochs, scheduler.cooldown_counter, scheduler.last_epoch
    assert counts == (2, 0, 3)


def test_patience_is_the_number_of_bad_epochs_let_pass():
    for patience in range(4):
        scheduler = ReduceLROnPlateau(sgd(), patience=patience)
        for epoch in range(patience + 1):
            scheduler.step(1.0)
            assert scheduler.get_last_lr() == [1.0], epoch
        scheduler.step(1.0)
        assert scheduler.get_last_lr() == [0.1]


def test_a_value_on_the_threshold_is_no_improvement():
    for options, value in (
        ({"threshold": 0.5}, 0.5),
        ({"threshold": 0.25, "threshold_mode": "abs"}, 0.75),
        ({"threshold": 0.5, "mode": "max"}, 1.5),
        ({"threshold": 0.25, "mode": "max", "threshold_mode": "abs"}, 1.25),
    ):
        scheduler = ReduceLROnPlateau(sgd(), **options)
        scheduler.step(1.0)
        scheduler.step(value)
        assert scheduler.best == 1.0
        scheduler.step(value + (1e-9 if "mode" in options else -1e-9))
        assert scheduler.best == pytest.approx(value)


def test_a_reduction_by_eps_is_not_made():
    scheduler = ReduceLROnPlateau(sgd(), factor=0.5, patience=0, eps=0.5)
    for _ in range(2):
        scheduler.step(1.0)
    assert scheduler.get_last_lr() == [1.0]
    scheduler = ReduceLROnPlateau(sgd(), factor=0.5, patience=0, eps=0.4999)
    for _ in range(2):
        scheduler.step(1.0)
    assert scheduler.get_last_lr() == [0.5]


def test_a_value_may_be_anything_that_is_a_float():
    scheduler = ReduceLROnPlateau(sgd())
    scheduler.step(np.float32(0.5))
    assert scheduler.best == 0.5
    assert type(scheduler.best) is float
