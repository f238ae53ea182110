"""Loss layers: each option once, and every reduction."""

import numpy as np
import torch

from tests.contracts.functional.divergences import torch_kl_div
from tests.contracts.functional.margin_losses import signs
from tests.contracts.inputs import exactly, labels, positive, probabilities
from tests.contracts.layers import LayerRow

CLASSES = np.array([0.5, 2.0, 1.5])
REDUCTIONS = ({"reduction": "sum"}, {"reduction": "none"})
CHANCES = exactly([[0.2, 0.7, 0.4], [0.9, 0.1, 0.5]])
ANSWERS = exactly([[0.0, 1.0, 0.3], [1.0, 0.0, 1.0]])
PAIRS = ((5, 3), (5, 3))
# name: inputs, then options other than the default
LAYERS = {
    "CrossEntropyLoss": (
        ((5, 3), labels(3, 5)),
        {"weight": CLASSES},
        {"ignore_index": 1},
        {"label_smoothing": 0.1, "weight": CLASSES},
        *REDUCTIONS,
    ),
    "NLLLoss": (
        ((5, 3), labels(3, 5)),
        {"weight": CLASSES},
        {"ignore_index": 1},
        *REDUCTIONS,
    ),
    "MSELoss": (PAIRS, *REDUCTIONS),
    "L1Loss": (PAIRS, *REDUCTIONS),
    "HuberLoss": (PAIRS, {"delta": 0.3}, *REDUCTIONS),
    "SmoothL1Loss": (PAIRS, {"beta": 0.3}, *REDUCTIONS),
    "GaussianNLLLoss": (
        (*PAIRS, positive(5, 1)),
        {"full": True},
        {"eps": 1.1},
        *REDUCTIONS,
    ),
    "BCELoss": ((CHANCES, ANSWERS), {"weight": CLASSES}, *REDUCTIONS),
    "BCEWithLogitsLoss": (
        ((2, 3), ANSWERS),
        {"weight": CLASSES},
        {"pos_weight": CLASSES},
        {"weight": CLASSES[::-1].copy(), "pos_weight": CLASSES},
        *REDUCTIONS,
    ),
    "KLDivLoss": (
        ((5, 3), probabilities(5, 3)),
        {"log_target": True},
        {"reduction": "batchmean"},
        *REDUCTIONS,
    ),
    "MultiMarginLoss": (
        ((5, 3), labels(3, 5)),
        {"p": 2},
        {"margin": 0.3},
        {"weight": CLASSES},
        *REDUCTIONS,
    ),
    "SoftMarginLoss": (((5, 3), signs(5, 3)), *REDUCTIONS),
    "HingeEmbeddingLoss": (((5, 3), signs(5, 3)), {"margin": 0.3}, *REDUCTIONS),
    "MarginRankingLoss": ((*PAIRS, signs(5, 3)), {"margin": 0.3}, *REDUCTIONS),
    "CosineEmbeddingLoss": ((*PAIRS, signs(5)), {"margin": 0.3}, *REDUCTIONS),
    "TripletMarginLoss": (
        (*PAIRS, (5, 3)),
        {"margin": 0.3},
        {"p": 1.5},
        {"eps": 0.1},
        {"swap": True},
        *REDUCTIONS,
    ),
    "CosineSimilarity": (PAIRS, {"axis": 0}, {"eps": 1.5}),
    "PairwiseDistance": (PAIRS, {"p": 3.0}, {"eps": 0.1}, {"keepdims": True}),
}


class QuietKLDivLoss(torch.nn.KLDivLoss):
    """Torch's layer without the warning of its default."""

    def forward(self, inputs, targets):
        return torch_kl_div(
            inputs, targets, reduction=self.reduction, log_target=self.log_target
        )


def rows():
    for name, (inputs, *several) in LAYERS.items():
        for options in ({}, *several):
            theirs = None
            if name == "KLDivLoss":

                def theirs(options=options):
                    return QuietKLDivLoss(**options)

            case = ", ".join(f"{key} {value}" for key, value in options.items())
            yield LayerRow(
                f"nn.{name}",
                case or "default options",
                inputs,
                options=options,
                theirs=theirs,
                rtol32=1e-4,
            )
    yield LayerRow(
        "nn.CrossEntropyLoss", "class probabilities", ((5, 3), probabilities(5, 3))
    )


ROWS = list(rows())
