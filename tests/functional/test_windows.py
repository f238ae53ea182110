"""Sliding windows: how many fit, and which places they cover."""

from itertools import product

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.functional.windows import sliding_windows


def covered(windows):
    """Return the places of every window along the only axis, from its steps."""
    found = [[] for _ in range(windows.count[0])]
    for (_, having), (_, places) in windows.steps(0):
        numbers = range(*places.indices(windows.size[0]))
        for window, place in zip(
            range(*having.indices(len(found))), numbers, strict=True
        ):
            found[window].append(place)
    return found


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_steps_cover_what_the_definition_says(ceil_mode):
    for n, k, s, p, d in product(
        range(1, 9), (1, 2, 3, 4), (1, 2, 3), (0, 1, 2), (1, 2)
    ):
        x = Tensor(np.zeros((1, 1, n)))
        options = {"padding": p, "dilation": d, "ceil_mode": ceil_mode}
        try:
            windows = sliding_windows("f", x, 1, k, s, **options)
        except ValueError:
            continue
        expected = []
        start = -p
        while start + d * (k - 1) < n + p or (
            ceil_mode
            and start < n
            and len(expected) * s < n + 2 * p - d * (k - 1) - 1 + s
        ):
            taken = (start + i * d for i in range(k))
            expected.append([place for place in taken if 0 <= place < n])
            start += s
        assert covered(windows) == expected, (n, k, s, p, d)
        assert windows.starts(0).tolist() == [i * s - p for i in range(len(expected))]
        assert windows.span(0) == d * (k - 1) + 1


def test_every_option_may_differ_along_the_axes():
    x = Tensor(np.zeros((1, 2, 7, 9)))
    windows = sliding_windows(
        "f", x, 2, (2, 3), [1, 2], padding=(1, 0), dilation=(2, 1)
    )
    assert windows.kernel == (2, 3)
    assert windows.stride == (1, 2)
    assert windows.padding == (1, 0)
    assert windows.dilation == (2, 1)
    assert windows.count == (7, 4)
