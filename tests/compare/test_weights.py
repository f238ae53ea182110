"""copy_weights moves weights both ways, all of them or none."""

import numpy as np
import pytest
import torch

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.compare import ParityError, compare_with_torch, copy_weights


def ours(seed=0):
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Linear(3, 5, rng=rng), nn.ReLU(), nn.Linear(5, 2, rng=rng))


def theirs(dtype=torch.float32):
    return torch.nn.Sequential(
        torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2)
    ).to(dtype)


def states_are_equal(our, their):
    state = their.state_dict()
    for name, value in our.state_dict().items():
        np.testing.assert_array_equal(value, state[name].numpy())
    return True


def test_to_torch():
    our, their = ours(), theirs()
    copy_weights(our, their)
    assert states_are_equal(our, their)


def test_from_torch():
    our, their = ours(), theirs()
    copy_weights(their, our)
    assert states_are_equal(our, their)


def test_memory_is_not_shared():
    our, their = ours(), theirs()
    copy_weights(our, their)
    before = our.state_dict()["0.weight"].copy()
    with torch.no_grad():
        their[0].weight.zero_()
    np.testing.assert_array_equal(our.state_dict()["0.weight"], before)


def test_modules_are_compared_with_their_parameters():
    our, their = ours(), theirs()
    copy_weights(our, their)
    x = np.random.default_rng(1).standard_normal((4, 3)).astype(np.float32)
    parity = compare_with_torch(our, their, x)
    assert {d.name for d in parity.differences} == {
        "output",
        "gradient of input 0",
        "gradient of 0.weight",
        "gradient of 0.bias",
        "gradient of 2.weight",
        "gradient of 2.bias",
    }
    # a second comparison starts from cleared gradients
    assert compare_with_torch(our, their, x) == parity


def test_a_wrong_parameter_gradient_is_found():
    class Wrong(nn.Linear):
        def forward(self, x):
            return x @ self.weight.T.detach() + self.bias

    our, their = Wrong(3, 2, rng=np.random.default_rng(0)), torch.nn.Linear(3, 2)
    copy_weights(our, their)
    x = np.ones((4, 3), np.float32)
    with pytest.raises(ParityError, match="gradient of weight: only torch has one"):
        compare_with_torch(our, their, x)


def test_modules_with_other_parameters_are_refused():
    x = np.ones((4, 3), np.float32)
    with pytest.raises(ParityError, match="parameters: ours are"):
        compare_with_torch(ours(), torch.nn.Linear(3, 2), x)
    with pytest.raises(ParityError, match="torch's side has none"):
        compare_with_torch(ours(), lambda a: a, x)


def test_other_names_are_refused():
    with pytest.raises(KeyError, match=r"source lacks .*weight"):
        copy_weights(ours(), torch.nn.Linear(3, 5))


def test_another_shape_or_type_is_refused_and_nothing_copied():
    our, wide = ours(), theirs()
    wide[2] = torch.nn.Linear(5, 3)
    before = wide[0].weight.detach().clone()
    with pytest.raises(ValueError, match=r"2\.weight: source has .*\(2, 5\)"):
        copy_weights(our, wide)
    assert torch.equal(wide[0].weight, before)
    with pytest.raises(ValueError, match=r"float32 .*target float64"):
        copy_weights(our, theirs(torch.float64))


def test_something_else_than_a_module_is_refused():
    with pytest.raises(TypeError, match="target must be a"):
        copy_weights(ours(), Tensor([1.0]))
