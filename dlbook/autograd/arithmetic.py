"""Arithmetic between tensors: + - * / ** @ and the comparisons."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlbook.arrays import unbroadcast


class Arithmetic:
    """The operators of `Tensor`. Both operands broadcast as NumPy arrays do."""

    __slots__ = ()
    __hash__ = object.__hash__  # by identity, although == compares elements

    def __add__(self, other: Any):
        a, b = self._operands(other)

        def backward(grad_out):
            grad_a = unbroadcast(grad_out, a.data.shape) if a.requires_grad else None
            grad_b = unbroadcast(grad_out, b.data.shape) if b.requires_grad else None
            return grad_a, grad_b

        return self.from_op(a.data + b.data, (a, b), backward, "add")

    def __sub__(self, other: Any):
        a, b = self._operands(other)

        def backward(grad_out):
            grad_a = unbroadcast(grad_out, a.data.shape) if a.requires_grad else None
            grad_b = unbroadcast(-grad_out, b.data.shape) if b.requires_grad else None
            return grad_a, grad_b

        return self.from_op(a.data - b.data, (a, b), backward, "sub")

    def __mul__(self, other: Any):
        a, b = self._operands(other)

        def backward(grad_out):
            grad_a = grad_b = None
            if a.requires_grad:
                grad_a = unbroadcast(grad_out * b.data, a.data.shape)
            if b.requires_grad:
                grad_b = unbroadcast(grad_out * a.data, b.data.shape)
            return grad_a, grad_b

        return self.from_op(a.data * b.data, (a, b), backward, "mul")

    def __truediv__(self, other: Any):
        a, b = self._operands(other)
        if a.data.dtype.kind != "f":  # NumPy would answer in float64
            a, b = a._as_float(), b._as_float()
        quotient = a.data / b.data

        def backward(grad_out):
            grad_a = grad_out / b.data
            grad_b = None
            if b.requires_grad:
                grad_b = unbroadcast(-grad_a * quotient, b.shape)
            return unbroadcast(grad_a, a.shape), grad_b

        return self.from_op(quotient, (a, b), backward, "div")

    def __pow__(self, other: Any):
        a, b = self._operands(other)
        result = power(a.data, b.data)

        def backward(grad_out):
            grad_a = grad_b = None
            if a.requires_grad:
                # x^0 is constant: without the guard, 0 * 0^-1 would be nan at x = 0
                lowered = power(a.data, np.where(b.data == 0, 0, b.data - 1))
                grad_a = unbroadcast(grad_out * b.data * lowered, a.shape)
            if b.requires_grad:
                # 0^y is constant in y > 0: without the guard, 0 * log(0) would be nan
                constant = (a.data == 0) & (b.data >= 0)
                log = np.log(np.where(constant, 1, a.data))
                grad_b = unbroadcast(grad_out * result * log, b.shape)
            return grad_a, grad_b

        return self.from_op(result, (a, b), backward, "pow")

    def __matmul__(self, other: Any):
        a, b = self._operands(other)
        if a.ndim == 0 or b.ndim == 0:
            raise ValueError(f"matmul needs at least one axis: {a.shape} @ {b.shape}")
        inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
        if a.shape[-1] != inner:
            raise ValueError(
                f"matmul: {a.shape} @ {b.shape} does not fit: the last axis of the "
                f"first has {a.shape[-1]} elements, the axis to be summed of the "
                f"second {inner}"
            )
        # a vector on the left is a row (1, k), on the right a column (k, 1)
        rows = a.data if a.ndim > 1 else a.data[np.newaxis, :]
        columns = b.data if b.ndim > 1 else b.data[:, np.newaxis]

        def backward(grad_out):
            if b.ndim == 1:
                grad_out = np.expand_dims(grad_out, -1)
            if a.ndim == 1:
                grad_out = np.expand_dims(grad_out, -2)
            grad_a = grad_b = None
            if a.requires_grad:
                # with one column the product is a plain multiplication, which is faster
                product = np.multiply if b.ndim == 1 else np.matmul
                grad_rows = product(grad_out, np.matrix_transpose(columns))
                grad_a = unbroadcast(grad_rows, rows.shape).reshape(a.shape)
            if b.requires_grad:
                if columns.ndim == 2:  # one large product instead of a batch of them
                    count = math.prod(rows.shape[:-1])
                    grad_columns = rows.reshape(count, inner).T @ grad_out.reshape(
                        count, columns.shape[1]
                    )
                else:
                    grad_columns = np.matrix_transpose(rows) @ grad_out
                grad_b = unbroadcast(grad_columns, columns.shape).reshape(b.shape)
            return grad_a, grad_b

        return self.from_op(a.data @ b.data, (a, b), backward, "matmul")

    def __neg__(self):
        def backward(grad_out):
            return (-grad_out,)

        return self.from_op(-self.data, (self,), backward, "neg")

    def __abs__(self):
        return self.abs()

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any):
        return self._operands(other)[1] - self

    def __rtruediv__(self, other: Any):
        return self._operands(other)[1] / self

    def __rpow__(self, other: Any):
        return self._operands(other)[1] ** self

    def __rmatmul__(self, other: Any):
        return self._operands(other)[1] @ self

    def __eq__(self, other: Any):
        return self._compare(np.equal, other)

    def __ne__(self, other: Any):
        return self._compare(np.not_equal, other)

    def __lt__(self, other: Any):
        return self._compare(np.less, other)

    def __le__(self, other: Any):
        return self._compare(np.less_equal, other)

    def __gt__(self, other: Any):
        return self._compare(np.greater, other)

    def __ge__(self, other: Any):
        return self._compare(np.greater_equal, other)

    def _compare(self, relation: np.ufunc, other: Any):
        """Compare element by element; booleans have no gradient."""
        a, b = self._operands(other)
        return self.from_op(relation(a.data, b.data), (), None, "compare")


def power(base: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """Return base ** exponent; a cube as two products, which is 7 times faster."""
    if exponent.ndim == 0 and exponent == 3:
        return base * base * base
    if exponent.ndim == 0 and exponent == 2:
        return base * base
    return base**exponent
