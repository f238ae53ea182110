"""Schedules beside torch's: every one is there, and a wrong rate is noticed."""

import inspect

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.compare.cases.optimization.schedules import (
    SCHEDULES,
    compare_schedules,
    make_schedule,
    verbose_in_torch,
)
from dlbook.optim import SGD, lr_scheduler

torch = pytest.importorskip("torch")


def test_every_schedule_has_a_row_in_the_order_given():
    agreement = compare_schedules(steps=6)
    assert [row[0] for row in agreement.rows] == list(SCHEDULES)
    assert set(SCHEDULES) == set(lr_scheduler.__all__) - {"LRScheduler"}
    lines = agreement._repr_markdown_().splitlines()
    assert lines[0] == "| schedule | 6 steps | resumed in the middle |"
    assert len(lines) == 2 + len(SCHEDULES)
    assert repr(compare_schedules(steps=6)) == repr(agreement)


def test_torch_has_no_schedule_that_is_missing():
    theirs = {
        name
        for name, member in vars(torch.optim.lr_scheduler).items()
        if inspect.isclass(member) and issubclass(member, lr_scheduler_base())
    }
    assert theirs - {"LRScheduler", "_LRScheduler"} == set(SCHEDULES)


def lr_scheduler_base():
    return torch.optim.lr_scheduler.LRScheduler


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_rate_moves_within_a_hundred_steps(name):
    optimizer = SGD([Tensor(np.ones(1), requires_grad=True)], lr=0.1, momentum=0.9)
    scheduler = make_schedule(name, lr_scheduler, optimizer)
    rates = set()
    for _ in range(100):
        rates.add(optimizer.param_groups[0]["lr"])
        scheduler.step(*([1.0] if name == "ReduceLROnPlateau" else []))
    assert len(rates) > 1


def test_a_wrong_rate_is_noticed(monkeypatch):
    monkeypatch.setattr(lr_scheduler.PolynomialLR, "change", lambda self: 0.99)
    with pytest.raises(AssertionError, match="PolynomialLR"):
        compare_schedules()


def test_a_schedule_that_is_not_restored_is_noticed(monkeypatch):
    monkeypatch.setattr(
        lr_scheduler.OneCycleLR, "load_state_dict", lambda self, state: None
    )
    with pytest.raises(AssertionError, match="OneCycleLR"):
        compare_schedules()


def test_torch_refuses_verbose():
    assert "verbose" in verbose_in_torch()
    assert verbose_in_torch().startswith("TypeError")
