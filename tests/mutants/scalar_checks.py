"""The scalar engine beside the array engine: the judges of `Value`'s mutants."""

import math

import numpy as np

from dlbook.autograd import Tensor, Value

A, B = 0.7, 1.9
EXPRESSIONS = {
    "add": lambda a, b: a + b + 2.5,
    "radd": lambda a, b: 2.5 + a,
    "sub": lambda a, b: a - b - 2.5,
    "rsub": lambda a, b: 2.5 - a,
    "mul": lambda a, b: a * b * 2.5,
    "rmul": lambda a, b: 2.5 * a,
    "div": lambda a, b: a / b / 2.5,
    "rdiv": lambda a, b: 2.5 / a,
    "neg": lambda a, b: -a,
    "square": lambda a, b: a**2,
    "cube": lambda a, b: a**3 * b,
    "root": lambda a, b: a**0.5,
    "inverse": lambda a, b: a**-1,
    "power 0": lambda a, b: a**0 * b,
    "exp": lambda a, b: (a * b).exp(),
    "log": lambda a, b: (a * b).log(),
    "tanh": lambda a, b: (a * b).tanh(),
    "used twice": lambda a, b: a * a + a,
    "a diamond": lambda a, b: (lambda c: c * c + c * a)(a * b + a),
}


def expression_check(name):
    def check():
        ours = Value(A), Value(B)
        arrays = [Tensor(np.array(x), requires_grad=True) for x in (A, B)]
        result, expected = EXPRESSIONS[name](*ours), EXPRESSIONS[name](*arrays)
        expected.backward()
        result.backward()
        assert math.isclose(result.data, expected.item(), rel_tol=1e-12)
        assert result.grad == 1
        for our, array in zip(ours, arrays, strict=True):
            wanted = 0.0 if array.grad is None else float(array.grad)
            assert math.isclose(our.grad, wanted, rel_tol=1e-12, abs_tol=1e-15)

    check.__name__ = f"Value: {name}"
    return check


def relu_cuts_off_below_zero():
    for x, slope in ((-1.5, 0.0), (0.0, 0.0), (1.5, 1.0), (0.5, 1.0)):
        value = Value(x)
        result = value.relu() * 3.0
        result.backward()
        assert (result.data, value.grad) == (3 * x * slope, 3 * slope)


def a_second_result_adds_to_the_leaves_alone():
    a = Value(2.0)
    middle = a * 3.0
    first, second = middle * 5.0, middle + 1.0
    first.backward()
    assert (a.grad, middle.grad) == (15.0, 5.0)
    second.backward()
    assert (a.grad, middle.grad) == (18.0, 1.0)


def the_power_0_of_0_is_constant():
    a = Value(0.0)
    result = a**0
    result.backward()
    assert (result.data, a.grad) == (1.0, 0.0)


def the_graph_lists_inputs_before_results():
    a, b = Value(1.0), Value(2.0)
    c = a * b
    d = c + a
    order = d.graph()
    assert len(order) == 4
    for node in order:
        assert all(order.index(p) < order.index(node) for p in node.parents)
    assert [node.op for node in order if node.parents] == ["mul", "add"]


SCALAR_CHECKS = [
    *map(expression_check, EXPRESSIONS),
    relu_cuts_off_below_zero,
    a_second_result_adds_to_the_leaves_alone,
    the_power_0_of_0_is_constant,
    the_graph_lists_inputs_before_results,
]
