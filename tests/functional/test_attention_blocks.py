"""Attention in blocks: the same numbers, in memory that grows linearly."""

import tracemalloc
from contextlib import nullcontext

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad
from dlbook.functional.attention import _as_matrices
from dlbook.functional.attention_blocks import blocks, parts
from dlbook.functional.attention_masks import Masking

E, SIZE = 16, 32
OPTIONS = {
    "plain": {},
    "causal": {"is_causal": True},
    "dropout": {"dropout_p": 0.2, "rng": 0},
}


def peak_and_kept(length, **options):
    """Return the most memory of a pass, and what is kept for backward, in bytes."""
    rng = np.random.default_rng(0)
    tensors = [
        Tensor(rng.standard_normal((length, E)).astype(np.float32), requires_grad=True)
        for _ in range(3)
    ]
    grad = np.ones((length, E), np.float32)
    tracemalloc.start()
    try:
        output = F.scaled_dot_product_attention(*tensors, **options)
        kept, _ = tracemalloc.get_traced_memory()
        output.backward(grad)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak, kept


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_memory_is_linear_in_the_length(options):
    measured = [
        peak_and_kept(length, block_size=SIZE, **options) for length in (512, 1024)
    ]
    for short, long in zip(*measured, strict=True):
        assert long < 2.2 * short
    peak, kept = measured[1]
    assert kept < 6 * 1024 * E * 4  # query, key and value copied, output, logarithms
    assert peak < 1024**2 * 4 / 4  # far from the scores alone


def test_keys_of_a_cache_are_not_copied_and_heads_side_by_side_are():
    cache = np.random.default_rng(0).standard_normal((2, 3, 8, 4))
    for part in (cache[:, :, :5], cache):
        matrices = _as_matrices(part, (2, 3))
        assert np.shares_memory(matrices, cache)
        np.testing.assert_array_equal(matrices, part.reshape(6, *part.shape[2:]))
    heads = cache.reshape(1, 8, 6, 4).swapaxes(1, 2)  # (1, 6, 8, 4)
    matrices = _as_matrices(heads, (1, 6))
    assert matrices.flags.c_contiguous
    np.testing.assert_array_equal(matrices, heads[0])
    np.testing.assert_array_equal(_as_matrices(cache[0, 0], (2, 1))[1], cache[0, 0])


def test_without_blocks_it_is_quadratic():
    """What the test above would notice."""
    measured = [peak_and_kept(length) for length in (512, 1024)]
    for short, long in zip(*measured, strict=True):
        assert long > 2.5 * short
    assert measured[1][1] > 1024**2 * 4


def test_without_gradients_no_weights_are_kept():
    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((1024, E)).astype(np.float32), requires_grad=True)
    most = []
    for tensor, guard in (
        (x, nullcontext()),
        (x, no_grad()),
        (x.detach(), nullcontext()),
    ):
        tracemalloc.start()
        try:
            with guard:
                F.scaled_dot_product_attention(tensor, tensor, tensor)
            most.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert most[0] > 1024**2 * 4
    assert max(most[1:]) < 1024**2


@pytest.mark.parametrize("size", [1, 5, 16, 40])
@pytest.mark.parametrize("causal", [False, True])
def test_blocks_of_any_size_give_the_same(size, causal):
    rng = np.random.default_rng(1)
    shapes = (2, 33, 5), (2, 29, 5), (2, 29, 7)
    tensors = [Tensor(rng.standard_normal(s), requires_grad=True) for s in shapes]
    mask = rng.random((33, 29)) < 0.5
    for given, flag in ((None, causal), (mask, False)):
        results = []
        for block_size in (None, size):
            output = F.scaled_dot_product_attention(
                *tensors, given, is_causal=flag, block_size=block_size
            )
            output.backward(np.cos(np.arange(output.size)).reshape(output.shape))
            results.append([output.data, *(t.grad for t in tensors)])
            for tensor in tensors:
                tensor.grad = None
        for whole, lean in zip(*results, strict=True):
            np.testing.assert_allclose(lean, whole, rtol=1e-11, atol=1e-13)


def test_masks_of_two_queries_and_keys_are_cut_into_blocks():
    rng = np.random.default_rng(3)
    tensors = [Tensor(rng.standard_normal((2, 2)), requires_grad=True) for _ in "qkv"]
    mask = Tensor(rng.standard_normal((2, 2)), requires_grad=True)
    results = []
    for block_size in (None, 1):
        output = F.scaled_dot_product_attention(*tensors, mask, block_size=block_size)
        output.backward(np.array([[1.0, -2.0], [0.5, 3.0]]))
        results.append([output.data, mask.grad])
        mask.grad = None
    for whole, lean in zip(*results, strict=True):
        np.testing.assert_allclose(lean, whole, rtol=1e-12)


def test_scores_of_any_size_do_not_overflow():
    """Blocks that each bring a larger maximum, by more than exp can hold."""
    key = np.arange(12.0)[:, np.newaxis] * 400
    query, value = np.ones((2, 1)), np.arange(12.0)[:, np.newaxis]
    for order in (slice(None), slice(None, None, -1)):
        for size in (1, 2, 5):
            output = F.scaled_dot_product_attention(
                *(Tensor(x) for x in (query, key[order], value[order])), block_size=size
            )
            np.testing.assert_allclose(output.data, 11.0, rtol=1e-15)


@pytest.mark.parametrize("alone", [False, True])
def test_parts_and_blocks_cover_every_score_that_is_seen_once(alone):
    for causal in (False, True):
        for shape in ((1, 1, 1), (5, 7, 11), (3, 64, 40)):
            seen = np.zeros(shape, np.int8)
            masking = Masking(None, shape[:1], *shape[1:], causal=causal)
            for batch, rows in parts(masking, 8, alone=alone):
                assert not alone or batch.stop - batch.start == 1
                for keys in blocks(masking, rows, 8):
                    part = seen[batch, rows, keys]
                    assert max(part.shape[1:]) <= 8
                    part += 1
            assert seen.max() <= 1
            expected = np.ones(shape[1:], bool)
            if causal:
                expected = np.tri(*shape[1:], dtype=bool)
            assert (seen[:, expected] == 1).all()


@pytest.mark.parametrize(("size", "several"), [(8, 1024), (32, 64), (1000, 1)])
def test_as_many_matrices_at_once_as_a_tile_has_room_for(size, several):
    masking = Masking(None, (2500,), 3, 5, causal=False)
    firsts = [batch.start for batch, _ in parts(masking, size, alone=False)]
    assert firsts == list(range(0, 2500, several))


def test_a_second_backward_draws_the_same_dropout():
    rng = np.random.default_rng(2)
    query = Tensor(rng.standard_normal((9, 4)), requires_grad=True)
    output = F.scaled_dot_product_attention(
        query, query, query, dropout_p=0.5, rng=rng, block_size=4
    )
    rng.random(100)  # what others draw in between
    output.backward(np.ones((9, 4)), retain_graph=True)
    first, query.grad = query.grad, None
    output.backward(np.ones((9, 4)))
    np.testing.assert_array_equal(first, query.grad)
