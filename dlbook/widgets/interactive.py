"""An interactive figure: a picture, controls, and a frame for each of their positions.

The page needs no kernel. Python computes every frame when the page is built; one
small script, `figure.js`, shows the frame of the current position. A browser test can
do the same from the outside: the JSON in ``script.dlbook-data`` holds

- ``controls``: for each slider, in order, its ``name`` and its ``labels``;
- ``bindings``: for each part and attribute that changes, the list of ``values`` and,
  for each frame, the number of its value in that list (``frames``);
- ``sentences``: likewise, the sentence below the picture.

The number of a frame counts like an odometer: the last slider runs fastest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import count, product
from typing import Any

from dlbook.widgets.scene import Scene, number

_numbers = count(1)


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
    """

    name: str
    values: Sequence[Any]
    labels: Sequence[str]
    start: int = 0
    steps: bool = False

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
        self.name, self.description = name, description
        self.scene, self.sliders = scene, tuple(sliders)
        self.frames = [frame(*v) for v in product(*(s.values for s in self.sliders))]
        self.number = next(_numbers)
        keys = list(self.frames[0].changes)
        unknown = {part for part, _ in keys} - set(scene.parts)
        if unknown:
            raise ValueError(f"{name}: the scene has no part {sorted(unknown)}")
        for at in self.frames:
            if list(at.changes) != keys:
                raise ValueError(f"{name}: frames change different parts")
            for (part, attribute), value in at.changes.items():
                if attribute == "shown" and len(value) != scene.parts.count(part):
                    raise ValueError(f"{name}: {part} needs one digit for each shape")

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

    def _repr_html_(self) -> str:
        root = f"dlbook-figure-{self.number}"
        controls = "".join(
            control(root, i, slider) for i, slider in enumerate(self.sliders)
        )
        data = json.dumps(self.data(), ensure_ascii=False, separators=(",", ":"))
        data = data.replace("<", "\\u003c")  # no end of the script element inside it
        script = files("dlbook.widgets").joinpath("figure.js").read_text("utf-8")
        return (
            f'<div class="dlbook-figure" id="{root}" data-name="{self.name}" '
            f'role="group" aria-label="Interactive figure {self.number}">'
            f"{self.scene.to_svg(self.description)}"
            f'<div class="dlbook-controls">{controls}</div>'
            f'<p class="dlbook-says" aria-live="polite">'
            f"{escape(self._start().sentence)}</p>"
            f'<script type="application/json" class="dlbook-data">{data}</script>'
            f"<script>{script}</script></div>"
        )

    def __repr__(self) -> str:
        names = ", ".join(slider.name for slider in self.sliders)
        return f"Interactive figure {self.name}: {names}. {self._start().sentence}"


def control(root: str, place: int, slider: Slider) -> str:
    """Return a slider with its label, its readout and, if wanted, its buttons."""
    at = f"{root}-{place}"
    text = slider.labels[slider.start]
    buttons = ""
    if slider.steps:
        buttons = "".join(
            f'<button type="button" data-control="{place}" data-action="{action}">'
            f"{word}</button>"
            for action, word in (("back", "Back"), ("next", "Next"), ("play", "Play"))
        )
        buttons = f'<span class="dlbook-buttons">{buttons}</span>'
    return (
        f'<div class="dlbook-control"><label for="{at}">{escape(slider.name)}</label> '
        f'<output for="{at}">{escape(text)}</output>'
        # JupyterLab leaves the arrow keys to an element with this attribute
        '<input type="range" data-lm-suppress-shortcuts="true" '
        f'id="{at}" min="0" max="{len(slider.values) - 1}" '
        f'step="1" value="{slider.start}" aria-valuetext="{escape(text)}">'
        f"{buttons}</div>"
    )


def indexed(values: list[str]) -> dict[str, list]:
    """Store each different value once, and for each frame its place in the list."""
    different = list(dict.fromkeys(values))
    place = {value: i for i, value in enumerate(different)}
    return {"values": different, "frames": [place[value] for value in values]}
