"""Nonlinearities of straight lines with limits: cheap, and exact in few bits.

Their gradient at a kink is torch's choice, named in each docstring.
"""

from __future__ import annotations

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number

__all__ = ["hardsigmoid", "hardswish", "hardtanh", "relu6"]


def hardtanh(x: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Limit x to [min_val, max_val]; the gradient is 0 from the limits outwards.

    Parameters
    ----------
    x : Tensor, shape (*)
    min_val, max_val : float

    Returns
    -------
    Tensor, shape (*)

    Raises
    ------
    TypeError, ValueError
        If `x` is no floating-point Tensor, a limit no finite number, or
        `min_val` > `max_val`.

    References
    ----------
    Collobert (2004), *Large scale machine learning*, PhD thesis.
    """
    require_floats(x, "hardtanh")
    low = require_number(min_val, "hardtanh: min_val")
    high = require_number(max_val, "hardtanh: max_val")
    if low > high:
        raise ValueError(
            f"hardtanh: min_val must not exceed max_val, got {min_val} and {max_val}"
        )
    return _limited(x, low, high, "hardtanh")


def relu6(x: Tensor) -> Tensor:
    r"""Return :math:`\min(\max(x, 0), 6)`; the gradient at exactly 0 and 6 is 0.

    Parameters
    ----------
    x : Tensor, shape (*)

    Returns
    -------
    Tensor, shape (*)
        In [0, 6].

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor.

    References
    ----------
    Krizhevsky (2010), *Convolutional deep belief networks on CIFAR-10*.
    """
    require_floats(x, "relu6")
    return _limited(x, 0.0, 6.0, "relu6")


def _limited(x: Tensor, low: float, high: float, op: str) -> Tensor:
    def backward(grad_out):
        # not "inside": nan passes on, as in torch
        return (grad_out * ~((x.data <= low) | (x.data >= high)),)

    return Tensor.from_op(np.clip(x.data, low, high), (x,), backward, op)


def hardsigmoid(x: Tensor) -> Tensor:
    r"""Return :math:`\mathrm{relu6}(x + 3) / 6`, a sigmoid of three straight lines.

    The gradient at exactly -3 and 3 is 0, between them 1/6. torch rounds that to
    float32, also for float64 tensors.

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

    References
    ----------
    Howard et al. (2019), *Searching for MobileNetV3*, arXiv:1905.02244, section 5.2.
    """
    require_floats(x, "hardsigmoid")

    def backward(grad_out):
        return (grad_out * ((x.data > -3) & (x.data < 3)) / 6,)

    result = np.clip(x.data + 3, 0, 6)
    result /= 6
    return Tensor.from_op(result, (x,), backward, "hardsigmoid")


def hardswish(x: Tensor) -> Tensor:
    r"""Return :math:`x\,\mathrm{relu6}(x + 3) / 6`.

    The gradient is 0 at exactly -3 and 1 at exactly 3; the value is nan at -inf, as in
    torch.

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
    Howard et al. (2019), *Searching for MobileNetV3*, arXiv:1905.02244, section 5.2.
    """
    require_floats(x, "hardswish")

    def backward(grad_out):
        slope = np.clip(x.data, -3, 3)  # clip first: no inf times 0 below
        slope /= 3
        slope += 0.5
        slope *= (x.data > -3) & (x.data < 3)
        slope += x.data >= 3
        slope *= grad_out
        return (slope,)

    result = np.clip(x.data + 3, 0, 6)
    with np.errstate(invalid="ignore"):  # -inf * 0 is nan
        result *= x.data
    result /= 6
    return Tensor.from_op(result, (x,), backward, "hardswish")
