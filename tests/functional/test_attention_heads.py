"""Several heads as one operation, and the softmax that knows empty rows."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor, check_gradients
from dlbook.functional.attention_heads import (
    attend_with_heads,
    heads_first,
    heads_last,
)
from dlbook.functional.attention_tiles import Dropping
from dlbook.functional.attention_weights import masked_softmax

N, L, S, HEADS, HD = 2, 5, 4, 3, 2
D = HEADS * HD
# how many of queries, keys and values each tensor holds
PACKINGS = [(3,), (1, 2), (1, 1, 1)]


def draw(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [Tensor(rng.standard_normal(s), requires_grad=True) for s in shapes]


def separately(projections, batch_axis, **options):
    """Split the heads by operations on tensors, attend, put them side by side."""
    parts = [
        x[..., i * D : (i + 1) * D]
        for x in projections
        for i in range(x.shape[-1] // D)
    ]
    order = (batch_axis, 2, 1 - batch_axis, 3)
    heads = [x.reshape(*x.shape[:2], HEADS, HD).permute(*order) for x in parts]
    output = F.scaled_dot_product_attention(*heads, **options)  # (N, heads, L, hd)
    order = (0, 2, 1, 3) if batch_axis == 0 else (2, 0, 1, 3)
    return output.permute(*order).flatten(2)


def shapes(packing, batch_axis, source=S):
    source = L if packing == (3,) else source
    lengths = [L] + [source] * (len(packing) - 1)
    for length, number in zip(lengths, packing, strict=True):
        first = (N, length) if batch_axis == 0 else (length, N)
        yield *first, number * D


@pytest.mark.parametrize("batch_axis", [0, 1])
@pytest.mark.parametrize("packing", PACKINGS, ids=str)
@pytest.mark.parametrize("which", ["plain", "causal", "booleans", "floats", "dropout"])
def test_one_operation_equals_heads_apart(packing, batch_axis, which):
    projections = draw(*shapes(packing, batch_axis))
    source = projections[-1].shape[1 - batch_axis]
    tensors, mask, mine, other = list(projections), None, {}, {}
    if which == "causal":
        mine = other = {"is_causal": True}
    elif which == "booleans":
        mask = Tensor(np.random.default_rng(1).random((N, 1, 1, source)) < 0.6)
    elif which == "floats":
        (mask,) = draw((N, HEADS, L, source), seed=1)
        tensors.append(mask)
    elif which == "dropout":
        mine = {"dropping": Dropping(0.4, np.random.default_rng(2))}
        other = {"dropout_p": 0.4, "rng": 2}
    results = []
    for output in (
        attend_with_heads(projections, HEADS, mask, batch_axis=batch_axis, **mine),
        separately(projections, batch_axis, attn_mask=mask, **other),
    ):
        output.backward(np.cos(np.arange(output.size)).reshape(output.shape))
        results.append([output.data, *(t.grad for t in tensors)])
        for tensor in tensors:
            tensor.grad = None
    for ours, apart in zip(*results, strict=True):
        np.testing.assert_allclose(ours, apart, rtol=1e-11, atol=1e-14)


def test_causal_and_a_mask_together():
    (x,) = draw((N, L, 3 * D))
    mask = np.ones((N, 1, 1, L), bool)
    mask[0, ..., -2:] = mask[1, ..., 0] = False  # the first query of 1 sees nothing
    both = attend_with_heads((x,), HEADS, Tensor(mask), is_causal=True)
    merged = Tensor(mask & np.tri(L, dtype=bool))
    np.testing.assert_array_equal(
        both.data, attend_with_heads((x,), HEADS, merged).data
    )
    assert (both.data[1, 0] == 0).all()


def test_an_empty_batch_and_no_steps():
    for shape in ((0, L), (N, 0)):
        (x,) = draw((*shape, 3 * D))
        output = attend_with_heads((x,), HEADS)
        assert output.shape == (*shape, D)
        output.backward(np.ones(output.shape))
        assert x.grad.shape == x.shape


@pytest.mark.parametrize("batch_axis", [0, 1])
def test_heads_are_brought_together_and_back(batch_axis):
    x = np.arange(N * L * 2 * D).reshape(
        (N, L, 2 * D) if batch_axis == 0 else (L, N, 2 * D)
    )
    heads = heads_first(x, 2, HEADS, batch_axis)
    assert heads.shape == (2, N, HEADS, L, HD)
    assert heads.flags.c_contiguous
    assert not np.shares_memory(heads, x)
    sample, time, head = 1, 3, 2
    vector = x[sample, time] if batch_axis == 0 else x[time, sample]
    for number in range(2):
        start = number * D + head * HD
        np.testing.assert_array_equal(
            heads[number, sample, head, time], vector[start : start + HD]
        )
    np.testing.assert_array_equal(heads_last(heads, batch_axis), x)


def test_weights_sum_to_one_or_to_zero():
    (scores,) = draw((N, HEADS, L, S))
    np.testing.assert_allclose(
        masked_softmax(scores).data, F.softmax(scores).data, rtol=1e-13
    )
    mask = np.random.default_rng(3).random((N, 1, L, S)) < 0.5
    mask[0, 0, 1] = False
    weights = masked_softmax(scores, Tensor(mask))
    expected = np.broadcast_to(mask.any(axis=-1), (N, HEADS, L)).astype(float)
    np.testing.assert_allclose(weights.data.sum(axis=-1), expected, rtol=1e-14)
    assert (weights.data[~np.broadcast_to(mask, weights.shape)] == 0).all()
    grad = np.zeros(weights.shape)
    grad[0, :, 1] = 1.0
    weights.backward(grad)
    assert (scores.grad == 0).all()


def test_weights_have_the_gradients_of_finite_differences():
    for causal in (False, True):
        check_gradients(
            lambda scores, mask, causal=causal: masked_softmax(
                scores, mask, is_causal=causal
            ),
            *(t.data for t in draw((2, HEADS, L, S), (HEADS, 1, S))),
            rng=np.random.default_rng(4),
        )
    mask = Tensor(np.zeros((L, S)))  # which wants no gradient
    (scores,) = draw((L, S))
    output = masked_softmax(scores, mask)
    assert output._backward(np.ones((L, S)))[1] is None
