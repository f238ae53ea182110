"""What schedulers share: initial rates, groups, states, callable objects."""

import math

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.optim import SGD, Adam, Optimizer
from dlbook.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LRScheduler,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from dlbook.optim.lr_scheduler.scheduler import FactorLR


def parameter():
    return Tensor(np.ones(2), requires_grad=True)


def sgd(*rates, **options):
    """Return an optimizer with one group for each rate."""
    groups = [{"params": [parameter()], "lr": rate} for rate in rates or (0.1,)]
    return SGD(groups, **options)


def rates(scheduler, steps):
    """Return the rates of the first group before the first step and after each."""
    found = [scheduler.get_last_lr()[0]]
    for _ in range(steps):
        scheduler.step()
        found.append(scheduler.get_last_lr()[0])
    return found


def test_the_initial_rate_is_kept_in_the_groups_and_taken_from_there():
    optimizer = sgd(0.1, 0.2)
    StepLR(optimizer, 1)
    assert [g["initial_lr"] for g in optimizer.param_groups] == [0.1, 0.2]
    optimizer.param_groups[0]["lr"] = 5.0
    second = LambdaLR(optimizer, lambda t: 1.0)
    assert second.base_lrs == [0.1, 0.2]
    assert second.get_last_lr() == [0.1, 0.2]


def test_an_optimizers_state_loads_with_and_without_a_scheduler():
    scheduled, plain = sgd(), sgd()
    ExponentialLR(scheduled, 0.5).step()
    state = scheduled.state_dict()
    plain.load_state_dict(state)
    assert plain.param_groups[0]["lr"] == 0.05
    assert plain.param_groups[0]["initial_lr"] == 0.1
    optimizer = sgd()
    scheduler = ExponentialLR(optimizer, 0.5)
    optimizer.load_state_dict(sgd().state_dict())
    scheduler.step()
    assert scheduler.get_last_lr() == [0.05]


def test_a_group_may_bring_its_initial_rate():
    optimizer = SGD([{"params": [parameter()], "lr": 0.05, "initial_lr": 0.4}])
    scheduler = LambdaLR(optimizer, lambda t: 0.5**t, last_epoch=2)
    assert scheduler.last_epoch == 3
    assert scheduler.get_last_lr() == [0.05]


def test_going_on_needs_an_initial_rate():
    with pytest.raises(ValueError, match='parameter group 1 has no "initial_lr"'):
        StepLR(
            SGD(
                [
                    {"params": [parameter()], "initial_lr": 0.1},
                    {"params": [parameter()]},
                ]
            ),
            3,
            last_epoch=4,
        )


@pytest.mark.parametrize(
    "make",
    [
        lambda o, n: StepLR(o, 4, last_epoch=n),
        lambda o, n: MultiStepLR(o, [4, 8], last_epoch=n),
        lambda o, n: ConstantLR(o, 0.5, 8, last_epoch=n),
        lambda o, n: ExponentialLR(o, 0.5, last_epoch=n),
    ],
)
def test_going_on_keeps_the_rate_also_where_it_has_just_changed(make):
    optimizer = sgd()
    course = rates(make(optimizer, -1), 20)
    for done in range(1, 20):
        optimizer.param_groups[0]["lr"] = course[done]
        assert rates(make(optimizer, done - 1), 20 - done) == course[done:]


def test_a_group_that_came_later_is_noticed():
    optimizer = sgd()
    scheduler = LambdaLR(optimizer, lambda t: 1.0)
    optimizer.add_param_group({"params": [parameter()]})
    with pytest.raises(ValueError, match=r"made for 1 parameter groups.*now has 2"):
        scheduler.step()


def test_the_base_classes_say_what_is_missing():
    with pytest.raises(NotImplementedError, match=r"LRScheduler does not define get_l"):
        LRScheduler(sgd())
    with pytest.raises(NotImplementedError, match=r"FactorLR does not define change"):
        FactorLR(sgd()).step()


def test_a_new_schedule_needs_one_method():
    class Inverse(LRScheduler):
        def get_lr(self):
            return [base / (1 + self.last_epoch) for base in self.base_lrs]

    assert rates(Inverse(sgd(1.0)), 3) == [1, 1 / 2, 1 / 3, 1 / 4]


def test_a_number_of_numpy_is_a_number():
    scheduler = StepLR(sgd(), np.int64(2), np.float64(0.5))
    assert rates(scheduler, 3) == [0.1, 0.1, 0.05, 0.05]


class Counting:
    """A function with a state."""

    def __init__(self):
        self.calls = 0

    def __call__(self, step):
        self.calls += 1
        return 1.0


@pytest.mark.parametrize(
    ("make", "get"),
    [
        (lambda o: LambdaLR(o, Counting()), lambda s: s.lr_lambdas[0]),
        (lambda o: MultiplicativeLR(o, Counting()), lambda s: s.lr_lambdas[0]),
        (
            lambda o: CyclicLR(o, 0.1, 0.2, scale_fn=Counting()),
            lambda s: s.scale_fn,
        ),
    ],
)
def test_the_state_of_an_object_that_is_called_is_saved(make, get):
    scheduler, other = make(sgd()), make(sgd())
    rates(scheduler, 5)
    state = scheduler.state_dict()
    calls = get(scheduler).calls
    assert calls >= 5
    rates(scheduler, 1)
    before = get(other)
    other.load_state_dict(state)
    assert get(other) is before
    assert before.calls == calls
    rates(other, 2)
    third = make(sgd())
    third.load_state_dict(state)
    assert get(third).calls == calls  # the state did not change meanwhile


def test_functions_of_c_have_no_state():
    scheduler = LambdaLR(sgd(), math.exp)
    assert scheduler.state_dict()["lr_lambdas"] == [{}]
    assert LambdaLR(sgd(), lambda t: 1.0).state_dict()["lr_lambdas"] == [None]


def test_options_are_part_of_the_state():
    scheduler = StepLR(sgd(), 2, 0.5)
    scheduler.load_state_dict(StepLR(sgd(), 3, 0.25).state_dict())
    assert rates(scheduler, 3) == [0.1, 0.1, 0.1, 0.025]


def test_a_state_is_copied_when_it_is_taken_over():
    scheduler = MultiStepLR(sgd(), [3])
    state = scheduler.state_dict()
    scheduler.load_state_dict(state)
    state["milestones"].append(1)
    state["base_lrs"][0] = 7.0
    assert scheduler.milestones == [3]
    assert scheduler.base_lrs == [0.1]


def test_momentum_is_set_in_every_group():
    optimizer = Adam([{"params": [parameter()]}, {"params": [parameter()]}])
    OneCycleLR(optimizer, 0.1, 10, max_momentum=[0.9, 0.8])
    assert [g["betas"] for g in optimizer.param_groups] == [(0.9, 0.999), (0.8, 0.999)]
    optimizer = sgd()
    OneCycleLR(optimizer, 0.1, 10, cycle_momentum=False)
    assert optimizer.param_groups[0]["momentum"] == 0


def test_an_optimizer_without_momentum_cannot_cycle_it():
    class Plain(Optimizer):
        def check_options(self, options):
            pass

    optimizer = Plain([parameter()], {"lr": 0.1})
    for make in (
        lambda **options: CyclicLR(optimizer, 0.1, 0.2, **options),
        lambda **options: OneCycleLR(optimizer, 0.1, 10, **options),
    ):
        with pytest.raises(ValueError, match="Plain has neither momentum nor betas"):
            make()
        assert len(rates(make(cycle_momentum=False), 3)) == 4


def test_the_lower_bound_of_a_cycle_is_the_initial_rate():
    optimizer = sgd(0.5, momentum=0.9)
    CyclicLR(optimizer, 0.01, 0.2)
    assert optimizer.param_groups[0]["initial_lr"] == 0.01


def test_cyclic_starts_from_its_own_bound_after_another_schedule():
    optimizer = sgd()
    ConstantLR(optimizer)
    scheduler = CyclicLR(optimizer, 0.01, 0.2)
    assert scheduler.get_last_lr() == [0.01]
    assert optimizer.param_groups[0]["initial_lr"] == 0.1


def test_a_sequence_saves_its_parts_and_refuses_others():
    def make(optimizer, *parts):
        return SequentialLR(
            optimizer, [part(optimizer) for part in parts], [3] * (len(parts) - 1)
        )

    optimizer = sgd()
    scheduler = make(optimizer, ConstantLR, lambda o: StepLR(o, 2))
    before = scheduler.state_dict()
    swapped = make(sgd(), lambda o: StepLR(o, 2), ConstantLR).state_dict()
    with pytest.raises(ValueError, match="no state of a ConstantLR"):
        scheduler.load_state_dict(swapped)
    alone = make(sgd(), ConstantLR).state_dict()
    with pytest.raises(ValueError, match="has 1 schedulers, expected 2"):
        scheduler.load_state_dict(alone)
    other = before["schedulers"][0] | {"last_epoch": 9}
    with pytest.raises(ValueError, match=r"no state of a StepLR \(missing: .*gamma"):
        scheduler.load_state_dict(before | {"schedulers": [other, {"x": 1}]})
    assert scheduler.state_dict() == before
    assert len(ChainedScheduler(scheduler.schedulers).state_dict()["schedulers"]) == 2


def test_a_plateau_prints_what_it_knows():
    text = repr(ReduceLROnPlateau(sgd(), patience=3))
    assert "mode='min', factor=0.1, patience=3" in text
    assert "best=inf" in text
