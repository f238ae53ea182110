"""Where dlbook does not answer as torch does, on purpose: both answers are asserted.

If torch changes its mind, the test here fails and the exception can go.
"""

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.optim import SGD, lr_scheduler

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
        (
            lambda: F.kl_div(Tensor(np.zeros((0, 3))), np.zeros((0, 3))),
            lambda: torch.nn.functional.kl_div(
                torch.zeros(0, 3), torch.zeros(0, 3), reduction="batchmean"
            ),
        ),
        (
            lambda: F.soft_margin_loss(Tensor(np.zeros(0)), np.zeros(0)),
            lambda: torch.nn.functional.soft_margin_loss(
                torch.zeros(0), torch.zeros(0)
            ),
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


def after_equal_gradients(name, grad, steps, *, groups=({},), **options):
    """Return the parameters, ours and torch's: one group each."""
    our = [Tensor(np.zeros_like(grad), requires_grad=True) for _ in groups]
    their = [torch.zeros(len(grad), requires_grad=True) for _ in groups]
    for library, parameters, gradient in (
        (optim, our, grad),
        (torch.optim, their, torch.tensor(grad)),
    ):
        optimizer = getattr(library, name)(
            [{"params": [p], **g} for p, g in zip(parameters, groups, strict=True)],
            **options,
        )
        for _ in range(steps):
            for parameter in parameters:
                parameter.grad = gradient
            optimizer.step()
    return [p.data for p in our], [p.detach().numpy() for p in their]


def test_rmsprop_counts_a_variance_that_rounding_makes_negative_as_0():
    grad = np.linspace(0.1, 3, 50, dtype=np.float32)
    (our,), (their,) = after_equal_gradients(
        "RMSprop", grad, 300, alpha=0.9, centered=True
    )
    assert np.isfinite(our).all()
    assert np.isnan(their).any()


def test_a_group_of_adagrad_may_start_its_sum_elsewhere():
    grad = np.array([3.0], np.float32)
    our, their = after_equal_gradients(
        "Adagrad",
        grad,
        1,
        groups=({}, {"initial_accumulator_value": 16.0}),
        lr=1.0,
    )
    np.testing.assert_allclose(np.ravel(our), [-1, -0.6], rtol=1e-6)
    np.testing.assert_allclose(np.ravel(their), [-1, -1], rtol=1e-6)


@pytest.mark.parametrize("options", [{"alpha": 1.0}, {"alpha": 2.0}, {"momentum": 1.5}])
def test_unusable_options_of_rmsprop_are_refused(options):
    (name,) = options
    with pytest.raises(ValueError, match=f"RMSprop: {name} must be"):
        optim.RMSprop([Tensor(np.ones(1), requires_grad=True)], **options)
    torch.optim.RMSprop([torch.ones(1, requires_grad=True)], **options)


def test_an_axis_of_another_length_is_not_squeezed_silently():
    with pytest.raises(ValueError, match="size not equal to one"):
        Tensor(np.ones((2, 1))).squeeze(0)
    assert torch.ones(2, 1).squeeze(0).shape == (2, 1)


def test_a_comparison_with_what_is_no_number_is_refused():
    with pytest.raises(TypeError):
        _ = Tensor([1.0]) == None  # noqa: E711
    assert (torch.ones(1) == None) is False  # noqa: E711


def test_the_slope_of_an_absolute_error_of_nan_is_nan():
    zeros = np.zeros(2)
    our, their = gradients(
        lambda x: F.l1_loss(x, zeros),
        lambda x: torch.nn.functional.l1_loss(x, torch.tensor(zeros)),
        [NAN, 2.0],
    )
    assert np.isnan(our).tolist() == [True, False]
    assert their.tolist() == [0, 0.5]


def test_a_margin_does_not_hide_nan():
    scores = np.array([[NAN, 0.0, -5.0]])
    assert np.isnan(F.multi_margin_loss(Tensor(scores), [1]).item())
    theirs = torch.nn.functional.multi_margin_loss(
        torch.tensor(scores), torch.tensor([1])
    )
    assert theirs == 0


def test_a_batch_of_nothing_has_a_margin_loss_of_0():
    """Torch returns what its memory held, so that only its shape can be asserted."""
    loss = F.multi_margin_loss(
        Tensor(np.zeros((0, 3))), np.zeros(0, int), reduction="sum"
    )
    assert loss.item() == 0
    theirs = torch.nn.functional.multi_margin_loss(
        torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64), reduction="sum"
    )
    assert theirs.shape == ()


def test_a_logit_of_minus_infinity_is_infinitely_wrong():
    loss = F.binary_cross_entropy_with_logits(Tensor(np.array([-INF])), [1.0])
    assert loss.item() == INF
    theirs = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.tensor([-INF]), torch.tensor([1.0])
    )
    assert theirs.isnan()


def test_soft_margin_loss_does_not_overflow():
    x = [-1e4]
    our, their = gradients(
        lambda x: F.soft_margin_loss(x, [1]),
        lambda x: torch.nn.functional.soft_margin_loss(x, torch.ones(1)),
        x,
    )
    assert our == -1
    assert np.isnan(their)
    assert F.soft_margin_loss(Tensor(x), [1]).item() == 1e4
    assert torch.nn.functional.soft_margin_loss(torch.tensor(x), torch.ones(1)) == INF


def test_a_probability_of_0_wants_to_grow_in_a_divergence():
    our, their = gradients(
        lambda p: F.kl_div(Tensor(np.array([-1.0])), p, reduction="sum"),
        lambda p: torch.nn.functional.kl_div(
            torch.tensor([-1.0]).double(), p, reduction="sum"
        ),
        [0.0],
    )
    assert our == -INF
    assert np.isnan(their)


def test_a_logarithm_of_0_adds_nothing_to_a_divergence():
    logs = np.array([-1.0]), np.array([-INF])
    options = {"reduction": "sum", "log_target": True}
    assert F.kl_div(*map(Tensor, logs), **options).item() == 0
    assert torch.nn.functional.kl_div(*map(torch.tensor, logs), **options).isnan()


def test_targets_of_a_yes_or_no_question_are_probabilities():
    with pytest.raises(ValueError, match=r"targets must lie in \[0, 1\]"):
        F.binary_cross_entropy_with_logits(Tensor(np.zeros(1)), [2.0])
    theirs = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.ones(1), torch.tensor([2.0])
    )
    assert theirs < 0  # no loss is


def test_labels_of_margin_losses_are_signs():
    with pytest.raises(ValueError, match="targets must be -1 or 1, got 0"):
        F.hinge_embedding_loss(Tensor(np.array([0.25])), [0])
    theirs = torch.nn.functional.hinge_embedding_loss(
        torch.tensor([0.25]), torch.tensor([0])
    )
    assert theirs == 1  # both cases, added up


def schedules(make, steps):
    """Return the rates before the first step and after each, ours and torch's."""
    ours = SGD([Tensor(np.ones(1), requires_grad=True)], lr=1.0)
    theirs = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    courses = []
    for module, optimizer in ((lr_scheduler, ours), (torch.optim.lr_scheduler, theirs)):
        scheduler = make(module, optimizer)
        courses.append([optimizer.param_groups[0]["lr"]])
        for _ in range(steps):
            optimizer.step()
            scheduler.step()
            courses[-1].append(optimizer.param_groups[0]["lr"])
    return courses


def goes_on(make):
    """Let a scheduler set the initial rates, and another one go on from there."""

    def both(module, optimizer):
        module.LambdaLR(optimizer, lambda t: 1.0)
        return make(module, optimizer)

    return both


@pytest.mark.parametrize(
    ("make", "torchs"),
    [
        (lambda m, o: m.StepLR(o, 4, 0.5, last_epoch=3), 0.5),
        (lambda m, o: m.MultiStepLR(o, [4], 0.5, last_epoch=3), 0.5),
        (lambda m, o: m.ConstantLR(o, 0.5, 4, last_epoch=3), 2.0),
    ],
)
def test_a_schedule_that_goes_on_does_not_change_the_rate_twice(make, torchs):
    assert schedules(goes_on(make), 0) == [[1.0], [torchs]]


def test_restarts_go_on_in_their_period():
    """Step 7 of periods of 1, 2, 4 and 8 steps begins the fourth."""
    ours, theirs = schedules(
        goes_on(lambda m, o: m.CosineAnnealingWarmRestarts(o, 1, 2, last_epoch=6)), 4
    )
    np.testing.assert_allclose([ours[0], ours[4]], [1, 0.5], rtol=1e-12)
    assert not np.allclose(ours, theirs)


def test_a_restart_is_not_missed_where_a_logarithm_is_rounded():
    """Periods of 1, 3, 9, 27 and 81 steps are over at step 121."""

    def make(module, optimizer):
        scheduler = module.CosineAnnealingWarmRestarts(optimizer, 1, 3)
        scheduler.step(121)
        return scheduler

    assert schedules(make, 0) == [[1.0], [0.0]]


def test_one_cycle_does_not_lead_below_0():
    options = {"cycle_momentum": False, "anneal_strategy": "linear"}
    ours, theirs = schedules(lambda m, o: m.OneCycleLR(o, 1.0, 10, **options), 10)
    assert ours[-1] == ours[-2] > 0
    assert theirs[-1] < 0


def test_a_rise_of_one_cycle_without_length_is_passed_over():
    def make(module, optimizer):
        return module.OneCycleLR(
            optimizer, 1.0, 10, pct_start=0.1, cycle_momentum=False
        )

    optimizer = SGD([Tensor(np.ones(1), requires_grad=True)])
    assert make(lr_scheduler, optimizer).get_last_lr() == [1.0]
    with pytest.raises(ZeroDivisionError):
        make(
            torch.optim.lr_scheduler,
            torch.optim.SGD([torch.ones(1, requires_grad=True)]),
        )


def test_a_cycle_starts_from_its_own_bound_after_another_schedule():
    options = {"cycle_momentum": False}
    course = schedules(goes_on(lambda m, o: m.CyclicLR(o, 0.25, 0.5, **options)), 0)
    assert course == [[0.25], [1.0]]


def test_schedules_within_a_sequence_count_from_their_own_start():
    def first(module, o):
        parts = [module.LambdaLR(o, lambda t: 1.0), module.LambdaLR(o, lambda t: 0.5)]
        inner = module.SequentialLR(o, parts, [2])
        return module.SequentialLR(o, [inner, module.LambdaLR(o, abs)], [4])

    with pytest.warns(UserWarning, match="before `optimizer.step"):
        ours, theirs = schedules(first, 3)
    assert ours == [1, 1, 0.5, 0.5]
    assert theirs == [1, 0.5, 0.5, 0.5]  # one step early

    def chained(module, o, position=0):
        parts = [module.LambdaLR(o, lambda t: 1.0)]
        several = module.ChainedScheduler([module.ExponentialLR(o, 0.5)])
        parts.insert(position, several)
        return module.SequentialLR(o, parts, [1])

    with pytest.warns(UserWarning, match="before `optimizer.step"):
        assert schedules(chained, 0) == [[1.0], [0.5]]  # torch makes a step too many

    def later(module, o):
        return chained(module, o, 1)

    optimizer = SGD([Tensor(np.ones(1), requires_grad=True)], lr=1.0)
    scheduler = later(lr_scheduler, optimizer)
    scheduler.step()
    scheduler.step()
    assert scheduler.get_last_lr() == [0.5]
    with pytest.raises(NotImplementedError):
        schedules(later, 1)


def test_a_decoder_keeps_an_activation_that_is_a_module():
    given = {"dropout": 0.0, "dim_feedforward": 12}
    ours = nn.TransformerDecoderLayer(8, 2, activation=nn.Tanh(), **given)
    assert isinstance(nn.TransformerDecoder(ours, 1).layers[0].activation, nn.Tanh)
    theirs = torch.nn.TransformerDecoderLayer(8, 2, activation=torch.nn.Tanh(), **given)
    copied = torch.nn.TransformerDecoder(theirs, 1).layers[0]
    assert copied.activation is torch.nn.functional.relu


def test_causal_attention_needs_no_mask_beside_the_flag():
    layer = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0)
    assert layer(Tensor(np.ones((3, 8), np.float32)), is_causal=True).shape == (3, 8)
    theirs = torch.nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0)
    with pytest.raises(RuntimeError, match="Need attn_mask if specifying"):
        theirs(torch.ones(3, 8), is_causal=True)


def test_a_schedule_before_the_first_step_of_the_optimizer_is_not_warned_of():
    lr_scheduler.StepLR(SGD([Tensor(np.ones(1), requires_grad=True)]), 1).step()
    theirs = torch.optim.SGD([torch.ones(1, requires_grad=True)])
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        torch.optim.lr_scheduler.StepLR(theirs, 1).step()
