"""Quantized models in files: they come back, and take the bytes of their integers."""

import json

import numpy as np
import pytest

from dlbook.autograd import Tensor, no_grad
from dlbook.compression.quantization.conversion import (
    calibrate,
    convert,
    prepare,
    quantize_dynamic,
    quantize_weights,
)
from dlbook.compression.quantization.quantized_files import (
    load_quantized,
    save_quantized,
)
from dlbook.compression.quantization.scheme import WEIGHTS, Scheme
from dlbook.models import GPT, LeNet5, load_safetensors, save_safetensors

IMAGES = np.random.default_rng(0).random((6, 1, 8, 8)).astype(np.float32)
IDS = np.random.default_rng(0).integers(0, 20, (2, 6))


def lenet(rng=0):
    return LeNet5(input_size=8, modern=True, rng=rng).eval()


def gpt(rng=0, **options):
    sizes = {"context": 8, "width": 8, "num_layers": 1, "num_heads": 2}
    return GPT(20, **sizes, rng=rng, **options).eval()


def static(model):
    prepared = prepare(model)
    calibrate(prepared, [IMAGES])
    return convert(prepared)


def scores(model, inputs):
    with no_grad():
        return model(Tensor(inputs) if inputs.dtype.kind == "f" else inputs).data


@pytest.mark.parametrize(
    ("make", "inputs", "quantize"),
    [
        (lenet, IMAGES, quantize_weights),
        (lenet, IMAGES, lambda m: quantize_weights(m, Scheme(3), skip=["fc3"])),
        (lenet, IMAGES, lambda m: quantize_dynamic(m, activation=Scheme(axis=0))),
        (lenet, IMAGES, static),
        (lenet, IMAGES, lambda m: m),
        (gpt, IDS, lambda m: quantize_weights(m, Scheme(4, group_size=4))),
        (gpt, IDS, quantize_dynamic),
    ],
)
def test_a_model_comes_back(make, inputs, quantize, tmp_path):
    model = quantize(make())
    save_quantized(model, tmp_path / "model")
    skeleton = make(rng=1)
    before = skeleton.state_dict()
    loaded = load_quantized(tmp_path / "model", skeleton)
    assert repr(loaded) == repr(model)
    assert np.array_equal(scores(loaded, inputs), scores(model, inputs))
    after = skeleton.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_the_size_is_that_of_the_integers(tmp_path):
    path = tmp_path / "model"
    model = lenet()
    floats = save_quantized(model, path)
    assert floats == path.stat().st_size
    header = floats - 4 * model.num_parameters()
    assert 0 < header < 1500
    weights = sum(p.size for n, p in model.named_parameters() if n.endswith("weight"))
    biases = model.num_parameters() - weights
    for bits in (8, 4, 2):
        scheme = Scheme(bits, symmetric=True, axis=0)
        size = save_quantized(quantize_weights(model, scheme), path)
        # a scale and a bias for each output; rows begin with a byte
        expected = weights * bits / 8 + 8 * biases
        assert 0 <= size - expected < 4000


def test_what_is_shared_is_written_once(tmp_path):
    path = tmp_path / "model"
    quantized = quantize_weights(gpt())
    save_quantized(quantized, path)
    names = set(load_safetensors(path))
    assert "transformer.wte.quantized.packed" in names
    assert not any(name.startswith("lm_head") for name in names)
    loaded = load_quantized(path, gpt(rng=1))
    assert loaded.lm_head.quantized is loaded.transformer["wte"].quantized
    assert save_quantized(gpt(), path) < save_quantized(gpt(tie_weights=False), path)


def saved(tmp_path, model):
    save_quantized(model, tmp_path / "model")
    return tmp_path / "model"


def test_another_structure(tmp_path):
    path = saved(tmp_path, quantize_weights(lenet()))
    with pytest.raises(ValueError, match=r"no layers \['conv1', .*'fc3'\]"):
        load_quantized(path, gpt())
    with pytest.raises(ValueError, match="wrong shape"):
        load_quantized(path, LeNet5(input_size=8, channels=(5, 16)))
    path = saved(tmp_path, quantize_weights(gpt()))
    with pytest.raises(ValueError, match=r"missing or unexpected.*bias"):
        load_quantized(path, gpt(bias=False))
    path = saved(tmp_path, quantize_weights(gpt(norm="none")))
    with pytest.raises(ValueError, match=r"missing or unexpected.*ln_1"):
        load_quantized(path, gpt())


def test_another_file(tmp_path):
    path = tmp_path / "other"
    save_safetensors({"x": np.ones(2)}, path)
    with pytest.raises(ValueError, match="not written by save_quantized"):
        load_quantized(path, lenet())
    metadata = {"format": "dlbook-quantized-1", "layers": json.dumps({})}
    save_safetensors({"x": np.ones(2)}, path, metadata=metadata)
    with pytest.raises(ValueError, match="missing or unexpected"):
        load_quantized(path, lenet())
    with pytest.raises(FileNotFoundError):
        load_quantized(tmp_path / "none", lenet())


def test_no_model(tmp_path):
    with pytest.raises(TypeError, match="must be a Module, got dict"):
        save_quantized(lenet().state_dict(), tmp_path / "model")


def test_a_static_grid_and_its_scheme_come_back(tmp_path):
    model = static(lenet())
    loaded = load_quantized(saved(tmp_path, model), lenet(rng=1))
    assert loaded.fc1.input_scale.data == model.fc1.input_scale.data
    assert loaded.fc1.activation == model.fc1.activation
    assert loaded.fc1.quantized.scheme == WEIGHTS
