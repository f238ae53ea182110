"""Linear layers, convolutions and embeddings whose weights are integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor, is_grad_enabled
from dlbook.compression.quantization.integer_products import (
    integer_convolution,
    integer_matmul,
)
from dlbook.compression.quantization.quantized_weight import QuantizedWeight
from dlbook.compression.quantization.scheme import QuantizedArray, Scheme
from dlbook.nn import Buffer, Embedding, Linear, Module
from dlbook.nn.convolution import Convolution

__all__ = [
    "QuantizedConv1d",
    "QuantizedConv2d",
    "QuantizedConv3d",
    "QuantizedEmbedding",
    "QuantizedLinear",
]

Grid = tuple[np.ndarray, np.ndarray]  # scale and zero point


class QuantizedLayer(Module):
    """What the quantized layers share: weight, bias, and how inputs become integers.

    Parameters
    ----------
    quantized : QuantizedWeight
    bias : ndarray of float32, shape (M,), or None
        Stays in floats: there are few, and an error in one meets every output.
    activation : Scheme or None
        How inputs are quantized: with one grid, or one for each row (axis 0). None
        leaves them floats; the weight is then turned into floats, too.
    input_grid : (scale, zero_point), optional
        The grid of all inputs, found by calibration: static quantization. Without,
        every batch gets a grid that just holds it: dynamic quantization.

    Attributes
    ----------
    quantized : QuantizedWeight
    bias, input_scale, input_zero_point : Buffer or None

    Raises
    ------
    ValueError
        If the scheme of the inputs has groups or another axis, or a static grid is not
        a single one; when called, if an input holds nan.
    RuntimeError
        When called, if a gradient of the inputs is wanted, and they are rounded:
        rounding passes none. With weights alone in integers it passes.
    """

    def __init__(
        self,
        quantized: QuantizedWeight,
        bias: np.ndarray | None,
        activation: Scheme | None,
        input_grid: Grid | None = None,
    ) -> None:
        name = type(self).__name__
        if activation is not None and (
            activation.axis not in (None, 0) or activation.group_size is not None
        ):
            raise ValueError(
                f"{name}: inputs can have one grid, or one for each row (axis 0), "
                f"got {activation}"
            )
        if input_grid is not None and (activation is None or activation.axis == 0):
            raise ValueError(
                f"{name}: a static grid needs a scheme with one grid, got {activation}"
            )
        self.quantized = quantized
        self.bias = None if bias is None else Buffer(bias)
        self.activation = activation
        self.input_scale = self.input_zero_point = None
        if input_grid is not None:
            self.input_scale, self.input_zero_point = map(Buffer, input_grid)

    @property
    def weight(self) -> Tensor:
        """The weight in floats, made anew each time."""
        return Tensor(self.quantized.array().dequantize())

    def quantize_input(self, x: np.ndarray) -> QuantizedArray:
        """Return x in integers, on the static grid or on its own."""
        if self.input_scale is None:
            return self.activation.quantize(x)
        grid = (self.input_scale.data, self.input_zero_point.data)
        return self.activation.quantize(x, *grid)

    def require_no_gradient(self, x: Tensor) -> None:
        """Raise unless no gradient can be wanted."""
        if is_grad_enabled() and x.requires_grad:
            raise RuntimeError(
                f"{type(self).__name__}: integers pass no gradient back; use it inside "
                "`with no_grad():`, and prepare_qat to train for integers"
            )

    def _bias(self, dtype: np.dtype) -> Tensor | None:
        return None if self.bias is None else self.bias.astype(dtype)

    def mode(self) -> str:
        """Return "weights only", "dynamic" or "static"."""
        if self.activation is None:
            return "weights only"
        return "dynamic" if self.input_scale is None else "static"


class QuantizedLinear(QuantizedLayer):
    r"""A linear layer with integer weights, and inputs that it turns into integers.

    .. math::
        y_{nm} = s^x \sum_g s^w_{mg} \sum_{k \in g} (q^x_{nk} - z^x)
            (q^w_{mk} - z^w_{mg}) + b_m

    where the inner sum is one of integers, exact in 32 bits; g are the groups of the
    weight's scheme, or all of k.

    Parameters, attributes and errors are those of `QuantizedLayer`.
    """

    def __init__(self, quantized: QuantizedWeight, *args: Any, **kwargs: Any) -> None:
        super().__init__(quantized, *args, **kwargs)
        self.out_features, self.in_features = quantized.shape

    def forward(self, x: Tensor) -> Tensor:
        """(*, in_features) -> (*, out_features)."""
        if self.activation is None:
            return F.linear(x, self.weight.astype(x.dtype), self._bias(x.dtype))
        self.require_no_gradient(x)
        rows = x.data.reshape(-1, x.shape[-1])
        inputs = self.quantize_input(rows)
        y = self._sums(inputs) * inputs.scale.reshape(-1, 1)
        if self.bias is not None:
            y += self.bias.data
        y = y.reshape(*x.shape[:-1], self.out_features)
        return Tensor(np.asarray(y, x.dtype))

    def _sums(self, inputs: QuantizedArray) -> np.ndarray:
        """Return the products (N, M), times the scales of the weight."""
        weight = self.quantized.array()
        x, w = inputs.offsets(), weight.offsets().T
        size = weight.scheme.group_size
        if size is None:
            return integer_matmul(x, w).astype(np.float32) * weight.scale
        total = np.zeros((len(x), self.out_features), np.float32)
        for group in range(self.in_features // size):
            part = slice(group * size, (group + 1) * size)
            total += integer_matmul(x[:, part], w[part]) * weight.scale[:, group]
        return total

    def extra_repr(self) -> str:
        """Return sizes and how inputs are treated."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}, {self.mode()}"
        )


class QuantizedConvolution(QuantizedLayer):
    """QuantizedConv1d to QuantizedConv3d, which differ in the number of axes alone.

    Parameters
    ----------
    quantized, bias, activation, input_grid
        As for `QuantizedLayer`; the weight has no groups along its last axis.
    options : dict
        stride, padding, dilation, groups and padding_mode, as of the layer in floats.
    pad : tuple of int
        For `functional.pad`, where `padding_mode` is not "zeros".
    """

    axes: int

    def __init__(
        self,
        quantized: QuantizedWeight,
        bias: np.ndarray | None,
        activation: Scheme | None,
        input_grid: Grid | None = None,
        *,
        options: dict[str, Any],
        pad: tuple[int, ...] = (),
    ) -> None:
        super().__init__(quantized, bias, activation, input_grid)
        if quantized.scheme.group_size is not None:
            raise ValueError(
                f"{type(self).__name__}: the filters can have one grid, or one each "
                f"(axis 0), got {quantized.scheme}"
            )
        self.options = dict(options)
        self.padding_mode = self.options.pop("padding_mode", "zeros")
        self._pad = pad
        if self.padding_mode != "zeros":
            self.options["padding"] = 0

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, *size) -> (N, out_channels, *new size); N may be missing."""
        if self.padding_mode != "zeros":
            x = F.pad(x, self._pad, mode=self.padding_mode)
        if self.activation is None:
            weight, bias = self.weight.astype(x.dtype), self._bias(x.dtype)
            return getattr(F, f"conv{self.axes}d")(x, weight, bias, **self.options)
        self.require_no_gradient(x)
        batch = x.data.reshape(-1, *x.shape[-self.axes - 1 :])
        inputs, weight = self.quantize_input(batch), self.quantized.array()
        sums = integer_convolution(inputs.offsets(), weight.offsets(), **self.options)
        y = np.moveaxis(sums.astype(np.float32), 1, -1)  # (N, *new size, F)
        y *= inputs.scale.reshape(-1, *[1] * (y.ndim - 1))
        y *= weight.scale
        if self.bias is not None:
            y += self.bias.data
        y = np.ascontiguousarray(np.moveaxis(y, -1, 1), x.dtype)
        return Tensor(y.reshape(*x.shape[: -self.axes - 1], *y.shape[1:]))

    def extra_repr(self) -> str:
        """Return the weight's shape, the options, and how inputs are treated."""
        options = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return f"{self.quantized.shape}, {options}, {self.mode()}"


class QuantizedConv1d(QuantizedConvolution):
    """A convolution along sequences, in integers."""

    axes = 1


class QuantizedConv2d(QuantizedConvolution):
    r"""A convolution of images with integer filters, of inputs turned into integers.

    .. math::
        y_{fuv} = s^x s^w_f \sum_c \sum_{i,j} (q^w_{fcij} - z^w_f)
            (q^x_{c,\, su + di - p,\, sv + dj - p} - z^x) + b_f

    where the sum is one of integers, exact in 32 bits, and 0 on the padding.
    """

    axes = 2


class QuantizedConv3d(QuantizedConvolution):
    """A convolution through volumes, in integers."""

    axes = 3


class QuantizedEmbedding(QuantizedLayer):
    """A table of vectors in integers; only the rows looked up become floats.

    Parameters
    ----------
    quantized : QuantizedWeight, shape (V, D)
    """

    def __init__(self, quantized: QuantizedWeight) -> None:
        super().__init__(quantized, None, None)
        self.num_embeddings, self.embedding_dim = quantized.shape

    def forward(self, x: Any) -> Tensor:
        """Integers (*) -> (*, D)."""
        ids = x.data if isinstance(x, Tensor) else np.asarray(x)
        if ids.dtype.kind not in "iu":
            raise TypeError(
                f"QuantizedEmbedding: x must hold integers, got {ids.dtype}"
            )
        if ids.size and (ids.min() < 0 or ids.max() >= self.num_embeddings):
            raise IndexError(
                f"QuantizedEmbedding: indices must be in [0, {self.num_embeddings}), "
                f"got {ids.min()} to {ids.max()}"
            )
        rows = self.quantized.array(ids.reshape(-1)).dequantize()
        return Tensor(rows.reshape(*ids.shape, self.embedding_dim))

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.num_embeddings}, {self.embedding_dim}"


CONVOLUTIONS = {1: QuantizedConv1d, 2: QuantizedConv2d, 3: QuantizedConv3d}


def quantized_layer(
    layer: Module,
    quantized: QuantizedWeight,
    activation: Scheme | None,
    input_grid: Grid | None = None,
) -> QuantizedLayer:
    """Return the quantized layer that takes a layer's place.

    Parameters
    ----------
    layer : Linear, Conv1d, Conv2d, Conv3d or Embedding
    quantized : QuantizedWeight
        Its weight.
    activation, input_grid
        As for `QuantizedLayer`; an embedding has none.

    Raises
    ------
    TypeError
        If there is no quantized form of the layer.
    ValueError
        If an embedding shortens its rows (max_norm), which integers cannot be.
    """
    if isinstance(layer, Embedding):
        if layer.max_norm is not None:
            raise ValueError("an Embedding with max_norm writes into its weight")
        return QuantizedEmbedding(quantized)
    bias = None if getattr(layer, "bias", None) is None else layer.bias.data
    if isinstance(layer, Linear):
        return QuantizedLinear(quantized, bias, activation, input_grid)
    if isinstance(layer, Convolution):
        names = ("stride", "padding", "dilation", "groups", "padding_mode")
        options = {name: getattr(layer, name) for name in names}
        return CONVOLUTIONS[layer.axes](
            quantized, bias, activation, input_grid, options=options, pad=layer._pad
        )
    raise TypeError(f"there is no quantized form of {type(layer).__name__}")
