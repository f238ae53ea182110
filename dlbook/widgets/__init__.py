"""Figures that answer to the reader, on the static page and in a notebook."""

from dlbook.widgets.activation_explorer import activation_explorer
from dlbook.widgets.adaptive_steps import adaptive_steps
from dlbook.widgets.attention_weights import attention_weights
from dlbook.widgets.backward_stepper import backward_stepper
from dlbook.widgets.batch_norm_modes import batch_norm_modes
from dlbook.widgets.computed import ComputedFigure
from dlbook.widgets.convolution_arithmetic import convolution_arithmetic
from dlbook.widgets.digit_changes import digit_changes
from dlbook.widgets.dropout_masks import dropout_masks
from dlbook.widgets.gain_explorer import gain_explorer
from dlbook.widgets.gate_values import gate_values
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.kernel_explorer import kernel_explorer
from dlbook.widgets.lenet_maps import lenet_maps
from dlbook.widgets.live import live
from dlbook.widgets.loss_surfaces import loss_surfaces
from dlbook.widgets.lstm_step import lstm_step
from dlbook.widgets.network_stepper import network_stepper
from dlbook.widgets.neuron_explorer import neuron_explorer
from dlbook.widgets.optimizer_race import optimizer_race
from dlbook.widgets.penalty_geometry import penalty_geometry
from dlbook.widgets.perceptron_steps import perceptron_steps
from dlbook.widgets.pooling_shifts import pooling_shifts
from dlbook.widgets.position_explorer import position_explorer
from dlbook.widgets.pruning_slider import pruning_slider
from dlbook.widgets.quantization_grid import quantization_grid
from dlbook.widgets.rate_explorer import rate_explorer
from dlbook.widgets.receptive_field import receptive_field
from dlbook.widgets.recurrent_stepper import recurrent_stepper
from dlbook.widgets.roofline import roofline
from dlbook.widgets.scene import Axes, Scene
from dlbook.widgets.schedule_composer import schedule_composer
from dlbook.widgets.soft_targets import soft_targets
from dlbook.widgets.temperature import temperature
from dlbook.widgets.token_sampling import (
    SampledToken,
    sample_path,
    token_sampling,
)
from dlbook.widgets.width_explorer import width_explorer

__all__ = [
    "Axes",
    "ComputedFigure",
    "Frame",
    "InteractiveFigure",
    "SampledToken",
    "Scene",
    "Slider",
    "activation_explorer",
    "adaptive_steps",
    "attention_weights",
    "backward_stepper",
    "batch_norm_modes",
    "convolution_arithmetic",
    "digit_changes",
    "dropout_masks",
    "gain_explorer",
    "gate_values",
    "kernel_explorer",
    "lenet_maps",
    "live",
    "loss_surfaces",
    "lstm_step",
    "network_stepper",
    "neuron_explorer",
    "optimizer_race",
    "penalty_geometry",
    "perceptron_steps",
    "pooling_shifts",
    "position_explorer",
    "pruning_slider",
    "quantization_grid",
    "rate_explorer",
    "receptive_field",
    "recurrent_stepper",
    "roofline",
    "sample_path",
    "schedule_composer",
    "soft_targets",
    "temperature",
    "token_sampling",
    "width_explorer",
]
