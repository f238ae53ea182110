"""Reverse-mode automatic differentiation on NumPy arrays."""

from dlbook.autograd.grad_mode import is_grad_enabled, no_grad
from dlbook.autograd.gradcheck import GradientError, check_gradients
from dlbook.autograd.joining import concatenate, split, stack, where
from dlbook.autograd.scalar import Value
from dlbook.autograd.tensor import Tensor, as_tensor

__all__ = [
    "GradientError",
    "Tensor",
    "Value",
    "as_tensor",
    "check_gradients",
    "concatenate",
    "is_grad_enabled",
    "no_grad",
    "split",
    "stack",
    "where",
]
