"""Public GPT-2 checkpoints: a small one of the same form, computed by its own code."""

import numpy as np
import pytest
import safetensors.torch
import torch
from torch.nn import functional as F

from dlbook import models, nn
from dlbook.models import GPT, load_gpt2, save_gpt2, save_safetensors
from tests.models.twin import close

V, T, D, LAYERS, HEADS = 13, 6, 8, 2, 2


def checkpoint(rng):
    """Return weights with the names, shapes and order of the published files.

    A layer is called Conv1D there, and y = x W + b with W (in, out).
    """

    def drawn(*shape):
        return torch.tensor(0.4 * rng.standard_normal(shape), dtype=torch.float32)

    arrays = {"wte.weight": drawn(V, D), "wpe.weight": drawn(T, D)}
    for layer in range(LAYERS):
        h = f"h.{layer}"
        arrays[f"{h}.ln_1.weight"], arrays[f"{h}.ln_1.bias"] = drawn(D), drawn(D)
        arrays[f"{h}.attn.bias"] = torch.ones(T, T).tril().view(1, 1, T, T)
        for name, inside, outside in (
            ("attn.c_attn", D, 3 * D),
            ("attn.c_proj", D, D),
            ("mlp.c_fc", D, 4 * D),
            ("mlp.c_proj", 4 * D, D),
        ):
            arrays[f"{h}.{name}.weight"] = drawn(inside, outside)
            arrays[f"{h}.{name}.bias"] = drawn(outside)
        arrays[f"{h}.ln_2.weight"], arrays[f"{h}.ln_2.bias"] = drawn(D), drawn(D)
    return arrays | {"ln_f.weight": drawn(D), "ln_f.bias": drawn(D)}


def scores_of(w, ids):
    """Compute GPT-2 from the checkpoint's arrays as OpenAI's code does."""

    def norm(x, name):
        return F.layer_norm(x, (D,), w[f"{name}.weight"], w[f"{name}.bias"])

    def conv1d(x, name):
        return x @ w[f"{name}.weight"] + w[f"{name}.bias"]

    def split(x):
        return x.unflatten(-1, (HEADS, D // HEADS)).transpose(1, 2)

    x = w["wte.weight"][ids] + w["wpe.weight"][: ids.shape[1]]
    for layer in range(LAYERS):
        h = f"h.{layer}"
        packed = conv1d(norm(x, f"{h}.ln_1"), f"{h}.attn.c_attn")
        q, k, v = (split(part) for part in packed.split(D, dim=-1))
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + conv1d(heads.transpose(1, 2).flatten(2), f"{h}.attn.c_proj")
        hidden = conv1d(norm(x, f"{h}.ln_2"), f"{h}.mlp.c_fc")
        x = x + conv1d(F.gelu(hidden, approximate="tanh"), f"{h}.mlp.c_proj")
    return norm(x, "ln_f") @ w["wte.weight"].T


def write(arrays, path):
    safetensors.torch.save_file(arrays, path, metadata={"format": "pt"})
    return path


def published(tmp_path, rng):
    return write(checkpoint(rng), tmp_path / "model.safetensors")


@pytest.mark.parametrize("prefix", ["", "transformer."])
@pytest.mark.parametrize("masks", ["none", "bias", "both"])
def test_a_checkpoint_gives_its_scores(prefix, masks, tmp_path, rng):
    arrays = checkpoint(rng)
    ids = rng.integers(0, V, (3, T))
    expected = scores_of({n: a.double() for n, a in arrays.items()}, torch.tensor(ids))
    if masks == "none":
        arrays = {n: a for n, a in arrays.items() if not n.endswith(".attn.bias")}
    if masks == "both":
        arrays["h.0.attn.masked_bias"] = torch.tensor(-1e4)
    named = {prefix + name: array for name, array in arrays.items()}
    model = load_gpt2(write(named, tmp_path / "x"), num_heads=HEADS)
    assert model.num_parameters() == V * D + T * D + 2 * (12 * D**2 + 13 * D) + 2 * D
    assert model.lm_head.weight is model.transformer.wte.weight
    assert model.context == T
    close(model.to(np.float64)(ids).data, expected, "scores")


def test_scores_with_weights_of_their_own_are_not_tied(tmp_path, rng):
    arrays = checkpoint(rng)
    arrays["lm_head.weight"] = arrays["wte.weight"].clone()
    model = load_gpt2(write(arrays, tmp_path / "x"), num_heads=HEADS)
    assert model.lm_head.weight is model.transformer.wte.weight
    arrays["lm_head.weight"] += 1
    model = load_gpt2(write(arrays, tmp_path / "x"), num_heads=HEADS)
    assert model.lm_head.weight is not model.transformer.wte.weight
    np.testing.assert_array_equal(model.lm_head.weight.data, arrays["lm_head.weight"])
    np.testing.assert_array_equal(
        model.transformer.wte.weight.data, arrays["wte.weight"]
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_other_sizes_become_float32(dtype, tmp_path, rng):
    arrays = {name: array.to(dtype) for name, array in checkpoint(rng).items()}
    model = load_gpt2(write(arrays, tmp_path / "x"), num_heads=HEADS)
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float32)}
    expected = arrays["h.1.mlp.c_fc.weight"].to(torch.float32).numpy().T
    np.testing.assert_array_equal(model.transformer.h[1].mlp.c_fc.weight.data, expected)


def test_a_loaded_model_trains_with_its_own_dropout(tmp_path, rng):
    """Weights begin blank, dropout must not."""
    path = published(tmp_path, rng)
    model = load_gpt2(path, num_heads=HEADS, dropout=0.2, rng=3)
    drops = [m for m in model.modules() if isinstance(m, nn.Dropout)]
    assert {drop.p for drop in drops} == {0.2}
    ids = rng.integers(0, V, (2, T))
    dropped = drops[0](model.transformer.wte(ids)).data == 0
    assert 0.1 < dropped.mean() < 0.35
    again = load_gpt2(path, num_heads=HEADS, dropout=0.2, rng=3)
    drops = [m for m in again.modules() if isinstance(m, nn.Dropout)]
    np.testing.assert_array_equal(
        drops[0](again.transformer.wte(ids)).data == 0, dropped
    )
    model.lm_head.weight.data[...] = 0  # no view of the file


def test_heads_are_64_wide_unless_said(tmp_path, rng):
    path = published(tmp_path, rng)
    with pytest.raises(ValueError, match="width 8 is no multiple of 64, the"):
        load_gpt2(path)
    model = GPT(5, context=3, width=128, num_layers=1, num_heads=4, rng=0)
    save_gpt2(model, tmp_path / "wide")
    assert load_gpt2(tmp_path / "wide").transformer.h[0].attn.num_heads == 2


def test_what_is_saved_is_the_published_form(tmp_path, rng):
    path = published(tmp_path, rng)
    model = load_gpt2(path, num_heads=HEADS)
    save_gpt2(model, tmp_path / "again")
    found = safetensors.torch.load_file(tmp_path / "again")
    expected = safetensors.torch.load_file(path)
    expected = {n: a for n, a in expected.items() if not n.endswith(".attn.bias")}
    assert sorted(found) == sorted(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)
    free = GPT(
        5, context=3, width=8, num_layers=1, num_heads=2, tie_weights=False, rng=rng
    )
    save_gpt2(free, tmp_path / "free")
    again = load_gpt2(tmp_path / "free", num_heads=2)
    for name, array in free.state_dict().items():
        np.testing.assert_array_equal(again.state_dict()[name], array)
    odd = GPT(5, context=3, width=7, num_layers=1, num_heads=1, rng=rng)
    save_gpt2(odd, tmp_path / "odd")
    assert load_gpt2(tmp_path / "odd", num_heads=1).num_parameters() == (
        odd.num_parameters()
    )


@pytest.mark.parametrize(
    "options",
    [
        {"bias": False},
        {"positions": "rotary"},
        {"attention_only": True},
        {"norm": "rms"},
        {"mlp_ratio": 2},
    ],
    ids=str,
)
def test_other_structures_are_not_saved_as_gpt2(options, tmp_path):
    model = GPT(5, context=3, width=8, num_layers=1, num_heads=2, **options)
    with pytest.raises(ValueError, match="save_gpt2: "):
        save_gpt2(model, tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_no_checkpoints_are_named(tmp_path, rng):
    path = tmp_path / "model"
    save_safetensors({"x": np.ones(3)}, path)
    with pytest.raises(ValueError, match=r"model: no matrix transformer\.wte\.weight"):
        load_gpt2(path)
    arrays = checkpoint(rng)
    for change, match in (
        ({"h.1.ln_2.bias": None}, r"missing: transformer\.h\.1\.ln_2\.bias"),
        ({"h.0.more": torch.ones(2)}, r"unexpected: transformer\.h\.0\.more"),
        (
            {"h.0.attn.c_attn.weight": torch.ones(3 * D, D)},
            r"wrong shape: transformer\.h\.0\.attn\.c_attn\.weight is \(8, 24\)",
        ),
        ({"wpe.weight": torch.ones(T)}, r"no matrix transformer\.wpe\.weight"),
        ({"transformer.ln_f.bias": torch.ones(D)}, "are both there, and are one"),
    ):
        changed = {n: a for n, a in (arrays | change).items() if a is not None}
        with pytest.raises(ValueError, match=match):
            load_gpt2(write(changed, path), num_heads=HEADS)
    ends = {n: a for n, a in arrays.items() if not n.startswith("h.")}
    with pytest.raises(ValueError, match=r"missing: transformer\.h\.0\.") as error:
        load_gpt2(write(ends, path), num_heads=HEADS)
    assert "transformer.h.1." not in str(error.value)
    with pytest.raises(FileNotFoundError):
        load_gpt2(tmp_path / "nowhere")
    path.write_bytes(b"")
    with pytest.raises(models.SafetensorsError, match="0 bytes"):
        load_gpt2(path)
