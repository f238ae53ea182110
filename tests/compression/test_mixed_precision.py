"""Half precision emulated: numbers of the format, master weights of float32."""

import numpy as np
import pytest
import torch

from dlbook import functional, nn, optim
from dlbook.autograd import Tensor, no_grad
from dlbook.compression.float_formats import (
    BFLOAT16,
    FLOAT8_E5M2,
    FLOAT16,
    FLOAT32,
)
from dlbook.compression.loss_scaling import GradScaler, LossScaler
from dlbook.compression.mixed_precision import (
    MixedStep,
    mixed_precision,
    mixed_precision_step,
    round_tensor,
    round_weights_,
    rounded_results,
)
from dlbook.models import LeNet5
from dlbook.models.gpt import GPT

FORMATS = (FLOAT16, BFLOAT16, FLOAT8_E5M2)


def held(array, float_format):
    """Whether the format has every number."""
    return np.array_equal(array, float_format.round(array))


def network(rng):
    return nn.Sequential(nn.Linear(6, 5, rng=rng), nn.ReLU(), nn.Linear(5, 3, rng=rng))


def batch(rng):
    return rng.standard_normal((8, 6)).astype(np.float32), rng.integers(0, 3, 8)


def all_results(loss):
    found, waiting = [], [loss]
    while waiting:
        node = waiting.pop()
        if node.parents:
            found.append(node)
            waiting += node.parents
    return found


@pytest.mark.parametrize("float_format", FORMATS)
def test_results_and_gradients_are_numbers_of_the_format(float_format, rng):
    model, (x, y) = network(rng), batch(rng)
    with mixed_precision(model, float_format):
        loss = nn.CrossEntropyLoss()(model(Tensor(x)), y)
        results = all_results(loss)
        assert {node.op for node in results} >= {"round", "linear", "relu"}
        for node in results:
            if node.ndim:
                assert held(node.data, float_format), node.op
        (loss * 16.0).backward()
    for parameter in model.parameters():
        assert held(parameter.grad, float_format)
        assert parameter.grad.dtype == parameter.dtype == np.float32
        assert not held(parameter.data, float_format)  # the master weights


def test_a_single_number_such_as_a_loss_stays_float32():
    x = Tensor(np.float32([1.1, 1.2]))
    with rounded_results(FLOAT8_E5M2):
        total = x.sum()
        scaled = total * 1.01
    assert total.item() == x.data.sum()
    assert not held(scaled.data, FLOAT8_E5M2)


@pytest.mark.parametrize(
    ("float_format", "theirs"),
    [(FLOAT16, torch.float16), (BFLOAT16, torch.bfloat16)],
)
def test_forward_and_backward_are_torchs_half_precision(float_format, theirs, rng):
    # few digits, so that no sum has to be rounded before its end
    weight = rng.integers(-8, 9, (4, 6)).astype(np.float32) / 8
    x = rng.integers(-8, 9, (5, 6)).astype(np.float32) / 8
    grad = rng.integers(-8, 9, (5, 4)).astype(np.float32) / 8
    layer = nn.Linear(6, 4, bias=False)
    layer.weight.data[...] = weight + 2e-4  # rounded on the way in
    with mixed_precision(layer, float_format):
        y = functional.relu(layer(Tensor(x)))
        y.backward(grad)
    w = torch.tensor(layer.weight.data, requires_grad=True)
    z = torch.relu(torch.from_numpy(x).to(theirs) @ w.to(theirs).T)
    z.backward(torch.from_numpy(grad).to(theirs))
    np.testing.assert_array_equal(y.data, z.detach().float().numpy())
    np.testing.assert_array_equal(layer.weight.grad, w.grad.numpy())


def test_float16_of_numpy_itself_gives_the_same_element_by_element(rng):
    a, b = (rng.standard_normal(1000).astype(np.float16) for _ in range(2))
    x, y = (Tensor(v.astype(np.float32), requires_grad=True) for v in (a, b))
    native = [Tensor(v, requires_grad=True) for v in (a, b)]
    grad = rng.standard_normal(1000).astype(np.float16)
    with rounded_results(FLOAT16):
        ours = x * y * y + y
        ours.backward(grad.astype(np.float32))
    real = native[0] * native[1] * native[1] + native[1]
    real.backward(grad)
    np.testing.assert_array_equal(ours.data, real.data.astype(np.float32))
    # what comes out of the last product at x, which is a leaf, is rounded here
    np.testing.assert_array_equal(FLOAT16.round(x.grad), native[0].grad)


def test_everything_is_back_in_its_place_even_after_an_error(rng):
    model, before = network(rng), Tensor.from_op
    parameters = list(model.parameters())

    def fail():
        with mixed_precision(model):
            assert not list(model.parameters())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert Tensor.from_op is before
    for one, other in zip(model.parameters(), parameters, strict=True):
        assert one is other


def test_backward_after_the_block_is_the_same(rng):
    model, (x, y) = network(rng), batch(rng)

    def gradients(inside):
        model.zero_grad()
        with mixed_precision(model):
            loss = nn.CrossEntropyLoss()(model(Tensor(x)), y)
            if inside:
                loss.backward()
        if not inside:
            loss.backward()
        return [parameter.grad for parameter in model.parameters()]

    for one, other in zip(gradients(True), gradients(False), strict=True):
        np.testing.assert_array_equal(one, other)


class Keeping(nn.Module):
    """Parameters in a list and a dict, one shared, and an attribute that changes."""

    def __init__(self, rng):
        self.weights = [nn.Parameter(rng.standard_normal(3)) for _ in range(2)]
        self.named = {"a": nn.Parameter(rng.standard_normal(3)), "n": 1}
        self.shared = self.weights[0]
        self.calls = 0
        self.seen = {}

    def forward(self, x):
        self.calls += 1
        self.seen["last"] = [x, *self.weights, self.named["a"], self.shared]
        return (x * self.weights[0] + self.weights[1]) * self.named["a"] + self.shared


def test_parameters_in_containers_shared_ones_and_what_forward_keeps(rng):
    model = Keeping(rng)
    before = list(model.parameters())
    with mixed_precision(model):
        model(Tensor(np.ones(3))).backward(np.ones(3))
        copies = model.seen["last"]
        assert copies[1] is copies[4]  # one copy of a shared Parameter
        assert all(held(copy.data, FLOAT16) for copy in copies[1:])
    assert model.calls == 1  # what forward has set stays
    assert all(a is b for a, b in zip(model.parameters(), before, strict=True))
    first, second, a = copies[1].data, copies[2].data, copies[3].data
    np.testing.assert_allclose(model.weights[1].grad, FLOAT16.round(a))
    np.testing.assert_allclose(model.shared.grad, FLOAT16.round(a) + 1, rtol=1e-3)
    wanted = FLOAT16.round(FLOAT16.round(first) + second)
    np.testing.assert_array_equal(model.named["a"].grad, wanted)


def test_the_innermost_block_counts(rng):
    x = Tensor(rng.standard_normal(50).astype(np.float32))
    with rounded_results(FLOAT8_E5M2):
        with rounded_results(FLOAT32):
            fine = x * 1.0
        coarse = x * 1.0
    np.testing.assert_array_equal(fine.data, x.data)
    assert held(coarse.data, FLOAT8_E5M2)
    assert not held(fine.data, FLOAT8_E5M2)


def test_other_types_and_no_grad():
    with rounded_results(), no_grad():
        assert (Tensor([1, 2]) + 1).dtype == np.int64
        assert (Tensor([1.1]) > 1.0).data.dtype == bool
        assert held((Tensor([1.1]) * 1.0).data, FLOAT16)


def test_round_tensor_rounds_both_ways():
    x = Tensor(np.float32([1.0001, 1e-9]), requires_grad=True)
    y = round_tensor(x, FLOAT16)
    np.testing.assert_array_equal(y.data, [1.0, 0.0])
    y.backward(np.float32([1e-9, 1.0001]))
    np.testing.assert_array_equal(x.grad, [0.0, 1.0])


def test_scaling_saves_what_would_underflow(rng):
    x, y = batch(rng)
    lost, saved = (network(np.random.default_rng(1)) for _ in range(2))

    def tiny(output, targets):
        return nn.CrossEntropyLoss()(output, targets) * 1e-7

    for model, scale in ((lost, 1.0), (saved, 2.0**16)):
        optimizer = optim.SGD(model.parameters(), lr=1e6)
        done = mixed_precision_step(model, tiny, optimizer, LossScaler(scale), x, y)
        assert done.made
    start = network(np.random.default_rng(1))
    assert all(
        np.array_equal(a.data, b.data)
        for a, b in zip(lost.parameters(), start.parameters(), strict=True)
    )
    assert all(
        not np.array_equal(a.data, b.data)
        for a, b in zip(saved.parameters(), start.parameters(), strict=True)
    )


def test_overflow_is_left_out_and_the_scale_found(rng):
    model, (x, y) = network(rng), batch(rng)
    before = model.state_dict()
    optimizer, scaler = optim.SGD(model.parameters(), lr=0.1), GradScaler(2.0**24)
    loss = nn.CrossEntropyLoss()
    first = mixed_precision_step(model, loss, optimizer, scaler, x, y)
    assert isinstance(first, MixedStep)
    assert not first.made
    assert first.scale == 2.0**24
    assert np.isfinite(first.loss)
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    steps = [
        mixed_precision_step(model, loss, optimizer, scaler, x, y) for _ in range(12)
    ]
    assert steps[-1].made
    assert steps[-1].loss < first.loss
    assert scaler.skipped_steps == int(np.log2(2.0**24 / scaler.get_scale()))


def test_step_without_rounding_is_the_plain_step(rng):
    x, y = batch(rng)
    one, other = (network(np.random.default_rng(3)) for _ in range(2))
    loss = nn.CrossEntropyLoss()
    done = mixed_precision_step(
        one,
        loss,
        optim.SGD(one.parameters(), lr=0.1),
        LossScaler(64.0),
        x,
        y,
        float_format=FLOAT32,
    )
    optimizer = optim.SGD(other.parameters(), lr=0.1)
    value = loss(other(Tensor(x)), y)
    value.backward()
    optimizer.step()
    assert done == MixedStep(value.item(), True, 64.0)
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_inputs_are_rounded_and_old_gradients_forgotten(rng):
    x, _ = batch(rng)
    seen = []

    class Seeing(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(6, 3, rng=rng)

        def forward(self, inputs):
            seen.append(inputs)
            return self.layer(inputs)

    model = Seeing()
    for parameter in model.parameters():
        parameter.grad = np.full(parameter.shape, np.inf, np.float32)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    done = mixed_precision_step(
        model, lambda out, _: out.mean(), optimizer, LossScaler(), x, None
    )
    assert done.made
    np.testing.assert_array_equal(seen[0].data, FLOAT16.round(x))


def test_without_master_weights_small_steps_are_lost():
    layer = nn.Linear(1, 1, bias=False)
    layer.weight.data[...] = 1.0
    for _ in range(100):
        layer.weight.data -= 1e-4
        assert round_weights_(layer) is layer
    assert layer.weight.data.item() == 1.0  # each step is below half an epsilon
    for _ in range(100):
        layer.weight.data -= 1e-4
    assert round_weights_(layer, BFLOAT16).weight.data.item() == pytest.approx(
        0.99, abs=4e-3
    )
    assert layer.weight.dtype == np.float32


def test_lenet_learns(rng):
    model = LeNet5(rng=rng)
    x = rng.standard_normal((8, 1, 32, 32)).astype(np.float32)
    y = np.arange(8) % 10
    optimizer, scaler = optim.Adam(model.parameters(), lr=1e-3), GradScaler()
    losses = [
        mixed_precision_step(model, nn.CrossEntropyLoss(), optimizer, scaler, x, y).loss
        for _ in range(6)
    ]
    assert losses[-1] < losses[0] - 0.1


@pytest.mark.parametrize("float_format", [FLOAT16, BFLOAT16])
def test_gpt_learns_with_its_tied_weights(float_format, rng):
    model = GPT(11, context=6, width=8, num_layers=1, num_heads=2, rng=rng)
    tokens = rng.integers(0, 11, (4, 6))
    optimizer, scaler = optim.AdamW(model.parameters(), lr=1e-2), GradScaler()

    def loss(logits, targets):
        return functional.cross_entropy(logits.reshape(-1, 11), targets.reshape(-1))

    steps = [
        mixed_precision_step(
            model,
            loss,
            optimizer,
            scaler,
            tokens,
            tokens,
            float_format=float_format,
        )
        for _ in range(6)
    ]
    assert steps[-1].loss < steps[0].loss - 0.1
    assert all(p.grad.dtype == np.float32 for p in model.parameters())
