"""Hold dlbook against PyTorch: the same numbers, and how fast.

PyTorch is imported here and nowhere else in the package, inside functions: without it
a comparison says in one sentence that it was skipped.
"""

from dlbook.compare.case import Cost, OperationCase, Run, TrainingCase
from dlbook.compare.cases import all_cases, find_case
from dlbook.compare.comparison import TrainingParity, compare_case, compare_training
from dlbook.compare.difference import Difference, ParityError
from dlbook.compare.parity import Parity, compare_with_torch
from dlbook.compare.speed import SpeedTable, speed_table
from dlbook.compare.timing import Timing, time_both, time_call
from dlbook.compare.torch_side import Skipped
from dlbook.compare.weights import copy_weights

__all__ = [
    "Cost",
    "Difference",
    "OperationCase",
    "Parity",
    "ParityError",
    "Run",
    "Skipped",
    "SpeedTable",
    "Timing",
    "TrainingCase",
    "TrainingParity",
    "all_cases",
    "compare_case",
    "compare_training",
    "compare_with_torch",
    "copy_weights",
    "find_case",
    "speed_table",
    "time_both",
    "time_call",
]
