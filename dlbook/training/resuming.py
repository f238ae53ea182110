"""Everything a run needs to go on exactly where it was."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dlbook.nn import Module
from dlbook.optim import Optimizer
from dlbook.optim.lr_scheduler import LRScheduler
from dlbook.training.checkpoint import (
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from dlbook.training.early_stopping import EarlyStopping
from dlbook.training.forward_state import random_generators
from dlbook.training.history import History

__all__ = ["RunState"]


class RunState:
    """The parts of a run, which are saved after every epoch and resumed together.

    Parameters
    ----------
    path : path-like, optional
        Without one, nothing is saved and nothing resumed.
    model : Module
    optimizer : Optimizer
    history : History
    columns : sequence of str
        The names under which the run records a value every epoch.
    early_stopping : EarlyStopping, optional
    scheduler : LRScheduler, optional
    **loaders : iterable of batches, or None
        If it has an attribute ``rng``, a Generator, that is a part of the run.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None,
        *,
        model: Module,
        optimizer: Optimizer,
        history: History,
        columns: Sequence[str],
        early_stopping: EarlyStopping | None,
        scheduler: LRScheduler | None = None,
        **loaders: Iterable[Any] | None,
    ) -> None:
        self.path = None if path is None else Path(path)
        self.model = model
        self.columns = columns
        self.early_stopping = early_stopping
        self.parts: dict[str, Any] = {
            "model": model,
            "optimizer": optimizer,
            "history": history,
        }
        if early_stopping is not None:
            self.parts["early stopping"] = early_stopping
        if scheduler is not None:
            self.parts["scheduler"] = scheduler
        self.generators = {
            f"model.{name}": rng for name, rng in random_generators(model).items()
        }
        for name, loader in loaders.items():
            if getattr(loader, "rng", None) is not None:
                self.generators[f"{name}.rng"] = loader.rng

    def save(self) -> None:
        """Write all parts to the checkpoint.

        Raises
        ------
        CheckpointError
            As `save_checkpoint` does.
        """
        if self.path is not None:
            save_checkpoint(self.path, self.gather())

    @property
    def stopped(self) -> bool:
        """Whether early stopping has ended the run."""
        return self.early_stopping is not None and self.early_stopping.stopped

    def begin(self) -> None:
        """Start afresh, or take all parts from the checkpoint if the file is there.

        Raises
        ------
        CheckpointError
            If the file is damaged, or belongs to another run: a part of it is missing
            or has other names or shapes. Nothing is changed then. Also if there is no
            folder to write the file to, which an hour of training should not find out.
        """
        if self.early_stopping is not None:
            self.early_stopping.reset()
        if self.path is None:
            return
        if not self.path.resolve().parent.is_dir():
            raise CheckpointError(f"{self.path}: there is no folder of that name")
        if not self.path.exists():
            return
        saved, before = load_checkpoint(self.path), self.gather()
        try:
            self.spread(saved)
        except (ValueError, TypeError, LookupError) as error:
            self.spread(before)
            raise CheckpointError(
                f"{self.path}: saved by another run than this one: {error}\n"
                "To begin anew, give another name or remove the file."
            ) from error

    def gather(self) -> dict[str, Any]:
        """Return the state of all parts."""
        state = {name: part.state_dict() for name, part in self.parts.items()}
        state["generators"] = {
            name: rng.bit_generator.state for name, rng in self.generators.items()
        }
        return state

    def spread(self, state: Mapping[str, Any]) -> None:
        """Give all parts their state.

        Raises
        ------
        ValueError, TypeError, LookupError
            If a part does not fit.
        """
        _require_same_names("parts", state, {*self.parts, "generators"})
        _require_same_names("generators", state["generators"], self.generators)
        if state["history"]["columns"]:  # at least one epoch
            _require_same_names("columns", state["history"]["columns"], self.columns)
        _require_same_dtypes(state["model"], self.model)
        for name, part in self.parts.items():
            part.load_state_dict(state[name])
        for name, rng in self.generators.items():
            rng.bit_generator.state = state["generators"][name]


def _require_same_names(
    what: str, saved: Iterable[str], expected: Iterable[str]
) -> None:
    missing, extra = set(expected) - set(saved), set(saved) - set(expected)
    if missing or extra:
        lists = {"missing": missing, "unexpected": extra}
        listed = "; ".join(
            f"{k}: {', '.join(sorted(v))}" for k, v in lists.items() if v
        )
        raise ValueError(f"other {what} ({listed})")


def _require_same_dtypes(saved: Mapping[str, Any], model: Module) -> None:
    """Refuse float64 weights for a float32 model, which would not go on exactly."""
    for name, array in model.state_dict().items():
        if name in saved and saved[name].dtype != array.dtype:
            raise ValueError(
                f"wrong dtype: {name} is {saved[name].dtype}, expected {array.dtype}"
            )
