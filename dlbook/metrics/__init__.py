"""How good predictions are: numbers for people, without gradients.

Every function takes the predictions first and the targets second, as NumPy arrays,
lists or Tensors, and returns Python floats and NumPy arrays, in float64. A loss in
`dlbook.functional` is what training makes small; a metric is what a report states.

What cannot be measured is an error and never a number: no samples, lengths that differ,
NaN, a label outside the classes, a ROC curve of one class alone.
"""

from dlbook.metrics.calibration import (
    calibration_curve,
    expected_calibration_error,
)
from dlbook.metrics.classification import (
    accuracy,
    confusion_matrix,
    f1_score,
    precision,
    recall,
    top_k_accuracy,
)
from dlbook.metrics.language import bits_per_character, perplexity
from dlbook.metrics.ranking import roc_auc, roc_curve
from dlbook.metrics.regression import (
    mean_absolute_error,
    mean_squared_error,
    r2_score,
)
from dlbook.metrics.segmentation import (
    dice_score,
    intersection_over_union,
    mean_intersection_over_union,
    pixel_accuracy,
)

__all__ = [
    "accuracy",
    "bits_per_character",
    "calibration_curve",
    "confusion_matrix",
    "dice_score",
    "expected_calibration_error",
    "f1_score",
    "intersection_over_union",
    "mean_absolute_error",
    "mean_intersection_over_union",
    "mean_squared_error",
    "perplexity",
    "pixel_accuracy",
    "precision",
    "r2_score",
    "recall",
    "roc_auc",
    "roc_curve",
    "top_k_accuracy",
]
