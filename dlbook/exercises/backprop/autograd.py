"""Exercises of the page on automatic differentiation."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def sigmoid_backward(grad_out, result):
    """Chain rule: the gradient that arrives times the local slope."""
    return grad_out * result * (1 - result)


def local_slope_only(grad_out, result):
    return result * (1 - result)


def slope_of_tanh(grad_out, result):
    return grad_out * (1 - result * result)


def result_taken_for_x(grad_out, result):
    s = 1 / (1 + np.exp(-result))
    return grad_out * s * (1 - s)


def gradients_and_sigmoids(rng):
    for size in (1, 5, 8):
        yield rng.normal(size=size), 1 / (1 + np.exp(-rng.normal(size=size)))


SIGMOID_RULE = Exercise(
    id="autograd-sigmoid-rule",
    title="A rule for the sigmoid",
    level="one line",
    hint="Equation (3) with a diagonal Jacobian: multiply, element by element, what "
    "arrives by the slope. The result is already the sigmoid.",
    inputs=gradients_and_sigmoids,
    solution=sigmoid_backward,
    wrong=[
        (
            local_slope_only,
            "You returned the local derivative alone. The chain rule multiplies it by "
            "the gradient that arrives, `grad_out`.",
        ),
        (
            slope_of_tanh,
            "1 - s² is the slope of tanh. The sigmoid's is s (1 - s).",
        ),
        (
            result_taken_for_x,
            "You applied the sigmoid once more. `result` is s already, not x.",
        ),
    ],
)


def undo_broadcast(grad, shape):
    """Sum over added axes, then over axes of length 1 that were stretched."""
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


def added_axes_only(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    return grad


def averaged(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.mean(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.mean(axis=axis, keepdims=True)
    return grad


def first_copy(grad, shape):
    grad = grad[(0,) * (grad.ndim - len(shape))]
    return grad[tuple(slice(size) for size in shape)]


def broadcasts(rng):
    yield rng.normal(size=(5, 3)), (3,)
    yield rng.normal(size=(4, 2, 3)), (2, 1)
    yield rng.normal(size=(2, 6)), (1, 6)
    yield rng.normal(size=(3, 2)), ()


UNDO_BROADCAST = Exercise(
    id="autograd-undo-broadcast",
    title="Undo a broadcast",
    level="a few lines",
    hint="Two kinds of axes have to go: those that broadcasting put in front "
    "(`grad.ndim > len(shape)`), and those of length 1 that it stretched. For the "
    "second kind `keepdims=True` helps.",
    inputs=broadcasts,
    solution=undo_broadcast,
    wrong=[
        (
            added_axes_only,
            "You summed over the axes in front but not over those of length 1 that "
            "were stretched, such as the last axis of shape (2, 1).",
        ),
        (
            averaged,
            "You averaged. Each copy contributes its whole share: take the sum.",
        ),
        (
            first_copy,
            "You kept the gradient of the first copy and dropped the others. The "
            "gradient of a copied number is the sum over its copies.",
        ),
    ],
)


def best_step(function, slope, x):
    """Try every step, and keep the one whose error is smallest."""
    errors = {}
    for k in range(-12, 0):
        h = 10.0**k
        central = (function(x + h) - function(x - h)) / (2 * h)
        errors[k] = abs(central - slope)
    return min(errors, key=errors.get)


def one_sided(function, slope, x):
    errors = {}
    for k in range(-12, 0):
        h = 10.0**k
        errors[k] = abs((function(x + h) - function(x)) / h - slope)
    return min(errors, key=errors.get)


def the_smallest(function, slope, x):
    return -12


def the_worst(function, slope, x):
    errors = {}
    for k in range(-12, 0):
        h = 10.0**k
        errors[k] = abs((function(x + h) - function(x - h)) / (2 * h) - slope)
    return max(errors, key=errors.get)


BEST_STEP = Exercise(
    id="autograd-best-step",
    title="The best step",
    level="an experiment",
    hint="Compute the error for each k and take the k of the smallest; `min` with a "
    "`key` or `np.argmin` finds it. Mind the sign: it is the size of the error that "
    "counts.",
    inputs=[
        (np.exp, float(np.exp(0.5)), 0.5),
        (np.log, 0.5, 2.0),
        (np.tanh, float(1 - np.tanh(0.3) ** 2), 0.3),
        (np.cos, float(-np.sin(2.0)), 2.0),
    ],
    solution=best_step,
    wrong=[
        (
            one_sided,
            "This is the best step of the one-sided difference (f(x + h) - f(x)) / h, "
            "about 10⁻⁸. The central difference looks to both sides.",
        ),
        (
            the_smallest,
            "The smallest step is not the best: f(x + h) and f(x - h) then agree in "
            "almost all digits, and their difference is rounding.",
        ),
        (the_worst, "You returned the step with the largest error."),
    ],
)


class Dual:
    """A value and its slope with respect to the input, carried along together."""

    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = as_dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other):
        return self + as_dual(other) * -1.0

    def __mul__(self, other):
        other = as_dual(other)
        slope = self.slope * other.value + self.value * other.slope  # product rule
        return Dual(self.value * other.value, slope)

    def __rsub__(self, other):
        return as_dual(other) - self

    __radd__, __rmul__ = __add__, __mul__


def as_dual(number):
    """Return a plain number as a constant: its slope is 0."""
    return number if isinstance(number, Dual) else Dual(number)


def derivative(function, x):
    """Run the function on the pair (x, 1) and read off the slope."""
    return as_dual(function(Dual(x, 1.0))).slope


def finite_difference(function, x):
    return (function(x + 1e-6) - function(x - 1e-6)) / 2e-6


class SlopesMultiplied(Dual):
    """The product of the slopes in place of the product rule."""

    def __add__(self, other):
        total = super().__add__(other)
        return SlopesMultiplied(total.value, total.slope)

    def __mul__(self, other):
        if not isinstance(other, Dual):
            return SlopesMultiplied(self.value * other, self.slope * other)
        return SlopesMultiplied(self.value * other.value, self.slope * other.slope)

    __radd__, __rmul__ = __add__, __mul__


def without_product_rule(function, x):
    return as_dual(function(SlopesMultiplied(x, 1.0))).slope


def value_returned(function, x):
    return function(x)


FORWARD_MODE = Exercise(
    id="autograd-forward-mode",
    title="Forward mode, from a blank page",
    level="a blank page",
    hint="A class with a value and a slope, and `__add__`, `__sub__`, `__mul__` with "
    "their reflected versions `__radd__`, `__rsub__`, `__rmul__`. The slope of a "
    "product follows the product rule. Turn plain numbers into pairs with slope 0.",
    inputs=[
        (lambda x: x * x * x, 4.0),
        (lambda x: 3 * x + 5, -2.0),
        (lambda x: (x - 1) * (7 - x) + x * 0.5, 1.25),
        (lambda x: (x * x + 1) * (x * x + x), 0.5),
    ],
    solution=derivative,
    rtol=1e-12,
    atol=1e-12,
    wrong=[
        (
            finite_difference,
            "This is a finite difference: close, but not exact. Forward mode has no "
            "step; its slopes are exact up to rounding.",
        ),
        (
            without_product_rule,
            "You multiplied the slopes of two factors. The product rule is u'v + uv'.",
        ),
        (value_returned, "You returned the value of the function, not its slope."),
    ],
    explanation="Forward mode gives the slope with respect to *one* input a run. For "
    "a network with many weights and one loss, reverse mode is the one to take; for "
    "one input and many results it is the other way round.",
)
