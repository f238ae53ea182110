"""Integers in the place of floats: grids, calibration, products, layers, files."""

from dlbook.compression.quantization.batch_norm_folding import (
    fold_batch_norm,
    fuse_conv_bn_eval,
    fuse_linear_bn_eval,
)
from dlbook.compression.quantization.calibration import (
    MinMaxObserver,
    MovingAverageMinMaxObserver,
    MSEObserver,
    Observer,
    PercentileObserver,
)
from dlbook.compression.quantization.conversion import (
    calibrate,
    convert,
    prepare,
    prepare_qat,
    quantize_dynamic,
    quantize_weights,
)
from dlbook.compression.quantization.fake_quantize import (
    FakeQuantize,
    fake_quantize_per_channel_affine,
    fake_quantize_per_tensor_affine,
    fake_quantize_weight,
)
from dlbook.compression.quantization.grid import (
    affine_grid,
    dequantize,
    integer_range,
    quantize,
    symmetric_grid,
)
from dlbook.compression.quantization.integer_products import (
    exact_length,
    integer_convolution,
    integer_matmul,
)
from dlbook.compression.quantization.packing import pack, unpack
from dlbook.compression.quantization.prepared_layers import (
    ObservedLayer,
    RoundedLayer,
)
from dlbook.compression.quantization.quantized_files import (
    load_quantized,
    save_quantized,
)
from dlbook.compression.quantization.quantized_functional import (
    fixed_point,
    multiply_fixed_point,
    quantized_conv2d,
    quantized_linear,
    requantize,
)
from dlbook.compression.quantization.quantized_layers import (
    QuantizedConv1d,
    QuantizedConv2d,
    QuantizedConv3d,
    QuantizedEmbedding,
    QuantizedLinear,
)
from dlbook.compression.quantization.quantized_weight import QuantizedWeight
from dlbook.compression.quantization.scheme import (
    ACTIVATIONS,
    WEIGHTS,
    QuantizedArray,
    Scheme,
)

__all__ = [
    "ACTIVATIONS",
    "WEIGHTS",
    "FakeQuantize",
    "MSEObserver",
    "MinMaxObserver",
    "MovingAverageMinMaxObserver",
    "ObservedLayer",
    "Observer",
    "PercentileObserver",
    "QuantizedArray",
    "QuantizedConv1d",
    "QuantizedConv2d",
    "QuantizedConv3d",
    "QuantizedEmbedding",
    "QuantizedLinear",
    "QuantizedWeight",
    "RoundedLayer",
    "Scheme",
    "affine_grid",
    "calibrate",
    "convert",
    "dequantize",
    "exact_length",
    "fake_quantize_per_channel_affine",
    "fake_quantize_per_tensor_affine",
    "fake_quantize_weight",
    "fixed_point",
    "fold_batch_norm",
    "fuse_conv_bn_eval",
    "fuse_linear_bn_eval",
    "integer_convolution",
    "integer_matmul",
    "integer_range",
    "load_quantized",
    "multiply_fixed_point",
    "pack",
    "prepare",
    "prepare_qat",
    "quantize",
    "quantize_dynamic",
    "quantize_weights",
    "quantized_conv2d",
    "quantized_linear",
    "requantize",
    "save_quantized",
    "symmetric_grid",
    "unpack",
]
