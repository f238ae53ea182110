"""RNNCell, LSTMCell and GRUCell: one step, its gates, its states."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch

from dlbook import nn
from dlbook.autograd import Tensor, no_grad
from dlbook.compare import compare_with_torch, copy_weights

N, D, H = 5, 3, 4
CELLS = ("RNNCell", "LSTMCell", "GRUCell")


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Ours(nn.Module):
    """Hand a pair of states to an LSTMCell."""

    def __init__(self, cell):
        self.cell = cell

    def forward(self, x, h, c):
        return self.cell(x, (h, c))


class Theirs(torch.nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    forward = Ours.forward


@pytest.mark.parametrize("batch", [(N,), (1,), ()])
@pytest.mark.parametrize("bias", [True, False])
def test_an_lstm_cell_is_torchs_in_states_and_gradients(batch, bias):
    ours = nn.LSTMCell(D, H, bias=bias, rng=0).to(np.float64)
    theirs = torch.nn.LSTMCell(D, H, bias=bias).double()
    copy_weights(ours, theirs)
    arrays = normal(*batch, D), normal(*batch, H, seed=1), normal(*batch, H, seed=2)
    compare_with_torch(Ours(ours), Theirs(theirs), *arrays, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", CELLS)
def test_gradients_through_several_steps_are_torchs(name):
    ours = getattr(nn, name)(D, H, rng=0).to(np.float64)
    theirs = getattr(torch.nn, name)(D, H).double()
    copy_weights(ours, theirs)

    def unrolled(kind):
        class Unrolled(kind):
            def __init__(self, cell):
                super().__init__()
                self.cell = cell

            def forward(self, x):
                state = None
                for time in range(len(x)):
                    state = self.cell(x[time], state)
                return state

        return Unrolled

    pair = unrolled(nn.Module)(ours), unrolled(torch.nn.Module)(theirs)
    compare_with_torch(*pair, normal(6, N, D), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", CELLS)
def test_the_formula_of_the_docstring_from_the_packed_weights(name):
    cell = getattr(nn, name)(D, H, rng=0).to(np.float64)
    x, h, c = normal(N, D), normal(N, H, seed=1), normal(N, H, seed=2)
    gates = len(cell.weight_ih) // H
    a = np.split(x @ cell.weight_ih.data.T + cell.bias_ih.data, gates, axis=1)
    b = np.split(h @ cell.weight_hh.data.T + cell.bias_hh.data, gates, axis=1)
    if name == "RNNCell":
        expected = [np.tanh(a[0] + b[0])]
    elif name == "LSTMCell":
        i, f, o = (sigmoid(a[k] + b[k]) for k in (0, 1, 3))
        new = f * c + i * np.tanh(a[2] + b[2])
        expected = [o * np.tanh(new), new]
    else:
        r, z = (sigmoid(a[k] + b[k]) for k in (0, 1))
        expected = [(1 - z) * np.tanh(a[2] + r * b[2]) + z * h]
    hx = (Tensor(h), Tensor(c)) if name == "LSTMCell" else Tensor(h)
    found = cell(Tensor(x), hx)
    found = found if isinstance(found, tuple) else (found,)
    for mine, its in zip(expected, found, strict=True):
        np.testing.assert_allclose(its.data, mine, rtol=1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_no_state_is_a_state_of_zeros(name):
    cell, x = getattr(nn, name)(D, H, rng=0), Tensor(normal(N, D, dtype=np.float32))
    zeros = Tensor(np.zeros((N, H), np.float32))
    without = cell(x)
    given = cell(x, (zeros, zeros) if name == "LSTMCell" else zeros)
    if name != "LSTMCell":
        without, given = (without,), (given,)
    for mine, its in zip(without, given, strict=True):
        assert mine.dtype == np.float32
        np.testing.assert_allclose(mine.data, its.data, rtol=1e-6)
    without[0].sum().backward()
    assert (cell.weight_hh.grad == 0).all()  # there, as torch has it


def test_an_open_forget_gate_keeps_the_cell():
    """The way the docstring shows: the second quarter of bias_ih."""
    cell = nn.LSTMCell(D, H, rng=0)
    for parameter in cell.parameters():
        parameter.data[...] = 0.0
    cell.bias_ih.data[H : 2 * H] = 100.0
    h, c = (Tensor(normal(N, H, seed=s, dtype=np.float32)) for s in (1, 2))
    _, new = cell(Tensor(normal(N, D, dtype=np.float32)), (h, c))
    np.testing.assert_array_equal(new.data, c.data)


@pytest.mark.parametrize("name", CELLS)
def test_initial_values_fill_the_interval_of_torch(name):
    cell = getattr(nn, name)(30, 25, rng=0)
    same = getattr(nn, name)(30, 25, rng=np.random.default_rng(0))
    for key, parameter in cell.named_parameters():
        assert 0.9 / 5 < np.abs(parameter.data).max() <= 1 / 5, key
        spread = 1 / 5 / math.sqrt(3)
        assert parameter.data.std() == pytest.approx(spread, rel=0.25), key
        np.testing.assert_array_equal(parameter.data, same.state_dict()[key])
    memory = cell.weight_hh.data
    cell.reset_parameters(rng=1)
    assert cell.weight_hh.data is memory
    assert (memory != same.weight_hh.data).all()


@pytest.mark.parametrize("name", CELLS)
def test_bias_can_be_left_out(name):
    cell = getattr(nn, name)(D, H, bias=False, rng=0)
    assert cell.bias_ih is None
    assert cell.bias_hh is None
    assert list(cell.state_dict()) == ["weight_ih", "weight_hh"]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("RNNCell", {}),
        ("RNNCell", {"nonlinearity": "relu", "bias": False}),
        ("LSTMCell", {}),
        ("GRUCell", {"bias": False}),
    ],
)
def test_repr_is_that_of_torch_with_a_count(name, options):
    theirs = getattr(torch.nn, name)(D, H, **options)
    count = sum(p.numel() for p in theirs.parameters())
    assert repr(getattr(nn, name)(D, H, **options)) == f"{theirs}  # {count} parameters"


@pytest.mark.parametrize("name", CELLS)
def test_copies_are_equal_and_apart(name):
    cell, x = getattr(nn, name)(D, H, rng=0), Tensor(normal(N, D, dtype=np.float32))

    def output(one):
        with no_grad():
            state = one(x)
        return (state[0] if name == "LSTMCell" else state).data

    for twin in (copy.deepcopy(cell), pickle.loads(pickle.dumps(cell))):
        np.testing.assert_array_equal(output(twin), output(cell))
        twin.weight_ih.data[...] = 0.0
        assert cell.weight_ih.data.all()
