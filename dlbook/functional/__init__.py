"""Differentiable functions of tensors, named as in torch.nn.functional."""

from dlbook.functional.activations import (
    elu,
    gelu,
    leaky_relu,
    logsigmoid,
    relu,
    selu,
    sigmoid,
    silu,
    softplus,
    tanh,
)
from dlbook.functional.batch_norm import batch_norm
from dlbook.functional.binary_losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
)
from dlbook.functional.class_losses import cross_entropy, nll_loss
from dlbook.functional.distances import cosine_similarity, pairwise_distance
from dlbook.functional.divergences import kl_div
from dlbook.functional.dropout import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
)
from dlbook.functional.embedding import embedding
from dlbook.functional.group_norm import group_norm
from dlbook.functional.hard_activations import hardsigmoid, hardswish, hardtanh, relu6
from dlbook.functional.instance_norm import instance_norm
from dlbook.functional.layer_norm import layer_norm, rms_norm
from dlbook.functional.linear import linear
from dlbook.functional.margin_losses import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    soft_margin_loss,
    triplet_margin_loss,
)
from dlbook.functional.regression_losses import (
    gaussian_nll_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from dlbook.functional.softmax import log_softmax, softmax

__all__ = [
    "alpha_dropout",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elu",
    "embedding",
    "feature_alpha_dropout",
    "gaussian_nll_loss",
    "gelu",
    "group_norm",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "margin_ranking_loss",
    "mse_loss",
    "multi_margin_loss",
    "nll_loss",
    "pairwise_distance",
    "relu",
    "relu6",
    "rms_norm",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softplus",
    "tanh",
    "triplet_margin_loss",
]
