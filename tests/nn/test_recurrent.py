"""RNN, LSTM and GRU: layers, directions, lengths, states, dropout between layers."""

import copy
import math
import pickle
import warnings

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from dlbook import nn
from dlbook.autograd import Tensor, no_grad
from dlbook.compare import compare_with_torch, copy_weights
from dlbook.nn.recurrent import Recurrent

T, N, D, H = 6, 5, 3, 4
KINDS = ("RNN", "LSTM", "GRU")
LENGTHS = {
    "all of one length": None,
    "lengths": (3, 6, 1, 5, 2),
    "no sequence of T steps": (2, 4, 4, 1, 3),
}


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def build(kind, *args, rng=0, **options):
    return getattr(nn, kind)(D, H, *args, rng=rng, **options).to(np.float64)


def as_states(states):
    """Return what a layer takes for these arrays or tensors: none, one or a pair."""
    return None if not states else states[0] if len(states) == 1 else states


def every(state):
    """Return the parts of a state."""
    return state if isinstance(state, tuple) else (state,)


class Ours(nn.Module):
    """Hand lengths and a pair of states to a layer."""

    def __init__(self, layer, lengths):
        self.layer, self.lengths = layer, lengths

    def forward(self, x, *states):
        return self.layer(x, as_states(states), lengths=self.lengths)


class Theirs(torch.nn.Module):
    """The same for torch, which packs."""

    def __init__(self, layer, lengths):
        super().__init__()
        self.layer, self.lengths = layer, lengths

    def forward(self, x, *states):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".* not supported with oneDNN")
            if self.lengths is None:
                return self.layer(x, as_states(states))
            batch_first = self.layer.batch_first
            packed = pack_padded_sequence(
                x, torch.tensor(self.lengths), batch_first, enforce_sorted=False
            )
            output, state = self.layer(packed, as_states(states))
            output, _ = pad_packed_sequence(output, batch_first, total_length=T)
            return output, state


def grid():
    for kind in KINDS:
        for number in (1, 3):
            for bidirectional in (False, True):
                options = {"num_layers": number, "bidirectional": bidirectional}
                yield kind, options
                yield kind, {**options, "bias": False, "batch_first": True}
                if kind == "LSTM":
                    yield kind, {**options, "proj_size": 2}
                if kind == "RNN":
                    yield kind, {**options, "nonlinearity": "relu"}
    yield "LSTM", {"num_layers": 2, "proj_size": 3, "bias": False, "batch_first": True}


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
@pytest.mark.parametrize(("kind", "options"), [*grid()], ids=str)
def test_outputs_states_and_gradients_are_torchs(kind, options, lengths):
    ours = build(kind, **options)
    theirs = getattr(torch.nn, kind)(D, H, **options).double()
    copy_weights(ours, theirs)
    x = normal(N, T, D) if ours.batch_first else normal(T, N, D)
    directions = 2 if ours.bidirectional else 1
    first = (ours.num_layers * directions, N)
    given = [normal(*first, options.get("proj_size", H), seed=1)]
    if kind == "LSTM":
        given.append(normal(*first, H, seed=2))
    for states in ([], given):
        compare_with_torch(
            Ours(ours, lengths),
            Theirs(theirs, lengths),
            x,
            *states,
            rtol=1e-12,
            atol=1e-13,
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_one_sequence_without_a_batch_is_a_batch_of_one(kind, batch_first):
    options = {"num_layers": 2, "bidirectional": True, "batch_first": batch_first}
    layer = build(kind, **options)
    theirs = getattr(torch.nn, kind)(D, H, **options).double()
    copy_weights(layer, theirs)
    states = [normal(4, H, seed=s) for s in ((1, 2) if kind == "LSTM" else (1,))]
    compare_with_torch(Ours(layer, None), Theirs(theirs, None), normal(T, D), *states)
    axis = 0 if batch_first else 1
    alone, final = layer(Tensor(normal(T, D)))
    batch, finals = layer(Tensor(np.expand_dims(normal(T, D), axis)))
    assert alone.shape == (T, 2 * H)
    np.testing.assert_allclose(alone.data, batch.data.squeeze(axis), rtol=1e-12)
    for one, of_batch in zip(every(final), every(finals), strict=True):
        assert one.shape == (4, H)
        np.testing.assert_allclose(one.data, of_batch.data[:, 0], rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_its_cell_step_by_step(kind):
    layer = build(kind)
    cell = getattr(nn, f"{kind}Cell")(D, H, rng=1).to(np.float64)
    state = layer.state_dict()
    cell.load_state_dict({name: state[f"{name}_l0"] for name in cell.state_dict()})
    x = Tensor(normal(T, N, D))
    output, final = layer(x)
    step = None
    for time in range(T):
        step = cell(x[time], step)
        np.testing.assert_allclose(output.data[time], every(step)[0].data, rtol=1e-12)
    for last, of_layer in zip(every(step), every(final), strict=True):
        np.testing.assert_allclose(of_layer.data, last.data[np.newaxis], rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_layers_read_the_one_below_and_directions_stand_side_by_side(kind):
    deep = build(kind, 2, bidirectional=True)
    state = deep.state_dict()

    def single(size, layer, end, x):
        one = getattr(nn, kind)(size, H, rng=1).to(np.float64)
        names = one.state_dict()
        one.load_state_dict(
            {name: state[name.replace("_l0", f"_l{layer}{end}")] for name in names}
        )
        x = x[::-1] if end else x
        output, final = one(Tensor(x))
        return (output.data[::-1] if end else output.data), final

    x, finals = normal(T, N, D), []
    for layer in range(2):
        parts = [single(x.shape[-1], layer, end, x) for end in ("", "_reverse")]
        x = np.concatenate([part for part, _ in parts], axis=-1)
        finals += [final for _, final in parts]
    output, final = deep(Tensor(normal(T, N, D)))
    np.testing.assert_allclose(output.data, x, rtol=1e-10)
    for number, one in enumerate(finals):
        for mine, its in zip(every(one), every(final), strict=True):
            np.testing.assert_allclose(its.data[number], mine.data[0], rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_states_carry_a_sequence_on_from_piece_to_piece(kind):
    layer, x = build(kind, 2), Tensor(normal(T, N, D))
    whole, final = layer(x)
    first, state = layer(x[:4])
    second, state = layer(x[4:], state)
    joined = np.concatenate([first.data, second.data])
    np.testing.assert_allclose(joined, whole.data, rtol=1e-12)
    for mine, its in zip(every(state), every(final), strict=True):
        np.testing.assert_allclose(mine.data, its.data, rtol=1e-12)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_padding_is_never_read(kind, batch_first):
    layer = build(kind, 2, bidirectional=True, batch_first=batch_first)
    lengths = np.array(LENGTHS["lengths"])
    padding = np.arange(T)[:, np.newaxis] >= lengths  # (T, N)
    values = normal(T, N, D)
    values[padding] = np.nan
    if batch_first:
        padding, values = padding.T, values.swapaxes(0, 1)
    x = Tensor(values, requires_grad=True)
    output, final = layer(x, lengths=lengths)
    assert (output.data[padding] == 0).all()
    assert (output.data[~padding] != 0).all()
    loss = (output * output).sum() + sum((part * part).sum() for part in every(final))
    loss.backward()
    assert (x.grad[padding] == 0).all()
    assert (x.grad[~padding] != 0).all()
    for name, parameter in layer.named_parameters():
        assert np.isfinite(parameter.grad).all(), name


@pytest.mark.parametrize("kind", KINDS)
def test_each_sequence_of_a_batch_with_lengths_is_as_it_is_alone(kind):
    layer, values = build(kind, 2, bidirectional=True), normal(T, N, D)
    lengths = LENGTHS["lengths"]
    for given in (lengths, np.array(lengths, np.int32), Tensor(np.array(lengths))):
        output, final = layer(Tensor(values), lengths=given)
        for number, length in enumerate(lengths):
            alone, last = layer(Tensor(values[:length, number]))
            np.testing.assert_allclose(
                output.data[:length, number], alone.data, rtol=1e-10
            )
            for mine, its in zip(every(last), every(final), strict=True):
                np.testing.assert_allclose(its.data[:, number], mine.data, rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_batch(kind):
    layer = build(kind, 2, bidirectional=True)
    output, final = layer(Tensor(np.zeros((T, 0, D))))
    assert output.shape == (T, 0, 2 * H)
    assert all(part.shape == (4, 0, H) for part in every(final))


# --- dropout ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_acts_between_layers_in_training_alone(kind):
    x = Tensor(normal(T, N, D))
    plain, dropped = build(kind, 2), build(kind, 2, dropout=0.5)
    expected = plain(x)[0].data
    assert not np.allclose(dropped(x)[0].data, expected)
    dropped.eval()
    np.testing.assert_array_equal(dropped(x)[0].data, expected)
    # all of the first layer's output dropped: the second reads zeros, and is whole
    gone = build(kind, 2, dropout=1.0)
    output, final = gone(x)
    top = getattr(nn, kind)(H, H, rng=1).to(np.float64)
    state = gone.state_dict()
    names = top.state_dict()
    top.load_state_dict({name: state[name.replace("_l0", "_l1")] for name in names})
    np.testing.assert_allclose(
        output.data, top(Tensor(np.zeros((T, N, H))))[0].data, rtol=1e-12
    )
    np.testing.assert_array_equal(every(final)[0].data[1], output.data[-1])
    first = plain(x)[1]
    np.testing.assert_array_equal(every(final)[0].data[0], every(first)[0].data[0])


def test_masks_come_from_the_generator_that_drew_the_weights():
    x = Tensor(normal(T, N, D))
    one, same = (nn.GRU(D, H, 3, dropout=0.5, rng=rng).to(np.float64) for rng in (3, 3))
    rng = np.random.default_rng(3)
    third = nn.GRU(D, H, 3, dropout=0.5, rng=rng).to(np.float64)
    assert third.rng is rng
    outputs = [one(x)[0].data for _ in range(3)]
    assert not np.allclose(outputs[0], outputs[1])
    for output in outputs:
        np.testing.assert_array_equal(same(x)[0].data, output)
        np.testing.assert_array_equal(third(x)[0].data, output)
    before = one.rng.bit_generator.state
    one.eval()(x)
    assert one.rng.bit_generator.state == before


# --- parameters ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_initial_values_fill_the_interval_of_torch(kind):
    layer = getattr(nn, kind)(30, 25, 2, bidirectional=True, rng=0)
    torch.manual_seed(0)
    theirs = dict(getattr(torch.nn, kind)(30, 25, 2, bidirectional=True).state_dict())
    for name, parameter in layer.named_parameters():
        assert parameter.dtype == np.float32
        assert parameter.shape == tuple(theirs[name].shape)
        largest = np.abs(parameter.data).max()
        assert 0.9 / 5 < largest <= 1 / 5, name
        spread = 1 / 5 / math.sqrt(3)
        assert parameter.data.std() == pytest.approx(spread, rel=0.25), name
        assert 0.8 / 5 < theirs[name].abs().max() <= 1 / 5, name


def test_reset_parameters_writes_into_the_same_memory():
    layer = nn.LSTM(D, H, 2, bidirectional=True, proj_size=2, rng=7)
    before, memory = layer.state_dict(), layer.weight_hr_l1.data
    layer.reset_parameters(rng=8)
    assert layer.weight_hr_l1.data is memory
    for name, value in layer.state_dict().items():
        assert (value != before[name]).all()
    layer.reset_parameters(rng=7)
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_an_open_forget_gate_keeps_the_cell():
    """The way the docstring shows: the second quarter of bias_ih."""
    layer = nn.LSTM(D, H, rng=0)
    for parameter in layer.parameters():
        parameter.data[...] = 0.0
    layer.bias_ih_l0.data[H : 2 * H] = 100.0
    x = Tensor(normal(T, N, D, dtype=np.float32))
    h, c = (Tensor(normal(1, N, H, seed=s, dtype=np.float32)) for s in (1, 2))
    _, (_, last) = layer(x, (h, c))
    np.testing.assert_array_equal(last.data, c.data)
    layer.bias_ih_l0.data[H : 2 * H] = -100.0
    _, (_, last) = layer(x, (h, c))
    np.testing.assert_allclose(last.data, 0, atol=1e-12)


def test_recurrent_weights_can_be_made_orthogonal():
    layer, rng = nn.LSTM(D, H, rng=0), np.random.default_rng(1)
    before = layer.weight_hh_l0.data.copy()
    for gate in range(4):
        nn.init.orthogonal_(layer.weight_hh_l0[gate * H : (gate + 1) * H], rng=rng)
    assert (layer.weight_hh_l0.data != before).all()
    for block in np.split(layer.weight_hh_l0.data, 4):
        np.testing.assert_allclose(block @ block.T, np.eye(H), atol=1e-6)
    simple = nn.RNN(D, H, rng=0)
    nn.init.orthogonal_(simple.weight_hh_l0, rng=0)
    product = simple.weight_hh_l0.data @ simple.weight_hh_l0.data.T
    np.testing.assert_allclose(product, np.eye(H), atol=1e-6)


# --- as a module --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays_and_to_converts(kind):
    layer = getattr(nn, kind)(D, H, 2, dropout=0.5, rng=0)
    for dtype in (np.float32, np.float64):
        output, final = layer.to(dtype)(Tensor(normal(T, N, D, dtype=dtype)))
        assert output.dtype == dtype
        assert all(part.dtype == dtype for part in every(final))
        (output.sum() + every(final)[0].sum()).backward()
        assert all(p.grad.dtype == dtype for p in layer.parameters())
        layer.zero_grad()


def pickled(layer):
    return pickle.loads(pickle.dumps(layer))


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_goes_on_by_itself(kind, copied):
    layer = build(kind, 2, bidirectional=True, dropout=0.5)
    twin, x = copied(layer), Tensor(normal(T, N, D))
    assert repr(twin) == repr(layer)
    np.testing.assert_array_equal(twin(x)[0].data, layer(x)[0].data)  # masks too
    twin.weight_ih_l0.data[...] = 0.0
    assert layer.weight_ih_l0.data.all()
    assert twin.rng is not layer.rng


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("RNN", {}),
        ("RNN", {"num_layers": 2, "dropout": 0.25, "bias": False}),
        ("LSTM", {"num_layers": 3, "proj_size": 2, "bidirectional": True}),
        ("LSTM", {"batch_first": True}),
        ("GRU", {"num_layers": 2, "dropout": 1, "batch_first": True}),
    ],
)
def test_repr_is_that_of_torch_with_a_count(kind, options):
    theirs = getattr(torch.nn, kind)(D, H, **options)
    count = sum(p.numel() for p in theirs.parameters())
    assert repr(getattr(nn, kind)(D, H, **options)) == f"{theirs}  # {count} parameters"


def test_repr_shows_the_nonlinearity_that_torch_leaves_out():
    layer = nn.RNN(2, 3, nonlinearity="relu")
    assert repr(layer) == "RNN(2, 3, nonlinearity=relu)  # 21 parameters"
    assert str(torch.nn.RNN(2, 3, nonlinearity="relu")) == "RNN(2, 3)"


@pytest.mark.parametrize("kind", KINDS)
def test_no_graph_without_gradients(kind):
    layer, x = build(kind, 2, bidirectional=True), Tensor(normal(T, N, D))
    with no_grad():
        output, final = layer(x)
    assert not output.requires_grad
    frozen, state = build(kind, 2).requires_grad_(False)(x)
    assert not any(t.requires_grad for t in (*every(final), frozen, *every(state)))


def test_a_kind_of_layer_has_to_say_how_it_runs():
    class Unfinished(Recurrent):
        gates = 1

    layer = Unfinished(D, H, rng=0)
    assert layer.weight_hh_l0.shape == (H, H)
    with pytest.raises(
        NotImplementedError, match=r"Unfinished does not define run\(\)"
    ):
        layer(Tensor(normal(T, N, D, dtype=np.float32)))
