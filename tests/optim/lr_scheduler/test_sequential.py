"""Schedules made of schedules, where torch raises or counts otherwise."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import SGD
from dlbook.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    SequentialLR,
    StepLR,
)


def sgd():
    return SGD([Tensor(np.ones(2), requires_grad=True)], lr=1.0, momentum=0.5)


def rates(scheduler, steps):
    found = [scheduler.get_last_lr()[0]]
    for _ in range(steps):
        scheduler.step()
        found.append(scheduler.get_last_lr()[0])
    return found


def test_a_sequence_in_a_sequence_counts_from_its_own_start():
    optimizer = sgd()
    inner = SequentialLR(
        optimizer, [ExponentialLR(optimizer, 0.5), StepLR(optimizer, 2)], [3]
    )
    last = LambdaLR(optimizer, lambda t: 7.0)
    first = ConstantLR(optimizer, 0.25, 9)
    outer = SequentialLR(optimizer, [first, inner, last], [2, 8])
    np.testing.assert_allclose(
        rates(outer, 9), [0.25, 0.25, 1, 0.5, 0.25, 1, 1, 0.1, 7, 7], rtol=1e-15
    )


def test_a_sequence_that_comes_first_changes_at_its_milestone():
    optimizer = sgd()
    inner = SequentialLR(
        optimizer, [ExponentialLR(optimizer, 0.5), StepLR(optimizer, 9)], [3]
    )
    outer = SequentialLR(optimizer, [inner, ConstantLR(optimizer, 0.3, 9)], [5])
    assert rates(outer, 5) == [1, 0.5, 0.25, 1, 1, 0.3]


@pytest.mark.parametrize("position", [0, 1])
def test_several_at_once_within_a_sequence(position):
    optimizer = sgd()
    chained = ChainedScheduler(
        [LinearLR(optimizer, 0.5, total_iters=2), ExponentialLR(optimizer, 0.5)]
    )
    parts = [ConstantLR(optimizer, 0.1, 99)]
    parts.insert(position, chained)
    sequence = SequentialLR(optimizer, parts, [4])
    found = rates(sequence, 4)
    assert chained.get_last_lr() == [[0.125], [0.5]][position]
    found += rates(sequence, 3)[1:]
    alone = [0.5, 0.75 / 2, 1 / 4, 1 / 8]
    expected = [*alone, *[0.1] * 4] if position == 0 else [*[0.1] * 4, *alone]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_a_part_that_has_run_before_starts_anew():
    optimizer = sgd()
    restarts = CosineAnnealingWarmRestarts(optimizer, 4, 2)
    course = rates(restarts, 9)
    sequence = SequentialLR(optimizer, [restarts], [])
    assert rates(sequence, 9) == course
    assert restarts.last_epoch == 9


def test_milestones_at_which_two_parts_change_in_a_row():
    optimizer = sgd()
    parts = [LambdaLR(optimizer, lambda t, i=i: 10 * i + t) for i in range(1, 4)]
    assert rates(SequentialLR(optimizer, parts, [1, 2]), 4) == [10, 20, 30, 31, 32]


def test_the_step_of_a_composed_schedule_is_its_own():
    optimizer = sgd()
    chained = ChainedScheduler([StepLR(optimizer, 2), ConstantLR(optimizer)])
    assert chained.last_epoch == 0
    assert chained.base_lrs == [1.0]
    chained.step()
    chained.step()
    assert chained.last_epoch == 2
    assert [part.last_epoch for part in chained.schedulers] == [2, 2]
