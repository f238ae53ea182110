"""Normalization: sizes that do not fit, one value a channel, statistics, options."""

import math

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.nn import Buffer
from tests.contracts.bad_input.row import BadInput, X, t, x, zeros


def them(*shape):
    return torch.zeros(shape, dtype=torch.float64)


def small(*shape):
    return Tensor(np.ones(shape, np.float32))


# each function in one correct call, to be broken in one place

OURS = {
    "batch_norm": lambda x, **o: F.batch_norm(x, None, None, **{"training": True} | o),
    "instance_norm": F.instance_norm,
    "group_norm": lambda x, **o: F.group_norm(x, 1, **o),
    "layer_norm": lambda x, **o: F.layer_norm(x, 3, **o),
    "rms_norm": lambda x, **o: F.rms_norm(x, 3, **o),
}
THEIRS = {
    "batch_norm": lambda x, **o: TF.batch_norm(x, None, None, **{"training": True} | o),
    "instance_norm": TF.instance_norm,
    "group_norm": lambda x, **o: TF.group_norm(x, 1, **o),
    "layer_norm": lambda x, **o: TF.layer_norm(x, (3,), **o),
    "rms_norm": lambda x, **o: TF.rms_norm(x, (3,), **o),
}
SHAPE = (2, 3, 3)  # fits all of them


def every_function():
    for name, ours in OURS.items():
        theirs = THEIRS[name]
        yield BadInput(
            f"{name}: of an array",
            lambda ours=ours: ours(np.ones(SHAPE)),
            TypeError,
            f"{name}: x must be a Tensor, got ndarray",
            lambda theirs=theirs: theirs(np.ones(SHAPE)),
        )
        yield BadInput(
            f"{name}: of integers",
            lambda ours=ours: ours(Tensor(np.ones(SHAPE, int))),
            TypeError,
            f"{name}: x must hold floating-point numbers, got int64",
        )
        yield BadInput(
            f"{name}: an eps that is no number",
            lambda ours=ours: ours(zeros(*SHAPE), eps="1e-5"),
            TypeError,
            f"{name}: eps must be a number, got str",
            lambda theirs=theirs: theirs(them(*SHAPE), eps="1e-5"),
        )
        for eps in (0.0, -1e-5):
            yield BadInput(
                f"{name}: eps {eps}",
                lambda ours=ours, eps=eps: ours(zeros(*SHAPE), eps=eps),
                ValueError,
                f"{name}: eps must be > 0, got {eps}",
                lambda theirs=theirs, eps=eps: theirs(them(*SHAPE), eps=eps),
                name != "batch_norm",
            )
        yield BadInput(
            f"{name}: eps nan",
            lambda ours=ours: ours(zeros(*SHAPE), eps=math.nan),
            ValueError,
            f"{name}: eps must be finite",
        )
        for parameter in ("weight", "bias"):
            if (name, parameter) == ("rms_norm", "bias"):
                continue
            yield BadInput(
                f"{name}: a {parameter} of the wrong length",
                lambda ours=ours, p=parameter: ours(zeros(*SHAPE), **{p: zeros(4)}),
                ValueError,
                rf"{name}: {parameter} has shape \(4,\), x \(2, 3, 3\); expected",
                lambda theirs=theirs, p=parameter: theirs(them(*SHAPE), **{p: them(4)}),
            )
            yield BadInput(
                f"{name}: a {parameter} of one number, which would stretch",
                lambda ours=ours, p=parameter: ours(zeros(*SHAPE), **{p: zeros(1)}),
                ValueError,
                rf"{name}: {parameter} has shape \(1,\)",
                lambda theirs=theirs, p=parameter: theirs(them(*SHAPE), **{p: them(1)}),
            )
            yield BadInput(
                f"{name}: a {parameter} of another precision",
                lambda ours=ours, p=parameter: ours(zeros(*SHAPE), **{p: small(3)}),
                TypeError,
                f"{name}: {parameter} has dtype float32, x float64; convert",
            )
            yield BadInput(
                f"{name}: a {parameter} that is an array",
                lambda ours=ours, p=parameter: ours(zeros(*SHAPE), **{p: np.ones(3)}),
                TypeError,
                f"{name}: {parameter} must be a Tensor or None, got ndarray",
                lambda theirs=theirs, p=parameter: theirs(
                    them(*SHAPE), **{p: np.ones(3)}
                ),
            )


def one_value():
    for shape in ((1, 3), (1, 3, 1), (1, 2, 1, 1)):
        yield BadInput(
            f"batch_norm: one value a channel, shape {shape}",
            lambda shape=shape: F.batch_norm(zeros(*shape), None, None, training=True),
            ValueError,
            "expected more than 1 value per channel when training, got x of shape",
            lambda shape=shape: TF.batch_norm(them(*shape), None, None, training=True),
        )
    yield BadInput(
        "batch_norm: an empty batch in training",
        lambda: F.batch_norm(zeros(0, 3), None, None, training=True),
        ValueError,
        r"more than 1 value per channel when training, got x of shape \(0, 3\)",
        lambda: TF.batch_norm(them(0, 3), None, None, training=True),
        True,
    )
    for shape in ((1, 2), (1, 2, 1)):
        yield BadInput(
            f"group_norm: one value a group, shape {shape}",
            lambda shape=shape: F.group_norm(zeros(*shape), 2),
            ValueError,
            "expected more than 1 value per group, got x of shape",
            lambda shape=shape: TF.group_norm(them(*shape), 2),
        )
    yield BadInput(
        "group_norm: one value a group in several examples",
        lambda: F.group_norm(zeros(3, 2), 2),
        ValueError,
        r"more than 1 value per group, got x of shape \(3, 2\) in 2 groups",
        lambda: TF.group_norm(them(3, 2), 2),
        True,
    )
    yield BadInput(
        "instance_norm: one place",
        lambda: F.instance_norm(zeros(4, 3, 1, 1)),
        ValueError,
        "instance_norm: expected more than 1 place to average over",
        lambda: TF.instance_norm(them(4, 3, 1, 1)),
    )


def statistics():
    def ours(name, mean, variance, **options):
        return getattr(F, name)(zeros(4, 3, 2), mean, variance, **options)

    evaluation = {"batch_norm": {}, "instance_norm": {"use_input_stats": False}}
    for name, options in evaluation.items():
        for mean, variance, missing in (
            (None, None, "mean"),
            (zeros(3), None, "var"),
            (None, zeros(3), "mean"),
        ):
            yield BadInput(
                f"{name}: no running_{missing} in evaluation {variance is None}",
                lambda n=name, m=mean, v=variance, o=options: ours(n, m, v, **o),
                ValueError,
                f"{name}: running_{missing} is None, but needed (in eval|with use)",
                (
                    (
                        lambda n=name, o=options: getattr(TF, n)(
                            them(4, 3, 2), None, None, **o
                        )
                    )
                    if mean is variance
                    else None
                ),
            )
    training = {"batch_norm": {"training": True}, "instance_norm": {}}
    for name, options in training.items():
        for bad, error, match in (
            (zeros(4), ValueError, r"running_var has shape \(4,\), x \(4, 3, 2\)"),
            (small(3), TypeError, "running_var has dtype float32, x float64"),
            (np.ones(3), TypeError, "running_var must be a Tensor or None, got nd"),
            (
                Tensor(np.ones(3), requires_grad=True),
                ValueError,
                "running_var requires a gradient, but is not trained",
            ),
            (None, ValueError, "running_var is None, but needed where the other"),
        ):
            yield BadInput(
                f"{name}: a running variance {match[12:32]}",
                lambda n=name, b=bad, o=options: ours(n, zeros(3), b, **o),
                error,
                f"{name}: {match}",
            )
        for momentum in (-0.1, 1.5):
            yield BadInput(
                f"{name}: momentum {momentum}",
                lambda n=name, m=momentum, o=options: ours(
                    n, zeros(3), zeros(3), momentum=m, **o
                ),
                ValueError,
                rf"{name}: momentum must lie in \[0, 1\], got {momentum}",
                lambda n=name, m=momentum, o=options: getattr(TF, n)(
                    them(4, 3, 2), them(3), them(3), momentum=m, **o
                ),
                True,
            )
        yield BadInput(
            f"{name}: no momentum",
            lambda n=name, o=options: ours(n, zeros(3), zeros(3), momentum=None, **o),
            TypeError,
            f"{name}: momentum must be a number, got NoneType",
            lambda n=name, o=options: getattr(TF, n)(
                them(4, 3, 2), them(3), them(3), momentum=None, **o
            ),
        )
    for name, options in evaluation.items():
        yield BadInput(
            f"{name}: a negative eps in evaluation",
            lambda n=name, o=options: ours(n, zeros(3), zeros(3), eps=-1.0, **o),
            ValueError,
            f"{name}: eps must be >= 0, got -1.0",
            lambda n=name, o=options: getattr(TF, n)(
                them(4, 3, 2), them(3), them(3), eps=-1.0, **o
            ),
            name != "batch_norm",
        )
    yield BadInput(
        "instance_norm: running statistics of no example",
        lambda: F.instance_norm(zeros(0, 3, 2), zeros(3), zeros(3)),
        ValueError,
        "running statistics would average no example, got x of shape",
    )


def shapes():
    for name, axes in (
        ("batch_norm", "at least two"),
        ("group_norm", "at least two"),
        ("instance_norm", "at least three"),
    ):
        shape = (3, 4)[: 2 if name == "instance_norm" else 1]
        yield BadInput(
            f"{name}: too few axes",
            lambda n=name, s=shape: OURS[n](zeros(*s)),
            ValueError,
            rf"{name}: x has shape \(3,.*expected {axes} axes",
            lambda n=name, s=shape: THEIRS[n](them(*s)),
        )
    for groups in (4, 0, -1):
        yield BadInput(
            f"group_norm: {groups} groups of 6 channels",
            lambda g=groups: F.group_norm(zeros(2, 6, 3), g),
            ValueError,
            f"num_groups must divide the 6 channels of x, .* got {groups}",
            lambda g=groups: TF.group_norm(them(2, 6, 3), g),
        )
    for groups in (2.0, True):
        yield BadInput(
            f"group_norm: num_groups {groups}",
            lambda g=groups: F.group_norm(zeros(2, 6, 3), g),
            TypeError,
            "num_groups must be an int, got (float|bool)",
        )
    for name in ("layer_norm", "rms_norm"):
        ours, theirs = getattr(F, name), getattr(TF, name)
        for shape, error, match in (
            ((2,), ValueError, r"x has shape \(2, 3\), normalized_shape is \(2,\)"),
            ((5, 2, 3), ValueError, r"normalized_shape is \(5, 2, 3\); expected x to"),
            ((), ValueError, "must hold at least one length"),
            ((2, 0), ValueError, "each at least 1"),
            ((-3,), ValueError, "each at least 1"),
            ((3.0,), TypeError, r"an int or a tuple of ints, got \(3.0,\)"),
            ((True,), TypeError, "an int or a tuple of ints"),
            ("3", TypeError, "an int or a tuple of ints, got '3'"),
        ):
            yield BadInput(
                f"{name}: normalized_shape {shape}",
                lambda f=ours, s=shape: f(x(), s),
                error,
                f"{name}: .*{match}",
                None if shape == (True,) else lambda f=theirs, s=shape: f(t(), s),
            )


def layers():
    for kind in ("BatchNorm", "InstanceNorm"):
        for d in (1, 2, 3):
            ours, theirs = (
                getattr(library, f"{kind}{d}d") for library in (nn, torch.nn)
            )
            name = f"{kind}{d}d"
            good = (2, 3) + (4,) * d
            yield BadInput(
                f"{name}: another number of channels",
                lambda ours=ours, s=good: ours(5)(zeros(*s)),
                ValueError,
                rf"{name}: x has shape .* with C = 5 channels",
                # without parameters torch's instance norm only warns
                (lambda theirs=theirs, s=good: theirs(5, affine=True)(them(*s))),
            )
            for shape in ((2, 3) + (4,) * (d + 1), (3,) * (1 if d == 1 else d)):
                yield BadInput(
                    f"{name}: {len(shape)} axes",
                    lambda ours=ours, s=shape: ours(3)(zeros(*s)),
                    ValueError,
                    rf"{name}: x has shape .* expected \(",
                    lambda theirs=theirs, s=shape: theirs(3)(them(*s)),
                )
            yield BadInput(
                f"{name}: of an array",
                lambda ours=ours, s=good: ours(3)(np.ones(s)),
                TypeError,
                f"{name}: x must be a Tensor, got ndarray",
            )
        ours = getattr(nn, f"{kind}1d")
        for options, error, match in (
            ({"num_features": 0}, ValueError, "num_features must be at least 1"),
            ({"num_features": 2.0}, TypeError, "num_features must be an int"),
            ({"eps": 0}, ValueError, "eps must be > 0, got 0"),
            ({"eps": None}, TypeError, "eps must be a number"),
            ({"momentum": 1.1}, ValueError, r"momentum must lie in \[0, 1\], got 1.1"),
            ({"momentum": "0.1"}, TypeError, "momentum must be a number"),
        ):
            yield BadInput(
                f"{kind}1d: {options}",
                lambda ours=ours, o=options: ours(**({"num_features": 2} | o)),
                error,
                f"{kind}1d: {match}",
            )
    yield BadInput(
        "InstanceNorm2d: momentum None",
        lambda: nn.InstanceNorm2d(2, momentum=None),
        TypeError,
        "InstanceNorm2d: momentum must be a number, got None",
    )
    yield BadInput(
        "BatchNorm1d: float64 into a float32 layer",
        lambda: nn.BatchNorm1d(3)(zeros(4, 3)),
        TypeError,
        "weight has dtype float32, x float64",
        lambda: torch.nn.BatchNorm1d(3)(them(4, 3)),
    )
    yield BadInput(
        "BatchNorm1d: one example in training",
        lambda: nn.BatchNorm1d(3)(small(1, 3)),
        ValueError,
        "more than 1 value per channel when training",
        lambda: torch.nn.BatchNorm1d(3)(torch.ones(1, 3)),
    )
    for groups, channels, error, match in (
        (4, 6, ValueError, "num_groups must divide num_channels = 6, got 4"),
        (0, 6, ValueError, "num_groups must be at least 1"),
        (2, 0, ValueError, "num_channels must be at least 1"),
        (2.0, 6, TypeError, "num_groups must be an int"),
    ):
        yield BadInput(
            f"GroupNorm: {groups} groups of {channels}",
            lambda g=groups, c=channels: nn.GroupNorm(g, c),
            error,
            f"GroupNorm: {match}",
        )
    yield BadInput(
        "GroupNorm: another number of channels",
        lambda: nn.GroupNorm(2, 6, affine=False)(zeros(2, 4, 3)),
        ValueError,
        r"GroupNorm: x has shape \(2, 4, 3\), expected .* C = 6 channels",
        lambda: torch.nn.GroupNorm(2, 6, affine=False)(them(2, 4, 3)),
        True,
    )
    for layer in (nn.GroupNorm, nn.LayerNorm, nn.RMSNorm):
        arguments = (2, 4) if layer is nn.GroupNorm else (4,)
        yield BadInput(
            f"{layer.__name__}: eps 0",
            lambda layer=layer, a=arguments: layer(*a, eps=0.0),
            ValueError,
            f"{layer.__name__}: eps must be > 0, got 0.0",
        )
        yield BadInput(
            f"{layer.__name__}: of an array",
            lambda layer=layer, a=arguments: layer(*a)(X),
            TypeError,
            "x must be a Tensor, got ndarray",
        )
    for layer in (nn.LayerNorm, nn.RMSNorm):
        yield BadInput(
            f"{layer.__name__}: normalized_shape ()",
            lambda layer=layer: layer(()),
            ValueError,
            f"{layer.__name__}: normalized_shape must hold at least one length",
        )
        yield BadInput(
            f"{layer.__name__}: another length",
            lambda layer=layer: layer(4)(small(2, 3)),
            ValueError,
            r"x has shape \(2, 3\), normalized_shape is \(4,\)",
            lambda layer=layer: getattr(torch.nn, layer.__name__)(4)(torch.ones(2, 3)),
        )
    yield BadInput(
        "BatchNorm1d: a Parameter for a running mean",
        lambda: setattr(nn.BatchNorm1d(2), "running_mean", nn.Parameter([0.0, 0.0])),
        TypeError,
        "running_mean holds a Buffer",
    )
    yield BadInput(
        "BatchNorm1d: a Buffer for a weight",
        lambda: setattr(nn.BatchNorm1d(2), "weight", Buffer([1.0, 1.0])),
        TypeError,
        "weight holds a Parameter",
    )


ROWS = [*every_function(), *one_value(), *statistics(), *shapes(), *layers()]
