"""Record what a device measures, for pages that are read or built without one.

A record is a JSON file::

    {"format": 1, "device": "cuda", "gpu": {"name", "driver", "cuda"},
     "machine": {"cpu", "cores", "system", "versions", "thread_pools"},
     "date": "2026-01-31", "command": "python -m dlbook.compare ...",
     "results": [{"case", "size", "type", "unit", "median", "first_quartile",
                  "third_quartile", "rounds", "loops"}, ...],
     "parity": [{"case", "size", "type", "difference"}, ...]}

Times are seconds per unit; differences are relative, as in `Difference`.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlbook.compare.case import Case, OperationCase, Shape, TrainingCase, size_in_words
from dlbook.compare.cases.backprop.autograd import ScalarEngineCase
from dlbook.compare.comparison import compare_case, compare_training
from dlbook.compare.machine import describe, gpu
from dlbook.compare.timing import Timing, in_seconds, threads, time_call

RECORDS = Path(__file__).parent / "records"
FORMAT = 1
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
    report: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Check every case against torch on a device, then time torch's side there.

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
    report : callable
        Gets a line of text for each result.

    Returns
    -------
    dict
        The record, ready for `write_record`.

    Raises
    ------
    ParityError
        If a case gives other numbers on this device: nothing is recorded then.
    """
    record: dict[str, Any] = {
        "format": FORMAT,
        "device": device.partition(":")[0],
        "machine": describe(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "command": command,
        "results": [],
        "parity": [],
    }
    if device.startswith("cuda"):
        record["gpu"] = gpu(device)
    cases = list(cases)
    with threads(num_threads):
        for case in cases:
            for size, dtype in parity_points(case):
                found = check(case, size, dtype, device)
                entry = {"case": case.name, "size": list(size), "type": str(dtype)}
                record["parity"].append(entry | {"difference": found})
                report(f"parity  {label(case, size, dtype)}: {found:.1e}")
        for case in cases:
            for size in case.sizes:
                call = case.their_call(size, np.float32, device)
                timing = time_call(
                    call, device=device, rounds=rounds, min_time=min_time
                ).per(case.units(size))
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
    return record


def parity_points(case: Case) -> list[tuple[Shape, np.dtype]]:
    """Return where a case is checked before it is timed: small in float64, as timed."""
    double, single = np.dtype(np.float64), np.dtype(np.float32)
    if isinstance(case, ScalarEngineCase):
        return [(size, double) for size in case.sizes]
    return [(case.sizes[0], double), (case.bench_size, single)]


def check(case: Case, size: Shape, dtype: np.dtype, device: str) -> float:
    """Compare a case with torch on a device; return the largest relative difference."""
    found: Any
    if isinstance(case, TrainingCase):
        found = compare_training(
            case, size=size, dtype=dtype, device=device, generated=True
        )
    else:
        assert isinstance(case, OperationCase)
        found = compare_case(case, size=size, dtype=dtype, device=device)
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
