"""Faults of half precision that no operator makes: each turns a test red.

Mistakes after which a network still trains: half rounded up, a scale that is not taken
out again, weights that are never rounded, a step made in spite of an overflow.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from tests.compression import (
    test_bfloat16,
    test_float_formats,
    test_float_patterns,
    test_loss_scaling,
    test_mixed_precision,
    test_underflow,
)
from tests.mutants.hunt import is_alarm
from tests.mutants.planting import Fault, planted


@dataclass(frozen=True)
class HalfFault(Fault):
    """A fault, and the test that notices."""

    test: Callable[[], None]


def rng():
    return np.random.default_rng(0)


def fault(where: str, what: str, edits: dict[str, str], test: Callable[[], None]):
    module, function = where.split(":")
    return HalfFault(what, f"dlbook.compression.{module}", function, edits, test)


FAULTS = [
    fault(
        "bfloat16:to_bfloat16",
        "half rounded up",
        {"u + 0x7FFF + (upper & 1)": "u + 0x8000"},
        lambda: test_bfloat16.test_random_float32_and_ties_are_torchs(rng()),
    ),
    fault(
        "bfloat16:to_bfloat16",
        "the lower half cut off",
        {"(u + 0x7FFF + (upper & 1))": "u"},
        lambda: test_bfloat16.test_random_float32_and_ties_are_torchs(rng()),
    ),
    fault(
        "bfloat16:to_bfloat16",
        "NaN rounded like a number",
        {"np.where(np.isnan(single), quiet, rounded)": "rounded"},
        test_bfloat16.test_nan_whose_low_bits_would_carry_stays_nan,
    ),
    fault(
        "float_formats:round_to_format",
        "half rounded up",
        {"np.rint(np.ldexp(wide, -step))": "np.floor(np.ldexp(wide, -step) + 0.5)"},
        lambda: test_float_formats.test_rounds_as_torch_does(
            test_float_formats.FLOAT8_E5M2, rng()
        ),
    ),
    fault(
        "float_formats:round_to_format",
        "no subnormal numbers",
        {"np.maximum(exponent - 1, smallest)": "(exponent - 1)"},
        lambda: test_float_formats.test_rounds_as_torch_does(
            test_float_formats.FLOAT8_E5M2, rng()
        ),
    ),
    fault(
        "float_formats:round_to_format",
        "overflow held against the number before it was rounded",
        {"np.abs(rounded) > largest": "np.abs(wide) > largest"},
        lambda: test_float_formats.test_what_is_too_large(),
    ),
    fault(
        "float_patterns:from_patterns",
        "the hidden 1 of subnormal numbers too",
        {"np.where(field > 0, 2**p, 0)": "2**p"},
        lambda: test_float_patterns.test_every_pattern_means_what_it_means_in_torch(
            *test_float_patterns.TORCH[1]
        ),
    ),
    fault(
        "loss_scaling:LossScaler.unscale_",
        "the gradients are not divided",
        {"parameter.grad * (1.0 / self._scale)": "parameter.grad"},
        lambda: test_loss_scaling.test_constant_scale_changes_no_step_and_is_kept(8.0),
    ),
    fault(
        "loss_scaling:LossScaler.unscale_",
        "only the last gradient is looked at",
        {"finite = finite and bool(": "finite = bool("},
        lambda: test_loss_scaling.test_a_single_gradient_of_several_decides(),
    ),
    fault(
        "loss_scaling:LossScaler.step",
        "the step is made in spite of an overflow",
        {"if self._not_finite[key]:": "if False:"},
        test_loss_scaling.test_overflow_leaves_the_step_out,
    ),
    fault(
        "loss_scaling:GradScaler._adapt",
        "an overflow does not begin the count anew",
        {
            "self._growth_tracker = 0\n            return": "return",
        },
        test_loss_scaling.test_any_history_is_torchs,
    ),
    fault(
        "loss_scaling:GradScaler._adapt",
        "the scale grows one step late",
        {"== self.growth_interval": "> self.growth_interval"},
        test_loss_scaling.test_any_history_is_torchs,
    ),
    fault(
        "mixed_precision:rounding_from_op",
        "gradients are not rounded",
        {"backward(rounded(grad_out))": "backward(grad_out)"},
        lambda: (
            test_mixed_precision.test_float16_of_numpy_itself_gives_the_same_element_by_element(
                rng()
            )
        ),
    ),
    fault(
        "mixed_precision:half_copies",
        "a shared Parameter is copied twice",
        {"if id(value) not in copies:": "if True:"},
        lambda: (
            test_mixed_precision.test_parameters_in_containers_shared_ones_and_what_forward_keeps(
                rng()
            )
        ),
    ),
    fault(
        "mixed_precision:mixed_precision_step",
        "the gradients of the step before are still there",
        {"    optimizer.zero_grad()\n": ""},
        lambda: (
            test_mixed_precision.test_inputs_are_rounded_and_old_gradients_forgotten(
                rng()
            )
        ),
    ),
    fault(
        "mixed_precision:mixed_precision_step",
        "the loss is not scaled",
        {"scaler.scale(loss).backward()": "loss.backward()"},
        lambda: test_mixed_precision.test_scaling_saves_what_would_underflow(rng()),
    ),
    fault(
        "underflow:underflow_share",
        "zeros count as lost",
        {"(gradient != 0) & (rounded == 0)": "rounded == 0"},
        test_underflow.test_share_that_becomes_zero,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_fault_is_noticed(fault):
    with planted(fault):
        assert is_alarm(fault.test)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_without_the_fault_all_is_well(fault):
    assert not is_alarm(fault.test)
