"""Switch the recording of operations off, for evaluation and for weight updates."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token
from functools import wraps
from typing import Any

__all__ = ["is_grad_enabled", "no_grad"]

_enabled: ContextVar[bool] = ContextVar("dlbook_grad_enabled", default=True)
is_grad_enabled = _enabled.get


class no_grad:
    """Record no operation inside the ``with`` block or the decorated function.

    Results computed inside need no gradient and keep no graph alive. Blocks nest, and
    the state before the block comes back after it, also after an error. Each thread
    and each asynchronous task has its own state.
    """

    def __init__(self) -> None:
        self._tokens: list[Token[bool]] = []

    def __enter__(self) -> no_grad:
        self._tokens.append(_enabled.set(False))
        return self

    def __exit__(self, *error: object) -> None:
        _enabled.reset(self._tokens.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `function` with recording off in each call, whatever its thread."""

        @wraps(function)
        def without_recording(*args: Any, **kwargs: Any) -> Any:
            with no_grad():
                return function(*args, **kwargs)

        return without_recording
