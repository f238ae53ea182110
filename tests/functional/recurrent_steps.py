"""Recurrent layers step by step, sample by sample, out of the composed cells."""

import tracemalloc
from itertools import product

import numpy as np
import pytest

from dlbook import functional
from dlbook.autograd import Tensor, concatenate, stack

T, N, D, H, P = 6, 4, 3, 5, 2
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
LENGTHS = (None, [1, 6, 3, 3], [5, 4, 2, 1])
WAYS = [
    pytest.param({"lengths": lengths, "reverse": reverse}, id=f"{lengths}-{reverse}")
    for lengths, reverse in product(LENGTHS, (False, True))
]


def draw(kind, rng, *, steps=T, batch=(N,), inputs=D, hidden=H, projected=0):
    """Return x, the initial states and the weights by name, float64."""
    rows, size = GATES[kind] * hidden, projected or hidden
    shapes = {
        "x": (steps, *batch, inputs),
        "h0": (*batch, size),
        "c0": (*batch, hidden),
        "weight_ih": (rows, inputs),
        "weight_hh": (rows, size),
        "bias_ih": (rows,),
        "bias_hh": (rows,),
        "weight_hr": (projected, hidden),
    }
    if kind != "lstm":
        del shapes["c0"]
    if not projected:
        del shapes["weight_hr"]
    return {
        name: Tensor(rng.standard_normal(shape), requires_grad=True)
        for name, shape in shapes.items()
    }


def fused(kind, tensors, **options):
    """Return output, h_n and, of an LSTM, c_n of the function under test."""
    weights = {k: v for k, v in tensors.items() if k not in ("x", "h0", "c0")}
    h0 = tensors["h0"]
    hx = (h0, tensors["c0"]) if kind == "lstm" else h0
    output, final = getattr(functional, kind)(tensors["x"], hx, **weights, **options)
    return output, *(final if kind == "lstm" else (final,))


def composed(kind, tensors, *, lengths=None, reverse=False, **options):
    """Return the same, of one cell after the other."""
    weights = {k: v for k, v in tensors.items() if k not in ("x", "h0", "c0")}
    cell = getattr(functional, f"{kind}_cell")
    x = tensors["x"]
    outputs, finals = [], []
    for sample in range(x.shape[1]):
        length = len(x) if lengths is None else lengths[sample]
        state = tuple(tensors[k][sample] for k in ("h0", "c0") if k in tensors)
        hidden = [Tensor(np.zeros(state[0].shape))] * len(x)
        for t in reversed(range(length)) if reverse else range(length):
            hx = state if kind == "lstm" else state[0]
            state = cell(x[t, sample], hx, **weights, **options)
            state = state if kind == "lstm" else (state,)
            hidden[t] = state[0]
        outputs.append(stack(hidden))
        finals.append(state)
    return stack(outputs, axis=1), *(stack(s) for s in zip(*finals, strict=True))


def gradients(results, tensors, seed=1):
    """Send a random gradient into every result; return what the tensors receive."""
    rng = np.random.default_rng(seed)
    joined = concatenate([result.reshape(-1) for result in results])
    joined.backward(rng.standard_normal(joined.shape))
    received = {name: tensor.grad for name, tensor in tensors.items()}
    for tensor in tensors.values():
        tensor.grad = None
    return received


def assert_fused_equals_composed(kind, tensors, way, **options):
    """Compare values and gradients of the fused layer with those of its cells."""
    ours = fused(kind, tensors, **way, **options)
    steps = composed(kind, tensors, **way, **options)
    for our, step in zip(ours, steps, strict=True):
        np.testing.assert_allclose(our.data, step.data, rtol=1e-12, atol=1e-13)
    grads, of_steps = gradients(ours, tensors), gradients(steps, tensors)
    for name in tensors:
        np.testing.assert_allclose(
            grads[name], of_steps[name], rtol=1e-11, atol=1e-12, err_msg=name
        )


def assert_gradients_of_all_results_add_up(kind, tensors, way):
    """Compare one backward pass of all results with one of each."""
    together = gradients(fused(kind, tensors, **way), tensors)
    rng = np.random.default_rng(1)
    total = dict.fromkeys(tensors, 0.0)
    for number in range(len(fused(kind, tensors, **way))):
        result = fused(kind, tensors, **way)[number]
        result.backward(rng.standard_normal(result.shape))
        for name, tensor in tensors.items():
            total[name] = total[name] + (0 if tensor.grad is None else tensor.grad)
            tensor.grad = None
    for name in tensors:
        np.testing.assert_allclose(together[name], total[name], atol=1e-12)


def assert_each_input_alone_gets_its_gradient(kind, tensors, way):
    """Compare the gradient of each input where no other wants one."""
    all_grads = gradients(fused(kind, tensors, **way), tensors)
    for name, tensor in tensors.items():
        alone = {k: v.detach() for k, v in tensors.items()} | {name: tensor}
        received = gradients(fused(kind, alone, **way), alone)
        np.testing.assert_allclose(received.pop(name), all_grads[name], atol=1e-13)
        assert set(received.values()) == {None}


def assert_padding_is_never_read(kind, rng, **options):
    """Fill the padding, of x and of the output's gradient, with nan and infinity."""
    tensors, lengths = draw(kind, rng), [2, 6, 1, 4]
    padding = np.arange(T)[:, None] >= np.array(lengths)
    clean = {k: Tensor(v.data.copy(), requires_grad=True) for k, v in tensors.items()}
    tensors["x"].data[padding] = np.where(rng.random(D) < 0.5, np.nan, np.inf)
    for reverse in (False, True):
        way = {"lengths": lengths, "reverse": reverse, **options}
        results, expected = fused(kind, tensors, **way), fused(kind, clean, **way)
        assert not results[0].data[padding].any()
        for ours, theirs in zip(results, expected, strict=True):
            np.testing.assert_array_equal(ours.data, theirs.data)
        grad = rng.standard_normal(results[0].shape)
        expected[0].backward(grad)
        grad[padding] = np.nan
        results[0].backward(grad)
        assert not tensors["x"].grad[padding].any()
        for name, tensor in tensors.items():
            np.testing.assert_array_equal(tensor.grad, clean[name].grad)
            tensor.grad = clean[name].grad = None


def numbers_per_step(kind, *, trained=True, inputs=24, hidden=32, **way):
    """Return how many numbers one more step of one sequence costs in memory.

    Parameters
    ----------
    trained : bool
        Whether gradients are wanted.
    **way
        `reverse`, and `lengths`, of which True makes all full.

    Returns
    -------
    tuple of float
        Kept after the forward pass; at most in use while the backward pass runs.
    """
    rng = np.random.default_rng(0)
    batch, few, many, measured = 16, 64, 192, []
    for steps in (few, many):
        sizes = {"steps": steps, "batch": (batch,), "inputs": inputs, "hidden": hidden}
        tensors = {
            name: Tensor(tensor.data.astype(np.float32), requires_grad=trained)
            for name, tensor in draw(kind, rng, **sizes).items()
        }
        if "lengths" in way:
            way["lengths"] = np.full(batch, steps)
        grad = np.ones((steps, batch, hidden), np.float32)
        fused(kind, tensors, **way)  # what is made once is made
        tracemalloc.start()
        output = fused(kind, tensors, **way)[0]
        kept = tracemalloc.get_traced_memory()[0]
        if trained:
            tracemalloc.reset_peak()
            output.backward(grad)
        measured.append((kept, tracemalloc.get_traced_memory()[1]))
        tracemalloc.stop()
    less, more = np.array(measured)
    return (more - less) / (many - few) / batch / np.float32().itemsize
