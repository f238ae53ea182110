"""GPT at work: its cache, generation, the surprisals of a text, and the operations."""

from unittest.mock import patch

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import is_grad_enabled, no_grad
from dlbook.compression import add_lora
from dlbook.compression.quantization import (
    prepare,
    prepare_qat,
    quantize_dynamic,
    quantize_weights,
)
from dlbook.models import GPT, KeyValueCache
from tests.models.gpt_structures import BY_NAME, SIZES, ids_of, small


def assert_cache_gives_the_same(model, pieces, rng):
    ids = ids_of(rng)
    dtype = model.lm_head.weight.dtype
    near = 1e-12 if dtype == np.float64 else 1e-6
    whole, all_weights = model(ids, need_weights=True)
    largest = np.abs(whole.data).max()
    cache, start = KeyValueCache(), 0
    with no_grad():
        for steps in pieces:
            end = start + steps
            scores, weights = model(ids[:, start:end], cache, need_weights=True)
            assert scores.dtype == dtype
            error = np.abs(scores.data - whole.data[:, start:end])
            assert error.max() <= near * largest
            for ours, each in zip(weights, all_weights, strict=True):
                expected = each.data[:, :, start:end, :end]
                np.testing.assert_allclose(ours.data, expected, rtol=0, atol=near)
            start = cache.length
            assert start == end


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@BY_NAME
def test_a_cache_gives_what_reading_everything_again_does(structure, dtype, rng):
    assert_cache_gives_the_same(small(structure).to(dtype), [3, 1, 2, 3], rng)


@pytest.mark.parametrize("pieces", [[1] * 9, [9], [8, 1]], ids=str)
def test_a_cache_can_be_filled_in_any_pieces(pieces, rng):
    assert_cache_gives_the_same(small("rotary").to(np.float64), pieces, rng)


def test_a_caches_room_is_doubled_where_it_is_too_small(rng):
    model, cache = small(), KeyValueCache()
    assert cache.nbytes == 0
    with no_grad():
        for length, room in ((1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (9, 10)):
            model(ids_of(rng, length - cache.length), cache)
            assert cache.nbytes == 2 * 2 * 3 * 8 * 4 * room  # layers, N, D, bytes
        cache = KeyValueCache()
        model(ids_of(rng, 7), cache)
        assert cache.nbytes == 2 * 2 * 3 * 8 * 4 * 7
        cache.clear()
        assert cache.nbytes == cache.length == 0


def test_a_cleared_cache_starts_over(rng):
    model, cache, ids = small(), KeyValueCache(), ids_of(rng)
    with no_grad():
        model(ids_of(rng), cache)
        cache.clear()
        again = model(ids, cache)
    np.testing.assert_array_equal(again.data, model(ids).data)
    assert cache.length == 9


def counted(run):
    """Return the operations of all products of `run`, two for each pair of numbers."""
    total = 0
    linear, attend = F.linear, F.scaled_dot_product_attention

    def count_linear(x, weight, bias=None):
        nonlocal total
        total += 2 * x.size * len(weight)
        return linear(x, weight, bias)

    def count_attention(query, key, value, *args, **options):
        nonlocal total
        total += 2 * query.size * key.shape[-2] + 2 * query.size * value.shape[-2]
        return attend(query, key, value, *args, **options)

    with (
        patch.object(F, "linear", count_linear),
        patch.object(F, "scaled_dot_product_attention", count_attention),
    ):
        run()
    return total


@BY_NAME
def test_flops_are_those_of_the_products(structure, rng):
    model, cache = small(structure), KeyValueCache()
    with no_grad():
        ids = ids_of(rng, batch=1)
        found = counted(lambda: model(ids[:, :6], cache))
        assert model.flops(6) == found
        found = counted(lambda: model(ids[:, 6:8], cache))
        assert model.flops(2, past=6) == found


def test_flops_are_the_same_in_integers_and_on_the_way_there(rng):
    model = small()
    expected = model.flops(5, past=2)
    quantized = quantize_dynamic(model)
    watched, rounded = prepare(model), prepare_qat(model)
    partly = quantize_weights(model, skip=["lm_head"])
    for other in (quantized, watched, rounded, partly):
        assert other.flops(5, past=2) == expected
    with no_grad():
        quantized(ids_of(rng, batch=1)[:, :5])


def test_flops_count_the_base_of_lora_once():
    model = small()
    expected = model.flops(6)
    add_lora(model, 3)
    assert model.flops(6) == expected


@pytest.mark.parametrize("structure", ["gpt2", "rotary", "sinusoidal"])
def test_the_cache_changes_no_token(structure, rng):
    model = small(structure)
    for prompt in (ids_of(rng, 3), ids_of(rng, 1, 1)[0], ids_of(rng, 14)):
        tokens = [
            model.generate(prompt, 25, slide=True, use_cache=use, rng=2, top_k=5)
            for use in (True, False)
        ]
        np.testing.assert_array_equal(*tokens)
        assert tokens[0].shape == (*prompt.shape[:-1], 25)
        assert tokens[0].dtype == np.int64


def test_greedy_tokens_are_the_largest_scores(rng):
    model, prompt = small(), ids_of(rng, 4)
    added = model.generate(prompt, 6, temperature=0)
    text = np.concatenate([prompt, added], axis=1)
    assert text.shape == (3, 10)  # the last token is never read
    best = model(text[:, :9]).data.argmax(axis=-1)
    np.testing.assert_array_equal(best[:, 3:], added)
    alone = model.generate(prompt[1], 6, temperature=0)
    np.testing.assert_array_equal(alone, added[1])


class Reader(GPT):
    """A GPT that notes what it is given to read."""

    def forward(self, ids, cache=None, **options):
        assert not self.training
        assert not is_grad_enabled()
        self.seen.append(ids[0].tolist())
        return super().forward(ids, cache, **options)


def test_a_text_that_slides_is_read_from_the_middle_of_the_context():
    model = Reader(11, **SIZES | {"context": 4}, rng=0)
    for use_cache in (True, False):
        model.seen = []
        text = [3, 1, *model.generate([3, 1], 7, slide=True, use_cache=use_cache)]
        starts = [0, 0, 0, 3, 3, 3, 6]
        ends = [2, 3, 4, 5, 6, 7, 8]
        if use_cache:
            starts = [0, 2, 3, 3, 5, 6, 6]
        expected = [text[a:b] for a, b in zip(starts, ends, strict=True)]
        assert model.seen == expected
    assert model.training


def test_a_long_prompt_is_read_from_its_end():
    model = Reader(11, **SIZES | {"context": 4}, rng=0)
    model.seen = []
    model.generate([1, 2, 3, 4, 5, 6], 1, slide=True)
    assert model.seen == [[3, 4, 5, 6]]
    model = Reader(11, **SIZES | {"context": 1}, rng=0)
    model.seen = []
    text = model.generate([1, 2], 3, slide=True)
    assert model.seen == [[2], [text[0]], [text[1]]]


def test_generation_may_fill_the_context_and_one_more():
    model = small()
    assert model.generate([1, 2], 8).shape == (8,)
    assert model.generate([1] * 9, 1).shape == (1,)
    assert model.generate([1] * 20, 0).shape == (0,)
    assert model.generate([[1], [2]], 0).shape == (2, 0)
    with pytest.raises(
        ValueError, match=r"prompt of 2 tokens and 9 new .* of 9; slide"
    ):
        model.generate([1, 2], 9)


def test_a_prompt_in_few_bytes_gives_the_same_text():
    model = GPT(300, **SIZES, rng=0)
    few = np.array([1, 2], np.uint8)
    expected = model.generate([1, 2], 8, rng=0)
    assert expected.max() > 255
    np.testing.assert_array_equal(model.generate(few, 8, rng=0), expected)


def test_a_seed_decides_the_text():
    model = small(dropout=0.5)
    one, again, other = (model.generate([1], 8, rng=s) for s in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    for options in ({"top_k": 1}, {"top_p": 1e-6}, {"temperature": 1e-6}):
        greedy = model.generate([1], 8, temperature=0)
        np.testing.assert_array_equal(model.generate([1], 8, **options), greedy)
    assert model.training
    assert is_grad_enabled()


def surprisals_one_by_one(model, text, stride):
    """Score each token in the first window that may score it."""
    nats = [np.log(11)]
    for place in range(1, len(text)):
        start = 0
        while place - start > model.context:
            start += stride
        start = max(0, min(start, len(text) - 1 - model.context))
        log_p = F.log_softmax(model(text[np.newaxis, start:place])).data[0, -1]
        nats.append(-log_p[text[place]])
    return np.array(nats)


@pytest.mark.parametrize("stride", [1, 4, 9])
@pytest.mark.parametrize("length", [1, 2, 9, 10, 11, 14, 31])
def test_surprisals_are_those_of_the_windows(length, stride, rng):
    model = small().to(np.float64)
    text = rng.integers(0, 11, length)
    found = model.surprisals(text, stride=stride, batch_size=2)
    assert found.dtype == np.float64
    expected = surprisals_one_by_one(model, text, stride)
    # in the last window tokens are scored again, with other tokens before them
    doubtful = max(0, length - stride) if length > 10 else length
    np.testing.assert_allclose(found[:doubtful], expected[:doubtful], rtol=1e-10)
    last = surprisals_one_by_one(model, text[-10:], stride)
    if length > 10:
        np.testing.assert_allclose(found[-stride:], last[-stride:], rtol=1e-10)


def test_a_context_is_read_before_the_text(rng):
    model = small()
    text = rng.integers(0, 11, 30)
    whole = model.surprisals(text, stride=1)
    found = model.surprisals(text[20:], context=text[:20], stride=1)
    np.testing.assert_allclose(found, whole[20:], rtol=1e-4)
    np.testing.assert_array_equal(
        found, model.surprisals(text[20:], context=text[11:20], stride=1)
    )
    assert found[0] != np.log(11)
    default = model.surprisals(text)
    np.testing.assert_array_equal(default, model.surprisals(text, stride=5))
    even = small(context=8)
    np.testing.assert_array_equal(
        even.surprisals(text), even.surprisals(text, stride=4)
    )
    assert not np.allclose(default, whole)


def test_scoring_leaves_the_modes_as_they_were(rng):
    model = small(dropout=0.5)
    model.transformer.drop.eval()
    text = rng.integers(0, 11, 20)
    np.testing.assert_array_equal(model.surprisals(text), model.surprisals(text))
    assert model.training
    assert not model.transformer.drop.training
    assert is_grad_enabled()


def test_misused_caches_are_named(rng):
    model, cache = small(), KeyValueCache()
    with pytest.raises(RuntimeError, match="GPT: a cache passes no gradient on"):
        model(ids_of(rng), cache)
    with no_grad():
        model(ids_of(rng, 7), cache)
        with pytest.raises(
            ValueError, match="3 tokens after 7 in the cache do not fit into a con"
        ):
            model(ids_of(rng, 3), cache)
        with pytest.raises(
            ValueError, match="holds 3 sequences with 2 heads of 4, got 2"
        ):
            model(ids_of(rng, 1, 2), cache)
        with pytest.raises(TypeError, match="holds float32, got float64"):
            model.to(np.float64)(ids_of(rng, 1), cache)
        assert cache.length == 7
    with no_grad():
        cache = KeyValueCache()
        model = small()
        for _ in range(3):
            model(ids_of(rng, 1), cache)  # there is room for a fourth
        with pytest.raises(
            ValueError, match="holds 3 sequences with 2 heads of 4, got 1"
        ):
            model(ids_of(rng, 1, 1), cache)
        cache = KeyValueCache()
        model(ids_of(rng, 1, 1), cache)
        with pytest.raises(
            ValueError, match="holds 1 sequences with 2 heads of 4, got 2"
        ):
            model(ids_of(rng, 1, 2), cache)


def test_bad_calls_are_named():
    model = small()
    with pytest.raises(ValueError, match="GPT: prompt is empty"):
        model.generate([], 1)
    with pytest.raises(ValueError, match=r"expected \(T,\) or \(N, T\)"):
        model.generate(3, 1)
    with pytest.raises(TypeError, match="GPT: length must be an int, got float"):
        model.generate([1], 1.0)
    with pytest.raises(ValueError, match="top_k must be at least 1, got 0"):
        model.generate([1], 0, top_k=0)
    for name in ("use_cache", "slide"):
        with pytest.raises(TypeError, match=f"GPT: {name} must be True or False, got"):
            model.generate([1], 0, **{name: None})
    with pytest.raises(TypeError, match="GPT: need_weights must be True or False, got"):
        model([[1]], need_weights=1)
    with pytest.raises(ValueError, match="ids contains token 11"):
        model.surprisals([11])
    with pytest.raises(ValueError, match="context contains token -1"):
        model.surprisals([1], context=[-1])
    with pytest.raises(ValueError, match="stride must be at most the context, 9, got"):
        model.surprisals([1], stride=10)
    for name in ("stride", "batch_size"):
        with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
            model.surprisals([1], **{name: 0})
        with pytest.raises(TypeError, match=f"{name} must be an int, got float"):
            model.surprisals([1], **{name: 1.0})
    with pytest.raises(ValueError, match="GPT: length must be at least 1, got 0"):
        model.flops(0)
    with pytest.raises(ValueError, match="GPT: past must be at least 0, got -1"):
        model.flops(1, past=-1)
