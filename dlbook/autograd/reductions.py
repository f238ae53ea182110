"""Reductions: operations that combine the elements along one or several axes."""

from __future__ import annotations

import numpy as np

Axis = int | tuple[int, ...] | None


class Reductions:
    """The reductions of `Tensor`.

    ``axis=None`` combines all elements; an int or a tuple of ints names the axes to be
    combined. ``keepdims=True`` leaves them in place with length 1.
    """

    __slots__ = ()

    def sum(self, axis: Axis = None, *, keepdims: bool = False):
        """Add up elements."""

        def backward(grad_out):
            grad_out = keep_axes(grad_out, axis, self.ndim)
            return (np.broadcast_to(grad_out, self.shape),)

        result = widened(self.data).sum(axis=axis, keepdims=keepdims)
        return self.from_op(result, (self,), backward, "sum")

    def mean(self, axis: Axis = None, *, keepdims: bool = False):
        """Return the arithmetic mean.

        Raises
        ------
        ValueError
            If there is no element to average (torch returns nan).
        TypeError
            If the tensor holds integers or booleans.
        """
        require_float(self, "mean")
        share = 1 / count(self.shape, axis, "mean")

        def backward(grad_out):
            grad_out = keep_axes(grad_out * share, axis, self.ndim)
            return (np.broadcast_to(grad_out, self.shape),)

        result = self.data.mean(axis=axis, keepdims=keepdims)
        return self.from_op(result, (self,), backward, "mean")

    def var(self, axis: Axis = None, *, correction: int = 1, keepdims: bool = False):
        r"""Return the variance :math:`\sum_i (x_i - \bar x)^2 / (n - correction)`.

        Parameters
        ----------
        correction : int
            1 estimates the variance of the source of a sample, 0 is the mean square
            deviation of the n numbers themselves.

        Raises
        ------
        ValueError
            If n <= correction (torch returns nan or inf).
        TypeError
            If the tensor holds integers or booleans.
        """
        require_float(self, "var")
        divisor = degrees_of_freedom(self.shape, axis, correction, "var")
        deviation = self.data - self.data.mean(axis=axis, keepdims=True)

        def backward(grad_out):
            grad_out = keep_axes(grad_out, axis, self.ndim)
            return (grad_out * (2 / divisor) * deviation,)

        squares = (deviation * deviation).sum(axis=axis, keepdims=keepdims)
        return self.from_op(squares / divisor, (self,), backward, "var")

    def std(self, axis: Axis = None, *, correction: int = 1, keepdims: bool = False):
        """Return the standard deviation, the square root of `var`.

        Where all elements are equal the gradient is taken as 0, as in torch.

        Raises
        ------
        ValueError
            If n <= correction (torch returns nan or inf).
        TypeError
            If the tensor holds integers or booleans.
        """
        require_float(self, "std")
        divisor = degrees_of_freedom(self.shape, axis, correction, "std")
        deviation = self.data - self.data.mean(axis=axis, keepdims=True)
        squares = (deviation * deviation).sum(axis=axis, keepdims=True)
        std = np.sqrt(squares / divisor)

        def backward(grad_out):
            grad_out = keep_axes(grad_out, axis, self.ndim)
            slope = np.divide(grad_out, std, out=np.zeros_like(std), where=std != 0)
            return (slope * deviation / divisor,)

        result = std if keepdims else std.squeeze(axis)
        return self.from_op(result, (self,), backward, "std")

    def max(self, axis: Axis = None, *, keepdims: bool = False):
        """Return the largest element; ties share the gradient equally.

        Raises
        ------
        ValueError
            If there is no element.
        """
        return self._extreme(np.max, axis, keepdims, "max")

    def min(self, axis: Axis = None, *, keepdims: bool = False):
        """Return the smallest element; ties share the gradient equally.

        Raises
        ------
        ValueError
            If there is no element.
        """
        return self._extreme(np.min, axis, keepdims, "min")

    def _extreme(self, choose, axis: Axis, keepdims: bool, name: str):
        count(self.shape, axis, name)
        extreme = choose(self.data, axis=axis, keepdims=True)

        def backward(grad_out):
            chosen = self.data == extreme
            share = keep_axes(grad_out, axis, self.ndim) / chosen.sum(
                axis=axis, keepdims=True, dtype=grad_out.dtype
            )
            return (share * chosen,)

        result = extreme if keepdims else extreme.squeeze(axis)
        return self.from_op(result, (self,), backward, name)

    def prod(self, axis: Axis = None, *, keepdims: bool = False):
        """Multiply elements; the gradient is right also where some are 0.

        Raises
        ------
        ValueError
            If `axis` is a tuple: multiply along one axis after the other.
        """
        if isinstance(axis, tuple):
            raise ValueError(f"prod takes one axis or None, got axis={axis}")

        def backward(grad_out):
            # product of all other elements: those before times those after
            x = self.data.reshape(-1) if axis is None else self.data
            along = -1 if axis is None else axis
            before, after = np.ones_like(x), np.ones_like(x)
            x, a, b = (np.moveaxis(array, along, -1) for array in (x, before, after))
            np.cumprod(x[..., :-1], axis=-1, out=a[..., 1:])
            np.cumprod(x[..., :0:-1], axis=-1, out=b[..., -2::-1])
            others = (before * after).reshape(self.shape)
            return (keep_axes(grad_out, axis, self.ndim) * others,)

        result = widened(self.data).prod(axis=axis, keepdims=keepdims)
        return self.from_op(result, (self,), backward, "prod")

    def logsumexp(self, axis: Axis = None, *, keepdims: bool = False):
        r"""Return :math:`\log \sum_i e^{x_i}`, without overflow.

        The largest element m is taken out first:
        :math:`m + \log \sum_i e^{x_i - m}`.

        Raises
        ------
        ValueError
            If there is no element.
        """
        x = self._as_float()
        count(x.shape, axis, "logsumexp")
        largest = x.data.max(axis=axis, keepdims=True)
        largest = np.where(np.isfinite(largest), largest, 0)  # inf - inf would be nan
        scaled = np.exp(x.data - largest)
        total = scaled.sum(axis=axis, keepdims=True)

        def backward(grad_out):
            return (keep_axes(grad_out, axis, x.ndim) * (scaled / total),)

        with np.errstate(divide="ignore"):  # log 0 = -inf: every element was -inf
            result = largest + np.log(total)
        result = result if keepdims else result.squeeze(axis)
        return self.from_op(result, (x,), backward, "logsumexp")

    def cumsum(self, axis: int):
        """Return running sums along `axis`.

        Raises
        ------
        ValueError
            If the tensor has no axes.
        """
        if self.ndim == 0:
            raise ValueError("cumsum needs at least one axis, got a single number")

        def backward(grad_out):
            reverse = np.flip(grad_out, axis)
            return (np.flip(np.cumsum(reverse, axis), axis),)

        sums = np.cumsum(widened(self.data), axis)
        return self.from_op(sums, (self,), backward, "cumsum")

    def argmax(self, axis: int | None = None, *, keepdims: bool = False):
        """Return the position of the (first) largest element; it has no gradient."""
        position = self.data.argmax(axis=axis, keepdims=keepdims)
        return self.from_op(position, (), None, "argmax")

    def argmin(self, axis: int | None = None, *, keepdims: bool = False):
        """Return the position of the (first) smallest element; it has no gradient."""
        position = self.data.argmin(axis=axis, keepdims=keepdims)
        return self.from_op(position, (), None, "argmin")


def keep_axes(grad: np.ndarray, axis: Axis, ndim: int) -> np.ndarray:
    """Put the axes that a reduction took away back in, with length 1."""
    if grad.ndim == ndim:  # keepdims=True, or nothing was reduced
        return grad
    if axis is None:
        return grad.reshape((1,) * ndim)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return np.expand_dims(grad, tuple(a % ndim for a in axes))


def widened(data: np.ndarray) -> np.ndarray:
    """Return integers and booleans as int64, the type in which torch adds them up."""
    return data if data.dtype.kind == "f" else data.astype(np.int64)


def count(shape: tuple[int, ...], axis: Axis, name: str) -> int:
    """Return how many elements a reduction combines; refuse none at all."""
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis)
    number = int(np.prod([shape[a] for a in axes]))
    if number == 0:
        raise ValueError(f"{name}: no elements along axis {axis} of shape {shape}")
    return number


def degrees_of_freedom(
    shape: tuple[int, ...], axis: Axis, correction: int, name: str
) -> int:
    """Return n - correction, what a variance divides by; refuse 0 and less."""
    number = count(shape, axis, name)
    if number <= correction:
        raise ValueError(
            f"{name}: {number} elements with correction={correction} leave nothing to "
            "divide by"
        )
    return number - correction


def require_float(tensor, name: str) -> None:
    """Refuse integers and booleans, for which torch has no such operation either."""
    if tensor.data.dtype.kind != "f":
        raise TypeError(
            f"{name} needs a floating-point tensor, got {tensor.data.dtype}"
        )
