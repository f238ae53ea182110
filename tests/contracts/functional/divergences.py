"""Divergences of distributions: both forms of the targets, zeros, every reduction."""

import itertools
import warnings

import numpy as np
from torch.nn import functional as TF

from tests.contracts.inputs import exactly, normal, probabilities
from tests.contracts.row import Row

NAME = "functional.kl_div"
REDUCTIONS = ("mean", "batchmean", "sum", "none")


def torch_kl_div(*inputs, **options):
    """Call torch's function, which warns of its "mean"."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return TF.kl_div(*inputs, **options)


def row(case, *inputs, options=None, **kwargs):
    options = options or {}
    return Row(
        NAME,
        case,
        inputs,
        options,
        theirs=lambda *tensors: torch_kl_div(*tensors, **options),
        **{"rtol32": 1e-4, **kwargs},
    )


def rows():
    for reduction, log_target in itertools.product(REDUCTIONS, (False, True)):
        options = {"reduction": reduction, "log_target": log_target}
        case = f"{reduction}, " + ("logarithms" if log_target else "probabilities")
        for shape in ((3, 4), (4,), (2, 3, 4), ()):
            target = normal(*shape) if log_target else probabilities(*shape)
            if shape == ():
                target = exactly(-0.4 if log_target else 0.3)
            yield row(f"{case}, {len(shape)} axes", shape, target, options=options)
    yield row("default options", (3, 4), probabilities(3, 4))
    for log_target in (False, True):
        yield row(
            f"the sum of an empty batch, log_target {log_target}",
            (0, 3),
            (0, 3),
            options={"reduction": "sum", "log_target": log_target},
        )
    yield Row(
        NAME,
        "a probability of 0, a class excluded by -inf",
        (exactly(-1.0, -np.inf, -1e4, -np.inf),),
        call=lambda f, x: f(x, [0.0, 0.5, 1.0, 0.0], reduction="none"),
        theirs=lambda x: TF.kl_div(
            x, x.new_tensor([0.0, 0.5, 1.0, 0.0]), reduction="none"
        ),
        smooth=False,
    )
    yield row(
        "logarithms far below 0",
        exactly(-1.0, -1e4, -np.inf, -1.0),
        exactly(-1e4, -2.0, -1.0, 0.0),
        options={"reduction": "none", "log_target": True},
        smooth=False,
    )


ROWS = list(rows())
