"""compare_with_torch finds what is wrong, and says where."""

import numpy as np
import pytest
import torch

from dlbook.autograd import Tensor, stack
from dlbook.compare import Parity, ParityError, compare_with_torch
from dlbook.compare.difference import decade_above, difference


@pytest.fixture
def x():
    return np.random.default_rng(0).standard_normal((4, 3))


def operation(value, derivative):
    """Return an operation of one tensor with the value and the derivative given."""

    def apply(x):
        def backward(grad_out):
            return (derivative(grad_out, x.data),)

        return Tensor.from_op(value(x.data), (x,), backward, "planted")

    return apply


def softmax(x):
    exponentials = np.exp(x - x.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def test_equal_sides_give_one_difference_an_array(x):
    parity = compare_with_torch(lambda a: (a * a).tanh(), lambda a: (a * a).tanh(), x)
    assert [(d.name, d.kind, d.count) for d in parity.differences] == [
        ("output", "value", 12),
        ("gradient of input 0", "gradient", 12),
    ]
    assert parity.largest_difference < 1e-14


def test_wrong_value(x):
    with pytest.raises(ParityError, match=r"output: 12 of 12 differ .*at \[0, 0"):
        compare_with_torch(lambda a: a * 1.001, lambda a: a, x)


def test_one_wrong_element_is_found_and_located(x):
    wrong = operation(
        lambda a: a + 1e-8 * (np.arange(12).reshape(4, 3) == 7), lambda g, a: g
    )
    with pytest.raises(ParityError, match=r"output: 1 of 12 .*first at \[2, 1\]"):
        compare_with_torch(wrong, lambda a: a * 1, x)


def test_wrong_dtype(x):
    with pytest.raises(ParityError, match="output: type float64, torch's float32"):
        compare_with_torch(lambda a: a * 1.0, lambda a: a.float(), x)


def test_wrong_shape(x):
    with pytest.raises(ParityError, match=r"output: shape \(4, 3\), torch's \(12,\)"):
        compare_with_torch(lambda a: a * 1.0, lambda a: a.flatten(), x)


def test_wrong_gradient(x):
    wrong = operation(np.exp, lambda g, a: g * a)
    with pytest.raises(ParityError, match="gradient of input 0"):
        compare_with_torch(wrong, torch.exp, x)


def test_softmax_with_zero_gradient_is_found(x):
    # d/dx sum(softmax(x)) = 0: a check through .sum() would pass
    wrong = operation(softmax, lambda g, a: 0 * a)
    with pytest.raises(ParityError, match="gradient of input 0"):
        compare_with_torch(wrong, lambda a: torch.softmax(a, 1), x)


def test_missing_gradient_is_found(x):
    with pytest.raises(ParityError, match="only torch has one"):
        compare_with_torch(lambda a, b: a * 1.0, lambda a, b: a + 0 * b, x, x)


def test_output_cut_off_from_the_graph_is_found(x):
    with pytest.raises(ParityError, match="requires_grad is False, torch's True"):
        compare_with_torch(lambda a: (a * 2.0).detach(), lambda a: a * 2, x)


def test_changed_input_is_found(x):
    def changes(a):
        result = a * 2.0
        a.data += 1
        return result

    with pytest.raises(ParityError, match="input 0: our side changed it"):
        compare_with_torch(changes, lambda a: a * 2, x)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nonfinite_on_both_sides_is_refused_unless_asked_for(x, bad):
    x[1, 2] = bad
    with pytest.raises(ParityError, match=r"1 of 12 are not finite; first at \[1, 2\]"):
        compare_with_torch(lambda a: a * 1.0, lambda a: a * 1, x)
    compare_with_torch(lambda a: a * 1.0, lambda a: a * 1, x, equal_nonfinite=True)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(np.nan, 1.0), (1.0, np.nan), (np.inf, -np.inf), (np.inf, np.nan), (1.0, np.inf)],
)
def test_nonfinite_on_one_side_or_of_another_kind_never_passes(ours, theirs):
    pair = np.array([ours, 0.0]), np.array([theirs, 0.0])
    for equal_nonfinite in (False, True):
        with pytest.raises(ParityError, match="not finite"):
            difference("x", "value", *pair, equal_nonfinite=equal_nonfinite)


def test_integers_get_no_gradient_and_must_be_equal():
    logits = np.random.default_rng(0).standard_normal((3, 4))
    labels = np.array([[0], [3], [1]])
    parity = compare_with_torch(
        lambda a, i: a.gather(1, i), lambda a, i: a.gather(1, i), logits, labels
    )
    assert [d.name for d in parity.differences] == ["output", "gradient of input 0"]
    compare_with_torch(lambda a: a.argmax(axis=1), lambda a: a.argmax(1), logits)
    with pytest.raises(ParityError, match="output: 3 of 3 differ"):
        compare_with_torch(
            lambda a: a.argmax(axis=1), lambda a: a.argmax(1) + 1, logits
        )


@pytest.mark.parametrize("container", [tuple, list, dict])
def test_several_outputs_share_one_graph(x, container):
    def both(a):
        hidden = a * a
        pair = hidden.sum(), hidden * 3.0
        return (
            dict(zip("uv", pair, strict=True)) if container is dict else container(pair)
        )

    parity = compare_with_torch(both, both, x)
    keys = "uv" if container is dict else "01"
    names = [d.name for d in parity.differences]
    assert names == [f"output {k}" for k in keys] + ["gradient of input 0"]


def test_outputs_inside_outputs_are_compared(x):
    def states(a):
        return a * 1.0, (a * a, {"c": a * 3.0})

    def wrong(a):
        return a * 1.0, (a * a, {"c": a * 4.0})

    parity = compare_with_torch(states, states, x)
    names = [d.name for d in parity.differences if d.kind == "value"]
    assert names == ["output 0", "output 1.0", "output 1.1.c"]
    with pytest.raises(ParityError, match=r"output 1\.1\.c: \d+ of"):
        compare_with_torch(wrong, states, x)
    with pytest.raises(TypeError, match=r"ours: output 1\.1 must be .*, got ndarray"):
        compare_with_torch(lambda a: (a, (a * a, a.data)), states, x)


def test_another_number_of_outputs_is_found(x):
    with pytest.raises(ParityError, match="outputs: ours are"):
        compare_with_torch(lambda a: (a * 1.0, a * 2.0), lambda a: (a * 1,), x)


def test_a_wrong_second_output_is_found(x):
    with pytest.raises(ParityError, match="output 1"):
        compare_with_torch(lambda a: (a * 1.0, a * 2.0), lambda a: (a * 1, a * 3), x)


def test_output_that_is_no_tensor_is_refused(x):
    with pytest.raises(TypeError, match="got ndarray"):
        compare_with_torch(lambda a: a.data, lambda a: a, x)


def test_names_stand_in_table_and_errors(x):
    double = (lambda a: a * 2.0), (lambda a: a * 2)
    parity = compare_with_torch(*double, x, names=("weight",))
    assert parity.differences[1].name == "gradient of weight"
    with pytest.raises(ValueError, match="2 names for 1 arrays"):
        compare_with_torch(*double, x, names=("a", "b"))


def test_noncontiguous_arrays_are_compared(x):
    for array in (x.T, x[::-1], x[:, ::2], np.broadcast_to(x[0], (5, 3))):
        compare_with_torch(lambda a: (a * a).sum(), lambda a: (a * a).sum(), array)


def test_a_stack_of_the_same_tensor_accumulates(x):
    compare_with_torch(
        lambda a: stack([a, a * a]), lambda a: torch.stack([a, a * a]), x
    )


def test_float32_has_its_own_tolerance(x):
    single = x.astype(np.float32)
    slightly_off = operation(lambda a: a * np.float32(1 + 1e-6), lambda g, a: g)
    compare_with_torch(slightly_off, lambda a: a * 1, single)
    with pytest.raises(ParityError):
        compare_with_torch(slightly_off, lambda a: a * 1, single, rtol=1e-8, atol=0)
    far_off = operation(lambda a: a * np.float32(1 + 1e-4), lambda g, a: g)
    with pytest.raises(ParityError):
        compare_with_torch(far_off, lambda a: a * 1, single)


def test_an_error_of_1e_9_is_found_in_float64(x):
    off = operation(lambda a: a * (1 + 1e-9), lambda g, a: g)
    with pytest.raises(ParityError):
        compare_with_torch(off, lambda a: a * 1, x)


def test_line_unfolds_to_a_table(x):
    parity = compare_with_torch(lambda a: a * 3.0, lambda a: a * 3, x)
    assert repr(parity) == (
        "equal to torch: 24 values and gradients compared, "
        "largest difference at most 1e-15"
    )
    text = parity._repr_markdown_()
    assert text.startswith(f"<details><summary>{parity!r}</summary>\n\n| array |")
    assert text.endswith("\n\n</details>")
    assert "| gradient of input 0 | 4 × 3 | float64 | at most 1e-15 |" in text


def test_line_of_integers_says_zero():
    parity = compare_with_torch(lambda a: a + 1, lambda a: a + 1, np.arange(3))
    assert repr(parity) == "equal to torch: 3 values compared, largest difference 0"


@pytest.mark.parametrize(
    ("relative", "dtype", "decade"),
    [
        (0.0, "float64", 1e-15),
        (9e-16, "float64", 1e-15),
        (1e-15, "float64", 1e-15),
        (1.1e-15, "float64", 1e-14),
        (0.0, "float32", 1e-6),
        (3e-5, "float32", 1e-4),
        (0.2, "float64", 1.0),
    ],
)
def test_differences_are_rounded_up_to_a_decade(relative, dtype, decade):
    assert decade_above(relative, dtype) == decade


def test_difference_is_relative_to_the_largest_magnitude():
    theirs = np.array([1e6, 1.0])
    found = difference("x", "value", theirs + np.array([0, 1e-7]), theirs, atol=1e-6)
    assert found.relative == pytest.approx(1e-13, rel=1e-2)
    zeros = np.zeros(2)
    assert difference("x", "value", zeros + 1e-13, zeros).relative == 1e-13


def test_empty_arrays_compare_equal():
    parity = compare_with_torch(lambda a: a * 2.0, lambda a: a * 2, np.zeros((0, 3)))
    assert sum(d.count for d in parity.differences) == 0


def test_same_seed_same_gradient(x):
    first, again = (
        compare_with_torch(torchlike, torchlike, x, seed=4) for _ in range(2)
    )
    assert isinstance(first, Parity)
    assert first == again


def torchlike(a):
    return (a * a).sum()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_agrees():
    x = np.random.default_rng(0).standard_normal((64, 64)).astype(np.float32)
    compare_with_torch(lambda a: a @ a, lambda a: a @ a, x, device="cuda")


def test_the_output_gradient_is_not_an_input_of_the_same_seed():
    """From a gradient equal to its input a normalization sends 0 back."""
    seen = []

    def spied(x):
        def backward(grad_out):
            seen.append(grad_out)
            return (grad_out,)

        return Tensor.from_op(x.data.copy(), (x,), backward, "spied")

    x = np.random.default_rng(0).standard_normal((3, 4))
    compare_with_torch(spied, lambda x: x.clone(), x)
    assert abs(np.corrcoef(seen[0].ravel(), x.ravel())[0, 1]) < 0.9


def test_root_mean_square_of_a_difference():
    ours, theirs = np.array([3.0, 4.5]), np.array([3.0, 4.0])
    found = difference("x", "value", ours, theirs, atol=1.0)
    assert found.relative == pytest.approx(0.125)
    assert found.root_mean_square == pytest.approx(0.1)  # 0.5 of 5
    huge = difference("x", "value", 3e307 * ours, 3e307 * theirs, atol=1e308)
    assert huge.root_mean_square == pytest.approx(0.1)
    zero = difference("x", "value", np.full(4, 0.5), np.zeros(4), atol=1.0)
    assert zero.root_mean_square == pytest.approx(0.5)
