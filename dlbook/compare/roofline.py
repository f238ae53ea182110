"""Where the operations of dlbook lie under the roof of this machine."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlbook import functional, nn, optim
from dlbook.autograd import Tensor, no_grad
from dlbook.compare import work
from dlbook.compare.display import table
from dlbook.compare.machine import cpu_name, versions
from dlbook.compare.roof import Roof, measure_roof
from dlbook.compare.timing import in_seconds, threads, time_call
from dlbook.compare.work import Work

ROOFLINES = Path(__file__).parent / "records" / "roofline"
Call = Callable[[], Any]


@dataclass(frozen=True)
class Operation:
    """An operation of one size, and what it has to do.

    Attributes
    ----------
    name : str
    size : str
        In words.
    work : Work
    prepare : callable
        Takes a generator, returns a function that runs the operation once.
    """

    name: str
    size: str
    work: Work
    prepare: Callable[[np.random.Generator], Call]


@dataclass(frozen=True)
class RooflinePoint:
    """What was measured of an operation.

    Attributes
    ----------
    name, size : str
    work : Work
    seconds : float
        The median.
    """

    name: str
    size: str
    work: Work
    seconds: float

    @property
    def speed(self) -> float:
        """FLOP per second; 0 for an operation without arithmetic."""
        return self.work.flops / self.seconds

    @property
    def traffic(self) -> float:
        """Bytes per second, of those that have to be moved."""
        return self.work.moved / self.seconds

    def share(self, roof: Roof) -> float:
        """Return the least time under the roof, as a share of the time it took."""
        least = max(self.work.flops / roof.peak, self.work.moved / roof.bandwidth)
        return least / self.seconds

    def limit(self, roof: Roof) -> str:
        """Return what the roof says is the limit: "arithmetic" or "memory"."""
        return "arithmetic" if self.work.intensity > roof.ridge else "memory"


@dataclass(frozen=True, repr=False)
class Roofline:
    """A roof and the operations under it, with where and when they were measured.

    The times differ from run to run: a cell that displays a live one carries the tag
    ``nbval-ignore-output``. A recorded one displays the same every time.
    """

    roof: Roof
    points: tuple[RooflinePoint, ...]
    cpu: str
    num_threads: int
    versions: dict[str, str]
    date: str

    _header = (
        "operation",
        "size",
        "FLOP/byte",
        "limit",
        "time",
        "GFLOP/s",
        "GB/s",
        "share of the roof",
    )

    @property
    def caption(self) -> str:
        """What was measured, and where."""
        roof = self.roof
        return (
            f"{self.cpu}, {self.num_threads} thread{'s' * (self.num_threads > 1)}, "
            f"NumPy {self.versions['numpy']}, {self.date}. Peak of float32 products "
            f"{roof.peak / 1e9:.0f} GFLOP/s; copy {roof.copy / 1e9:.1f} GB/s, "
            f"triad {roof.triad / 1e9:.1f} GB/s, copy in the cache "
            f"{roof.cache / 1e9:.0f} GB/s; ridge at {roof.ridge:.1f} "
            "FLOP/byte. A share above 1: numbers were found in a cache."
        )

    def _lines(self) -> list[tuple[str, ...]]:
        return [
            (
                point.name,
                point.size,
                f"{point.work.intensity:.3g}",
                point.limit(self.roof),
                in_seconds(point.seconds),
                f"{point.speed / 1e9:.3g}",
                f"{point.traffic / 1e9:.3g}",
                f"{point.share(self.roof):.2f}",
            )
            for point in self.points
        ]

    def __repr__(self) -> str:
        lines = [self._header, *self._lines()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True))
            for line in lines
        ]
        return "\n".join([*(line.rstrip() for line in text), "", self.caption])

    def _repr_markdown_(self) -> str:
        return f"{table(self._header, self._lines())}\n\n{self.caption}"

    def figure(self) -> Any:
        """Draw the roof and the operations under it.

        Returns
        -------
        dlbook.plots.Figure
            Operations without arithmetic are left out: a logarithm has no place for
            them.
        """
        from dlbook import plots

        return plots.roofline(
            self.roof.peak,
            {"memory": self.roof.bandwidth, "cache": self.roof.cache},
            {
                point.name: (point.work.intensity, point.speed)
                for point in self.points
                if point.work.flops
            },
        )

    def write(self, path: Path) -> None:
        """Write everything as JSON, for `read_roofline`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False, allow_nan=False)
        path.write_text(text + "\n", encoding="utf-8")


def read_roofline(path: Path) -> Roofline:
    """Read what `Roofline.write` wrote.

    Raises
    ------
    ValueError
        If the file is not complete.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        points = tuple(
            RooflinePoint(**{**point, "work": Work(**point["work"])})
            for point in held.pop("points")
        )
        datetime.date.fromisoformat(held["date"])
        return Roofline(roof=Roof(**held.pop("roof")), points=points, **held)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} is no recorded roofline: {error!r}") from error


def recorded_roofline(folder: Path = ROOFLINES) -> Roofline | None:
    """Return the newest roofline that was recorded, None if there is none."""
    found = [read_roofline(path) for path in sorted(folder.glob("*.json"))]
    return max(found, key=lambda roofline: roofline.date, default=None)


def measure_roofline(
    operations: Iterable[Operation] | None = None,
    *,
    num_threads: int = 1,
    rounds: int = 5,
    min_time: float = 0.003,
    clock: str = "wall",
) -> Roofline:
    """Measure the roof of this machine, and operations forward, in float32.

    Parameters
    ----------
    operations : iterable of Operation, optional
        `all_operations()` by default: less than three seconds, the roof with them.
    num_threads : int, at least 1
    rounds, min_time, clock
        As in `time_call`; the medians are taken.

    Returns
    -------
    Roofline

    References
    ----------
    Williams, Waterman & Patterson (2009), Communications of the ACM 52(4), 65-76.
    """
    chosen = all_operations() if operations is None else tuple(operations)
    options: dict[str, Any] = {"rounds": rounds, "min_time": min_time, "clock": clock}
    with threads(num_threads), no_grad():
        roof = measure_roof(**options)
        points = tuple(
            RooflinePoint(
                operation.name,
                operation.size,
                operation.work,
                time_call(
                    operation.prepare(np.random.default_rng(0)), **options
                ).median,
            )
            for operation in chosen
        )
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return Roofline(roof, points, cpu_name(), num_threads, versions(), today)


def all_operations() -> tuple[Operation, ...]:
    """Return operations of every part of the book, at sizes as its pages have them."""
    return (
        linear(256, 512, 512),
        linear(1, 2048, 2048),
        convolution(16, 32, 28, 64, 3),
        convolution(64, 1, 32, 6, 5),
        attention(8, 4, 256, 32),
        lstm(32, 32, 128, 128),
        softmax(2048, 1024),
        layer_norm(4096, 512),
        gelu(1 << 21),
        addition(1 << 22),
        max_pooling(32, 64, 56, 2),
        embedding(10_000, 8192, 256),
        adam(1 << 21),
    )


def tensors(rng: np.random.Generator, *shapes: tuple[int, ...]) -> list[Tensor]:
    """Draw float32 tensors of these shapes."""
    return [Tensor(rng.standard_normal(shape).astype(np.float32)) for shape in shapes]


def linear(batch: int, inputs: int, outputs: int) -> Operation:
    """Return a linear layer; with a batch of 1 it is a matrix times a vector."""

    def prepare(rng: np.random.Generator) -> Call:
        x, w, b = tensors(rng, (batch, inputs), (outputs, inputs), (outputs,))
        return lambda: functional.linear(x, w, b)

    return Operation(
        "linear" if batch > 1 else "linear, batch 1",
        f"{batch} × {inputs} → {outputs}",
        work.linear_work(batch, inputs, outputs),
        prepare,
    )


def convolution(
    batch: int, channels: int, side: int, outputs: int, kernel: int
) -> Operation:
    """Return a convolution; one with a kernel of 3 is padded to keep the size."""
    padding = 1 if kernel == 3 else 0

    def prepare(rng: np.random.Generator) -> Call:
        x, w, b = tensors(
            rng,
            (batch, channels, side, side),
            (outputs, channels, kernel, kernel),
            (outputs,),
        )
        return lambda: functional.conv2d(x, w, b, padding=padding)

    return Operation(
        f"convolution {kernel} × {kernel}",
        f"{batch} × {channels} × {side} × {side} → {outputs}",
        work.conv2d_work(batch, channels, side, side, outputs, kernel, padding=padding),
        prepare,
    )


def attention(batch: int, heads: int, length: int, width: int) -> Operation:
    """Return scaled dot-product attention of a sequence to itself."""
    shape = (batch, heads, length, width)

    def prepare(rng: np.random.Generator) -> Call:
        query, key, value = tensors(rng, shape, shape, shape)
        return lambda: functional.scaled_dot_product_attention(query, key, value)

    return Operation(
        "attention",
        " × ".join(map(str, shape)),
        work.attention_work(batch, heads, length, length, width),
        prepare,
    )


def lstm(steps: int, batch: int, inputs: int, hidden: int) -> Operation:
    """Return an LSTM over a sequence."""

    def prepare(rng: np.random.Generator) -> Call:
        layer = nn.LSTM(inputs, hidden, rng=rng)
        (x,) = tensors(rng, (steps, batch, inputs))
        return lambda: layer(x)

    return Operation(
        "LSTM",
        f"{steps} steps, {batch} × {inputs} → {hidden}",
        work.lstm_work(steps, batch, inputs, hidden),
        prepare,
    )


def softmax(rows: int, classes: int) -> Operation:
    """Return a softmax over rows."""

    def prepare(rng: np.random.Generator) -> Call:
        (x,) = tensors(rng, (rows, classes))
        return lambda: functional.softmax(x, axis=-1)

    size = f"{rows} × {classes}"
    return Operation("softmax", size, work.softmax_work(rows, classes), prepare)


def layer_norm(rows: int, features: int) -> Operation:
    """Return layer normalization over rows."""

    def prepare(rng: np.random.Generator) -> Call:
        x, w, b = tensors(rng, (rows, features), (features,), (features,))
        return lambda: functional.layer_norm(x, (features,), w, b)

    size = f"{rows} × {features}"
    return Operation("layer norm", size, work.layer_norm_work(rows, features), prepare)


def gelu(numbers: int) -> Operation:
    """Return GELU in the tanh form."""

    def prepare(rng: np.random.Generator) -> Call:
        (x,) = tensors(rng, (numbers,))
        return lambda: functional.gelu(x, approximate="tanh")

    return Operation("GELU", f"{numbers:,}", work.gelu_work(numbers), prepare)


def addition(numbers: int) -> Operation:
    """Return the sum of two arrays, as a residual connection needs it."""

    def prepare(rng: np.random.Generator) -> Call:
        a, b = tensors(rng, (numbers,), (numbers,))
        return lambda: a + b

    return Operation("addition", f"{numbers:,}", work.addition_work(numbers), prepare)


def max_pooling(batch: int, channels: int, side: int, kernel: int) -> Operation:
    """Return max pooling with windows side by side."""

    def prepare(rng: np.random.Generator) -> Call:
        (x,) = tensors(rng, (batch, channels, side, side))
        return lambda: functional.max_pool2d(x, kernel)

    return Operation(
        f"max pooling {kernel} × {kernel}",
        f"{batch} × {channels} × {side} × {side}",
        work.max_pool2d_work(batch, channels, side, side, kernel),
        prepare,
    )


def embedding(words: int, tokens: int, features: int) -> Operation:
    """Return the look-up of token vectors."""

    def prepare(rng: np.random.Generator) -> Call:
        (weight,) = tensors(rng, (words, features))
        index = rng.integers(0, words, tokens)
        return lambda: functional.embedding(index, weight)

    size = f"{tokens} of {words:,} × {features}"
    return Operation("embedding", size, work.embedding_work(tokens, features), prepare)


def adam(parameters: int) -> Operation:
    """Return a step of the optimizer Adam."""

    def prepare(rng: np.random.Generator) -> Call:
        parameter = nn.Parameter(tensors(rng, (parameters,))[0].data)
        parameter.grad = tensors(rng, (parameters,))[0].data
        return optim.Adam([parameter], lr=1e-6).step

    size = f"{parameters:,} parameters"
    return Operation("Adam", size, work.adam_work(parameters), prepare)
