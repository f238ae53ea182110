"""Schedules of the learning rate and averages of weights: options, parts, numbers."""

import math

import torch

from dlbook import optim
from dlbook.optim import lr_scheduler
from tests.contracts.bad_input.row import BadInput, parameter

NAN, INF = math.nan, math.inf


def sgd(groups=1):
    return optim.SGD([{"params": parameter()} for _ in range(groups)], lr=0.1)


def torchs_sgd(groups=1):
    return torch.optim.SGD(
        [{"params": [torch.ones(2, requires_grad=True)]} for _ in range(groups)], lr=0.1
    )


def bad(name, what, match, error=ValueError, silent=True, steps=0, **options):
    """Return one row: a scheduler with these options, and some steps."""

    def call(module, optimizer):
        scheduler = getattr(module, name)(optimizer, **options)
        for _ in range(steps):
            optimizer.step()
            scheduler.step()

    return BadInput(
        f"{name}: {what}",
        lambda: call(lr_scheduler, sgd()),
        error,
        f"{name}: {match}",
        lambda: call(torch.optim.lr_scheduler, torchs_sgd()),
        silent,
    )


def made(what, match, make, error=ValueError, silent=False):
    """Return one row of a scheduler made of others."""
    return BadInput(
        what,
        lambda: make(lr_scheduler, sgd),
        error,
        match,
        lambda: make(torch.optim.lr_scheduler, torchs_sgd),
        silent,
    )


def sequence(module, new, milestones, parts=2):
    optimizer = new()
    schedulers = [module.StepLR(optimizer, 3) for _ in range(parts)]
    return module.SequentialLR(optimizer, schedulers, milestones)


def two_optimizers(module, new):
    first = new()
    parts = [module.StepLR(first, 3), module.StepLR(new(), 3)]
    return first, parts


CYCLE = {"base_lr": 0.01, "max_lr": 0.1, "cycle_momentum": False}
ONE = {"max_lr": 0.1, "cycle_momentum": False}
TEN = ONE | {"total_steps": 10}
ROWS = [
    *(
        BadInput(
            f"{name}: no optimizer",
            lambda name=name, options=options: getattr(lr_scheduler, name)(
                "sgd", **options
            ),
            TypeError,
            f"{name}: optimizer must be an Optimizer, got str",
            lambda name=name, options=options: getattr(torch.optim.lr_scheduler, name)(
                "sgd", **options
            ),
        )
        for name, options in {
            "StepLR": {"step_size": 1},
            "LambdaLR": {"lr_lambda": lambda t: 1.0},
            "CyclicLR": CYCLE,
            "OneCycleLR": TEN,
            "ReduceLROnPlateau": {},
            "SequentialLR": {"schedulers": [], "milestones": []},
        }.items()
    ),
    bad(
        "StepLR",
        "size 0",
        "step_size must be at least 1, got 0",
        silent=False,
        step_size=0,
        steps=1,
    ),
    bad("StepLR", "size 2.5", "step_size must be an int", TypeError, step_size=2.5),
    bad("StepLR", "size True", "step_size must be an int", TypeError, step_size=True),
    bad("StepLR", "gamma -1", "gamma must be finite and >= 0", step_size=1, gamma=-1.0),
    bad("StepLR", "gamma nan", "gamma must be finite", step_size=1, gamma=NAN),
    bad(
        "StepLR",
        "last_epoch -2",
        "last_epoch must be at least -1",
        silent=False,
        step_size=1,
        last_epoch=-2,
    ),
    bad(
        "StepLR",
        "goes on without initial rates",
        "last_epoch=3 goes on with a schedule, but parameter group 0 has no",
        silent=False,
        step_size=1,
        last_epoch=3,
    ),
    bad(
        "MultiStepLR",
        "one milestone, not a list",
        "milestones must be an iterable of ints, got 3",
        TypeError,
        silent=False,
        milestones=3,
    ),
    bad(
        "MultiStepLR",
        "text",
        "milestones must be an iterable",
        TypeError,
        milestones="3",
    ),
    bad(
        "MultiStepLR",
        "a milestone of 1.5",
        r"milestones\[1\] must be an int, got 1.5",
        TypeError,
        milestones=[1, 1.5],
    ),
    bad(
        "MultiStepLR",
        "a negative milestone",
        r"milestones\[0\] must be at least 0",
        milestones=[-1],
    ),
    bad("MultiStepLR", "gamma inf", "gamma must be", milestones=[], gamma=INF),
    bad("ExponentialLR", "gamma -1", "gamma must be finite and >= 0", gamma=-1.0),
    bad(
        "ExponentialLR",
        "gamma as text",
        "gamma must be a number, got str",
        TypeError,
        gamma="0.9",
    ),
    bad(
        "ConstantLR",
        "factor 2",
        "factor must be finite and in",
        silent=False,
        factor=2,
    ),
    bad("ConstantLR", "factor 0", "factor must be greater than 0", factor=0.0),
    bad("ConstantLR", "no steps", "total_iters must be at least 1", total_iters=0),
    bad(
        "LinearLR",
        "start 0",
        "start_factor must be greater",
        silent=False,
        start_factor=0,
    ),
    bad("LinearLR", "start 2", "start_factor must be", silent=False, start_factor=2.0),
    bad("LinearLR", "end -1", "end_factor must be", silent=False, end_factor=-1.0),
    bad("LinearLR", "end 2", "end_factor must be", silent=False, end_factor=2.0),
    bad("LinearLR", "no steps", "total_iters must be at least 1", total_iters=0),
    bad("PolynomialLR", "no steps", "total_iters must be at least 1", total_iters=0),
    bad("PolynomialLR", "power -1", "power must be finite and >= 0", power=-1.0),
    bad("CosineAnnealingLR", "T_max 0", "T_max must be at least 1", T_max=0),
    bad("CosineAnnealingLR", "T_max 2.5", "T_max must be an int", TypeError, T_max=2.5),
    bad(
        "CosineAnnealingLR",
        "eta_min -1",
        "eta_min must be finite and >= 0",
        T_max=1,
        eta_min=-1.0,
    ),
    bad(
        "CosineAnnealingWarmRestarts",
        "T_0 0",
        "T_0 must be at least 1, got 0",
        silent=False,
        T_0=0,
    ),
    bad(
        "CosineAnnealingWarmRestarts",
        "T_mult 0",
        "T_mult must be at least 1, got 0",
        silent=False,
        T_0=1,
        T_mult=0,
    ),
    bad(
        "CosineAnnealingWarmRestarts",
        "eta_min nan",
        "eta_min must be finite",
        T_0=1,
        eta_min=NAN,
    ),
    bad("CyclicLR", "base_lr -1", "base_lr must be", **CYCLE | {"base_lr": -1.0}),
    bad("CyclicLR", "max_lr nan", "max_lr must be finite", **CYCLE | {"max_lr": NAN}),
    bad(
        "CyclicLR",
        "two rates for one group",
        "max_lr has 2 values for 1 parameter groups",
        silent=False,
        **CYCLE | {"max_lr": [0.1, 0.2]},
    ),
    bad(
        "CyclicLR",
        "a rate in a list that is none",
        r"max_lr\[0\] must be a number, got NoneType",
        TypeError,
        silent=False,
        **CYCLE | {"max_lr": [None]},
    ),
    bad(
        "CyclicLR",
        "no steps up",
        "step_size_up must be at least 1",
        silent=False,
        step_size_up=0,
        **CYCLE,
    ),
    bad(
        "CyclicLR", "no steps down", "step_size_down must be", step_size_down=0, **CYCLE
    ),
    bad(
        "CyclicLR",
        "an unknown mode",
        "mode must be one of triangular, triangular2, exp_range, got 'sine'",
        silent=False,
        mode="sine",
        **CYCLE,
    ),
    bad("CyclicLR", "an unknown scale_mode", "scale_mode", scale_mode="step", **CYCLE),
    bad(
        "CyclicLR",
        "a scale that cannot be called",
        "scale_fn must be callable, got 0.5",
        TypeError,
        silent=False,
        scale_fn=0.5,
        **CYCLE,
    ),
    bad("CyclicLR", "gamma -1", "gamma must be finite and >= 0", gamma=-1.0, **CYCLE),
    bad(
        "CyclicLR",
        "momentum of 1.5",
        r"max_momentum must be finite and in \[0, 1\]",
        max_momentum=1.5,
        **CYCLE,
    ),
    bad(
        "CyclicLR",
        "lowest momentum of 1.5",
        "base_momentum",
        base_momentum=1.5,
        **CYCLE,
    ),
    bad("OneCycleLR", "no number of steps", "give either", silent=False, **ONE),
    bad("OneCycleLR", "no epochs", "give", silent=False, steps_per_epoch=2, **ONE),
    bad("OneCycleLR", "epochs alone", "give either", silent=False, epochs=2, **ONE),
    bad("OneCycleLR", "steps given twice", "give either", epochs=2, **TEN),
    bad(
        "OneCycleLR",
        "steps given all ways",
        "give either total_steps or both",
        epochs=2,
        steps_per_epoch=5,
        **TEN,
    ),
    bad(
        "OneCycleLR",
        "total_steps 0",
        "total_steps must be at least 1",
        silent=False,
        total_steps=0,
        **ONE,
    ),
    bad(
        "OneCycleLR",
        "epochs 0",
        "epochs must be at least 1",
        silent=False,
        epochs=0,
        steps_per_epoch=2,
        **ONE,
    ),
    bad(
        "OneCycleLR",
        "steps_per_epoch 1.5",
        "steps_per_epoch must be an int",
        TypeError,
        silent=False,
        epochs=2,
        steps_per_epoch=1.5,
        **ONE,
    ),
    bad(
        "OneCycleLR",
        "rise of 2",
        "pct_start must be",
        silent=False,
        pct_start=2.0,
        **TEN,
    ),
    bad(
        "OneCycleLR",
        "rise and fall longer than the cycle",
        r"pct_start must be finite and in \[0, 0.5\], got 0.6",
        pct_start=0.6,
        three_phase=True,
        **TEN,
    ),
    bad(
        "OneCycleLR",
        "an unknown strategy",
        "anneal_strategy must be one of cos, linear, got 'sine'",
        silent=False,
        anneal_strategy="sine",
        **TEN,
    ),
    bad(
        "OneCycleLR",
        "div_factor 0",
        "div_factor must be greater than 0",
        silent=False,
        div_factor=0.0,
        **TEN,
    ),
    bad(
        "OneCycleLR",
        "final_div_factor 0",
        "final_div_factor must be greater than 0",
        silent=False,
        final_div_factor=0.0,
        **TEN,
    ),
    bad("OneCycleLR", "div_factor -1", "div_factor must be", div_factor=-1.0, **TEN),
    bad("OneCycleLR", "max_lr -1", "max_lr must be", **TEN | {"max_lr": -1.0}),
    bad("OneCycleLR", "momentum of 1.5", "max_momentum", max_momentum=1.5, **TEN),
    bad(
        "OneCycleLR",
        "lowest momentum of 1.5",
        "base_momentum",
        base_momentum=1.5,
        **TEN,
    ),
    bad(
        "LambdaLR",
        "no function",
        "lr_lambda must be callable, got 0.9",
        TypeError,
        silent=False,
        lr_lambda=0.9,
    ),
    bad(
        "LambdaLR",
        "two functions for one group",
        "lr_lambda has 2 functions for 1 parameter groups",
        silent=False,
        lr_lambda=[abs, abs],
    ),
    bad(
        "MultiplicativeLR",
        "no function",
        "lr_lambda must be callable, got None",
        TypeError,
        silent=False,
        lr_lambda=[None],
    ),
    bad("ReduceLROnPlateau", "factor 1", "factor must be", silent=False, factor=1.0),
    bad("ReduceLROnPlateau", "factor 1.5", "factor", silent=False, factor=1.5),
    bad("ReduceLROnPlateau", "factor -1", "factor must be", factor=-1.0),
    bad("ReduceLROnPlateau", "patience -1", "patience must be at least 0", patience=-1),
    bad("ReduceLROnPlateau", "cooldown -1", "cooldown must be at least 0", cooldown=-1),
    bad("ReduceLROnPlateau", "threshold -1", "threshold must be", threshold=-1.0),
    bad("ReduceLROnPlateau", "eps nan", "eps must be finite", eps=NAN),
    bad("ReduceLROnPlateau", "min_lr -1", "min_lr must be finite", min_lr=-1.0),
    bad(
        "ReduceLROnPlateau",
        "two lowest rates for one group",
        "min_lr has 2 values",
        silent=False,
        min_lr=[0.1, 0.1],
    ),
    bad(
        "ReduceLROnPlateau",
        "an unknown mode",
        "mode must be one of min, max, got 'low'",
        silent=False,
        mode="low",
    ),
    bad(
        "ReduceLROnPlateau",
        "an unknown threshold_mode",
        "threshold_mode must be one of rel, abs, got 'relative'",
        silent=False,
        threshold_mode="relative",
    ),
    made(
        "SequentialLR: nothing",
        "SequentialLR: there must be one milestone between two",
        lambda m, new: sequence(m, new, [], 0),
    ),
    made(
        "SequentialLR: too few milestones",
        "got 2 schedulers and 0 milestones",
        lambda m, new: sequence(m, new, []),
    ),
    made(
        "SequentialLR: one milestone, not a list",
        "milestones must be a list, got 3",
        lambda m, new: sequence(m, new, 3),
        TypeError,
    ),
    made(
        "SequentialLR: a milestone of 0",
        r"milestones\[0\] must be at least 1, got 0",
        lambda m, new: sequence(m, new, [0]),
        silent=True,
    ),
    made(
        "SequentialLR: milestones out of order",
        r"milestones\[1\] must be at least 6, got 5",
        lambda m, new: sequence(m, new, [5, 5], 3),
        silent=True,
    ),
    made(
        "SequentialLR: two optimizers",
        r"SequentialLR: schedulers\[1\] belongs to another optimizer",
        lambda m, new: m.SequentialLR(*two_optimizers(m, new), [3]),
    ),
    made(
        "SequentialLR: a plateau",
        r"schedulers\[0\] is a ReduceLROnPlateau, whose step needs a loss",
        lambda m, new: [
            m.SequentialLR(o, [m.ReduceLROnPlateau(o), m.StepLR(o, 3)], [3])
            for o in [new()]
        ],
    ),
    made(
        "SequentialLR: one scheduler, not a list",
        "schedulers must be a list, got StepLR",
        lambda m, new: [m.SequentialLR(o, m.StepLR(o, 3), []) for o in [new()]],
        TypeError,
    ),
    made(
        "ChainedScheduler: nothing",
        "ChainedScheduler: schedulers is empty",
        lambda m, new: m.ChainedScheduler([]),
    ),
    made(
        "ChainedScheduler: no scheduler",
        r"schedulers\[1\] must be an LRScheduler, got float",
        lambda m, new: m.ChainedScheduler([m.StepLR(new(), 3), 0.9]),
        TypeError,
    ),
    made(
        "ChainedScheduler: two optimizers",
        r"ChainedScheduler: schedulers\[1\] belongs to another optimizer",
        lambda m, new: m.ChainedScheduler(two_optimizers(m, new)[1]),
    ),
    made(
        "ChainedScheduler: another optimizer than given",
        r"schedulers\[0\] belongs to another optimizer",
        lambda m, new: m.ChainedScheduler([m.StepLR(new(), 3)], new()),
    ),
    made(
        "ChainedScheduler: a plateau",
        r"schedulers\[0\] is a ReduceLROnPlateau",
        lambda m, new: m.ChainedScheduler([m.ReduceLROnPlateau(new())]),
    ),
]
