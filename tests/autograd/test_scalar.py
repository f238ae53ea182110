"""`Value`: beside the array engine, and what is particular to it."""

import math

import pytest

from dlbook.autograd import Value
from tests.mutants.scalar_checks import SCALAR_CHECKS


@pytest.mark.parametrize("check", SCALAR_CHECKS, ids=lambda c: c.__name__)
def test_check(check):
    check()


def test_every_method_is_checked():
    """Each method that a reader may call runs in the checks above."""
    from tests.mutants.judges import functions_run_by

    reached = set().union(*(functions_run_by(check) for check in SCALAR_CHECKS))
    methods = {
        f"Value.{name}"
        for name, value in vars(Value).items()
        if callable(value) and name != "__repr__"
    }
    methods -= {"Value.__radd__", "Value.__rmul__"}  # the same functions as + and *
    assert methods <= {qualname for _, qualname in reached}


def test_a_chain_longer_than_the_recursion_limit():
    y = x = Value(1.0)
    for _ in range(20_000):
        y = y + 0.5
    y.backward()
    assert x.grad == 1


def test_a_number_used_many_times_is_visited_once():
    y = x = Value(1.0)
    for _ in range(60):  # 2**60 paths
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


def test_repr():
    x = Value(2.0)
    (x * 3.0).backward()
    assert repr(x) == "Value(data=2, grad=3)"
    assert repr(Value(1 / 3)) == "Value(data=0.3333, grad=0)"


def test_division_by_zero_is_pythons_error():
    with pytest.raises(ZeroDivisionError):
        _ = Value(1.0) / 0.0
    with pytest.raises(ZeroDivisionError):
        _ = 1.0 / Value(0.0)


@pytest.mark.parametrize("x", [0.0, -1.0])
def test_log_of_what_is_not_positive_is_pythons_error(x):
    with pytest.raises(ValueError, match=r"math domain error|positive"):
        Value(x).log()


def test_relu_of_large_numbers_is_exact():
    assert Value(1e300).relu().data == 1e300
    assert math.isnan(Value(math.nan).relu().grad) is False
