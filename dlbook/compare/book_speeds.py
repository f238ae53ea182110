"""The speed table of the whole book, made from what was recorded."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlbook.compare.case import Case, size_in_words
from dlbook.compare.cases import PARTS
from dlbook.compare.display import folded, table
from dlbook.compare.recording import Recorded, recorded_on_gpu
from dlbook.compare.timing import in_seconds

BENCHES = Path(__file__).parent / "records" / "bench"
FIELDS = ("date", "machine", "threads", "clock", "rounds", "peak", "rows")
ROW_FIELDS = ("case", "size", "ours", "torch", "ratio", "over_limit")
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class BookSpeed:
    """One case of the book, and what was recorded of it.

    Attributes
    ----------
    part : str
    case : Case
        At its `bench_size`.
    measured : mapping or None
        The row of the benchmark: "ours" and "torch" in seconds per unit, "ratio" of the
        two, "over_limit" how often ours is the least time of this machine, or None.
    two_threads : mapping or None
        The same with two threads.
    gpu : Recorded or None
    """

    part: str
    case: Case
    measured: Mapping[str, Any] | None
    two_threads: Mapping[str, Any] | None
    gpu: Recorded | None

    @property
    def cells(self) -> tuple[str, ...]:
        """The line of the table."""
        size = size_in_words(self.case.bench_size)
        if self.case.unit != "pass":
            size += f"; a {self.case.unit}"
        row = self.measured
        if row is None:
            numbers = (NOT_MEASURED,) * 4
        else:
            limit = row["over_limit"]
            numbers = (
                in_seconds(row["ours"]),
                in_seconds(row["torch"]),
                f"{row['ratio']:.2f}",
                "" if limit is None else f"{limit:.1f}",
            )
        two = self.two_threads
        more = NOT_MEASURED if two is None else f"{two['ratio']:.2f}"
        gpu = NOT_MEASURED if self.gpu is None else in_seconds(self.gpu.timing.median)
        return self.case.title, size, *numbers, more, gpu


@dataclass(frozen=True, repr=False)
class BookSpeeds:
    """All compared cases, part by part; displays the same every time.

    Attributes
    ----------
    speeds : tuple of BookSpeed
    bench : mapping or None
        The newest benchmark with one thread, its machine and date; None if there is
        none.
    two_threads : mapping or None
        The newest with two threads, of the same processor.
    """

    speeds: tuple[BookSpeed, ...]
    bench: Mapping[str, Any] | None
    two_threads: Mapping[str, Any] | None

    _header = (
        "case",
        "size",
        "dlbook",
        "torch",
        "dlbook / torch",
        "dlbook / limit",
        "2 threads: dlbook / torch",
        "torch, GPU",
    )

    @property
    def caption(self) -> str:
        """What was measured, where and when; and what was not."""
        told = [
            "Times are of one pass forward and backward, or of what the size names."
        ]
        if self.bench is None:
            told.append("CPU: no benchmark is recorded.")
        else:
            machine, peak = self.bench["machine"], self.bench["peak"]
            names = ", ".join(
                f"{name} {machine['versions'][name]}"
                for name in ("numpy", "torch")
                if name in machine["versions"]
            )
            kernels = self.bench.get("environment", {}).get("OPENBLAS_CORETYPE")
            if kernels:
                names += f", OpenBLAS with the kernels for {kernels}"
            told.append(
                f"CPU: {machine['cpu']}, 1 thread, {self.bench['clock']} time, "
                f"{names}, {self.bench['date']}; medians of {self.bench['rounds']} "
                f"rounds in turns. Peak {peak['flops'] / 1e9:.0f} GFLOP/s, copy "
                f"{peak['bandwidth'] / 1e9:.1f} GB/s."
            )
        if self.two_threads is not None:
            told.append(
                f"2 threads: {self.two_threads['clock']} time, those of the side that "
                f"rests asleep, {self.two_threads['date']}."
            )
        missing = sum(speed.measured is None for speed in self.speeds)
        if self.bench is not None and missing:
            told.append(f"{missing} of {len(self.speeds)} cases are not in it.")
        gpus = sorted({(s.gpu.gpu, s.gpu.date) for s in self.speeds if s.gpu})
        where = "; ".join(f"{name}, {date}" for name, date in gpus)
        told.append(f"GPU: {where or 'none was at hand'}.")
        return " ".join(told)

    @property
    def parts(self) -> dict[str, list[BookSpeed]]:
        """The lines by part, in the order of the book."""
        return {
            part: [speed for speed in self.speeds if speed.part == part]
            for part in dict.fromkeys(speed.part for speed in self.speeds)
        }

    def __repr__(self) -> str:
        lines = [self._header, *(speed.cells for speed in self.speeds)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True))
            for line in lines
        ]
        return "\n".join([*(line.rstrip() for line in text), "", self.caption])

    def _repr_markdown_(self) -> str:
        tables = [
            folded(
                f"{part}: {len(speeds)} cases",
                table(self._header, [unbroken(speed.cells) for speed in speeds]),
            )
            for part, speeds in self.parts.items()
        ]
        return "\n\n".join([*tables, self.caption])


def unbroken(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Let no browser break a size or a number, which narrow columns invite it to."""
    title, *others = cells
    return title, *(
        cell if cell == NOT_MEASURED else cell.replace(" ", "\N{NO-BREAK SPACE}")
        for cell in others
    )


def read_bench(path: Path) -> dict[str, Any]:
    """Read what ``python -m dlbook.compare bench --json PATH`` wrote.

    Raises
    ------
    ValueError
        If the file is not complete.
    """
    try:
        bench = json.loads(path.read_text(encoding="utf-8"))
        for field in FIELDS:
            if not bench[field]:
                raise ValueError(f"{field} is empty")
        datetime.date.fromisoformat(bench["date"])
        for row in bench["rows"]:
            if missing := [field for field in ROW_FIELDS if field not in row]:
                raise ValueError(f"a row lacks {missing}")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} is no recorded benchmark: {error!r}") from error
    return bench


def recorded_bench(
    folder: Path = BENCHES, *, num_threads: int = 1, cpu: str | None = None
) -> dict[str, Any] | None:
    """Return the newest benchmark that was recorded, None if there is none.

    Parameters
    ----------
    folder : Path
    num_threads : int
        With so many.
    cpu : str, optional
        On this processor alone.
    """
    found = [read_bench(path) for path in sorted(folder.glob("*.json"))]
    fitting = [
        bench
        for bench in found
        if bench["threads"] == num_threads
        if cpu is None or bench["machine"]["cpu"] == cpu
    ]
    return max(fitting, key=lambda bench: bench["date"], default=None)


def book_speeds(folder: Path = BENCHES) -> BookSpeeds:
    """Return the speed table of the whole book: every case, and what was recorded.

    Nothing is measured here. A case of which there is no record, or whose record is of
    another size, says "not measured".

    Parameters
    ----------
    folder : Path
        Of the benchmarks, as ``python -m dlbook.compare bench --all --json`` writes
        them. Times on a GPU come from the records of `dlbook.compare.recording`.

    Returns
    -------
    BookSpeeds
    """
    one = recorded_bench(folder)
    two = None
    if one is not None:
        two = recorded_bench(folder, num_threads=2, cpu=one["machine"]["cpu"])
    rows = [
        {
            (row["case"], tuple(row["size"])): row
            for row in (bench or {"rows": []})["rows"]
        }
        for bench in (one, two)
    ]
    speeds = []
    for part, cases in PARTS.items():
        for case in cases:
            size = tuple(case.bench_size)
            measured, two_threads = (found.get((case.name, size)) for found in rows)
            gpu = recorded_on_gpu(case.name, size)
            speeds.append(BookSpeed(part, case, measured, two_threads, gpu))
    return BookSpeeds(tuple(speeds), one, two)
