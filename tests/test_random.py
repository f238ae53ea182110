import numpy as np
import pytest

from dlbook.random import SEED, default_rng


def test_a_generator_comes_back_as_it_is():
    rng = np.random.default_rng(3)
    assert default_rng(rng) is rng


@pytest.mark.parametrize("seed", [0, 7, SEED, np.int64(7)])
def test_a_seed_gives_numpys_generator_of_that_seed(seed):
    assert default_rng(seed).random() == np.random.default_rng(seed).random()


def test_none_gives_other_numbers_each_time():
    assert default_rng(None).random() != default_rng().random()


def test_nothing_global_is_touched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    default_rng(0).random(5)
    default_rng().random(5)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("bad", ["0", 1.0, True, [1], np.random.RandomState(0)])
def test_anything_else_is_refused_by_its_type(bad):
    with pytest.raises(TypeError, match=f"got {type(bad).__name__}"):
        default_rng(bad)


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="non-negative"):
        default_rng(-1)
