"""The affine map."""

from tests.contracts.row import Row

NAME = "functional.linear"

ROWS = [
    Row(NAME, "a batch", ((5, 3), (2, 3), (2,))),
    Row(NAME, "without bias", ((5, 3), (2, 3))),
    Row(NAME, "one vector", ((3,), (2, 3), (2,))),
    Row(NAME, "one vector without bias", ((3,), (2, 3))),
    Row(NAME, "leading axes", ((4, 2, 3), (5, 3), (5,))),
    Row(NAME, "square", ((3, 3), (3, 3), (3,))),
    Row(NAME, "an empty batch", ((0, 3), (2, 3), (2,))),
    Row(NAME, "no input features", ((4, 0), (2, 0), (2,))),
    Row(
        NAME,
        "weight used twice",
        ((3, 3), (3, 3)),
        call=lambda f, x, w: f(f(x, w), w),
        theirs=lambda x, w: x @ w.T @ w.T,
    ),
]
