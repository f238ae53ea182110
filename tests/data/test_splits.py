"""Splits: nothing lost, nothing twice, the promised sizes, nothing left to chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data import Dataset, k_fold, ordered_split, random_split, stratified_split


def labelled(*counts):
    """Return a data set with classes of these sizes; an input is a sample's number."""
    targets = np.repeat(np.arange(len(counts)), counts)
    names = tuple("abcdefgh"[: len(counts)])
    inputs = np.arange(float(len(targets)))[:, None]
    return Dataset("labelled", inputs, targets, names)


def unlabelled(samples):
    numbers = np.arange(float(samples))
    return Dataset("unlabelled", numbers[:, None], numbers)


def ids(part):
    return part.inputs[:, 0].astype(int)


def assert_a_partition(dataset, *parts):
    together = np.concatenate([ids(part) for part in parts])
    np.testing.assert_array_equal(np.sort(together), np.arange(len(dataset)))
    for part in parts:
        np.testing.assert_array_equal(part.targets, dataset.targets[ids(part)])


class_sizes = st.lists(st.integers(2, 30), min_size=1, max_size=5)


@given(sizes=class_sizes, fraction=st.floats(0.01, 0.99), seed=st.integers(0, 3))
def test_stratified_split_keeps_every_sample_and_the_shares(sizes, fraction, seed):
    dataset = labelled(*sizes)
    training, test = stratified_split(dataset, test_fraction=fraction, rng=seed)
    assert_a_partition(dataset, training, test)
    given_away = np.bincount(test.targets, minlength=len(sizes))
    for size, count in zip(sizes, given_away, strict=True):
        assert 1 <= count <= size - 1
        assert abs(count - fraction * size) <= 1


@pytest.mark.parametrize(("fraction", "counts"), [(0.01, [1, 1]), (0.99, [2, 1])])
def test_stratified_split_leaves_a_sample_of_each_class_on_either_side(
    fraction, counts
):
    training, test = stratified_split(labelled(3, 2), test_fraction=fraction, rng=0)
    np.testing.assert_array_equal(np.bincount(test.targets), counts)
    np.testing.assert_array_equal(
        np.bincount(training.targets), [3, 2] - np.array(counts)
    )


def test_stratified_split_draws_as_its_definition_says():
    dataset = labelled(8, 4)
    rng = np.random.default_rng(5)
    first, second = rng.permutation(8), 8 + rng.permutation(4)
    training = rng.permutation(np.concatenate([first[2:], second[1:]]))
    test = rng.permutation(np.concatenate([first[:2], second[:1]]))
    parts = stratified_split(dataset, rng=np.random.default_rng(5))
    np.testing.assert_array_equal(ids(parts[0]), training)
    np.testing.assert_array_equal(ids(parts[1]), test)


@given(
    samples=st.integers(1, 60),
    weights=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    seed=st.integers(0, 3),
)
def test_random_split_has_the_sizes_of_the_largest_remainder(samples, weights, seed):
    fractions = [weight / sum(weights) for weight in weights]
    dataset = unlabelled(samples)
    exact = np.array(weights) * samples
    expected = exact // sum(weights)
    rest = samples - expected.sum()
    lost = exact % sum(weights)
    winners = sorted(range(len(weights)), key=lambda part: (-lost[part], part))[:rest]
    expected[winners] += 1
    if 0 in expected:
        with pytest.raises(ValueError, match=f"of {samples} samples is no sample"):
            random_split(dataset, fractions, rng=seed)
        return
    parts = random_split(dataset, fractions, rng=seed)
    assert_a_partition(dataset, *parts)
    assert [len(part) for part in parts] == expected.tolist()


def test_random_split_is_exact_where_the_product_is_not():
    assert 0.29 * 100 < 29
    parts = random_split(unlabelled(100), (0.29, 0.58, 0.13), rng=0)
    assert [len(part) for part in parts] == [29, 58, 13]


def test_random_split_gives_a_tie_to_the_earlier_part():
    assert 0.6 * 16 - 9 < 0.1 * 16 - 1  # both 0.6, but for their last digits
    parts = random_split(unlabelled(16), (0.6, 0.1, 0.3), rng=0)
    assert [len(part) for part in parts] == [10, 1, 5]


@pytest.mark.parametrize(("fraction", "held_out"), [(0.9, 3), (0.6, 2), (0.1, 1)])
def test_either_side_of_an_ordered_split_has_a_sample(fraction, held_out):
    training, test = ordered_split(unlabelled(4), test_fraction=fraction)
    assert (ids(training).tolist(), len(test)) == (list(range(4 - held_out)), held_out)


@given(samples=st.integers(2, 60), fraction=st.floats(0.01, 0.99))
def test_ordered_split_keeps_the_order(samples, fraction):
    training, test = ordered_split(unlabelled(samples), test_fraction=fraction)
    np.testing.assert_array_equal(
        np.concatenate([ids(training), ids(test)]), np.arange(samples)
    )
    assert len(training) >= 1
    assert len(test) >= 1
    assert abs(len(test) - fraction * samples) <= 1


@given(
    sizes=st.lists(st.integers(5, 12), min_size=1, max_size=4),
    k=st.integers(2, 5),
    stratified=st.booleans(),
    seed=st.integers(0, 3),
)
def test_in_k_folds_every_sample_validates_once(sizes, k, stratified, seed):
    dataset = labelled(*sizes)
    folds = list(k_fold(dataset, k, rng=seed, stratified=stratified))
    assert len(folds) == k
    for training, validation in folds:
        assert_a_partition(dataset, training, validation)
    validations = [validation for _, validation in folds]
    assert_a_partition(dataset, *validations)
    lengths = [len(validation) for validation in validations]
    assert max(lengths) - min(lengths) <= 1
    if stratified:
        counts = np.array(
            [np.bincount(v.targets, minlength=len(sizes)) for v in validations]
        )
        assert np.ptp(counts, axis=0).max() <= 1


def test_folds_are_in_the_order_of_the_data_set_and_not_its_slices():
    for training, validation in k_fold(labelled(20, 20), 4, rng=0):
        assert (np.diff(ids(training)) > 0).all()
        assert (np.diff(ids(validation)) > 0).all()
        assert (np.diff(ids(validation)) > 4).any()  # not every fourth either


def test_folds_deal_out_each_class_in_the_order_drawn():
    dataset = labelled(150, 50).take(np.random.default_rng(1).permutation(200))
    drawn = np.random.default_rng(7).permutation(200)
    dealt = [i for label in (0, 1) for i in drawn if dataset.targets[i] == label]
    folds = list(k_fold(dataset, 8, rng=np.random.default_rng(7)))
    for number, (_, validation) in enumerate(folds):
        expected = dataset.take(np.sort(dealt[number::8]))
        np.testing.assert_array_equal(validation.inputs, expected.inputs)


def test_folds_draw_at_the_call():
    rng = np.random.default_rng(2)
    folds = k_fold(labelled(9, 9), 3, rng=rng)
    rng.random(100)
    again = k_fold(labelled(9, 9), 3, rng=np.random.default_rng(2))
    for (_, validation), (_, same) in zip(folds, again, strict=True):
        np.testing.assert_array_equal(ids(validation), ids(same))


@pytest.mark.parametrize(
    "split",
    [
        lambda dataset, seed: stratified_split(dataset, rng=seed)[1],
        lambda dataset, seed: random_split(dataset, (0.5, 0.5), rng=seed)[0],
        lambda dataset, seed: next(k_fold(dataset, 4, rng=seed))[1],
        lambda dataset, seed: next(k_fold(dataset, 4, rng=seed, stratified=False))[1],
    ],
    ids=["stratified_split", "random_split", "k_fold", "k_fold, not stratified"],
)
def test_the_generator_decides(split):
    dataset = labelled(40, 20)
    chosen = ids(split(dataset, np.random.default_rng(0)))
    np.testing.assert_array_equal(chosen, ids(split(dataset, 0)))
    assert not np.array_equal(np.sort(chosen), np.sort(ids(split(dataset, 1))))


def test_random_splits_are_shuffled():
    for part in stratified_split(labelled(40, 20), rng=0):
        assert (np.diff(part.targets) < 0).any()
    for part in random_split(labelled(40, 20), (0.5, 0.5), rng=0):
        assert (np.diff(part.targets) < 0).any()


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, float("nan")])
def test_a_fraction_outside_the_open_interval_is_refused(fraction):
    with pytest.raises(ValueError, match="test_fraction must lie in"):
        stratified_split(labelled(4, 4), test_fraction=fraction, rng=0)
    with pytest.raises(ValueError, match="test_fraction must lie in"):
        ordered_split(labelled(4, 4), test_fraction=fraction)


@pytest.mark.parametrize(
    ("fractions", "message"),
    [
        ((), "fractions must be greater than 0"),
        ((0.5, 0.5, 0.0), "fractions must be greater than 0"),
        ((1.5, -0.5), "fractions must be greater than 0"),
        ((float("nan"), 0.5), "fractions must be greater than 0"),
        ((0.8, 0.1), r"fractions must sum to 1, got \(0.8, 0.1\): 0.9"),
        ((0.99, 0.01), "a fraction of 0.01 of 10 samples is no sample"),
    ],
)
def test_fractions_that_are_no_shares_are_refused(fractions, message):
    with pytest.raises(ValueError, match=message):
        random_split(unlabelled(10), fractions, rng=0)


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match=r"class 'b' has 1 sample\(s\); a split needs"):
        stratified_split(labelled(4, 1), rng=0)
    with pytest.raises(ValueError, match=r"unlabelled has 1 sample\(s\)"):
        ordered_split(unlabelled(1))
    with pytest.raises(ValueError, match=r"class 'b' has 2 sample\(s\) for k=3 folds"):
        k_fold(labelled(4, 2), 3, rng=0)


def test_numbers_cannot_be_stratified():
    with pytest.raises(ValueError, match="unlabelled has no classes: use random_split"):
        stratified_split(unlabelled(9), rng=0)
    with pytest.raises(ValueError, match="no classes: pass stratified=False"):
        k_fold(unlabelled(9), 3, rng=0)
    assert len(list(k_fold(unlabelled(9), 3, rng=0, stratified=False))) == 3


@pytest.mark.parametrize(
    ("k", "kind", "message"),
    [
        (1, ValueError, r"k must lie in 2\.\.8, got 1"),
        (9, ValueError, r"k must lie in 2\.\.8, got 9"),
        (2.0, TypeError, "k must be an int, got float"),
        (True, TypeError, "k must be an int, got bool"),
    ],
)
def test_a_number_of_folds_out_of_range_is_refused_at_the_call(k, kind, message):
    with pytest.raises(kind, match=message):
        k_fold(labelled(4, 4), k, rng=0)


def test_as_many_folds_as_samples_leave_one_out():
    folds = list(k_fold(unlabelled(6), 6, rng=0, stratified=False))
    assert [len(validation) for _, validation in folds] == [1] * 6
