"""The machinery of the rows: each promise is broken once, and the breach noticed."""

import inspect
from functools import reduce

import numpy as np
import pytest
import torch

import tests.contracts.properties as contracts
from dlbook.autograd import GradientError, Tensor
from dlbook.compare import ParityError
from tests.contracts import (
    function_rows,
    layer_rows,
    optimizer_rows,
    rows,
    scheduler_rows,
)
from tests.contracts.completeness import missing_keywords, missing_names
from tests.contracts.inputs import away, distinct, exactly, labels
from tests.contracts.optimizers import gradients
from tests.contracts.row import Row

SHAPE = (3, 4)


def row(wrong, **options):
    """Return a row that calls `wrong` instead of tanh."""
    return Row("Tensor.tanh", "wrong", (SHAPE,), call=lambda f, x: wrong(x), **options)


def tanh(x, value=np.tanh, slope=lambda g, y: g * (1 - y * y)):
    y = value(x.data)
    return Tensor.from_op(y, (x,), lambda g: (slope(g, y),), "tanh")


def test_the_right_function_passes_all():
    for contract in contracts.CONTRACTS:
        contract(row(tanh))


@pytest.mark.parametrize("factor", [0, -1, 1 + 1e-8])
def test_a_wrong_value_is_noticed(factor):
    wrong = row(lambda x: tanh(x, lambda a: np.tanh(a) * factor))
    with pytest.raises(ParityError, match="output 0"):
        contracts.equals_torch_in_float64(wrong)


@pytest.mark.parametrize("factor", [0, -1, 1 + 1e-8])
def test_a_wrong_gradient_is_noticed(factor):
    wrong = row(lambda x: tanh(x, slope=lambda g, y: factor * g * (1 - y * y)))
    with pytest.raises(ParityError, match="gradient of input 0"):
        contracts.equals_torch_in_float64(wrong)


def test_a_gradient_that_a_sum_would_hide_is_noticed():
    def softmax_without_gradient(x):
        e = np.exp(x.data - x.data.max(-1, keepdims=True))
        p = e / e.sum(-1, keepdims=True)
        return Tensor.from_op(p, (x,), lambda g: (np.zeros_like(g),), "softmax")

    wrong = row(softmax_without_gradient, theirs=lambda x: x.softmax(-1))
    with pytest.raises(ParityError, match="gradient of input 0"):
        contracts.equals_torch_in_float64(wrong)
    with pytest.raises(GradientError):
        contracts.gradient_equals_finite_differences(wrong)


def test_a_missing_gradient_is_noticed():
    with pytest.raises(ParityError, match="only torch has one"):
        contracts.equals_torch_in_float64(row(lambda x: x.detach().tanh()))


def test_float64_where_float32_came_in_is_noticed():
    wrong = row(lambda x: tanh(x.astype(np.float64)))
    with pytest.raises(ParityError, match="float64"):
        contracts.equals_torch_in_float32(wrong)
    with pytest.raises(AssertionError):
        contracts.keeps_float32(wrong)


def test_writing_into_an_input_is_noticed():
    def writes(x):
        np.tanh(x.data, out=x.data)
        return Tensor.from_op(x.data, (x,), lambda g: (g,), "tanh")

    with pytest.raises(ValueError, match="read-only"):
        contracts.leaves_its_inputs_alone(row(writes))


def test_writing_into_the_gradient_is_noticed():
    def writes(g, y):
        g *= 1 - y * y
        return g

    with pytest.raises(ValueError, match="read-only"):
        contracts.leaves_its_inputs_alone(row(lambda x: tanh(x, slope=writes)))


def test_a_graph_that_nobody_wants_is_noticed():
    def keeps(x):
        out = tanh(x)
        out.parents = (x,)
        return out

    with pytest.raises(AssertionError):
        contracts.records_nothing_that_is_not_wanted(row(keeps))


def test_reading_memory_instead_of_the_array_is_noticed():
    def flat(g, y):
        g = np.ndarray(g.shape, g.dtype, g.base if g.base is not None else g)
        return g * (1 - y * y)

    with pytest.raises(ParityError):
        contracts.accepts_any_memory_layout(row(lambda x: tanh(x, slope=flat)))


def test_a_backward_that_uses_up_what_it_keeps_is_noticed():
    def uses_up(g, y):
        result = g * (1 - y * y)
        y[...] = 0
        return result

    with pytest.raises(AssertionError):
        contracts.backward_runs_again_on_a_kept_graph(
            row(lambda x: tanh(x, slope=uses_up))
        )


def test_a_warning_that_a_row_does_not_declare_is_an_error():
    silent = Row("Tensor.log", "of 0", (exactly(0.0),), smooth=False)
    with pytest.raises(RuntimeWarning, match="divide by zero"):
        contracts.equals_torch_in_float64(silent)


def test_names_without_rows_and_stale_exclusions_are_noticed():
    known = [Row("Tensor.sum", "all", (SHAPE,))]
    assert missing_names(["Tensor.sum"], known, {}) == set()
    assert missing_names(["Tensor.sum", "Tensor.new"], known, {}) == {"Tensor.new"}
    assert missing_names(["Tensor.sum"], known, {"Tensor.sum": "why"}) == {"Tensor.sum"}
    assert missing_names(["Tensor.sum"], known, {"Tensor.old": "why"}) == {"Tensor.old"}


def test_keywords_without_rows_are_noticed():
    plain = Row("Tensor.sum", "all", (SHAPE,), {"axis": None, "keepdims": False})
    assert missing_keywords([plain], {}) == {"Tensor.sum(axis)", "Tensor.sum(keepdims)"}
    full = Row("Tensor.sum", "axis", (SHAPE,), {"axis": 0, "keepdims": True})
    assert full.keywords == ("axis", "keepdims")
    assert missing_keywords([plain, full], {}) == set()


def test_each_row_runs_the_function_that_it_names():
    for each in function_rows():
        calls = []

        def counting(*args, each=each, calls=calls, **kwargs):
            calls.append(args)
            return each.function(*args, **kwargs)

        with np.errstate(all="ignore"):
            each.ours(*map(Tensor, each.arrays()), function=counting)
        reached = bool(calls) or " on the left" in each.case  # Python chooses there
        assert reached, f"{each} does not call {each.name}"


def test_torchs_names_exist():
    for record in rows():
        found = reduce(getattr, record["torch"].split(".")[1:], torch)
        assert found is not None


def test_records_cover_every_row():
    cases = sum(len(record["cases"]) for record in rows())
    every = (function_rows(), layer_rows(), optimizer_rows(), scheduler_rows())
    assert cases == sum(map(len, every))
    for record in rows():
        assert set(record) == {
            "family",
            "name",
            "torch",
            "cases",
            "keywords",
            "rtol",
            "rtol32",
        }


def test_makers_keep_what_they_promise():
    rng = np.random.default_rng(0)
    assert np.abs(away(50, kinks=(0.0, 1.0))(rng)[:, None] - [0.0, 1.0]).min() >= 0.05
    assert np.diff(np.sort(distinct(4, 5)(rng).ravel())).min() >= 0.25
    assert set(labels(3, 9)(rng)) == {0, 1, 2}


def test_gradients_of_the_optimizer_rows_span_six_decades():
    sizes = np.concatenate(
        [
            np.abs(g).ravel()
            for step in gradients(np.float64)
            for g in step
            if g is not None
        ]
    )
    assert np.log10(sizes.max() / np.percentile(sizes, 1)) > 6


def test_rows_do_not_depend_on_their_order():
    every = function_rows()
    assert np.array_equal(every[3].arrays()[0], every[3].arrays()[0])
    assert len({str(each) for each in every}) == len(every)
    assert all(inspect.isfunction(each.function) for each in every)
