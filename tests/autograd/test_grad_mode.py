import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dlbook.autograd import Tensor, is_grad_enabled, no_grad


@pytest.fixture
def x():
    return Tensor(np.ones(2), requires_grad=True)


def test_recording_is_on_at_first():
    assert is_grad_enabled()


def test_nothing_is_recorded_inside(x):
    with no_grad():
        assert not is_grad_enabled()
        y = x * 2.0
    assert is_grad_enabled()
    assert not y.requires_grad
    assert y.parents == ()
    assert (x * 2.0).requires_grad


def test_blocks_nest(x):
    with no_grad():
        with no_grad():
            assert not is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_one_object_can_be_entered_twice():
    switch = no_grad()
    with switch:
        with switch:
            assert not is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_recording_comes_back_after_an_error():
    with pytest.raises(ZeroDivisionError), no_grad():
        _ = 1 / 0
    assert is_grad_enabled()


def test_decorator(x):
    @no_grad()
    def double(t, *, by=2.0):
        """Multiply."""
        assert not is_grad_enabled()
        return t * by

    assert not double(x, by=3.0).requires_grad
    assert double(x).data.tolist() == [2.0, 2.0]
    assert (double.__name__, double.__doc__) == ("double", "Multiply.")
    assert is_grad_enabled()


def test_decorated_recursion():
    @no_grad()
    def count(n):
        assert not is_grad_enabled()
        return n if n == 0 else 1 + count(n - 1)

    assert count(5) == 5
    assert is_grad_enabled()


def test_each_thread_has_its_own_state():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_a_decorated_function_runs_in_several_threads_at_once():
    meeting = threading.Barrier(4)

    @no_grad()
    def wait(_):
        meeting.wait(timeout=10)
        return is_grad_enabled()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(wait, range(4))) == [False] * 4


def test_each_asynchronous_task_has_its_own_state():
    async def inside():
        with no_grad():
            await asyncio.sleep(0.01)
            return is_grad_enabled()

    async def outside():
        await asyncio.sleep(0.005)
        return is_grad_enabled()

    async def both():
        return await asyncio.gather(inside(), outside())

    assert asyncio.run(both()) == [False, True]


def test_a_result_made_outside_can_be_differentiated_inside(x):
    y = (x * x).sum()
    with no_grad():
        y.backward()
    assert x.grad.tolist() == [2.0, 2.0]
