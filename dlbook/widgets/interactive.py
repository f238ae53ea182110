"""An interactive figure: a picture, controls, and a frame for each of their positions.

The page needs no kernel. Python computes every frame when the page is built; one
small script, `figure.js`, shows the frame of the current position. A browser test can
do the same from the outside: the JSON in ``script.dlbook-data`` holds

- ``controls``: for each slider, in order, its ``name`` and its ``labels``;
- ``bindings``: for each part and attribute that changes, the list of ``values`` and,
  for each frame, the number of its value in that list (``frames``);
- ``sentences``: likewise, the sentence below the picture.

The number of a frame counts like an odometer: the last slider runs fastest.

A figure with too many positions for that is a `ComputedFigure`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import count, groupby, product
from typing import Any

from dlbook.widgets.scene import Scene, number

_numbers = count(1)
_HEARD = (  # read out, and not seen
    "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
)


@dataclass(frozen=True)
class Slider:
    """A control with a few positions.

    Parameters
    ----------
    name : str
        What it sets, with its unit.
    values : sequence
        What `frame` receives at each position; at least two.
    labels : sequence of str
        What the reader sees at each position.
    start : int
        The position at the beginning.
    steps : bool
        Add buttons that go back, go on, and play.
    group : str
        Neighbors of one group stand in a grid of three columns under this heading;
        their own names are heard and not seen. "": alone in its row.
    """

    name: str
    values: Sequence[Any]
    labels: Sequence[str]
    start: int = 0
    steps: bool = False
    group: str = ""

    def __post_init__(self) -> None:
        """Refuse a slider that could not be moved or read."""
        if len(self.values) < 2 or len(self.values) != len(self.labels):
            raise ValueError(
                f"slider {self.name!r} needs two or more values and as many labels, "
                f"got {len(self.values)} and {len(self.labels)}"
            )
        if not 0 <= self.start < len(self.values):
            raise ValueError(f"slider {self.name!r}: no position {self.start}")


@dataclass(frozen=True)
class Frame:
    """What the picture shows at one position of the controls.

    Attributes
    ----------
    changes : dict of (part, attribute) to str or float
        Attributes of parts of the scene. The attribute "text" is what a text says;
        "shown" takes a string of 0 and 1, one for each shape of that name.
    sentence : str
        What there is to be seen, in words.
    """

    changes: dict[tuple[str, str], Any]
    sentence: str


class InteractiveFigure:
    """A picture that answers to sliders, on a static page and in a notebook.

    Parameters
    ----------
    name : str
        In lower case with hyphens; tests find the figure by it.
    description : str
        Text alternative of the picture: what it is, at any position.
    scene : Scene
    sliders : sequence of Slider
    frame : callable
        Takes one value of each slider, returns a `Frame`. Every frame changes the same
        parts.

    Raises
    ------
    ValueError
        If a frame names a part that the scene has not, or frames differ in what they
        change.
    """

    def __init__(
        self,
        name: str,
        description: str,
        scene: Scene,
        sliders: Sequence[Slider],
        frame: Callable[..., Frame],
    ) -> None:
        self._describe(name, description, scene, sliders)
        self.frames = [frame(*v) for v in product(*(s.values for s in self.sliders))]
        keys = list(self.frames[0].changes)
        for at in self.frames:
            if list(at.changes) != keys:
                raise ValueError(f"{name}: frames change different parts")
            self._check(at)

    def _describe(
        self, name: str, description: str, scene: Scene, sliders: Sequence[Slider]
    ) -> None:
        self.name, self.description = name, description
        self.scene, self.sliders = scene, tuple(sliders)
        self.number = next(_numbers)

    def _check(self, frame: Frame) -> None:
        """Refuse a frame that does not fit the scene."""
        unknown = {part for part, _ in frame.changes} - set(self.scene.parts)
        if unknown:
            raise ValueError(f"{self.name}: the scene has no part {sorted(unknown)}")
        for (part, attribute), value in frame.changes.items():
            if attribute == "shown" and len(value) != self.scene.parts.count(part):
                raise ValueError(f"{self.name}: {part} needs one digit for each shape")

    def data(self) -> dict[str, Any]:
        """Return what the script reads, as plain lists and dictionaries."""
        bindings = [
            {
                "part": part,
                "attribute": attribute,
                **indexed([number(f.changes[part, attribute]) for f in self.frames]),
            }
            for part, attribute in self.frames[0].changes
        ]
        return {
            "controls": [
                {"name": s.name, "labels": list(s.labels)} for s in self.sliders
            ],
            "bindings": bindings,
            "sentences": indexed([frame.sentence for frame in self.frames]),
        }

    def _start(self) -> Frame:
        place = 0
        for slider in self.sliders:
            place = place * len(slider.values) + slider.start
        return self.frames[place]

    def _scripts(self) -> tuple[str, ...]:
        """Return the files of the scripts, in the order in which they must run."""
        return ("figure.js",)

    def _repr_html_(self) -> str:
        root, start = f"dlbook-figure-{self.number}", self._start()
        data = json.dumps(self.data(), ensure_ascii=False, separators=(",", ":"))
        data = data.replace("<", "\\u003c")  # no end of the script element inside it
        scripts = "".join(
            f"<script>{files('dlbook.widgets').joinpath(name).read_text('utf-8')}"
            "</script>"
            for name in self._scripts()
        )
        return (
            f'<div class="dlbook-figure" id="{root}" data-name="{self.name}"'
            f'{self._marks()} role="group" '
            f'aria-label="Interactive figure {self.number}">'
            f"{self.scene.to_svg(self.description, start.changes)}"
            f'<div class="dlbook-controls">{self._controls(root)}</div>'
            f'<p class="dlbook-says" aria-live="polite">{escape(start.sentence)}</p>'
            f'<script type="application/json" class="dlbook-data">{data}</script>'
            f"{scripts}</div>"
        )

    def _marks(self) -> str:
        """Return further attributes of the figure's element, for the script."""
        return ""

    def _controls(self, root: str) -> str:
        """Return all sliders, neighbors of one group in a grid."""
        rows = []
        numbered = enumerate(self.sliders)
        for name, group in groupby(numbered, key=lambda item: item[1].group):
            row = "".join(control(root, i, slider) for i, slider in group)
            rows.append(grid(name, row) if name else row)
        return "".join(rows)

    def __repr__(self) -> str:
        names = ", ".join(slider.name for slider in self.sliders)
        return f"Interactive figure {self.name}: {names}. {self._start().sentence}"


def control(root: str, place: int, slider: Slider) -> str:
    """Return a slider with its label, its readout and, if wanted, its buttons."""
    at = f"{root}-{place}"
    text = slider.labels[slider.start]
    hidden = f' style="{_HEARD}"' if slider.group else ""
    buttons = ""
    if slider.steps:
        buttons = "".join(
            f'<button type="button" data-control="{place}" data-action="{action}">'
            f"{word}</button>"
            for action, word in (("back", "Back"), ("next", "Next"), ("play", "Play"))
        )
        buttons = f'<span class="dlbook-buttons">{buttons}</span>'
    return (
        f'<div class="dlbook-control">'
        f'<label for="{at}"{hidden}>{escape(slider.name)}</label> '
        f'<output for="{at}">{escape(text)}</output>'
        # JupyterLab leaves the arrow keys to an element with this attribute
        '<input type="range" data-lm-suppress-shortcuts="true" '
        f'id="{at}" min="0" max="{len(slider.values) - 1}" '
        f'step="1" value="{slider.start}" aria-valuetext="{escape(text)}">'
        f"{buttons}</div>"
    )


def grid(heading: str, controls: str) -> str:
    """Return controls in three columns; the style holds without a style sheet too."""
    return (
        '<fieldset class="dlbook-grid" style="border:0;margin:0;padding:0;min-width:0">'
        f"<legend>{escape(heading)}</legend>"
        '<div style="display:grid;gap:0.4rem 1rem;text-align:center;'
        f'grid-template-columns:repeat(3,minmax(0,1fr))">{controls}</div></fieldset>'
    )


def indexed(values: list[str]) -> dict[str, list]:
    """Store each different value once, and for each frame its place in the list."""
    different = list(dict.fromkeys(values))
    place = {value: i for i, value in enumerate(different)}
    return {"values": different, "frames": [place[value] for value in values]}
