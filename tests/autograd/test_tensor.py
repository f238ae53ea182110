"""Creating tensors, reading them, printing them."""

import copy

import numpy as np
import pytest

from dlbook.autograd import Tensor, as_tensor

# --- creation -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.0, np.float32),
        ([1.0, 2.0], np.float32),
        (1, np.int64),
        ([[1], [2]], np.int64),
        (True, np.bool_),
        ([1, 2.5], np.float32),
        (np.float64(1), np.float64),
        (np.ones(2), np.float64),
        (np.ones(2, np.float16), np.float16),
        (np.ones(2, np.int8), np.int8),
        (Tensor(np.ones(2)), np.float64),
    ],
)
def test_dtype_of_a_new_tensor(data, dtype):
    assert Tensor(data).dtype == dtype


def test_an_array_is_not_copied():
    data = np.ones(3)
    assert Tensor(data).data is data


def test_the_data_is_always_a_plain_array():
    assert type(Tensor(np.float64(1)).data) is np.ndarray
    assert type(Tensor(np.ones(3))[0].data) is np.ndarray
    assert type((Tensor(1.0) * Tensor(2.0)).data) is np.ndarray


@pytest.mark.parametrize("data", [1j, "text", None, [None], [[1.0], "a"], object()])
def test_what_holds_no_real_numbers_is_refused(data):
    with pytest.raises((TypeError, ValueError), match=r"real numbers|inhomogeneous"):
        Tensor(data)


@pytest.mark.parametrize("data", [1, [True], np.ones(2, int)])
def test_integers_cannot_require_a_gradient(data):
    with pytest.raises(TypeError, match=r"floating-point.*got (int64|bool)"):
        Tensor(data, requires_grad=True)


def test_as_tensor_returns_a_tensor_as_it_is():
    x = Tensor([1.0], requires_grad=True)
    assert as_tensor(x) is x
    assert as_tensor(x, like=Tensor([2.0])) is x


@pytest.mark.parametrize(
    ("value", "like", "dtype"),
    [
        (2, np.float32, np.float32),
        (2.5, np.float32, np.float32),
        (2.5, np.float64, np.float64),
        (True, np.float32, np.float32),
        (np.float64(2.5), np.float32, np.float32),
        (2, np.int8, np.int8),
        (2.5, np.int64, np.float32),
        (np.ones(2, int), np.float32, np.float32),
        (np.ones(2), np.float32, np.float64),
    ],
)
def test_as_tensor_like_another(value, like, dtype):
    assert as_tensor(value, like=Tensor(np.ones(3, like))).dtype == dtype


# --- attributes -----------------------------------------------------------------------


def test_attributes():
    x = Tensor(np.zeros((2, 3), np.float32), requires_grad=True)
    assert (x.shape, x.ndim, x.size, x.dtype) == ((2, 3), 2, 6, np.float32)
    assert (x.op, x.parents, x.grad, x.retains_grad) == ("leaf", (), None, False)
    y = x + 1.0
    assert (y.op, y.parents[0], y.requires_grad) == ("add", x, True)


def test_a_name_that_does_not_exist_cannot_be_set():
    with pytest.raises(AttributeError):
        Tensor([1.0]).gard = None


def test_a_tensor_is_hashed_by_identity():
    x, y = Tensor([1.0]), Tensor([1.0])
    assert {x: 1, y: 2}[x] == 1


def test_a_copy_is_a_tensor_of_its_own():
    x = Tensor(np.ones(2), requires_grad=True)
    y = copy.deepcopy(x)
    y.data[...] = 5
    assert x.data.tolist() == [1.0, 1.0]
    assert y.requires_grad


# --- conversions ----------------------------------------------------------------------


def test_item():
    assert Tensor([[2.5]]).item() == 2.5
    assert type(Tensor([2.5]).item()) is float
    assert type(Tensor([2]).item()) is int
    assert type(Tensor([True]).item()) is bool
    assert Tensor([2.5], requires_grad=True).item() == 2.5
    with pytest.raises(ValueError, match=r"one element, got shape \(2,\)"):
        Tensor([1.0, 2.0]).item()
    with pytest.raises(ValueError, match=r"one element, got shape \(0,\)"):
        Tensor([]).item()


def test_float_int_bool_and_len():
    assert float(Tensor([2.5])) == 2.5
    assert int(Tensor([2.5])) == 2
    assert bool(Tensor(1.0))
    assert not Tensor([[0.0]])
    assert len(Tensor(np.zeros((3, 2)))) == 3
    for convert in (float, int):
        with pytest.raises(ValueError, match="one element"):
            convert(Tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"shape \(2,\) is ambiguous"):
        bool(Tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"shape \(0,\) is ambiguous"):
        bool(Tensor([]))
    with pytest.raises(TypeError, match="without axes"):
        len(Tensor(1.0))
    with pytest.raises(TypeError, match="without axes"):
        iter(Tensor(1.0))


def test_numpy_shares_memory_and_refuses_to_leave_the_graph():
    x = Tensor(np.ones(2))
    assert x.numpy() is x.data
    x = Tensor(np.ones(2), requires_grad=True)
    for convert in (Tensor.numpy, np.asarray):
        with pytest.raises(RuntimeError, match=r"detach\(\).numpy\(\)"):
            convert(x)
    assert x.detach().numpy() is x.data


def test_numpy_functions_read_a_tensor():
    x = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert np.asarray(x) is not None
    assert np.asarray(x).dtype == np.float64
    assert np.shares_memory(np.asarray(x), x.data)
    assert not np.shares_memory(np.array(x), x.data)
    assert np.asarray(x, np.float32).dtype == np.float32
    np.testing.assert_array_equal(x, x.data)


def test_detach_shares_the_values_and_cuts_the_graph():
    x = Tensor(np.ones(2), requires_grad=True)
    y = (x * 2.0).detach()
    assert not y.requires_grad
    assert y.parents == ()
    assert x.detach().data is x.data


def test_astype_to_the_same_dtype_is_the_same_tensor():
    x = Tensor(np.ones(2), requires_grad=True)
    assert x.astype(np.float64) is x


def test_the_gradient_comes_back_through_astype_in_the_first_dtype():
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    (x.astype(np.float64) * 3.0).sum().backward()
    assert x.grad.dtype == np.float32
    assert x.grad.tolist() == [3.0, 3.0]


def test_complex_numbers_are_refused():
    with pytest.raises(TypeError, match="real numbers"):
        Tensor([1.0]).astype(complex)


# --- repr -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tensor", "text"),
    [
        (Tensor([1.0, 2.5]), "Tensor([1. , 2.5])"),
        (Tensor(3), "Tensor(3)"),
        (Tensor([True]), "Tensor([ True])"),
        (Tensor([1.0], requires_grad=True), "Tensor([1.], requires_grad=True)"),
        (Tensor(np.ones(1)), "Tensor([1.], dtype=float64)"),
        (Tensor([2.0], requires_grad=True) * 2.0, "Tensor([4.], op='mul')"),
        (Tensor([[1.0], [2.0]]), "Tensor([[1.],\n        [2.]])"),
        (Tensor([]), "Tensor([])"),
        (Tensor([1 / 3, 2e-5]), "Tensor([3.3333e-01, 2.0000e-05])"),
        (Tensor([1 / 3]), "Tensor([0.3333])"),
    ],
)
def test_repr(tensor, text):
    assert repr(tensor) == text


def test_the_repr_of_a_large_tensor_is_short():
    assert len(repr(Tensor(np.zeros((100, 100))))) < 600
