"""The Kullback-Leibler divergence: its limits, its reductions, its two forms."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor


def distributions(rng, *shape):
    p = rng.random(shape) + 0.1
    return p / p.sum(-1, keepdims=True)


def leaf(array):
    return Tensor(np.asarray(array, float), requires_grad=True)


def test_it_is_zero_between_equals_and_positive_else(rng):
    p, q = distributions(rng, 5, 4), distributions(rng, 5, 4)
    log_p, log_q = Tensor(np.log(p)), Tensor(np.log(q))
    np.testing.assert_allclose(F.kl_div(log_p, p, reduction="none").data, 0, atol=1e-15)
    assert (F.kl_div(log_q, p, reduction="none").data.sum(1) > 0).all()


def test_batchmean_is_the_mean_divergence_and_mean_is_not(rng):
    p, q = distributions(rng, 5, 4), distributions(rng, 5, 4)
    exact = (p * np.log(p / q)).sum(1).mean()
    log_q = Tensor(np.log(q))
    assert F.kl_div(log_q, p, reduction="batchmean").item() == pytest.approx(exact)
    assert F.kl_div(log_q, p).item() == pytest.approx(exact / 4)


def test_both_forms_of_the_targets_agree(rng):
    p, log_q = distributions(rng, 5, 4), np.log(distributions(rng, 5, 4))
    plain, logs = leaf(log_q), leaf(log_q)
    loss = F.kl_div(plain, p, reduction="sum")
    again = F.kl_div(logs, np.log(p), reduction="sum", log_target=True)
    loss.backward()
    again.backward()
    assert loss.item() == pytest.approx(again.item())
    np.testing.assert_allclose(plain.grad, logs.grad)


def test_it_is_cross_entropy_minus_entropy(rng):
    p, z = distributions(rng, 5, 4), rng.standard_normal((5, 4))
    divergence = F.kl_div(F.log_softmax(Tensor(z), 1), p, reduction="batchmean")
    entropy = -(p * np.log(p)).sum(1).mean()
    assert divergence.item() == pytest.approx(
        F.cross_entropy(Tensor(z), p).item() - entropy
    )


def test_a_probability_of_0_adds_nothing_and_wants_to_grow():
    p = leaf([0.0, 1.0])
    loss = F.kl_div(Tensor(np.array([-2.0, 0.0])), p, reduction="none")
    loss.backward(np.ones(2))
    assert loss.data.tolist() == [0, 0]
    assert p.grad.tolist() == [-np.inf, 1]


def test_logarithms_of_0_add_nothing():
    t = leaf([-np.inf, 0.0])
    loss = F.kl_div(Tensor(np.array([-2.0, 0.0])), t, reduction="none", log_target=True)
    loss.backward(np.ones(2))
    assert loss.data.tolist() == [0, 0]
    assert t.grad.tolist() == [0, 1]


def test_an_impossible_class_that_occurs_is_infinitely_bad():
    loss = F.kl_div(Tensor(np.array([-np.inf])), np.array([0.5]), reduction="sum")
    assert loss.item() == np.inf


def test_float32_stays_float32():
    x = Tensor(np.zeros(2, np.float32), requires_grad=True)
    for log_target in (False, True):
        loss = F.kl_div(x, np.array([0.5, 0.25]), log_target=log_target)
        loss.backward()
        assert loss.dtype == x.grad.dtype == np.float32
