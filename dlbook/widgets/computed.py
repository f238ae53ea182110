"""An interactive figure with more positions than can be stored.

A script of its own computes the frame in the reader's browser; Python computes the same
frame for the start, and for the tests, which hold the two against each other. The JSON
in ``script.dlbook-data`` has ``controls`` as in every figure, and ``given``: what the
script starts from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Scene


class ComputedFigure(InteractiveFigure):
    """A picture whose frames the browser computes.

    Parameters
    ----------
    name : str
        In lower case with hyphens. The script is ``NAME.js`` in this package, with
        underscores for hyphens.
    description : str
        Text alternative of the picture: what it is, at any position.
    scene : Scene
    sliders : sequence of Slider
    frame : callable
        Takes one value of each slider, returns a `Frame`: what the script computes.
    given : dict
        What the script starts from, as JSON can hold it.
    presets : dict of str to sequence of (int or None), optional
        Name of a button, and the position of each slider after it is pressed; None
        leaves a slider where it is.

    Raises
    ------
    ValueError
        If the frame at the start names a part that the scene has not, or a preset names
        a position that a slider has not.
    """

    def __init__(
        self,
        name: str,
        description: str,
        scene: Scene,
        sliders: Sequence[Slider],
        frame: Callable[..., Frame],
        given: dict[str, Any],
        presets: dict[str, Sequence[int | None]] | None = None,
    ) -> None:
        self._describe(name, description, scene, sliders)
        self.frame, self.given, self.presets = frame, given, presets or {}
        self._check(self._start())
        for label, places in self.presets.items():
            fits = len(places) == len(self.sliders) and all(
                place is None or 0 <= place < len(slider.values)
                for place, slider in zip(places, self.sliders, strict=True)
            )
            if not fits:
                raise ValueError(
                    f"{name}: preset {label!r} needs one position for each slider, "
                    f"got {list(places)}"
                )

    def data(self) -> dict[str, Any]:
        """Return what the scripts read, as plain lists and dictionaries."""
        return {
            "controls": [
                {"name": s.name, "labels": list(s.labels)} for s in self.sliders
            ],
            "given": self.given,
        }

    def _start(self) -> Frame:
        return self.frame(*(s.values[s.start] for s in self.sliders))

    def _scripts(self) -> tuple[str, ...]:
        return (f"{self.name.replace('-', '_')}.js", "figure.js")

    def _marks(self) -> str:
        return " data-computed"

    def _controls(self, root: str) -> str:
        start = [slider.start for slider in self.sliders]
        buttons = "".join(
            f'<button type="button" data-places="{json.dumps(list(places))}" '
            f'aria-pressed="{json.dumps(_at(places, start))}">{escape(name)}</button>'
            for name, places in self.presets.items()
        )
        if buttons:
            buttons = (
                '<div class="dlbook-buttons" role="group" aria-label="presets" '
                f'style="display:flex;flex-wrap:wrap;gap:0.5rem">{buttons}</div>'
            )
        return buttons + super()._controls(root)


def _at(places: Sequence[int | None], now: Sequence[int]) -> bool:
    return all(a is None or a == b for a, b in zip(places, now, strict=True))
