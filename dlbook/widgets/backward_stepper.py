"""Walk through a computation graph: forward, then backward, one operation at a time."""

from __future__ import annotations

from collections.abc import Mapping

from dlbook.autograd import Value
from dlbook.plots.graph import Node, number_text, trace
from dlbook.plots.layered import layered_layout
from dlbook.plots.palette import (
    BLUE,
    GREY_LINE,
    GROUND,
    INK,
    ORANGE,
    TEXT_COLORS,
    TINTS,
)
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import WIDTH, Scene, number

_BOX = (116.0, 74.0)
_ROW = 118.0


def backward_stepper(
    result: Value, names: Mapping[str, Value] | None = None
) -> InteractiveFigure:
    """Step through a graph of single numbers, forward and then backward.

    Parameters
    ----------
    result : Value
        The last number; its graph may have three boxes side by side at most.
    names : mapping of str to Value, optional
        Names of inputs or of numbers on the way.

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    TypeError
        If `result` is not a Value.
    ValueError
        If the graph is too wide to be legible on a phone, or a name is unknown.
    """
    if not isinstance(result, Value):
        raise TypeError(f"backward_stepper needs a Value, got {type(result).__name__}")
    nodes = trace(result, names)
    layout = layered_layout([node.parents for node in nodes])
    if layout.columns > 4:
        raise ValueError(
            f"the graph is {layout.columns:.1f} boxes wide; four are legible on a phone"
        )
    pitch = min(150.0, (WIDTH - _BOX[0] - 16) / max(layout.columns - 1, 1))
    left = (WIDTH - (layout.columns - 1) * pitch) / 2
    places = [(left + x * pitch, 52 + y * _ROW) for x, y in layout.places]
    scene = Scene(layout.rows * _ROW)
    for n, node in enumerate(nodes):
        for slot, parent in enumerate(node.parents):
            route = [
                (left + x * pitch, 52 + y * _ROW) for x, y in layout.routes[n, slot]
            ]
            _edge(scene, places[parent], places[n], route, slot, len(node.parents))
    for node, place in zip(nodes, places, strict=True):
        _box(scene, node, place)
    steps = _forward(nodes) + _backward(nodes)

    def frame(step: int) -> Frame:
        values, grads, active, sentence = steps[step]
        changes: dict[tuple[str, str], str] = {}
        for n in range(len(nodes)):
            value = number_text(nodes[n].item.data) if n in values else "…"
            grad = f"grad {number_text(grads[n])}" if n in grads else ""
            changes[f"value-{n}", "text"] = value
            changes[f"grad-{n}", "text"] = grad
        changes["active", "shown"] = "".join(
            "01"[n in active] for n in range(len(nodes))
        )
        return Frame(changes, sentence)

    for n, (x, y) in enumerate(places):
        scene.text(x, y + 8, "", f"value-{n}", text_anchor="middle")
        scene.text(
            x, y + 30, "", f"grad-{n}", text_anchor="middle", fill=TEXT_COLORS[1]
        )
        scene.add(
            "rect",
            "active",
            x=x - _BOX[0] / 2 - 4,
            y=y - _BOX[1] / 2 - 4,
            width=_BOX[0] + 8,
            height=_BOX[1] + 8,
            rx=10,
            fill="none",
            stroke=ORANGE,
            stroke_width=4,
            visibility="hidden",
        )
    return InteractiveFigure(
        "backward-stepper",
        f"Computation graph with {len(nodes)} boxes, inputs on top and the result at "
        "the bottom. Step by step, values appear from the top down, then gradients "
        "from the bottom up.",
        scene,
        [
            Slider(
                "step",
                list(range(len(steps))),
                [f"{step} of {len(steps) - 1}" for step in range(len(steps))],
                steps=True,
            )
        ],
        frame,
    )


State = tuple[frozenset[int], dict[int, float], frozenset[int], str]


def _called(node: Node) -> str:
    return node.name or node.op


def _forward(nodes: tuple[Node, ...]) -> list[State]:
    """Return a state for the inputs, then one for each operation."""
    known = frozenset(n for n, node in enumerate(nodes) if not node.parents)
    inputs = ", ".join(
        f"{_called(nodes[n]) or 'a number'} = {number_text(nodes[n].item.data)}"
        for n in sorted(known)
    )
    states: list[State] = [(known, {}, known, f"Forward. The inputs: {inputs}.")]
    for n, node in enumerate(nodes):
        if node.parents:
            known |= {n}
            numbers = " and ".join(
                number_text(nodes[parent].item.data) for parent in node.parents
            )
            sentence = (
                f"Forward: {node.op} of {numbers} gives {number_text(node.item.data)}."
            )
            states.append((known, {}, frozenset({n, *node.parents}), sentence))
    return states


def _backward(nodes: tuple[Node, ...]) -> list[State]:
    """Return a state for the start of the walk back, then one for each share."""
    known = frozenset(range(len(nodes)))
    last = len(nodes) - 1
    grads = {last: 1.0}
    states: list[State] = [
        (
            known,
            dict(grads),
            frozenset({last}),
            "Backward. The result's own slope is 1.",
        )
    ]
    for n in reversed(range(len(nodes))):
        node = nodes[n]
        for parent, local in zip(node.parents, node.item.local_grads, strict=True):
            share = grads[n] * local
            before = grads.get(parent)
            grads[parent] = share + (before or 0.0)
            name = (
                nodes[parent].name
                or f"the number {number_text(nodes[parent].item.data)}"
            )
            sentence = (
                f"Backward through {node.op}: slope {number_text(grads[n])} times "
                f"local derivative {number_text(local)} is a share of "
                f"{number_text(share)} for {name}."
            )
            if before is not None:
                sentence += (
                    f" It adds to {number_text(before)} from another path: "
                    f"{number_text(grads[parent])}."
                )
            states.append((known, dict(grads), frozenset({n, parent}), sentence))
    return states


def _edge(scene, start, end, route, slot: int, slots: int) -> None:
    x = end[0] + 22 * (slot - (slots - 1) / 2)
    tip = (x, end[1] - _BOX[1] / 2)
    points = [(start[0], start[1] + _BOX[1] / 2), *route, (tip[0], tip[1] - 6)]
    path = "M" + "L".join(f"{number(px)} {number(py)}" for px, py in points)
    scene.add("path", d=path, fill="none", stroke=GREY_LINE, stroke_width=2)
    x, y = tip
    scene.add(
        "path",
        d=f"M{number(x)} {number(y)}L{number(x - 5)} {number(y - 11)}"
        f"L{number(x + 5)} {number(y - 11)}Z",
        fill=GREY_LINE,
    )


def _box(scene: Scene, node: Node, place: tuple[float, float]) -> None:
    x, y = place
    scene.add(
        "rect",
        x=x - _BOX[0] / 2,
        y=y - _BOX[1] / 2,
        width=_BOX[0],
        height=_BOX[1],
        rx=8,
        fill=GROUND if node.parents else TINTS[0],
        stroke=INK if node.parents else BLUE,
        stroke_width=2,
    )
    title = f"{node.name}  {node.op}" if node.name and node.op else _called(node)
    scene.text(x, y - 16, title, text_anchor="middle", font_weight="bold")
