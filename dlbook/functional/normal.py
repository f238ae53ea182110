r"""The normal distribution function :math:`\Phi`, which NumPy does not have."""

from __future__ import annotations

import numpy as np

__all__ = ["normal_cdf"]

# Phi(x) = (1 + tanh(x p(x^2))) / 2 with p of degree 6, highest power first: a minimax
# fit of our own on |x| < 5.3, error 2.9e-8. Cut after two terms it is GELU's "tanh"
# form, sqrt(2/pi) (x + 0.044715 x^3).
_TANH_FORM = (
    1.756379538e-09,
    -1.322702029e-07,
    3.964822652e-06,
    -5.530657680e-05,
    -3.259416729e-05,
    3.633308393e-02,
    7.978849416e-01,
)
_SATURATED = 5.3  # beyond it, float32 cannot tell Phi from 0 or 1

# exp(a^2/2) Phi(-a) / u for a >= 0 as a polynomial in 2u - 1, where u = 1/(1 + 0.2 a)
# maps [0, inf) to (0, 1]; highest power first. Chebyshev expansion of our own, computed
# with 60 digits.
_SCALED_TAIL = (
    -1.5708917166495314e-10,
    -1.0118594975933391e-10,
    1.8550164483074685e-09,
    1.0054463861933964e-09,
    -1.3483378103647207e-08,
    -7.16890931217432e-09,
    8.669532857027513e-08,
    6.622057088663622e-08,
    -5.537757567344183e-07,
    -7.955876524686853e-07,
    3.336170543985079e-06,
    9.952356748037579e-06,
    -1.1875117666755534e-05,
    -0.00010897976695137192,
    -0.00015957388554950594,
    0.0005986753477871946,
    0.004159013360646807,
    0.013823727741748365,
    0.03300407323403903,
    0.06270663133424344,
    0.0990611231939961,
    0.13307650057801151,
    0.15383860995001258,
)


def normal_cdf(x: np.ndarray) -> np.ndarray:
    r"""Return the probability that a standard normal number is below `x`.

    .. math:: \Phi(x) = \tfrac12 \operatorname{erfc}(-x / \sqrt 2)

    Parameters
    ----------
    x : ndarray of floats, shape (*)

    Returns
    -------
    ndarray, shape (*), same dtype
        Probabilities in [0, 1]. In float64 the relative error is below 1e-12 wherever
        the result is a normal number, also in the far left tail; in float32 the
        absolute error is below 1.5e-7.

    Notes
    -----
    In float32 speed counts, and NumPy has a fast tanh. In float64 accuracy counts: the
    tail is written as :math:`\Phi(-a) = e^{-a^2/2} u\,P(2u - 1)`, whose second factor
    varies slowly.

    References
    ----------
    NIST Digital Library of Mathematical Functions, section 7.24(ii), lists such
    expansions of :math:`e^{x^2}\operatorname{erfc} x`.
    """
    if x.dtype == np.float64:
        return _accurate(x)
    if x.dtype == np.float32:
        return _fast(x)
    wider = np.float32 if x.dtype == np.float16 else np.float64
    return normal_cdf(x.astype(wider)).astype(x.dtype)


def _fast(x: np.ndarray) -> np.ndarray:
    square = np.clip(x, -_SATURATED, _SATURATED, out=np.empty_like(x))
    square *= square
    result = _polynomial(square, _TANH_FORM)
    with np.errstate(over="ignore"):  # tanh(inf) is 1
        result *= x
    np.tanh(result, out=result)
    result *= 0.5
    result += 0.5
    return result


def _accurate(x: np.ndarray) -> np.ndarray:
    u = 1 / (1 + 0.2 * np.abs(x))
    tail = _polynomial(2 * u - 1, _SCALED_TAIL)
    tail *= u
    with np.errstate(over="ignore"):  # exp(-inf) is 0
        tail *= np.exp(-0.5 * x * x)
    return np.where(x > 0, 1 - tail, tail)


def _polynomial(x: np.ndarray, coefficients: tuple[float, ...]) -> np.ndarray:
    """Evaluate by Horner's rule, highest power first."""
    result = np.multiply(x, coefficients[0], out=np.empty_like(x))
    for coefficient in coefficients[1:-1]:
        result += coefficient
        result *= x
    result += coefficients[-1]
    return result
