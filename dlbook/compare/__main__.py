"""`python -m dlbook.compare`: the cases, a device's record, benchmark and roofline."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from dlbook.compare import bench as benchmark
from dlbook.compare.case import Case, size_in_words
from dlbook.compare.cases import PARTS, all_cases, find_case
from dlbook.compare.difference import ParityError
from dlbook.compare.recording import record_device, write_record
from dlbook.compare.roofline import measure_roofline


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["bench"]:
        return run_bench(arguments)
    if arguments[:1] == ["roofline"]:
        return run_roofline(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="python -m dlbook.compare",
        description="Check dlbook against PyTorch on a device, and time PyTorch there. "
        "On a GPU, unless cases are chosen, also with TF32, mixed precision, "
        "torch.compile and CUDA graphs. "
        "Needs NumPy and PyTorch alone. 'python -m dlbook.compare bench -h' tells of "
        "the benchmark, 'python -m dlbook.compare roofline -h' of the roofline.",
    )
    parser.add_argument("--list", action="store_true", help="list the cases and stop")
    parser.add_argument(
        "--device", default="cpu", help="cpu (default), cuda, cuda:1 ..."
    )
    parser.add_argument("--record", type=Path, help="write the results here, JSON")
    parser.add_argument("--cases", nargs="+", metavar="NAME", help="only these cases")
    parser.add_argument("--rounds", type=int, default=15, help="measurements (15)")
    parser.add_argument(
        "--threads", type=int, default=1, help="torch's CPU threads (1)"
    )
    parser.add_argument(
        "--minutes", type=float, default=8.0, help="that all may take (8)"
    )
    options = parser.parse_args(arguments)
    if options.list:
        print(listing())
        return 0
    try:
        record = record_device(
            options.device,
            chosen(options.cases),
            command=shlex.join(["python", "-m", "dlbook.compare", *arguments]),
            rounds=options.rounds,
            num_threads=options.threads,
            seconds=60 * options.minutes,
            ways=options.cases is None,
        )
        if options.record:
            write_record(options.record, record)
            print(f"written: {options.record}")
    except (ParityError, ImportError, KeyError, RuntimeError, ValueError) as error:
        print(f"error: {error.args[0] if error.args else error}", file=sys.stderr)
        return 1
    for refused in record["refused"]:
        print(f"refused: {refused['case']}: {refused['reason']}", file=sys.stderr)
    return int(bool(record["refused"]))


def run_bench(arguments: list[str]) -> int:
    """Run the benchmark, each number of threads in a process with fixed settings."""
    parser = argparse.ArgumentParser(
        prog="python -m dlbook.compare bench",
        description="Time dlbook against PyTorch's CPU side, in turns, one process.",
    )
    parser.add_argument(
        "--threads",
        type=int,
        nargs="+",
        default=[1, 2],
        metavar="N",
        help="on both sides, one table for each number (1 2); the gates are for 1",
    )
    parser.add_argument("--rounds", type=int, default=15, help="at least 15 (15)")
    parser.add_argument(
        "--coretype", help="OPENBLAS_CORETYPE; the gates are for Haswell"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--rows", nargs="+", metavar="NAME", help="only these cases")
    which.add_argument(
        "--all", action="store_true", help="every case; else those with a gate"
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=Path("_build/bench.json"),
        help="write the results here; with N threads the name ends in _N_threads",
    )
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 if a row misses its gate"
    )
    options = parser.parse_args(arguments[1:])
    try:
        every = options.all or options.rows
        cases = chosen(options.rows) if every else gated()
        if min(options.threads) < 1 or options.rounds < 15:
            raise ValueError("--threads must be at least 1, --rounds at least 15")
        if not benchmark.in_prepared_process():
            statuses = [
                benchmark.run_in_prepared_process(
                    [*arguments, *one_of(options, count)], count, options.coretype
                )
                for count in options.threads
            ]
            return next(filter(None, statuses), 0)
        (count,) = options.threads
        report = benchmark.bench(cases, num_threads=count, rounds=options.rounds)
    except (ImportError, KeyError, ValueError) as error:
        print(f"error: {error.args[0] if error.args else error}", file=sys.stderr)
        return 1
    benchmark.write_report(options.json, report)
    print(f"\nwritten: {options.json}")
    missed = [row["title"] for row in report["rows"] if row["holds"] is False]
    if missed:
        print("missed the gate: " + ", ".join(missed))
    return int(bool(missed) and options.check)


def one_of(options: argparse.Namespace, count: int) -> list[str]:
    """Return the arguments of one number of threads; they override earlier ones."""
    name = options.json.stem + (f"_{count}_threads" if count > 1 else "")
    path = options.json.with_stem(name)
    return ["--threads", str(count), "--json", str(path)]


def run_roofline(arguments: list[str]) -> int:
    """Measure the roofline of this machine; PyTorch is not needed."""
    parser = argparse.ArgumentParser(
        prog="python -m dlbook.compare roofline",
        description="Measure peak, bandwidth and the operations of dlbook under them.",
    )
    parser.add_argument("--threads", type=int, default=1, help="of NumPy (1)")
    parser.add_argument("--json", type=Path, help="write the result here")
    options = parser.parse_args(arguments)
    clock = "process" if options.threads == 1 else "wall"  # as the benchmark has it
    found = measure_roofline(
        num_threads=options.threads, rounds=15, min_time=0.02, clock=clock
    )
    print(found)
    if options.json:
        found.write(options.json)
        print(f"written: {options.json}")
    return 0


def chosen(names: list[str] | None) -> list[Case]:
    """Return the cases with these names, all without names."""
    if names is None:
        return list(all_cases().values())
    return [find_case(name) for name in names]


def gated() -> list[Case]:
    """Return the cases that have a gate: the rows of the benchmark."""
    return [case for case in all_cases().values() if case.gate is not None]


def listing() -> str:
    """Return the cases, part by part, with their sizes."""
    lines = []
    for part, cases in PARTS.items():
        lines.append(part)
        for case in cases:
            sizes = ", ".join(size_in_words(size) for size in case.sizes)
            lines.append(f"  {case.name}: {case.title}")
            lines.append(f"    {' × '.join(case.axes)}: {sizes}")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
