"""The graph that the autograd engine recorded: listed, and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from dlbook.plots.layered import layered_layout
from dlbook.plots.palette import BLUE, GREY_LINE, GROUND, INK, TEXT_COLORS, TINTS
from dlbook.plots.style import WIDTH, Figure, style, subplots

_SIGNS = {"add": "+", "sub": "−", "mul": "×", "truediv": "÷", "div": "÷", "matmul": "@"}
_LARGEST = 40  # boxes; more cannot be read
_FONT_SIZE = 12.5
_BOX_WIDTH = 0.88  # of a column
_ARROW_ROOM = 0.36  # inches between two rows of boxes


@dataclass(frozen=True)
class Node:
    """One box of a graph.

    Attributes
    ----------
    item : Tensor or Value
        What the engine made; its `.data` and `.grad` are read when it is drawn.
    name : str
        Given by the caller; "" if none.
    op : str
        The operation's sign or name, with the constant that went into it if there was
        one ("× 2"); "" for a leaf.
    parents : tuple of int
        Places in the graph's list of the nodes it was computed from.
    """

    item: Any
    name: str
    op: str
    parents: tuple[int, ...]


def trace(root: Any, names: Mapping[str, Any] | None = None) -> tuple[Node, ...]:
    """List the nodes that `root` was computed from, inputs first and `root` last.

    `Tensor.backward` uses the graph up: trace before it, draw after it.

    Parameters
    ----------
    root : Tensor or Value
        Anything with `.data`, `.grad`, `.op` and `.parents`.
    names : mapping of str to Tensor or Value, optional
        Names to write on boxes.

    Returns
    -------
    tuple of Node

    Raises
    ------
    TypeError
        If `root` lacks one of the four attributes.
    ValueError
        If a name stands for something that `root` was not computed from, or
        `Tensor.backward` has used the graph up.
    """
    lacking = [a for a in ("data", "grad", "op", "parents") if not hasattr(root, a)]
    if lacking:
        raise TypeError(
            f"a graph needs a Tensor or a Value, got {type(root).__name__} without "
            f".{', .'.join(lacking)}"
        )
    order: list[Any] = []
    place: dict[int, int] = {}
    stack = [(root, False)]
    while stack:
        item, inputs_listed = stack.pop()
        if id(item) in place:
            continue
        if not item.parents and item.op not in ("leaf", ""):
            raise ValueError(
                f"backward() has used the graph of this {item.op!r} up: trace it "
                "before, or call backward(retain_graph=True)"
            )
        if inputs_listed:
            place[id(item)] = len(order)
            order.append(item)
        else:
            stack.append((item, True))
            stack.extend((parent, False) for parent in reversed(item.parents))
    called: dict[int, str] = {}
    for name, item in (names or {}).items():
        if id(item) not in place:
            raise ValueError(
                f"names[{name!r}] is not part of the graph: the result was not "
                "computed from it"
            )
        called[id(item)] = name
    return tuple(
        Node(
            item=item,
            name=called.get(id(item), ""),
            op=operation_text(item),
            parents=tuple(place[id(parent)] for parent in item.parents),
        )
        for item in order
    )


def operation_text(item: Any) -> str:
    """Return how a box names its operation: "+", "× 2", "tanh"; "" for a leaf."""
    if not item.parents:
        return ""
    sign = _SIGNS.get(item.op, item.op)
    if len(item.parents) == 1 and isinstance(item.data, Real):
        # The scalar engine records no node for a plain number: recover it.
        x, slope = item.parents[0].data, item.local_grads[0]
        if item.op == "add":
            constant = item.data - x
            return f"+ {constant:.4g}" if constant >= 0 else f"− {-constant:.4g}"
        if item.op == "mul":
            return f"× {slope:.4g}".replace("-", "−")
        if item.op == "pow" and x and item.data:
            return f"power {slope * x / item.data:.4g}".replace("-", "−")
    return sign


def number_text(value: float) -> str:
    """Return a number in four significant digits, with a true minus sign."""
    text = f"{value:.4g}"
    return ("0" if text == "-0" else text).replace("-", "−")


def computation_graph(
    root: Any,
    names: Mapping[str, Any] | None = None,
    *,
    title: str = "",
    gradients: bool = True,
) -> Figure:
    """Draw the graph that the autograd engine recorded, inputs on top.

    A box shows the name or the operation, then the value (or the shape, if it is more
    than one number), then the gradient if there is one. Leaves are tinted; a box that
    needs no gradient has a dashed frame.

    Parameters
    ----------
    root : Tensor, Value, or the result of `trace`
        `Tensor.backward` uses the graph up. To draw gradients, `trace` it first, or
        call ``backward(retain_graph=True)``.
    names : mapping of str to Tensor or Value, optional
        Names to write on boxes; with a traced graph, give them to `trace`.
    title : str
    gradients : bool
        Show gradients that are there. A gradient of exactly 0 on every scalar Value
        means that `backward` has not run, and is not shown.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError
        If `root` is no graph.
    ValueError
        If the graph has more than 40 boxes or is used up, a name is unknown, or `names`
        is given together with a traced graph.
    """
    traced = isinstance(root, tuple) and all(isinstance(n, Node) for n in root)
    if traced and names:
        raise ValueError("names belong to trace(root, names) for a traced graph")
    nodes = root if traced else trace(root, names)
    if len(nodes) > _LARGEST:
        raise ValueError(
            f"the graph has {len(nodes)} boxes, more than {_LARGEST}: too many to read"
        )
    layout = layered_layout([node.parents for node in nodes])
    shown = gradients and any(np.any(_gradient(node)) for node in nodes)
    lines = [_box_lines(node, shown) for node in nodes]
    pitch = max(1.0, (_text_width(lines) + 0.16) / _BOX_WIDTH)  # inches
    width = max(WIDTH, pitch * layout.columns)
    row_height = 0.45 + 0.215 * max(len(box) for box in lines)
    figure, axes = subplots(
        width=width, height=0.2 + row_height * layout.rows + (0.35 if title else 0)
    )
    box_height = 1 - _ARROW_ROOM / row_height
    with style():
        for n, node in enumerate(nodes):
            for slot, parent in enumerate(node.parents):
                points = [_below(layout.places[parent], box_height)]
                for place in layout.routes[n, slot]:  # straight down between boxes
                    points += [_above(place, box_height), _below(place, box_height)]
                end = _above(layout.places[n], box_height, slot, len(node.parents))
                axes.add_patch(_arrow([*points, end]))
            _draw_box(axes, layout.places[n], node, lines[n], _BOX_WIDTH, box_height)
        spare = max(0.0, width / pitch - layout.columns) / 2
        axes.set_xlim(-0.5 - spare, layout.columns - 0.5 + spare)
        axes.set_ylim(layout.rows - 0.5, -0.5)
        axes.set_axis_off()
        if title:
            axes.set_title(title)
    return figure


def _gradient(node: Node) -> np.ndarray:
    grad = node.item.grad
    return np.zeros(1) if grad is None else np.asarray(grad)


def _box_lines(node: Node, gradients: bool) -> list[str]:
    value = np.asarray(node.item.data)
    head = " = ".join(part for part in (node.name, node.op) if part)
    lines = [head] if head else []
    if value.size == 1:
        lines.append(number_text(value.item()))
    else:
        lines.append(" × ".join(str(size) for size in value.shape))
    if gradients and node.item.grad is not None:
        grad = np.asarray(node.item.grad)
        if grad.size == 1:
            lines.append(f"grad {number_text(grad.item())}")
        else:
            lines.append(f"max |grad| {np.abs(grad).max():.2g}".replace("-", "−"))
    return lines


def _text_width(lines: list[list[str]]) -> float:
    """Return the width of the longest line in inches."""
    bold = FontProperties(family="DejaVu Sans", weight="bold")
    plain = FontProperties(family="DejaVu Sans")
    return max(
        TextPath((0, 0), text, _FONT_SIZE, bold if i == 0 else plain)
        .get_extents()
        .width
        / 72
        for box in lines
        for i, text in enumerate(box)
    )


def _draw_box(
    axes: Any,
    place: tuple[float, float],
    node: Node,
    lines: list[str],
    width: float,
    height: float,
) -> None:
    x, y = place
    leaf = not node.parents
    trained = getattr(node.item, "requires_grad", True)
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=TINTS[0] if leaf and trained else GROUND,
            edgecolor=BLUE if leaf else INK,
            linestyle="-" if trained else (0, (3, 2)),
            linewidth=1.5,
        )
    )
    for i, text in enumerate(lines):
        gradient = text.startswith(("grad ", "max |grad|"))
        axes.text(
            x,
            y + (i - (len(lines) - 1) / 2) * height / (len(lines) + 0.35),
            text,
            ha="center",
            va="center",
            fontsize=_FONT_SIZE,
            fontweight="bold" if i == 0 and len(lines) > 1 else "normal",
            color=TEXT_COLORS[1] if gradient else INK,
        )


def _below(place: tuple[float, float], height: float) -> tuple[float, float]:
    return place[0], place[1] + height / 2


def _above(
    place: tuple[float, float], height: float, slot: int = 0, slots: int = 1
) -> tuple[float, float]:
    # Arrows of several inputs end beside each other, so that x * x shows two.
    return place[0] + 0.16 * (slot - (slots - 1) / 2), place[1] - height / 2


def _arrow(points: list[tuple[float, float]]) -> FancyArrowPatch:
    codes = [Path.MOVETO] + [Path.LINETO] * (len(points) - 1)
    return FancyArrowPatch(
        path=Path(points, codes),
        arrowstyle="-|>,head_length=5,head_width=2.6",
        color=GREY_LINE,
        linewidth=1.5,
        shrinkA=0,
        shrinkB=0,
    )
