"""What every row promises; each function takes a row and fails if it is broken.

The promises are tests (`tests/*/test_every_*.py`) and the judges of the mutants.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch

from dlbook.autograd import Tensor, check_gradients, concatenate, no_grad
from dlbook.compare.difference import difference
from tests.contracts.row import Row

SLACK = {np.float64: 0.01, np.float32: 0.2}  # of rtol, times the largest magnitude


class Results(NamedTuple):
    """Arrays that a row gives: its outputs, and the gradient of each input or None."""

    outputs: list[np.ndarray]
    grads: list[np.ndarray | None]


def equals_torch_in_float64(row: Row) -> None:
    compare(
        run(row, np.float64), expected(row, np.float64), row.rtol, SLACK[np.float64]
    )


def equals_torch_in_float32(row: Row) -> None:
    ours = run(row, np.float32)
    compare(ours, expected(row, np.float32), row.rtol32, SLACK[np.float32])


def gradient_equals_finite_differences(row: Row) -> None:
    arrays = row.arrays()
    floats = [i for i, x in enumerate(arrays) if x.dtype.kind == "f"]
    if not row.smooth or all(g is None for g in expected(row, np.float64).grads):
        return

    def function(*moved):
        tensors = [Tensor(x) for x in arrays]
        for i, tensor in zip(floats, moved, strict=True):
            tensors[i] = tensor
        outputs = as_list(row.ours(*tensors))
        if len(outputs) == 1:
            return outputs[0]
        return concatenate([out.reshape(-1) for out in outputs])

    check_gradients(function, *(arrays[i] for i in floats), rng=row.rng(stream=1))


def leaves_its_inputs_alone(row: Row) -> None:
    arrays = row.arrays()
    before = [x.tobytes() for x in arrays]
    for x in arrays:
        x.flags.writeable = False  # writing raises
    run(row, np.float64, arrays, reshape_gradient=read_only)
    assert [x.tobytes() for x in arrays] == before


def keeps_float32(row: Row) -> None:
    if any(x.dtype.kind == "f" for x in row.arrays()) and "dtype" not in row.case:
        ours = run(row, np.float32)
        for array in (*ours.outputs, *ours.grads):
            assert array is None or array.dtype.kind != "f" or array.dtype == np.float32


def records_nothing_that_is_not_wanted(row: Row) -> None:
    with allowed(row):
        plain = as_list(row.ours(*map(Tensor, row.arrays())))
        with no_grad():
            switched_off = as_list(row.ours(*trainable(row.arrays())))
    for out in plain + switched_off:
        assert isinstance(out, Tensor)
        # an operation may return the input itself, such as astype to the same dtype
        assert out.parents == ()
        assert out._backward is None


def accepts_any_memory_layout(row: Row) -> None:
    """Every second element of a larger array, in Fortran order; the gradient too."""
    ours = run(row, np.float64, [strided(x) for x in row.arrays()], strided)
    compare(ours, expected(row, np.float64), row.rtol, SLACK[np.float64])


def backward_runs_again_on_a_kept_graph(row: Row) -> None:
    inputs = trainable(row.arrays())
    with allowed(row):
        outputs = [out for out in as_list(row.ours(*inputs)) if out.requires_grad]
        if not outputs:
            return
        grads = starting_gradients(row, [out.data for out in outputs])
        end = Tensor.from_op(
            np.zeros(()), tuple(outputs), lambda one: tuple(grads), "row"
        )
        seen = []
        for _ in range(2):
            end.backward(retain_graph=True)
            seen.append([x.grad for x in inputs])
            for x in inputs:
                x.grad = None
    for first, second in zip(*seen, strict=True):
        np.testing.assert_array_equal(first, second)


CONTRACTS = [
    equals_torch_in_float64,
    equals_torch_in_float32,
    gradient_equals_finite_differences,
    leaves_its_inputs_alone,
    keeps_float32,
    records_nothing_that_is_not_wanted,
    accepts_any_memory_layout,
    backward_runs_again_on_a_kept_graph,
]


def run(
    row: Row, dtype: type, arrays: Any = None, reshape_gradient: Any = None
) -> Results:
    """Run our side forward and backward from random gradients."""
    arrays = row.arrays(dtype) if arrays is None else arrays
    inputs = trainable(arrays)
    with allowed(row):
        outputs = as_list(row.ours(*inputs))
        recorded = [out for out in outputs if out.requires_grad]
        if recorded:
            grads = starting_gradients(row, [out.data for out in recorded])
            if reshape_gradient:
                grads = [reshape_gradient(grad) for grad in grads]
            # one backward pass: outputs may share a graph, which a pass uses up.
            # Each operation receives exactly the array made here, whatever its layout.
            end = Tensor.from_op(
                np.zeros(()), tuple(recorded), lambda one: tuple(grads), "row"
            )
            end.backward()
    return Results([out.data for out in outputs], [x.grad for x in inputs])


@cache
def expected(row: Row, dtype: type) -> Results:
    """Run torch's side; the result is kept, so that many mutants can share it."""
    inputs = [
        torch.tensor(x).requires_grad_(x.dtype.kind == "f") for x in row.arrays(dtype)
    ]
    outputs = as_list(row.torchs(*inputs))
    recorded = [out for out in outputs if out.requires_grad]
    if recorded:
        arrays = [out.detach().numpy() for out in recorded]
        grads = starting_gradients(row, arrays)
        torch.autograd.backward(recorded, [torch.tensor(grad) for grad in grads])
    return Results(
        [out.detach().numpy() for out in outputs],
        [None if x.grad is None else x.grad.numpy() for x in inputs],
    )


def compare(ours: Results, theirs: Results, rtol: float, slack: float) -> None:
    """Raise ParityError where two runs differ."""
    assert len(ours.outputs) == len(theirs.outputs), "another number of outputs"
    for kind, our_arrays, their_arrays in zip(
        ("output", "gradient of input"), ours, theirs, strict=True
    ):
        for i, (our, their) in enumerate(zip(our_arrays, their_arrays, strict=True)):
            if our is None and their is None:
                continue
            atol = 0.0 if their is None else rtol * slack * magnitude(their)
            difference(
                f"{kind} {i}",
                kind,
                our,
                their,
                rtol=rtol,
                atol=atol,
                equal_nonfinite=True,
            )


def magnitude(array: np.ndarray) -> float:
    """Return the largest finite magnitude; 1 where there is none but 0."""
    finite = np.abs(array[np.isfinite(array)])
    return float(finite.max(initial=0)) or 1.0


def starting_gradients(row: Row, outputs: list[np.ndarray]) -> list[np.ndarray]:
    """Return a random gradient for each output: a sum would hide errors."""
    rng = row.rng(stream=1)  # not the numbers of the inputs
    return [
        np.asarray(rng.standard_normal(out.shape)).astype(out.dtype) for out in outputs
    ]


def trainable(arrays: list[np.ndarray]) -> list[Tensor]:
    """Return tensors; those of floats require a gradient."""
    return [Tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]


def as_list(output: Any) -> list:
    """Return a function's outputs, one or several, as a list."""
    return list(output) if isinstance(output, tuple | list) else [output]


def allowed(row: Row) -> np.errstate:
    """Silence the NumPy warnings that a row declares, and no other."""
    return np.errstate(**dict.fromkeys(row.warns, "ignore"))


def read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def strided(array: np.ndarray) -> np.ndarray:
    """Return the same values in Fortran order, with gaps between them, read-only."""
    if array.ndim == 0:
        return read_only(array)
    room = np.zeros(tuple(2 * size for size in array.shape), array.dtype, order="F")
    view = room[(slice(None, None, 2),) * array.ndim]
    view[...] = array
    return read_only(view)
