"""Hold dlbook against PyTorch: the same numbers, and how fast.

PyTorch is imported here and nowhere else in the package, inside functions: without it
a comparison says in one sentence that it was skipped.
"""

from dlbook.compare.book_speeds import BookSpeeds, book_speeds
from dlbook.compare.case import Cost, OperationCase, Run, TrainingCase
from dlbook.compare.cases import all_cases, find_case
from dlbook.compare.comparison import TrainingParity, compare_case, compare_training
from dlbook.compare.crossing import crossings
from dlbook.compare.difference import Difference, ParityError
from dlbook.compare.parity import Parity, compare_with_torch
from dlbook.compare.roof import Roof, measure_roof
from dlbook.compare.roofline import Roofline, measure_roofline, recorded_roofline
from dlbook.compare.speed import SpeedTable, speed_table
from dlbook.compare.sweep import Sweep, sweep
from dlbook.compare.sweep_case import SweepCase
from dlbook.compare.timing import Timing, time_both, time_call
from dlbook.compare.torch_side import Skipped
from dlbook.compare.ways_table import WaysTable, gpu_ways
from dlbook.compare.weights import copy_weights
from dlbook.compare.work import Work

__all__ = [
    "BookSpeeds",
    "Cost",
    "Difference",
    "OperationCase",
    "Parity",
    "ParityError",
    "Roof",
    "Roofline",
    "Run",
    "Skipped",
    "SpeedTable",
    "Sweep",
    "SweepCase",
    "Timing",
    "TrainingCase",
    "TrainingParity",
    "WaysTable",
    "Work",
    "all_cases",
    "book_speeds",
    "compare_case",
    "compare_training",
    "compare_with_torch",
    "copy_weights",
    "crossings",
    "find_case",
    "gpu_ways",
    "measure_roof",
    "measure_roofline",
    "recorded_roofline",
    "speed_table",
    "sweep",
    "time_both",
    "time_call",
]
