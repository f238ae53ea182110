"""Running means."""

import numpy as np

from dlbook.optim.running_mean import update_mean, update_mean_of_squares


def test_of_equal_values_the_mean_lacks_a_power_of_the_decay():
    mean, value = np.zeros(2), np.array([3.0, -1.0])
    square, scratch = np.zeros(2), np.empty(2)
    for _ in range(5):
        update_mean(mean, value, 0.8, scratch)
        update_mean_of_squares(square, value, 0.8, scratch)
    np.testing.assert_allclose(mean, (1 - 0.8**5) * value, rtol=1e-12)
    np.testing.assert_allclose(square, (1 - 0.8**5) * value**2, rtol=1e-12)
    np.testing.assert_array_equal(value, [3, -1])


def test_values_that_may_be_lost_can_be_the_scratch_memory():
    mean, value = np.ones(2), np.array([3.0, -1.0])
    update_mean(mean, value, 0.5, value)
    np.testing.assert_array_equal(mean, [2, 0])


def test_decay_1_keeps_and_decay_0_forgets():
    mean, scratch = np.array([2.0]), np.empty(1)
    update_mean(mean, np.array([5.0]), 1.0, scratch)
    assert mean == 2
    update_mean(mean, np.array([5.0]), 0.0, scratch)
    assert mean == 5
