"""What a training run records: one row an epoch, one loss a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Best", "History", "goal"]

LONGEST_TABLE = 12  # epochs shown whole; of more, the first and the last few


class Best(NamedTuple):
    """The best value of a column of `History`, and the epoch it was reached in."""

    value: float
    epoch: int


class History(Mapping[str, list[float]]):
    """The course of a training run; a mapping from names to one value per epoch.

    `fit` records "training loss", "learning rate" and, with validation data,
    "validation loss" and "validation <metric>". Epochs and steps count from 1, so the
    values of epoch e stand at ``history[name][e - 1]``.

    Attributes
    ----------
    step_losses : list of float
        The loss of every step, before the step: the mean over its examples.
    gradient_norms : list of float
        With ``clip_norm``, the length of the gradient at every step, before clipping.
    """

    def __init__(self) -> None:
        self._columns: dict[str, list[float]] = {}
        self.step_losses: list[float] = []
        self.gradient_norms: list[float] = []

    def __getitem__(self, name: str) -> list[float]:
        if name not in self._columns:
            raise KeyError(f"no {name!r} was recorded; recorded: {list(self._columns)}")
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        """Return the number of columns, as of every mapping; see `epochs`."""
        return len(self._columns)

    @property
    def epochs(self) -> int:
        """Number of finished epochs."""
        return len(next(iter(self._columns.values()), ()))

    @property
    def steps(self) -> int:
        """Number of finished steps."""
        return len(self.step_losses)

    def append(self, values: Mapping[str, float]) -> None:
        """Add one epoch.

        Parameters
        ----------
        values : mapping from str to float
            The same names at every epoch.

        Raises
        ------
        ValueError
            If the names differ from those of the epochs before.
        """
        if self._columns and set(values) != set(self._columns):
            raise ValueError(
                f"this epoch has {list(values)}, those before {list(self._columns)}"
            )
        for name, value in values.items():
            self._columns.setdefault(name, []).append(float(value))

    def best(self, name: str, mode: str | None = None) -> Best:
        """Return the best value of a column and its epoch; the first of equal ones.

        Parameters
        ----------
        name : str
            For example "validation accuracy".
        mode : {"min", "max"}, optional
            Which values are better. By default "min" for names that end in "loss" and
            "max" for names that end in "accuracy".

        Returns
        -------
        Best
            ``(value, epoch)``. nan is never the best.

        Raises
        ------
        KeyError
            If nothing was recorded under that name.
        ValueError
            If the name does not say which mode is meant, or all values are nan.
        """
        mode = goal(name, mode)
        values = np.array(self[name])
        if np.isnan(values).all():
            raise ValueError(f"every value of {name!r} is nan: none is the best")
        position = np.nanargmin(values) if mode == "min" else np.nanargmax(values)
        return Best(float(values[position]), int(position) + 1)

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of everything recorded, in Python lists and dicts."""
        return {
            "columns": {name: list(values) for name, values in self._columns.items()},
            "step losses": list(self.step_losses),
            "gradient norms": list(self.gradient_norms),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Replace everything recorded by `state`, as from `state_dict`."""
        columns = {name: list(values) for name, values in state["columns"].items()}
        self.step_losses = list(state["step losses"])
        self.gradient_norms = list(state["gradient norms"])
        self._columns = columns

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, History):
            return NotImplemented
        return self.state_dict() == other.state_dict()

    __hash__ = None  # type: ignore[assignment]  # it changes

    # --- as a table -----------------------------------------------------------------

    def _summary(self) -> str:
        summary = f"{_count(self.epochs, 'epoch')}, {_count(self.steps, 'step')}"
        rates = self._columns.get("learning rate", [])
        if rates and len(set(rates)) == 1:
            summary += f", learning rate {rates[0]:.4g}"
        return summary

    def _rows(self) -> list[list[str]]:
        """Return the header and the rows, as text."""
        shown = dict(self._columns)
        if len(set(shown.get("learning rate", []))) == 1:
            del shown["learning rate"]  # the summary has it
        few = range(1, self.epochs + 1)
        if self.epochs > LONGEST_TABLE:
            few = [*few[: LONGEST_TABLE // 2], None, *few[-LONGEST_TABLE // 2 + 1 :]]
        rows = [["epoch", *shown]]
        for epoch in few:
            if epoch is None:
                rows.append(["..."] * len(rows[0]))
            else:
                numbers = [f"{values[epoch - 1]:.4g}" for values in shown.values()]
                rows.append([str(epoch), *numbers])
        return rows

    def __repr__(self) -> str:
        lines = [f"History of {self._summary()}"]
        rows = self._rows() if self.epochs else []
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
            lines.append("  ".join(cells))
        return "\n".join(lines)

    def _repr_markdown_(self) -> str:
        lines = [f"History of {self._summary()}"]
        if self.epochs:
            header, *rows = self._rows()
            rule = ["---:"] * len(header)
            lines.append("")
            lines += [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]
        return "\n".join(lines)


def goal(name: str, mode: str | None) -> str:
    """Return whether small or large values of a column are better.

    Raises
    ------
    ValueError
        If `mode` is neither "min", "max" nor None, or is None and the name ends in
        neither "loss" nor "accuracy".
    """
    if mode is None and name.endswith("loss"):
        return "min"
    if mode is None and name.endswith("accuracy"):
        return "max"
    if mode not in ("min", "max"):
        raise ValueError(f'mode for {name!r} must be "min" or "max", got {mode!r}')
    return mode


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("s" if number != 1 else "")
