"""Every `Tensor` method, operator and function of `dlbook.autograd`, case by case."""

import pytest

from dlbook import autograd
from tests.contracts import function_rows
from tests.contracts.completeness import (
    missing_keywords,
    missing_names,
    public_tensor_names,
)
from tests.contracts.properties import CONTRACTS

ROWS = [*function_rows("Tensor"), *function_rows("autograd")]

# public, but no operation on arrays: what tests each of them instead
NO_ROWS = {
    "Tensor.__array__": "test_tensor.py: conversions",
    "Tensor.__bool__": "test_tensor.py: conversions",
    "Tensor.__float__": "test_tensor.py: conversions",
    "Tensor.__init__": "test_tensor.py: creation",
    "Tensor.__int__": "test_tensor.py: conversions",
    "Tensor.__len__": "test_tensor.py: conversions",
    "Tensor.__repr__": "test_tensor.py: repr",
    "Tensor.backward": "test_backward.py",
    "Tensor.data": "an attribute: every row compares it",
    "Tensor.dtype": "test_tensor.py: attributes",
    "Tensor.from_op": "every row goes through it; test_backward.py",
    "Tensor.grad": "an attribute: every row compares it",
    "Tensor.item": "test_tensor.py: conversions",
    "Tensor.ndim": "test_tensor.py: attributes",
    "Tensor.numpy": "test_tensor.py: conversions",
    "Tensor.op": "test_tensor.py: attributes",
    "Tensor.parents": "test_tensor.py: attributes",
    "Tensor.requires_grad": "test_tensor.py: attributes",
    "Tensor.retain_grad": "test_backward.py",
    "Tensor.retains_grad": "test_backward.py",
    "Tensor.shape": "test_tensor.py: attributes",
    "Tensor.size": "test_tensor.py: attributes",
    "autograd.GradientError": "test_gradcheck.py",
    "autograd.Tensor": "its methods have rows",
    "autograd.Value": "test_scalar.py",
    "autograd.check_gradients": "test_gradcheck.py",
    "autograd.is_grad_enabled": "test_grad_mode.py",
    "autograd.no_grad": "test_grad_mode.py",
}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_row(row, contract):
    contract(row)


def test_every_public_name_has_rows():
    public = [f"Tensor.{name}" for name in public_tensor_names()]
    public += [f"autograd.{name}" for name in autograd.__all__]
    assert not missing_names(public, ROWS, NO_ROWS)


def test_every_keyword_has_a_row_with_another_value_than_the_default():
    assert not missing_keywords(ROWS, {})


def test_row_names_are_unique():
    names = [str(row) for row in ROWS]
    assert len(set(names)) == len(names)
