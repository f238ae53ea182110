"""Batches: every sample once an epoch, in an order that can be repeated."""

import copy
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data import DataLoader, Dataset


def numbers(samples):
    """Return a data set whose inputs and targets say the number of the sample."""
    targets = np.arange(samples)
    inputs = np.stack([targets, 10 * targets], axis=1).astype(np.float32)
    return Dataset("numbers", inputs, targets, tuple(map(str, targets)))


def order_of(loader):
    return np.concatenate([targets for _, targets in loader])


@given(
    samples=st.integers(1, 40),
    batch_size=st.integers(1, 50),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    seed=st.integers(0, 3),
)
def test_an_epoch_holds_every_sample_once(
    samples, batch_size, shuffle, drop_last, seed
):
    options = {"shuffle": shuffle, "drop_last": drop_last, "rng": seed}
    if drop_last and samples < batch_size:
        with pytest.raises(ValueError, match=f"no batch: {samples} samples, batch_"):
            DataLoader(numbers(samples), batch_size, **options)
        return
    loader = DataLoader(numbers(samples), batch_size, **options)
    batches = list(loader)
    assert len(batches) == len(loader)
    sizes = [len(targets) for _, targets in batches]
    full, rest = divmod(samples, batch_size)
    assert sizes == [batch_size] * full + [rest] * bool(rest and not drop_last)
    for inputs, targets in batches:
        assert inputs.dtype == np.float32
        np.testing.assert_array_equal(inputs[:, 0], targets)  # rows stay together
        np.testing.assert_array_equal(inputs[:, 1], 10 * targets)
    seen = np.concatenate([targets for _, targets in batches])
    if not shuffle:
        np.testing.assert_array_equal(seen, np.arange(sum(sizes)))
    assert len(set(seen.tolist())) == sum(sizes)


def test_every_epoch_draws_one_permutation():
    loader = DataLoader(numbers(23), 5, shuffle=True, rng=np.random.default_rng(8))
    same = np.random.default_rng(8)
    orders = [order_of(loader) for _ in range(3)]
    for order in orders:
        np.testing.assert_array_equal(order, same.permutation(23))
    assert loader.rng.bit_generator.state == same.bit_generator.state
    assert not np.array_equal(orders[0], orders[1])


def test_without_shuffle_nothing_is_drawn():
    rng = np.random.default_rng(0)
    loader = DataLoader(numbers(9), 2, rng=rng)
    before = copy.deepcopy(rng.bit_generator.state)
    np.testing.assert_array_equal(order_of(loader), np.arange(9))
    np.testing.assert_array_equal(order_of(loader), np.arange(9))
    assert rng.bit_generator.state == before
    assert DataLoader(numbers(9)).rng is None


def test_a_saved_state_continues_with_the_same_orders():
    loader = DataLoader(numbers(31), 4, shuffle=True, rng=0)
    list(loader)
    state = copy.deepcopy(loader.rng.bit_generator.state)
    expected = [order_of(loader) for _ in range(2)]
    again = DataLoader(numbers(31), 4, shuffle=True, rng=99)
    again.rng.bit_generator.state = state
    for order in expected:
        np.testing.assert_array_equal(order_of(again), order)


def test_the_order_is_drawn_when_iteration_begins():
    loader = DataLoader(numbers(20), 20, shuffle=True, rng=1)
    first, second = iter(loader), iter(loader)
    same = np.random.default_rng(1)
    expected = [same.permutation(20), same.permutation(20)]
    np.testing.assert_array_equal(next(second)[1], expected[1])
    np.testing.assert_array_equal(next(first)[1], expected[0])


def test_an_epoch_that_is_left_early_leaves_the_next_one_whole():
    loader = DataLoader(numbers(10), 3, shuffle=True, rng=0)
    next(iter(loader))
    assert sorted(order_of(loader)) == list(range(10))


def test_batches_are_copies():
    dataset = numbers(6)
    for inputs, _ in DataLoader(dataset, 6):
        inputs[:] = -1
    assert dataset.inputs.min() == 0


def test_arrays_of_any_number_and_shape():
    arrays = (np.zeros((7, 2, 3)), np.arange(7), np.ones((7, 1), np.float32))
    batches = list(DataLoader(arrays, 4))
    assert [array.shape for array in batches[1]] == [(3, 2, 3), (3,), (3, 1)]
    assert [array.dtype for array in batches[0]] == [np.float64, np.int64, np.float32]
    for (alone,) in DataLoader(np.arange(7), 7):
        np.testing.assert_array_equal(alone, np.arange(7))


class Squares:
    """Samples made when asked for."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        if not 0 <= index < 5:
            raise IndexError(index)
        return np.full((2, 2), index, np.float32), index**2, index / 2


def test_samples_of_any_sequence_are_stacked():
    batches = list(DataLoader(Squares(), 2, shuffle=True, rng=3))
    assert [array.shape for array in batches[0]] == [(2, 2, 2), (2,), (2,)]
    # Python numbers become what Tensor makes of them
    assert [array.dtype for array in batches[0]] == [np.float32, np.int64, np.float32]
    inputs, squares, halves = map(np.concatenate, zip(*batches, strict=True))
    order = np.random.default_rng(3).permutation(5)
    np.testing.assert_array_equal(inputs[:, 1, 0], order)
    np.testing.assert_array_equal(squares, order**2)
    np.testing.assert_array_equal(halves, order / 2)


def test_samples_that_are_no_tuples_come_in_a_tuple_of_one():
    batches = list(DataLoader([np.zeros(3), np.ones(3), np.ones(3)], 2))
    assert [len(batch) for batch in batches] == [1, 1]
    assert batches[0][0].shape == (2, 3)
    ((values,),) = DataLoader([1.5, 2.5], 2)
    assert values.dtype == np.float32


def test_float64_samples_stay_float64():
    ((vectors, scalars),) = DataLoader([(np.zeros(2), np.float64(0.1))] * 3, 3)
    assert vectors.dtype == scalars.dtype == np.float64
    ((mixed,),) = DataLoader([0.25, np.float64(0.1)], 2)
    assert mixed.dtype == np.float64


@pytest.mark.parametrize(
    "dataset", [numbers(5), (numbers(5).inputs, numbers(5).targets)]
)
def test_collate_gets_the_list_of_samples(dataset):
    batches = list(DataLoader(dataset, 2, collate=lambda samples: samples))
    assert [len(samples) for samples in batches] == [2, 2, 1]
    for index, (values, target) in enumerate(chain(*batches)):
        np.testing.assert_array_equal(values, [index, 10 * index])
        assert target == index


def test_collate_may_pad_what_does_not_stack():
    def pad(samples):
        width = max(map(len, samples))
        return np.array([np.pad(s, (0, width - len(s))) for s in samples])

    ragged = [np.ones(2), np.ones(3), np.ones(1)]
    assert [batch.shape for batch in DataLoader(ragged, 2, collate=pad)] == [
        (2, 3),
        (1, 1),
    ]


# --- transforms -----------------------------------------------------------------------


def noisy(array, rng):
    return array + rng.random()


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(
    "dataset",
    [
        numbers(7),
        (numbers(7).inputs, numbers(7).targets),
        [numbers(7)[i] for i in range(7)],
    ],
)
def test_the_inputs_of_each_sample_are_transformed_anew(dataset, shuffle):
    loader = DataLoader(dataset, 3, shuffle=shuffle, transform=noisy, rng=5)
    rng = np.random.default_rng(5)
    for _ in range(2):
        order = rng.permutation(7) if shuffle else np.arange(7)
        epoch = np.random.default_rng(rng.integers(2**63))
        expected = [numbers(7).inputs[i] + np.float32(epoch.random()) for i in order]
        inputs, targets = map(np.concatenate, zip(*loader, strict=True))
        np.testing.assert_allclose(inputs, expected, rtol=1e-6)
        np.testing.assert_array_equal(targets, order)
        assert targets.dtype == np.int64


def test_samples_that_are_no_tuples_are_transformed_whole():
    ((doubled,),) = DataLoader(np.arange(3.0), 3, transform=lambda x, rng: 2 * x, rng=0)
    np.testing.assert_array_equal(doubled, [0, 2, 4])
    ((doubled,),) = DataLoader(
        [np.ones(2)] * 3, 3, transform=lambda x, rng: 2 * x, rng=0
    )
    np.testing.assert_array_equal(doubled, np.full((3, 2), 2))


def test_transforms_come_before_collating():
    dataset = [(["a", "b"], 0), (["c"], 1)]
    loader = DataLoader(
        dataset,
        2,
        transform=lambda tokens, rng: tokens[::-1],
        collate=lambda samples: samples,
        rng=0,
    )
    assert list(loader) == [[(["b", "a"], 0), (["c"], 1)]]


def test_transformed_epochs_resume_from_a_saved_state():
    def run(loader):
        return [inputs for inputs, _ in loader]

    options = {"shuffle": True, "transform": noisy}
    loader = DataLoader(numbers(9), 2, rng=0, **options)
    run(loader)
    state = copy.deepcopy(loader.rng.bit_generator.state)
    expected = run(loader), run(loader)
    again = DataLoader(numbers(9), 2, rng=99, **options)
    again.rng.bit_generator.state = state
    for epoch in expected:
        for ours, theirs in zip(run(again), epoch, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert (expected[0][0] != expected[1][0]).any()


def test_epochs_at_the_same_time_do_not_disturb_each_other():
    options = {"shuffle": True, "transform": noisy, "rng": 0}
    expected = [inputs for inputs, _ in DataLoader(numbers(9), 2, **options)]
    loader = DataLoader(numbers(9), 2, **options)
    first, second = iter(loader), iter(loader)
    for batch in expected:
        np.testing.assert_array_equal(next(first)[0], batch)
        next(second)


def test_a_data_set_is_left_alone_by_its_transforms():
    dataset = numbers(4)
    before = dataset.inputs.copy()
    list(DataLoader(dataset, 2, transform=noisy, rng=0))
    np.testing.assert_array_equal(dataset.inputs, before)


@pytest.mark.parametrize(
    ("samples", "kind", "message"),
    [
        (
            [(np.zeros(2), 0), (np.zeros(2), 1), (np.zeros(3), 0)],
            ValueError,
            r"part 0 of sample 2 has shape \(3,\), that of sample 0 has \(2,\)",
        ),
        (
            [(np.zeros(2), 0), (np.zeros(2), 1), (np.zeros(2), np.zeros(1))],
            ValueError,
            r"part 1 of sample 2 has shape \(1,\), that of sample 0 has \(\)",
        ),
        ([(1, 2), (1, 2, 3)], ValueError, "sample 1 has 3 parts, sample 0 has 2"),
        ([(1, "cat")], TypeError, "part 1 of sample 0 is a str"),
        ([[1, 2], [3, 4]], TypeError, "part 0 of sample 0 is a list"),
    ],
)
def test_samples_that_do_not_stack_are_named(samples, kind, message):
    with pytest.raises(kind, match=message):
        list(DataLoader(samples, 3))


def test_the_name_of_a_ragged_sample_is_its_number_in_the_data_set():
    ragged = [np.zeros(2)] * 6 + [np.zeros(3)] + [np.zeros(2)] * 3
    order = np.random.default_rng(0).permutation(10).tolist()
    assert order.index(6) % 2 == 1  # the second of its batch
    first = order[order.index(6) - 1]
    with pytest.raises(ValueError, match=f"sample 6 .* that of sample {first} has"):
        list(DataLoader(ragged, 2, shuffle=True, rng=0))
    uneven = [(1,)] * 6 + [(1, 2)] + [(1,)] * 3
    with pytest.raises(ValueError, match=f"sample 6 has 2 parts, sample {first} has 1"):
        list(DataLoader(uneven, 2, shuffle=True, rng=0))


@pytest.mark.parametrize(
    ("dataset", "options", "kind", "message"),
    [
        (numbers(3), {"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        (numbers(3), {"batch_size": -2}, ValueError, "at least 1, got -2"),
        (numbers(3), {"batch_size": 1.0}, TypeError, "an int, got float"),
        (numbers(3), {"batch_size": True}, TypeError, "an int, got bool"),
        (numbers(3), {"batch_size": None}, TypeError, "an int, got NoneType"),
        (numbers(3), {"shuffle": True}, ValueError, "no global generator: pass rng"),
        (numbers(3), {"transform": noisy}, ValueError, "transform draws .* pass rng"),
        (
            numbers(3),
            {"transform": 3, "rng": 0},
            TypeError,
            "transform must be callable .* got int",
        ),
        (
            numbers(3),
            {"rng": "seed"},
            TypeError,
            "rng must be a numpy.random.Generator",
        ),
        (numbers(3).take([]), {}, ValueError, "dataset holds no samples"),
        ([], {}, ValueError, "dataset holds no samples"),
        (np.zeros((0, 2)), {}, ValueError, "dataset holds no samples"),
        (iter([1, 2]), {}, TypeError, "a sequence with a length, got list_iterator"),
        ((np.zeros(3), np.zeros(4)), {}, ValueError, r"got shapes \(3,\), \(4,\)"),
        ((np.zeros(3), np.array(1)), {}, ValueError, "the same length"),
        (np.array(1.0), {}, ValueError, "the same length"),
        ((), {}, ValueError, "the same length"),
        (((1, 2), (3, 4)), {}, TypeError, r"samples into a list\), got \(tuple, tupl"),
    ],
)
def test_what_cannot_be_cut_into_batches_is_refused(dataset, options, kind, message):
    with pytest.raises(kind, match=message):
        DataLoader(dataset, **options)


def test_batch_size_may_be_a_numpy_integer():
    assert len(DataLoader(numbers(5), np.int64(2))) == 3


def test_repr_says_what_an_epoch_is():
    loader = DataLoader(numbers(10), 4, shuffle=True, drop_last=True, rng=0)
    assert (
        repr(loader) == "DataLoader(10 samples in 2 batches of 4, shuffle, drop_last)"
    )
    loader = DataLoader(numbers(10), 10, transform=noisy, rng=0)
    assert repr(loader) == "DataLoader(10 samples in 1 batches of 10, transform)"
    assert repr(DataLoader(numbers(10))) == "DataLoader(10 samples in 10 batches of 1)"
