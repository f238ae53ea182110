"""Figures that answer to the reader, on the static page and in a notebook."""

from dlbook.widgets.activation_explorer import activation_explorer
from dlbook.widgets.backward_stepper import backward_stepper
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.live import live
from dlbook.widgets.loss_surfaces import loss_surfaces
from dlbook.widgets.network_stepper import network_stepper
from dlbook.widgets.neuron_explorer import neuron_explorer
from dlbook.widgets.perceptron_steps import perceptron_steps
from dlbook.widgets.rate_explorer import rate_explorer
from dlbook.widgets.scene import Axes, Scene
from dlbook.widgets.width_explorer import width_explorer

__all__ = [
    "Axes",
    "Frame",
    "InteractiveFigure",
    "Scene",
    "Slider",
    "activation_explorer",
    "backward_stepper",
    "live",
    "loss_surfaces",
    "network_stepper",
    "neuron_explorer",
    "perceptron_steps",
    "rate_explorer",
    "width_explorer",
]
