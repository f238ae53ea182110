"""Each way computes the same; what it changes, it changes for itself alone."""

import contextlib
import dataclasses
import weakref

import numpy as np
import pytest
import torch

from dlbook.compare import ways as module
from dlbook.compare.ways import EAGER, WAYS, captured, results, tf32
from dlbook.compare.ways_record import largest_difference
from dlbook.compare.workloads import WORKLOADS, Problem

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
PRODUCT, MLP, GPT = (
    dataclasses.replace(workload, size=size)
    for workload, size in zip(WORKLOADS, [(16,), (20, 8, 4, 6), (8, 6, 4)], strict=True)
)
BY_NAME = {way.name: way for way in WAYS}


def flags():
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


def test_every_way_but_the_last_changes_one_thing():
    assert WAYS[0] == EAGER
    assert len(BY_NAME) == len({way.title for way in WAYS}) == len(WAYS) == 7
    changes = [bool(w.autocast) + w.tf32 + w.compiled + w.graph for w in WAYS]
    assert changes == [0, 1, 1, 1, 1, 1, 3]


@pytest.mark.parametrize("workload", [PRODUCT, MLP, GPT], ids=lambda w: w.name)
@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_lower_precision_is_near_float32_and_not_equal(workload, name):
    way = BY_NAME[name]
    eager = results(workload, EAGER, "cpu", SINGLE)[1]
    lower = results(workload, way, "cpu", SINGLE)[1]
    assert 1e-4 < largest_difference(lower, eager) < way.tolerance
    exact = results(workload, EAGER, "cpu", DOUBLE)[1]
    assert 0 < largest_difference(eager, exact) < EAGER.tolerance / 10


def test_results_are_of_one_step_from_the_initial_parameters():
    problem = MLP.build(MLP.size, "cpu", SINGLE)
    loss = problem.forward(*problem.inputs)
    loss.backward()
    grads = [parameter.grad for parameter in problem.parameters]
    call, arrays = results(MLP, EAGER, "cpu", SINGLE)
    assert torch.equal(arrays[0], loss.detach())
    assert len(arrays) == 1 + len(grads) + 1
    assert all(map(torch.equal, arrays[1:-1], grads))
    step = -module.LEARNING_RATE * torch.cat([grad.ravel() for grad in grads])
    torch.testing.assert_close(arrays[-1], step, rtol=1e-3, atol=1e-7)
    assert call() < loss  # the next step goes on from there


def test_a_step_that_is_skipped_shows(monkeypatch):
    eager = results(MLP, EAGER, "cpu", SINGLE)[1]
    monkeypatch.setattr(torch.optim.SGD, "step", lambda self: None)
    skipped = results(MLP, EAGER, "cpu", SINGLE)[1]
    assert all(map(torch.equal, skipped[:-1], eager[:-1]))
    assert largest_difference(skipped, eager) == 1.0


def test_the_scale_of_gradients_is_found_before_the_step_that_counts():
    def build(size, device, dtype):
        weight = torch.nn.Parameter(torch.ones(1, 1))
        x = torch.full((1, 1), 3.0)  # the gradient: at the first scales it overflows
        return Problem(lambda x: (x @ weight).sum(), (x,), (weight,))

    workload = dataclasses.replace(PRODUCT, build=build)
    _, (loss, gradient, change) = results(workload, BY_NAME["float16"], "cpu", SINGLE)
    assert loss == 3
    assert gradient.isfinite()
    assert change.item() == pytest.approx(-3 * module.LEARNING_RATE)


def test_gradients_are_scaled_in_float16_alone(monkeypatch):
    seen = []
    monkeypatch.setattr(
        torch.amp, "GradScaler", lambda kind, enabled: seen.append(enabled) or Through()
    )
    for way in (EAGER, BY_NAME["bfloat16"], BY_NAME["float16"]):
        results(MLP, way, "cpu", SINGLE)
    assert seen == [False, False, True]


class Through:
    def scale(self, loss):
        return loss

    def step(self, optimizer):
        optimizer.step()

    def update(self):
        pass


def test_what_is_compiled_is_the_forward_function_whole(monkeypatch):
    asked = []

    def compiled(function, **options):
        asked.append(options)
        return lambda *inputs: 2 * function(*inputs)

    monkeypatch.setattr(torch, "compile", compiled)
    monkeypatch.setattr(torch.compiler, "reset", lambda: asked.append("reset"))
    twice = results(PRODUCT, BY_NAME["compile"], "cpu", SINGLE)[1]
    once = results(PRODUCT, EAGER, "cpu", SINGLE)[1]
    assert torch.equal(twice[0], 2 * once[0])
    assert asked == ["reset", {"fullgraph": True}]


@pytest.mark.parametrize("allowed", [False, True])
def test_tf32_is_set_and_set_back(monkeypatch, allowed):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0))
    before = flags()
    with contextlib.suppress(KeyError), tf32(allowed, "cuda"):
        assert flags() == (allowed, allowed)
        raise KeyError
    assert flags() == before


def test_tf32_that_would_change_nothing_is_refused(monkeypatch):
    with pytest.raises(RuntimeError, match="TF32 needs a GPU, not 'cpu'"):
        tf32(True, "cpu").__enter__()
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    with pytest.raises(RuntimeError, match=r"capability 8\.0, got 7\.5"):
        tf32(True, "cuda").__enter__()
    with tf32(False, "cuda"):
        assert flags() == (False, False)


def test_a_graph_needs_a_gpu():
    with pytest.raises(RuntimeError, match="a CUDA graph needs a GPU, not 'cpu'"):
        results(PRODUCT, BY_NAME["graph"], "cpu", SINGLE)


@pytest.fixture
def log(monkeypatch):
    """What is asked of a GPU that is not there."""
    log = []

    class Stream:
        def wait_stream(self, other):
            log.append("wait")

    class Graph:
        def replay(self):
            log.append("replay")

    @contextlib.contextmanager
    def stand_in(argument):
        name = argument if isinstance(argument, str) else type(argument).__name__
        log.append(f"enter {name}")
        yield
        log.append(f"leave {name}")

    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", Stream)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    for name in ("device", "stream", "graph"):
        monkeypatch.setattr(torch.cuda, name, stand_in)
    return log


def test_a_graph_is_captured_warm_and_then_replayed(log):
    tensor = torch.ones(1)

    def call():
        log.append("call")
        return tensor

    replay = captured(torch, call, "cuda:1")
    assert log == [
        "enter cuda:1",
        "wait",
        "enter Stream",
        *["call"] * module.WARM_UP,
        "leave Stream",
        "wait",
        "enter Graph",
        "call",
        "leave Graph",
        "leave cuda:1",
    ]
    log.clear()
    assert replay() is tensor
    assert log == ["replay"]


def test_the_tensors_of_a_graph_live_as_long_as_it(log):
    class Owner:
        def __call__(self):
            return None

    owner = Owner()
    alive = weakref.ref(owner)
    replay = captured(torch, owner, "cuda")
    del owner
    assert alive() is not None
    del replay
    assert alive() is None
