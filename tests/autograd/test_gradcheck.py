import numpy as np
import pytest

from dlbook.autograd import GradientError, Tensor, check_gradients


def softmax(x, backward):
    e = np.exp(x.data - x.data.max(-1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    return Tensor.from_op(p, (x,), lambda g: (backward(g, p),), "softmax")


def right(g, p):
    return p * (g - (g * p).sum(-1, keepdims=True))


def test_accepts_a_right_gradient_and_returns_the_largest_difference(rng):
    found = check_gradients(lambda x: softmax(x, right), rng.standard_normal((3, 4)))
    assert 0 < found < 1e-7
    assert isinstance(found, float)


def test_finds_a_wrong_gradient_that_a_summed_loss_hides(rng):
    def zero(g, p):
        return np.zeros_like(g)

    with pytest.raises(GradientError, match="input 0: backward gives 0 along"):
        check_gradients(lambda x: softmax(x, zero), rng.standard_normal((3, 4)))


@pytest.mark.parametrize("error", [-1, 0.5, 1.001])
def test_finds_a_gradient_that_is_off_by_a_factor(rng, error):
    def scaled(x):
        return Tensor.from_op(
            x.data**2, (x,), lambda g: (error * 2 * g * x.data,), "bad"
        )

    with pytest.raises(GradientError):
        check_gradients(scaled, rng.standard_normal(5))


def test_names_the_input_at_fault(rng):
    def product(a, b):
        return Tensor.from_op(
            a.data * b.data, (a, b), lambda g: (g * b.data, g * b.data), "bad"
        )

    with pytest.raises(GradientError, match="input 1"):
        check_gradients(product, rng.standard_normal(3), rng.standard_normal(3))


def test_finds_a_gradient_that_is_missing(rng):
    with pytest.raises(GradientError, match="input 0"):
        check_gradients(lambda x, y: x.detach() + y, *rng.standard_normal((2, 3)))


def test_finds_a_gradient_that_is_nan(rng):
    def bad(x):
        return Tensor.from_op(x.data, (x,), lambda g: (g * np.nan,), "bad")

    with pytest.raises(GradientError, match="nan"):
        check_gradients(bad, rng.standard_normal(3))


def test_an_input_that_does_not_matter_passes(rng):
    check_gradients(lambda x, y: x * 1.0, *rng.standard_normal((2, 3)))


def test_the_same_directions_each_time(rng):
    x = rng.standard_normal(4)
    found = [check_gradients(Tensor.exp, x) for _ in range(2)]
    assert found[0] == found[1]
    assert check_gradients(Tensor.exp, x, rng=np.random.default_rng(5)) != found[0]


def test_options():
    def coarse(x):  # off by one part in a thousand
        return Tensor.from_op(x.data, (x,), lambda g: (1.001 * g,), "coarse")

    x = np.ones(3)
    check_gradients(coarse, x, rtol=0.01)
    check_gradients(coarse, x, rtol=0, atol=0.1)
    with pytest.raises(GradientError):
        check_gradients(coarse, x)
    with pytest.raises(GradientError):  # too long a step for a curved function
        check_gradients(Tensor.exp, x, step=0.5)
    assert check_gradients(Tensor.exp, x, directions=1) >= 0


def test_a_gradient_wrong_in_one_direction_alone_needs_several():
    calls = []

    def counting(x):
        calls.append(x)
        return x * 2.0

    check_gradients(counting, np.ones(3), directions=7)
    assert len(calls) == 1 + 2 * 7


@pytest.mark.parametrize("x", [np.ones(2, np.float32), np.ones(2, int), [1.0], 2.0])
def test_refuses_inputs_that_are_not_float64(x):
    with pytest.raises(TypeError, match="input 0 must be a float64 array, got"):
        check_gradients(Tensor.exp, x)


def test_refuses_to_check_nothing():
    with pytest.raises(ValueError, match="needs an input"):
        check_gradients(lambda: Tensor([1.0]))
    with pytest.raises(ValueError, match="one direction"):
        check_gradients(Tensor.exp, np.ones(2), directions=0)


def test_leaves_its_input_alone():
    x = np.ones(3)
    x.flags.writeable = False
    check_gradients(Tensor.exp, x)
