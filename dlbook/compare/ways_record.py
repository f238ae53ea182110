"""Measure the ways to compute on a GPU, for a record: first right, then how fast.

An entry of a record's "ways" is::

    {"workload", "size", "way", "tolerance",
     "difference", "median", "first_quartile", "third_quartile", "rounds", "loops"}

or, where a way cannot run or gives other numbers, `"failed": reason` in place of the
second line. Times are seconds per call.
"""

from __future__ import annotations

import math
import textwrap
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from dlbook.compare.case import size_in_words
from dlbook.compare.difference import ParityError
from dlbook.compare.timing import in_seconds, time_call
from dlbook.compare.ways import EAGER, WAYS, Way, results, tf32
from dlbook.compare.workloads import WORKLOADS, Workload

__all__ = ["measure_ways", "validate_ways"]

LONGEST_REASON = 160  # characters
TIME_FIELDS = ("median", "first_quartile", "third_quartile", "rounds", "loops")


def measure_ways(
    device: str,
    *,
    workloads: Iterable[Workload] = WORKLOADS,
    ways: Iterable[Way] = WAYS,
    rounds: int = 15,
    min_time: float = 0.02,
    seconds: float = math.inf,
    report: Callable[[str], None] = print,
) -> list[dict[str, Any]]:
    """Check every way against eager float32 on a device, then time it.

    Nothing that goes wrong in a way ends the whole: its entry says that it failed.

    Parameters
    ----------
    device : str
        "cuda", "cuda:1", ...; on "cpu" TF32 and CUDA graphs fail.
    workloads : iterable of Workload
    ways : iterable of Way
    rounds, min_time
        As in `time_call`.
    seconds : float
        After this time no further way is begun; the remaining ones fail.
    report : callable
        Gets a line of text for each way.

    Returns
    -------
    list of dict
        The entries.

    Raises
    ------
    ValueError
        If `rounds` or `min_time` is not as in `time_call`.
    """
    if rounds < 2 or not min_time >= 0:
        raise ValueError(
            f"rounds must be at least 2 and min_time at least 0, got {rounds} and "
            f"{min_time}"
        )
    end = time.monotonic() + seconds
    ways = tuple(ways)
    entries = []
    for workload in workloads:
        for way in ways:
            entry: dict[str, Any] = {
                "workload": workload.name,
                "size": list(workload.size),
                "way": way.name,
                "tolerance": way.tolerance,
            }
            try:
                if time.monotonic() >= end:
                    raise TimeoutError("no time was left")
                entry |= checked_and_timed(workload, way, device, rounds, min_time)
                told = in_seconds(entry["median"])
            except Exception as error:  # whatever it is, it is this way's result
                entry["failed"] = in_one_line(error)
                told = f"failed: {entry['failed']}"
            size = size_in_words(workload.size)
            report(f"way     {workload.name} {size} {way.name}: {told}")
            entries.append(entry)
    return entries


def checked_and_timed(
    workload: Workload, way: Way, device: str, rounds: int, min_time: float
) -> dict[str, Any]:
    """Return a way's difference and times.

    Raises
    ------
    ParityError
        If the difference is larger than the way's tolerance.
    FloatingPointError
        If training diverged while it was timed: steps that are skipped take less time.
    """
    exact = np.dtype(np.float64 if way == EAGER else np.float32)
    with tf32(False, device):
        expected = results(workload, EAGER, device, exact)[1]
    with tf32(way.tf32, device):
        call, found = results(workload, way, device, np.dtype(np.float32))
        difference = largest_difference(found, expected)
        if not difference <= way.tolerance:  # NaN too
            raise ParityError(
                f"differs by {difference:.1e}, more than {way.tolerance:.0e}"
            )
        timing = time_call(call, device=device, rounds=rounds, min_time=min_time)
        if not call().isfinite().all():
            raise FloatingPointError("diverged while it was timed")
    return {"difference": difference} | {
        field: getattr(timing, field) for field in TIME_FIELDS
    }


def largest_difference(found: list[Any], expected: list[Any]) -> float:
    """Return the largest relative root mean square difference; NaN if one is NaN."""
    shares = []
    for a, b in zip(found, expected, strict=True):
        a, b = a.double(), b.double()
        error, length = float((a - b).norm()), float(b.norm())
        shares.append(error / length if length else error)
    return float(np.max(shares))


def in_one_line(error: Exception) -> str:
    """Return an error's class and message, in one line, cut short."""
    message = f"{type(error).__name__}: {error}"
    return textwrap.shorten(message, LONGEST_REASON, placeholder=" ...")


def validate_ways(entries: Any, name: str) -> None:
    """Refuse entries that lack what the table says about them.

    Raises
    ------
    ValueError
        If an entry is no dict or lacks a field, a time is not positive and finite, or
        a difference is larger than its tolerance.
    """
    for entry in entries:
        if not isinstance(entry, dict):
            raise ValueError(f"{name}: a way is no object: {entry}")
        result = () if entry.get("failed") else ("difference", *TIME_FIELDS)
        for field in ("workload", "size", "way", "tolerance", *result):
            if field not in entry:
                raise ValueError(f"{name}: a way lacks {field!r}: {entry}")
        if not result:
            continue
        if not 0 < entry["median"] < math.inf:
            raise ValueError(f"{name}: {entry['way']} took {entry['median']} s")
        if not 0 <= entry["difference"] <= entry["tolerance"]:
            raise ValueError(
                f"{name}: {entry['way']} differs by {entry['difference']}, more than "
                f"{entry['tolerance']}"
            )
