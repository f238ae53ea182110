"""The training loop, what it records, and how a run is saved and resumed."""

from dlbook.training.checkpoint import (
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from dlbook.training.early_stopping import EarlyStopping
from dlbook.training.evaluation import evaluate, predict
from dlbook.training.fit import fit
from dlbook.training.history import Best, History
from dlbook.training.non_finite import NonFiniteLossError

__all__ = [
    "Best",
    "CheckpointError",
    "EarlyStopping",
    "History",
    "NonFiniteLossError",
    "evaluate",
    "fit",
    "load_checkpoint",
    "predict",
    "save_checkpoint",
]
