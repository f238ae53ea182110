"""Targets and weights of a loss over elements: check them against the inputs.

Shapes must be equal. Broadcasting (3, 1) against (3,) would make nine losses of three.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor, as_tensor
from dlbook.functional.class_targets import Shape, check_weights


def same_shape(loss: str, subject: str, value: Any, inputs: Tensor) -> Tensor:
    """Bring `value` to the dtype of `inputs`; raise ValueError if its shape differs.

    `subject` names it with its verb, such as "targets have".
    """
    value = as_tensor(value, like=inputs).astype(inputs.dtype)
    if value.shape != inputs.shape:
        name = subject.split()[0]
        raise ValueError(
            f"{loss}: {subject} shape {value.shape}, inputs {inputs.shape}; "
            f"expected equal shapes, for example by {name}.reshape(inputs.shape)"
        )
    return value


def element_weight(loss: str, weight: Any, inputs: Tensor) -> Tensor:
    """Check one weight for each element; it may require a gradient."""
    weight = same_shape(loss, "weight has", weight, inputs)
    check_weights(loss, weight.data)
    return weight


def constant_weight(loss: str, name: str, weight: Any, inputs: Tensor) -> np.ndarray:
    """Check a weight that broadcasts to the shape of `inputs`; return it as an array.

    Here broadcasting is what torch documents: one weight for each class, say.
    """
    weight = as_tensor(weight, like=inputs)
    if weight.requires_grad:
        raise ValueError(f"{loss}: {name} is a constant, got requires_grad=True")
    try:
        array = np.broadcast_to(weight.data.astype(inputs.dtype), inputs.shape)
    except ValueError:
        raise ValueError(
            f"{loss}: {name} has shape {weight.shape}, which does not broadcast to "
            f"the inputs' {inputs.shape}"
        ) from None
    check_weights(loss, array, name)
    return array


def check_probabilities(loss: str, name: str, values: np.ndarray) -> None:
    """Raise ValueError unless every value lies in [0, 1]; nan does not."""
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(
            f"{loss}: {name} must lie in [0, 1], got values from "
            f"{values.min():g} to {values.max():g}"
        )


def signs(loss: str, labels: Any, shape: Shape, dtype: np.dtype) -> np.ndarray:
    """Check that labels are -1 or 1 and of `shape`; return them in `dtype`."""
    labels = as_tensor(labels)
    if labels.requires_grad:
        raise ValueError(f"{loss}: targets are constants, got requires_grad=True")
    array = labels.data
    if array.shape != shape:
        raise ValueError(
            f"{loss}: targets have shape {array.shape}, expected {shape}, a label for "
            "each loss"
        )
    wrong = array[np.abs(array) != 1] if array.dtype.kind in "fiu" else array
    if wrong.size:
        raise ValueError(
            f"{loss}: targets must be -1 or 1, got {wrong.flat[0]}; labels 0 and 1 "
            "become so by 2 * labels - 1"
        )
    return array.astype(dtype)
