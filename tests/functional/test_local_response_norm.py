"""Local response normalization: neighbors are channels, not places."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor


def test_the_equation_by_hand():
    x = np.array([[[1.0], [2.0], [3.0]]])
    y = F.local_response_norm(Tensor(x), 3, alpha=3.0, beta=1.0, k=2.0).data
    sums = np.array([1 + 4, 1 + 4 + 9, 4 + 9])
    np.testing.assert_allclose(y.ravel(), [1, 2, 3] / (2.0 + sums), rtol=1e-12)


def test_an_even_number_of_neighbors_reaches_further_back():
    x = np.array([[[1.0], [2.0], [3.0]]])
    y = F.local_response_norm(Tensor(x), 2, alpha=2.0, beta=1.0).data
    sums = np.array([1, 1 + 4, 4 + 9])
    np.testing.assert_allclose(y.ravel(), [1, 2, 3] / (1.0 + sums), rtol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_places_do_not_meet(size):
    x = np.random.default_rng(0).standard_normal((1, 4, 3))
    options = {"alpha": 0.5}
    whole = F.local_response_norm(Tensor(x), size, **options).data
    parts = [
        F.local_response_norm(Tensor(x[..., i : i + 1]), size, **options).data
        for i in range(3)
    ]
    np.testing.assert_allclose(whole, np.concatenate(parts, -1), rtol=1e-12)
