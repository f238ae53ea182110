"""PyTorch, where it is installed: found here, and imported only inside functions."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np


def import_torch(caller: str) -> ModuleType:
    """Return the module torch.

    Parameters
    ----------
    caller : str
        The function that needs it, for the message.

    Raises
    ------
    ModuleNotFoundError
        If PyTorch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise ModuleNotFoundError(
            f"{caller}() compares with PyTorch, which is not installed: "
            'pip install "dlbook[torch]"'
        ) from error
    return torch


def torch_is_installed() -> bool:
    """Return whether `import torch` works."""
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


def best_device() -> str:
    """Return "cuda" where torch sees an NVIDIA GPU, else "cpu"."""
    torch = import_torch("best_device")
    return "cuda" if torch.cuda.is_available() else "cpu"


def exact_float32(torch: ModuleType) -> None:
    """Make float32 products on a GPU use float32 throughout, not TF32 (10 bits)."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


def to_torch(array: np.ndarray, device: str, *, requires_grad: bool = False) -> Any:
    """Return a torch tensor that holds a copy of `array`."""
    torch = import_torch("to_torch")
    # torch refuses negative strides, so the copy is in C order
    copy = np.array(array, order="C", copy=True)
    return torch.from_numpy(copy).to(device).requires_grad_(requires_grad)


@dataclass(frozen=True)
class Skipped:
    """A comparison that could not be made here; displays as one sentence.

    Attributes
    ----------
    reason : str
        The sentence.
    ours : object or None
        What dlbook's side gave, where it ran alone.
    """

    reason: str = "PyTorch is not installed: comparison skipped."
    ours: Any = None

    def __repr__(self) -> str:
        return self.reason

    def _repr_markdown_(self) -> str:
        return f"*{self.reason}*"

    def figure(self) -> Skipped:
        """Return itself: there is nothing to draw."""
        return self
