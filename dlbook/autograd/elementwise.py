"""Elementary functions, applied to each element.

Integers and booleans become float32 first, as in torch. Where a value is not a finite
number, NumPy's own RuntimeWarning (divide by zero, overflow, invalid value) appears.
"""

from __future__ import annotations

import numpy as np


class Elementwise:
    """The elementary functions of `Tensor`; each keeps shape and float dtype."""

    __slots__ = ()

    def exp(self):
        """Return e to the power of each element."""
        x = self._as_float()
        result = np.exp(x.data)

        def backward(grad_out):
            return (grad_out * result,)

        return self.from_op(result, (x,), backward, "exp")

    def log(self):
        """Return the natural logarithm; nan for negative elements, -inf at 0."""
        x = self._as_float()

        def backward(grad_out):
            return (grad_out / x.data,)

        return self.from_op(np.log(x.data), (x,), backward, "log")

    def sqrt(self):
        """Return the square root; its slope at 0 is infinite."""
        x = self._as_float()
        result = np.sqrt(x.data)

        def backward(grad_out):
            return (grad_out / (2 * result),)

        return self.from_op(result, (x,), backward, "sqrt")

    def sin(self):
        """Return the sine of each element, an angle in radians."""
        x = self._as_float()

        def backward(grad_out):
            return (grad_out * np.cos(x.data),)

        return self.from_op(np.sin(x.data), (x,), backward, "sin")

    def cos(self):
        """Return the cosine of each element, an angle in radians."""
        x = self._as_float()

        def backward(grad_out):
            return (-grad_out * np.sin(x.data),)

        return self.from_op(np.cos(x.data), (x,), backward, "cos")

    def tanh(self):
        """Return the hyperbolic tangent, a number in (-1, 1)."""
        x = self._as_float()
        result = np.tanh(x.data)

        def backward(grad_out):
            return (grad_out * (1 - result * result),)

        return self.from_op(result, (x,), backward, "tanh")

    def abs(self):
        """Return the absolute value; its slope at 0 is taken as 0."""

        def backward(grad_out):
            return (grad_out * np.sign(self.data),)

        return self.from_op(np.abs(self.data), (self,), backward, "abs")

    def clip(self, min: float | None = None, max: float | None = None):
        """Limit each element to [min, max].

        The gradient passes where ``min <= x <= max`` and is 0 elsewhere.

        Parameters
        ----------
        min, max : float, optional
            The limits; at least one of them.

        Raises
        ------
        ValueError
            If both limits are missing, one is nan, or min > max.
        """
        if min is None and max is None:
            raise ValueError("clip needs at least one of min and max")
        low = -np.inf if min is None else float(min)
        high = np.inf if max is None else float(max)
        if not low <= high:
            raise ValueError(f"clip needs min <= max, got min={min}, max={max}")

        x, limits = self, (min, max)
        if self.data.dtype.kind == "f" or any(isinstance(a, float) for a in limits):
            x, limits = self._as_float(), (low, high)  # Python floats: the dtype stays

        def backward(grad_out):
            return (grad_out * ((x.data >= low) & (x.data <= high)),)

        return self.from_op(np.clip(x.data, *limits), (x,), backward, "clip")
