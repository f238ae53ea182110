"""The recurrent language model: a twin in torch, its state, and texts it scores."""

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook import optim
from dlbook.autograd import Tensor, is_grad_enabled
from dlbook.compare import copy_weights
from dlbook.models import CharRNN, detach_state
from tests.models.twin import close

CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


class TorchCharRNN(torch.nn.Module):
    def __init__(self, cell, layers):
        super().__init__()
        self.embedding = torch.nn.Embedding(6, 3)
        self.rnn = CELLS[cell](3, 4, layers)
        self.linear = torch.nn.Linear(4, 6)

    def forward(self, ids, state=None):
        x, state = self.rnn(self.embedding(ids), state)
        return self.linear(x), state


def small(cell="lstm", layers=1, **options):
    return CharRNN(
        6, hidden_size=4, num_layers=layers, cell=cell, embedding_dim=3, **options
    )


def parts(state):
    return state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_scores_states_and_gradients_are_torchs(cell, layers, rng):
    model, twin = small(cell, layers, rng=rng), TorchCharRNN(cell, layers)
    model.to(np.float64)
    twin.double()
    copy_weights(model, twin)
    names = [name for name, _ in model.named_parameters()]
    assert names == [name for name, _ in twin.named_parameters()]
    ids = rng.integers(0, 6, (10, 2))
    scores, state = model(ids[:5])
    expected, expected_state = twin(torch.tensor(ids[:5]))
    close(scores.data, expected, "scores")
    scores, state = model(ids[5:], state)
    expected, expected_state = twin(torch.tensor(ids[5:]), expected_state)
    close(scores.data, expected, "scores of the text that goes on")
    for ours, theirs in zip(parts(state), parts(expected_state), strict=True):
        close(ours.data, theirs, "state")
    grad_out = rng.standard_normal(scores.shape)
    scores.backward(grad_out)
    expected.backward(torch.tensor(grad_out))
    for (name, ours), theirs in zip(
        model.named_parameters(), twin.parameters(), strict=True
    ):
        close(ours.grad, theirs.grad, f"gradient of {name}")


@pytest.mark.parametrize("cell", CELLS)
def test_one_step_at_a_time_is_all_at_once(cell, rng):
    model = small(cell, 2, rng=rng)
    ids = rng.integers(0, 6, (7, 3))
    whole, _ = model(ids)
    state = None
    for t in range(7):
        scores, state = model(ids[t : t + 1], state)
        np.testing.assert_allclose(scores.data[0], whole.data[t], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_a_detached_state_carries_values_and_no_gradient(cell, rng):
    model = small(cell, rng=rng)
    _, state = model(rng.integers(0, 6, (3, 2)))
    cut = detach_state(state)
    assert isinstance(cut, tuple) == (cell == "lstm")
    for before, after in zip(parts(state), parts(cut), strict=True):
        assert before.requires_grad
        assert not after.requires_grad
        np.testing.assert_array_equal(before.data, after.data)
    assert detach_state(None) is None


def test_truncation_stops_the_gradient_and_not_the_values(rng):
    model = small(rng=rng)
    ids = rng.integers(0, 5, (6, 1))
    ids[0], ids[1:] = 5, ids[1:] % 5  # token 5 is read in the first piece alone
    gradients = []
    for cut in (lambda state: state, detach_state):
        model.zero_grad()
        _, state = model(ids[:3])
        scores, _ = model(ids[3:], cut(state))
        scores.sum().backward()
        gradients.append((scores.data.copy(), model.embedding.weight.grad[5].copy()))
    np.testing.assert_array_equal(gradients[0][0], gradients[1][0])
    assert gradients[0][1].any()
    assert not gradients[1][1].any()


def surprisals_one_by_one(model, ids):
    """Return -log p of every token but the first, by one long pass."""
    scores, _ = model(np.asarray(ids)[:-1, np.newaxis])
    log_p = F.log_softmax(scores).data[:, 0]
    return -log_p[np.arange(len(ids) - 1), ids[1:]]


@pytest.mark.parametrize("length", [2, 3, 255, 256, 257, 258, 600])
def test_surprisals_are_those_of_one_long_pass(length, rng):
    model = small(rng=rng)
    ids = rng.integers(0, 6, length)
    found = model.surprisals(ids)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found[1:], surprisals_one_by_one(model, ids), rtol=1e-4)
    assert found[0] == np.log(6)


def test_a_context_is_read_before_the_text(rng):
    model = small(rng=rng)
    ids = rng.integers(0, 6, 90)
    whole = model.surprisals(ids)
    found = model.surprisals(ids[60:], context=ids[:60])
    np.testing.assert_allclose(found, whole[60:], rtol=1e-5)
    short = model.surprisals(ids[60:], context=ids[:60], warm_up=4)
    np.testing.assert_array_equal(
        short, model.surprisals(ids[60:], context=ids[56:60], warm_up=4)
    )
    assert not np.allclose(short, found, rtol=1e-7)


@pytest.mark.parametrize("streams", [1, 2, 3, 5, 8, 100])
@pytest.mark.parametrize("context", [0, 1, 7, 30])
@pytest.mark.parametrize("warm_up", [1, 5, 20])
def test_every_token_is_scored_once_with_its_warm_up(streams, context, warm_up, rng):
    """The last token that is read decides the scores: then streams change nothing."""
    model = small("rnn", rng=rng)
    model.rnn.weight_hh_l0.data[:] = 0
    ids = rng.integers(0, 6, 70)
    before, text = ids[:context], ids[context:]
    found = model.surprisals(text, context=before, streams=streams, warm_up=warm_up)
    expected = np.array([np.log(6), *surprisals_one_by_one(model, ids)])[context:]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("length", [2, 5, 8, 9])
def test_a_text_no_longer_than_the_warm_up_is_read_in_one_piece(length, rng):
    model = small(rng=rng)
    ids = rng.integers(0, 6, length)
    found = model.surprisals(ids, streams=3, warm_up=8)
    np.testing.assert_allclose(found, model.surprisals(ids), rtol=1e-5)


def test_each_stream_reads_its_warm_up(rng):
    """With a memory of two tokens, warm_up 2 is enough and 1 is not."""
    model = CharRNN(6, hidden_size=8, num_layers=2, cell="rnn", rng=rng)
    ids = rng.integers(0, 6, 60)
    whole = model.surprisals(ids, warm_up=1)
    errors = [
        np.abs(model.surprisals(ids, streams=4, warm_up=w) - whole).max()
        for w in (1, 4, 12)
    ]
    assert errors[0] > 5 * errors[1] > 25 * errors[2]


def test_scoring_leaves_the_modes_as_they_were(rng):
    model = small(dropout=0.5, layers=2, rng=rng)
    model.dropout.eval()
    ids = rng.integers(0, 6, 20)
    np.testing.assert_array_equal(model.surprisals(ids), model.surprisals(ids))
    assert model.training
    assert model.rnn.training
    assert not model.dropout.training
    assert is_grad_enabled()


def test_dropout_acts_in_training_on_the_way_up(rng):
    ids = rng.integers(0, 6, (4, 3))
    for layers in (1, 2):
        model = small(layers=layers, dropout=0.5, rng=rng)
        assert model.rnn.dropout == (0.5 if layers == 2 else 0)
        assert not np.array_equal(model(ids)[0].data, model(ids)[0].data)
        model.eval()
        np.testing.assert_array_equal(model(ids)[0].data, model(ids)[0].data)
    everything = small(dropout=1.0, rng=rng)
    scores, _ = everything(ids)
    bias = np.broadcast_to(everything.linear.bias.data, scores.shape)
    np.testing.assert_array_equal(scores.data, bias)


@pytest.mark.parametrize("cell", CELLS)
def test_it_learns_what_comes_after_what(cell):
    """After 0 1 comes 2, after 3 1 comes 0: one token of memory is not enough."""
    text = np.tile([0, 1, 2, 3, 1, 0, 1, 2, 3, 1], 8)
    ids = np.tile(text, (4, 1)).T  # (T, N)
    model = CharRNN(4, hidden_size=16, embedding_dim=8, cell=cell, rng=0)
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    for _ in range(60):
        scores, _ = model(ids[:-1])
        loss = F.cross_entropy(scores.reshape(-1, 4), ids[1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert model.surprisals(text)[5:].mean() < 0.05


def test_a_seed_decides_the_weights():
    one, again, other = (small(rng=seed).linear.weight.data for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_counts():
    """Gates: 4, 3 or 1 times (D + H + 2) rows of H."""
    for cell, gates in (("lstm", 4), ("gru", 3), ("rnn", 1)):
        expected = 6 * 3 + gates * 4 * (3 + 4 + 2) + 6 * 4 + 6
        assert small(cell).num_parameters() == expected


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match=r"cell must be one of .*, got 'elman'"):
        small("elman")
    with pytest.raises(ValueError, match=r"dropout must lie in \[0, 1\], got 1.5"):
        small(dropout=1.5)
    with pytest.raises(TypeError, match="dropout must be a number, got str"):
        small(dropout="half")
    with pytest.raises(ValueError, match="hidden_size must be at least 1, got 0"):
        CharRNN(6, hidden_size=0)
    model = small()
    with pytest.raises(ValueError, match=r"ids has shape \(3,\), expected \(T, N\)"):
        model([0, 1, 2])
    with pytest.raises(IndexError, match="index 6"):
        model([[6]])
    with pytest.raises(TypeError, match="must hold integers, got float64"):
        model(Tensor(np.zeros((2, 1))))
    with pytest.raises(ValueError, match="ids contains token 6"):
        model.surprisals([6])
    with pytest.raises(ValueError, match="context contains token -1"):
        model.surprisals([0], context=[-1])
    for name in ("streams", "warm_up"):
        with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
            model.surprisals([0], **{name: 0})
        with pytest.raises(TypeError, match=f"{name} must be an int, got float"):
            model.surprisals([0], **{name: 1.0})
