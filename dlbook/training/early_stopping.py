"""Stop when a value no longer gets better, and go back to the best weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from dlbook.nn import Module
from dlbook.training.history import History, goal

__all__ = ["EarlyStopping"]


class EarlyStopping:
    """Stop a run after `patience` epochs without a new best value.

    Parameters
    ----------
    patience : int, at least 1
        Epochs in a row that may pass without a new best value; the last of them stops
        the run.
    monitor : str
        The column of `History` to watch.
    mode : {"min", "max"}, optional
        Which values are better. By default "min" for names that end in "loss" and "max"
        for names that end in "accuracy".
    min_delta : float, at least 0
        A value has to be better than the best by more than this to count as new best.
        nan never does.
    restore_best : bool
        Whether the model ends with the weights of the best epoch, also when the run
        ends for another reason. The optimizer keeps its latest state.

    Attributes
    ----------
    best : float
        The best value so far; before the first epoch inf or -inf.
    best_epoch : int or None
        The epoch of the best value, counted from 1.
    stopped : bool
        Whether patience ran out.

    Raises
    ------
    TypeError
        If `patience` is no int.
    ValueError
        If `patience` or `min_delta` is too small, or the name in `monitor` does not say
        which mode is meant.

    References
    ----------
    Prechelt (1998), Early stopping: but when?, compares rules of this kind.
    """

    def __init__(
        self,
        patience: int,
        *,
        monitor: str = "validation loss",
        mode: str | None = None,
        min_delta: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        if isinstance(patience, bool) or not isinstance(patience, int):
            raise TypeError(f"patience must be an int, got {patience!r}")
        if patience < 1:
            raise ValueError(f"patience must be at least 1, got {patience}")
        if not 0 <= min_delta < math.inf:
            raise ValueError(f"min_delta must be at least 0, got {min_delta}")
        self.patience = patience
        self.monitor = monitor
        self.mode = goal(monitor, mode)
        self.min_delta = min_delta
        self.restore_best = restore_best
        self.reset()

    def reset(self) -> None:
        """Forget the last run; `fit` calls this before a new one."""
        self.best = math.inf if self.mode == "min" else -math.inf
        self.best_epoch: int | None = None
        self.stopped = False
        self._weights: dict[str, np.ndarray] | None = None

    def update(self, history: History, model: Module) -> bool:
        """Look at the epoch that has ended; return whether to stop.

        Parameters
        ----------
        history : History
            With the epoch that has ended.
        model : Module
            Its weights are copied if the value is a new best.

        Raises
        ------
        KeyError
            If the monitored value was not recorded.
        """
        value = history[self.monitor][-1]
        gain = self.best - value if self.mode == "min" else value - self.best
        if gain > self.min_delta:
            self.best, self.best_epoch = value, history.epochs
            if self.restore_best:
                self._weights = model.state_dict()
        self.stopped = history.epochs - (self.best_epoch or 0) >= self.patience
        return self.stopped

    def restore(self, model: Module) -> None:
        """Give the model the weights of the best epoch, if there is one."""
        if self._weights is not None:
            model.load_state_dict(self._weights)

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run has to know."""
        return {
            "monitor": self.monitor,
            "best": self.best,
            "best epoch": self.best_epoch,
            "stopped": self.stopped,
            "weights": self._weights,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over `state`, as from `state_dict`.

        Raises
        ------
        ValueError
            If it belongs to another monitored value.
        """
        if state["monitor"] != self.monitor:
            raise ValueError(
                f"the state watched {state['monitor']!r}, expected {self.monitor!r}"
            )
        self.best, self.best_epoch = state["best"], state["best epoch"]
        self.stopped, self._weights = state["stopped"], state["weights"]

    def __repr__(self) -> str:
        return (
            f"EarlyStopping(patience={self.patience}, monitor={self.monitor!r}, "
            f"mode={self.mode!r}, min_delta={self.min_delta}, "
            f"restore_best={self.restore_best})"
        )
