"""Compare a named case with torch: a function of arrays, or a training run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook.compare.case import OperationCase, Run, Shape, TrainingCase
from dlbook.compare.cases import find_case
from dlbook.compare.difference import Difference, decade_above, difference
from dlbook.compare.display import (
    WHAT_DIFFERENCE_MEANS,
    folded,
    in_words,
    shape_in_words,
    table,
)
from dlbook.compare.parity import Parity
from dlbook.compare.torch_side import (
    Skipped,
    best_device,
    exact_float32,
    import_torch,
    torch_is_installed,
)

# a rounding error grows from step to step: a run gets more room than an operation
TRAINING_RTOL = {np.dtype(np.float64): 1e-8, np.dtype(np.float32): 1e-2}


@dataclass(frozen=True, repr=False)
class TrainingParity:
    """Two training runs from the same weights over the same batches that agree.

    A page displays it as one line that unfolds to a table.

    Attributes
    ----------
    title : str
        What was trained.
    ours, theirs : Run
        Losses and final weights of dlbook and of torch.
    differences : tuple of Difference
        Of the loss curves, and of each of the final weights.
    """

    title: str
    ours: Run
    theirs: Run
    differences: tuple[Difference, ...]

    @property
    def largest_difference(self) -> float:
        """The largest of the relative differences, of losses and of weights."""
        return max(d.relative for d in self.differences)

    @property
    def summary(self) -> str:
        """The one line."""
        losses, *weights = self.differences
        bound = max(d.bound for d in self.differences)
        return (
            f"equal to torch: {losses.count:,} losses and "
            f"{sum(d.count for d in weights):,} final weights compared, "
            f"largest difference {in_words(bound)}"
        )

    def __repr__(self) -> str:
        return self.summary

    def _repr_markdown_(self) -> str:
        losses = self.differences[0]
        steps = losses.count
        shown = sorted({0, steps // 4, steps // 2, 3 * steps // 4, steps - 1})
        scale = np.abs(self.theirs.losses).max() or 1.0
        per_step = np.abs(self.ours.losses - self.theirs.losses) / scale
        curve = [
            (
                f"{step + 1:,}",
                f"{self.ours.losses[step] + 0.0:.6f}",  # 0.0 turns -0.0 into 0
                f"{self.theirs.losses[step] + 0.0:.6f}",
                in_words(decade_above(per_step[: step + 1].max(), losses.dtype)),
            )
            for step in shown
        ]
        rows = [
            (d.name, shape_in_words(d.shape), d.dtype, in_words(d.bound))
            for d in self.differences
        ]
        return folded(
            self.summary,
            table(("step", "dlbook's loss", "torch's loss", "difference so far"), curve)
            + "\n\n"
            + table(("array", "shape", "type", "difference"), rows)
            + f"\n\n{WHAT_DIFFERENCE_MEANS}",
        )

    def figure(self) -> Any:
        """Draw both loss curves on top of each other, and their difference.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from dlbook import plots

        return plots.two_curves(
            self.ours.losses,
            self.theirs.losses,
            xlabel="step",
            ylabel="loss",
            title=self.title,
        )


def compare_case(
    case: str | OperationCase | type[OperationCase],
    *,
    size: Shape | None = None,
    dtype: DTypeLike = np.float64,
    device: str | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
) -> Parity | Skipped:
    """Compare an operation case with torch, in value and gradients.

    Parameters
    ----------
    case : str or case
        A case's name or class, such as "neuron" or `NeuronCase`.
    size : tuple of int, optional
        The case's smallest by default.
    dtype : float64 or float32
    device : str, optional
        Where torch computes. The GPU by default where there is one.
    rtol, atol : float, optional
        See `compare_with_torch`.
    seed : int
        Of the inputs and of the output's gradient.

    Returns
    -------
    Parity or Skipped
        One line for the page. Skipped if PyTorch is not installed.

    Raises
    ------
    ParityError
        If dlbook and torch disagree.
    KeyError
        If there is no such case.
    TypeError
        If it is a training case.
    """
    found = find_case(case)
    if not isinstance(found, OperationCase):
        raise TypeError(f"{found.name!r} is a training case: use compare_training")
    if not torch_is_installed():
        return Skipped()
    return found.compare(
        found.sizes[0] if size is None else size,
        dtype,
        device=best_device() if device is None else device,
        rtol=rtol,
        atol=atol,
        seed=seed,
    )


def compare_training(
    case: str | TrainingCase | type[TrainingCase],
    *,
    size: Shape | None = None,
    dtype: DTypeLike = np.float64,
    device: str | None = None,
    rtol: float | None = None,
    seed: int = 0,
    generated: bool = False,
) -> TrainingParity | Skipped:
    """Train with dlbook and with torch, from the same weights over the same batches.

    Parameters
    ----------
    case : str or case
        A case's name or class, such as "digits" or `DigitsCase`.
    size : tuple of int, optional
        The case's `bench_size` by default.
    dtype : float64 or float32
    device : str, optional
        Where torch computes. The GPU by default where there is one.
    rtol : float, optional
        How far a number may be from torch's, as a share of the largest magnitude in
        torch's array: 1e-8 in float64, 1e-2 in float32 by default.
    seed : int
        Of the initial weights and the order of the batches.
    generated : bool
        Random data in place of the real ones.

    Returns
    -------
    TrainingParity or Skipped
        One line for the page, and `.figure()`. If PyTorch is not installed, Skipped,
        with our run in `.ours`.

    Raises
    ------
    ParityError
        If losses or final weights differ by more than `rtol`.
    KeyError
        If there is no such case.
    TypeError
        If it is not a training case.
    """
    found = find_case(case)
    if not isinstance(found, TrainingCase):
        raise TypeError(f"{found.name!r} is no training case: use compare_case")
    dtype = np.dtype(dtype)
    weights, batches = found.problem(
        found.bench_size if size is None else size,
        dtype,
        np.random.default_rng(seed),
        generated=generated,
    )
    ours = found.ours(weights, batches)
    if not torch_is_installed():
        return Skipped(ours=ours)
    exact_float32(import_torch("compare_training"))
    device = best_device() if device is None else device
    theirs = found.theirs(weights, batches, device)
    return TrainingParity(
        found.title, ours, theirs, differences_of_runs(ours, theirs, dtype, rtol)
    )


def differences_of_runs(
    ours: Run, theirs: Run, dtype: np.dtype, rtol: float | None = None
) -> tuple[Difference, ...]:
    """Measure losses and final weights of two runs.

    Raises
    ------
    ParityError
        If they differ by more than `rtol` times the largest magnitude.
    """
    rtol = TRAINING_RTOL[dtype] if rtol is None else rtol

    def check(
        name: str, our: np.ndarray | None, their: np.ndarray | None
    ) -> Difference:
        scale = 1.0 if their is None else float(np.abs(their).max(initial=0.0)) or 1.0
        return difference(name, "value", our, their, rtol=0.0, atol=rtol * scale)

    names = dict.fromkeys([*ours.weights, *theirs.weights])
    losses = [run.losses.astype(dtype) for run in (ours, theirs)]
    return (
        check("losses", *losses),
        *(
            check(f"final {name}", ours.weights.get(name), theirs.weights.get(name))
            for name in names
        ),
    )
