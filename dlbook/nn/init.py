"""Initial values: functions that fill a tensor in place and return it.

Names and defaults are those of torch.nn.init. All take a Tensor of floats and write
into its `data`; autograd records nothing. `rng` is a generator, a seed, or None for new
random numbers.
"""

from __future__ import annotations

import math

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number
from dlbook.nn.arguments import require_size
from dlbook.random import default_rng

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

Rng = np.random.Generator | int | None

_GAINS = {
    "linear": 1.0,
    "conv1d": 1.0,
    "conv2d": 1.0,
    "conv3d": 1.0,
    "conv_transpose1d": 1.0,
    "conv_transpose2d": 1.0,
    "conv_transpose3d": 1.0,
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "selu": 3 / 4,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    r"""Return the factor by which weights before a nonlinearity should be larger.

    Parameters
    ----------
    nonlinearity : str
        "linear", "conv1d" to "conv3d", "conv_transpose1d" to "conv_transpose3d" and
        "sigmoid": 1; "tanh": 5/3; "relu": :math:`\sqrt 2`; "leaky_relu":
        :math:`\sqrt{2 / (1 + s^2)}`; "selu": 3/4.
    param : float, optional
        s, the slope of "leaky_relu" for negative numbers; 0.01 by default. Of no effect
        with the others.

    Raises
    ------
    ValueError
        If the nonlinearity is unknown or `param` is not finite.
    TypeError
        If `param` is no number.

    References
    ----------
    He et al. (2015), arXiv:1502.01852, equations 9 and 15, for ReLU and leaky ReLU.
    The others are torch's.
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        slope = require_number(slope, "calculate_gain: param")
        return math.sqrt(2 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        known = ", ".join([*_GAINS, "leaky_relu"])
        raise ValueError(
            f"calculate_gain: unknown nonlinearity {nonlinearity!r}; there are {known}"
        )
    return _GAINS[nonlinearity]


def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, *, rng: Rng = None
) -> Tensor:
    """Draw from the uniform distribution U(a, b).

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats, or a bound is no number.
    ValueError
        If a > b, or a bound is not finite.
    """
    require_floats(tensor, "uniform_", name="tensor")
    a, b = require_number(a, "uniform_: a"), require_number(b, "uniform_: b")
    if a > b:
        raise ValueError(f"uniform_: a must not be larger than b, got {a} and {b}")
    return _fill(tensor, default_rng(rng).uniform(a, b, tensor.shape))


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, *, rng: Rng = None
) -> Tensor:
    """Draw from the normal distribution with this mean and standard deviation.

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats, or `mean` or `std` is no number.
    ValueError
        If `std` is negative, or one of them is not finite.
    """
    require_floats(tensor, "normal_", name="tensor")
    mean, std = require_number(mean, "normal_: mean"), _require_std(std, "normal_")
    return _fill(tensor, default_rng(rng).normal(mean, std, tensor.shape))


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    rng: Rng = None,
) -> Tensor:
    """Draw from the normal distribution, of the numbers in [a, b] alone.

    Parameters
    ----------
    tensor : Tensor of floats
    mean, std : float
        Of the normal distribution before it is cut off; std > 0.
    a, b : float
        The bounds themselves, not multiples of `std`. They may be infinite.
    rng : numpy.random.Generator, int or None

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats, or another argument no number.
    ValueError
        If `std` is not positive or a >= b. And, where torch warns, if `mean` is more
        than 2 `std` outside [a, b].

    Notes
    -----
    Candidates are drawn and those outside thrown away, until all are inside. For an
    interval shorter than 2 `std`, few normal numbers would be: uniform candidates are
    then kept with a probability in proportion to the normal density.
    """
    require_floats(tensor, "trunc_normal_", name="tensor")
    mean = require_number(mean, "trunc_normal_: mean")
    std = _require_std(std, "trunc_normal_")
    if std == 0:
        raise ValueError("trunc_normal_: std must be positive, got 0")
    a, b = (
        bound if bound in (-math.inf, math.inf) else require_number(bound, name)
        for bound, name in ((a, "trunc_normal_: a"), (b, "trunc_normal_: b"))
    )
    if a >= b:
        raise ValueError(f"trunc_normal_: a must be smaller than b, got {a} and {b}")
    low, high = (a - mean) / std, (b - mean) / std
    densest = min(max(low, 0.0), high)  # the number in [low, high] closest to 0
    if abs(densest) > 2:
        raise ValueError(
            f"trunc_normal_: mean {mean} is more than 2 std = {2 * std} outside "
            f"[{a}, {b}]"
        )
    rng = default_rng(rng)
    drawn = np.empty(tensor.size)
    missing = np.arange(tensor.size)
    while missing.size:
        if high - low < 2:
            candidates = rng.uniform(low, high, missing.size)
            density = np.exp((densest**2 - candidates**2) / 2)  # 1 at its largest
            kept = rng.random(missing.size) < density
        else:
            candidates = rng.standard_normal(missing.size)
            kept = candidates.clip(low, high) == candidates
        drawn[missing[kept]] = candidates[kept]
        missing = missing[~kept]
    # clipped, since mean + std * low may round to a number below a
    return _fill(tensor, (mean + std * drawn).clip(a, b).reshape(tensor.shape))


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Set every number to `val`.

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats, or `val` is no number.
    ValueError
        If `val` is not finite.
    """
    require_floats(tensor, "constant_", name="tensor")
    return _fill(tensor, require_number(val, "constant_: val"))


def ones_(tensor: Tensor) -> Tensor:
    """Set every number to 1.

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats.
    """
    require_floats(tensor, "ones_", name="tensor")
    return _fill(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Set every number to 0.

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats.
    """
    require_floats(tensor, "zeros_", name="tensor")
    return _fill(tensor, 0.0)


def eye_(tensor: Tensor) -> Tensor:
    """Set a matrix to the identity: a linear layer then passes on what it can.

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats.
    ValueError
        If it has not two axes.
    """
    _require_matrix(tensor, "eye_")
    return _fill(tensor, np.eye(*tensor.shape))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Set filters to the identity: a convolution then passes on what channels it can.

    Parameters
    ----------
    tensor : Tensor of floats, shape (out, in / groups, *kernel)
        One to three axes of a kernel. In each group, filter i has a 1 in the middle of
        channel i, and 0 elsewhere.
    groups : int

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats, or `groups` no int.
    ValueError
        If it has not three to five axes, or `groups` does not divide the first one.
    """
    require_floats(tensor, "dirac_", name="tensor")
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(
            f"dirac_: tensor has shape {tensor.shape}, expected three to five axes"
        )
    groups = require_size(groups, "dirac_: groups")
    filters, channels, *kernel = tensor.shape
    if filters % groups:
        raise ValueError(f"dirac_: groups must divide {filters} filters, got {groups}")
    identity = np.eye(filters // groups, channels)
    zeros_(tensor)
    middle = tuple(size // 2 for size in kernel)
    tensor.data[:, :, *middle] = np.tile(identity, (groups, 1))
    return tensor


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, *, rng: Rng = None) -> Tensor:
    r"""Draw from U(-k, k) with :math:`k = g \sqrt{6 / (n_\text{in} + n_\text{out})}`.

    Parameters
    ----------
    tensor : Tensor of floats, shape (out, in, *)
        :math:`n_\text{in}` is in, and :math:`n_\text{out}` is out, times the product
        of the other axes, if any (those of a filter).
    gain : float
        g; see `calculate_gain`.
    rng : numpy.random.Generator, int or None

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats, or `gain` no number.
    ValueError
        If `tensor` has less than two axes, or `gain` is negative or not finite.

    References
    ----------
    Glorot & Bengio (2010), AISTATS, equation 16.
    """
    bound = math.sqrt(3) * _xavier_std(tensor, gain, "xavier_uniform_")
    return uniform_(tensor, -bound, bound, rng=rng)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, *, rng: Rng = None) -> Tensor:
    r"""Draw from N(0, s²) with :math:`s = g \sqrt{2 / (n_\text{in} + n_\text{out})}`.

    Parameters, errors and source are those of `xavier_uniform_`.
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain, "xavier_normal_"), rng=rng)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    rng: Rng = None,
) -> Tensor:
    r"""Draw from U(-k, k) with :math:`k = g \sqrt{3 / n}`.

    Parameters
    ----------
    tensor : Tensor of floats, shape (out, in, *)
    a : float
        Slope of "leaky_relu" for negative numbers. Of no effect with the others.
    mode : {"fan_in", "fan_out"}
        n is in, or out, times the product of the other axes. "fan_in" preserves the
        variance in the forward pass, "fan_out" in the backward pass.
    nonlinearity : str
        Gives the gain g by `calculate_gain`.
    rng : numpy.random.Generator, int or None

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats, or `a` no number.
    ValueError
        If `tensor` has less than two axes, `mode` or `nonlinearity` is unknown, or `a`
        is not finite.

    References
    ----------
    He et al. (2015), arXiv:1502.01852, equations 10 and 14.
    """
    bound = math.sqrt(3) * _kaiming_std(
        tensor, a, mode, nonlinearity, "kaiming_uniform_"
    )
    return uniform_(tensor, -bound, bound, rng=rng)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    rng: Rng = None,
) -> Tensor:
    r"""Draw from N(0, s²) with :math:`s = g / \sqrt n`.

    Parameters, errors and source are those of `kaiming_uniform_`.
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity, "kaiming_normal_")
    return normal_(tensor, 0.0, std, rng=rng)


def orthogonal_(tensor: Tensor, gain: float = 1.0, *, rng: Rng = None) -> Tensor:
    """Draw a random orthogonal matrix, uniformly, and multiply it by `gain`.

    Parameters
    ----------
    tensor : Tensor of floats, shape (out, *)
        Taken as a matrix with one row for each of `out`. The shorter of rows and
        columns become orthonormal.
    gain : float
    rng : numpy.random.Generator, int or None

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats, or `gain` no number.
    ValueError
        If `tensor` has less than two axes, or `gain` is not finite.

    References
    ----------
    Saxe et al. (2014), arXiv:1312.6120, section 3; the signs after Mezzadri (2007),
    arXiv:math-ph/0609050, section 5: without them QR is not uniform.
    """
    _fans(tensor, "orthogonal_")
    gain = require_number(gain, "orthogonal_: gain")
    if tensor.size == 0:
        return tensor
    rows = len(tensor)
    columns = tensor.size // rows
    long, short = max(rows, columns), min(rows, columns)
    q, r = np.linalg.qr(default_rng(rng).standard_normal((long, short)))
    q *= np.copysign(1.0, np.diag(r))
    if rows < columns:
        q = q.T
    return _fill(tensor, gain * q.reshape(tensor.shape))


def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, *, rng: Rng = None
) -> Tensor:
    """Draw a matrix from N(0, std²) and set a share of each column to 0.

    Parameters
    ----------
    tensor : Tensor of floats, shape (rows, columns)
    sparsity : float
        The share, in [0, 1]; ceil(sparsity · rows) numbers of each column become 0.
    std : float
    rng : numpy.random.Generator, int or None

    Raises
    ------
    TypeError
        If `tensor` is no Tensor of floats, or an option is no number.
    ValueError
        If `tensor` has not two axes, `std` is negative, or `sparsity` is outside
        [0, 1].

    References
    ----------
    Martens (2010), ICML, section 5.
    """
    _require_matrix(tensor, "sparse_")
    sparsity = require_number(sparsity, "sparse_: sparsity")
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparse_: sparsity must lie in [0, 1], got {sparsity}")
    std = _require_std(std, "sparse_")
    rng = default_rng(rng)
    drawn = rng.normal(0.0, std, tensor.shape)
    dropped = rng.random(tensor.shape).argsort(axis=0)
    dropped = dropped[: math.ceil(sparsity * len(tensor))]
    np.put_along_axis(drawn, dropped, 0.0, axis=0)
    return _fill(tensor, drawn)


def _fill(tensor: Tensor, values: np.ndarray | float) -> Tensor:
    tensor.data[...] = values  # in place: optimizers and views share this memory
    return tensor


def _require_std(std: float, function: str) -> float:
    std = require_number(std, f"{function}: std")
    if std < 0:
        raise ValueError(f"{function}: std must be at least 0, got {std}")
    return std


def _require_matrix(tensor: Tensor, function: str) -> None:
    require_floats(tensor, function, name="tensor")
    if tensor.ndim != 2:
        raise ValueError(
            f"{function}: tensor has shape {tensor.shape}, expected two axes"
        )


def _fans(tensor: Tensor, function: str) -> tuple[int, int]:
    """Return how many inputs an output has, and how many outputs an input has."""
    require_floats(tensor, function, name="tensor")
    if tensor.ndim < 2:
        raise ValueError(
            f"{function}: tensor has shape {tensor.shape}, expected at least two axes, "
            "(out, in, ...)"
        )
    fan_out, fan_in, *others = tensor.shape
    return fan_in * math.prod(others), fan_out * math.prod(others)


def _xavier_std(tensor: Tensor, gain: float, function: str) -> float:
    total = sum(_fans(tensor, function))
    gain = require_number(gain, f"{function}: gain")
    if gain < 0:
        raise ValueError(f"{function}: gain must be at least 0, got {gain}")
    return gain * math.sqrt(2 / total) if total else 0.0


def _kaiming_std(
    tensor: Tensor, a: float, mode: str, nonlinearity: str, function: str
) -> float:
    fans = dict(zip(("fan_in", "fan_out"), _fans(tensor, function), strict=True))
    if mode not in fans:
        raise ValueError(
            f'{function}: mode must be "fan_in" or "fan_out", got {mode!r}'
        )
    gain = calculate_gain(nonlinearity, a)
    return gain / math.sqrt(fans[mode]) if fans[mode] else 0.0
