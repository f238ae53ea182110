"""Operators, conversions, `backward`."""

import numpy as np
import torch

from dlbook.autograd import Tensor, as_tensor
from tests.contracts.bad_input.row import BadInput, t, x, zeros

ROWS = [
    BadInput(
        "add: shapes that do not broadcast",
        lambda: x() + zeros(2),
        ValueError,
        r"\(2,3\) \(2,\)",
        lambda: t() + torch.zeros(2),
    ),
    BadInput(
        "mul: text", lambda: x() * "2", TypeError, "real numbers", lambda: t() * "2"
    ),
    BadInput(
        "mul: None", lambda: x() * None, TypeError, "real numbers", lambda: t() * None
    ),
    BadInput(
        "matmul: inner sizes",
        lambda: x() @ zeros(2, 3),
        ValueError,
        r"\(2, 3\) @ \(2, 3\) does not fit.* has 3 .* second 2",
        lambda: t() @ torch.zeros(2, 3),
    ),
    BadInput(
        "matmul: batches",
        lambda: zeros(2, 3, 4) @ zeros(5, 4, 6),
        ValueError,
        r"\(2,3,4\).*\(5,4,6\)",
        lambda: torch.zeros(2, 3, 4) @ torch.zeros(5, 4, 6),
    ),
    BadInput(
        "matmul: a number",
        lambda: x() @ 2.0,
        ValueError,
        r"at least one axis: \(2, 3\) @ \(\)",
        lambda: t() @ torch.tensor(2.0),
    ),
    BadInput(
        "pow: integer to a negative power",
        lambda: Tensor([2]) ** -1,
        ValueError,
        "negative integer power",
        lambda: torch.tensor([2]) ** -1,
    ),
    BadInput(
        "sub: booleans",
        lambda: Tensor([True]) - Tensor([True]),
        TypeError,
        "boolean subtract",
        lambda: torch.tensor([True]) - torch.tensor([True]),
    ),
    BadInput(
        "neg: booleans",
        lambda: -Tensor([True]),
        TypeError,
        "boolean negative",
        lambda: -torch.tensor([True]),
    ),
    BadInput(
        "backward: a vector",
        lambda: (x() * 2.0).backward(),
        ValueError,
        r"\(2, 3\) needs `grad`",
        lambda: (t() * 2.0).backward(),
    ),
    BadInput(
        "backward: no leaf",
        lambda: Tensor([1.0]).backward(),
        RuntimeError,
        "requires_grad=True",
        lambda: torch.ones(1).backward(),
    ),
    BadInput(
        "backward: gradient of another shape",
        lambda: (x() * 2.0).backward(np.ones(3)),
        ValueError,
        r"\(3,\), the tensor \(2, 3\)",
        lambda: (t() * 2.0).backward(torch.ones(3)),
    ),
    BadInput(
        "requires_grad: integers",
        lambda: Tensor([1], requires_grad=True),
        TypeError,
        "floating-point.*int64",
        lambda: torch.tensor([1], requires_grad=True),
    ),
    BadInput(
        "Tensor: text",
        lambda: Tensor(["a"]),
        TypeError,
        "real numbers",
        lambda: torch.tensor(["a"]),
    ),
    BadInput(
        "Tensor: ragged",
        lambda: Tensor([[1.0], [1.0, 2.0]]),
        ValueError,
        "inhomogeneous",
        lambda: torch.tensor([[1.0], [1.0, 2.0]]),
    ),
    BadInput(
        "as_tensor: None",
        lambda: as_tensor(None),
        TypeError,
        "real numbers",
        lambda: torch.as_tensor(None),
    ),
    BadInput(
        "item: several",
        lambda: x().item(),
        ValueError,
        r"shape \(2, 3\)",
        lambda: t().item(),
    ),
    BadInput(
        "bool: several",
        lambda: bool(x()),
        ValueError,
        r"shape \(2, 3\)",
        lambda: bool(t()),
    ),
    BadInput(
        "numpy: in the graph",
        lambda: x().numpy(),
        RuntimeError,
        "detach",
        lambda: t().numpy(),
    ),
    BadInput(
        "retain_grad: needs none",
        lambda: Tensor([1.0]).retain_grad(),
        RuntimeError,
        "retain_grad",
        lambda: torch.ones(1).retain_grad(),
    ),
]
