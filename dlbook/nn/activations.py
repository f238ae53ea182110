"""Activations as layers, for `Sequential`; the mathematics is in `functional`."""

from __future__ import annotations

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.module import Module

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]


class ReLU(Module):
    r"""Cut off below zero, :math:`\max(x, 0)`."""

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.relu(x)


class ReLU6(Module):
    r"""Cut off below 0 and above 6, :math:`\min(\max(x, 0), 6)`."""

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.relu6(x)


class LeakyReLU(Module):
    r"""Reduce negative numbers, :math:`\max(x, 0) + s \min(x, 0)`.

    Parameters
    ----------
    negative_slope : float
        s, the slope for x <= 0.

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.leaky_relu` does.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.leaky_relu(x, negative_slope=self.negative_slope)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"negative_slope={self.negative_slope!r}"


class ELU(Module):
    r"""Bend negative numbers towards :math:`-\alpha`, :math:`\alpha (e^x - 1)`.

    Parameters
    ----------
    alpha : float
        Minus the limit for x -> -inf.

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.elu` does.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.elu(x, alpha=self.alpha)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"alpha={self.alpha!r}"


class SELU(Module):
    """Scale an ELU so that mean 0 and variance 1 stay."""

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.selu(x)


class GELU(Module):
    r"""Weight x by the normal distribution function, :math:`x\,\Phi(x)`.

    Parameters
    ----------
    approximate : {"none", "tanh"}
        "tanh" uses a faster formula that differs by at most 5e-4.

    Raises
    ------
    ValueError
        When called, if `approximate` is anything else.
    """

    def __init__(self, *, approximate: str = "none") -> None:
        self.approximate = approximate

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.gelu(x, approximate=self.approximate)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    r"""Weight x by its sigmoid, :math:`x\,\sigma(x)`; also called swish."""

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.silu(x)


class Sigmoid(Module):
    r"""Squash x into [0, 1], :math:`\sigma(x) = 1 / (1 + e^{-x})`."""

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.sigmoid(x)


class LogSigmoid(Module):
    r"""Take the logarithm of the sigmoid, :math:`\log \sigma(x)`."""

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.logsigmoid(x)


class Tanh(Module):
    """Squash x into [-1, 1] by the hyperbolic tangent."""

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.tanh(x)


class Softplus(Module):
    r"""Round off the bend of a ReLU, :math:`\log(1 + e^{\beta x}) / \beta`.

    Parameters
    ----------
    beta : float
        Sharpness of the bend; not 0.
    threshold : float
        Where :math:`\beta x` is larger, the result is x.

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.softplus` does.
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta = beta
        self.threshold = threshold

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.softplus(x, beta=self.beta, threshold=self.threshold)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"beta={self.beta!r}, threshold={self.threshold!r}"


class Hardtanh(Module):
    """Limit x to [min_val, max_val].

    Parameters
    ----------
    min_val, max_val : float

    Raises
    ------
    TypeError, ValueError
        When called, as `functional.hardtanh` does.
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.hardtanh(x, min_val=self.min_val, max_val=self.max_val)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"min_val={self.min_val!r}, max_val={self.max_val!r}"


class Hardsigmoid(Module):
    """Approximate the sigmoid by three straight lines."""

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.hardsigmoid(x)


class Hardswish(Module):
    """Weight x by its hard sigmoid."""

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.hardswish(x)


class Softmax(Module):
    """Turn scores into probabilities that sum to one along an axis.

    Parameters
    ----------
    axis : int
        The axis of the classes.

    Raises
    ------
    numpy.exceptions.AxisError
        When called, if the input has no such axis.
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.softmax(x, axis=self.axis)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"axis={self.axis!r}"


class LogSoftmax(Module):
    """Turn scores into log-probabilities along an axis.

    Parameters
    ----------
    axis : int
        The axis of the classes.

    Raises
    ------
    numpy.exceptions.AxisError
        When called, if the input has no such axis.
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.log_softmax(x, axis=self.axis)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"axis={self.axis!r}"
