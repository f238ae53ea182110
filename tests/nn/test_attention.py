"""Multi-head attention: equal to torch in every option; heads, masks, weights."""

import copy
import warnings

import numpy as np
import pytest
import torch

from dlbook import nn
from dlbook.autograd import Tensor, no_grad
from dlbook.compare import compare_with_torch, copy_weights

N, L, S, D, HEADS = 2, 5, 4, 6, 3
OPTIONS = [
    {},
    {"bias": False},
    {"add_bias_kv": True},
    {"add_zero_attn": True},
    {"add_bias_kv": True, "add_zero_attn": True},
    {"kdim": 5, "vdim": 7},
]
CALLS = [
    (kind, options)
    for kind in ("self", "cross", "three")
    for options in OPTIONS
    if kind == "three" or "kdim" not in options
]
WANTED = {
    "no weights": {"need_weights": False},
    "weights": {},
    "weights of heads": {"average_attn_weights": False},
}


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def build(**options):
    """Return our layer, with biases that are not 0, and torch's with its weights."""
    ours = nn.MultiheadAttention(D, HEADS, rng=0, **options).to(np.float64)
    theirs = torch.nn.MultiheadAttention(D, HEADS, **options).double()
    rng = np.random.default_rng(1)
    for bias in (ours.in_proj_bias, ours.out_proj.bias):
        if bias is not None:
            bias.data[...] = rng.standard_normal(bias.shape)
    copy_weights(ours, theirs)
    return ours, theirs


def spread(kind, given):
    """Return query, key and value: one tensor, two or three."""
    query, *rest = given
    return {"self": (query,) * 3, "cross": (query, *rest * 2)}.get(kind, given)


class Ours(nn.Module):
    """Call a layer with one tensor in several places, and masks."""

    def __init__(self, layer, kind, **options):
        self.layer, self.kind, self.options = layer, kind, options

    def forward(self, *given):
        output, weights = self.layer(*spread(self.kind, given), **self.options)
        return output if weights is None else (output, weights)


class Theirs(torch.nn.Module):
    """The same for torch."""

    def __init__(self, layer, kind, **options):
        super().__init__()
        self.layer, self.kind = layer, kind
        self.options = {
            key: torch.tensor(value) if isinstance(value, np.ndarray) else value
            for key, value in options.items()
        }

    def forward(self, *given):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Support for mismatched")
            output, weights = self.layer(*spread(self.kind, given), **self.options)
        return output if weights is None else (output, weights)


def masks_of(samples, source, single):
    """Yield masks in all combinations; no row is hidden as a whole."""
    rng = np.random.default_rng(2)
    padding = np.zeros((source,) if single else (samples, source), bool)
    padding[..., -1] = True
    hidden = rng.random((L, source)) < 0.4
    several = rng.random((samples * HEADS, L, source)) < 0.4
    hidden[:, 0] = several[..., 0] = False
    causal = ~np.tri(L, source, dtype=bool)
    added = rng.standard_normal((samples * HEADS, L, source))
    floats = rng.standard_normal(padding.shape)
    yield {}
    yield {"key_padding_mask": padding}
    yield {"attn_mask": hidden}
    yield {"attn_mask": several, "key_padding_mask": padding}
    yield {"attn_mask": added[0]}
    yield {"attn_mask": added, "key_padding_mask": floats}
    yield {"attn_mask": added, "key_padding_mask": padding}
    yield {"attn_mask": hidden, "key_padding_mask": floats}
    yield {"attn_mask": causal, "is_causal": True}
    yield {"attn_mask": causal, "is_causal": True, "key_padding_mask": padding}


@pytest.mark.parametrize("wanted", WANTED.values(), ids=WANTED)
@pytest.mark.parametrize("layout", ["time first", "batch first", "single"])
@pytest.mark.parametrize(("kind", "options"), CALLS, ids=str)
def test_output_weights_and_gradients_are_torchs(kind, options, layout, wanted):
    batch_first = layout == "batch first"
    ours, theirs = build(batch_first=batch_first, **options)
    source = L if kind == "self" else S
    widths = {"self": (D,), "cross": (D, D)}.get(kind, (D, ours.kdim, ours.vdim))

    def shape(length, width):
        batch = {"time first": (length, N), "batch first": (N, length)}
        return (*batch.get(layout, (length,)), width)

    arrays = [
        normal(*shape(source if i else L, width), seed=i)
        for i, width in enumerate(widths)
    ]
    samples = 1 if layout == "single" else N
    added = ours.add_zero_attn or ours.bias_k is not None
    for masks in masks_of(samples, source, layout == "single"):
        given = masks | wanted
        padded = "key_padding_mask" in masks
        if added and "is_causal" in given and "need_weights" in given and not padded:
            continue  # torch hides the added keys from early queries here
        compare_with_torch(
            Ours(ours, kind, **given),
            Theirs(theirs, kind, **given),
            *arrays,
            rtol=1e-12,
            atol=1e-12,
        )


# --- what the layer is --------------------------------------------------------------


def by_hand(layer, query, key, value):
    """Attend with loops over examples and heads; time first."""
    size = layer.head_dim
    weights = np.split(layer.in_proj_weight.data, 3)
    biases = np.split(layer.in_proj_bias.data, 3)
    output = np.empty_like(query)
    for n in range(query.shape[1]):
        heads = []
        for h in range(layer.num_heads):
            rows = slice(h * size, (h + 1) * size)
            q, k, v = (
                x[:, n] @ w[rows].T + b[rows]
                for x, w, b in zip((query, key, value), weights, biases, strict=True)
            )
            scores = np.exp(q @ k.T / np.sqrt(size))
            heads.append(scores / scores.sum(axis=1, keepdims=True) @ v)
        joined = np.concatenate(heads, axis=1)
        output[:, n] = joined @ layer.out_proj.weight.data.T + layer.out_proj.bias.data
    return output


@pytest.mark.parametrize("need_weights", [False, True])
def test_it_is_what_loops_over_heads_compute(need_weights):
    layer, _ = build()
    arrays = [normal(length, N, D, seed=length) for length in (L, S, S)]
    output, _ = layer(*map(Tensor, arrays), need_weights=need_weights)
    np.testing.assert_allclose(output.data, by_hand(layer, *arrays), rtol=1e-12)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_with_and_without_weights_is_the_same(options):
    layer, _ = build(**options)
    arrays = [
        normal(length, N, width, seed=width)
        for length, width in ((L, D), (S, layer.kdim), (S, layer.vdim))
    ]
    for masks in masks_of(N, S, False):
        results = []
        for need_weights in (False, True):
            tensors = [Tensor(x, requires_grad=True) for x in arrays]
            output, weights = layer(*tensors, need_weights=need_weights, **masks)
            assert (weights is not None) == need_weights
            output.backward(normal(*output.shape, seed=9))
            grads = [p.grad for p in (*tensors, *layer.parameters())]
            results.append([output.data, *grads])
            layer.zero_grad()
        for one, other in zip(*results, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-13)


def test_weights_of_each_head_and_their_mean():
    layer, _ = build()
    query, key = Tensor(normal(L, N, D)), Tensor(normal(S, N, D, seed=1))
    _, each = layer(query, key, key, average_attn_weights=False)
    _, mean = layer(query, key, key)
    assert each.shape == (N, HEADS, L, S)
    assert mean.shape == (N, L, S)
    np.testing.assert_allclose(each.data.sum(axis=-1), 1.0, rtol=1e-13)
    np.testing.assert_allclose(mean.data, each.data.mean(axis=1), rtol=1e-13)
    assert np.ptp(each.data, axis=1).max() > 0.01  # the heads differ
    _, added = build(add_bias_kv=True, add_zero_attn=True)[0](query, key, key)
    assert added.shape == (N, L, S + 2)


def test_a_query_that_sees_nothing_gets_zeros():
    layer, _ = build(batch_first=True)
    x = Tensor(normal(N, L, D), requires_grad=True)
    padding = np.zeros((N, L), bool)
    padding[1] = True
    for need_weights in (False, True):
        output, weights = layer(
            x, x, x, key_padding_mask=padding, need_weights=need_weights
        )
        np.testing.assert_allclose(
            output.data[1], np.tile(layer.out_proj.bias.data, (L, 1)), rtol=1e-14
        )
        assert weights is None or (weights.data[1] == 0).all()
        grad = np.zeros(output.shape)
        grad[1] = 1.0
        output.backward(grad)
        assert (x.grad == 0).all()
        assert (layer.in_proj_weight.grad == 0).all()


@pytest.mark.parametrize("options", OPTIONS[:5], ids=str)
@pytest.mark.parametrize("need_weights", [False, True])
def test_is_causal_needs_no_mask_and_adds_to_one(options, need_weights):
    layer, _ = build(**options)
    x = Tensor(normal(L, N, D))
    given = {"need_weights": need_weights}
    causal, _ = layer(x, x, x, is_causal=True, **given)
    later = ~np.tri(L, dtype=bool)
    masked, _ = layer(x, x, x, attn_mask=later, **given)
    np.testing.assert_allclose(causal.data, masked.data, rtol=1e-12)
    hidden = np.zeros((L, L), bool)
    hidden[3:, 1] = True
    both, _ = layer(x, x, x, attn_mask=hidden, is_causal=True, **given)
    merged, _ = layer(x, x, x, attn_mask=hidden | later, **given)
    np.testing.assert_allclose(both.data, merged.data, rtol=1e-12)
    assert not np.allclose(both.data, masked.data)
    added = normal(L, L, seed=3)
    both, _ = layer(x, x, x, attn_mask=added, is_causal=True, **given)
    merged, _ = layer(x, x, x, attn_mask=np.where(later, -np.inf, added), **given)
    np.testing.assert_allclose(both.data, merged.data, rtol=1e-12)


@pytest.mark.parametrize("need_weights", [False, True])
def test_added_masks_get_gradients_as_in_torch(need_weights):
    ours, theirs = build()
    x, y = normal(L, N, D), normal(S, N, D, seed=1)
    masks = [normal(N * HEADS, L, S, seed=2), normal(N, S, seed=3)]

    class WithMasks(nn.Module):
        def forward(self, query, key, mask, padding):
            output, weights = ours(
                *(query, key, key),
                attn_mask=mask,
                key_padding_mask=padding,
                need_weights=need_weights,
            )
            return output if weights is None else (output, weights)

    def with_masks(query, key, mask, padding):
        output, weights = theirs(
            *(query, key, key),
            attn_mask=mask,
            key_padding_mask=padding,
            need_weights=need_weights,
        )
        return output if weights is None else (output, weights)

    call = WithMasks().forward
    compare_with_torch(call, with_masks, x, y, *masks, rtol=1e-11, atol=1e-12)


def test_one_tensor_and_equal_tensors_give_the_same():
    layer, _ = build()
    x = normal(L, N, D)
    same = Tensor(x, requires_grad=True)
    output, _ = layer(same, same, same)
    output.backward(normal(*output.shape, seed=1))
    packed = layer.in_proj_weight.grad
    layer.zero_grad()
    apart = [Tensor(x, requires_grad=True) for _ in range(3)]
    other, _ = layer(*apart)
    other.backward(normal(*output.shape, seed=1))
    np.testing.assert_allclose(output.data, other.data, rtol=1e-12)
    np.testing.assert_allclose(layer.in_proj_weight.grad, packed, rtol=1e-11)
    summed = sum(t.grad for t in apart)
    np.testing.assert_allclose(same.grad, summed, rtol=1e-11, atol=1e-14)


# --- dropout ------------------------------------------------------------------------


def test_dropout_acts_in_training_alone():
    plain, dropped = build()[0], build(dropout=0.5)[0]
    x = Tensor(normal(L, N, D))
    expected = plain(x, x, x)[0].data
    for need_weights in (False, True):
        given = {"need_weights": need_weights}
        assert not np.allclose(dropped.train()(x, x, x, **given)[0].data, expected)
        dropped.eval()
        before = dropped.rng.bit_generator.state
        np.testing.assert_allclose(
            dropped(x, x, x, **given)[0].data, expected, rtol=1e-12
        )
        assert dropped.rng.bit_generator.state == before


def test_the_weights_returned_are_those_after_dropout():
    layer, _ = build(dropout=0.5)
    x = Tensor(normal(L, N, D))
    _, dropped = layer(x, x, x, average_attn_weights=False)
    _, whole = layer.eval()(x, x, x, average_attn_weights=False)
    kept = dropped.data != 0
    assert 0.3 < kept.mean() < 0.7
    np.testing.assert_allclose(dropped.data[kept], 2 * whole.data[kept], rtol=1e-12)


def test_both_ways_draw_the_same_dropout_from_the_layers_generator():
    layer, _ = build(dropout=0.5)
    twin = copy.deepcopy(layer)
    x = Tensor(normal(L, N, D))
    for _ in range(2):
        first, _ = layer(x, x, x, need_weights=False)
        second, _ = twin(x, x, x, need_weights=True)
        np.testing.assert_allclose(first.data, second.data, rtol=1e-12)


# --- parameters, printing -----------------------------------------------------------


def test_initial_values():
    layer = nn.MultiheadAttention(60, 4, add_bias_kv=True, rng=0)
    bound = np.sqrt(6 / (4 * 60))  # of the packed weight as a whole
    largest = np.abs(layer.in_proj_weight.data).max()
    assert 0.99 * bound < largest <= bound
    assert 0.98 / np.sqrt(60) < np.abs(layer.out_proj.weight.data).max() <= 1 / 60**0.5
    for bias in (layer.in_proj_bias, layer.out_proj.bias):
        assert (bias.data == 0).all()
    apart = nn.MultiheadAttention(60, 4, kdim=30, vdim=90, rng=0)
    for weight in (apart.q_proj_weight, apart.k_proj_weight, apart.v_proj_weight):
        bound = np.sqrt(6 / sum(weight.shape))
        assert 0.98 * bound < np.abs(weight.data).max() <= bound
    deviations = [
        nn.MultiheadAttention(60, 4, add_bias_kv=True, rng=seed).bias_k.data.std()
        for seed in range(40)
    ]
    assert np.mean(deviations) == pytest.approx(np.sqrt(2 / 120), rel=0.05)


def test_what_is_missing_is_none_as_in_torch():
    names = ["in_proj_weight", "in_proj_bias", "bias_k", "bias_v"]
    names += [f"{letter}_proj_weight" for letter in "qkv"]
    for options in OPTIONS:
        ours, theirs = build(**options)
        for name in names:
            assert (getattr(ours, name) is None) == (getattr(theirs, name) is None)


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_float32_stays_and_to_converts(options, need_weights):
    layer = nn.MultiheadAttention(D, HEADS, rng=0, dropout=0.3, **options)
    for dtype in (np.float32, np.float64):
        widths = (D, layer.kdim, layer.vdim)
        tensors = [Tensor(normal(S, N, width, dtype=dtype)) for width in widths]
        output, weights = layer.to(dtype)(
            *tensors,
            attn_mask=np.zeros((S, S)),
            key_padding_mask=np.zeros((N, S), bool),
            is_causal=True,
            need_weights=need_weights,
        )
        assert output.dtype == dtype
        assert weights is None or weights.dtype == dtype
        output.sum().backward()
        assert all(p.grad.dtype == dtype for p in layer.parameters())
        layer.zero_grad()


def test_repr_says_what_is_not_the_default():
    layer = nn.MultiheadAttention(4, 2)
    assert repr(layer) == (
        "MultiheadAttention(\n"
        "  embed_dim=4, num_heads=2\n"
        "  (out_proj): Linear(in_features=4, out_features=4, bias=True)\n"
        ")  # 80 parameters"
    )
    layer = nn.MultiheadAttention(
        *(4, 2),
        dropout=0.5,
        bias=False,
        add_bias_kv=True,
        add_zero_attn=True,
        kdim=3,
        vdim=5,
        batch_first=True,
    )
    assert layer.extra_repr() == (
        "embed_dim=4, num_heads=2, dropout=0.5, bias=False, add_bias_kv=True, "
        "add_zero_attn=True, kdim=3, vdim=5, batch_first=True"
    )


def test_no_graph_without_gradients():
    layer, x = build()[0], Tensor(normal(L, N, D))
    with no_grad():
        output, weights = layer(x, x, x)
    assert not output.requires_grad
    assert not weights.requires_grad
    layer.requires_grad_(False)
    assert not layer(x, x, x, need_weights=False)[0].requires_grad


def test_an_empty_batch():
    layer, _ = build()
    x = Tensor(np.zeros((L, 0, D)))
    for need_weights in (False, True):
        assert layer(x, x, x, need_weights=need_weights)[0].shape == (L, 0, D)
