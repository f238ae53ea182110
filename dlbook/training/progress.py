"""A bar that shows how far a run is."""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Iterable
from typing import Any

__all__ = ["ProgressBar"]


class ProgressBar:
    """A tqdm bar over all batches of a run, or nothing at all.

    Parameters
    ----------
    batches : iterable
        The batches of one epoch. Without a length, the bar counts and has no end.
    epochs : int
        Epochs in all.
    done : int
        Epochs that an earlier run has finished.
    show : bool, optional
        By default a bar is shown unless the environment variable ``DLBOOK_STATIC`` is
        set or tqdm is not installed.

    Raises
    ------
    ModuleNotFoundError
        If `show` is True and tqdm is not installed.
    """

    def __init__(
        self, batches: Iterable[Any], epochs: int, done: int, show: bool | None
    ) -> None:
        self._bar = None
        if show is None:
            static = os.environ.get("DLBOOK_STATIC", "") not in ("", "0")
            show = not static and importlib.util.find_spec("tqdm") is not None
        if show:
            length = len(batches) if hasattr(batches, "__len__") else None
            self._bar = _tqdm()(
                total=None if length is None else epochs * length,
                initial=0 if length is None else done * length,
                unit="batch",
            )

    def advance(self, epoch: int, batches: int, loss: float) -> None:
        """Show that some more batches of an epoch are done, and their loss."""
        if self._bar is not None:
            self._bar.set_description(f"epoch {epoch}", refresh=False)
            self._bar.set_postfix(loss=f"{loss:.4g}", refresh=False)
            self._bar.update(batches)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _tqdm() -> Any:
    try:
        with warnings.catch_warnings():  # without ipywidgets it falls back to text
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ImportError as error:
        raise ModuleNotFoundError(
            "progress=True draws the bar with tqdm, which is not installed: "
            'pip install "dlbook[notebook]"'
        ) from error
    return tqdm
