"""Sinusoidal, learned and rotary positions as tables, matrices and layers."""

import copy
from unittest import mock

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.compare import compare_with_torch
from dlbook.nn.positional import AddedPositions

T, N, D = 7, 3, 8


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


# --- the table ----------------------------------------------------------------------


def test_the_table_holds_the_formula():
    table = nn.sinusoidal_positions(50, 6)
    assert table.shape == (50, 6)
    assert table.dtype == np.float64
    for t in (0, 1, 17, 49):
        for i in range(3):
            angle = t / 10000 ** (2 * i / 6)
            assert table[t, 2 * i] == pytest.approx(np.sin(angle), abs=1e-15)
            assert table[t, 2 * i + 1] == pytest.approx(np.cos(angle), abs=1e-15)


@pytest.mark.parametrize("base", [10000.0, 50.0])
@pytest.mark.parametrize("by", [1, 5, 64])
def test_a_shift_is_a_rotation(by, base):
    width = 32
    table = nn.sinusoidal_positions(300, width, base=base)
    matrix = nn.shift_matrix(width, by, base=base)
    np.testing.assert_allclose(table[:-by] @ matrix.T, table[by:], rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        table[by:] @ nn.shift_matrix(width, -by, base=base).T,
        table[:-by],
        rtol=0,
        atol=1e-12,
    )
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(width), rtol=0, atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1)


def test_shifts_add_up():
    one, two = nn.shift_matrix(D, 1), nn.shift_matrix(D, 2.5)
    np.testing.assert_allclose(one @ two, nn.shift_matrix(D, 3.5), atol=1e-14)
    np.testing.assert_array_equal(nn.shift_matrix(D, 0), np.eye(D))


def test_inner_products_of_positions_depend_on_the_distance_alone():
    table = nn.sinusoidal_positions(60, 16)
    products = table @ table.T
    for distance in range(60):
        diagonal = np.diagonal(products, distance)
        np.testing.assert_allclose(diagonal, diagonal[0], rtol=0, atol=1e-12)
    assert products[0, 0] == pytest.approx(8)  # a sine and a cosine squared, 8 times


def test_positions_differ_until_the_slowest_hand_has_gone_around():
    table = nn.sinusoidal_positions(2000, 16)
    distance = np.linalg.norm(table[1:] - table[0], axis=-1)
    assert distance.min() > 0.5


def test_no_positions_and_one_pair():
    assert nn.sinusoidal_positions(0, 4).shape == (0, 4)
    np.testing.assert_allclose(
        nn.sinusoidal_positions(3, 2),
        [[0, 1], [np.sin(1), np.cos(1)], [np.sin(2), np.cos(2)]],
        rtol=1e-15,
    )


# --- layers that add ----------------------------------------------------------------


def added(kind, batch_first=False):
    if kind == "LearnedPositions":
        layer = nn.LearnedPositions(20, D, std=1.0, batch_first=batch_first, rng=0)
        return layer.to(np.float64), layer.weight.data
    table = nn.sinusoidal_positions(20, D)
    return nn.SinusoidalPositions(D, batch_first=batch_first), table


@pytest.mark.parametrize("offset", [0, 1, 13])
@pytest.mark.parametrize("kind", ["SinusoidalPositions", "LearnedPositions"])
def test_each_position_gets_its_vector(kind, offset):
    layer, table = added(kind)
    rows = table[offset : offset + T]
    x = normal(T, N, D)
    np.testing.assert_array_equal(
        layer(Tensor(x), offset=offset).data, x + rows[:, np.newaxis]
    )
    one = layer(Tensor(x[:, 0]), offset=offset)
    np.testing.assert_array_equal(one.data, x[:, 0] + rows)
    first, _ = added(kind, batch_first=True)
    x = normal(N, T, D)
    np.testing.assert_array_equal(first(Tensor(x), offset=offset).data, x + rows)
    np.testing.assert_array_equal(first(Tensor(x[0]), offset=offset).data, x[0] + rows)


@pytest.mark.parametrize("kind", ["SinusoidalPositions", "LearnedPositions"])
def test_gradients_reach_the_input_whole(kind):
    layer, _ = added(kind)
    x = Tensor(normal(T, N, D), requires_grad=True)
    y = layer(x, offset=2)
    grad = normal(T, N, D, seed=1)
    y.backward(grad)
    np.testing.assert_array_equal(x.grad, grad)
    if kind == "LearnedPositions":
        expected = np.zeros((20, D))
        expected[2 : 2 + T] = grad.sum(axis=1)
        np.testing.assert_allclose(layer.weight.grad, expected, rtol=1e-14)


def test_learned_positions_are_torchs_embedding_of_the_positions():
    class Theirs(torch.nn.Embedding):
        def forward(self, x):
            return x + super().forward(torch.arange(x.shape[1]))

    ours, _ = added("LearnedPositions", batch_first=True)
    theirs = Theirs(20, D).double()
    theirs.load_state_dict({"weight": torch.tensor(ours.state_dict()["weight"])})
    compare_with_torch(ours, theirs, normal(N, T, D), rtol=1e-12)


def test_learned_positions_start_small_and_from_their_seed():
    layer = nn.LearnedPositions(400, 50, rng=1)
    weight = layer.weight.data
    assert weight.dtype == np.float32
    assert weight.std() == pytest.approx(0.02, rel=0.03)
    assert abs(weight.mean()) < 0.001
    again = nn.LearnedPositions(400, 50, rng=1).weight.data
    np.testing.assert_array_equal(weight, again)
    assert not np.array_equal(weight, nn.LearnedPositions(400, 50, rng=2).weight.data)
    assert (nn.LearnedPositions(4, 5, std=0.0).weight.data == 0).all()
    assert list(layer.state_dict()) == ["weight"]


def test_sinusoidal_positions_hold_nothing_to_train_or_save():
    layer = nn.SinusoidalPositions(D)
    layer(Tensor(normal(T, N, D)))
    assert layer.state_dict() == {}
    assert not [*layer.parameters()]
    copied = copy.deepcopy(layer)
    x = Tensor(normal(T, N, D))
    np.testing.assert_array_equal(copied(x).data, layer(x).data)


def test_a_first_step_alone_is_position_0():
    layer = nn.SinusoidalPositions(D)
    np.testing.assert_array_equal(
        layer(Tensor(np.zeros((1, D)))).data, nn.sinusoidal_positions(1, D)
    )


def test_the_table_grows_now_and_then_while_steps_come_one_by_one():
    layer = nn.SinusoidalPositions(D)
    grown = []
    with mock.patch("dlbook.nn.positional.sinusoidal_positions") as table:
        table.side_effect = lambda length, width, base: np.zeros((length, width))
        for step in range(20):
            layer(Tensor(np.zeros((1, D))), offset=step)
            if table.called:
                grown.append((step + 1, table.call_args.args[0]))
                table.reset_mock()
    assert grown == [(1, 1), (2, 2), (3, 4), (5, 8), (9, 16), (17, 32)]


def test_sinusoidal_positions_have_no_last_one():
    layer = nn.SinusoidalPositions(D, base=77.0, batch_first=True)
    table = nn.sinusoidal_positions(500, D, base=77.0)
    for length, offset in ((3, 0), (10, 0), (4, 6), (100, 0), (1, 499), (5, 2)):
        y = layer(Tensor(np.zeros((length, D))), offset=offset)
        np.testing.assert_array_equal(y.data, table[offset : offset + length])


@pytest.mark.parametrize("kind", ["SinusoidalPositions", "LearnedPositions"])
def test_float32_stays_float32(kind):
    layer, _ = added(kind)
    if kind == "LearnedPositions":
        layer.to(np.float32)
    y = layer(Tensor(normal(T, N, D, dtype=np.float32)))
    assert y.dtype == np.float32


def test_a_kind_of_positions_must_define_its_rows():
    class Odd(AddedPositions):
        width, batch_first = D, True

    with pytest.raises(NotImplementedError, match=r"Odd does not define rows\(\)"):
        Odd()(Tensor(normal(T, D)))


# --- the layer that turns -----------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ({}, {}),
        ({"base": 50.0}, {"offset": 4}),
        ({"interleaved": False}, {"positions": np.arange(T) * 2}),
    ],
)
def test_rotary_positions_hand_everything_on(options, given):
    x = Tensor(normal(N, T, D))
    np.testing.assert_array_equal(
        nn.RotaryPositions(**options)(x, **given).data,
        F.rotary_embedding(x, **options, **given).data,
    )


# --- printing -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (nn.SinusoidalPositions(8), "SinusoidalPositions(8)"),
        (
            nn.SinusoidalPositions(8, base=50.0, batch_first=True),
            "SinusoidalPositions(8, base=50.0, batch_first=True)",
        ),
        (nn.LearnedPositions(5, 4), "LearnedPositions(5, 4)  # 20 parameters"),
        (
            nn.LearnedPositions(5, 4, std=1.0, batch_first=True),
            "LearnedPositions(5, 4, std=1.0, batch_first=True)  # 20 parameters",
        ),
        (nn.RotaryPositions(), "RotaryPositions()"),
        (
            nn.RotaryPositions(base=5.0, interleaved=False),
            "RotaryPositions(base=5.0, interleaved=False)",
        ),
    ],
)
def test_repr_shows_sizes_and_changed_options(layer, text):
    assert repr(layer) == text
