"""Where dlbook does not answer as torch does, on purpose: both answers are asserted.

If torch changes its mind, the test here fails and the exception can go.
"""

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.optim import SGD

NAN, INF = np.nan, np.inf


def gradients(ours, theirs, x):
    """Return the gradient of the sum, ours and torch's."""
    x = np.array(x)
    our, their = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    ours(our).sum().backward()
    theirs(their).sum().backward()
    return our.grad, their.grad.numpy()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Tensor.abs, torch.abs),
        (F.elu, torch.nn.functional.elu),
        (F.selu, torch.nn.functional.selu),
        (F.hardswish, torch.nn.functional.hardswish),
    ],
)
def test_the_slope_at_nan_is_nan(ours, theirs):
    our, their = gradients(ours, theirs, [NAN, 2.0])
    assert np.isnan(our).tolist() == [True, False]
    assert np.isfinite(their).all()


def test_gelu_of_infinity_is_infinity_in_float32_too():
    x = np.full(4, INF, np.float32)
    assert (F.gelu(Tensor(x)).data == INF).all()
    assert torch.nn.functional.gelu(torch.tensor(x)).isnan().all()
    assert torch.nn.functional.gelu(torch.tensor(x[:1])) == INF  # one alone


def test_the_root_of_minus_0_has_the_slope_of_the_root_of_0():
    with np.errstate(divide="ignore"):
        our, their = gradients(lambda x: x**0.5, lambda x: x**0.5, [-0.0])
    assert our == INF
    assert their == -INF


def test_logsumexp_beside_infinity_has_no_slope_where_exp_overflows():
    with np.errstate(over="ignore", invalid="ignore"):
        our, their = gradients(
            lambda x: x.logsumexp(0), lambda x: x.logsumexp(0), [1e4, INF]
        )
    assert np.isnan(our).all()
    np.testing.assert_array_equal(their, [0, NAN])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda: Tensor(np.zeros(0)).mean(), lambda: torch.zeros(0).mean()),
        (
            lambda: F.cross_entropy(Tensor(np.zeros((2, 3))), [-100, -100]),
            lambda: torch.nn.functional.cross_entropy(
                torch.zeros(2, 3), torch.tensor([-100, -100])
            ),
        ),
        (
            lambda: F.nll_loss(Tensor(np.zeros((0, 3))), np.zeros(0, int)),
            lambda: torch.nn.functional.nll_loss(
                torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64)
            ),
        ),
        (
            lambda: F.mse_loss(Tensor(np.zeros(0)), np.zeros(0)),
            lambda: torch.nn.functional.mse_loss(torch.zeros(0), torch.zeros(0)),
        ),
    ],
)
def test_a_mean_over_nothing_is_refused(ours, theirs):
    with pytest.raises(ValueError, match=r"no elements|over nothing"):
        ours()
    assert theirs().isnan()


def test_a_variance_with_nothing_to_divide_by_is_refused():
    for name in ("var", "std"):
        with pytest.raises(ValueError, match=f"{name}: 1 elements with correction=1"):
            getattr(Tensor(np.ones(1)), name)()
        with pytest.warns(UserWarning, match="degrees of freedom"):
            assert getattr(torch.ones(1), name)().isnan()


def test_a_squared_error_does_not_broadcast():
    with pytest.raises(ValueError, match=r"\(3,\).*\(3, 1\)"):
        F.mse_loss(Tensor(np.zeros((3, 1))), np.zeros(3))
    with pytest.warns(UserWarning, match="size"):
        torch.nn.functional.mse_loss(torch.zeros(3, 1), torch.zeros(3))


@pytest.mark.parametrize(
    "options",
    [
        {"lr": NAN},
        {"lr": INF},
        {"lr": 0.1, "momentum": 1.5},
        {"lr": 0.1, "momentum": 0.9, "dampening": -1.0},
    ],
)
def test_unusable_options_of_sgd_are_refused(options):
    name = list(options)[-1]
    with pytest.raises(ValueError, match=f"SGD: {name} must be finite"):
        SGD([Tensor(np.ones(1), requires_grad=True)], **options)
    torch.optim.SGD([torch.ones(1, requires_grad=True)], **options)


def test_an_axis_of_another_length_is_not_squeezed_silently():
    with pytest.raises(ValueError, match="size not equal to one"):
        Tensor(np.ones((2, 1))).squeeze(0)
    assert torch.ones(2, 1).squeeze(0).shape == (2, 1)


def test_a_comparison_with_what_is_no_number_is_refused():
    with pytest.raises(TypeError):
        _ = Tensor([1.0]) == None  # noqa: E711
    assert (torch.ones(1) == None) is False  # noqa: E711
