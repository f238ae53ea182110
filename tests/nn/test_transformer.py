"""Stacks of layers and the whole transformer: torch's values, copies, first values."""

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
    LAYERS,
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

STACKS = ("TransformerEncoder", "TransformerDecoder")
MODULES = (*STACKS, "Transformer")


def grid():
    for kind, norm_first in itertools.product(MODULES, (False, True)):
        for activation, bias in (("relu", True), ("gelu", False), (F.silu, True)):
            options = {"activation": activation, "bias": bias, "norm_first": norm_first}
            if kind != "Transformer" and activation != "relu":
                options["norm"] = True
            yield kind, options | {"batch_first": activation == "gelu"}
    yield "Transformer", {"layer_norm_eps": 0.1}


@pytest.mark.parametrize(("kind", "options"), [*grid()])
def test_values_and_gradients_are_torchs(kind, options):
    ours, theirs = pair(kind, **options)
    compare(kind, ours, theirs, batch_first=options.get("batch_first", False))


@pytest.mark.parametrize("what", MASKINGS)
@pytest.mark.parametrize("kind", MODULES)
def test_masks_are_torchs(kind, what):
    """Another kind of mask in each attention, so that none stands for another."""
    ours, theirs = pair(kind, norm_first=True)
    number = {"TransformerEncoder": 1, "TransformerDecoder": 2, "Transformer": 3}[kind]
    first = MASKINGS.index(what)
    maskings = [MASKINGS[(first + 2 * i) % len(MASKINGS)] for i in range(number)]
    compare(kind, ours, theirs, *maskings)


@pytest.mark.parametrize("what", ["nothing", "causal, padding", "each head"])
@pytest.mark.parametrize("kind", MODULES)
def test_one_sequence_without_a_batch_is_torchs(kind, what):
    ours, theirs = pair(kind)
    number = {"TransformerEncoder": 1, "TransformerDecoder": 2, "Transformer": 3}[kind]
    compare(kind, ours, theirs, *(what,) * number, batch=None)


def test_a_transformer_is_its_encoder_then_its_decoder():
    model, _ = pair("Transformer")
    src, tgt = map(Tensor, inputs("Transformer"))
    memory = model.encoder(src)
    expected = model.decoder(tgt, memory, tgt_is_causal=True)
    np.testing.assert_array_equal(
        model(src, tgt, tgt_is_causal=True).data, expected.data
    )


def test_the_encoder_runs_once_for_many_targets():
    """What translates token by token keeps the memory, and lengthens the target."""
    model, _ = pair("Transformer", norm_first=True)
    src, tgt = map(Tensor, inputs("Transformer"))
    whole = model(src, tgt, tgt_is_causal=True).data
    memory = model.encoder(src)
    for length in range(1, T + 1):
        part = model.decoder(tgt[:length], memory, tgt_is_causal=True)
        np.testing.assert_allclose(part.data, whole[:length], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("sz", [0, 1, 5])
def test_the_causal_mask_is_torchs(sz):
    theirs = torch.nn.Transformer.generate_square_subsequent_mask(sz)
    ours = nn.Transformer.generate_square_subsequent_mask(sz)
    assert isinstance(ours, Tensor)
    assert ours.dtype == np.float32
    np.testing.assert_array_equal(ours.data, theirs.numpy())
    ours = nn.Transformer.generate_square_subsequent_mask(sz, dtype=np.float64)
    assert ours.dtype == np.float64
    np.testing.assert_array_equal(ours.data, theirs.numpy())


# --- copies -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", STACKS)
def test_layers_are_copies_that_start_equal_and_share_nothing(kind):
    layer = build(f"{kind}Layer")
    stack = getattr(nn, kind)(layer, 3)
    assert len(stack.layers) == stack.num_layers == 3
    every = [layer, *stack.layers]
    for parts in zip(*(one.named_parameters() for one in every), strict=True):
        for (name, one), (_, other) in itertools.combinations(parts, 2):
            assert one is not other
            assert not np.shares_memory(one.data, other.data), name
            np.testing.assert_array_equal(one.data, other.data)
    number = sum(p.size for p in layer.parameters())
    assert stack.num_parameters() == 3 * number


@pytest.mark.parametrize("kind", STACKS)
def test_copies_draw_from_one_generator_and_get_masks_of_their_own(kind):
    layer = build(f"{kind}Layer", dropout=0.5)
    stack = getattr(nn, kind)(layer, 2)
    generators = {
        id(module.rng)
        for one in (layer, *stack.layers)
        for module in one.modules()
        if hasattr(module, "rng")
    }
    assert generators == {id(layer.dropout.rng)}
    # two layers that would be equal, but for their masks
    x = Tensor(np.ones((4, 4), np.float32))
    first, second = (one.dropout(x).data for one in stack.layers)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("kind", MODULES)
def test_one_seed_gives_one_run(kind):
    arrays = [Tensor(x.astype(np.float32)) for x in inputs(kind)]
    one, same, other = (build(kind, dropout=0.3, rng=seed) for seed in (4, 4, 5))
    for _ in range(2):
        np.testing.assert_array_equal(one(*arrays).data, same(*arrays).data)
    assert not np.array_equal(one(*arrays).data, other(*arrays).data)


def test_copies_train_apart():
    stack = build("TransformerEncoder", norm=True)
    x = Tensor(normal(S, N, D, dtype=np.float32))
    stack(x).backward(normal(S, N, D, seed=1, dtype=np.float32))
    first, second = stack.layers
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert one.grad is not None
        assert not np.array_equal(one.grad, other.grad)


def test_the_final_norm_is_the_module_given():
    norm = nn.LayerNorm(D)
    layer = build("TransformerEncoderLayer")
    stack = nn.TransformerEncoder(layer, 2, norm)
    assert stack.norm is norm
    without = nn.TransformerEncoder(layer, 2)
    assert without.norm is None
    x = Tensor(normal(S, N, D, dtype=np.float32))
    np.testing.assert_array_equal(stack(x).data, norm(without(x)).data)


def test_other_modules_can_stand_for_the_layers():
    class Shift(nn.Module):
        def __init__(self):
            self.bias = nn.Parameter(np.ones(D, np.float32))

        def forward(self, src, *, src_mask, src_key_padding_mask, is_causal):
            return src + self.bias * (2.0 if is_causal else 1.0)

    stack = nn.TransformerEncoder(Shift(), 3)
    x = np.zeros((S, N, D), np.float32)
    assert (stack(Tensor(x)).data == 3).all()
    assert (stack(Tensor(x), is_causal=True).data == 6).all()


# --- first values -------------------------------------------------------------------


def test_a_transformer_draws_every_matrix_of_every_layer():
    model = nn.Transformer(64, 4, 2, 2, 128, rng=0)
    for name, p in model.named_parameters():
        if p.ndim > 1:
            bound = math.sqrt(6 / sum(p.shape))
            assert np.abs(p.data).max() <= bound, name
            assert p.data.std() == pytest.approx(bound / 3**0.5, rel=0.03), name
            assert abs(p.data.mean()) < 0.03 * bound, name
    for stack in (model.encoder, model.decoder):
        one, other = stack.layers
        for (name, p), q in zip(
            one.named_parameters(), other.parameters(), strict=True
        ):
            assert np.array_equal(p.data, q.data) == (p.ndim == 1), name


def test_reset_parameters_draws_matrices_anew_and_leaves_vectors():
    model = build("Transformer")
    before = model.state_dict()
    model.reset_parameters(rng=7)
    once = model.state_dict()
    model.reset_parameters(rng=7)
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, once[name])
        assert np.array_equal(value, before[name]) == (value.ndim == 1), name


def test_a_custom_encoder_and_decoder_are_used_and_drawn_anew():
    layer = build("TransformerEncoderLayer", norm_first=True)
    encoder = nn.TransformerEncoder(layer, 1)
    decoder = build("TransformerDecoder")
    before = encoder.state_dict()
    model = nn.Transformer(
        D, HEADS, custom_encoder=encoder, custom_decoder=decoder, rng=0
    )
    assert model.encoder is encoder
    assert model.decoder is decoder
    weight = "layers.0.linear1.weight"
    assert not np.array_equal(before[weight], encoder.state_dict()[weight])
    src, tgt = (Tensor(x.astype(np.float32)) for x in inputs("Transformer"))
    np.testing.assert_array_equal(model(src, tgt).data, decoder(tgt, encoder(src)).data)


@pytest.mark.parametrize("number", [1, 3])
def test_each_stack_has_its_number_of_layers(number):
    model = nn.Transformer(D, HEADS, number, LAYERS, INNER, rng=0)
    assert len(model.encoder.layers) == number
    assert len(model.decoder.layers) == LAYERS
    model = nn.Transformer(D, HEADS, LAYERS, number, INNER, rng=0)
    assert len(model.decoder.layers) == number


def test_the_defaults_are_the_papers_base_model():
    """65 million parameters in table 3 are these and the shared embedding."""
    model = nn.Transformer(num_encoder_layers=1, num_decoder_layers=1)
    assert (model.d_model, model.nhead) == (512, 8)
    assert model.encoder.layers[0].linear1.out_features == 2048
    assert model.encoder.layers[0].dropout.p == 0.1
    attention, network = 4 * (512 * 512 + 512), 2 * 512 * 2048 + 2048 + 512
    norm = 2 * 512
    encoder = attention + network + 2 * norm
    decoder = 2 * attention + network + 3 * norm
    assert model.num_parameters() == encoder + decoder + 2 * norm


@pytest.mark.parametrize("kind", MODULES)
def test_precision_copies_and_pickles(kind):
    model = build(kind, dtype=np.float64)
    if kind == "Transformer":
        assert {p.dtype for p in model.parameters()} == {np.dtype(np.float64)}
    arrays = [Tensor(x) for x in inputs(kind)]
    expected = model(*arrays).data
    assert expected.dtype == np.float64
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other(*arrays).data, expected)
