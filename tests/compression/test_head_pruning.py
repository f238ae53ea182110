"""Heads: pruned ones add nothing, the others stay what they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.compression import head_norms, is_pruned, prune_heads
from dlbook.models.gpt_blocks import CausalSelfAttention

N, T, D, HEADS = 2, 5, 12, 3


def layer(kind, seed=0, **options):
    if kind == "causal":
        made = CausalSelfAttention(D, HEADS, rng=seed, **options)
    else:
        sizes = {"kdim": 7, "vdim": 5} if kind == "unpacked" else {}
        made = nn.MultiheadAttention(
            D, HEADS, batch_first=True, rng=seed, **sizes, **options
        )
    rng = np.random.default_rng(seed)
    for parameter in made.parameters():  # the biases, too
        parameter.data[...] = rng.standard_normal(parameter.shape) / 4
    return made


def run(attention, seed=0):
    rng = np.random.default_rng(seed)

    def draw(width):
        return Tensor(rng.standard_normal((N, T, width)).astype(np.float32))

    x = draw(D)
    if isinstance(attention, CausalSelfAttention):
        return attention(x)[0].data
    if attention.kdim != D:
        return attention(x, draw(7), draw(5))[0].data
    return attention(x, x, x)[0].data


def output_bias(attention):
    last = getattr(attention, "out_proj", None) or attention.c_proj
    return last.bias.data


@pytest.mark.parametrize("kind", ["packed", "unpacked", "causal"])
@given(seed=st.integers(0, 30), heads=st.sets(st.integers(0, HEADS - 1)))
def test_heads_add_up(kind, seed, heads):
    """The output with some heads and that with the others make up the whole."""
    some, others, whole = (layer(kind, seed) for _ in range(3))
    left = prune_heads(some, heads)
    assert set(np.flatnonzero(~left)) == heads
    prune_heads(others, set(range(HEADS)) - heads)
    total = run(some) + run(others) - output_bias(whole)
    np.testing.assert_allclose(total, run(whole), atol=1e-5)


@pytest.mark.parametrize("kind", ["packed", "unpacked", "causal"])
@pytest.mark.parametrize("bias", [True, False])
def test_nothing_of_a_pruned_head_is_left(kind, bias):
    attention = layer(kind, bias=bias)
    before = head_norms(attention)
    prune_heads(attention, [1])
    assert is_pruned(attention)
    np.testing.assert_allclose(head_norms(attention), before * [1, 0, 1], rtol=1e-6)
    kept = sum(int((mask.data != 0).sum()) for mask in attention.buffers())
    size = sum(mask.size for mask in attention.buffers())
    assert kept * HEADS == size * (HEADS - 1)
    per_head = D // HEADS
    if kind == "packed":
        weight = attention.in_proj_weight.data.reshape(3, HEADS, per_head, D)
        assert not weight[:, 1].any()
        assert weight[:, [0, 2]].all()


def test_the_smallest_goes_first_and_then_the_next():
    attention = layer("packed")
    rows = attention.in_proj_weight.data.reshape(3, HEADS, -1)
    columns = attention.out_proj.weight.data.reshape(D, HEADS, -1)
    for head, size in enumerate((5, 1, 3)):
        rows[:, head] *= size
        columns[:, head] *= size
    order = np.argsort(head_norms(attention, 1))
    np.testing.assert_array_equal(order, [1, 2, 0])
    np.testing.assert_array_equal(prune_heads(attention, amount=1), [True, False, True])
    np.testing.assert_array_equal(  # half of the two that are left
        prune_heads(attention, amount=0.5), [True, False, False]
    )


@pytest.mark.parametrize("kind", ["packed", "unpacked", "causal"])
def test_norm_by_hand(kind):
    attention = layer(kind, bias=False)
    for parameter in attention.parameters():
        parameter.data[...] = -2
    size = sum(p.size for p in attention.parameters()) / HEADS  # weights of a head
    np.testing.assert_allclose(head_norms(attention, 1), 2 * size)
    np.testing.assert_allclose(head_norms(attention), 2 * np.sqrt(size))
    np.testing.assert_allclose(head_norms(attention, 3), 2 * np.cbrt(size))


def test_bad_input():
    attention = layer("packed")
    with pytest.raises(TypeError, match="got Linear"):
        prune_heads(nn.Linear(2, 2), [0])
    with pytest.raises(TypeError, match="got Linear"):
        head_norms(nn.Linear(2, 2))
    for given_ in ({}, {"heads": [0], "amount": 1}):
        with pytest.raises(ValueError, match="either heads or amount"):
            prune_heads(attention, **given_)
    for head in (3, -1):
        with pytest.raises(ValueError, match=f"no head {head} of 3"):
            prune_heads(attention, [head])
    for head in (True, 1.0):
        with pytest.raises(TypeError, match="heads must hold ints"):
            prune_heads(attention, [head])
    with pytest.raises(ValueError, match="must be positive"):
        head_norms(attention, 0)
    assert not is_pruned(attention)
