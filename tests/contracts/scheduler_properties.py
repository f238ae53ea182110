"""What every schedule of the learning rate promises."""

import copy
import json

import numpy as np
import pytest

from dlbook.optim import lr_scheduler
from tests.contracts.schedulers import (
    DLBOOK,
    OPTIMIZERS,
    STEPS,
    SchedulerRow,
    our_run,
    state_of,
    torchs_run,
)


def equals_torch(row: SchedulerRow) -> None:
    for kind in OPTIMIZERS:
        theirs = torchs_run(row, kind)
        for step, (ours, expected) in enumerate(
            zip(our_run(row, kind), theirs, strict=True)
        ):
            for a, b in zip(ours, expected, strict=True):
                np.testing.assert_allclose(
                    a, b, rtol=row.rtol, atol=1e-16, err_msg=f"{kind}, step {step}"
                )


def resumes_from_its_state(row: SchedulerRow) -> None:
    """From every step, a fresh scheduler goes on to the same bits."""
    for kind in OPTIMIZERS:
        optimizer = row.optimizer(DLBOOK, kind)
        scheduler = row.build(lr_scheduler, optimizer)
        saved, course = [], []
        for step in range(STEPS):
            state = scheduler.state_dict()
            saved.append((json.dumps(state), state, optimizer.state_dict()))
            row.advance(optimizer, scheduler, step)
            course.append(state_of(optimizer, scheduler))
        every = 1 if kind == "SGD" else 10
        for start, (text, state, groups) in list(enumerate(saved))[::every]:
            assert json.dumps(state) == text  # later steps left it alone
            other = row.optimizer(DLBOOK, kind)
            resumed = row.build(lr_scheduler, other)
            other.load_state_dict(groups)
            resumed.load_state_dict(json.loads(text))
            assert json.dumps(resumed.state_dict()) == text
            for step in range(start, min(start + 5, STEPS)):
                row.advance(other, resumed, step)
                assert state_of(other, resumed) == course[step]


def refuses_another_state(row: SchedulerRow) -> None:
    optimizer = row.optimizer(DLBOOK, "SGD")
    scheduler = row.build(lr_scheduler, optimizer)
    before = scheduler.state_dict()
    for wrong, message in (
        (
            {**before, "other": 1},
            f"no state of a {row.short_name} .unexpected: other",
        ),
        (
            {k: v for k, v in before.items() if k != "last_epoch"},
            f"no state of a {row.short_name} .missing: last_epoch",
        ),
        (
            {**before, "last_epoch": 9, "_last_lr": [0.1]},
            "the state has 1 parameter groups, expected 2",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            scheduler.load_state_dict(wrong)
        assert scheduler.state_dict() == before


def returns_copies(row: SchedulerRow) -> None:
    optimizer = row.optimizer(DLBOOK, "SGD")
    scheduler = row.build(lr_scheduler, optimizer)
    expected = copy.deepcopy(scheduler.get_last_lr())
    scheduler.get_last_lr()[0] = 7.0
    assert scheduler.get_last_lr() == expected
    assert expected == [group["lr"] for group in optimizer.param_groups]


def prints_its_options(row: SchedulerRow) -> None:
    scheduler = row.build(lr_scheduler, row.optimizer(DLBOOK, "SGD"))
    text = repr(scheduler)
    assert text.startswith(f"{row.short_name}(")
    assert f"last_epoch={scheduler.last_epoch}" in text
    assert "optimizer" not in text
    assert "_last_lr" not in text
    for name in set(row.options) & set(vars(scheduler)) - scheduler.unsaved:
        assert f"{name}={getattr(scheduler, name)!r}" in text


CONTRACTS = [
    equals_torch,
    resumes_from_its_state,
    refuses_another_state,
    returns_copies,
    prints_its_options,
]
