"""Time two sides fairly: warm, in turns, on as many threads, the GPU waited for."""

from __future__ import annotations

import contextlib
import gc
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dlbook.compare.torch_side import import_torch, torch_is_installed

CLOCKS = {"wall": time.perf_counter, "process": time.process_time}


@dataclass(frozen=True)
class Timing:
    """Seconds per call, over several rounds.

    Attributes
    ----------
    median, first_quartile, third_quartile : float
        In seconds.
    rounds : int
        How many measurements they were taken from.
    loops : int
        How many calls a measurement averages over.
    """

    median: float
    first_quartile: float
    third_quartile: float
    rounds: int
    loops: int

    def per(self, units: int) -> Timing:
        """Return the times of one unit, where a call does several."""
        return Timing(
            self.median / units,
            self.first_quartile / units,
            self.third_quartile / units,
            self.rounds,
            self.loops,
        )


def time_call(
    call: Callable[[], Any],
    *,
    device: str = "cpu",
    rounds: int = 15,
    min_time: float = 0.02,
    clock: str = "wall",
) -> Timing:
    """Time a function: one call to warm up, then median and quartiles of `rounds`.

    Parameters
    ----------
    call : callable
        Takes no arguments.
    device : str
        Where the work is done. On "cuda" the clock stops only when the GPU has
        finished: a call returns before.
    rounds : int, at least 2
        Measurements.
    min_time : float, seconds, at least 0
        A measurement repeats the call until this much time has passed.
    clock : "wall" or "process"
        Elapsed time; or the CPU time of this process, all threads together, which
        other processes hardly disturb.

    Returns
    -------
    Timing

    Raises
    ------
    ValueError
        If `rounds`, `min_time` or `clock` is not as above, or the CPU's clock is
        asked about a GPU.
    """
    return _time_in_turns([(call, device)], rounds, min_time, clock)[0][0]


def time_both(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    *,
    device: str = "cpu",
    rounds: int = 15,
    min_time: float = 0.02,
    clock: str = "wall",
) -> tuple[Timing, Timing, float]:
    """Time two functions in turns, so that what disturbs one disturbs the other.

    Parameters
    ----------
    ours, theirs : callable
        Take no arguments.
    device : str
        Where `theirs` does its work; ours is on the CPU.
    rounds, min_time, clock
        As in `time_call`.

    Returns
    -------
    ours, theirs : Timing
    ratio : float
        The median of ours / theirs, taken round by round.

    Raises
    ------
    ValueError
        As in `time_call`.
    """
    calls = [(ours, "cpu"), (theirs, device)]
    (our, our_runs), (their, their_runs) = _time_in_turns(
        calls, rounds, min_time, clock
    )
    ratios = [a / b for a, b in zip(our_runs, their_runs, strict=True)]
    return our, their, statistics.median(ratios)


def _time_in_turns(
    calls: list[tuple[Callable[[], Any], str]],
    rounds: int,
    min_time: float,
    clock: str,
) -> list[tuple[Timing, list[float]]]:
    if rounds < 2:
        raise ValueError(f"rounds must be at least 2, got {rounds}")
    if not min_time >= 0:
        raise ValueError(f"min_time must be at least 0 seconds, got {min_time}")
    if clock not in CLOCKS:
        raise ValueError(f"clock must be one of {list(CLOCKS)}, got {clock!r}")
    if clock == "process" and any(device != "cpu" for _, device in calls):
        raise ValueError('clock="process" cannot time a GPU: use clock="wall"')
    now = CLOCKS[clock]

    def seconds_for(call: Callable[[], Any], device: str, loops: int) -> float:
        synchronize(device)
        start = now()
        for _ in range(loops):
            call()
        synchronize(device)
        return now() - start

    def loops_for(call: Callable[[], Any], device: str) -> int:
        seconds_for(call, device, 1)  # the first call compiles, allocates, fills caches
        loops = 1
        while (taken := seconds_for(call, device, loops)) < min_time:
            # a clock may stand still over a short call: grow by ten at most
            loops = min(
                10 * loops, max(2 * loops, round(loops * min_time / (taken or 1)))
            )
        return loops

    gc.collect(1)  # what died lately: a full collection may outlast the timing
    was_enabled = gc.isenabled()
    gc.disable()  # as timeit does: a collection would hit one side by chance
    try:
        loops = [loops_for(call, device) for call, device in calls]
        runs: list[list[float]] = [[] for _ in calls]
        for _ in range(rounds):
            for (call, device), count, seconds in zip(calls, loops, runs, strict=True):
                seconds.append(seconds_for(call, device, count) / count)
    finally:
        if was_enabled:
            gc.enable()
    timed = []
    for count, seconds in zip(loops, runs, strict=True):
        first, median, third = statistics.quantiles(seconds, n=4, method="inclusive")
        timed.append((Timing(median, first, third, rounds, count), seconds))
    return timed


def synchronize(device: str) -> None:
    """Wait until the GPU has done what it was given; nothing to do on the CPU."""
    if device.startswith("cuda"):
        import_torch("synchronize").cuda.synchronize(device)


@contextlib.contextmanager
def threads(count: int) -> Iterator[bool]:
    """Run the body with `count` threads in torch and in NumPy's BLAS.

    Parameters
    ----------
    count : int, at least 1

    Yields
    ------
    bool
        Whether NumPy's threads could be set too: that takes threadpoolctl, which comes
        with scikit-learn. Otherwise OMP_NUM_THREADS holds, read when Python starts.

    Raises
    ------
    ValueError
        If `count` is less than 1.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    with contextlib.ExitStack() as stack:
        if torch_is_installed():
            torch = import_torch("threads")
            stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(count)
        try:
            import threadpoolctl
        except ImportError:
            yield False
            return
        stack.enter_context(threadpoolctl.threadpool_limits(count, user_api="blas"))
        yield True


def in_seconds(seconds: float) -> str:
    """Return a time in the unit that suits it, to three figures: "1.25 ms"."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.9995 * size:  # which rounds to 1.00
            return f"{seconds / size:#.3g}".rstrip(".") + f" {unit}"
    return f"{seconds / 1e-9:#.3g}".rstrip(".") + " ns"
