"""Whole models in integers: nothing is lost in 8 bits, and what is shared stays so."""

import numpy as np
import pytest

from dlbook import compression, nn, optim
from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad
from dlbook.compression.quantization.calibration import (
    MinMaxObserver,
    MSEObserver,
    PercentileObserver,
)
from dlbook.compression.quantization.conversion import (
    calibrate,
    convert,
    prepare,
    prepare_qat,
    quantize_dynamic,
    quantize_weights,
)
from dlbook.compression.quantization.prepared_layers import ObservedLayer, RoundedLayer
from dlbook.compression.quantization.quantized_layers import QuantizedLinear
from dlbook.compression.quantization.scheme import WEIGHTS, Scheme
from dlbook.models import GPT, LeNet5

IMAGES = np.random.default_rng(0).random((6, 1, 8, 8)).astype(np.float32)
IDS = np.random.default_rng(0).integers(0, 20, (2, 6))


def lenet():
    return LeNet5(input_size=8, modern=True, rng=0).eval()


def gpt(**options):
    sizes = {"context": 8, "width": 8, "num_layers": 1, "num_heads": 2}
    return GPT(20, **sizes, rng=0, **options).eval()


def scores(model, inputs=IMAGES):
    with no_grad():
        return model(Tensor(inputs) if inputs.dtype.kind == "f" else inputs).data


def static(model, batches=(IMAGES,), **options):
    prepared = prepare(model)
    calibrate(prepared, batches)
    return convert(prepared, **options)


def farthest(model, inputs, *ways):
    """Return the largest error, in shares of the largest score."""
    right = scores(model, inputs)
    error = max(np.abs(scores(way(model), inputs) - right).max() for way in ways)
    return error / np.abs(right).max()


def test_eight_bits_change_a_lenet_little():
    assert farthest(lenet(), IMAGES, quantize_weights, quantize_dynamic, static) < 0.02


def test_eight_bits_change_a_gpt_little():
    def calibrated(model):
        return static(model, [IDS])

    ways = (quantize_weights, quantize_dynamic, calibrated)
    assert farthest(gpt(), IDS, *ways) < 0.03


def test_the_model_in_floats_stays_as_it_is():
    model = lenet()
    before, modules = model.state_dict(), [type(m) for m in model.modules()]
    for change in (quantize_weights, quantize_dynamic, prepare, prepare_qat):
        change(model)
    assert [type(m) for m in model.modules()] == modules
    after = model.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_tied_weights_stay_tied():
    model = gpt()
    for quantized in (quantize_weights(model), static(model, [IDS])):
        table = quantized.transformer["wte"].quantized
        assert quantized.lm_head.quantized is table
    untied = quantize_weights(gpt(tie_weights=False))
    assert untied.lm_head.quantized is not untied.transformer["wte"].quantized
    rounded = prepare_qat(model)
    assert rounded.lm_head.layer.weight is rounded.transformer["wte"].layer.weight
    converted = convert(train_a_step(rounded, IDS[:, :-1], IDS[:, 1:]))
    assert converted.lm_head.quantized is converted.transformer["wte"].quantized


def test_a_gpt_generates_on_integers():
    model = gpt()
    quantized = quantize_dynamic(model, activation=Scheme(axis=0))
    tokens = quantized.generate(IDS[0, :3], 4, rng=0)
    assert np.array_equal(
        tokens, quantized.generate(IDS[0, :3], 4, rng=0, use_cache=False)
    )
    difference = quantized.surprisals(IDS[0]) - model.surprisals(IDS[0])
    assert 0 < np.abs(difference).max() < 0.1


@pytest.mark.parametrize("positions", ["rotary", "sinusoidal", "none"])
def test_other_gpts(positions):
    model = gpt(positions=positions)
    assert farthest(model, IDS, quantize_dynamic, quantize_weights) < 0.03


def test_skipped_layers_stay_and_can_be_quantized_otherwise():
    model = lenet()
    part = quantize_weights(model, Scheme(4, axis=0), skip=["conv1", "fc3"])
    assert type(part.conv1) is nn.Conv2d
    assert type(part.fc3) is nn.Linear
    assert part.conv2.quantized.scheme.bits == 4
    whole = quantize_weights(part)
    assert whole.fc3.quantized.scheme == WEIGHTS
    assert whole.conv2.quantized.scheme.bits == 4
    blocks = quantize_weights(gpt(), skip="transformer.h")
    kinds = {type(m) for m in blocks.transformer["h"].modules()}
    assert nn.Linear in kinds
    assert QuantizedLinear not in kinds
    assert isinstance(blocks.lm_head, QuantizedLinear)


def test_the_observer_of_the_weights():
    x = np.append(np.linspace(-1, 1, 999), 3).astype(np.float32).reshape(2, 500)
    layer = nn.Linear(500, 2, bias=False)
    layer.weight.data = x
    three_bits = Scheme(3)

    def error(model):
        return np.square(model.weight.data - x).sum()

    plain = quantize_weights(layer, three_bits)
    for change in (quantize_weights, quantize_dynamic):
        options = {"observer": lambda scheme: MSEObserver(scheme)}
        name = "scheme" if change is quantize_weights else "weight"
        better = change(layer, **{name: three_bits}, **options)
        assert error(better) < 0.9 * error(plain)
    prepared = prepare(layer, observer=MinMaxObserver)
    calibrate(prepared, [x])
    better = convert(prepared, weight=three_bits, observer=MSEObserver)
    assert error(better) < 0.9 * error(plain)


def test_static_grids_are_those_of_the_observers():
    prepared = prepare(
        lenet(),
        activation=Scheme(5),
        observer=lambda scheme: PercentileObserver(scheme, percentile=95),
    )
    assert isinstance(prepared.fc1, ObservedLayer)
    assert isinstance(prepared.fc1.observer, PercentileObserver)
    calibrate(prepared, [IMAGES[:3], Tensor(IMAGES[3:])])
    quantized = convert(prepared)
    for name in ("conv1", "conv2", "fc1", "fc2", "fc3"):
        scale, zero_point = getattr(prepared, name).observer.calculate_qparams()
        layer = getattr(quantized, name)
        assert layer.input_scale.data == scale
        assert layer.input_zero_point.data == zero_point
        assert layer.activation.bits == 5
        assert layer.mode() == "static"


def test_calibration_is_in_evaluation_mode_and_gives_the_mode_back():
    model = nn.Sequential(nn.Linear(64, 4, rng=0), nn.Dropout(0.5, rng=0)).train()
    model[1].eval()
    prepared = prepare(nn.Sequential(nn.Flatten(), model))
    modes = [m.training for m in prepared.modules()]
    assert not all(modes)
    calibrate(prepared, [IMAGES])
    assert [m.training for m in prepared.modules()] == modes
    assert prepared[1][0].observer.high.data == IMAGES.max()
    assert all(p.grad is None for p in prepared.parameters())


def train_a_step(model, inputs, targets, steps=1, lr=1e-2):
    model.train()
    optimizer = optim.Adam(model.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        x = Tensor(inputs) if inputs.dtype.kind == "f" else inputs
        output = model(x)
        loss = F.cross_entropy(
            output.reshape(-1, output.shape[-1]), Tensor(targets.ravel())
        )
        loss.backward()
        optimizer.step()
    model.loss = loss.item()
    return model.eval()


@pytest.mark.parametrize("activation", [Scheme(4), None])
def test_a_trained_model_is_converted_to_what_it_was_trained_as(activation):
    weight = Scheme(3, axis=0)
    rounded = prepare_qat(lenet(), weight=weight, activation=activation)
    assert isinstance(rounded.fc1, RoundedLayer)
    train_a_step(rounded, IMAGES, np.arange(6), steps=3)
    converted = convert(rounded)
    assert converted.fc1.quantized.scheme == weight
    np.testing.assert_allclose(scores(converted), scores(rounded), atol=1e-5)


def test_training_on_the_grid_learns():
    rounded = prepare_qat(lenet(), weight=Scheme(3, axis=0), activation=Scheme(4))
    first = train_a_step(rounded, IMAGES, np.arange(6)).loss
    last = train_a_step(rounded, IMAGES, np.arange(6), steps=60).loss
    assert last < 0.5 * first


def test_what_is_not_called_but_read_computes_with_floats():
    attention = nn.MultiheadAttention(8, 2, rng=0).eval()
    x = np.random.default_rng(0).standard_normal((3, 2, 8)).astype(np.float32)
    quantized = quantize_dynamic(attention)
    with no_grad():
        ours, _ = quantized(*[Tensor(x)] * 3)
        right, _ = attention(*[Tensor(x)] * 3)
    assert isinstance(quantized.out_proj, QuantizedLinear)
    assert np.abs(ours.data - right.data).max() < 0.02 * np.abs(right.data).max()


def masked():
    model = lenet()
    compression.l1_unstructured(model.fc1, "weight", 0.5)
    return model


def test_zeros_stay_zeros():
    model = masked()
    compression.remove(model.fc1, "weight")
    pruned = model.fc1.weight.data == 0
    for scheme in (WEIGHTS, Scheme(3, axis=0), Scheme(2, group_size=4)):
        quantized = quantize_weights(model, scheme, skip=["conv1", "conv2"])
        assert (quantized.fc1.weight.data[pruned] == 0).all()


PREPARED = prepare(lenet())


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: quantize_weights(nn.ReLU()), ValueError, "ReLU has no layer"),
        (lambda: quantize_weights("model"), TypeError, "must be a Module, got str"),
        (lambda: quantize_weights(lenet(), skip=["fc9"]), ValueError, "no module.*fc9"),
        (
            lambda: quantize_weights(lenet(), Scheme(group_size=7)),
            ValueError,
            "must divide the last axis",
        ),
        (
            lambda: quantize_weights(quantize_weights(lenet())),
            ValueError,
            "LeNet5 has no layer",
        ),
        (lambda: quantize_weights(PREPARED), ValueError, "conv1 is prepared already"),
        (lambda: quantize_weights(masked()), ValueError, "fc1: remove its masks"),
        (lambda: prepare(lenet(), activation=WEIGHTS), ValueError, "one grid"),
        (lambda: prepare_qat(lenet(), activation=WEIGHTS), ValueError, "one grid"),
        (lambda: convert(lenet()), ValueError, "has no layer"),
        (lambda: convert(PREPARED), RuntimeError, "convert: conv1: MinMaxObserver"),
        (lambda: calibrate(PREPARED, []), ValueError, "there is no batch"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()
