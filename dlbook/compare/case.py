"""What a comparison case is: the same computation by dlbook and by torch.

Pages, tests, the benchmark and the recorded GPU measurements all use the same cases.
An `OperationCase` is a function of arrays; a `TrainingCase` is a run of training steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from dlbook.autograd import Tensor
from dlbook.compare.parity import Parity, compare_with_torch
from dlbook.compare.torch_side import to_torch

Shape = tuple[int, ...]
Batches = list[tuple[np.ndarray, np.ndarray]]
Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Cost:
    """What a computation cannot do without, forward and backward together.

    Attributes
    ----------
    flops : float
        Additions and multiplications in matrix products.
    moved : float
        Bytes that must be read or written at least once: inputs, outputs, gradients.
    """

    flops: float
    moved: float


@dataclass(frozen=True)
class Run:
    """What a training run leaves behind.

    Attributes
    ----------
    losses : ndarray, shape (steps,)
        The loss of each step's batch, before the step.
    weights : dict of str to ndarray
        The final weights.
    """

    losses: np.ndarray
    weights: dict[str, np.ndarray]


class Case:
    """What both kinds of case have.

    Attributes
    ----------
    name : str
        How pages and the command line call it.
    title : str
        What the tables call it.
    sizes : tuple of tuple of int
        From the smallest, for tests, upwards; `axes` says what the numbers are.
    axes : tuple of str
    bench_size : tuple of int
        The size whose time is recorded by default and held against `gate`.
    unit : str
        What is timed: a "pass" (forward and backward), a "step", an "operation".
    gate : float or None
        The largest ratio of our time to torch's that the benchmark accepts on one
        thread.
    gate_against : str
        Whose time that is, if not torch's; see `rival_call`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    sizes: ClassVar[tuple[Shape, ...]]
    axes: ClassVar[tuple[str, ...]]
    bench_size: ClassVar[Shape]
    unit: ClassVar[str] = "pass"
    gate: ClassVar[float | None] = None
    gate_against: ClassVar[str] = "torch"

    def units(self, size: Shape) -> int:
        """Return how many units one timed call holds."""
        return 1

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost | None:
        """Return what one timed call costs at least; None where that says little."""
        return None

    def our_call(self, size: Shape, dtype: DTypeLike) -> Callable[[], Any]:
        """Return a function without arguments that does our side once."""
        raise NotImplementedError

    def their_call(
        self, size: Shape, dtype: DTypeLike, device: str
    ) -> Callable[[], Any]:
        """Return a function without arguments that does torch's side once."""
        raise NotImplementedError

    def rival_call(self, size: Shape, dtype: DTypeLike) -> Callable[[], Any]:
        """Return a function that does once what the gate holds ours against."""
        return self.their_call(size, dtype, "cpu")


class OperationCase(Case):
    """A function of arrays, compared in value and gradients, timed forward and back.

    A case defines `inputs`, `ours` and `theirs`; the last two are what pages show. They
    may return several tensors, such as the output and the final states of a recurrent
    layer: all are compared, and the backward pass that is timed starts from the first.

    Attributes
    ----------
    input_names : tuple of str
        What the tables call the inputs.
    single_tolerance : float
        How far float32 may be from torch's at a size that is timed, root mean square,
        relative. TF32 would be further away.
    """

    input_names: ClassVar[tuple[str, ...]]
    single_tolerance: ClassVar[float] = 1e-4

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw the input arrays."""
        raise NotImplementedError

    @staticmethod
    def ours(*inputs: Any) -> Any:
        """Compute the output with dlbook."""
        raise NotImplementedError

    @staticmethod
    def theirs(*inputs: Any) -> Any:
        """Compute the output with torch."""
        raise NotImplementedError

    def compare(
        self,
        size: Shape,
        dtype: DTypeLike = np.float64,
        *,
        device: str = "cpu",
        rtol: float | None = None,
        atol: float | None = None,
        seed: int = 0,
    ) -> Parity:
        """Compare value and gradients with torch's; see `compare_with_torch`."""
        arrays = self.inputs(size, dtype, np.random.default_rng(seed))
        return compare_with_torch(
            self.ours,
            self.theirs,
            *arrays,
            device=device,
            rtol=rtol,
            atol=atol,
            seed=seed,
            names=self.input_names,
        )

    def our_call(self, size: Shape, dtype: DTypeLike) -> Callable[[], Any]:
        """Return a function that runs ours forward and backward once."""
        rng = np.random.default_rng(0)
        leaves = [
            Tensor(array, requires_grad=array.dtype.kind == "f")
            for array in self.inputs(size, dtype, rng)
        ]
        shape = first_tensor(self.ours(*leaves)).shape
        grad = rng.standard_normal(shape).astype(dtype)

        def call() -> None:
            for leaf in leaves:
                leaf.grad = None
            first_tensor(self.ours(*leaves)).backward(grad)

        return call

    def their_call(
        self, size: Shape, dtype: DTypeLike, device: str
    ) -> Callable[[], Any]:
        """Return a function that runs torch's side forward and backward once."""
        rng = np.random.default_rng(0)
        leaves = [
            to_torch(array, device, requires_grad=array.dtype.kind == "f")
            for array in self.inputs(size, dtype, rng)
        ]
        shape = tuple(first_tensor(self.theirs(*leaves)).shape)
        grad = to_torch(rng.standard_normal(shape).astype(dtype), device)

        def call() -> None:
            for leaf in leaves:
                leaf.grad = None
            first_tensor(self.theirs(*leaves)).backward(grad)

        return call


class TrainingCase(Case):
    """A run of training steps from the same weights over the same batches.

    A case defines `problem`, `ours` and `theirs`; the last two are what pages show.
    """

    unit = "step"

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = False,
    ) -> tuple[Weights, Batches]:
        """Draw the initial weights and the batches.

        Parameters
        ----------
        size : tuple of int
        dtype : float32 or float64
        rng : numpy.random.Generator
        generated : bool
            Random data of the same shape in place of the real ones, for timing on a
            machine that has only NumPy and torch.
        """
        raise NotImplementedError

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook; leave `weights` as they are."""
        raise NotImplementedError

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Train with torch; leave `weights` as they are."""
        raise NotImplementedError

    def units(self, size: Shape) -> int:
        """Return the number of steps of one run."""
        rng = np.random.default_rng(0)
        return len(self.problem(size, np.float32, rng, generated=True)[1])

    def our_call(self, size: Shape, dtype: DTypeLike) -> Callable[[], Any]:
        """Return a function that does our run once, on generated data."""
        rng = np.random.default_rng(0)
        weights, batches = self.problem(size, dtype, rng, generated=True)
        return lambda: self.ours(weights, batches)

    def their_call(
        self, size: Shape, dtype: DTypeLike, device: str
    ) -> Callable[[], Any]:
        """Return a function that does torch's run once, on generated data."""
        rng = np.random.default_rng(0)
        weights, batches = self.problem(size, dtype, rng, generated=True)
        return lambda: self.theirs(weights, batches, device)


def first_tensor(output: Any) -> Any:
    """Return a tensor, or the first of several, one inside another or not."""
    while isinstance(output, tuple | list):
        output = output[0]
    return output


def size_in_words(size: Shape) -> str:
    """Return "2048 × 512 × 512"."""
    return " × ".join(str(number) for number in size)
