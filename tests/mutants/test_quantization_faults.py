"""Faults of quantization that no operator makes: each turns a test red.

Mistakes that leave a network running, a little worse: ties rounded up, a scale on the
wrong axis, sums in too few bits, a padding that stands for another number than 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from dlbook import nn
from dlbook.compression.quantization.scheme import ACTIVATIONS, WEIGHTS, Scheme
from tests.compression.quantization import (
    test_batch_norm_folding,
    test_calibration,
    test_conversion,
    test_fake_quantize,
    test_grid,
    test_integer_products,
    test_packing,
    test_prepared_layers,
    test_quantized_functional,
    test_quantized_layers,
    test_scheme,
)
from tests.mutants.planting import Fault, planted

PACKAGE = "dlbook.compression.quantization"


@dataclass(frozen=True)
class QuantizationFault(Fault):
    """A fault, and the test that notices."""

    test: Callable[[], None]


def fault(
    where: str, what: str, edits: dict[str, str], test: Callable, *arguments: object
) -> QuantizationFault:
    module, function = where.split(":")
    test = partial(test, *arguments)
    return QuantizationFault(what, f"{PACKAGE}.{module}", function, edits, test)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


CONV = (nn.Conv2d(2, 3, 3, padding="same", dilation=2, rng=0), (2, 2, 7, 6))
FOLDED = test_batch_norm_folding.CASES
FAULTS = [
    fault(
        "grid:quantize",
        "halves rounded up",
        {
            "np.rint(x * (1 / np.asarray(scale, np.float32)))": (
                "np.floor(x * (1 / np.asarray(scale, np.float32)) + 0.5)"
            )
        },
        test_grid.test_ties_go_to_the_even_integer,
    ),
    fault(
        "grid:quantize",
        "rounded after the zero point is added",
        {
            "np.rint(x * ": "(x * ",
            "np.asarray(zero_point, steps.dtype)": (
                "np.asarray(zero_point, steps.dtype)\n    steps = np.rint(steps)"
            ),
        },
        test_grid.test_ties_go_to_the_even_integer,
    ),
    fault(
        "grid:quantize",
        "wrapped around instead of saturated",
        {"np.clip(steps, q_min, q_max, out=steps)": "steps = steps.astype(np.int64)"},
        test_grid.test_what_lies_outside_saturates_infinities_too,
    ),
    fault(
        "grid:_interval",
        "an interval without 0",
        {"np.minimum(low, 0), np.maximum(high, 0)": "low, high"},
        test_grid.test_grids_are_torchs_bit_for_bit,
        30.0,
        *test_grid.SCHEMES[0],
    ),
    fault(
        "scheme:Scheme.shared_axes",
        "a scale for each index of the wrong axis",
        {"axis != self.axis": "axis != (self.axis and ndim - 1 - self.axis)"},
        test_scheme.test_shapes_of_scales,
    ),
    fault(
        "scheme:QuantizedArray.offsets",
        "8 bits for differences of 8 bits",
        {
            "self.scheme.blocks(self.values).astype(np.int16)": (
                "self.scheme.blocks(self.values).astype(np.int8)"
            ),
            "blocks).astype(np.int16)": "blocks).astype(np.int8)",
        },
        test_scheme.test_offsets_are_wide_enough,
    ),
    fault(
        "integer_products:integer_matmul",
        "one float32 sum, however long",
        {"exact_length(largest)": "a.shape[-1]"},
        test_integer_products.test_one_float32_product_of_1041_would_not_be_exact,
    ),
    fault(
        "integer_products:integer_matmul",
        "sums in 8 bits",
        {"product.astype(np.int32)": "product.astype(np.int32).astype(np.int8)"},
        test_integer_products.test_batches_layouts_and_empty_arrays,
        rng(),
    ),
    fault(
        "integer_products:_largest",
        "the absolute value of -128 in 8 bits",
        {
            "max(-int(a.min(initial=0)), int(a.max(initial=0)))": (
                "int(np.abs(a).max(initial=0))"
            )
        },
        test_integer_products.test_the_smallest_int8_counts_as_128,
    ),
    fault(
        "integer_products:integer_convolution",
        "channels of one group after another taken together",
        {
            "x.reshape(len(x), groups, channels, *x.shape[2:])": (
                "x.reshape(len(x), channels, groups, *x.shape[2:]).swapaxes(1, 2)"
            )
        },
        test_integer_products.test_convolutions_equal_those_of_float64,
        *test_integer_products.CONVOLUTIONS[4],
        False,
    ),
    fault(
        "packing:unpack",
        "a sign that is lost",
        {
            "octets.view(dtype) >> dtype.type(8 - bits)": (
                "(octets >> np.uint8(8 - bits)).view(dtype)"
            )
        },
        test_packing.test_what_is_packed_comes_back,
    ),
    fault(
        "calibration:MovingAverageMinMaxObserver.look",
        "the share of the last batch and of all before exchanged",
        {"c = self.averaging_constant": "c = 1 - self.averaging_constant"},
        test_calibration.test_torchs_observers,
        test_calibration.MovingAverageMinMaxObserver,
        "MovingAverageMinMaxObserver",
        {},
        False,
        None,
    ),
    fault(
        "calibration:MSEObserver.interval",
        "one share for all grids",
        {"error < best": "error.sum() < best.sum()"},
        test_calibration.test_each_grid_is_found_by_itself,
        test_calibration.MSEObserver,
        Scheme(4, group_size=5),
    ),
    fault(
        "fake_quantize:fake_quantize_per_tensor_affine",
        "a gradient where it saturates, too",
        {"(quant_min <= q) & (q <= quant_max)": "np.isfinite(q)"},
        test_fake_quantize.test_per_channel_is_torchs,
        0,
        rng(),
    ),
    fault(
        "fake_quantize:fake_quantize_per_tensor_affine",
        "the true derivative, 0",
        {"(quant_min <= q) & (q <= quant_max)": "np.zeros_like(q)"},
        test_fake_quantize.test_per_channel_is_torchs,
        0,
        rng(),
    ),
    fault(
        "fake_quantize:fake_quantize_per_tensor_affine",
        "a gradient divided by the scale",
        {"(grad_out * (": "(grad_out / scale * ("},
        test_fake_quantize.test_per_channel_is_torchs,
        0,
        rng(),
    ),
    fault(
        "quantized_functional:quantized_conv2d",
        "a padding of the integer 0",
        {
            "        x.offsets(),\n": "        x.values.astype(np.int16),\n",
            "weight.offsets(),": "weight.offsets(),  # and z taken off afterwards",
            "last = np.moveaxis(accumulator, 1, -1)": (
                "per_filter = weight.offsets().sum((1, 2, 3), dtype=np.int32)\n"
                "    last = np.moveaxis(accumulator, 1, -1) - x.zero_point * per_filter"
            ),
        },
        test_quantized_functional.test_conv2d_is_torchs,
        {"stride": 2, "padding": 1},
        WEIGHTS,
    ),
    fault(
        "quantized_functional:requantize",
        "the bias on the grid of the output",
        {"bias / products": "bias / np.float32(scale)"},
        test_quantized_functional.test_linear_is_torchs,
        WEIGHTS,
        True,
        100,
    ),
    fault(
        "quantized_functional:multiply_fixed_point",
        "cut off, not rounded",
        {"product + 2 ** (shift - 1)": "product"},
        test_quantized_functional.test_fixed_point_by_hand,
    ),
    fault(
        "quantized_layers:QuantizedLinear._sums",
        "the scales of a group's columns",
        {"weight.scale[:, group]": "weight.scale[:, 0]"},
        test_quantized_layers.test_linear,
    ),
    fault(
        "quantized_layers:QuantizedConvolution.forward",
        "the scale of another filter",
        {"y *= weight.scale": "y *= np.roll(weight.scale, 1)"},
        test_quantized_layers.test_convolutions,
        *CONV,
        WEIGHTS,
        "static",
    ),
    fault(
        "quantized_layers:QuantizedLayer.quantize_input",
        "a static grid that is not used",
        {"if self.input_scale is None": "if True"},
        test_quantized_layers.test_a_static_grid_does_not_depend_on_the_batch,
    ),
    fault(
        "batch_norm_folding:_fused",
        "the bias of the layer without the factor",
        {
            "(bias - bn.running_mean.data) * factor": (
                "bias - bn.running_mean.data * factor"
            )
        },
        test_batch_norm_folding.test_fused_layers_are_torchs,
        *FOLDED[0],
        rng(),
    ),
    fault(
        "batch_norm_folding:_fused",
        "the running variance without its root",
        {"np.sqrt(bn.running_var.data + bn.eps)": "(bn.running_var.data + bn.eps)"},
        test_batch_norm_folding.test_fused_layers_are_torchs,
        *FOLDED[1],
        rng(),
    ),
    fault(
        "prepared_layers:RoundedLayer.forward",
        "the weight in floats",
        {'vars(rounded)["weight"] = self.weight': "self.weight"},
        test_prepared_layers.test_without_inputs_to_round,
    ),
    fault(
        "conversion:_Weights.quantized",
        "integers of its own for each layer",
        {"if id(weight) not in self.known": "if True"},
        test_conversion.test_tied_weights_stay_tied,
    ),
    fault(
        "conversion:convert",
        "a weight of another scheme than it was trained with",
        {"layer, module.scheme": "layer, weight"},
        test_conversion.test_a_trained_model_is_converted_to_what_it_was_trained_as,
        ACTIVATIONS,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_fault_turns_its_test_red(fault):
    fault.test()
    with (
        planted(fault),
        np.errstate(invalid="ignore"),
        pytest.raises((AssertionError, IndexError)),
    ):
        fault.test()
    fault.test()
