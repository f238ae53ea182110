"""``python -m dlbook.claims.runs NAME``: repeat a recorded run."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Mapping, Sequence

from dlbook.claims.runs import (
    adding,
    equal_time,
    gpt,
    language,
    lenet_mnist,
    mnist_1d,
    numerals,
    segmentation,
    smooth_teacher,
)
from dlbook.claims.runs.experiment import (
    Experiment,
    Outcome,
    as_toml,
    by_claim,
    machine_in_words,
)

EXPERIMENTS = by_claim(
    [
        *lenet_mnist.EXPERIMENTS,
        *mnist_1d.EXPERIMENTS,
        *segmentation.EXPERIMENTS,
        *adding.EXPERIMENTS,
        *language.EXPERIMENTS,
        *gpt.EXPERIMENTS,
        *equal_time.EXPERIMENTS,
        *numerals.EXPERIMENTS,
        *smooth_teacher.EXPERIMENTS,
    ]
)


def main(
    arguments: Sequence[str] | None = None,
    experiments: Mapping[str, Experiment] = EXPERIMENTS,
) -> int:
    """Run one experiment with several seeds and print what the ledger keeps of it.

    Parameters
    ----------
    arguments : sequence of str, optional
        Of the command line.
    experiments : mapping of str to Experiment

    Returns
    -------
    int
        The exit status: 0, or 2 for an argument that cannot be used.
    """
    parser = argparse.ArgumentParser(
        prog="python -m dlbook.claims.runs",
        description="Repeat a recorded run and print what the ledger keeps of it.",
        epilog="Runs: " + ", ".join(experiments),
    )
    parser.add_argument("name", nargs="?", help="the id of the claim")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--decimals", type=int, default=2, help="of the figures")
    parser.add_argument("--processor", help="its name, for the record")
    options = parser.parse_args(arguments)
    if options.name is None:
        print("\n".join(experiments))
        return 0
    if options.name not in experiments:
        print(
            f"no run {options.name!r}; there are {', '.join(experiments)}",
            file=sys.stderr,
        )
        return 2
    experiment = experiments[options.name]
    outcomes: list[Outcome] = []
    for seed in options.seeds:
        outcomes.append(experiment.run(seed))
        figure = f"{outcomes[-1].figure:.{options.decimals}f}"
        print(f"seed {seed}: {figure}", file=sys.stderr, flush=True)
    text = as_toml(
        experiment,
        options.seeds,
        outcomes,
        decimals=options.decimals,
        command=f"python -m dlbook.claims.runs {options.name}",
        machine=machine_in_words(options.processor),
        date=datetime.datetime.now(datetime.UTC).date(),
    )
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
