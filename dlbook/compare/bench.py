"""`make bench`: dlbook against torch and against the machine, forward and backward.

Both sides run in one process, in turns, at least 15 rounds; with one thread the clock
is the CPU time of the process, which a busy machine disturbs little. The ratio is the
median of the rounds' ratios. The limit is the time that the products take at the
measured peak of float32 matrix multiplication, or the memory traffic at the measured
bandwidth of a copy, whichever is longer.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from dlbook.compare.case import Case, size_in_words
from dlbook.compare.machine import describe
from dlbook.compare.timing import threads, time_both, time_call

GIBIBYTE = str(1 << 30)
CHILD = "DLBOOK_BENCH_CHILD"
COLUMNS = ("row", "shape", "unit", "ours", "torch", "ratio", "gate", "", "ours/limit")


def run_in_prepared_process(
    arguments: list[str], num_threads: int, core_type: str | None
) -> int:
    """Start Python again with the settings that are read only when a process starts.

    Threads of BLAS and OpenMP; the kernels OpenBLAS takes; that the C library keeps
    freed memory (where it is glibc), for the heap's layout else decides part of the
    time; and, with several threads, that those of the side that rests sleep instead of
    spinning: else they take the cores from the side that works, whose time doubles.

    Parameters
    ----------
    arguments : list of str
        For ``python -m dlbook.compare``.
    num_threads : int
    core_type : str or None
        OPENBLAS_CORETYPE, such as "Haswell"; None leaves it as it is.

    Returns
    -------
    int
        The exit status.
    """
    count = str(num_threads)
    settings = {
        CHILD: "1",
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "MALLOC_TRIM_THRESHOLD_": GIBIBYTE,
        "MALLOC_MMAP_THRESHOLD_": GIBIBYTE,
    }
    if num_threads > 1:
        settings["OMP_WAIT_POLICY"] = "PASSIVE"
    if core_type is not None:
        settings["OPENBLAS_CORETYPE"] = core_type
    command = [sys.executable, "-m", "dlbook.compare", *arguments]
    return subprocess.run(command, env=os.environ | settings, check=False).returncode


def in_prepared_process() -> bool:
    """Return whether `run_in_prepared_process` started this process."""
    return os.environ.get(CHILD) == "1"


def measure_machine(clock: str) -> dict[str, float]:
    """Measure the peak of float32 products and the bandwidth of a copy.

    Returns
    -------
    dict
        "flops" per second of a product of 1024 × 1024 matrices; "bandwidth" in bytes
        per second, read and written, of a copy of 64 MiB. Both are the best of 9.
    """
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((1024, 1024)).astype(np.float32) for _ in range(2))
    product = np.empty_like(a)
    source = np.ones(1 << 24, np.float32)
    target = np.zeros_like(source)
    matmul = time_call(lambda: np.matmul(a, b, out=product), rounds=9, clock=clock)
    copy = time_call(lambda: np.copyto(target, source), rounds=9, clock=clock)
    return {
        "flops": 2 * 1024**3 / matmul.first_quartile,
        "bandwidth": 2 * source.nbytes / copy.first_quartile,
    }


def measure_row(
    case: Case, machine: dict[str, float], rounds: int, min_time: float, clock: str
) -> dict[str, Any]:
    """Measure one case at its `bench_size`, float32.

    The seconds under "torch" are those of "against", which is torch but for a few rows.
    """
    size = case.bench_size
    units = case.units(size)
    ours, theirs, ratio = time_both(
        case.our_call(size, np.float32),
        case.rival_call(size, np.float32),
        rounds=rounds,
        min_time=min_time,
        clock=clock,
    )
    cost = case.cost(size)
    limit = None
    if cost is not None:
        limit = max(cost.flops / machine["flops"], cost.moved / machine["bandwidth"])
    return {
        "case": case.name,
        "title": case.title,
        "size": list(size),
        "unit": case.unit,
        "ours": ours.median / units,
        "torch": theirs.median / units,
        "against": case.gate_against,
        "ratio": ratio,
        "gate": case.gate,
        "holds": ratio <= case.gate if case.gate else None,
        "over_limit": None if limit is None else ours.median / limit,
    }


def bench(
    cases: Iterable[Case],
    *,
    num_threads: int = 1,
    rounds: int = 15,
    min_time: float = 0.05,
    clock: str | None = None,
) -> dict[str, Any]:
    """Measure every case, printing a line for each.

    Parameters
    ----------
    cases : iterable of Case
    num_threads : int, at least 1
    rounds : int, at least 15
    min_time : float, seconds
        Of each side in each round.
    clock : "process" or "wall", optional
        Process time with one thread, elapsed time with more, by default: torch's
        threads wait by spinning, which counts as CPU time.

    Returns
    -------
    dict
        Everything that was measured, and on what.

    Raises
    ------
    ValueError
        If `rounds` is less than 15.
    """
    if rounds < 15:
        raise ValueError(f"rounds must be at least 15, got {rounds}")
    if clock is None:
        clock = "process" if num_threads == 1 else "wall"
    with threads(num_threads):
        machine = measure_machine(clock)
        report: dict[str, Any] = {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "machine": describe(),
            "environment": {
                name: value
                for name, value in sorted(os.environ.items())
                if name.startswith(("OPENBLAS_", "OMP_", "MKL_", "MALLOC_"))
            },
            "threads": num_threads,
            "clock": clock,
            "rounds": rounds,
            "min_time": min_time,
            "peak": machine,
            "rows": [],
        }
        print(header(report))
        for case in cases:
            row = measure_row(case, machine, rounds, min_time, clock)
            if num_threads > 1:  # a gate is for one
                row |= {"gate": None, "holds": None}
            report["rows"].append(row)
            print(line(row), flush=True)
    return report


def header(report: dict[str, Any]) -> str:
    """Return what stands above the table: machine, versions, settings, peaks."""
    machine, peak = report["machine"], report["peak"]
    names = ", ".join(f"{k} {v}" for k, v in machine["versions"].items())
    kernels = ", ".join(
        f"{pool['internal_api']} {pool.get('version') or ''} "
        f"{pool.get('architecture') or ''}".strip()
        for pool in machine["thread_pools"]
        if pool["user_api"] == "blas"
    )
    return "\n".join(
        [
            f"{machine['cpu']}, {machine['system']}; {names}",
            f"BLAS: {kernels or 'unknown (threadpoolctl is not installed)'}",
            f"{report['threads']} thread(s), {report['clock']} time, "
            f"{report['rounds']} rounds",
            f"peaks: float32 product {peak['flops'] / 1e9:.0f} GFLOP/s, "
            f"copy {peak['bandwidth'] / 1e9:.1f} GB/s",
            "",
            formatted(COLUMNS),
        ]
    )


def line(row: dict[str, Any]) -> str:
    """Return one line of the table."""
    scale, unit = (1e6, "µs") if row["unit"] == "operation" else (1e3, "ms")
    return formatted(
        (
            row["title"],
            size_in_words(tuple(row["size"])),
            f"{unit}/{row['unit']}",
            f"{row['ours'] * scale:.3f}",
            f"{row['torch'] * scale:.3f}",
            f"{row['ratio']:.2f}",
            "" if row["gate"] is None else f"{row['gate']:.2f}",
            {True: "ok", False: "MISSED", None: ""}[row["holds"]],
            "" if row["over_limit"] is None else f"{row['over_limit']:.1f}",
        )
    )


def formatted(cells: tuple[str, ...]) -> str:
    """Align the cells of a line."""
    widths = (34, 21, 13, 9, 9, 6, 6, 7, 10)
    aligned = [
        cell.ljust(width) if i < 3 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return " ".join(aligned).rstrip()


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write the measurements as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
