"""Ways to compute the same on a GPU: tensor cores, mixed precision, compiled, a graph.

Each way changes one thing of eager float32 without TF32; the last changes three.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from dlbook.compare.torch_side import import_torch
from dlbook.compare.workloads import Problem, Workload

__all__ = ["EAGER", "WAYS", "Way", "results", "tf32"]

LEARNING_RATE = 0.05
WARM_UP = 3  # calls: kernels are chosen, code compiled, the scale of gradients found


@dataclass(frozen=True)
class Way:
    """A way to compute on a GPU.

    Attributes
    ----------
    name : str
        How the record calls it.
    title : str
        How the table calls it.
    tolerance : float
        How far the results may be from eager float32, those of eager float32 from
        float64: root mean square of the difference relative to that of the array, the
        largest of all arrays.
    tf32 : bool
        Whether float32 products may round their factors to 10 bits, for tensor cores.
    autocast : "bfloat16", "float16" or None
        The type of products; float16 with a `GradScaler`.
    compiled : bool
        Whether torch.compile fuses the forward and backward pass.
    graph : bool
        Whether the kernels of a call are sent to the GPU together, as a CUDA graph.
    """

    name: str
    title: str
    tolerance: float
    tf32: bool = False
    autocast: str | None = None
    compiled: bool = False
    graph: bool = False


# With 10 or 7 bits, ReLUs near zero are on that would be off: entries of gradients that
# jump, a hundredth of the array's size in the MLP. A wrong mask or a step that is
# skipped moves an array by its own size.
EAGER = Way("float32", "float32, eager, without TF32", 1e-4)
WAYS = (
    EAGER,
    Way("tf32", "TF32 (tensor cores)", 3e-2, tf32=True),
    Way("bfloat16", "bfloat16 autocast", 1e-1, autocast="bfloat16"),
    Way("float16", "float16 autocast, GradScaler", 3e-2, autocast="float16"),
    Way("graph", "CUDA graph", 1e-4, graph=True),
    Way("compile", "torch.compile", 1e-4, compiled=True),
    Way(
        "together",
        "bfloat16 autocast, torch.compile, CUDA graph",
        1e-1,
        autocast="bfloat16",
        compiled=True,
        graph=True,
    ),
)


def results(
    workload: Workload, way: Way, device: str, dtype: np.dtype
) -> tuple[Callable[[], Any], list[Any]]:
    """Compute a workload in a way, warm, from the initial parameters.

    Returns
    -------
    call : callable
        Computes it once more, without arguments.
    arrays : list of torch.Tensor
        What `forward` returns; the gradient of each parameter; the change of all.
    """
    torch = import_torch("measure_ways")
    problem = workload.build(workload.size, device, dtype)
    initial = [parameter.detach().clone() for parameter in problem.parameters]
    call = one_call(torch, problem, way, device)
    if way.graph:
        call = captured(torch, call, device)
    for _ in range(WARM_UP):
        call()
    with torch.no_grad():
        for parameter, start in zip(problem.parameters, initial, strict=True):
            parameter.copy_(start)
    arrays = [call().detach().clone()]
    if initial:
        arrays += [parameter.grad.clone() for parameter in problem.parameters]
        pairs = zip(problem.parameters, initial, strict=True)
        changes = [(parameter.detach() - start).ravel() for parameter, start in pairs]
        # one array: of a weight near 1 that moves by 1e-4, rounding is a large share
        arrays.append(torch.cat(changes))
    return call, arrays


def one_call(
    torch: ModuleType, problem: Problem, way: Way, device: str
) -> Callable[[], Any]:
    """Return a function that computes once: forward, or a whole step of training."""
    kind = device.partition(":")[0]
    forward = problem.forward
    if way.compiled:
        torch.compiler.reset()  # what was compiled for another workload
        forward = torch.compile(forward, fullgraph=True)  # no silent eager parts

    def compute() -> Any:
        with contextlib.ExitStack() as stack:
            if way.autocast:
                lower = getattr(torch, way.autocast)
                stack.enter_context(torch.autocast(kind, lower))
            return forward(*problem.inputs)

    if not problem.parameters:
        return compute
    optimizer = torch.optim.SGD(problem.parameters, lr=LEARNING_RATE)
    scaler = torch.amp.GradScaler(kind, enabled=way.autocast == "float16")

    def step() -> Any:
        optimizer.zero_grad()
        loss = compute()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        return loss.detach()

    return step


@dataclass(frozen=True)
class Replay:
    """A call that was captured in a CUDA graph; calling it sends the graph to the GPU.

    The graph reads and writes the same memory each time: what a call returns is
    overwritten by the next one.

    Attributes
    ----------
    graph : torch.cuda.CUDAGraph
    output : torch.Tensor
        What the captured call returned.
    call : callable
        The captured call, which owns the tensors that the graph reads and writes: they
        have to live as long as the graph.
    """

    graph: Any
    output: Any
    call: Callable[[], Any]

    def __call__(self) -> Any:
        """Compute again; return the same tensor, with new numbers."""
        self.graph.replay()
        return self.output


def captured(torch: ModuleType, call: Callable[[], Any], device: str) -> Replay:
    """Record the kernels of a call in a CUDA graph.

    Raises
    ------
    RuntimeError
        If the device is not a GPU.
    """
    if not device.startswith("cuda"):
        raise RuntimeError(f"a CUDA graph needs a GPU, not {device!r}")
    with torch.cuda.device(device):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):  # torch asks for it: warm, on a side stream
            for _ in range(WARM_UP):
                call()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            output = call()
    return Replay(graph, output, call)


@contextlib.contextmanager
def tf32(allowed: bool, device: str) -> Iterator[None]:
    """Let float32 products on a GPU use TF32 in the body, or not.

    Raises
    ------
    RuntimeError
        If it is allowed and the device has no such tensor cores: it would use float32
        and say nothing.
    """
    torch = import_torch("measure_ways")
    if allowed:
        if not device.startswith("cuda"):
            raise RuntimeError(f"TF32 needs a GPU, not {device!r}")
        major, minor = torch.cuda.get_device_capability(device)
        if major < 8:
            raise RuntimeError(
                f"TF32 needs a GPU of compute capability 8.0, got {major}.{minor}"
            )
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32
    matmul.allow_tf32 = cudnn.allow_tf32 = allowed
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32 = before
