"""Encoder and decoder layers: torch's values and gradients, and what they promise."""

import copy
import itertools
import math
import pickle

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from tests.nn.transformer_sides import (
    HEADS,
    INNER,
    MASKINGS,
    D,
    N,
    S,
    T,
    build,
    compare,
    inputs,
    normal,
    pair,
)

LAYERS = ("TransformerEncoderLayer", "TransformerDecoderLayer")


def grid():
    """Norm first or last, each activation, with and without bias and batch_first."""
    activations = ("relu", "gelu", F.tanh)
    for norm_first, activation in itertools.product((False, True), activations):
        for bias, batch_first in ((True, False), (False, True)):
            yield {
                "norm_first": norm_first,
                "activation": activation,
                "bias": bias,
                "batch_first": batch_first,
            }
    yield {"layer_norm_eps": 0.1}
    yield {"batch_first": True, "layer_norm_eps": 0.1, "norm_first": True}


def name_of(options):
    return ", ".join(f"{k} {getattr(v, '__name__', v)}" for k, v in options.items())


@pytest.mark.parametrize("options", [*grid()], ids=name_of)
@pytest.mark.parametrize("kind", LAYERS)
def test_values_and_gradients_are_torchs(kind, options):
    ours, theirs = pair(kind, **options)
    batch_first = options.get("batch_first", False)
    compare(kind, ours, theirs, batch_first=batch_first)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("what", MASKINGS)
def test_masks_of_the_encoder_are_torchs(what, batch_first):
    options = {"batch_first": batch_first, "norm_first": batch_first}
    ours, theirs = pair("TransformerEncoderLayer", **options)
    kind = "TransformerEncoderLayer"
    compare(kind, ours, theirs, what, batch_first=batch_first)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("memory", MASKINGS)
@pytest.mark.parametrize("what", ["nothing", "causal", "padding", "each head"])
def test_masks_of_the_decoder_are_torchs(what, memory, norm_first):
    kind = "TransformerDecoderLayer"
    ours, theirs = pair(kind, norm_first=norm_first, batch_first=norm_first)
    compare(kind, ours, theirs, what, memory, batch_first=norm_first)


@pytest.mark.parametrize("what", MASKINGS)
@pytest.mark.parametrize("kind", LAYERS)
def test_one_sequence_without_a_batch_is_torchs(kind, what):
    ours, theirs = pair(kind)
    maskings = (what,) * (1 if "Encoder" in kind else 2)
    compare(kind, ours, theirs, *maskings, batch=None)


@pytest.mark.parametrize("kind", LAYERS)
def test_evaluation_is_training_without_dropout(kind):
    """torch's fast path included, which is taken where nothing needs a gradient."""
    ours, theirs = pair(kind, dropout=0.5, batch_first=True)
    ours.eval(), theirs.eval()
    arrays = inputs(kind, batch_first=True)
    compare(kind, ours, theirs, batch_first=True)
    with torch.no_grad():
        expected = theirs(*map(torch.tensor, arrays)).numpy()
    np.testing.assert_allclose(
        ours(*map(Tensor, arrays)).data, expected, rtol=1e-11, atol=1e-12
    )


@pytest.mark.parametrize("kind", LAYERS)
def test_batch_first_exchanges_two_axes_and_nothing_else(kind):
    arrays = inputs(kind)
    steps, batch = build(kind), build(kind, batch_first=True)
    expected = steps(*(Tensor(x.astype(np.float32)) for x in arrays)).data
    turned = (Tensor(x.swapaxes(0, 1).astype(np.float32)) for x in arrays)
    np.testing.assert_allclose(
        batch(*turned).data, expected.swapaxes(0, 1), rtol=2e-5, atol=1e-6
    )


# --- what is read and what is not ---------------------------------------------------


def reads(function, x):
    """Return which steps of the output depend on which of x, as (out, in) booleans.

    `function` takes and returns a Tensor of the shape (steps, D).
    """
    found = []
    for step in range(function(Tensor(x)).shape[0]):
        source = Tensor(x, requires_grad=True)
        y = function(source)[step]
        (y * normal(D, seed=9)).sum().backward()
        found.append((source.grad != 0).any(axis=-1))
    return np.array(found)


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_causal_decoder_sees_no_later_target_and_all_of_the_memory(norm_first):
    layer, _ = pair("TransformerDecoderLayer", norm_first=norm_first)
    target, memory = normal(T, D), normal(S, D, seed=1)
    mask = nn.Transformer.generate_square_subsequent_mask(T)
    for given in ({"tgt_is_causal": True}, {"tgt_mask": mask}):
        seen = reads(lambda x, g=given: layer(x, Tensor(memory), **g), target)
        np.testing.assert_array_equal(seen, np.tri(T, dtype=bool))
        seen = reads(lambda m, g=given: layer(Tensor(target), m, **g), memory)
        assert seen.all()
    assert reads(lambda x: layer(x, Tensor(memory)), target).all()
    seen = reads(lambda m: layer(Tensor(target), m, memory_is_causal=True), memory)
    np.testing.assert_array_equal(seen, np.tri(T, S, dtype=bool))


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_causal_encoder_sees_no_later_position(norm_first):
    layer, _ = pair("TransformerEncoderLayer", norm_first=norm_first)
    seen = reads(lambda x: layer(x, is_causal=True), normal(S, D))
    np.testing.assert_array_equal(seen, np.tri(S, dtype=bool))
    assert reads(layer, normal(S, D)).all()


def test_padding_is_read_by_nobody():
    encoder, _ = pair("TransformerEncoderLayer")
    decoder, _ = pair("TransformerDecoderLayer")
    padding = np.array([False, False, True, False, True, True])
    source, target = normal(S, D), normal(T, D, seed=1)
    seen = reads(lambda x: encoder(x, src_key_padding_mask=padding), source)
    own = np.eye(S, dtype=bool)  # each position reads itself past the attention
    np.testing.assert_array_equal(seen, own | ~padding)
    seen = reads(
        lambda m: decoder(Tensor(target), m, memory_key_padding_mask=padding), source
    )
    np.testing.assert_array_equal(seen, np.broadcast_to(~padding, (T, S)))
    seen = reads(
        lambda x: decoder(x, Tensor(source), tgt_key_padding_mask=padding[:T]), target
    )
    np.testing.assert_array_equal(seen, np.eye(T, dtype=bool) | ~padding[:T])


def test_a_memory_of_padding_alone_gives_no_nan():
    layer, _ = pair("TransformerDecoderLayer")
    target, memory = (
        Tensor(normal(T, N, D)),
        Tensor(normal(S, N, D), requires_grad=True),
    )
    padding = np.zeros((N, S), bool)
    padding[1] = True
    y = layer(target, memory, memory_key_padding_mask=padding)
    y.backward(normal(T, N, D, seed=2))
    assert np.isfinite(y.data).all()
    assert (memory.grad[:, 1] == 0).all()
    assert (memory.grad[:, 0] != 0).all()
    assert all(np.isfinite(p.grad).all() for p in layer.parameters())


@pytest.mark.parametrize("norm_first", [False, True])
def test_without_positions_an_encoder_layer_knows_no_order(norm_first):
    layer, _ = pair("TransformerEncoderLayer", norm_first=norm_first)
    x, order = normal(S, N, D), np.random.default_rng(3).permutation(S)
    np.testing.assert_allclose(
        layer(Tensor(x[order])).data, layer(Tensor(x)).data[order], rtol=1e-11
    )


# --- dropout ------------------------------------------------------------------------


def norm(layer, number, x):
    return getattr(layer, f"norm{number}")(x)


@pytest.mark.parametrize("kind", LAYERS)
def test_with_all_dropped_the_residuals_are_left(kind):
    """Each of the sublayers is dropped before it is added."""
    arrays = [Tensor(x) for x in inputs(kind)]
    first, _ = pair(kind, dropout=1.0, norm_first=True)
    np.testing.assert_array_equal(first(*arrays).data, arrays[0].data)
    last, _ = pair(kind, dropout=1.0)
    expected = arrays[0]
    for number in range(1, 3 if "Encoder" in kind else 4):
        expected = norm(last, number, expected)
    np.testing.assert_array_equal(last(*arrays).data, expected.data)


@pytest.mark.parametrize("kind", LAYERS)
def test_dropout_falls_where_torchs_does(kind):
    """Torch's layer with our masks in the places of its dropout modules."""
    options = {"dropout": 0.4, "norm_first": True}
    ours, theirs = pair(kind, **options)
    attentions = ["self_attn"] + ["multihead_attn"] * ("Decoder" in kind)
    for name in attentions:
        assert getattr(ours, name).dropout == 0.4
        getattr(ours, name).dropout = getattr(theirs, name).dropout = 0.0
    last = len(attentions) + 1
    names = [*(f"dropout{i}" for i in range(1, last)), "dropout", f"dropout{last}"]
    rng = np.random.default_rng(5)
    for name in [n for n, _ in ours.named_children() if n.startswith("dropout")]:
        getattr(ours, name).rng = rng

    class Masked(torch.nn.Module):
        def forward(self, x):
            kept = masks.random(tuple(x.shape), np.float32) >= 0.4
            return x * torch.tensor(kept) / 0.6

    for name in names:
        setattr(theirs, name, Masked())
    masks = np.random.default_rng(5)
    arrays = inputs(kind)
    np.testing.assert_allclose(
        ours(*map(Tensor, arrays)).data,
        theirs(*map(torch.tensor, arrays)).detach().numpy(),
        rtol=1e-11,
        atol=1e-12,
    )


@pytest.mark.parametrize("kind", LAYERS)
def test_masks_come_from_the_layers_generator(kind):
    arrays = [Tensor(x.astype(np.float32)) for x in inputs(kind)]
    one, same, other = (build(kind, dropout=0.3, rng=seed) for seed in (4, 4, 5))
    other.load_state_dict(one.state_dict())
    first = one(*arrays).data
    np.testing.assert_array_equal(first, same(*arrays).data)
    assert not np.array_equal(first, other(*arrays).data)
    assert not np.array_equal(first, one(*arrays).data)


# --- parameters, copies, printing ---------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", LAYERS)
def test_parts_have_torchs_initial_values(kind, dtype):
    width, inner = 64, 256
    layer = getattr(nn, kind)(width, 4, inner, dtype=dtype, rng=0)
    torch.manual_seed(0)
    theirs = getattr(torch.nn, kind)(width, 4, inner)
    bounds = {  # of uniform distributions around 0
        "in_proj_weight": math.sqrt(6 / (4 * width)),  # three projections as one matrix
        "out_proj.weight": 1 / math.sqrt(width),
        "linear1.weight": 1 / math.sqrt(width),
        "linear1.bias": 1 / math.sqrt(width),
        "linear2.weight": 1 / math.sqrt(inner),
        "linear2.bias": 1 / math.sqrt(inner),
    }
    for name, p in theirs.named_parameters():
        for end, bound in bounds.items():
            if name.endswith(end):
                for values in (p.detach().numpy(), layer.state_dict()[name]):
                    assert np.abs(values).max() <= bound, name
                    rel = 0.4 if values.ndim == 1 else 0.06
                    assert values.std() == pytest.approx(bound / 3**0.5, rel=rel), name
                    assert abs(values.mean()) < rel * bound, name
                break
        else:  # what is not drawn
            np.testing.assert_array_equal(layer.state_dict()[name], p.detach().numpy())


def test_an_activation_with_parameters_is_a_part_of_the_layer():
    class Slope(nn.Module):
        def __init__(self):
            self.slope = nn.Parameter(np.array([0.25], np.float32))

        def forward(self, x):
            return F.relu(x) - self.slope * F.relu(-x)

    layer = nn.TransformerEncoderLayer(D, HEADS, INNER, dropout=0.0, activation=Slope())
    assert list(layer.state_dict())[-1] == "activation.slope"
    torchs = torch.nn.TransformerEncoderLayer(
        D, HEADS, INNER, activation=torch.nn.PReLU()
    )
    assert list(torchs.state_dict())[-1] == "activation.weight"
    layer(Tensor(normal(S, N, D, dtype=np.float32))).sum().backward()
    assert layer.activation.slope.grad is not None


@pytest.mark.parametrize("kind", LAYERS)
def test_a_copy_and_a_pickle_do_the_same(kind):
    layer = build(kind, norm_first=True, activation="gelu")
    arrays = [Tensor(x.astype(np.float32)) for x in inputs(kind)]
    expected = layer(*arrays).data
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(other(*arrays).data, expected)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_precision_can_be_asked_for(kind):
    layer = build(kind, dtype=np.float64)
    assert {p.dtype for p in layer.parameters()} == {np.dtype(np.float64)}
    layer = build(kind)
    assert {p.dtype for p in layer.parameters()} == {np.dtype(np.float32)}


def test_float32_stays_float32_with_float64_masks():
    layer = build("TransformerEncoderLayer", norm_first=True, activation="gelu")
    x = Tensor(normal(S, N, D, dtype=np.float32), requires_grad=True)
    y = layer(x, src_mask=normal(S, S))
    y.backward(normal(S, N, D, dtype=np.float32))
    assert y.dtype == x.grad.dtype == np.float32
    assert all(p.grad.dtype == np.float32 for p in layer.parameters())


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({}, "  (self_attn): MultiheadAttention("),
        ({"norm_first": True}, "  norm_first=True"),
        ({"activation": "gelu", "batch_first": True}, "  activation=gelu, batch_first"),
        ({"activation": nn.Tanh()}, "  (self_attn): MultiheadAttention("),
    ],
)
def test_repr_shows_changed_options_and_the_parts(options, line):
    text = repr(build("TransformerEncoderLayer", **options))
    assert text.splitlines()[1].startswith(line)
    assert ("  (activation): Tanh()" in text) == isinstance(
        options.get("activation"), nn.Module
    )
