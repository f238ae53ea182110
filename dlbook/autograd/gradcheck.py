"""Compare the gradient of a function with finite differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlbook.autograd.tensor import Tensor
from dlbook.random import SEED, default_rng

__all__ = ["GradientError", "check_gradients"]


class GradientError(AssertionError):
    """The gradient from `backward` and the numerical one disagree."""


def check_gradients(
    function: Callable[..., Tensor],
    *inputs: np.ndarray,
    step: float = 1e-6,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    directions: int = 3,
    rng: np.random.Generator | None = None,
) -> float:
    r"""Check a function's gradient along random directions of each input.

    Compares :math:`\bar y \cdot (f(x + h v) - f(x - h v)) / 2h` with
    :math:`\bar x \cdot v` for random :math:`v` and random :math:`\bar y`; error
    :math:`O(h^2)`. The random :math:`\bar y` matters: summing the output instead would
    accept any gradient whatever for a function whose outputs add up to a constant, such
    as softmax.

    Parameters
    ----------
    function : callable
        Takes Tensors, returns one Tensor; must give the same result each time.
    inputs : ndarray of float64
        Where to check: away from kinks. float32 is too coarse for finite differences.
    step : float
        h, the length of the step.
    rtol, atol : float
        Largest difference allowed: atol + rtol * |numerical derivative|.
    directions : int
        How many directions to try for each input, at least 1.
    rng : numpy.random.Generator, optional
        Source of the directions; the book's seed if left out.

    Returns
    -------
    float
        The largest difference found.

    Raises
    ------
    GradientError
        If the two disagree for some input.
    TypeError
        If an input is not float64.
    ValueError
        If there is no input, or `directions` is below 1.
    """
    if not inputs or directions < 1:
        raise ValueError("check_gradients needs an input and at least one direction")
    for i, x in enumerate(inputs):
        if getattr(x, "dtype", None) != np.float64:
            raise TypeError(
                f"check_gradients: input {i} must be a float64 array, "
                f"got {getattr(x, 'dtype', type(x).__name__)}"
            )
    rng = default_rng(SEED if rng is None else rng)
    tensors = [Tensor(x, requires_grad=True) for x in inputs]
    out = function(*tensors)
    cotangent = rng.standard_normal(out.shape)
    out.backward(cotangent)
    largest = 0.0
    for i, x in enumerate(inputs):
        grad = np.zeros_like(x) if tensors[i].grad is None else tensors[i].grad
        for _ in range(directions):
            v = rng.standard_normal(x.shape)

            def value(t, i=i, x=x, v=v):
                moved = [*inputs[:i], x + t * v, *inputs[i + 1 :]]
                return (function(*map(Tensor, moved)).data * cotangent).sum()

            numerical = (value(step) - value(-step)) / (2 * step)
            analytic = (grad * v).sum()
            difference = abs(numerical - analytic)
            if not difference <= atol + rtol * abs(numerical):  # nan fails, too
                raise GradientError(
                    f"input {i}: backward gives {analytic:.6g} along a random "
                    f"direction, finite differences give {numerical:.6g}"
                )
            largest = max(largest, float(difference))
    return largest
