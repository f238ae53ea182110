"""The three products of a convolution, by way of columns, on plain arrays.

A window of the input, laid flat, is a column; a filter, laid flat, is a row. So a
convolution is a product of matrices, and so are both of its derivatives. A `Workspace`
holds the columns of one large example, or of a few small ones, at a time; they are made
anew for the backward pass.
"""

from __future__ import annotations

from math import prod

import numpy as np

from dlbook.functional.column_workspace import Workspace
from dlbook.functional.convolution_geometry import Geometry

__all__ = ["correlate", "correlate_transposed", "weight_gradient"]


def correlate(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, geometry: Geometry
) -> np.ndarray:
    """Return the inner product of every window of x with every filter.

    Parameters
    ----------
    x : ndarray, shape (N, C, *size)
    weight : ndarray, shape (F, C / groups, *kernel)
    bias : ndarray, shape (F,), or None
    geometry : Geometry

    Returns
    -------
    ndarray, shape (N, F, *places)
    """
    rows = as_rows(weight, geometry)
    y = np.empty((len(x), len(weight), *geometry.places), x.dtype)
    workspace = Workspace(x.shape[1], len(x), x.dtype, geometry)
    for examples in workspace.examples:
        workspace.load(x[examples])
        for places in workspace.places:
            columns = workspace.gather(places)
            part = examples_last(y)[:, *places, examples]
            in_place = part.flags.c_contiguous  # as a single example is
            out = part.reshape(*rows.shape[:2], -1) if in_place else None
            product = np.matmul(rows, columns, out=out)
            if bias is not None:
                product += bias.reshape(geometry.groups, -1, 1)
            if not in_place:
                part[...] = product.reshape(part.shape)
    return y


def correlate_transposed(
    y: np.ndarray, weight: np.ndarray, geometry: Geometry
) -> np.ndarray:
    """Spread every element of y over its window: the transpose of `correlate`.

    Parameters
    ----------
    y : ndarray, shape (N, F, *places)
    weight : ndarray, shape (F, C / groups, *kernel)
    geometry : Geometry

    Returns
    -------
    ndarray, shape (N, C, *size)
        Sums over all windows that an element lies in.
    """
    channels = weight.shape[1] * geometry.groups
    mirrored = geometry.mirrored()
    if mirrored and (
        geometry.is_pointwise
        or len(weight) * prod(geometry.size) <= 2 * channels * prod(geometry.places)
    ):  # copying windows of y is then faster than adding to windows of x
        return correlate(y, mirror(weight, geometry), None, mirrored)
    columns_of_weight = as_rows(weight, geometry).swapaxes(1, 2)
    x = np.empty((len(y), channels, *geometry.size), y.dtype)
    workspace = Workspace(channels, len(y), y.dtype, geometry)
    for examples in workspace.examples:
        workspace.clear(examples)
        for places in workspace.places:
            part = by_group(examples_last(y)[:, *places, examples], geometry)
            np.matmul(columns_of_weight, part, out=workspace.columns(places))
            workspace.scatter(places)
        workspace.store(x[examples])
    return x


def weight_gradient(
    x: np.ndarray, grad_y: np.ndarray, geometry: Geometry
) -> np.ndarray:
    """Return the gradient of `correlate` with respect to the weight.

    Parameters
    ----------
    x : ndarray, shape (N, C, *size)
    grad_y : ndarray, shape (N, F, *places)
    geometry : Geometry

    Returns
    -------
    ndarray, shape (F, C / groups, *kernel)
    """
    groups, filters = geometry.groups, grad_y.shape[1]
    shape = (filters, x.shape[1] // groups, *geometry.kernel)
    total = np.zeros((groups, filters // groups, prod(shape[1:])), x.dtype)
    workspace = Workspace(x.shape[1], len(x), x.dtype, geometry)
    for examples in workspace.examples:
        workspace.load(x[examples])
        for places in workspace.places:
            part = by_group(examples_last(grad_y)[:, *places, examples], geometry)
            total += part @ workspace.gather(places).swapaxes(1, 2)
    return total.reshape(shape)


def mirror(weight: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Return the filters (C, F / groups, *kernel) that lead from the outputs back."""
    groups, (filters, channels, *kernel) = geometry.groups, weight.shape
    weight = weight.reshape(groups, filters // groups, channels, *kernel)
    weight = np.flip(weight.swapaxes(1, 2), tuple(range(3, weight.ndim)))
    weight = weight.reshape(groups * channels, filters // groups, *kernel)
    return np.ascontiguousarray(weight)  # BLAS reads no negative strides


def as_rows(weight: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Return the filters as rows, (groups, F / groups, C / groups * prod(kernel))."""
    groups = geometry.groups
    return weight.reshape(groups, len(weight) // groups, -1)


def examples_last(y: np.ndarray) -> np.ndarray:
    """Return a view of y (N, F, *places) of shape (F, *places, N)."""
    return y.transpose(*range(1, y.ndim), 0)


def by_group(part: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Return a part (F, *places, examples) as (groups, F / groups, columns)."""
    return part.reshape(geometry.groups, len(part) // geometry.groups, -1)
