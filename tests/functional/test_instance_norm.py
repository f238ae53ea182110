"""Instance normalization: running statistics averaged over the examples."""

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad


def test_running_statistics_average_the_examples_of_a_batch():
    x = np.random.default_rng(0).standard_normal((4, 3, 5, 2))
    mean, variance = Tensor(np.zeros(3)), Tensor(np.ones(3))
    with no_grad():
        F.instance_norm(Tensor(x), mean, variance, momentum=0.25)
    places = x.reshape(4, 3, 10)
    np.testing.assert_allclose(mean.data, 0.25 * places.mean((0, 2)), rtol=1e-12)
    expected = 0.75 + 0.25 * places.var(2, ddof=1).mean(0)
    np.testing.assert_allclose(variance.data, expected, rtol=1e-12)


def test_every_channel_of_every_example_gets_mean_0_and_variance_1():
    x = 5 + 3 * np.random.default_rng(0).standard_normal((4, 3, 50))
    y = F.instance_norm(Tensor(x)).data
    np.testing.assert_allclose(y.mean(2), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(2), 1, rtol=1e-4)


def test_the_contrast_of_an_image_is_lost():
    x = np.random.default_rng(0).standard_normal((2, 3, 8, 8))
    one, other = (F.instance_norm(Tensor(z), eps=1e-12).data for z in (x, 9 * x + 4))
    np.testing.assert_allclose(other, one, rtol=1e-8, atol=1e-9)
