"""Figures in the house style.

Every function takes arrays and returns a `Figure` that displays itself as SVG, once,
when it is the last expression of a cell. Nothing is hidden in a global state:
pyplot is not used, and a reader's own settings of matplotlib stay as they are.
"""

from dlbook.plots.bars import bars, confusion
from dlbook.plots.blocks import sheets
from dlbook.plots.classes import decision_regions, scatter_classes
from dlbook.plots.curves import curves, two_curves
from dlbook.plots.graph import computation_graph, trace
from dlbook.plots.images import image_grid
from dlbook.plots.learning import learning_curves
from dlbook.plots.network import network_diagram
from dlbook.plots.neuron import neuron_diagram
from dlbook.plots.ranking import roc
from dlbook.plots.style import Figure, style, subplots
from dlbook.plots.walks import walks

__all__ = [
    "Figure",
    "bars",
    "computation_graph",
    "confusion",
    "curves",
    "decision_regions",
    "image_grid",
    "learning_curves",
    "network_diagram",
    "neuron_diagram",
    "roc",
    "scatter_classes",
    "sheets",
    "style",
    "subplots",
    "trace",
    "two_curves",
    "walks",
]
