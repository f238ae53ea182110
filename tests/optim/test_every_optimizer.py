"""Every optimizer of `dlbook.optim`, case by case."""

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
    "optim.clip_grad_norm_": "no optimizer: test_clipping.py",
    "optim.clip_grad_value_": "no optimizer: test_clipping.py",
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
