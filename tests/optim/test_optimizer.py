"""Optimizer: groups, state, and what it refuses."""

import copy

import numpy as np
import pytest

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.optim import SGD, Optimizer


def parameters(n=2):
    params = [nn.Parameter(np.full(3, i + 1.0)) for i in range(n)]
    for parameter in params:
        parameter.grad = np.ones(3)
    return params


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ([], ValueError, "SGD: params is empty"),
        (iter([]), ValueError, "SGD: params is empty"),
        ([{"params": []}], ValueError, "group has no parameters"),
        (Tensor([1.0]), TypeError, "iterable of Tensors or of dicts, got Tensor"),
        ({"params": []}, TypeError, "iterable of Tensors or of dicts, got dict"),
        (3, TypeError, "iterable of Tensors or of dicts, got int"),
        ([np.ones(3)], TypeError, r"params\[0\] must be a Tensor, got ndarray"),
        ([{"lr": 0.1}], TypeError, 'must be a dict with "params"'),
        ([{"params": parameters()}, 3], TypeError, 'must be a dict with "params"'),
        ([nn.Parameter([1.0]) * 2], ValueError, r"params\[0\] is the result of mul"),
        (
            [{"params": parameters(), "learning_rate": 0.1}],
            ValueError,
            "unknown option learning_rate; options are lr, momentum",
        ),
    ],
)
def test_parameters_that_make_no_sense_are_refused(params, error, message):
    with pytest.raises(error, match=message):
        SGD(params)


def test_an_exhausted_iterator_is_noticed():
    model = nn.Linear(2, 2)
    iterator = model.parameters()
    SGD(iterator)
    with pytest.raises(ValueError, match="can be used only once"):
        SGD(iterator)


def test_a_parameter_twice_is_refused_within_and_across_groups():
    a, b = parameters()
    with pytest.raises(ValueError, match=r"params\[2\] appears twice"):
        SGD([a, b, a])
    with pytest.raises(ValueError, match=r"params\[0\] appears twice"):
        SGD([{"params": [a, b]}, {"params": [b]}])


def test_groups_have_options_of_their_own():
    a, b = parameters()
    optimizer = SGD([{"params": [a], "lr": 1.0}, {"params": [b]}], lr=0.5)
    optimizer.step()
    np.testing.assert_array_equal(a.data, 0)
    np.testing.assert_array_equal(b.data, 1.5)
    optimizer.param_groups[1]["lr"] = np.float64(1.5)  # as a schedule does
    optimizer.step()
    np.testing.assert_array_equal(b.data, 0)


def test_groups_can_be_added_later():
    a, b = parameters()
    optimizer = SGD([a], lr=0.5, momentum=0.9)
    optimizer.step()
    optimizer.add_param_group({"params": iter([b]), "lr": 1.0, "name": "late"})
    optimizer.step()
    np.testing.assert_array_equal(b.data, 1)
    assert optimizer.param_groups[1]["momentum"] == 0.9
    assert sorted(optimizer.state) == [0, 1]


def test_zero_grad_forgets_and_missing_gradients_are_skipped():
    a, b = parameters()
    optimizer = SGD([a, b], lr=1.0, momentum=0.9)
    optimizer.zero_grad()
    assert a.grad is None
    b.grad = np.ones(3)
    optimizer.step()
    np.testing.assert_array_equal(a.data, 1)
    np.testing.assert_array_equal(b.data, 1)
    assert list(optimizer.state) == [1]


def test_a_gradient_of_another_shape_is_refused():
    a, b = parameters()
    b.grad = np.ones(1)
    with pytest.raises(ValueError, match=r"parameter 1 has shape \(3,\).*\(1,\)"):
        SGD([a, b]).step()


def test_an_option_spoiled_between_steps_is_refused():
    optimizer = SGD(parameters())
    optimizer.param_groups[0]["lr"] = np.nan
    with pytest.raises(ValueError, match="lr must be finite"):
        optimizer.step()


def test_state_moves_to_a_new_optimizer_which_goes_on_alike():
    one, two = parameters(), parameters()
    first = SGD([{"params": one[:1]}, {"params": one[1:], "lr": 0.2}], momentum=0.9)
    first.step()
    second = SGD([{"params": two[:1]}, {"params": two[1:]}])
    for a, b in zip(one, two, strict=True):
        b.data[:] = a.data
    state = first.state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0], [1]]
    second.load_state_dict(state)
    state["state"][0]["momentum_buffer"][:] = 99  # a copy: changes neither
    for _ in range(3):
        first.step()
        second.step()
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda s: s["param_groups"].pop(), "0 parameter groups, expected 1"),
        (lambda s: s["param_groups"][0]["params"].pop(), "1 parameters, expected 2"),
        (lambda s: s["param_groups"][0].pop("lr"), "group 0 lacks lr"),
        (lambda s: s["param_groups"][0].update(lr=-1), "lr must be"),
        (
            lambda s: s["state"][1].update(momentum_buffer=np.ones(2)),
            r"momentum_buffer of parameter 1 has shape \(2,\), expected \(3,\)",
        ),
        (lambda s: s["state"].update({5: {}}), "state for parameter 5 of 2"),
    ],
)
def test_state_that_does_not_fit_is_refused_and_changes_nothing(spoil, message):
    optimizer = SGD(parameters(), momentum=0.9)
    optimizer.step()
    state = copy.deepcopy(optimizer.state_dict())
    spoil(state)
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state)
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    np.testing.assert_array_equal(
        after["state"][1]["momentum_buffer"], before["state"][1]["momentum_buffer"]
    )


def test_scratch_is_one_piece_of_memory_for_each_dtype():
    optimizer = SGD(parameters())
    large = optimizer.scratch(np.ones((4, 5)))
    small = optimizer.scratch(np.ones((2, 3)))
    assert small.shape == (2, 3)
    assert np.shares_memory(large, small)
    assert optimizer.scratch(np.ones(2, np.float32)).dtype == np.float32


def test_a_rule_without_update_says_so():
    class Nothing(Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

    with pytest.raises(NotImplementedError, match="Nothing does not check"):
        Nothing(parameters())

    class Half(Nothing):
        def check_options(self, options):
            pass

    with pytest.raises(NotImplementedError, match=r"Half does not define update\(\)"):
        Half(parameters()).step()


def test_repr_lists_the_options_of_each_group():
    text = repr(SGD(parameters(), lr=0.25))
    assert text.startswith("SGD (\nParameter Group 0\n    dampening: 0.0\n")
    assert "    lr: 0.25\n" in text
