"""Rows of the optimizers that scale every parameter's step, Adam and AdamW aside."""

from typing import Any

import numpy as np

from tests.contracts.optimizers import OptimizerRow

# what the rows of one optimizer share: its learning rate and the cases of all
LEARNING_RATES = {
    "optim.Adadelta": 1.0,
    "optim.Adagrad": 0.1,
    "optim.Adamax": 0.05,
    "optim.NAdam": 0.05,
    "optim.RAdam": 0.05,
    "optim.RMSprop": 0.01,
}
# the numbers in (0, 1) that say how fast a rule forgets, in the middle of the run
MEMORY = {
    "optim.Adadelta": ({"rho": 0.9}, {"rho": 0.6}),
    "optim.Adagrad": ({"lr_decay": 0.1}, {"lr_decay": 0.01}),
    "optim.Adamax": ({"betas": (0.9, 0.99)}, {"betas": (0.5, 0.8)}),
    "optim.NAdam": ({"betas": (0.9, 0.99)}, {"betas": (0.5, 0.8)}),
    "optim.RAdam": ({"betas": (0.9, 0.99)}, {"betas": (0.5, 0.9)}),
    "optim.RMSprop": ({"alpha": 0.9}, {"alpha": 0.5}),
}


def shared_rows(name: str):
    """Yield the cases that every optimizer here has."""
    lr, (memory, other) = LEARNING_RATES[name], MEMORY[name]
    every: dict[str, dict[str, Any]] = {
        "default options": {},
        "a larger learning rate": {"lr": 3 * lr},
        "lr 0": {"lr": 0.0},
        "another memory": {"lr": lr, **other},
        "a large eps": {"lr": lr, "eps": 0.5},
        "eps 0": {"lr": lr, "eps": 0.0},
        "weight decay": {"lr": lr, "weight_decay": 0.3},
        "maximize": {"lr": lr, "maximize": True},
        "maximize with weight decay": {
            "lr": lr,
            "maximize": True,
            "weight_decay": 0.2,
        },
        "NumPy numbers keep float32": {
            "lr": np.float64(lr),
            "eps": np.float64(1e-6),
            "weight_decay": np.float64(0.1),
            **{
                key: tuple(map(np.float64, value))
                if isinstance(value, tuple)
                else np.float64(value)
                for key, value in memory.items()
            },
        },
    }
    for case, options in every.items():
        yield OptimizerRow(name, case, options)
    yield OptimizerRow(
        name,
        "two groups",
        {"lr": lr},
        groups=({}, {"lr": 2 * lr, "weight_decay": 0.1, **other}),
    )
    yield OptimizerRow(
        name,
        "one group climbs",
        {"lr": lr},
        groups=({"maximize": True}, {"eps": 1e-3, **other}),
    )
    yield OptimizerRow(
        name,
        "options change",
        {"lr": lr, **memory},
        schedule={"lr": lr / 4, "weight_decay": 0.2, "eps": 1e-3, **other},
    )


def decoupled_rows(name: str):
    """Yield the cases of both kinds of weight decay."""
    lr = LEARNING_RATES[name]
    decoupled = {"weight_decay": 0.4, "decoupled_weight_decay": True}
    yield OptimizerRow(name, "decoupled decay", {"lr": lr, **decoupled})
    yield OptimizerRow(
        name, "decoupled without decay", {"lr": lr, "decoupled_weight_decay": True}
    )
    yield OptimizerRow(
        name, "decoupled, climbing", {"lr": lr, "maximize": True, **decoupled}
    )
    yield OptimizerRow(
        name,
        "two kinds of decay",
        {"lr": lr, "weight_decay": 0.1},
        groups=({}, {"decoupled_weight_decay": True}),
    )
    yield OptimizerRow(
        name,
        "decay becomes decoupled",
        {"lr": lr, "weight_decay": 0.1},
        schedule={"decoupled_weight_decay": True, "lr": lr / 2},
    )
    yield OptimizerRow(
        name,
        "decoupled decay in NumPy numbers",
        {
            "lr": np.float64(lr),
            "weight_decay": np.float64(0.1),
            "decoupled_weight_decay": True,
        },
    )


def rows_of(name: str, cases: dict[str, dict[str, Any]], **others: Any):
    """Yield rows with the optimizer's learning rate, unless they set it."""
    for case, options in cases.items():
        options = {"lr": LEARNING_RATES[name], **options}
        yield OptimizerRow(name, case, options, **others)


ROWS = [
    *(row for name in LEARNING_RATES for row in shared_rows(name)),
    *decoupled_rows("optim.NAdam"),
    *decoupled_rows("optim.RAdam"),
    *rows_of("optim.Adadelta", {"rho 0": {"rho": 0.0}, "rho 1": {"rho": 1.0}}),
    *rows_of(
        "optim.Adagrad",
        {
            "a decaying learning rate": {"lr_decay": 0.5},
            "no decay from step to step": {"lr_decay": 0.0},
            "a sum that starts above 0": {"initial_accumulator_value": 2.5},
            "everything at once": {
                "lr_decay": np.float64(0.3),
                "initial_accumulator_value": np.float64(0.5),
                "eps": 1e-2,
                "weight_decay": 0.1,
                "maximize": True,
            },
        },
    ),
    *rows_of(
        "optim.Adamax",
        {
            "betas 0: the sign of the gradient": {"betas": (0.0, 0.0)},
            "beta 2 of 0.5: a short memory": {"betas": (0.9, 0.5)},
        },
    ),
    *rows_of(
        "optim.NAdam",
        {
            "betas 0": {"betas": (0.0, 0.0)},
            "momentum that rises fast": {"momentum_decay": 0.7},
            "momentum that does not rise": {"momentum_decay": 0.0},
            "momentum decay in NumPy numbers": {"momentum_decay": np.float64(0.1)},
        },
    ),
    OptimizerRow(
        "optim.NAdam",
        "momentum decay changes",
        {"lr": 0.05},
        schedule={"momentum_decay": 0.5},
    ),
    *rows_of(
        "optim.RAdam",
        {
            "betas 0: never divides": {"betas": (0.0, 0.0)},
            "beta 2 of 0.6: never divides": {"betas": (0.9, 0.6)},
            "beta 2 of 0.7: divides late": {"betas": (0.9, 0.7)},
            "beta 2 of 0.9": {"betas": (0.9, 0.9)},
        },
    ),
    *rows_of(
        "optim.RMSprop",
        {
            "alpha 0: the sign of the gradient": {"alpha": 0.0},
            "momentum": {"momentum": 0.9},
            "momentum 1": {"momentum": 1.0},
            "momentum in NumPy numbers": {"momentum": np.float64(0.5)},
            "centered": {"centered": True},
            "centered with a short memory": {"centered": True, "alpha": 0.5},
            "everything at once": {
                "centered": True,
                "momentum": 0.7,
                "alpha": 0.8,
                "eps": 1e-3,
                "weight_decay": 0.1,
                "maximize": True,
            },
        },
    ),
    OptimizerRow(
        "optim.RMSprop",
        "momentum in one group",
        {"lr": 0.01},
        groups=({"momentum": 0.5}, {"centered": True}),
    ),
    OptimizerRow(
        "optim.RMSprop",
        "momentum changes",
        {"lr": 0.01, "momentum": 0.9, "centered": True},
        schedule={"momentum": 0.5},
    ),
]
