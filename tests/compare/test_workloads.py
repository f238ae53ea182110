"""The workloads of the GPU's ways: the same numbers each time, in any type."""

import dataclasses

import numpy as np
import pytest
import torch

from dlbook.compare.cases.backprop.training import MlpStepCase
from dlbook.compare.cases.transformer.gpt import GPTCase
from dlbook.compare.workloads import WORKLOADS, load

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
SMALL = {"product": (5,), "mlp": (20, 8, 4, 6), "gpt": (8, 6, 4)}


def built(name, dtype=SINGLE):
    (workload,) = (w for w in WORKLOADS if w.name == name)
    return workload.build(SMALL[name], "cpu", dtype)


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda w: w.name)
def test_a_size_has_a_number_for_each_axis(workload):
    assert len(workload.size) == len(workload.axes)
    assert dataclasses.replace(workload, size=SMALL[workload.name]).size != (
        workload.size
    )


@pytest.mark.parametrize("name", SMALL)
def test_both_types_hold_the_same_numbers(name):
    single, double = built(name), built(name, DOUBLE)
    pairs = [*zip(single.parameters, double.parameters, strict=True)]
    pairs += zip(single.inputs, double.inputs, strict=True)
    for a, b in pairs:
        assert torch.equal(a.detach().double(), b.detach().double())
        assert b.dtype in (torch.float64, torch.int64)
    assert single.forward(*single.inputs).dtype == torch.float32
    assert double.forward(*double.inputs).dtype == torch.float64
    again = built(name)
    assert torch.equal(single.forward(*single.inputs), again.forward(*again.inputs))


def test_product():
    problem = built("product")
    a, b = problem.inputs
    assert a.shape == b.shape == (5, 5)
    assert not torch.equal(a, b)
    assert torch.equal(problem.forward(a, b), a @ b)
    assert problem.parameters == ()


@pytest.mark.parametrize(
    ("name", "case", "size"), [("mlp", MlpStepCase, None), ("gpt", GPTCase, 1)]
)
def test_training_steps_start_as_the_cases_do(name, case, size):
    """The first loss is that of the case, whose parity with dlbook is checked."""
    size = SMALL[name] if size is None else (*SMALL[name], size)
    rng = np.random.default_rng(0)
    weights, batches = case.problem(size, np.float32, rng, generated=True)
    problem = built(name)
    loss = problem.forward(*problem.inputs)
    expected = case.ours(weights, batches[:1]).losses[0]
    np.testing.assert_allclose(loss.item(), expected, rtol=1e-5)
    assert all(p.requires_grad and p.is_leaf for p in problem.parameters)


def test_load_refuses_weights_of_another_module():
    with pytest.raises(RuntimeError, match="Missing key"):
        load(torch.nn.Linear(2, 3), {}, "cpu", SINGLE)
