"""Layers: differentiable functions that own their parameters, named as in torch.nn."""

from dlbook.nn import init
from dlbook.nn.activations import (
    ELU,
    GELU,
    SELU,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from dlbook.nn.batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from dlbook.nn.binary_losses import BCELoss, BCEWithLogitsLoss
from dlbook.nn.class_losses import CrossEntropyLoss, NLLLoss
from dlbook.nn.containers import ModuleDict, ModuleList, Sequential
from dlbook.nn.distances import CosineSimilarity, PairwiseDistance
from dlbook.nn.divergences import KLDivLoss
from dlbook.nn.dropout import (
    AlphaDropout,
    Dropout,
    Dropout1d,
    Dropout2d,
    Dropout3d,
    FeatureAlphaDropout,
)
from dlbook.nn.embedding import Embedding
from dlbook.nn.flatten import Flatten, Unflatten
from dlbook.nn.group_norm import GroupNorm
from dlbook.nn.instance_norm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from dlbook.nn.layer_norm import LayerNorm, RMSNorm
from dlbook.nn.linear import Identity, Linear
from dlbook.nn.margin_losses import (
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    MultiMarginLoss,
    SoftMarginLoss,
    TripletMarginLoss,
)
from dlbook.nn.module import Buffer, Module, Parameter
from dlbook.nn.regression_losses import (
    GaussianNLLLoss,
    HuberLoss,
    L1Loss,
    MSELoss,
    SmoothL1Loss,
)

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "AlphaDropout",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Buffer",
    "CosineEmbeddingLoss",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "Embedding",
    "FeatureAlphaDropout",
    "Flatten",
    "GaussianNLLLoss",
    "GroupNorm",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "Identity",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "MarginRankingLoss",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiMarginLoss",
    "NLLLoss",
    "PairwiseDistance",
    "Parameter",
    "RMSNorm",
    "ReLU",
    "ReLU6",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "Softmax",
    "Softplus",
    "Tanh",
    "TripletMarginLoss",
    "Unflatten",
    "init",
]
