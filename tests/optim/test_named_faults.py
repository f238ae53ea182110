"""Faults that implementations of optimizers really have: the rows notice each."""

import inspect
import textwrap

import pytest

from dlbook import optim
from tests.contracts import optimizer_rows
from tests.contracts.optimizer_properties import equals_torch_in_float64

FAULTS = {
    "no correction of the mean": [
        ("Adam", "lr * root_correction / (1 - beta1**step)", "lr * root_correction"),
        ("Adamax", "lr / (1 - beta1**step)", "lr"),
        ("NAdam", " / (1 - product * next_momentum)", ""),
        ("NAdam", "(1 - momentum) / (1 - product)", "(1 - momentum)"),
        ("RAdam", "lr / (1 - beta1**step)", "lr"),
    ],
    "no correction of the mean of squares": [
        ("Adam", "math.sqrt(1 - beta2**step)", "1.0"),
        ("NAdam", "math.sqrt(1 - beta2**step)", "1.0"),
        ("RAdam", " * math.sqrt(1 - beta2**step)", ""),
    ],
    "a correction too many": [
        ("RMSprop", "np.sqrt(square, out=scratch)", "np.sqrt(square / 0.01)"),
        ("Adadelta", "np.add(square, eps", "np.add(square / (1 - rho), eps"),
    ],
    "epsilon inside the root": [
        ("Adagrad", "np.sqrt(total, out=scratch)", "np.sqrt(total + eps) - eps"),
        ("Adam", "np.sqrt(square, out=scratch)", "np.sqrt(square + eps) - eps"),
        ("NAdam", "np.sqrt(square, ", "np.sqrt(square + eps, "),
        ("RAdam", "np.sqrt(square, out=scratch)", "np.sqrt(square + eps) - eps"),
        ("RMSprop", "np.sqrt(square, out=scratch)", "np.sqrt(square + eps) - eps"),
    ],
    "epsilon outside the root": [
        ("Adadelta", "np.add(square, eps", "np.add(square, 0"),
        ("Adadelta", "np.add(delta_square, eps", "np.add(delta_square, 1e-12"),
    ],
    "epsilon outside the maximum": [("Adamax", "size += eps", "pass")],
    "the step counted too late": [
        ("Adagrad", "(step - 1) * lr_decay", "step * lr_decay"),
        ("NAdam", "(step + 1) * momentum_decay", "step * momentum_decay"),
    ],
    "momentum before the scaling": [
        ("RMSprop", "velocity += direction", "velocity += gradient"),
    ],
}
CASES = [(fault, *where) for fault, places in FAULTS.items() for where in places]
COUPLED = 'decay and options.get("decoupled_weight_decay", False)'
SHARED = [
    ("decay coupled in place of decoupled", COUPLED, "False", "optim.AdamW"),
    ("decay coupled in place of decoupled", COUPLED, "False", "optim.NAdam"),
    ("decay coupled in place of decoupled", COUPLED, "False", "optim.RAdam"),
    ("decay decoupled in place of coupled", COUPLED, "decay", "optim.Adagrad"),
    ("decay decoupled in place of coupled", COUPLED, "decay", "optim.RMSprop"),
    ("decay not multiplied by lr", '1 - float(options["lr"]) *', "1 -", "optim.AdamW"),
    ("decay climbs, too", "np.subtract if", "np.add if", "optim.Adadelta"),
]


def with_fault(function, old, new):
    """Return a function with another source."""
    source = textwrap.dedent(inspect.getsource(function))
    assert old in source, f"{function.__qualname__} does not contain {old!r}"
    space = dict(function.__globals__)
    exec(source.replace(old, new), space)
    return space[function.__name__]


def is_noticed(name):
    """Whether some row of an optimizer now differs from torch."""
    for row in optimizer_rows():
        if row.name == name:
            try:
                equals_torch_in_float64(row)
            except (AssertionError, RuntimeWarning):
                return True
    return False


@pytest.mark.parametrize(("fault", "name", "old", "new"), CASES)
def test_a_fault_of_one_optimizer_is_noticed(monkeypatch, fault, name, old, new):
    kind = getattr(optim, name)
    monkeypatch.setattr(kind, "update", with_fault(kind.update, old, new))
    assert is_noticed(f"optim.{name}")


@pytest.mark.parametrize(("fault", "old", "new", "name"), SHARED)
def test_a_fault_of_the_weight_decay_is_noticed(monkeypatch, fault, old, new, name):
    right = optim.Optimizer.prepare_gradient
    monkeypatch.setattr(
        optim.Optimizer, "prepare_gradient", with_fault(right, old, new)
    )
    assert is_noticed(name)


@pytest.mark.parametrize("name", ["Adagrad", "NAdam"])
def test_the_right_source_passes_all(monkeypatch, name):
    kind = getattr(optim, name)
    monkeypatch.setattr(kind, "update", with_fault(kind.update, "lr", "lr"))
    assert not is_noticed(f"optim.{name}")
