import numpy as np
import pytest

from dlbook.plots.contours import contour_lines

X, Y = np.linspace(-2, 2, 81), np.linspace(-1.5, 1.5, 61)
BOWL = X**2 + Y[:, np.newaxis] ** 2


def test_a_bowl_has_circles():
    (circle,) = contour_lines(X, Y, BOWL, 1.0)
    np.testing.assert_allclose(np.hypot(*circle.T), 1.0, atol=1e-3)
    np.testing.assert_array_equal(circle[0], circle[-1])


def test_no_line_where_no_height_is():
    assert contour_lines(X, Y, BOWL, 100.0) == []


def test_a_line_may_leave_the_grid_and_come_back():
    assert len(contour_lines(X, Y, BOWL, 3.0)) == 2


def test_refuses_rows_and_columns_exchanged():
    with pytest.raises(ValueError, match=r"\(81, 61\), expected \(61, 81\)"):
        contour_lines(X, Y, BOWL.T, 1.0)
