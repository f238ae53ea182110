"""Module: what it finds, what it refuses, how it saves, loads and prints itself."""

import copy

import numpy as np
import pytest
import torch

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.nn.module import IncompatibleKeys


class Everything(nn.Module):
    """One of each kind of attribute a module may have."""

    def __init__(self):
        self.layers = [nn.Linear(2, 3, rng=0), nn.Linear(3, 1, bias=False, rng=1)]
        self.branches = {"left": nn.Linear(1, 1, rng=2), "sizes": (4, 5)}
        self.nested = ([nn.ReLU()], (nn.Parameter([1.0]),))
        self.scale = nn.Parameter(np.ones(2, np.float32))
        self.count = nn.Buffer(np.zeros((), np.int64))
        self.cache = nn.Buffer([0.5], persistent=False)
        self.absent = None
        self.rate = 0.1

    def forward(self, x):
        return self.layers[0](x)


class Tied(nn.Module):
    def __init__(self):
        self.first = nn.Linear(2, 2, bias=False, rng=0)
        self.second = nn.Linear(2, 2, bias=False, rng=1)
        self.second.weight = self.first.weight
        self.again = self.first


def test_names_follow_the_order_of_assignment_module_by_module():
    model = Everything()
    assert [name for name, _ in model.named_parameters()] == [
        "nested.1.0",
        "scale",
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.weight",
        "branches.left.weight",
        "branches.left.bias",
    ]
    assert [name for name, _ in model.named_buffers()] == ["count", "cache"]
    assert [name for name, _ in model.named_children()] == [
        "layers.0",
        "layers.1",
        "branches.left",
        "nested.0.0",
    ]
    assert [name for name, _ in model.named_modules()] == [
        "",
        "layers.0",
        "layers.1",
        "branches.left",
        "nested.0.0",
    ]
    assert next(model.modules()) is model
    assert len(list(model.children())) == 4
    assert len(list(model.buffers())) == 2


def test_names_and_order_equal_torch_in_a_tree_of_buffers_and_parameters():
    class Ours(nn.Module):
        def __init__(self):
            self.late = nn.Linear(1, 1, rng=0)
            self.mean = nn.Buffer([0.0])
            self.gain = nn.Parameter([1.0])

    class Theirs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.late = torch.nn.Linear(1, 1)
            self.register_buffer("mean", torch.zeros(1))
            self.gain = torch.nn.Parameter(torch.ones(1))

    assert list(Ours().state_dict()) == list(Theirs().state_dict())
    ours = [name for name, _ in Ours().named_parameters()]
    assert ours == [name for name, _ in Theirs().named_parameters()]


def test_shared_parameters_and_modules_are_counted_once():
    model = Tied()
    assert model.num_parameters() == 4
    assert len(list(model.parameters())) == 1
    assert len(list(model.modules())) == 3
    assert list(model.state_dict()) == ["first.weight", "second.weight", "again.weight"]


def test_names_of_one_parameter_must_come_with_one_value():
    """Torch takes the last one; here nothing is loaded."""
    model = Tied()
    state = model.state_dict()
    before = state["first.weight"].copy()
    for name in ("second.weight", "again.weight"):
        changed = state | {name: before + 1}
        with pytest.raises(ValueError, match=f"first.weight and {name}, two names of"):
            model.load_state_dict(changed)
        with pytest.raises(ValueError, match="different values"):
            model.load_state_dict(
                {k: np.zeros(()) for k in (name, "first.weight")} | {name: np.ones(())},
                strict=False,
            )
        np.testing.assert_array_equal(model.first.weight.data, before)
    model.load_state_dict({name: np.full((2, 2), np.nan) for name in state})
    assert np.isnan(model.second.weight.data).all()
    model.load_state_dict({"again.weight": before}, strict=False)
    np.testing.assert_array_equal(model.first.weight.data, before)
    with pytest.raises(ValueError, match=r"wrong dtype: second\.weight is <U1"):
        model.load_state_dict(state | {"second.weight": np.full((2, 2), "a")})


def test_super_init_may_be_called_or_not():
    class Careful(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter([1.0])

    assert Careful().num_parameters() == 1


def test_a_module_that_contains_itself_is_refused():
    model = nn.Sequential(nn.ReLU())
    model.owner = model
    with pytest.raises(ValueError, match="owner: a Sequential contains itself"):
        list(model.parameters())


def test_a_set_of_layers_is_refused_and_a_set_of_numbers_is_not():
    model = nn.Module()
    model.sizes = {1, 2}
    assert list(model.parameters()) == []
    model.layers = {nn.ReLU()}
    with pytest.raises(TypeError, match="layers: a set has no order"):
        list(model.parameters())


@pytest.mark.parametrize("key", [1, "a.b"])
def test_dict_keys_that_are_no_names_are_refused(key):
    model = nn.Module()
    model.layers = {key: nn.ReLU()}
    with pytest.raises(TypeError, match="layers: a dict that holds layers needs str"):
        list(model.modules())


def test_a_missing_attribute_raises_attribute_error():
    with pytest.raises(AttributeError, match="weights"):
        nn.Linear(1, 1).weights  # noqa: B018


def test_an_array_cannot_replace_a_parameter_unnoticed():
    layer = nn.Linear(1, 1)
    with pytest.raises(TypeError, match=r"Linear.weight holds a Parameter.*ndarray"):
        layer.weight = np.zeros((1, 1))
    with pytest.raises(TypeError, match="takes a Parameter or None, got Tensor"):
        layer.bias = Tensor([0.0])
    layer.bias = None
    assert list(layer.state_dict()) == ["weight"]
    layer.weight = nn.Parameter([[2.0]])
    assert layer(Tensor([[3.0]])).item() == 6


def test_buffers_and_modules_keep_their_kind():
    model = Everything()
    with pytest.raises(TypeError, match="count holds a Buffer"):
        model.count = 3
    model.head = nn.ReLU()
    with pytest.raises(TypeError, match="head holds a Module and takes a Module"):
        model.head = np.tanh


def test_a_plain_tensor_that_wants_a_gradient_is_refused():
    model = nn.Module()
    with pytest.raises(TypeError, match="weight: no optimizer would find"):
        model.weight = Tensor([1.0], requires_grad=True)
    model.mask = Tensor([1.0])
    model.last = nn.Parameter([1.0]) * 2  # a result is no leaf: nothing is lost


def test_forward_is_missing():
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match="Empty does not define forward"):
        Empty()(1)


def test_call_passes_options_on():
    class Power(nn.Module):
        def forward(self, x, *, exponent):
            return x**exponent

    assert Power()(Tensor([3.0]), exponent=2).item() == 9


def test_train_and_eval_reach_every_module_and_return_self():
    model = Everything()
    assert model.training
    assert model.eval() is model
    assert not any(module.training for module in model.modules())
    assert model.train() is model
    assert all(module.training for module in model.modules())
    with pytest.raises(TypeError, match="mode must be True or False, got 'eval'"):
        model.train("eval")


def test_apply_visits_children_before_parents():
    visited = []
    model = nn.Sequential(nn.Sequential(nn.ReLU()), nn.Tanh())
    assert model.apply(lambda module: visited.append(type(module).__name__)) is model
    assert visited == ["ReLU", "Sequential", "Tanh", "Sequential"]


def test_zero_grad_and_requires_grad():
    model = Everything()
    for parameter in model.parameters():
        parameter.grad = np.ones_like(parameter.data)
    model.zero_grad()
    assert all(parameter.grad is None for parameter in model.parameters())
    model.layers[0].requires_grad_(False)
    assert model.num_parameters() == 17
    assert model.num_parameters(trainable_only=True) == 8
    assert model.layers[0].requires_grad_().weight.requires_grad


def test_to_converts_floats_and_gradients_and_leaves_integers():
    model = Everything()
    model.scale.grad = np.ones(2, np.float32)
    assert model.to(np.float64) is model
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float64)}
    assert model.scale.grad.dtype == np.float64
    assert model.cache.dtype == np.float64
    assert model.count.dtype == np.int64
    with pytest.raises(TypeError, match="floating-point dtype, got int32"):
        model.to(np.int32)


def test_parameters_and_buffers_own_their_memory():
    array = np.ones(2)
    parameter, buffer = nn.Parameter(array), nn.Buffer(array)
    parameter.data[:] = 5
    buffer.data[:] = 6
    np.testing.assert_array_equal(array, 1)
    assert nn.Parameter(Tensor(array)).data is not array


def test_parameters_take_floats_only_unless_frozen():
    with pytest.raises(TypeError, match="only floating-point tensors"):
        nn.Parameter([1, 2])
    assert not nn.Parameter([1.0], requires_grad=False).requires_grad
    assert nn.Parameter([1.0, 2.0]).dtype == np.float32


def test_state_is_a_snapshot_and_leaves_out_what_is_not_persistent():
    model = Everything()
    state = model.state_dict()
    assert "count" in state
    assert "cache" not in state
    model.scale.data[:] = 7
    np.testing.assert_array_equal(state["scale"], 1)


def test_state_round_trip_is_exact_and_keeps_dtype_and_memory():
    model, other = Everything(), Everything().to(np.float64)
    for parameter in other.parameters():
        parameter.data[...] = 0.3
    memory = model.scale.data
    assert model.load_state_dict(other.state_dict()) == IncompatibleKeys([], [])
    assert model.scale.data is memory
    assert model.scale.dtype == np.float32
    np.testing.assert_array_equal(model.scale.data, np.float32(0.3))


def test_torch_state_moves_both_ways():
    ours = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2, bias=False))
    theirs = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2, bias=False)
    )
    ours.load_state_dict(theirs.state_dict())
    for name, value in theirs.state_dict().items():
        np.testing.assert_array_equal(ours.state_dict()[name], value)
    tensors = {name: torch.tensor(v) for name, v in ours.state_dict().items()}
    theirs.load_state_dict(tensors)


def test_one_message_lists_all_that_does_not_fit_and_nothing_is_changed():
    model = Everything()
    before = model.state_dict()
    state = model.state_dict()
    del state["scale"]
    state["sclae"] = np.ones(2)
    state["layers.0.weight"] = np.ones((2, 3))
    state["count"] = np.array(1.5)
    with pytest.raises(ValueError, match="does not fit this Everything") as error:
        model.load_state_dict(state)
    for line in (
        "missing: scale",
        "unexpected: sclae",
        "wrong shape: layers.0.weight is (2, 3), expected (3, 2)",
        "wrong dtype: count is float64, expected int64",
    ):
        assert f"\n  {line}" in str(error.value)
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_not_strict_reports_names_and_still_refuses_shapes():
    layer = nn.Linear(2, 1)
    result = layer.load_state_dict({"weight": [[3.0, 4.0]], "x": 0}, strict=False)
    assert result.missing_keys == ["bias"]
    assert result.unexpected_keys == ["x"]
    np.testing.assert_array_equal(layer.weight.data, [[3, 4]])
    with pytest.raises(ValueError, match="wrong shape: weight"):
        layer.load_state_dict({"weight": [3.0, 4.0]}, strict=False)


def test_deepcopy_copies_the_parameters():
    model = Everything()
    twin = copy.deepcopy(model)
    twin.scale.data[:] = 9
    np.testing.assert_array_equal(model.scale.data, 1)
    assert list(twin.state_dict()) == list(model.state_dict())
    assert not twin.cache.persistent


def test_repr_shows_the_tree_and_the_number_of_parameters():
    model = nn.Sequential(nn.Linear(40, 30), nn.Sequential(nn.Linear(30, 1), nn.Tanh()))
    assert repr(model) == (
        "Sequential(\n"
        "  (0): Linear(in_features=40, out_features=30, bias=True)\n"
        "  (1): Sequential(\n"
        "    (0): Linear(in_features=30, out_features=1, bias=True)\n"
        "    (1): Tanh()\n"
        "  )\n"
        ")  # 1,261 parameters"
    )
    model[0].requires_grad_(False)
    assert repr(model).endswith("# 1,261 parameters, 1,230 frozen")
    assert repr(nn.ReLU()) == "ReLU()"
    assert repr(nn.Linear(1, 1, bias=False)).endswith("bias=False)  # 1 parameter")


def test_extra_repr_stands_above_the_children():
    class Block(nn.Module):
        def __init__(self):
            self.inner = nn.ReLU()

        def extra_repr(self):
            return "depth=1"

    assert repr(Block()) == "Block(\n  depth=1\n  (inner): ReLU()\n)"
