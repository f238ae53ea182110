"""What every optimizer promises."""

import copy

import numpy as np
import torch

from dlbook.autograd import Tensor
from tests.contracts.optimizers import (
    OptimizerRow,
    gradients,
    our_run,
    starting_values,
    torchs_run,
)


def equals_torch_in_float64(row: OptimizerRow) -> None:
    compare_runs(row, np.float64, row.rtol)


def equals_torch_in_float32(row: OptimizerRow) -> None:
    compare_runs(row, np.float32, row.rtol32)


def compare_runs(row: OptimizerRow, dtype: type, rtol: float) -> None:
    theirs = torchs_run(row, dtype)
    for step, (our, their) in enumerate(zip(our_run(row, dtype), theirs, strict=True)):
        for i, (a, b) in enumerate(zip(our, their, strict=True)):
            assert a.dtype == dtype
            np.testing.assert_allclose(
                a,
                b,
                rtol=rtol,
                atol=rtol * np.abs(b).max(),
                err_msg=f"parameter {i} after step {step}",
            )


def resumes_from_its_state(row: OptimizerRow) -> None:
    """Two runs, one of them interrupted, end at the same bits."""

    def start(values):
        parameters = [Tensor(x.copy(), requires_grad=True) for x in values]
        return parameters, row.build(row.function, parameters)

    def step(parameters, optimizer, grads):
        for parameter, grad in zip(parameters, grads, strict=True):
            parameter.grad = grad
        optimizer.step()

    every = list(gradients(np.float64, 20))
    parameters, optimizer = start(starting_values(np.float64))
    for i, grads in enumerate(every):
        if i == 10:
            saved = optimizer.state_dict()
            kept = copy.deepcopy(saved)
            resumed, second = start([p.data for p in parameters])
        step(parameters, optimizer, grads)
    np.testing.assert_equal(saved, kept)  # later steps do not change a saved state
    second.load_state_dict(saved)
    for grads in every[10:]:
        step(resumed, second, grads)
    for a, b in zip(parameters, resumed, strict=True):
        np.testing.assert_array_equal(a.data, b.data)
    np.testing.assert_equal(saved, kept)  # nor do those of the optimizer that loaded it


def lays_its_state_out_as_torch(row: OptimizerRow) -> None:
    parameters = [Tensor(x, requires_grad=True) for x in starting_values(np.float64)]
    theirs = [torch.tensor(x.data, requires_grad=True) for x in parameters]
    ours = row.build(row.function, parameters)
    other = row.build(getattr(torch.optim, row.name.partition(".")[2]), theirs)
    for our, their, grad in zip(
        parameters, theirs, next(gradients(np.float64, 1)), strict=True
    ):
        our.grad = grad
        their.grad = None if grad is None else torch.tensor(grad)
    ours.step()
    other.step()
    state, expected = ours.state_dict(), other.state_dict()
    for group, wanted in zip(
        state["param_groups"], expected["param_groups"], strict=True
    ):
        assert group["params"] == wanted["params"]
        for key in group:
            assert group[key] == wanted[key]
    kept = {k: v for k, v in state["state"].items() if v}
    wanted = {
        k: v
        for k, v in expected["state"].items()
        if any(x is not None for x in v.values())
        and v.get("step", 1) > 0  # Adagrad's state of a parameter without a step
    }
    assert kept.keys() == wanted.keys()
    for position, values in kept.items():
        for name, value in values.items():
            np.testing.assert_allclose(value, wanted[position][name].numpy())


def prints_its_groups(row: OptimizerRow) -> None:
    parameters = [Tensor(x, requires_grad=True) for x in starting_values(np.float64)]
    lines = repr(row.build(row.function, parameters)).splitlines()
    assert lines[0] == f"{row.name.partition('.')[2]} ("
    assert lines[1] == "Parameter Group 0"
    assert lines[-1] == ")"
    for key, value in row.options.items():
        assert f"    {key}: {value}" in lines


CONTRACTS = [
    equals_torch_in_float64,
    equals_torch_in_float32,
    resumes_from_its_state,
    lays_its_state_out_as_torch,
    prints_its_groups,
]
