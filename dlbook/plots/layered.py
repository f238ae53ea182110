"""Where to put the boxes of a directed graph so that its arrows are easy to follow.

Layers after Sugiyama, Tagawa & Toda (1981): a long edge gets an invisible node in every
layer that it crosses, neighbours are sorted by the mean place of what they are joined
to, and each layer is then spaced out by least squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

_SWEEPS = 12


@dataclass(frozen=True)
class Layout:
    """Places of nodes and edges.

    Attributes
    ----------
    places : tuple of (float, float)
        Column and row of each node, in units of one box. Rows count from 0 at the top;
        the leftmost box or route touches -0.5.
    routes : dict of (node, slot) to tuple of (float, float)
        For the edge from `parents[node][slot]` down to `node`, the points on its way,
        without its two ends.
    columns, rows : float, int
        Extent of the drawing with its routes, in boxes.
    """

    places: tuple[tuple[float, float], ...]
    routes: dict[tuple[int, int], tuple[tuple[float, float], ...]]
    columns: float
    rows: int


def layered_layout(parents: Sequence[Sequence[int]]) -> Layout:
    """Place the nodes of a graph in rows, inputs at the top and the result below.

    Parameters
    ----------
    parents : sequence of sequence of int
        `parents[n]` are the numbers of the nodes that node n is computed from. All of
        them are smaller than n, and the last node is the result.

    Returns
    -------
    Layout

    Raises
    ------
    ValueError
        If there is no node, or a parent does not come before its child.
    """
    if not parents:
        raise ValueError("a graph needs at least one node")
    for n, above in enumerate(parents):
        for parent in above:
            if not 0 <= parent < n:
                raise ValueError(f"node {n} has parent {parent}: parents come first")
    height = _heights(parents)
    links: list[tuple[int, int]] = []  # upper node, lower node; neighbouring rows only
    routes: dict[tuple[int, int], list[int]] = {}
    level = list(height)  # grows by one entry per invisible node
    for n, above in enumerate(parents):
        for slot, parent in enumerate(above):
            upper, route = parent, []
            for row in range(height[parent] - 1, height[n], -1):
                level.append(row)
                route.append(len(level) - 1)
                links.append((upper, route[-1]))
                upper = route[-1]
            links.append((upper, n))
            routes[n, slot] = route
    rows = _sorted_rows(level, links)
    real = len(parents)
    across = _columns(rows, links, real)
    half = [0.5 if n < real else 0.25 for n in range(len(across))]
    left = min(x - part for x, part in zip(across, half, strict=True))
    right = max(x + part for x, part in zip(across, half, strict=True))
    across = [round(x - left - 0.5, 6) for x in across]
    bottom = max(height)
    point = [(across[n], float(bottom - level[n])) for n in range(len(level))]
    return Layout(
        places=tuple(point[:real]),
        routes={edge: tuple(point[n] for n in route) for edge, route in routes.items()},
        columns=round(right - left, 6),
        rows=bottom + 1,
    )


def _heights(parents: Sequence[Sequence[int]]) -> list[int]:
    """Return for each node the longest way down to the result."""
    height = [0] * len(parents)
    for n in reversed(range(len(parents))):
        for parent in parents[n]:
            height[parent] = max(height[parent], height[n] + 1)
    return height


def _sorted_rows(level: list[int], links: list[tuple[int, int]]) -> list[list[int]]:
    """Order each row so that few edges cross; rows[0] is the lowest."""
    rows: list[list[int]] = [[] for _ in range(max(level) + 1)]
    for n, row in enumerate(level):
        rows[row].append(n)
    best, fewest = [list(row) for row in rows], _crossings(rows, links)
    for sweep in range(_SWEEPS):
        downward = sweep % 2 == 1
        for index in range(len(rows) - 2, -1, -1) if downward else range(1, len(rows)):
            fixed = rows[index + 1] if downward else rows[index - 1]
            rank = {n: place for place, n in enumerate(fixed)}
            near: dict[int, list[int]] = {n: [] for n in rows[index]}
            for upper, lower in links:
                mover, anchor = (lower, upper) if downward else (upper, lower)
                if mover in near and anchor in rank:
                    near[mover].append(rank[anchor])
            place = {n: float(i) for i, n in enumerate(rows[index])}
            for n, ranks in near.items():
                if ranks:
                    place[n] = sum(ranks) / len(ranks)
            rows[index].sort(key=place.__getitem__)  # stable: the same on every run
        count = _crossings(rows, links)
        if count < fewest:
            best, fewest = [list(row) for row in rows], count
    return best


def _crossings(rows: list[list[int]], links: list[tuple[int, int]]) -> int:
    place = {n: i for row in rows for i, n in enumerate(row)}
    level = {n: i for i, row in enumerate(rows) for n in row}
    ends = [(level[lower], place[upper], place[lower]) for upper, lower in links]
    return sum(
        (a[1] - b[1]) * (a[2] - b[2]) < 0
        for i, a in enumerate(ends)
        for b in ends[:i]
        if a[0] == b[0]
    )


def _columns(
    rows: list[list[int]], links: list[tuple[int, int]], real: int
) -> list[float]:
    """Move every node towards its neighbours, keeping the order and the distances."""
    near: dict[int, list[int]] = {n: [] for row in rows for n in row}
    for upper, lower in links:
        near[upper].append(lower)
        near[lower].append(upper)
    across = [0.0] * len(near)
    for row in rows:
        for i, n in enumerate(row):
            across[n] = i - (len(row) - 1) / 2
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 else rows[::-1]:
            wish = [
                sum(across[m] for m in near[n]) / len(near[n]) if near[n] else across[n]
                for n in row
            ]
            width = [1.0 if n < real else 0.5 for n in row]
            for n, x in zip(row, _spaced(wish, width), strict=True):
                across[n] = x
    return across


def _spaced(wish: list[float], width: list[float]) -> list[float]:
    """Return the places nearest to `wish` at which neighbours do not overlap.

    Least squares under x[i+1] - x[i] >= (width[i] + width[i+1]) / 2, solved exactly by
    pooling adjacent violators.
    """
    offset = [0.0]
    for left, right in pairwise(width):
        offset.append(offset[-1] + (left + right) / 2)
    pools: list[tuple[float, int]] = []  # mean, number of nodes
    for target, shift in zip(wish, offset, strict=True):
        mean, count = target - shift, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean = (mean * count + other * more) / (count + more)
            count += more
        pools.append((mean, count))
    base = np.repeat([m for m, _ in pools], [c for _, c in pools])
    return [round(float(b + shift), 6) for b, shift in zip(base, offset, strict=True)]
