"""Windows of an image as the columns of a matrix, and their sum back to an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats

__all__ = ["fold", "unfold"]


def unfold(
    x: Tensor,
    kernel_size: int | Sequence[int],
    *,
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    r"""Copy every window of an image into a column ("im2col").

    .. math::
        y_{n,\,(c,\,i,\,j),\,(p,\,q)} =
        x_{n,\,c,\;s_h p + d_h i - P_h,\;s_w q + d_w j - P_w}
        \qquad\qquad
        \bar x = \mathrm{fold}(\bar y)

    with 0 outside the image, stride s, dilation d and padding P. A convolution is then
    one product: ``weight.reshape(C_out, -1) @ unfold(x, K)``.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, H, W) or, without a batch, (C, H, W)
    kernel_size : int or pair of int
        K_h and K_w, how many pixels of the image a window has; one number for both.
    dilation : int or pair of int
        The step between the pixels of a window.
    padding : int or pair of int
        How many zeros stand around the image, the same number on opposite sides.
    stride : int or pair of int
        The step between windows.

    Returns
    -------
    Tensor, shape (N, C K_h K_w, L) or (C K_h K_w, L)
        A column has the window's pixels of the first channel row by row, then of the
        second. L = L_h L_w windows, row by row, where
        L_h = (H + 2 P_h - d_h (K_h - 1) - 1) // s_h + 1, and L_w likewise.

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor, or an option neither an int nor a pair.
    ValueError
        If `x` has another number of axes, or an axis other than the batch is empty; if
        an option is too small; or if the window is larger than the padded image.

    References
    ----------
    Chellapilla, Puri & Simard (2006), "High performance convolutional neural networks
    for document processing", section 3.1.
    """
    require_floats(x, "unfold")
    if x.ndim not in (3, 4) or 0 in x.shape[-3:]:
        raise ValueError(
            f"unfold: x must have shape (N, C, H, W) or (C, H, W), each but N at least "
            f"1, got shape {x.shape}"
        )
    *batch, channels, height, width = x.shape
    windows = _windows(
        "unfold", (height, width), kernel_size, dilation, padding, stride
    )
    six_axes = -1, channels, *windows.kernel, *windows.count

    def backward(grad_out):
        grad_x = _sum_windows(grad_out.reshape(six_axes), (height, width), windows)
        return (grad_x.reshape(x.shape),)

    columns = _copy_windows(x.data.reshape(-1, channels, height, width), windows)
    shape = *batch, channels * prod(windows.kernel), prod(windows.count)
    return Tensor.from_op(columns.reshape(shape), (x,), backward, "unfold")


def fold(
    x: Tensor,
    output_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    *,
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    r"""Add columns to an image, each to the window it belongs to ("col2im").

    .. math::
        y_{n,\,c,\,u,\,v} = \sum_{\substack{i,\,p \,:\; s_h p + d_h i - P_h = u \\
        j,\,q \,:\; s_w q + d_w j - P_w = v}} x_{n,\,(c,\,i,\,j),\,(p,\,q)}
        \qquad\qquad
        \bar x = \mathrm{unfold}(\bar y)

    This is `unfold` transposed, not inverted: a pixel of several windows receives the
    sum of them. ``fold(unfold(x)) / fold(unfold(ones))`` returns x.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C K_h K_w, L) or, without a batch, (C K_h K_w, L)
        Columns as `unfold` gives them.
    output_size : int or pair of int
        H and W, the size of the image.
    kernel_size, dilation, padding, stride
        As in `unfold`.

    Returns
    -------
    Tensor, shape (N, C, H, W) or (C, H, W)

    Raises
    ------
    TypeError
        As `unfold`.
    ValueError
        If `x` has another number of axes, or an axis other than the batch is empty; if
        an option is too small; if the window is larger than the padded image; or if the
        columns do not divide into windows of `kernel_size`, or there are not L.
    """
    require_floats(x, "fold")
    if x.ndim not in (2, 3) or 0 in x.shape[-2:]:
        raise ValueError(
            f"fold: x must have shape (N, C * K_h * K_w, L) or (C * K_h * K_w, L), "
            f"each but N at least 1, got shape {x.shape}"
        )
    size = pair("fold: output_size", output_size, 1)
    windows = _windows("fold", size, kernel_size, dilation, padding, stride)
    *batch, rows, length = x.shape
    channels, left = divmod(rows, prod(windows.kernel))
    if left or length != prod(windows.count):
        (kh, kw), (lh, lw) = windows.kernel, windows.count
        raise ValueError(
            f"fold: x has shape {x.shape}, expected (*, C * {kh} * {kw}, {lh} * {lw}): "
            f"windows of {kh} x {kw} pixels, {lh} x {lw} of them in output_size {size}"
        )
    six_axes = -1, channels, *windows.kernel, *windows.count

    def backward(grad_out):
        grad_x = _copy_windows(grad_out.reshape(-1, channels, *size), windows)
        return (grad_x.reshape(x.shape),)

    images = _sum_windows(x.data.reshape(six_axes), size, windows)
    shape = *batch, channels, *size
    return Tensor.from_op(images.reshape(shape), (x,), backward, "fold")


@dataclass(frozen=True)
class _Windows:
    """Where windows lie in images; each field is a pair, rows and columns."""

    kernel: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int]
    stride: tuple[int, int]
    count: tuple[int, int]  # L_h and L_w

    def padded(self, images: np.ndarray) -> np.ndarray:
        """Surround images (N, C, H, W) with zeros."""
        return np.pad(images, [(0, 0), (0, 0), *((p, p) for p in self.padding)])

    def inside(self, padded: np.ndarray) -> np.ndarray:
        """View the images without the zeros around them."""
        (top, left), (h, w) = self.padding, padded.shape[2:]
        return padded[:, :, top : h - top, left : w - left]

    def pixels(self, padded: np.ndarray, i: int, j: int) -> np.ndarray:
        """View pixel (i, j) of every window: (N, C, H, W) -> (N, C, L_h, L_w)."""
        rows, columns = (
            slice(place * d, place * d + s * (number - 1) + 1, s)
            for place, d, s, number in zip(
                (i, j), self.dilation, self.stride, self.count, strict=True
            )
        )
        return padded[:, :, rows, columns]


def _copy_windows(images: np.ndarray, windows: _Windows) -> np.ndarray:
    """Return all windows: (N, C, H, W) -> (N, C, K_h, K_w, L_h, L_w)."""
    padded = windows.padded(images)
    shape = (*images.shape[:2], *windows.kernel, *windows.count)
    columns = np.empty(shape, images.dtype)
    for i, j in np.ndindex(windows.kernel):
        columns[:, :, i, j] = windows.pixels(padded, i, j)
    return columns


def _sum_windows(
    columns: np.ndarray, size: tuple[int, int], windows: _Windows
) -> np.ndarray:
    """Add windows to images: (N, C, K_h, K_w, L_h, L_w) -> (N, C, H, W)."""
    padded = windows.padded(np.zeros((*columns.shape[:2], *size), columns.dtype))
    for i, j in np.ndindex(windows.kernel):  # windows overlap, but not in one pixel
        pixels = windows.pixels(padded, i, j)
        pixels += columns[:, :, i, j]
    return windows.inside(padded)


def _windows(
    function: str,
    size: tuple[int, int],
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int],
    padding: int | Sequence[int],
    stride: int | Sequence[int],
) -> _Windows:
    """Lay windows over images of this size."""
    kernel = pair(f"{function}: kernel_size", kernel_size, 1)
    dilation = pair(f"{function}: dilation", dilation, 1)
    padding = pair(f"{function}: padding", padding, 0)
    stride = pair(f"{function}: stride", stride, 1)
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    room = [n + 2 * p for n, p in zip(size, padding, strict=True)]
    if room[0] < reach[0] or room[1] < reach[1]:
        raise ValueError(
            f"{function}: a window of kernel_size {kernel} and dilation {dilation} "
            f"covers {reach[0]} x {reach[1]} pixels, the padded image has "
            f"{room[0]} x {room[1]}"
        )
    rows, columns = (
        (n - r) // s + 1 for n, r, s in zip(room, reach, stride, strict=True)
    )
    return _Windows(kernel, dilation, padding, stride, (rows, columns))


def pair(name: str, value: int | Sequence[int], least: int) -> tuple[int, int]:
    """Return two ints, rows and columns; one int holds for both."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2 or any(
        isinstance(v, bool) or not isinstance(v, int | np.integer) for v in pair
    ):
        raise TypeError(f"{name} must be an int or a pair of ints, got {value!r}")
    if min(pair) < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(pair[0]), int(pair[1])
