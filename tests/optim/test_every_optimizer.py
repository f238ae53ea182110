"""Every optimizer of `dlbook.optim`, case by case."""

import tracemalloc

import numpy as np
import pytest

from dlbook import optim
from dlbook.autograd import Tensor
from tests.contracts import optimizer_rows
from tests.contracts.completeness import missing_keywords, missing_names
from tests.contracts.optimizer_properties import CONTRACTS

ROWS = optimizer_rows()
NO_ROWS = {
    "optim.Optimizer": "the base class: test_optimizer.py",
    "optim.EqualAverage": "no optimizer: test_averaging.py",
    "optim.ExponentialMovingAverage": "no optimizer: test_averaging.py",
    "optim.clip_grad_norm_": "no optimizer: test_clipping.py",
    "optim.clip_grad_value_": "no optimizer: test_clipping.py",
    "optim.lr_scheduler": "a package: lr_scheduler/test_every_scheduler.py",
    "optim.proximal_l1_": "no optimizer: test_proximal.py",
}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_row(row, contract):
    contract(row)


def test_every_public_name_has_rows():
    public = [f"optim.{name}" for name in optim.__all__]
    assert not missing_names(public, ROWS, NO_ROWS)


def test_every_keyword_has_a_row_with_another_value_than_the_default():
    assert not missing_keywords(ROWS, {})


def test_row_names_are_unique():
    names = [str(row) for row in ROWS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", sorted({row.name for row in ROWS}))
def test_a_gradient_shared_by_two_parameters_stays_as_it_is(name):
    grad = np.array([1.0, 2.0])
    parameters = [Tensor(np.ones(2), requires_grad=True) for _ in range(2)]
    for parameter in parameters:
        parameter.grad = grad
    options = {"weight_decay": 0.1, "lr": 0.1}
    getattr(optim, name.partition(".")[2])(parameters, **options).step()
    np.testing.assert_array_equal(grad, [1.0, 2.0])
    np.testing.assert_array_equal(parameters[0].data, parameters[1].data)


EVERYTHING_ON = [
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("SGD", {"momentum": 0.9, "dampening": 0.1}),
    ("Adadelta", {}),
    ("Adagrad", {"lr_decay": 0.1}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {"amsgrad": True}),
    ("Adamax", {}),
    ("NAdam", {}),
    ("NAdam", {"decoupled_weight_decay": True}),
    ("RAdam", {"betas": (0.9, 0.99)}),
    ("RAdam", {"decoupled_weight_decay": True}),
    ("RMSprop", {"centered": True, "momentum": 0.9}),
]


def test_the_list_names_every_optimizer():
    names = {row.name.partition(".")[2] for row in ROWS}
    assert {name for name, _ in EVERYTHING_ON} == names


@pytest.mark.parametrize("given", [{}, {"weight_decay": 0.1, "maximize": True}])
@pytest.mark.parametrize(("name", "options"), EVERYTHING_ON)
def test_no_step_after_the_first_allocates_memory_for_a_parameter(name, options, given):
    """In place, with options as NumPy scalars, which must not make float32 float64."""
    parameter = Tensor(np.ones(1_000_000, np.float32), requires_grad=True)
    memory, parameter.grad = parameter.data, np.ones(1_000_000, np.float32)
    kind = getattr(optim, name)
    optimizer = kind([parameter], np.float64(0.1), **options, **given)
    optimizer.step()
    state = {k: id(v) for k, v in optimizer.state.get(0, {}).items() if np.ndim(v)}
    tracemalloc.start()
    try:
        for _ in range(6):  # RAdam begins to divide
            optimizer.step()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50_000  # bytes; the parameter has 4,000,000
    assert parameter.data is memory
    assert memory.dtype == np.float32
    after = optimizer.state.get(0, {})
    assert {k: id(v) for k, v in after.items() if np.ndim(v)} == state
    assert all(v.dtype == np.float32 for v in after.values() if np.ndim(v))


@pytest.mark.parametrize(("name", "options"), EVERYTHING_ON)
def test_numbers_in_a_state_may_be_arrays_as_torch_saves_them(name, options):
    def start():
        parameter = Tensor(np.ones(3), requires_grad=True)
        parameter.grad = np.array([1.0, -0.5, 3.0])
        return parameter, getattr(optim, name)([parameter], 0.1, **options)

    first, optimizer = start()
    optimizer.step()
    state = optimizer.state_dict()
    for values in state["state"].values():
        for key in values.keys() & {"step", "mu_product"}:
            values[key] = np.asarray(values[key], np.float32)
    second, resumed = start()
    second.data[:] = first.data
    resumed.load_state_dict(state)
    for _ in range(3):
        optimizer.step()
        resumed.step()
    np.testing.assert_allclose(second.data, first.data, rtol=1e-6)
    if "step" in resumed.state[0]:
        assert resumed.state[0]["step"] == 4
