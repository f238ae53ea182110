"""The distance between an array of ours and torch's, and when it is too large."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

# rtol, and atol as a share of the array's largest magnitude
TOLERANCES = {
    np.dtype(np.float64): (1e-10, 1e-12),
    np.dtype(np.float32): (1e-5, 2e-6),
    np.dtype(np.float16): (1e-2, 1e-3),
}


class ParityError(AssertionError):
    """dlbook and torch disagree."""


@dataclass(frozen=True)
class Difference:
    """How far one array of ours is from torch's.

    Attributes
    ----------
    name : str
        Which array: an output, or the gradient of an input.
    kind : "value" or "gradient"
    shape : tuple of int
    dtype : str
    relative : float
        max |ours - theirs| / max |theirs|; where torch's array is all zero,
        max |ours - theirs|.
    root_mean_square : float
        The same of the roots of the mean squares: many sums that are rounded in another
        order move it little, as does a ReLU that one side has on and the other off.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    dtype: str
    relative: float
    root_mean_square: float = 0.0

    @property
    def count(self) -> int:
        """Number of elements compared."""
        return math.prod(self.shape)

    @property
    def bound(self) -> float:
        """`relative`, rounded up to a power of ten (see `decade_above`)."""
        return decade_above(self.relative, self.dtype)


def difference(
    name: str,
    kind: str,
    ours: np.ndarray | None,
    theirs: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nonfinite: bool = False,
) -> Difference:
    """Measure one pair of arrays.

    Parameters
    ----------
    name, kind : str
        See `Difference`.
    ours : ndarray or None
    theirs : torch.Tensor, ndarray or None
    rtol, atol, equal_nonfinite
        As in `compare_with_torch`.

    Raises
    ------
    ParityError
        If one is missing, or they differ in shape, type or value.
    """
    if ours is None or theirs is None:
        side = "torch" if ours is None else "dlbook"
        raise ParityError(f"{name}: only {side} has one")
    ours = np.asarray(ours)
    theirs = theirs.detach().cpu().numpy() if hasattr(theirs, "detach") else theirs
    if ours.shape != theirs.shape:
        raise ParityError(f"{name}: shape {ours.shape}, torch's {theirs.shape}")
    if ours.dtype != theirs.dtype:
        raise ParityError(f"{name}: type {ours.dtype}, torch's {theirs.dtype}")
    found = Difference(name, kind, ours.shape, str(ours.dtype), 0.0)
    if ours.size == 0:
        return found
    if ours.dtype.kind != "f":
        wrong = ours != theirs
        if wrong.any():
            raise ParityError(
                f"{name}: {np.count_nonzero(wrong)} of {ours.size} differ"
                + at_first(wrong, ours, theirs)
            )
        return found

    finite = np.isfinite(ours) & np.isfinite(theirs)
    same = finite | (equal_nonfinite & equal_where_not_finite(ours, theirs))
    if not same.all():
        raise ParityError(
            f"{name}: {np.count_nonzero(~same)} of {ours.size} are not finite"
            + at_first(~same, ours, theirs)
        )
    a, b = ours[finite].astype(np.float64), theirs[finite].astype(np.float64)
    error = np.abs(a - b)
    scale = float(np.abs(b).max(initial=0.0)) or 1.0
    default_rtol, default_share = TOLERANCES.get(ours.dtype, (1e-10, 1e-12))
    rtol = default_rtol if rtol is None else rtol
    atol = default_share * scale if atol is None else atol
    excess = error > atol + rtol * np.abs(b)
    if excess.any():
        wrong = np.zeros(ours.shape, bool)
        wrong[finite] = excess
        raise ParityError(
            f"{name}: {np.count_nonzero(excess)} of {ours.size} differ by more than "
            f"{atol:.1e} + {rtol:.1e} |torch's|, the largest by {error.max():.1e}"
            + at_first(wrong, ours, theirs)
        )
    relative = float(error.max(initial=0.0)) / scale
    error /= scale  # squares of numbers near the largest would overflow
    length = float(np.linalg.norm(b / scale)) or float(b.size) ** 0.5 or 1.0
    rms = float(np.linalg.norm(error)) / length
    return Difference(name, kind, ours.shape, str(ours.dtype), relative, rms)


def equal_where_not_finite(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return where both are NaN or both the same infinity."""
    both_nan = np.isnan(ours) & np.isnan(theirs)
    return both_nan | (np.isinf(ours) & (ours == theirs))


def at_first(wrong: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> str:
    """Say where the first wrong element is and what stands there."""
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    where = f" at {list(index)}" if index else ""
    return f"; first{where}: {ours[index]}, torch's {theirs[index]}"


def decade_above(relative: float, dtype: str) -> float:
    """Round up to a power of ten, and to 1e-15 or 1e-6 at least.

    A rounding error depends on the order of a sum, so it differs between machines and
    libraries; the power of ten above it seldom does. The least is the power above the
    type's precision: 2.2e-16 in float64, 1.2e-7 in float32. Integers have none.
    """
    if np.dtype(dtype).kind != "f":
        return relative
    least = float(np.finfo(dtype).eps)
    exponent = math.ceil(math.log10(max(relative, least)) - 1e-9)
    return float(f"1e{exponent}")
