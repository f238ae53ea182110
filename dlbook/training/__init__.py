"""The training loop, what it records, and how a run is saved and resumed."""

from dlbook.training.checkpoint import (
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from dlbook.training.early_stopping import EarlyStopping
from dlbook.training.ensemble import Ensemble, predict_many
from dlbook.training.evaluation import evaluate, predict
from dlbook.training.fit import fit
from dlbook.training.history import Best, History
from dlbook.training.non_finite import NonFiniteLossError
from dlbook.training.range_test import RangeTest, learning_rate_range_test
from dlbook.training.temperature import fit_temperature

__all__ = [
    "Best",
    "CheckpointError",
    "EarlyStopping",
    "Ensemble",
    "History",
    "NonFiniteLossError",
    "RangeTest",
    "evaluate",
    "fit",
    "fit_temperature",
    "learning_rate_range_test",
    "load_checkpoint",
    "predict",
    "predict_many",
    "save_checkpoint",
]
