"""Figures in the house style.

Every function takes arrays and returns a `Figure` that displays itself as SVG, once,
when it is the last expression of a cell. Nothing is hidden in a global state:
pyplot is not used, and a reader's own settings of matplotlib stay as they are.
"""

from dlbook.plots.attention import attention_map
from dlbook.plots.bars import bars, confusion
from dlbook.plots.blocks import sheets
from dlbook.plots.cells import cell_diagram
from dlbook.plots.classes import decision_regions, scatter_classes
from dlbook.plots.curves import curves, two_curves
from dlbook.plots.feature_maps import feature_maps, kernels
from dlbook.plots.graph import computation_graph, trace
from dlbook.plots.images import image_grid
from dlbook.plots.learning import learning_curves
from dlbook.plots.network import network_diagram
from dlbook.plots.network_blocks import network_blocks
from dlbook.plots.neuron import neuron_diagram
from dlbook.plots.number_grids import number_grids
from dlbook.plots.positions import position_waves
from dlbook.plots.ranking import roc
from dlbook.plots.roofline import roofline
from dlbook.plots.segmentation import segmentation
from dlbook.plots.sequence_shapes import sequence_shapes
from dlbook.plots.sequences import forecast, token_values
from dlbook.plots.signals import signal_grid
from dlbook.plots.style import Figure, style, subplots
from dlbook.plots.transformer_blocks import transformer_block
from dlbook.plots.unrolled import unrolled
from dlbook.plots.walks import walks

__all__ = [
    "Figure",
    "attention_map",
    "bars",
    "cell_diagram",
    "computation_graph",
    "confusion",
    "curves",
    "decision_regions",
    "feature_maps",
    "forecast",
    "image_grid",
    "kernels",
    "learning_curves",
    "network_blocks",
    "network_diagram",
    "neuron_diagram",
    "number_grids",
    "position_waves",
    "roc",
    "roofline",
    "scatter_classes",
    "segmentation",
    "sequence_shapes",
    "sheets",
    "signal_grid",
    "style",
    "subplots",
    "token_values",
    "trace",
    "transformer_block",
    "two_curves",
    "unrolled",
    "walks",
]
