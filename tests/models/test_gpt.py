"""GPT: a twin in torch for every option, what it may see, and bad input."""

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook import models, nn, optim
from dlbook.autograd import Tensor
from dlbook.compare import copy_weights
from dlbook.models import GPT
from tests.models.gpt_structures import BY_NAME, SIZES, STRUCTURES, ids_of, small
from tests.models.torch_gpt import TorchGPT
from tests.models.twin import close


@pytest.mark.parametrize("need_weights", [False, True])
@BY_NAME
def test_scores_and_gradients_are_those_of_a_twin(structure, need_weights, rng):
    options = SIZES | STRUCTURES[structure]
    model = small(structure).to(np.float64)
    options["norm_kind"] = options.pop("norm", "layer")
    twin = TorchGPT(11, **options).double()
    assert [n for n, _ in model.named_parameters()] == [
        n for n, _ in twin.named_parameters()
    ]
    assert list(model.state_dict()) == list(twin.state_dict())
    copy_weights(model, twin)
    ids = ids_of(rng)
    expected = twin(torch.tensor(ids))
    if need_weights:
        scores, weights = model(ids, need_weights=True)
        for ours, block in zip(weights, twin.transformer.h, strict=True):
            close(ours.data, block.attn.weights, "weights")
    else:
        scores = model(Tensor(ids))
    close(scores.data, expected, "scores")
    grad_out = rng.standard_normal(scores.shape)
    scores.backward(grad_out)
    expected.backward(torch.tensor(grad_out))
    theirs = dict(twin.named_parameters())
    for name, parameter in model.named_parameters():
        close(parameter.grad, theirs[name].grad, f"gradient of {name}")


@BY_NAME
def test_no_score_depends_on_a_later_token(structure, rng):
    model, ids = small(structure), ids_of(rng)
    before = model(ids).data
    for changed in range(9):
        other = ids.copy()
        other[:, changed] = (other[:, changed] + 1) % 11
        after = model(other).data
        np.testing.assert_array_equal(after[:, :changed], before[:, :changed])
        assert (after[:, changed] != before[:, changed]).any()
        short = model(ids[:, : changed + 1]).data
        np.testing.assert_allclose(short, before[:, : changed + 1], atol=2e-5)


def test_without_positions_the_order_of_what_came_before_does_not_matter(rng):
    ids = ids_of(rng)
    other = np.concatenate([ids[:, :-1][:, ::-1], ids[:, -1:]], axis=1)
    for structure in ("gpt2", "sinusoidal", "rotary", "no positions"):
        model = small(structure, num_layers=1).to(np.float64)
        same = np.allclose(model(ids).data[:, -1], model(other).data[:, -1], atol=1e-12)
        assert same == (structure == "no positions")


def test_attention_weights_sum_to_one_and_see_nothing_later(rng):
    _, weights = small()(ids_of(rng), need_weights=True)
    for each in weights:
        assert each.shape == (3, 2, 9, 9)
        np.testing.assert_allclose(each.data.sum(-1), 1, rtol=1e-5)
        assert not np.triu(each.data, 1).any()


def test_one_parameter_has_two_names_and_both_gradients(rng):
    tied, free = small(), small("not tied")
    assert tied.lm_head.weight is tied.transformer.wte.weight
    assert free.num_parameters() - tied.num_parameters() == 11 * 8
    names = [name for name, _ in tied.named_parameters()]
    assert "transformer.wte.weight" in names
    assert "lm_head.weight" not in names
    state = tied.state_dict()
    np.testing.assert_array_equal(
        state["lm_head.weight"], state["transformer.wte.weight"]
    )
    free.load_state_dict(state)
    ids = ids_of(rng)
    for model in (tied, free):
        model(ids).sum().backward()
    total = free.transformer.wte.weight.grad + free.lm_head.weight.grad
    np.testing.assert_allclose(tied.lm_head.weight.grad, total, rtol=1e-4, atol=1e-4)
    again = small(rng=5)
    again.load_state_dict(state)
    assert again.lm_head.weight is again.transformer.wte.weight
    np.testing.assert_array_equal(again(ids).data, tied(ids).data)
    again.to(np.float64)
    assert again.lm_head.weight.dtype == np.float64


def test_an_optimizer_takes_one_step_with_the_tied_weight(rng):
    """Were it listed twice, SGD would take two."""
    model, ids = small(), ids_of(rng)
    before = model.lm_head.weight.data.copy()
    model(ids).sum().backward()
    gradient = model.lm_head.weight.grad
    optim.SGD(model.parameters(), lr=0.01).step()
    after = before - np.float32(0.01) * gradient
    np.testing.assert_allclose(model.lm_head.weight.data, after, rtol=1e-6)


@pytest.mark.parametrize("attention_only", [False, True])
def test_initial_values_are_gpt2s(attention_only):
    model = GPT(
        300,
        context=40,
        width=96,
        num_layers=8,
        num_heads=4,
        attention_only=attention_only,
        rng=0,
    )
    sums = 8 if attention_only else 16
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            assert not parameter.data.any()
        elif ".ln_" in name:
            assert (parameter.data == 1).all()
        else:
            std = 0.02 / sums**0.5 if name.endswith("c_proj.weight") else 0.02
            assert parameter.data.std() == pytest.approx(std, rel=0.06), name
            assert abs(parameter.data.mean()) < std / 10


def test_a_seed_decides_weights_and_dropout(rng):
    ids = ids_of(rng)
    one, again, other = (GPT(11, **SIZES, dropout=0.4, rng=s) for s in (1, 1, 2))
    for name, array in one.state_dict().items():
        np.testing.assert_array_equal(array, again.state_dict()[name])
    assert not np.array_equal(one.lm_head.weight.data, other.lm_head.weight.data)
    first = one(ids).data
    np.testing.assert_array_equal(first, again(ids).data)
    assert not np.array_equal(first, one(ids).data)


def test_dropout_acts_in_four_places_and_in_training_alone(rng):
    ids = ids_of(rng)
    model = small(dropout=0.3)
    drops = [m for m in model.modules() if isinstance(m, nn.Dropout)]
    assert len(drops) == 1 + 2 * 3
    assert {drop.p for drop in drops} == {0.3}
    plain = small()(ids).data
    model.eval()
    np.testing.assert_array_equal(model(ids).data, plain)
    for drop in drops:  # one at a time
        drop.train()
        assert not np.array_equal(model(ids).data, plain)
        drop.eval()
    model.train()
    _, weights = model(ids, need_weights=True)
    np.testing.assert_allclose(weights[1].data.sum(-1), 1, rtol=1e-5)


@BY_NAME
def test_dropout_is_the_same_with_and_without_weights(structure, rng):
    ids = ids_of(rng)
    plain = small(structure, dropout=0.4)(ids).data
    scores, _ = small(structure, dropout=0.4)(ids, need_weights=True)
    np.testing.assert_allclose(scores.data, plain, atol=1e-5)
    one = small(structure, dropout=0.4)
    one.eval()
    assert not np.allclose(one(ids).data, plain, atol=1e-2)


def test_everything_dropped_leaves_the_last_normalizations_bias(rng):
    model = small(dropout=1.0)
    expected = model.lm_head(model.transformer.ln_f.bias.unsqueeze(0)).data[0]
    scores = model(ids_of(rng)).data
    np.testing.assert_allclose(scores - expected, np.zeros_like(scores), atol=1e-5)


def test_counts():
    """By hand: V D + T D + L (12 D^2 + 13 D) + 2 D for GPT-2."""
    assert small().num_parameters() == 11 * 8 + 9 * 8 + 2 * (12 * 64 + 13 * 8) + 16
    attention = small("attention only").num_parameters()
    assert attention == 11 * 8 + 9 * 8 + 2 * (4 * 64 + 4 * 8 + 16) + 16
    assert small("rotary").num_parameters() == small().num_parameters() - 9 * 8
    assert small("no bias").num_parameters() == 11 * 8 + 9 * 8 + 2 * (12 * 64 + 16) + 8


@pytest.mark.slow
def test_gpt2_small_has_its_published_number_of_parameters():
    model = models.gpt2_small(rng=models.blank_rng())
    assert model.num_parameters() == 124_439_808
    assert model.context == 1024
    drops = [m.p for m in model.modules() if isinstance(m, nn.Dropout)]
    assert drops == [0.1] * 37


@pytest.mark.parametrize("positions", ["learned", "rotary", "sinusoidal"])
def test_it_learns_what_comes_after_what(positions):
    """After 0 1 comes 2, after 3 1 comes 0: one token of memory is not enough."""
    text = np.tile([0, 1, 2, 3, 1], 4)
    ids = np.stack([np.roll(text, -shift) for shift in range(5)])
    model = GPT(
        4,
        context=19,
        width=16,
        num_layers=1,
        num_heads=2,
        positions=positions,
        rng=0,
    )
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    for _ in range(80):
        scores = model(ids[:, :-1])
        loss = F.cross_entropy(scores.reshape(-1, 4), ids[:, 1:].ravel())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert model.surprisals(text)[2:].mean() < 0.05


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"context": 0}, ValueError, "GPT: context must be at least 1, got 0"),
        ({"width": 8.0}, TypeError, "GPT: width must be an int, got float"),
        ({"num_layers": 0}, ValueError, "GPT: num_layers must be at least 1"),
        ({"num_heads": 0}, ValueError, "GPT: num_heads must be at least 1"),
        ({"num_heads": 3}, ValueError, "width must be a multiple of num_heads, got 8"),
        ({"mlp_ratio": 0}, ValueError, "GPT: mlp_ratio must be at least 1, got 0"),
        ({"dropout": 1.5}, ValueError, r"dropout must lie in \[0, 1\], got 1.5"),
        ({"dropout": "half"}, TypeError, "dropout must be a number, got str"),
        ({"bias": 1}, TypeError, "bias must be True or False, got 1"),
        ({"tie_weights": None}, TypeError, "tie_weights must be True or False"),
        ({"attention_only": 2}, TypeError, "attention_only must be True or False"),
        ({"positions": "linear"}, ValueError, "positions must be one of .*'linear'"),
        ({"norm": "batch"}, ValueError, "norm must be one of .*, got 'batch'"),
        ({"positions": "rotary", "num_heads": 8}, ValueError, "rotary .* head has 1"),
        ({"positions": "sinusoidal", "width": 5, "num_heads": 1}, ValueError, "even"),
    ],
)
def test_bad_options_are_named(options, error, match):
    with pytest.raises(error, match=match):
        GPT(11, **SIZES | options)


def test_bad_vocabularies_are_named():
    with pytest.raises(ValueError, match="GPT: vocab_size must be at least 1, got 0"):
        GPT(0, **SIZES)


def test_bad_tokens_are_named(rng):
    model = small()
    for ids in ([1, 2], np.zeros((1, 0), int), np.zeros((1, 1, 1), int)):
        with pytest.raises(
            ValueError, match=r"GPT: ids has shape .*, expected \(N, T\)"
        ):
            model(ids)
    with pytest.raises(IndexError, match="index 11"):
        model([[11]])
    with pytest.raises(TypeError, match="must hold integers, got float64"):
        model(np.zeros((2, 1)))
    with pytest.raises(ValueError, match="10 tokens do not fit into a context of 9"):
        model(ids_of(rng, 10))
