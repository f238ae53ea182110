"""Sliders that call Python, where a kernel runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["live"]


def live(plot: Callable[..., Any], **options: Sequence[Any]) -> Any:
    """Call a plot function again whenever the reader moves a slider.

    On the static site, and wherever ipywidgets is not installed or ``DLBOOK_STATIC=1``
    is set, return the plot for the first value of each option instead.

    Parameters
    ----------
    plot : callable
        Takes one value of each option as a keyword, returns a figure.
    **options : sequence
        The values to choose from, at least one each.

    Returns
    -------
    The figure, or an ipywidgets box that shows it.

    Raises
    ------
    ValueError
        If an option has no values.
    """
    for name, values in options.items():
        if not len(values):
            raise ValueError(f"live: the option {name!r} has no values")
    first = {name: values[0] for name, values in options.items()}
    if os.environ.get("DLBOOK_STATIC") == "1":
        return plot(**first)
    try:
        import ipywidgets
    except ModuleNotFoundError:
        return plot(**first)
    from IPython.display import display

    sliders = {
        name: ipywidgets.SelectionSlider(
            options=list(values), description=name.replace("_", " ")
        )
        for name, values in options.items()
    }
    output = ipywidgets.interactive_output(
        lambda **chosen: display(plot(**chosen)), sliders
    )
    return ipywidgets.VBox([*sliders.values(), output])
