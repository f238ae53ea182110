"""Every case agrees with torch, and is what its name says."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.compare import (
    OperationCase,
    ParityError,
    TrainingCase,
    all_cases,
    compare_case,
    compare_training,
    find_case,
)
from dlbook.compare.case import Run
from dlbook.compare.cases.backprop.autograd import (
    DigitsCase,
    EngineCase,
    ScalarEngineCase,
)
from dlbook.compare.cases.neurons.neuron import NeuronCase, PerceptronCase

CASES = all_cases()
OPERATIONS = [name for name, c in CASES.items() if isinstance(c, OperationCase)]
TRAININGS = [name for name, c in CASES.items() if isinstance(c, TrainingCase)]


def test_names_are_unique():
    from dlbook.compare.cases import PARTS

    assert len(CASES) == sum(len(part) for part in PARTS.values())
    assert len(OPERATIONS) + len(TRAININGS) == len(CASES)


@pytest.mark.parametrize("name", CASES)
def test_case_is_described(name):
    case = CASES[name]
    assert type(case).__doc__
    assert case.title
    assert case.bench_size in case.sizes
    assert all(len(size) == len(case.axes) for size in case.sizes)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_agrees_in_float64(name):
    parity = compare_case(name, device="cpu")
    assert parity.largest_difference < 1e-12
    inputs = sum(d.kind == "gradient" for d in parity.differences)
    assert inputs >= (name != "int8-product")  # integers have no gradient


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"scalar-engine"}))
def test_operation_agrees_in_float32(name):
    compare_case(name, dtype=np.float32, device="cpu")


def test_scalar_engine_refuses_float32():
    with pytest.raises(ValueError, match="float64"):
        compare_case(ScalarEngineCase, dtype=np.float32, device="cpu")


@pytest.mark.parametrize("name", TRAININGS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_training_agrees_on_generated_data(name, dtype):
    run = compare_training(
        name, size=CASES[name].sizes[0], dtype=dtype, device="cpu", generated=True
    )
    assert run.ours.losses.shape == run.theirs.losses.shape
    assert len(run.ours.losses) == CASES[name].units(CASES[name].sizes[0])
    assert run.largest_difference < (1e-10 if dtype == np.float64 else 1e-2)
    for name_, value in run.ours.weights.items():
        assert value.dtype == dtype, name_


@pytest.mark.parametrize("name", TRAININGS)
def test_training_leaves_the_initial_weights_alone(name):
    case = CASES[name]
    weights, batches = case.problem(
        case.sizes[0], np.float64, np.random.default_rng(0), generated=True
    )
    before = {key: value.copy() for key, value in weights.items()}
    case.ours(weights, batches)
    case.theirs(weights, batches)
    for key, value in before.items():
        np.testing.assert_array_equal(weights[key], value)


@pytest.mark.parametrize("name", TRAININGS)
def test_training_changes_every_weight(name):
    case = CASES[name]
    weights, batches = case.problem(
        case.sizes[0], np.float64, np.random.default_rng(0), generated=True
    )
    final = case.ours(weights, batches).weights
    assert final.keys() == weights.keys()
    for key, value in weights.items():
        assert not np.array_equal(final[key], value), key


def test_perceptron_is_rosenblatts_rule_and_separates_iris():
    result = compare_training(PerceptronCase, device="cpu")
    for name, value in result.ours.weights.items():
        np.testing.assert_allclose(result.theirs.weights[name], value, rtol=1e-12)
    # the last epoch makes no mistake
    assert (result.ours.losses[-100:] == 0).all()
    assert (result.ours.losses > 0).any()


@pytest.mark.parametrize("seed", range(3))
def test_digits_reach_95_percent_from_any_weights(seed):
    size = DigitsCase.bench_size
    weights, batches = DigitsCase.problem(size, np.float64, np.random.default_rng(seed))
    assert DigitsCase.test_accuracy(DigitsCase.ours(weights, batches).weights) >= 0.95


def test_digits_agree_with_torch():
    result = compare_training(DigitsCase, device="cpu")
    assert DigitsCase.test_accuracy(result.ours.weights) >= 0.95
    assert DigitsCase.test_accuracy(result.theirs.weights) >= 0.95
    assert result.largest_difference < 1e-10
    summary = repr(result)
    assert summary.startswith("equal to torch: 860 losses and 4,810 final weights")
    text = result._repr_markdown_()
    assert text.startswith(f"<details><summary>{summary}</summary>\n\n| step |")
    assert "| 860 |" in text
    assert "| final weight1 | 64 × 64 | float64 |" in text


def test_digits_test_set_is_no_part_of_the_training():
    training, test = DigitsCase.data()
    assert len(training) + len(test) == 1797
    again, _ = DigitsCase.data()
    np.testing.assert_array_equal(training.inputs, again.inputs)
    _, batches = DigitsCase.problem(
        DigitsCase.sizes[0], np.float64, np.random.default_rng(5)
    )
    seen = np.concatenate([inputs for inputs, _ in batches])
    known = {row.tobytes() for row in training.inputs}
    assert {row.tobytes() for row in seen} == known


def test_training_figure_shows_both_curves():
    result = compare_training(
        "digits", size=(64, 64, 10, 32, 1), device="cpu", generated=True
    )
    figure = result.figure()
    assert len(figure.axes[0].lines) == 2
    first, second = (line.get_ydata() for line in figure.axes[0].lines)
    np.testing.assert_array_equal(first, result.ours.losses)
    np.testing.assert_array_equal(second, result.theirs.losses)


class WrongStep(PerceptronCase):
    @staticmethod
    def ours(weights, batches):
        run = PerceptronCase.ours(weights, batches)
        return Run(run.losses, run.weights | {"bias": run.weights["bias"] + 1e-6})


class ShortRun(PerceptronCase):
    @staticmethod
    def ours(weights, batches):
        return PerceptronCase.ours(weights, batches[:-1])


class LostWeight(PerceptronCase):
    @staticmethod
    def ours(weights, batches):
        run = PerceptronCase.ours(weights, batches)
        return Run(run.losses, {"weight": run.weights["weight"]})


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (WrongStep, "final bias"),
        (ShortRun, "losses: shape"),
        (LostWeight, "final bias: only torch has one"),
    ],
)
def test_training_that_differs_is_found(case, message):
    with pytest.raises(ParityError, match=message):
        compare_training(case, device="cpu", generated=True)


class WrongNeuron(NeuronCase):
    @staticmethod
    def ours(x, weight, bias):
        return (x @ weight + bias).tanh()


class SeveralOutputs(NeuronCase):
    """The neuron, with what an LSTM has: an output, and a pair of states."""

    @staticmethod
    def ours(x, weight, bias):
        first = NeuronCase.ours(x, weight, bias)
        return first, (first * 2.0, first * 3.0)

    @staticmethod
    def theirs(x, weight, bias):
        first = NeuronCase.theirs(x, weight, bias)
        return first, (first * 2.0, first * 3.0)


class WrongSecondState(SeveralOutputs):
    @staticmethod
    def theirs(x, weight, bias):
        first = NeuronCase.theirs(x, weight, bias)
        return first, (first * 2.0, first * 4.0)


def test_an_operation_may_return_several_tensors():
    parity = compare_case(SeveralOutputs, device="cpu")
    names = [d.name for d in parity.differences if d.kind == "value"]
    assert names == ["output 0", "output 1.0", "output 1.1"]
    with pytest.raises(ParityError, match=r"output 1\.1"):
        compare_case(WrongSecondState, device="cpu")
    case = SeveralOutputs()
    for call in (
        case.our_call(case.sizes[0], np.float32),
        case.their_call(case.sizes[0], np.float32, "cpu"),
    ):
        call()
        call()


def test_operation_that_differs_is_found():
    with pytest.raises(ParityError, match="output"):
        compare_case(WrongNeuron, device="cpu")


def test_the_two_kinds_are_not_confused():
    with pytest.raises(TypeError, match="use compare_training"):
        compare_case("digits")
    with pytest.raises(TypeError, match="use compare_case"):
        compare_training("neuron")


def test_unknown_case_lists_the_known():
    with pytest.raises(KeyError, match="no case 'nuron'; there are neuron, perceptron"):
        find_case("nuron")


def test_engine_chain_has_three_hundred_operations():
    x, a = EngineCase.inputs((4,), np.float64, np.random.default_rng(0))
    result = EngineCase.ours(Tensor(x, requires_grad=True), Tensor(a))
    seen, todo = set(), [result]
    while todo:
        node = todo.pop()
        if id(node) not in seen and node.op != "leaf":
            seen.add(id(node))
            todo.extend(node.parents)
    assert len(seen) == EngineCase().units((4,))


@pytest.mark.parametrize("name", CASES)
def test_timed_calls_run_and_can_be_repeated(name):
    case = CASES[name]
    for call in (
        case.our_call(case.sizes[0], np.float32),
        case.their_call(case.sizes[0], np.float32, "cpu"),
    ):
        call()
        call()


@pytest.mark.parametrize("name", CASES)
def test_cost_is_positive_and_grows_with_the_size(name):
    case = CASES[name]
    costs = [case.cost(size) for size in case.sizes]
    if costs[0] is None:
        assert set(costs) == {None}
        return
    moved = [cost.moved for cost in costs]
    assert moved[0] > 0
    assert moved == sorted(moved)
    assert case.cost(case.sizes[0], np.float64).moved == 2 * moved[0]
