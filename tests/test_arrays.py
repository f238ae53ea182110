import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlbook.arrays import one_hot, unbroadcast

shapes = hnp.mutually_broadcastable_shapes(
    num_shapes=2, max_dims=4, max_side=3, min_side=0
)


@given(shapes)
def test_unbroadcast_is_the_adjoint_of_broadcast_to(found):
    """<broadcast(x), g> = <x, unbroadcast(g)> for all x and g."""
    shape, result = found.input_shapes[0], found.result_shape
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal(shape), rng.standard_normal(result)
    down = unbroadcast(g, shape)
    assert down.shape == shape
    np.testing.assert_allclose(
        (np.broadcast_to(x, result) * g).sum(), (x * down).sum(), atol=1e-12
    )


def test_unbroadcast_keeps_the_dtype():
    assert unbroadcast(np.ones((2, 3), np.float32), (3,)).dtype == np.float32


def test_unbroadcast_returns_the_gradient_itself_where_nothing_was_broadcast():
    grad = np.ones((2, 3))
    assert unbroadcast(grad, (2, 3)) is grad


@pytest.mark.parametrize(
    ("shape", "target"),
    [((2, 3), (3, 2)), ((2, 3), (2,)), ((3,), (2, 3)), ((4,), (2,))],
)
def test_unbroadcast_refuses_a_shape_that_does_not_broadcast(shape, target):
    with pytest.raises((ValueError, IndexError)):
        unbroadcast(np.ones(shape), target)


@given(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0), st.integers(1, 6))
def test_one_hot_has_a_single_1_at_the_label(shape, num_classes):
    labels = np.random.default_rng(0).integers(0, num_classes, shape)
    rows = one_hot(labels, num_classes)
    assert rows.shape == (*shape, num_classes)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows.sum(-1), np.ones(shape))
    np.testing.assert_array_equal(rows.argmax(-1), labels)


def test_one_hot_takes_a_list():
    np.testing.assert_array_equal(one_hot([1, 0], 2), [[0, 1], [1, 0]])


def test_one_hot_in_another_dtype():
    assert one_hot(np.array([1]), 2, np.float64).dtype == np.float64


@pytest.mark.parametrize("labels", [[-1, 0], [0, 3]])
def test_one_hot_refuses_labels_outside_the_classes(labels):
    with pytest.raises(ValueError, match=r"labels must lie in \[0, 3\), got values"):
        one_hot(labels, 3)


@pytest.mark.parametrize("labels", [[0.0, 1.0], [True], ["a"]])
def test_one_hot_refuses_labels_that_are_no_integers(labels):
    with pytest.raises(TypeError, match="labels must be integers, got"):
        one_hot(labels, 3)
