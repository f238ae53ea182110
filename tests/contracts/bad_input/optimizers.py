"""Layers and optimizers: sizes, options, parameters."""

import math

import numpy as np
import torch

from dlbook import nn, optim
from tests.contracts.bad_input.row import BadInput, parameter


def sgd(what, match, silent=False, error=ValueError, **options):
    return BadInput(
        f"SGD: {what}",
        lambda: optim.SGD(parameter(), **options),
        error,
        match,
        lambda: torch.optim.SGD([torch.ones(2, requires_grad=True)], **options),
        silent,
    )


def options_of(name):
    """Return a function that makes rows of the bad options of one optimizer."""
    ours, theirs = getattr(optim, name), getattr(torch.optim, name)

    def row(what, match, silent=False, error=ValueError, **options):
        return BadInput(
            f"{name}: {what}",
            lambda: ours(parameter(), **options),
            error,
            match,
            lambda: theirs([torch.ones(2, requires_grad=True)], **options),
            silent,
        )

    return row


def not_negative(name, *options):
    """Return rows for options that must be finite and not negative."""
    row = options_of(name)
    for option in options:
        yield row(
            f"{option} negative",
            f"{name}: {option} must be finite and >= 0, got -1",
            **{option: -1.0},
        )
        yield row(f"{option} nan", f"{option} must be finite", **{option: math.nan})
        yield row(
            f"{option} infinite", f"{option} must be finite", True, **{option: math.inf}
        )
        yield row(
            f"{option} is text",
            f"{option} must be a number",
            error=TypeError,
            **{option: "0.1"},
        )


def betas(name):
    """Return rows for the betas of an optimizer."""
    row = options_of(name)
    return [
        row("beta 1 negative", r"betas\[0\] must .*got -0.1", betas=(-0.1, 0.9)),
        row("beta 1 of 1", r"betas\[0\] must be less than 1", betas=(1.0, 0.9)),
        row("beta 1 of 1.5", r"betas\[0\] must .*got 1.5", betas=(1.5, 0.9)),
        row("beta 2 of 1", r"betas\[1\] must be less than 1", betas=(0.9, 1.0)),
        row("beta 2 nan", r"betas\[1\] must be finite", betas=(0.9, math.nan)),
        row("one beta", "pair of numbers, got 0.9", error=TypeError, betas=0.9),
        row("three betas", "pair", True, error=TypeError, betas=(0.9, 0.9, 0.9)),
        row(
            "betas as text",
            r"betas\[0\] must be a number",
            error=TypeError,
            betas=("a", "b"),
        ),
    ]


adadelta, rmsprop = options_of("Adadelta"), options_of("RMSprop")
ADAPTIVE = [
    *(
        row
        for name in ("Adam", "AdamW", "Adamax", "NAdam", "RAdam")
        for row in (*not_negative(name, "lr", "eps", "weight_decay"), *betas(name))
    ),
    *not_negative("NAdam", "momentum_decay"),
    *not_negative(
        "Adagrad", "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"
    ),
    *not_negative("Adadelta", "lr", "eps", "weight_decay"),
    *not_negative("RMSprop", "lr", "eps", "weight_decay"),
    adadelta("rho negative", r"rho must .*\[0, 1\], got -0.1", rho=-0.1),
    adadelta("rho above 1", "Adadelta: rho must .*got 1.5", rho=1.5),
    adadelta("rho nan", "rho must be finite", rho=math.nan),
    rmsprop("alpha negative", "RMSprop: alpha must .*got -0.1", alpha=-0.1),
    rmsprop("alpha of 1", "alpha must be less than 1, got 1", True, alpha=1.0),
    rmsprop("alpha above 1", "alpha must .*got 1.5", True, alpha=1.5),
    rmsprop("alpha nan", "alpha must be finite", alpha=math.nan),
    rmsprop("momentum negative", "momentum must .*got -0.1", momentum=-0.1),
    rmsprop("momentum above 1", "momentum must .*got 1.5", True, momentum=1.5),
    rmsprop("momentum nan", "momentum must be finite", momentum=math.nan),
]


def clipping(name, what, limit, error, match, silent=False, **options):
    theirs = getattr(torch.nn.utils, name)

    def torchs():
        p = torch.ones(2, requires_grad=True)
        p.grad = torch.ones(2)
        theirs([p], limit, **options)

    return BadInput(
        f"{name}: {what}",
        lambda: getattr(optim, name)(with_gradient(), limit, **options),
        error,
        match,
        torchs,
        silent,
    )


def with_gradient():
    found = parameter()
    found[0].grad = np.ones(2)
    return found


ROWS = [
    *ADAPTIVE,
    BadInput(
        "proximal_l1_: negative",
        lambda: optim.proximal_l1_(parameter(), -1.0),
        ValueError,
        "proximal_l1_: amount must be finite and >= 0, got -1",
    ),
    BadInput(
        "proximal_l1_: an array",
        lambda: optim.proximal_l1_([np.ones(2)], 1.0),
        TypeError,
        r"parameters\[0\] must be a Tensor, got ndarray",
    ),
    BadInput(
        "proximal_l1_: a result",
        lambda: optim.proximal_l1_(parameter()[0] * 2.0, 1.0),
        ValueError,
        r"parameters\[0\] is the result of mul",
    ),
    clipping("clip_grad_norm_", "negative", -1.0, ValueError, "max_norm must", True),
    clipping("clip_grad_norm_", "nan", math.nan, ValueError, "max_norm must", True),
    clipping("clip_grad_norm_", "text", "1", TypeError, "max_norm must be a", True),
    clipping(
        "clip_grad_norm_",
        "order 0.5",
        1.0,
        ValueError,
        "norm_type must be >= 1, got 0.5",
        True,
        norm_type=0.5,
    ),
    clipping("clip_grad_value_", "negative", -1.0, ValueError, "clip_value", True),
    clipping("clip_grad_value_", "nan", math.nan, ValueError, "clip_value", True),
    BadInput(
        "clip_grad_norm_: an array",
        lambda: optim.clip_grad_norm_([np.ones(2)], 1.0),
        TypeError,
        r"parameters\[0\] must be a Tensor, got ndarray",
        lambda: torch.nn.utils.clip_grad_norm_([np.ones(2)], 1.0),
    ),
    BadInput(
        "clip_grad_value_: a number",
        lambda: optim.clip_grad_value_(3, 1.0),
        TypeError,
        "parameters must be Tensors, got int",
        lambda: torch.nn.utils.clip_grad_value_(3, 1.0),
    ),
    BadInput(
        "Linear: size 0",
        lambda: nn.Linear(0, 2),
        ValueError,
        "in_features must be at least 1, got 0",
        lambda: torch.nn.Linear(0, 2),
        True,
    ),
    BadInput(
        "Linear: negative size",
        lambda: nn.Linear(2, -1),
        ValueError,
        "out_features must be at least 1, got -1",
        lambda: torch.nn.Linear(2, -1),
    ),
    BadInput(
        "Linear: a float",
        lambda: nn.Linear(2, 2.0),
        TypeError,
        "out_features",
        lambda: torch.nn.Linear(2, 2.0),
    ),
    BadInput("Linear: rng is text", lambda: nn.Linear(2, 2, rng="0"), TypeError, "rng"),
    sgd("lr negative", "lr must be finite and >= 0, got -1", lr=-1.0),
    sgd("lr nan", "lr must be finite", True, lr=math.nan),
    sgd("lr infinite", "lr must be finite", True, lr=math.inf),
    sgd("lr is text", "lr must be a number, got str", error=TypeError, lr="0.1"),
    sgd(
        "momentum negative",
        r"momentum must .*\[0, 1\], got -0.1",
        lr=0.1,
        momentum=-0.1,
    ),
    sgd("momentum 1.5", "momentum must .*1.5", True, lr=0.1, momentum=1.5),
    sgd("momentum nan", "momentum must", True, lr=0.1, momentum=math.nan),
    sgd("weight_decay negative", "weight_decay must", lr=0.1, weight_decay=-1e-4),
    sgd(
        "dampening above 1", "dampening must", True, lr=0.1, momentum=0.5, dampening=1.5
    ),
    sgd(
        "dampening negative",
        "dampening must",
        True,
        lr=0.1,
        momentum=0.5,
        dampening=-0.5,
    ),
    sgd(
        "nesterov without momentum",
        "nesterov needs momentum > 0",
        lr=0.1,
        nesterov=True,
    ),
    sgd(
        "nesterov with dampening",
        "nesterov needs .* dampening 0.5",
        lr=0.1,
        momentum=0.9,
        dampening=0.5,
        nesterov=True,
    ),
    BadInput(
        "SGD: no parameters",
        lambda: optim.SGD([]),
        ValueError,
        "params is empty",
        lambda: torch.optim.SGD([]),
    ),
    BadInput(
        "SGD: an empty group",
        lambda: optim.SGD([{"params": []}]),
        ValueError,
        "no parameters",
        lambda: torch.optim.SGD([{"params": []}]),
        True,
    ),
    BadInput(
        "SGD: a tensor instead of a list",
        lambda: optim.SGD(parameter()[0]),
        TypeError,
        "iterable of Tensors",
        lambda: torch.optim.SGD(torch.ones(2, requires_grad=True)),
    ),
    BadInput(
        "SGD: arrays",
        lambda: optim.SGD([np.ones(2)]),
        TypeError,
        r"params\[0\] must be a Tensor, got ndarray",
        lambda: torch.optim.SGD([np.ones(2)]),
    ),
    BadInput(
        "SGD: a result",
        lambda: optim.SGD([parameter()[0] * 2.0]),
        ValueError,
        "result of mul",
        lambda: torch.optim.SGD([torch.ones(2, requires_grad=True) * 2.0]),
    ),
    BadInput(
        "SGD: a parameter twice",
        lambda: optim.SGD(parameter() * 2),
        ValueError,
        "appears twice",
    ),
    BadInput(
        "SGD: an unknown option in a group",
        lambda: optim.SGD([{"params": parameter(), "learning_rate": 1.0}]),
        ValueError,
        "unknown option learning_rate",
        lambda: torch.optim.SGD(
            [{"params": [torch.ones(2, requires_grad=True)], "learning_rate": 1.0}]
        ),
        True,
    ),
]
