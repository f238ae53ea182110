"""Measure a sweep: from which size on another side is the faster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dlbook.compare.case import Shape
from dlbook.compare.cases import find_case
from dlbook.compare.crossing import crossings
from dlbook.compare.speed import NUMPY, TORCH_CPU, TORCH_GPU, SpeedTable, speed_table
from dlbook.compare.sweep_case import SweepCase

MARGIN = 0.1  # times that are closer are a tie
PAIRS = ((NUMPY, TORCH_CPU), (TORCH_CPU, TORCH_GPU), (NUMPY, TORCH_GPU))


@dataclass(frozen=True)
class Crossing:
    """Where two sides take as long.

    Attributes
    ----------
    one, other : str
        `one` is the faster below, `other` above; or the other way round.
    sizes : tuple of float
        Of the axis that varies; empty if they never cross.
    measured : bool
        Whether both sides were measured at two sizes or more.
    """

    one: str
    other: str
    sizes: tuple[float, ...]
    measured: bool

    def __str__(self) -> str:
        pair = f"{self.one} and {self.other}"
        if not self.measured:
            return f"{pair}: not measured"
        if not self.sizes:
            return f"{pair}: never cross"
        return f"{pair} cross at {', '.join(f'{size:.3g}' for size in self.sizes)}"


@dataclass(frozen=True, repr=False)
class Sweep:
    """Times of all sides over the sizes of a sweep, and where they cross.

    The times differ from run to run: a cell that displays this carries the tag
    ``nbval-ignore-output``.
    """

    case: SweepCase
    table: SpeedTable

    def times(self, who: str) -> list[float | None]:
        """Return one side's seconds per unit of work, None where not measured.

        Parameters
        ----------
        who : str
            `NUMPY`, `TORCH_CPU` or `TORCH_GPU` of `dlbook.compare.speed`.
        """
        rows = {row.size: row.timing for row in self.table.rows if row.who == who}
        return [
            timing.median if (timing := rows.get(size)) else None for size in self.sizes
        ]

    @property
    def sizes(self) -> list[Shape]:
        """The sizes that were measured, rising."""
        return list(dict.fromkeys(row.size for row in self.table.rows))

    def crossings(self) -> list[Crossing]:
        """Return where each two sides cross; times within a tenth are a tie."""
        along = [float(self.case.along(size)) for size in self.sizes]
        found = []
        for one, other in PAIRS:
            a, b = self.times(one), self.times(other)
            both = sum(None not in pair for pair in zip(a, b, strict=True))
            places = tuple(crossings(along, a, b, margin=MARGIN))
            found.append(Crossing(one, other, places, measured=both > 1))
        return found

    def __repr__(self) -> str:
        return "\n".join([repr(self.table), *map(str, self.crossings())])

    def _repr_markdown_(self) -> str:
        listed = "\n".join(f"- {crossing}" for crossing in self.crossings())
        return (
            f"{self.table._repr_markdown_()}\n\n"
            f"Crossings, of the {self.case.swept}:\n\n{listed}"
        )

    def figure(self) -> Any:
        """Draw the time against the number that varies, one curve for each side.

        Returns
        -------
        dlbook.plots.Figure
        """
        from dlbook import plots

        return plots.curves(
            [self.case.along(size) for size in self.sizes],
            {
                who: [float("nan") if t is None else t * 1e3 for t in self.times(who)]
                for who in (NUMPY, TORCH_CPU, TORCH_GPU)
                if any(self.times(who))
            },
            xlabel=self.case.swept,
            ylabel=f"milliseconds per {self.case.unit}",
            title=self.case.title,
            logx=True,
            logy=True,
            markers=True,
        )


def sweep(
    case: str | SweepCase | type[SweepCase],
    *,
    sizes: Iterable[Shape] | None = None,
    num_threads: int = 1,
    rounds: int = 5,
    min_time: float = 0.005,
) -> Sweep:
    """Measure a sweep here; the GPU live, or as recorded, or "not measured".

    Parameters
    ----------
    case : str or case
        The name or class of a `SweepCase`.
    sizes : iterable of tuple of int, optional
        All of the case by default.
    num_threads, rounds, min_time
        As in `speed_table`.

    Returns
    -------
    Sweep

    Raises
    ------
    KeyError
        If there is no such case.
    TypeError
        If the case is no sweep.
    """
    case = find_case(case)
    if not isinstance(case, SweepCase):
        raise TypeError(f"case must be a SweepCase, got {type(case).__name__}")
    chosen = sorted(case.sizes if sizes is None else sizes, key=case.along)
    table = speed_table(
        case,
        sizes=chosen,
        num_threads=num_threads,
        rounds=rounds,
        min_time=min_time,
    )
    return Sweep(case, table)
