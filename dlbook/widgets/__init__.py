"""Figures that answer to the reader, on the static page and in a notebook."""

from dlbook.widgets.backward_stepper import backward_stepper
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.live import live
from dlbook.widgets.neuron_explorer import neuron_explorer
from dlbook.widgets.perceptron_steps import perceptron_steps
from dlbook.widgets.scene import Axes, Scene

__all__ = [
    "Axes",
    "Frame",
    "InteractiveFigure",
    "Scene",
    "Slider",
    "backward_stepper",
    "live",
    "neuron_explorer",
    "perceptron_steps",
]
