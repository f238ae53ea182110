"""Ranges of options."""

import numpy as np
import pytest

from dlbook.optim.options import (
    require_betas,
    require_in_range,
    require_not_negative,
)


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(1), np.int64(0)])
def test_numbers_in_the_range_pass(value):
    require_in_range("rate", value, 0, 1)


@pytest.mark.parametrize(
    ("value", "high", "error", "message"),
    [
        (-0.1, 1, ValueError, r"^rate must be finite and in \[0, 1\], got -0.1$"),
        (1.5, 1, ValueError, r"^rate must be finite and in \[0, 1\], got 1.5$"),
        (-1, np.inf, ValueError, r"^rate must be finite and >= 0, got -1$"),
        (np.inf, np.inf, ValueError, "got inf"),
        (np.nan, 1, ValueError, "got nan"),
        (True, 1, TypeError, "^rate must be a number, got bool$"),
        ("1", 1, TypeError, "^rate must be a number, got str$"),
        (np.ones(1), 1, TypeError, "^rate must be a number, got ndarray$"),
    ],
)
def test_others_are_refused(value, high, error, message):
    with pytest.raises(error, match=message):
        require_in_range("rate", value, 0, high)


def test_several_options_at_once():
    options = {"lr": 0.0, "eps": 1e9, "weight_decay": -1.0}
    require_not_negative("Adam", options, "lr", "eps")
    with pytest.raises(ValueError, match=r"^Adam: weight_decay must be finite"):
        require_not_negative("Adam", options, "lr", "weight_decay")


def test_betas():
    require_betas("Adam", (0.0, 0.999))
    require_betas("Adam", [0.5, np.float64(0.0)])
    for betas in (0.9, (0.9,), (0.9, 0.9, 0.9), None):
        with pytest.raises(TypeError, match=r"^Adam: betas must be a pair of numbers"):
            require_betas("Adam", betas)
    with pytest.raises(ValueError, match=r"^Adam: betas\[1\] must be less than 1"):
        require_betas("Adam", (0.9, 1))
    with pytest.raises(ValueError, match=r"^Adam: betas\[0\] must be .* got -0.5$"):
        require_betas("Adam", (-0.5, 0.9))
