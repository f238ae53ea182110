from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.plots.layered import layered_layout


@st.composite
def graphs(draw):
    size = draw(st.integers(1, 12))
    parents = [[]]
    for n in range(1, size):
        parents.append(draw(st.lists(st.integers(0, n - 1), max_size=2)))
    used = {p for above in parents for p in above}
    parents.append([n for n in range(size) if n not in used])
    return parents


@given(graphs())
def test_parents_stand_above_and_boxes_do_not_overlap(parents):
    layout = layered_layout(parents)
    places = layout.places
    assert len(set(places)) == len(parents)
    for n, above in enumerate(parents):
        assert all(places[parent][1] < places[n][1] for parent in above)
    rows = {}
    for x, y in places:
        rows.setdefault(y, []).append(x)
    for across in rows.values():
        across.sort()
        gaps = [b - a for a, b in pairwise(across)]
        assert all(gap >= 1 - 1e-9 for gap in gaps)
    assert layout == layered_layout(parents)


def test_a_parent_must_come_first():
    with pytest.raises(ValueError, match="parents come first"):
        layered_layout([[0]])
    with pytest.raises(ValueError, match="at least one node"):
        layered_layout([])
