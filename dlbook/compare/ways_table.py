"""The recorded ways to compute on a GPU, as a table for a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlbook.compare.case import size_in_words
from dlbook.compare.display import table
from dlbook.compare.recording import RECORDS, read_records
from dlbook.compare.timing import in_seconds
from dlbook.compare.ways import EAGER, WAYS
from dlbook.compare.workloads import WORKLOADS

__all__ = ["WaysTable", "gpu_ways"]

NOT_MEASURED = "not measured"


@dataclass(frozen=True, repr=False)
class WaysTable:
    """Times of a few workloads on a GPU, each in several ways; as recorded.

    Displays the same every time, with one line for each workload and way: its time, or
    why it failed, or "not measured".

    Attributes
    ----------
    record : mapping or None
        See `dlbook.compare.recording`; None if there is none.
    """

    record: Mapping[str, Any] | None

    _header = (
        "computed",
        "way",
        "median",
        "quartiles",
        "times as fast",
        "difference",
    )

    def entry(self, workload: str, way: str) -> Mapping[str, Any] | None:
        """Return what was recorded of a workload in a way, None where nothing was.

        Parameters
        ----------
        workload : str
            Such as "gpt"; the names are in `dlbook.compare.workloads.WORKLOADS`.
        way : str
            Such as "tf32"; the names are in `dlbook.compare.ways.WAYS`.

        Raises
        ------
        KeyError
            If there is no such workload or way.
        """
        sizes = {known.name: list(known.size) for known in WORKLOADS}
        for name, known in (("workload", sizes), ("way", [way.name for way in WAYS])):
            given = workload if name == "workload" else way
            if given not in known:
                raise KeyError(f"no {name} {given!r}; there are {', '.join(known)}")
        wanted = (workload, sizes[workload], way)
        for found in self.record["ways"] if self.record else ():
            if (found["workload"], found["size"], found["way"]) == wanted:
                return found
        return None

    def speedup(self, workload: str, way: str) -> float | None:
        """Return how many times as fast as eager float32 a way is.

        None where one of both was not measured, or failed.

        Parameters
        ----------
        workload, way : str
            As in `entry`.

        Raises
        ------
        KeyError
            If there is no such workload or way.
        """
        eager, found = self.entry(workload, EAGER.name), self.entry(workload, way)
        if not (eager and found) or eager.get("failed") or found.get("failed"):
            return None
        return eager["median"] / found["median"]

    @property
    def caption(self) -> str:
        """On what, when and with what it was measured, and what the columns mean."""
        if self.record is None:
            return "GPU: none was at hand."
        gpu, versions = self.record["gpu"], self.record["machine"]["versions"]
        rounds = {entry["rounds"] for entry in self.record["ways"] if "rounds" in entry}
        return (
            f"GPU: {gpu['name']}, driver {gpu['driver']}, CUDA {gpu['cuda']}, torch "
            f"{versions['torch']}, {self.record['date']}; median and quartiles of "
            f"{max(rounds, default=0)} rounds, seconds for a call. Times as fast: as "
            "eager float32. Difference: root mean square of the difference from eager "
            "float32, of eager float32 from float64, relative, the largest of the "
            "results and all gradients; in brackets what was allowed."
        )

    @property
    def lines(self) -> list[tuple[str, ...]]:
        """The cells, row by row."""
        return [
            (
                f"{workload.title}, {size_in_words(workload.size)}",
                way.title,
                *self._numbers(workload.name, way.name),
            )
            for workload in WORKLOADS
            for way in WAYS
        ]

    def _numbers(self, workload: str, way: str) -> tuple[str, ...]:
        found = self.entry(workload, way)
        if found is None:
            return NOT_MEASURED, "", "", ""
        if found.get("failed"):
            return f"failed: {found['failed']}", "", "", ""
        low, high = found["first_quartile"], found["third_quartile"]
        faster = self.speedup(workload, way)
        return (
            in_seconds(found["median"]),
            f"{in_seconds(low)} to {in_seconds(high)}",
            f"{faster:.2g}" if faster else "",
            f"{found['difference']:.0e} ({found['tolerance']:.0e})",
        )

    def __repr__(self) -> str:
        lines = [self._header, *self.lines]
        kept = [line for line in lines if line[3]]  # a reason would widen its column
        widths = [max(map(len, column)) for column in zip(*kept, strict=True)]
        widths[:2] = [max(len(line[i]) for line in lines) for i in range(2)]
        text = [
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True))
            for line in lines
        ]
        return "\n".join([*(line.rstrip() for line in text), "", self.caption])

    def _repr_markdown_(self) -> str:
        lines = [tuple(map(as_text, line)) for line in self.lines]
        return f"{table(self._header, lines)}\n\n{self.caption}"


def as_text(cell: str) -> str:
    """Return a cell of which Markdown takes nothing for markup.

    A reason is another program's text: it stands in a code span, where only the mark
    that ends it and the one that ends a cell count.
    """
    before, failed, reason = cell.partition("failed: ")
    if before or not failed:
        return cell
    return f"failed: `{reason.replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def gpu_ways(folder: Path = RECORDS) -> WaysTable:
    """Return what the ways to compute on a GPU gave, as recorded; measure nothing.

    Parameters
    ----------
    folder : Path
        Of the records, as ``python -m dlbook.compare --device cuda --record`` writes
        them. The newest that has ways counts, and it alone, so that all times are of
        one GPU.

    Returns
    -------
    WaysTable

    Raises
    ------
    ValueError
        If a file in the folder is not a complete record.
    """
    for record in read_records(folder):
        if record["device"] == "cuda" and record.get("ways"):
            return WaysTable(record)
    return WaysTable(None)
