"""BadInput: one call that makes no sense, and what torch does with it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from dlbook.autograd import Tensor

X = np.arange(6.0).reshape(2, 3)


@dataclass(frozen=True)
class BadInput:
    """One call that must raise.

    Parameters
    ----------
    name : str
        What is wrong.
    ours : callable
        The call.
    error : type or tuple of types
    match : str
        Regular expression that the message must hold.
    theirs : callable or None
        Torch's call; None where torch has no counterpart.
    torch_is_silent : bool
        Whether torch answers, at most with a warning, instead of raising.
    """

    name: str
    ours: Callable[[], object]
    error: type[Exception] | tuple[type[Exception], ...]
    match: str
    theirs: Callable[[], object] | None = None
    torch_is_silent: bool = False

    def __str__(self) -> str:
        return self.name

    def check(self) -> None:
        """Fail unless our side raises what it should."""
        with pytest.raises(self.error, match=self.match):
            self.ours()

    def check_torch(self) -> None:
        """Fail unless torch does what this row says of it."""
        if self.theirs is None:
            return
        if self.torch_is_silent:
            self.theirs()
        else:
            with pytest.raises(Exception):  # noqa: B017, PT011  torch has many types
                self.theirs()


def x() -> Tensor:
    return Tensor(X, requires_grad=True)


def t() -> torch.Tensor:
    return torch.tensor(X, requires_grad=True)


def zeros(*shape: int) -> Tensor:
    return Tensor(np.zeros(shape))


def parameter() -> list[Tensor]:
    return [Tensor(np.ones(2), requires_grad=True)]
