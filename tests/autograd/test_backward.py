"""The engine: how `backward` walks the graph, and what it refuses."""

import gc
import weakref

import numpy as np
import pytest

from dlbook.autograd import Tensor, no_grad


@pytest.fixture
def x():
    return Tensor(np.array([1.0, 2.0, 3.0]), requires_grad=True)


def returning(*grads):
    """Return an operation of one input whose `backward` returns `grads`."""
    return lambda x: Tensor.from_op(x.data * 1.0, (x,), lambda g: grads, "bad op")


# --- what it computes -----------------------------------------------------------------


def test_gradients_of_a_tensor_used_several_times_add_up(x):
    (x * x + x).sum().backward()
    assert x.grad.tolist() == [3.0, 5.0, 7.0]


def test_a_diamond_is_walked_once(x):
    y = x
    for _ in range(40):  # 2**40 paths
        y = y + y
    y.sum().backward()
    assert x.grad.tolist() == [2.0**40] * 3


def test_two_tensors_may_share_one_array():
    data = np.array([2.0, 3.0])
    a, b = Tensor(data, requires_grad=True), Tensor(data, requires_grad=True)
    (a * b).sum().backward()
    assert a.grad.tolist() == b.grad.tolist() == [2.0, 3.0]


def test_results_that_are_not_used_do_not_matter(x):
    y = x * 2.0
    _ = y * 100.0
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0]


def test_a_leaf_is_its_own_result(x):
    x.backward(np.array([1.0, 2.0, 3.0]))
    assert x.grad.tolist() == [1.0, 2.0, 3.0]


def test_gradients_accumulate_over_calls(x):
    for _ in range(2):
        (x * 2.0).sum().backward()
    assert x.grad.tolist() == [4.0, 4.0, 4.0]


def test_a_second_call_adds_out_of_place(x):
    (x * 2.0).sum().backward()
    first = x.grad
    (x * 2.0).sum().backward()
    assert first.tolist() == [2.0, 2.0, 2.0]


def test_one_array_given_to_two_parents_is_not_summed_in_place(x):
    y = Tensor(np.ones(3), requires_grad=True)
    z = x + y  # both receive the same array
    (z + x).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0]
    assert y.grad.tolist() == [1.0, 1.0, 1.0]


def test_only_leaves_keep_a_gradient(x):
    y = x * 2.0
    y.sum().backward()
    assert y.grad is None


def test_retain_grad_keeps_the_gradient_of_a_result(x):
    y = x * 2.0
    y.retain_grad()
    (y * y).sum().backward()
    assert y.grad.tolist() == [4.0, 8.0, 12.0]
    assert x.grad.tolist() == [8.0, 16.0, 24.0]


def test_a_parent_without_requires_grad_gets_none(x):
    constant = Tensor(np.ones(3))
    (x * constant).sum().backward()
    assert constant.grad is None


def test_the_gradient_is_an_array_without_axes_too():
    x = Tensor(np.array(3.0), requires_grad=True)
    (x * x).backward()
    assert type(x.grad) is np.ndarray
    assert x.grad.shape == ()
    assert x.grad == 6


def test_the_gradient_has_the_dtype_of_its_tensor():
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    y = Tensor(np.ones(2), requires_grad=True)
    (x * y).sum().backward()
    assert x.grad.dtype == np.float32
    assert y.grad.dtype == np.float64


def test_none_stops_a_path(x):
    y = Tensor.from_op(x.data, (x,), lambda g: (None,), "stop")
    (y + x).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]
    x.grad = None
    Tensor.from_op(x.data, (x,), lambda g: (None,), "stop").sum().backward()
    assert x.grad is None


@pytest.mark.parametrize("length", [1_000, 20_000])
def test_a_chain_longer_than_the_recursion_limit(length):
    y = x = Tensor(np.array(1.0), requires_grad=True)
    for _ in range(length):
        y = y + 1.0
    y.backward()
    assert x.grad == 1


def test_a_long_chain_can_be_dropped_without_backward():
    y = Tensor(np.array(1.0), requires_grad=True)
    for _ in range(30_000):
        y = y * 1.0
    del y


# --- the starting gradient ------------------------------------------------------------


def test_it_may_be_given_in_any_form(x):
    for grad in ([1.0, 2.0, 3.0], np.array([1, 2, 3]), Tensor([1.0, 2.0, 3.0])):
        x.grad = None
        (x * 2.0).backward(grad)
        assert x.grad.tolist() == [2.0, 4.0, 6.0]
        assert x.grad.dtype == np.float64


def test_it_is_read_and_never_written(x):
    grad = np.ones(3)
    grad.flags.writeable = False
    for _ in range(2):
        (x + 0.0).backward(grad)
        x.backward(grad)
    assert x.grad.tolist() == [4.0, 4.0, 4.0]
    assert grad.tolist() == [1.0, 1.0, 1.0]


def test_it_is_1_for_one_number_of_any_shape():
    x = Tensor(np.ones((1, 1)), requires_grad=True)
    (x * 3.0).backward()
    assert x.grad.tolist() == [[3.0]]


def test_a_vector_needs_one(x):
    with pytest.raises(ValueError, match=r"shape \(3,\) needs `grad`"):
        (x * 2.0).backward()


@pytest.mark.parametrize("shape", [(), (1,), (3, 1), (1, 3), (4,)])
def test_another_shape_is_refused(x, shape):
    with pytest.raises(ValueError, match=r"`grad` has shape \(.*\), the tensor \(3,\)"):
        (x * 2.0).backward(np.ones(shape))


# --- the graph is used up -------------------------------------------------------------


def test_a_second_backward_names_the_operation(x):
    loss = (x * 2.0).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="already run through this sum"):
        loss.backward()


def test_backward_through_a_part_that_is_used_up_names_the_operation(x):
    y = x * 2.0
    y.sum().backward()
    with pytest.raises(RuntimeError, match="already run through this mul"):
        (y + 1.0).sum().backward()


def test_retain_graph_lets_it_run_again(x):
    loss = (x * x).sum()
    loss.backward(retain_graph=True)
    assert loss.parents
    loss.backward()
    assert x.grad.tolist() == [4.0, 8.0, 12.0]
    with pytest.raises(RuntimeError, match="already run"):
        loss.backward()


def test_parents_are_gone_afterwards(x):
    y = x * 2.0
    loss = y.sum()
    loss.backward()
    assert loss.parents == y.parents == ()
    assert loss.op == "sum"


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(
    "operation",
    [
        lambda x: x * x,
        lambda x: x / 2.0,
        lambda x: x**2,
        lambda x: x.exp(),
        lambda x: x.std(),
        lambda x: x.logsumexp(0),
        lambda x: x.max(),
        lambda x: x[[0, 0]],
        lambda x: x.reshape(3, 1).expand(3, 2),
        lambda x: x.clip(0, 1),
    ],
)
@pytest.mark.usefixtures("without_collector")
def test_a_graph_is_freed_without_the_cyclic_collector(x, operation):
    y = operation(x)
    array = weakref.ref(y.data)
    del y
    assert array() is None


@pytest.mark.usefixtures("without_collector")
def test_backward_frees_memory_on_the_way(x):
    middle = x.exp()
    array = weakref.ref(middle.data)
    loss = (middle * 2.0).sum()
    del middle
    assert array() is not None
    loss.backward()
    assert array() is None


# --- what it refuses ------------------------------------------------------------------


def test_a_tensor_that_needs_no_gradient():
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        Tensor([1.0]).backward()
    x = Tensor([1.0], requires_grad=True)
    with no_grad():
        y = x * 2.0
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        y.backward()


def test_a_gradient_of_another_shape_names_the_operation(x):
    with pytest.raises(ValueError, match=r"backward of bad op .*\(2,\).*shape \(3,\)"):
        returning(np.ones(2))(x).sum().backward()
    with pytest.raises(ValueError, match="backward of bad op"):
        returning(np.ones((1, 3)))(x).sum().backward()


def test_another_number_of_gradients_names_the_operation(x):
    with pytest.raises(
        ValueError, match="backward of bad op returned 2 gradients for 1"
    ):
        returning(np.ones(3), np.ones(3))(x).sum().backward()


def test_retain_grad_of_a_tensor_that_will_get_none():
    with pytest.raises(RuntimeError, match="retain_grad"):
        Tensor([1.0]).retain_grad()
