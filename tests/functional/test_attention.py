"""Scaled dot-product attention: what it means, its masks, its dropout, its memory."""

import math
from unittest.mock import Mock

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad
from dlbook.functional.attention_masks import Masking, inverse_or_zero
from dlbook.functional.attention_tiles import (
    CAUSAL_ROWS,
    TILE,
    Dropping,
    are_small,
    tiles,
)

N, H, L, S, E, EV = 2, 3, 5, 4, 6, 3
BLOCKS = pytest.mark.parametrize("block_size", [None, 1, 3, 64])


def draw(*shapes, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return [
        Tensor(rng.standard_normal(shape).astype(dtype), requires_grad=True)
        for shape in shapes
    ]


def inputs(**options):
    return draw((N, H, L, E), (N, H, S, E), (N, H, S, EV), **options)


def composed(query, key, value, mask=None, scale=None):
    """Attention of operations on tensors, as the page shows it."""
    scores = query @ key.mT * (query.shape[-1] ** -0.5 if scale is None else scale)
    if mask is not None:
        scores = scores + mask
    return F.softmax(scores, axis=-1) @ value


def gradients(output, tensors):
    grad = np.random.default_rng(9).standard_normal(output.shape)
    output.backward(grad.astype(output.dtype))
    found = [tensor.grad for tensor in tensors]
    for tensor in tensors:
        tensor.grad = None
    return found


def assert_equal(first, second, tensors, rtol=1e-11):
    np.testing.assert_allclose(first.data, second.data, rtol=rtol, atol=1e-14)
    pairs = zip(gradients(first, tensors), gradients(second, tensors), strict=True)
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-13)


@BLOCKS
@pytest.mark.parametrize("scale", [None, 1.0, -0.3])
def test_fused_equals_composed(block_size, scale):
    tensors = inputs()
    options = {"scale": scale, "block_size": block_size}
    fused = F.scaled_dot_product_attention(*tensors, **options)
    assert_equal(fused, composed(*tensors, scale=scale), tensors)


@BLOCKS
def test_fused_equals_composed_with_an_added_mask(block_size):
    tensors = [*inputs(), *draw((H, L, S), seed=1)]
    fused = F.scaled_dot_product_attention(*tensors, block_size=block_size)
    assert_equal(fused, composed(*tensors), tensors)


@BLOCKS
@pytest.mark.parametrize(("queries", "keys"), [(5, 5), (5, 3), (3, 5), (150, 70)])
def test_causal_is_a_lower_triangle_from_the_first_query_and_key(
    block_size, queries, keys
):
    tensors = draw((2, queries, E), (2, keys, E), (2, keys, EV))
    seen = np.tri(queries, keys, dtype=bool)
    options = {"block_size": block_size}
    causal = F.scaled_dot_product_attention(*tensors, is_causal=True, **options)
    masked = F.scaled_dot_product_attention(*tensors, seen, **options)
    added = np.where(seen, 0.0, -np.inf)
    assert_equal(causal, masked, tensors)
    causal = F.scaled_dot_product_attention(*tensors, is_causal=True, **options)
    assert_equal(causal, composed(*tensors, Tensor(added)), tensors)


@BLOCKS
def test_a_later_key_changes_nothing(block_size):
    query, key, value = (t.data for t in draw((9, E), (9, E), (9, EV)))

    def attend():
        tensors = (Tensor(x) for x in (query, key, value))
        return F.scaled_dot_product_attention(
            *tensors, is_causal=True, block_size=block_size
        ).data

    before = attend()
    key[6:], value[6:] = 100.0, -50.0
    after = attend()
    np.testing.assert_allclose(after[:6], before[:6], rtol=1e-13)
    assert (after[6:] != before[6:]).all()


@BLOCKS
def test_one_key_gives_its_value_and_equal_keys_the_mean(block_size):
    query, key, value = draw((L, E), (1, E), (1, EV))
    options = {"block_size": block_size}
    output = F.scaled_dot_product_attention(query, key, value, **options)
    np.testing.assert_allclose(output.data, np.tile(value.data, (L, 1)), rtol=1e-15)
    value = draw((S, EV))[0]
    key = Tensor(np.tile(key.data, (S, 1)))
    output = F.scaled_dot_product_attention(query, key, value, **options)
    mean = value.data.mean(axis=0)
    np.testing.assert_allclose(output.data, np.tile(mean, (L, 1)), rtol=1e-13)


def test_the_order_of_keys_is_nothing_and_that_of_queries_is_kept():
    query, key, value = inputs()
    output = F.scaled_dot_product_attention(query, key, value).data
    order = [2, 0, 3, 1]
    shuffled = F.scaled_dot_product_attention(
        query, key[:, :, order], value[:, :, order]
    )
    np.testing.assert_allclose(shuffled.data, output, rtol=1e-13)
    order = [4, 1, 0, 3, 2]
    shuffled = F.scaled_dot_product_attention(query[:, :, order], key, value)
    np.testing.assert_allclose(shuffled.data, output[:, :, order], rtol=1e-13)


# --- rows that see nothing ----------------------------------------------------------


@BLOCKS
@pytest.mark.parametrize("kind", ["booleans", "floats"])
def test_a_row_that_sees_nothing_is_zero_and_causes_zero_gradients(block_size, kind):
    tensors = inputs()
    seen = np.ones((N, 1, L, S), bool)
    seen[0, 0, 2] = False
    mask = seen
    if kind == "floats":
        mask = Tensor(np.where(seen, 0.5, -np.inf), requires_grad=True)
    output = F.scaled_dot_product_attention(*tensors, mask, block_size=block_size)
    assert (output.data[0, :, 2] == 0).all()
    assert (output.data[1] != 0).all()
    grad = np.zeros(output.shape)
    grad[0, :, 2] = 1.0  # only what comes from the empty row
    output.backward(grad)
    for tensor in tensors + ([mask] if kind == "floats" else []):
        assert (tensor.grad == 0).all()


@BLOCKS
def test_nothing_is_seen_at_all(block_size):
    tensors = inputs()
    mask = np.zeros((L, S), bool)
    output = F.scaled_dot_product_attention(*tensors, mask, block_size=block_size)
    assert (output.data == 0).all()
    assert all((grad == 0).all() for grad in gradients(output, tensors))


@BLOCKS
def test_what_is_hidden_gets_no_gradient(block_size):
    query, key, value = inputs()
    mask = np.ones((N, 1, 1, S), bool)
    mask[0, ..., 2:] = False
    output = F.scaled_dot_product_attention(
        query, key, value, mask, block_size=block_size
    )
    _, grad_key, grad_value = gradients(output, [query, key, value])
    for grad in (grad_key, grad_value):
        assert (grad[0, :, 2:] == 0).all()
        assert (grad[0, :, :2] != 0).all()
        assert (grad[1] != 0).all()


@BLOCKS
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_scores_of_any_size_are_weighed_exactly(block_size, dtype):
    """Larger than exp can hold, just so large, and small; of either sign."""
    for size in (3.0, 10.0, 39.0, 41.0, 90.0, 700.0, 5000.0):
        for sign in (1.0, -1.0):
            query = np.full((2, 1), sign, dtype)
            key = np.array([[size], [size - sign]], dtype)
            value = np.array([[1.0], [0.0]], dtype)
            tensors = [Tensor(x) for x in (query, key, value)]
            output = F.scaled_dot_product_attention(
                *tensors, scale=1.0, block_size=block_size
            )
            difference = float(key[0, 0] - key[1, 0])
            exact = 1 / (1 + np.exp(-sign * difference))
            assert output.dtype == dtype
            np.testing.assert_allclose(output.data, exact, rtol=4 * np.finfo(dtype).eps)


@BLOCKS
def test_nan_and_infinity_come_out_as_nan(block_size):
    for bad in (np.nan, np.inf):
        query, key, value = (t.data for t in draw((L, E), (S, E), (S, EV)))
        query[1, 0] = bad
        tensors = (Tensor(x) for x in (query, key, value))
        output = F.scaled_dot_product_attention(*tensors, block_size=block_size).data
        assert np.isnan(output[1]).all()
        assert np.isfinite(output[[0, 2, 3, 4]]).all()
    added = np.zeros((L, S))
    added[3, 1] = np.inf
    output = F.scaled_dot_product_attention(
        *draw((L, E), (S, E), (S, EV)), added, block_size=block_size
    )
    assert np.isnan(output.data[3]).all()
    assert np.isfinite(output.data[:3]).all()


@BLOCKS
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_lowest_number_hides_as_minus_infinity_does(block_size, dtype):
    """Rows that see something; elsewhere the lowest number is a number like others."""
    tensors = inputs(dtype=dtype)
    seen = np.tri(L, S, dtype=bool)
    options = {"block_size": block_size}
    lowest = np.where(seen, 0, np.finfo(dtype).min).astype(dtype)
    output = F.scaled_dot_product_attention(*tensors, lowest, **options)
    exact = F.scaled_dot_product_attention(*tensors, seen, **options)
    rounding = 16 * np.finfo(dtype).eps
    np.testing.assert_allclose(output.data, exact.data, rtol=rounding, atol=rounding)
    row = np.full((L, S), np.finfo(dtype).min)
    output = F.scaled_dot_product_attention(*tensors, row, **options)
    assert np.isfinite(output.data).all()
    assert (output.data != 0).all()


# --- masks --------------------------------------------------------------------------


@BLOCKS
def test_a_mask_may_be_a_list_an_array_or_a_tensor_of_any_precision(block_size):
    query, key, value = inputs(dtype=np.float32)
    values = np.round(np.random.default_rng(1).standard_normal((L, S)), 1)
    exact = values.astype(np.float32)
    options = {"block_size": block_size}
    expected = F.scaled_dot_product_attention(query, key, value, exact, **options)
    for mask in (values, values.tolist(), Tensor(values)):
        output = F.scaled_dot_product_attention(query, key, value, mask, **options)
        assert output.dtype == np.float32
        np.testing.assert_array_equal(output.data, expected.data)
    mask = Tensor(values, requires_grad=True)
    output = F.scaled_dot_product_attention(query, key, value, mask, **options)
    output.backward(np.ones(output.shape, np.float32))
    assert mask.grad.dtype == np.float64
    assert query.grad.dtype == np.float32
    seen = np.random.default_rng(2).random((L, S)) < 0.6
    expected = F.scaled_dot_product_attention(query, key, value, seen, **options)
    for mask in (seen.tolist(), Tensor(seen)):
        output = F.scaled_dot_product_attention(query, key, value, mask, **options)
        np.testing.assert_array_equal(output.data, expected.data)


@BLOCKS
def test_a_broadcast_mask_is_the_same_as_one_spread_out(block_size):
    tensors = inputs()
    rng = np.random.default_rng(3)
    whole = (N, H, L, S)
    for shape in ((S,), (L, S), (H, 1, S), (N, 1, L, 1), (1, H, L, S), (1, 1, 1, 1)):
        mask = rng.standard_normal(shape)
        seen = rng.random(shape) < 0.7
        for given in (mask, seen):
            options = {"block_size": block_size}
            first = F.scaled_dot_product_attention(*tensors, given, **options)
            spread = np.broadcast_to(given, whole).copy()
            second = F.scaled_dot_product_attention(*tensors, spread, **options)
            np.testing.assert_array_equal(first.data, second.data)


@BLOCKS
def test_a_mask_of_keys_alone_without_a_batch(block_size):
    tensors = draw((L, E), (S, E), (S, EV))
    seen = np.array([True, False, True, False])
    for mask in (seen, np.where(seen, 0.0, -np.inf)):
        masked = F.scaled_dot_product_attention(*tensors, mask, block_size=block_size)
        query, key, value = tensors
        fewer = composed(query, key[::2], value[::2])
        np.testing.assert_allclose(masked.data, fewer.data, rtol=1e-13)


def test_a_mask_is_not_written_into():
    tensors, seen = inputs(), np.tri(L, S, dtype=bool)
    seen.flags.writeable = False
    F.scaled_dot_product_attention(*tensors, seen)
    np.testing.assert_array_equal(seen, np.tri(L, S, dtype=bool))


# --- dropout ------------------------------------------------------------------------


def test_dropout_keeps_the_mean_and_blocks_draw_the_same_mask():
    rng = np.random.default_rng(4)
    query, key, value = draw((40, E), (30, E), (30, EV))
    plain = F.scaled_dot_product_attention(query, key, value).data
    several = [
        F.scaled_dot_product_attention(query, key, value, dropout_p=0.3, rng=rng).data
        for _ in range(400)
    ]
    spread = np.std(several, axis=0) / math.sqrt(400)
    assert (np.abs(np.mean(several, axis=0) - plain) < 5 * spread).all()
    tensors = [query, key, value]
    for causal in (False, True):
        options = {"dropout_p": 0.3, "is_causal": causal}
        for size in (1, 7, 16, 100):
            first = F.scaled_dot_product_attention(*tensors, **options, rng=5)
            second = F.scaled_dot_product_attention(
                *tensors, **options, rng=5, block_size=size
            )
            assert_equal(first, second, tensors)


def test_dropout_draws_one_number_a_weight_in_order():
    # more score matrices than a tile holds, so that several draws go on
    shape = (3, 2, 200, 150)
    assert shape[2] * shape[3] * 2 < TILE < np.prod(shape)
    tensors = draw((3, 2, 200, E), (3, 2, 150, E), (3, 2, 150, EV))
    rng, ours = np.random.default_rng(6), np.random.default_rng(6)
    kept = rng.random(shape, np.float32) >= 0.4
    output = F.scaled_dot_product_attention(*tensors, dropout_p=0.4, rng=ours)
    query, key, value = tensors
    weights = F.softmax(query @ key.mT * E**-0.5) * Tensor(kept / 0.6) @ value
    assert_equal(output, weights, tensors)
    assert rng.bit_generator.state == ours.bit_generator.state


def test_a_weight_is_kept_from_the_very_probability_on():
    """Where the draw equals p: one weight in 2**24, too rare for the other tests."""
    generator = Mock()
    generator.random.return_value = np.array([0.25, 0.5, 0.75], np.float32)
    assert Dropping(0.5, generator).draw(3).tolist() == [False, True, True]
    generator.random.assert_called_once_with((3,), np.float32)


def test_without_dropout_nothing_is_drawn():
    rng = np.random.default_rng(7)
    before = rng.bit_generator.state
    F.scaled_dot_product_attention(*inputs(), rng=rng)
    assert rng.bit_generator.state == before


# --- groups of heads ----------------------------------------------------------------


@BLOCKS
def test_groups_of_heads_are_repeated_heads(block_size):
    query, key, value = draw((N, 6, L, E), (N, 2, S, E), (N, 3, S, EV))
    options = {"block_size": block_size}
    grouped = F.scaled_dot_product_attention(
        query, key, value, enable_gqa=True, **options
    )
    keys, values = (
        Tensor(np.repeat(x.data, 6 // x.shape[1], axis=1), requires_grad=True)
        for x in (key, value)
    )
    plain = F.scaled_dot_product_attention(query, keys, values, **options)
    np.testing.assert_array_equal(grouped.data, plain.data)
    mine = gradients(grouped, [query, key, value])
    others = gradients(plain, [query, keys, values])
    for ours, theirs in zip(mine, others, strict=True):
        heads = ours.shape[1]
        summed = theirs.reshape(N, heads, 6 // heads, *ours.shape[2:]).sum(axis=2)
        np.testing.assert_allclose(ours, summed, rtol=1e-12, atol=1e-14)


def test_enable_gqa_with_as_many_heads_changes_nothing():
    tensors = inputs()
    plain = F.scaled_dot_product_attention(*tensors)
    same = F.scaled_dot_product_attention(*tensors, enable_gqa=True)
    np.testing.assert_array_equal(plain.data, same.data)


# --- gradients, dtypes, tiles -------------------------------------------------------


@BLOCKS
@pytest.mark.parametrize("wanted", range(4))
def test_each_input_alone_gets_its_gradient(block_size, wanted):
    tensors = [*inputs(), *draw((L, S), seed=1)]
    options = {"block_size": block_size}
    whole = gradients(F.scaled_dot_product_attention(*tensors, **options), tensors)
    alone = [t if i == wanted else t.detach() for i, t in enumerate(tensors)]
    output = F.scaled_dot_product_attention(*alone, **options)
    grads = output._backward(np.random.default_rng(9).standard_normal(output.shape))
    for i, grad in enumerate(grads):
        if i == wanted:
            np.testing.assert_array_equal(grad, whole[i])
        else:
            assert grad is None


@BLOCKS
def test_float32_stays(block_size):
    tensors = inputs(dtype=np.float32)
    output = F.scaled_dot_product_attention(
        *tensors, scale=np.float64(0.3), dropout_p=0.5, rng=0, block_size=block_size
    )
    assert output.dtype == np.float32
    assert all(g.dtype == np.float32 for g in gradients(output, tensors))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "shape", [(1, 1, 1), (7, 5, 3), (64, 128, 128), (3, 700, 400), (2, 3, 70_000)]
)
def test_tiles_cover_every_score_that_is_seen_once(causal, shape):
    seen = np.zeros(shape, np.int8)
    masking = Masking(None, shape[:1], *shape[1:], causal=causal)
    for batch, rows, keys in tiles(masking):
        part = seen[batch, rows, keys]
        assert part.size <= max(TILE, keys.stop)
        assert not causal or len(part[0]) <= CAUSAL_ROWS
        part += 1
    assert seen.max() <= 1
    expected = np.tri(*shape[1:], dtype=bool) if causal else np.ones(shape[1:], bool)
    assert (seen[:, expected] == 1).all()


def test_a_tile_is_as_large_as_it_may_be():
    for shape, expected in (
        ((1, 3 * TILE, 1), (1, TILE)),
        ((3 * TILE, 1, 1), (TILE, 1)),
        ((9, 128, 128), (4, 128)),
    ):
        batch, rows, _ = next(tiles(Masking(None, shape[:1], *shape[1:], causal=False)))
        assert (batch.stop, rows.stop) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_maximum_is_left_out_only_where_no_score_can_be_large(dtype):
    for query, key in ((1.0, 1.0), (2.0, 0.5), (0.125, 8.0)):
        for size, small in ((0.99 * 40, True), (1.01 * 40, False)):
            arrays = np.array([[[query]]], dtype), np.array([[[key * size]]], dtype)
            assert are_small(*arrays) is small
    one = np.ones((2, 1, 1))
    assert are_small(one, 40 * one)  # the limit itself
    far = np.array([[[3.0]], [[50.0]]])  # a matrix beside another
    assert not are_small(one, far)
    assert not are_small(far, one)
    for bad in (np.nan, np.inf, 1e300):
        assert not are_small(one, bad * one)
    assert are_small(np.ones((0, 3, 1)), np.ones((0, 5, 1)))


@BLOCKS
def test_totals_in_half_precision_do_not_overflow(block_size):
    """exp(4.9) is 134, and 1000 times that is more than float16 holds."""
    query, key = np.full((1, 1), 7, np.float16), np.full((1000, 1), 0.7, np.float16)
    value = np.repeat(np.array([[1.0], [3.0]], np.float16), 500, axis=0)
    tensors = [Tensor(x) for x in (query, key, value)]
    output = F.scaled_dot_product_attention(*tensors, block_size=block_size)
    np.testing.assert_allclose(output.data, 2.0, rtol=0.01)


@pytest.mark.parametrize("options", [{}, {"is_causal": True}], ids=str)
def test_several_tiles_are_torchs(options):
    shapes = (3, 4, 190, E), (3, 4, 170, E), (3, 4, 170, EV)
    tensors = draw(*shapes)
    theirs = [torch.tensor(t.data, requires_grad=True) for t in tensors]
    for block_size in (None, 50):
        output = F.scaled_dot_product_attention(
            *tensors, **options, block_size=block_size
        )
        expected = torch.nn.functional.scaled_dot_product_attention(*theirs, **options)
        np.testing.assert_allclose(
            output.data, expected.detach().numpy(), rtol=1e-11, atol=1e-13
        )
        grad = np.random.default_rng(9).standard_normal(output.shape)
        expected.backward(torch.tensor(grad))
        for ours, other in zip(gradients(output, tensors), theirs, strict=True):
            np.testing.assert_allclose(ours, other.grad.numpy(), rtol=1e-9, atol=1e-12)
            other.grad = None


def test_the_inverse_of_no_total_is_zero_and_nan_stays():
    for dtype in (np.float32, np.float64):
        inverse = inverse_or_zero(np.array([0.0, 2.0, np.nan], dtype))
        assert inverse.dtype == dtype
        np.testing.assert_array_equal(inverse, [0.0, 0.5, np.nan])


def test_no_graph_without_gradients():
    with no_grad():
        assert not F.scaled_dot_product_attention(*inputs()).requires_grad
