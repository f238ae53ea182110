"""Timing warms up, takes turns, waits for the GPU. No test asserts a time."""

import gc

import pytest
import torch

from dlbook.compare import time_both, time_call
from dlbook.compare import timing as timing_module
from dlbook.compare.timing import Timing, in_seconds, threads


@pytest.fixture
def clock(monkeypatch):
    """A clock that only the calls move on."""

    class Clock:
        now = 0.0

        def advance(self, seconds):
            self.now += seconds

    clock = Clock()
    monkeypatch.setitem(timing_module.CLOCKS, "wall", lambda: clock.now)
    monkeypatch.setitem(timing_module.CLOCKS, "process", lambda: clock.now)
    return clock


def test_first_call_does_not_count(clock):
    calls = []

    def call():
        clock.advance(100.0 if not calls else 0.5)
        calls.append(1)

    timing = time_call(call, rounds=3, min_time=0.1)
    assert timing.median == pytest.approx(0.5)
    assert timing.third_quartile == pytest.approx(0.5)


def test_median_and_quartiles_of_the_rounds(clock):
    durations = iter([9, 9, 5, 1, 3, 2, 4])  # warm-up, loop count, five rounds
    timing = time_call(lambda: clock.advance(next(durations)), rounds=5, min_time=0)
    assert (timing.first_quartile, timing.median, timing.third_quartile) == (2, 3, 4)
    assert (timing.rounds, timing.loops) == (5, 1)


def test_short_calls_are_repeated_and_divided(clock):
    timing = time_call(lambda: clock.advance(0.001), rounds=2, min_time=0.1)
    assert timing.loops >= 100
    assert timing.median == pytest.approx(0.001)


def test_clock_too_coarse_for_a_call_ends(clock):
    ticks = []

    def call():
        ticks.append(1)
        if len(ticks) % 64 == 0:  # the clock stands still, then jumps
            clock.advance(0.064)

    timing = time_call(call, rounds=2, min_time=0.2)
    assert timing.median == pytest.approx(0.001, rel=0.35)


def test_sides_take_turns(clock):
    order = []

    def side(name, seconds):
        def call():
            order.append(name)
            clock.advance(seconds)

        return call

    ours, theirs, ratio = time_both(
        side("o", 3.0), side("t", 2.0), rounds=4, min_time=0
    )
    assert "".join(order[4:]) == "ot" * 4  # after warm-up and loop count of each
    assert (ours.median, theirs.median, ratio) == (3.0, 2.0, 1.5)


def test_ratio_is_the_median_of_the_rounds_ratios(clock):
    ours = iter([1, 1, 1, 10, 2])
    theirs = iter([1, 1, 1, 2, 4])
    _, _, ratio = time_both(
        lambda: clock.advance(next(ours)),
        lambda: clock.advance(next(theirs)),
        rounds=3,
        min_time=0,
    )
    assert ratio == 1.0  # of 1, 5 and 0.5; the ratio of the medians is 2 / 2


def test_gpu_is_waited_for_before_and_after_every_measurement(monkeypatch, clock):
    events = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: events.append(device))

    def call():
        events.append("call")
        clock.advance(1.0)

    time_call(call, device="cuda:1", rounds=2, min_time=0)
    assert events == ["cuda:1", "call", "cuda:1"] * 4


def test_no_gpu_is_waited_for_on_the_cpu(monkeypatch, clock):
    def fail(device):
        raise AssertionError("synchronized")

    monkeypatch.setattr(torch.cuda, "synchronize", fail)
    time_call(lambda: clock.advance(1.0), rounds=2, min_time=0)


def test_garbage_collection_waits_and_comes_back(clock):
    def call():
        assert not gc.isenabled()
        clock.advance(1.0)

    time_call(call, rounds=2, min_time=0)
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        time_call(lambda: 1 / 0)
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rounds": 1}, "rounds must be at least 2"),
        ({"min_time": -1.0}, "min_time must be at least 0"),
        ({"min_time": float("nan")}, "min_time must be at least 0"),
        ({"clock": "sundial"}, "clock must be one of"),
        ({"clock": "process", "device": "cuda"}, "cannot time a GPU"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        time_call(lambda: None, **options)


def test_process_clock_runs():
    timing = time_call(lambda: sum(range(1000)), clock="process", rounds=2, min_time=0)
    assert isinstance(timing, Timing)


def test_threads_are_set_and_put_back():
    threadpoolctl = pytest.importorskip("threadpoolctl")

    def blas_threads():
        return {
            pool["num_threads"]
            for pool in threadpoolctl.threadpool_info()
            if pool["user_api"] == "blas"
        }

    before = torch.get_num_threads(), blas_threads()
    for count in (1, 2):
        with threads(count) as blas_limited:
            assert blas_limited
            assert torch.get_num_threads() == count
            assert blas_threads() == {count}
    assert (torch.get_num_threads(), blas_threads()) == before
    with pytest.raises(ValueError, match="at least 1"), threads(0):
        pass


def test_times_are_divided_among_units():
    assert Timing(6.0, 3.0, 9.0, 5, 1).per(3) == Timing(2.0, 1.0, 3.0, 5, 1)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (12.345, "12.3 s"),
        (1.0, "1.00 s"),
        (0.00125, "1.25 ms"),
        (0.125, "125 ms"),
        (4.5e-6, "4.50 µs"),
        (2e-9, "2.00 ns"),
        (0.0009996, "1.00 ms"),
        (9.994e-7, "999 ns"),
    ],
)
def test_times_are_written_in_a_fitting_unit(seconds, text):
    assert in_seconds(seconds) == text
