"""Value: automatic differentiation of single numbers, in pure Python.

The first lesson's engine. Each number keeps the numbers it was computed from and, for
each of them, the local derivative: all that the chain rule needs.
"""

from __future__ import annotations

import math

__all__ = ["Value"]


class Value:
    """A number, its derivative, and the numbers it was computed from.

    Parameters
    ----------
    data : float
        The value.
    parents : tuple of Value
        The inputs of the operation that made it.
    local_grads : tuple of float
        d(this)/d(parent), one for each parent.
    op : str
        Name of the operation, for drawings of the graph.

    Attributes
    ----------
    grad : float
        d(result)/d(this), once `backward` has run from the result.
    """

    __slots__ = ("data", "grad", "local_grads", "op", "parents")

    def __init__(
        self,
        data: float,
        parents: tuple[Value, ...] = (),
        local_grads: tuple[float, ...] = (),
        op: str = "leaf",
    ) -> None:
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.local_grads = local_grads
        self.op = op

    def __add__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            return Value(self.data + other, (self,), (1.0,), "add")
        return Value(self.data + other.data, (self, other), (1.0, 1.0), "add")

    def __mul__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            return Value(self.data * other, (self,), (other,), "mul")
        local = (other.data, self.data)
        return Value(self.data * other.data, (self, other), local, "mul")

    def __pow__(self, exponent: float) -> Value:
        local = (exponent * self.data ** (exponent - 1) if exponent else 0.0,)
        return Value(self.data**exponent, (self,), local, "pow")

    def exp(self) -> Value:
        """Return e to the power of this number."""
        result = math.exp(self.data)
        return Value(result, (self,), (result,), "exp")

    def log(self) -> Value:
        """Return the natural logarithm; ValueError unless the number is positive."""
        return Value(math.log(self.data), (self,), (1 / self.data,), "log")

    def tanh(self) -> Value:
        """Return the hyperbolic tangent."""
        result = math.tanh(self.data)
        return Value(result, (self,), (1 - result * result,), "tanh")

    def relu(self) -> Value:
        """Return max(x, 0); the slope at 0 is taken as 0."""
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),), "relu")

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Value | float) -> Value:
        return self + -other

    def __truediv__(self, other: Value | float) -> Value:
        return self * other**-1

    def __rsub__(self, other: float) -> Value:
        return -self + other

    def __rtruediv__(self, other: float) -> Value:
        return self**-1 * other

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        """Set `.grad` of every number that self was computed from to d(self)/d(it).

        Leaves add to what they hold, so that several results can share them.
        """
        order = self.graph()
        for node in order:
            if node.parents:
                node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for parent, local in zip(node.parents, node.local_grads, strict=True):
                parent.grad += node.grad * local

    def graph(self) -> list[Value]:
        """List every number self was computed from, inputs before results."""
        order: list[Value] = []
        visited: set[Value] = set()
        stack = [(self, False)]
        while stack:
            node, inputs_listed = stack.pop()
            if inputs_listed:
                order.append(node)
            elif node not in visited:
                visited.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        return order

    def __repr__(self) -> str:
        return f"Value(data={self.data:.4g}, grad={self.grad:.4g})"
