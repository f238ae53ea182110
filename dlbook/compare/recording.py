"""Record what a device measures, for pages that are read or built without one.

A record is a JSON file::

    {"format": 1, "device": "cuda", "gpu": {"name", "driver", "cuda"},
     "machine": {"cpu", "cores", "system", "versions", "thread_pools"},
     "date": "2026-01-31", "command": "python -m dlbook.compare ...",
     "results": [{"case", "size", "type", "unit", "median", "first_quartile",
                  "third_quartile", "rounds", "loops"}, ...],
     "parity": [{"case", "size", "type", "difference"}, ...],
     "refused": [{"case", "reason"}, ...],
     "ways": [...]}

Times are seconds per unit, without TF32; differences are relative, as in `Difference`.
A case that gives other numbers on the device is refused: it is not timed. Records of a
GPU have "ways" to compute on it, where no cases were chosen; see `ways_record`.
"""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlbook.compare.case import Case, OperationCase, Shape, TrainingCase, size_in_words
from dlbook.compare.cases.backprop.autograd import ScalarEngineCase
from dlbook.compare.comparison import compare_case, compare_training
from dlbook.compare.difference import ParityError
from dlbook.compare.machine import describe, gpu
from dlbook.compare.timing import (
    Timing,
    in_seconds,
    synchronize,
    threads,
    time_call,
)
from dlbook.compare.torch_side import exact_float32, import_torch
from dlbook.compare.ways_record import measure_ways, validate_ways

RECORDS = Path(__file__).parent / "records"
FORMAT = 1
FEWEST_ROUNDS = 3
SHARE_OF_WAYS = 0.3  # of the time; compiling takes most of it
FIELDS = ("format", "device", "machine", "date", "command", "results", "parity")
RESULT_FIELDS = (
    "case",
    "size",
    "type",
    "unit",
    "median",
    "first_quartile",
    "third_quartile",
    "rounds",
    "loops",
)


@dataclass(frozen=True)
class Recorded:
    """A recorded time, and where it comes from.

    Attributes
    ----------
    timing : Timing
        Of one unit.
    gpu : str
        Name of the GPU.
    date : str
        Year-month-day.
    versions : dict of str to str
    """

    timing: Timing
    gpu: str
    date: str
    versions: dict[str, str]


def record_device(
    device: str,
    cases: Iterable[Case],
    *,
    command: str,
    rounds: int = 15,
    min_time: float = 0.02,
    num_threads: int = 1,
    seconds: float = 480.0,
    ways: bool = False,
    report: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Check every case against torch on a device, then time torch's side there.

    A case that disagrees is left out, and the record says so.

    Parameters
    ----------
    device : str
        "cpu", "cuda", "cuda:1", ...
    cases : iterable of Case
    command : str
        What was typed, for the record.
    rounds, min_time
        As in `time_call`.
    num_threads : int
        Threads of torch on the CPU.
    seconds : float, positive
        How long all may take. Where time runs short, fewer rounds are made, three at
        least: only if that is too much already, the whole takes longer.
    ways : bool
        Whether to try the ways to compute on a GPU too, after the cases; never on a
        CPU.
    report : callable
        Gets a line of text for each result.

    Returns
    -------
    dict
        The record, ready for `write_record`.

    Raises
    ------
    ParityError
        If every case gives other numbers on this device.
    ValueError
        If `seconds` is not positive.
    """
    if not seconds > 0:
        raise ValueError(f"seconds must be positive, got {seconds}")
    ways = ways and device.startswith("cuda")
    last = time.monotonic() + seconds
    end = last - SHARE_OF_WAYS * seconds * ways
    exact_float32(import_torch("record_device"))
    record: dict[str, Any] = {
        "format": FORMAT,
        "device": device.partition(":")[0],
        "machine": describe(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "command": command,
        "results": [],
        "parity": [],
        "refused": [],
    }
    if device.startswith("cuda"):
        record["gpu"] = gpu(device)
    agreeing: list[Case] = []
    with threads(num_threads):
        for case in cases:
            try:
                record["parity"] += checked(case, device, report)
                agreeing.append(case)
            except ParityError as error:
                record["refused"].append({"case": case.name, "reason": str(error)})
                report(f"REFUSED {case.name}: {error}")
        if not agreeing:
            raise ParityError(f"every case disagrees: {record['refused']}")
        points = [(case, size) for case in agreeing for size in case.sizes]
        for place, (case, size) in enumerate(points):
            share = (end - time.monotonic()) / (len(points) - place)
            timing = timed(case, size, device, rounds, min_time, share)
            result: dict[str, Any] = {
                "case": case.name,
                "size": list(size),
                "type": "float32",
                "unit": case.unit,
                "median": timing.median,
                "first_quartile": timing.first_quartile,
                "third_quartile": timing.third_quartile,
                "rounds": timing.rounds,
                "loops": timing.loops,
            }
            record["results"].append(result)
            what = label(case, size, np.dtype(np.float32))
            report(f"time    {what}: {in_seconds(timing.median)} per {case.unit}")
        if ways:
            record["ways"] = measure_ways(
                device,
                rounds=rounds,
                min_time=min_time,
                seconds=last - time.monotonic(),
                report=report,
            )
    return record


def checked(
    case: Case, device: str, report: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Compare a case with torch at its `parity_points`; return the record's entries.

    Raises
    ------
    ParityError
        If they disagree.
    """
    entries = []
    for size, dtype in parity_points(case):
        found = check(case, size, dtype, device)
        entry = {"case": case.name, "size": list(size), "type": str(dtype)}
        entries.append(entry | {"difference": found})
        report(f"parity  {label(case, size, dtype)}: {found:.1e}")
    return entries


def timed(
    case: Case, size: Shape, device: str, rounds: int, min_time: float, share: float
) -> Timing:
    """Time torch's side of a case, with fewer rounds if `share` seconds are too few.

    Returns
    -------
    Timing
        Of one unit.
    """
    call = case.their_call(size, np.float32, device)
    for _ in range(2):  # the first call may compile, and says little
        synchronize(device)
        start = time.monotonic()
        call()
        synchronize(device)
        once = max(time.monotonic() - start, 1e-9)
    affordable = int(share / max(once, min_time)) - 4  # time_call tries loops out
    rounds = min(rounds, max(affordable, FEWEST_ROUNDS))
    timing = time_call(call, device=device, rounds=rounds, min_time=min_time)
    return timing.per(case.units(size))


def parity_points(case: Case) -> list[tuple[Shape, np.dtype]]:
    """Return where a case is checked before it is timed.

    An operation small in float64 and as it is timed in float32. A training run as long
    as it is timed in float64, and short in float32, in which two runs drift apart.
    """
    double, single = np.dtype(np.float64), np.dtype(np.float32)
    if isinstance(case, ScalarEngineCase):
        return [(size, double) for size in case.sizes]
    if isinstance(case, TrainingCase):
        return [(case.bench_size, double), (case.sizes[0], single)]
    return [(case.sizes[0], double), (case.bench_size, single)]


def check(case: Case, size: Shape, dtype: np.dtype, device: str) -> float:
    """Compare a case with torch on a device; return the largest relative difference.

    In float32 at a size that is timed, sums of many thousand terms differ by more than
    single numbers may: there the root mean square decides; see `OperationCase`.

    Raises
    ------
    ParityError
        If they disagree.
    """
    found: Any
    if isinstance(case, TrainingCase):
        found = compare_training(
            case, size=size, dtype=dtype, device=device, generated=True
        )
    else:
        assert isinstance(case, OperationCase)
        single = dtype == np.float32
        atol = np.inf if single else None
        found = compare_case(case, size=size, dtype=dtype, device=device, atol=atol)
        for array in found.differences if single else ():
            if not array.root_mean_square <= case.single_tolerance:
                raise ParityError(
                    f"{array.name}: root mean square of the difference "
                    f"{array.root_mean_square:.1e} of torch's, more than "
                    f"{case.single_tolerance:.0e}"
                )
    return found.largest_difference


def label(case: Case, size: Shape, dtype: np.dtype) -> str:
    """Return "linear 4 × 3 × 5 float64"."""
    return f"{case.name} {size_in_words(size)} {dtype}"


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record; the file appears whole or not at all.

    Raises
    ------
    ValueError
        If the record is not complete.
    """
    validate(record, str(path))
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(path)


def read_records(folder: Path = RECORDS) -> list[dict[str, Any]]:
    """Return all records of a folder, the newest first.

    Raises
    ------
    ValueError
        If a file is not a complete record.
    """
    records = []
    for path in sorted(folder.glob("*.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path.name} is not JSON: {error}") from error
        validate(record, path.name)
        records.append(record)
    return sorted(records, key=lambda record: record["date"], reverse=True)


def recorded_on_gpu(
    case: str, size: Shape, dtype: str = "float32", folder: Path = RECORDS
) -> Recorded | None:
    """Return the newest time a GPU was recorded with, None if there is none.

    Parameters
    ----------
    case : str
        The case's name.
    size : tuple of int
    dtype : str
    folder : Path
    """
    for record in read_records(folder):
        if record["device"] != "cuda":
            continue
        for result in record["results"]:
            wanted = (case, list(size), dtype)
            if (result["case"], result["size"], result["type"]) == wanted:
                timing = Timing(
                    result["median"],
                    result["first_quartile"],
                    result["third_quartile"],
                    result["rounds"],
                    result["loops"],
                )
                return Recorded(
                    timing,
                    record["gpu"]["name"],
                    record["date"],
                    record["machine"]["versions"],
                )
    return None


def validate(record: Any, name: str) -> None:
    """Refuse a record that lacks what a page says about it.

    Raises
    ------
    ValueError
        If a field is missing, the format is another, or a time is not positive.
    """
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise ValueError(f"{name}: not a record of format {FORMAT}")
    wanted = (*FIELDS, *(("gpu",) if record.get("device") == "cuda" else ()))
    for field in wanted:
        if not record.get(field):
            raise ValueError(f"{name}: the record lacks {field!r}")
    datetime.date.fromisoformat(record["date"])
    for result in record["results"]:
        for field in RESULT_FIELDS:
            if field not in result:
                raise ValueError(f"{name}: a result lacks {field!r}: {result}")
        if not 0 < result["median"] < float("inf"):
            raise ValueError(f"{name}: {result['case']} took {result['median']} s")
    validate_ways(record.get("ways", []), name)
