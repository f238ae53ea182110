"""LoRA: starts from the base, trains A and B alone, merges and comes back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import nn, optim
from dlbook.autograd import Tensor, check_gradients, no_grad
from dlbook.compression import LoRALinear, add_lora, lora_state_dict, merge_lora
from dlbook.models import GPT, LeNet5


def inputs(width=6, seed=0):
    values = np.random.default_rng(seed).standard_normal((5, width))
    return Tensor(values.astype(np.float32))


def filled(rank=2, seed=0, **options):
    layer = LoRALinear(nn.Linear(6, 4, rng=seed), rank, rng=seed, **options)
    layer.lora_B.data[...] = np.random.default_rng(seed).standard_normal((4, rank))
    return layer


def test_it_starts_from_the_base():
    base = nn.Linear(6, 4, rng=0)
    expected = base(inputs()).data
    layer = LoRALinear(base, 2, rng=0)
    np.testing.assert_array_equal(layer(inputs()).data, expected)
    assert layer.lora_A.shape == (2, 6)
    assert layer.lora_A.dtype == layer.lora_B.dtype == np.float32
    assert not layer.lora_B.data.any()
    assert not any(p.requires_grad for p in base.parameters())
    assert layer.alpha == 2
    many = LoRALinear(nn.Linear(100, 4, rng=0), 50, rng=0).lora_A.data
    assert np.abs(many).max() <= 0.1
    assert abs(many.std() - 0.1 / np.sqrt(3)) < 0.003
    double = LoRALinear(nn.Linear(6, 4, rng=0).to(np.float64), 2, rng=0)
    assert double(Tensor(np.ones((1, 6)))).dtype == np.float64


@given(
    rank=st.integers(1, 5),
    alpha=st.sampled_from([None, 1, 16.0]),
    seed=st.integers(0, 9),
)
def test_the_formula(rank, alpha, seed):
    layer = filled(rank, seed, alpha=alpha)
    x = inputs(seed=seed)
    scale = 1 if alpha is None else alpha / rank
    weight = layer.base.weight.data + scale * layer.lora_B.data @ layer.lora_A.data
    np.testing.assert_allclose(layer.weight.data, weight, atol=1e-6)
    expected = x.data @ weight.T + layer.bias.data
    np.testing.assert_allclose(layer(x).data, expected, atol=1e-5)
    assert layer(x).dtype == layer.weight.dtype == np.float32


def test_gradients():
    layer = filled().to(np.float64)
    x = Tensor(inputs().data.astype(np.float64), requires_grad=True)

    a = Tensor(layer.lora_A.data.copy(), requires_grad=True)
    b = Tensor(layer.lora_B.data.copy(), requires_grad=True)
    check_gradients(lambda x, a, b: _with(layer, x, a, b), x, a, b)


def _with(layer, x, a, b):
    vars(layer).update(lora_A=a, lora_B=b)
    return layer(x)


def test_merged_it_is_one_product_and_unmerged_the_base_to_the_last_bit():
    layer = filled(alpha=3.0).eval()
    before, expected = layer.base.weight.data.copy(), layer(inputs()).data
    layer.merge()
    merged = layer.base.weight.data.copy()
    layer.merge()  # adds nothing more
    assert layer.merged
    np.testing.assert_array_equal(layer.base.weight.data, merged)
    np.testing.assert_array_equal(layer.weight.data, merged)
    np.testing.assert_allclose(layer(inputs()).data, expected, atol=1e-5)
    np.testing.assert_array_equal(layer(inputs()).data, layer.base(inputs()).data)
    layer.train()
    with pytest.raises(RuntimeError, match="LoRALinear is merged"):
        layer(inputs())
    with no_grad():
        layer(inputs())
    layer.unmerge()
    layer.unmerge()
    assert not layer.merged
    np.testing.assert_array_equal(layer.base.weight.data, before)
    np.testing.assert_array_equal(layer(inputs()).data, expected)


def test_dropout_acts_on_the_addition_in_training_alone():
    layer = filled(dropout=1.0)
    np.testing.assert_array_equal(layer(inputs()).data, layer.base(inputs()).data)
    assert (layer.eval()(inputs()).data != layer.base(inputs()).data).any()
    half = filled(dropout=0.5)
    total = sum(half(inputs()).data.astype(np.float64) for _ in range(3000)) / 3000
    np.testing.assert_allclose(total, half.eval()(inputs()).data, atol=0.15)


def train(model, x, steps=5):
    optimizer = optim.Adam([p for p in model.parameters() if p.requires_grad], 0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        (model(x) ** 2).mean().backward()
        optimizer.step()


def test_nothing_but_the_additions_is_trained():
    model = LeNet5(input_size=8, rng=0)
    x = Tensor(np.random.default_rng(0).standard_normal((4, 1, 8, 8)).astype("f"))
    start, expected = model.state_dict(), model(x).data
    assert add_lora(model, 3, rng=0) == ["fc1", "fc2", "fc3"]
    np.testing.assert_array_equal(model(x).data, expected)
    sizes = [(120, 64), (84, 120), (10, 84)]
    assert model.num_parameters(trainable_only=True) == sum(3 * sum(s) for s in sizes)
    train(model, x)
    after = model.state_dict()
    for name, value in start.items():
        layer, _, kind = name.rpartition(".")
        same = name if name in after else f"{layer}.base.{kind}"
        np.testing.assert_array_equal(after[same], value)
    trained = model.eval()(x).data
    assert np.abs(trained - expected).max() > 1e-3
    additions = lora_state_dict(model)
    assert sum(a.size for a in additions.values()) == model.num_parameters(
        trainable_only=True
    )
    other = LeNet5(input_size=8, rng=1)
    other.load_state_dict(start)
    add_lora(other, 3, rng=5)
    other.load_state_dict(additions, strict=False)
    np.testing.assert_array_equal(other.eval()(x).data, trained)
    assert merge_lora(model) is model
    assert list(model.state_dict()) == list(start)
    np.testing.assert_allclose(model(x).data, trained, atol=1e-5)


def test_layers_by_name_and_what_is_trained_as_a_whole():
    model = LeNet5(input_size=8, rng=0)
    names = add_lora(model, 2, ["fc2"], train_also=["fc3", "conv1.bias"], rng=0)
    assert names == ["fc2"]
    trained = {n for n, p in model.named_parameters() if p.requires_grad}
    assert trained == {
        "fc2.lora_A",
        "fc2.lora_B",
        "fc3.weight",
        "fc3.bias",
        "conv1.bias",
    }


@pytest.mark.parametrize("rotary", [True, False])
def test_a_gpts_projections_by_the_last_part_of_their_name(rotary):
    options = {"positions": "rotary"} if rotary else {}
    model = GPT(11, context=8, width=8, num_layers=2, num_heads=2, rng=0, **options)
    ids = np.arange(6).reshape(1, 6)
    before = model(ids).data
    names = add_lora(model, 2, ["c_attn"], alpha=4, rng=0)
    assert len(names) == 2
    assert all(name.endswith("attn.c_attn") for name in names)
    np.testing.assert_allclose(model(ids).data, before, atol=1e-6)
    (model(ids) ** 2).mean().backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is not None) == ("lora_" in name), name


def test_one_generator_feeds_all_layers():
    models = [LeNet5(input_size=8, rng=0) for _ in range(2)]
    for model in models:
        add_lora(model, 2, rng=7, dropout=0.1)
    first, second = (m.fc1.lora_A.data for m in models)
    np.testing.assert_array_equal(first, second)
    assert (models[0].fc2.lora_A.data[:, :84] != models[0].fc3.lora_A.data).any()
    assert models[0].fc1.dropout == 0.1
    assert "rank=2, alpha=2, dropout=0.1" in repr(models[0])


def test_bad_input():
    base = nn.Linear(3, 2, rng=0)
    with pytest.raises(TypeError, match="base must be a Linear, got ReLU"):
        LoRALinear(nn.ReLU(), 1)
    with pytest.raises(ValueError, match="rank must be at least 1"):
        LoRALinear(base, 0)
    with pytest.raises(TypeError, match="alpha must be a number"):
        LoRALinear(base, 1, alpha="16")
    for p in (-0.1, 1.1):
        with pytest.raises(ValueError, match=r"dropout must lie in \[0, 1\]"):
            LoRALinear(base, 1, dropout=p)
    assert base.weight.requires_grad
    model = LeNet5(input_size=8, rng=0)
    for names, message in (
        (["conv1"], "'conv1' is no Linear layer; there are fc1, fc2, fc3"),
        (["c1"], "'c1' is no Linear layer"),
        ([], "no Linear layer inside"),
    ):
        with pytest.raises(ValueError, match=message):
            add_lora(model, 1, names)
    with pytest.raises(TypeError, match="got the str 'fc1'"):
        add_lora(model, 1, "fc1")
    with pytest.raises(TypeError, match="got the str 'fc3'"):
        add_lora(model, 1, train_also="fc3")
    with pytest.raises(ValueError, match="train_also: 'fc' is no layer"):
        add_lora(model, 1, train_also=["fc"])
    with pytest.raises(ValueError, match="is no Linear layer; there are none"):
        add_lora(nn.Sequential(nn.ReLU()), 1, ["fc"])
    for function in (merge_lora, lora_state_dict):
        with pytest.raises(ValueError, match="no LoRALinear inside"):
            function(model)
    with pytest.raises(ValueError, match="no LoRALinear inside"):
        merge_lora(LoRALinear(base, 1))
    fresh = LeNet5(input_size=8, rng=0)
    assert all(p.requires_grad for p in model.parameters())
    assert list(model.state_dict()) == list(fresh.state_dict())
