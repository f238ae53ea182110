"""How fast: dlbook, torch on the CPU, torch on a GPU, in one table for a page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlbook.compare.case import Case, Shape, size_in_words
from dlbook.compare.cases import find_case
from dlbook.compare.display import table
from dlbook.compare.machine import cpu_name, gpu
from dlbook.compare.recording import recorded_on_gpu
from dlbook.compare.timing import Timing, in_seconds, threads, time_both, time_call
from dlbook.compare.torch_side import best_device, torch_is_installed

NUMPY = "NumPy (dlbook)"
TORCH_CPU = "torch, CPU"
TORCH_GPU = "torch, GPU"


@dataclass(frozen=True)
class SpeedRow:
    """One line of the table.

    Attributes
    ----------
    who : str
        `NUMPY`, `TORCH_CPU` or `TORCH_GPU`.
    size : tuple of int
    timing : Timing or None
        None where nothing was measured.
    note : str
        Which GPU, whether recorded and when; or why there is no time.
    """

    who: str
    size: Shape
    timing: Timing | None
    note: str = ""


@dataclass(frozen=True, repr=False)
class SpeedTable:
    """Times of one case, forward and backward, in float32.

    The times differ from run to run: a cell that displays this carries the tag
    ``nbval-ignore-output``.
    """

    case: Case
    rows: tuple[SpeedRow, ...]
    num_threads: int
    blas_limited: bool
    cpu: str

    @property
    def caption(self) -> str:
        """What was measured, and how."""
        where = f"{self.cpu}, {self.num_threads} thread"
        where += "s" * (self.num_threads > 1)
        if not self.blas_limited:
            where += " in torch, NumPy's as the environment sets them"
        pass_means = ", forward and backward" if self.case.unit == "pass" else ""
        rounds = next(row.timing.rounds for row in self.rows if row.timing)
        return (
            f"{self.case.title}, float32, time per {self.case.unit}{pass_means}: "
            f"median of {rounds} rounds and quartiles. CPU: {where}. "
            "Your times will differ."
        )

    def _lines(self) -> list[tuple[str, ...]]:
        lines: list[tuple[str, ...]] = []
        ours: dict[Shape, float] = {}
        for row in self.rows:
            if row.who == NUMPY and row.timing:
                ours[row.size] = row.timing.median
            who = f"{row.who} ({row.note})" if row.timing and row.note else row.who
            if row.timing is None:
                lines.append((size_in_words(row.size), who, row.note, "", ""))
                continue
            low, high = row.timing.first_quartile, row.timing.third_quartile
            lines.append(
                (
                    size_in_words(row.size),
                    who,
                    in_seconds(row.timing.median),
                    f"{in_seconds(low)} to {in_seconds(high)}",
                    f"{row.timing.median / ours[row.size]:.2g}",
                )
            )
        return lines

    @property
    def _header(self) -> tuple[str, ...]:
        size = "size: " + " × ".join(self.case.axes)
        return (size, "computed by", "median", "quartiles", "relative to NumPy")

    def __repr__(self) -> str:
        lines = [self._header, *self._lines()]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self._header))]
        text = [
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True))
            for line in lines
        ]
        return "\n".join([self.caption, "", *(line.rstrip() for line in text)])

    def _repr_markdown_(self) -> str:
        return f"{table(self._header, self._lines())}\n\n{self.caption}"

    def figure(self) -> Any:
        """Draw time against size, one curve for each side.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ValueError
            If the table holds fewer than two sizes.
        """
        from dlbook import plots

        sizes = list(dict.fromkeys(row.size for row in self.rows))
        if len(sizes) < 2:
            raise ValueError("a curve needs at least two sizes: pass sizes=...")
        series = {}
        for who in (NUMPY, TORCH_CPU, TORCH_GPU):
            times = {row.size: row.timing for row in self.rows if row.who == who}
            if any(times.values()):
                series[who] = [
                    timing.median * 1e3 if (timing := times.get(size)) else np.nan
                    for size in sizes
                ]
        return plots.curves(
            [math.prod(size) for size in sizes],
            series,
            xlabel=" × ".join(self.case.axes),
            ylabel=f"milliseconds per {self.case.unit}",
            title=self.case.title,
            logx=True,
            logy=True,
            markers=True,
        )


def speed_table(
    case: str | Case | type[Case],
    *,
    sizes: Iterable[Shape] | None = None,
    num_threads: int = 1,
    rounds: int = 7,
    min_time: float = 0.01,
) -> SpeedTable:
    """Measure dlbook and torch on this machine; add the GPU, live or as recorded.

    dlbook and torch's CPU side run in turns. Where torch sees a GPU it is measured
    too; elsewhere the newest record under ``dlbook/compare/records`` gives the row,
    marked as recorded; without one the row says "not measured".

    Parameters
    ----------
    case : str or case
        A case's name or class, such as "neuron" or `NeuronCase`.
    sizes : iterable of tuple of int, optional
        The case's `bench_size` alone by default; ``case.sizes`` are all.
    num_threads : int, at least 1
        Threads on both sides.
    rounds, min_time
        As in `time_call`.

    Returns
    -------
    SpeedTable
        For a cell tagged ``nbval-ignore-output``; `.figure()` draws several sizes.

    Raises
    ------
    KeyError
        If there is no such case.
    """
    case = find_case(case)
    chosen = [case.bench_size] if sizes is None else [tuple(size) for size in sizes]
    if not chosen:
        raise ValueError("sizes must hold at least one size, got none")
    rows: list[SpeedRow] = []
    with threads(num_threads) as blas_limited:
        for size in chosen:
            rows += _rows(case, size, rounds, min_time)
    return SpeedTable(case, tuple(rows), num_threads, blas_limited, cpu_name())


def _rows(case: Case, size: Shape, rounds: int, min_time: float) -> list[SpeedRow]:
    units = case.units(size)
    our_call = case.our_call(size, np.float32)
    options: dict[str, Any] = {"rounds": rounds, "min_time": min_time}
    if not torch_is_installed():
        ours = time_call(our_call, **options)
        return [
            SpeedRow(NUMPY, size, ours.per(units)),
            SpeedRow(TORCH_CPU, size, None, "PyTorch is not installed"),
            _recorded_row(case, size),
        ]
    ours, theirs, _ = time_both(
        our_call, case.their_call(size, np.float32, "cpu"), **options
    )
    rows = [
        SpeedRow(NUMPY, size, ours.per(units)),
        SpeedRow(TORCH_CPU, size, theirs.per(units)),
    ]
    if best_device() == "cpu":
        return [*rows, _recorded_row(case, size)]
    call = case.their_call(size, np.float32, "cuda")
    timing = time_call(call, device="cuda", **options).per(units)
    return [*rows, SpeedRow(TORCH_GPU, size, timing, gpu("cuda")["name"])]


def _recorded_row(case: Case, size: Shape) -> SpeedRow:
    recorded = recorded_on_gpu(case.name, size)
    if recorded is None:
        return SpeedRow(TORCH_GPU, size, None, "not measured")
    torch_version = recorded.versions.get("torch", "of unknown version")
    note = f"{recorded.gpu}, recorded {recorded.date}, torch {torch_version}"
    return SpeedRow(TORCH_GPU, size, recorded.timing, note)
