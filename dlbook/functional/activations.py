"""Nonlinearities, applied to each element.

Each keeps shape and dtype. At the kinks the gradient is torch's choice, named in the
docstring. Masks multiply instead of selecting: `numpy.where` takes nine times as long
on a mask without a pattern. ``out=np.empty_like`` starts what goes on in place: a plain
expression on an array without axes would give a scalar.
"""

from __future__ import annotations

import math

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number
from dlbook.functional.normal import normal_cdf

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "logsigmoid",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "tanh",
]


def relu(x: Tensor) -> Tensor:
    r"""Return :math:`\max(x, 0)`; the gradient at exactly 0 is 0.

    Integers are allowed.

    Parameters
    ----------
    x : Tensor, shape (*)

    Returns
    -------
    Tensor, shape (*)

    Raises
    ------
    TypeError
        If `x` is no Tensor of numbers.

    References
    ----------
    Nair & Hinton (2010), *Rectified linear units improve restricted Boltzmann
    machines*.
    """
    require_floats(x, "relu", integers=True)
    result = np.maximum(x.data, 0)

    def backward(grad_out):
        return (grad_out * (result != 0),)  # where x > 0, or nan: that passes on

    return Tensor.from_op(result, (x,), backward, "relu")


def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    r"""Return :math:`\max(x, 0) + s \min(x, 0)`, a ReLU that leaks below zero.

    Parameters
    ----------
    x : Tensor, shape (*)
    negative_slope : float
        s, the slope for x <= 0, also at exactly 0.

    Returns
    -------
    Tensor, shape (*)

    Raises
    ------
    TypeError, ValueError
        If `x` is no floating-point Tensor, or `negative_slope` no finite number.

    References
    ----------
    Maas, Hannun & Ng (2013), *Rectifier nonlinearities improve neural network acoustic
    models*, section 2.
    """
    require_floats(x, "leaky_relu")
    slope = require_number(negative_slope, "leaky_relu: negative_slope")

    def backward(grad_out):
        positive = x.data > 0
        return (grad_out * (positive + slope * ~positive),)

    with np.errstate(invalid="ignore"):  # slope 0 times -inf is nan, as in torch
        result = np.minimum(x.data, 0)
        result *= slope
    result += np.maximum(x.data, 0)
    return Tensor.from_op(result, (x,), backward, "leaky_relu")


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    r"""Return x for x > 0 and :math:`\alpha (e^x - 1)` otherwise.

    Parameters
    ----------
    x : Tensor, shape (*)
    alpha : float
        Minus the limit for x -> -inf. The slope at exactly 0 is `alpha`.

    Returns
    -------
    Tensor, shape (*)

    Raises
    ------
    TypeError, ValueError
        If `x` is no floating-point Tensor, or `alpha` no finite number.

    References
    ----------
    Clevert, Unterthiner & Hochreiter (2016), arXiv:1511.07289, section 3.
    """
    require_floats(x, "elu")
    alpha = require_number(alpha, "elu: alpha")
    return _scaled_elu(x, alpha, 1.0, "elu")


def selu(x: Tensor) -> Tensor:
    r"""Return :math:`\lambda\,\mathrm{elu}(x, \alpha)`, which keeps mean 0, variance 1.

    :math:`\lambda \approx 1.0507` and :math:`\alpha \approx 1.6733` are chosen so that
    mean 0 and variance 1 are a stable fixed point from layer to layer.

    Parameters
    ----------
    x : Tensor, shape (*)

    Returns
    -------
    Tensor, shape (*)

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor.

    References
    ----------
    Klambauer, Unterthiner, Mayr & Hochreiter (2017), arXiv:1706.02515, eq. 2.
    """
    require_floats(x, "selu")
    return _scaled_elu(x, 1.6732632423543772, 1.0507009873554805, "selu")


def _scaled_elu(x: Tensor, alpha: float, scale: float, op: str) -> Tensor:
    def backward(grad_out):
        positive = x.data > 0
        slope = np.exp(np.minimum(x.data, 0))  # minimum: no overflow for large x
        slope *= alpha
        slope *= ~positive
        slope += positive
        slope *= scale
        slope *= grad_out
        return (slope,)

    result = np.expm1(np.minimum(x.data, 0))
    result *= alpha
    result += np.maximum(x.data, 0)
    result *= scale
    return Tensor.from_op(result, (x,), backward, op)


def gelu(x: Tensor, *, approximate: str = "none") -> Tensor:
    r"""Weight x by the probability that a standard normal number is below it.

    .. math::
        x\,\Phi(x) \approx
        \tfrac12 x \bigl(1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\,x^3))\bigr)

    Parameters
    ----------
    x : Tensor, shape (*)
    approximate : {"none", "tanh"}
        "tanh" computes the right side, which differs by at most 5e-4; GPT-2 uses it.

    Returns
    -------
    Tensor, shape (*)
        nan at -inf, and the gradient is nan at both infinities, as in torch. (In
        float32 torch's exact form also gives nan at +inf; here it is inf.)

    Raises
    ------
    TypeError, ValueError
        If `x` is no floating-point Tensor, or `approximate` is anything else.

    References
    ----------
    Hendrycks & Gimpel (2016), arXiv:1606.08415, section 2.
    """
    require_floats(x, "gelu")
    if approximate not in ("none", "tanh"):
        raise ValueError(
            f'gelu: approximate must be "none" or "tanh", got {approximate!r}'
        )
    return _gelu_exact(x) if approximate == "none" else _gelu_tanh(x)


def _gelu_exact(x: Tensor) -> Tensor:
    cdf = normal_cdf(x.data)

    def backward(grad_out):
        with np.errstate(over="ignore", invalid="ignore"):  # huge x; inf * 0 is nan
            slope = np.square(x.data, out=np.empty_like(x.data))
            slope *= -0.5
            np.exp(slope, out=slope)
            slope *= x.data
        slope *= 1 / math.sqrt(2 * math.pi)  # x times the normal density
        slope += cdf
        slope *= grad_out
        return (slope,)

    with np.errstate(invalid="ignore"):
        return Tensor.from_op(cdf * x.data, (x,), backward, "gelu")


def _gelu_tanh(x: Tensor) -> Tensor:
    k = math.sqrt(2 / math.pi)
    with np.errstate(over="ignore", invalid="ignore"):  # huge x; -inf * 0 is nan
        cdf = np.square(x.data, out=np.empty_like(x.data))
        cdf *= 0.044715 * k
        cdf += k
        cdf *= x.data
        np.tanh(cdf, out=cdf)
        cdf *= 0.5
        cdf += 0.5  # (1 + tanh u) / 2, close to Phi(x), with u = k (x + 0.044715 x^3)
        result = cdf * x.data

    def backward(grad_out):
        # cdf' = 2 u' cdf (1 - cdf), so x cdf' = 2 u' (1 - cdf) result
        with np.errstate(over="ignore", invalid="ignore"):
            slope = np.square(x.data, out=np.empty_like(x.data))
            slope *= 6 * 0.044715 * k
            slope += 2 * k
            rest = 1 - cdf
            rest *= result
            slope *= rest
        slope += cdf
        slope *= grad_out
        return (slope,)

    return Tensor.from_op(result, (x,), backward, "gelu")


def sigmoid(x: Tensor) -> Tensor:
    r"""Return :math:`\sigma(x) = 1 / (1 + e^{-x})`, in [0, 1].

    The slope :math:`\sigma (1 - \sigma)` is at most 1/4.

    Parameters
    ----------
    x : Tensor, shape (*)

    Returns
    -------
    Tensor, shape (*)
        In [0, 1].

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor.
    """
    require_floats(x, "sigmoid")
    result = _sigmoid(x.data)

    def backward(grad_out):
        return (grad_out * (1 - result) * result,)

    return Tensor.from_op(result, (x,), backward, "sigmoid")


def _sigmoid(x: np.ndarray) -> np.ndarray:
    result = np.negative(x, out=np.empty_like(x))
    with np.errstate(over="ignore"):  # exp gives inf, and 1 / inf is the right 0
        np.exp(result, out=result)
    result += 1
    return np.divide(1, result, out=result)


def logsigmoid(x: Tensor) -> Tensor:
    r"""Return :math:`\log \sigma(x)`, finite where :math:`\sigma` rounds to 0.

    Parameters
    ----------
    x : Tensor, shape (*)

    Returns
    -------
    Tensor, shape (*)
        At most 0.

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor.
    """
    require_floats(x, "logsigmoid")

    def backward(grad_out):
        return (grad_out * _sigmoid(-x.data),)

    result = np.minimum(x.data, 0) - np.log1p(np.exp(-np.abs(x.data)))
    return Tensor.from_op(result, (x,), backward, "logsigmoid")


def silu(x: Tensor) -> Tensor:
    r"""Return :math:`x\,\sigma(x)`, also called swish.

    nan at -inf, and the gradient is nan at both infinities, as in torch.

    Parameters
    ----------
    x : Tensor, shape (*)

    Returns
    -------
    Tensor, shape (*)

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor.

    References
    ----------
    Elfwing, Uchibe & Doya (2018), arXiv:1702.03118; Ramachandran, Zoph & Le (2017),
    arXiv:1710.05941.
    """
    require_floats(x, "silu")
    gate = _sigmoid(x.data)

    def backward(grad_out):
        with np.errstate(invalid="ignore"):  # inf * 0 is nan
            slope = 1 - gate
            slope *= x.data
            slope += 1
            slope *= gate
        slope *= grad_out
        return (slope,)

    with np.errstate(invalid="ignore"):
        return Tensor.from_op(gate * x.data, (x,), backward, "silu")


def tanh(x: Tensor) -> Tensor:
    """Return the hyperbolic tangent, in [-1, 1]; the same as ``x.tanh()``.

    Parameters
    ----------
    x : Tensor, shape (*)

    Returns
    -------
    Tensor, shape (*)
        In [-1, 1].

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor.
    """
    require_floats(x, "tanh")
    return x.tanh()


def softplus(x: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    r"""Return :math:`\log(1 + e^{\beta x}) / \beta`, a smooth ReLU.

    Parameters
    ----------
    x : Tensor, shape (*)
    beta : float
        Sharpness of the bend; not 0.
    threshold : float
        Where :math:`\beta x` is larger, the result is x and the slope 1.

    Returns
    -------
    Tensor, shape (*)

    Raises
    ------
    TypeError, ValueError
        If `x` is no floating-point Tensor, or `beta` is 0, or `beta` or `threshold` no
        finite number. torch divides by a `beta` of 0.

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau & Garcia (2001), *Incorporating second-order
    functional knowledge for better option pricing*.
    """
    require_floats(x, "softplus")
    beta = require_number(beta, "softplus: beta")
    threshold = require_number(threshold, "softplus: threshold")
    if beta == 0:
        raise ValueError("softplus: beta must not be 0")
    scaled = x.data * beta
    straight = scaled > threshold

    def backward(grad_out):
        slope = _sigmoid(scaled)
        slope *= ~straight
        slope += straight
        slope *= grad_out
        return (slope,)

    result = np.log1p(np.exp(-np.abs(scaled)))  # no overflow for large x
    result *= ~straight
    result += np.maximum(scaled, 0)
    result /= beta
    return Tensor.from_op(result, (x,), backward, "softplus")
