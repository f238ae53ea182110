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
from dlbook.functional.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
)
from dlbook.functional.attention import scaled_dot_product_attention
from dlbook.functional.average_pooling import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
)
from dlbook.functional.batch_norm import batch_norm
from dlbook.functional.binary_losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
)
from dlbook.functional.class_losses import cross_entropy, nll_loss
from dlbook.functional.conv_transpose import (
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from dlbook.functional.convolution import conv1d, conv2d, conv3d
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
from dlbook.functional.gru import gru, gru_cell
from dlbook.functional.hard_activations import hardsigmoid, hardswish, hardtanh, relu6
from dlbook.functional.instance_norm import instance_norm
from dlbook.functional.interpolation import interpolate
from dlbook.functional.layer_norm import layer_norm, rms_norm
from dlbook.functional.linear import linear
from dlbook.functional.local_response_norm import local_response_norm
from dlbook.functional.lp_pooling import (
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
)
from dlbook.functional.lstm import lstm, lstm_cell
from dlbook.functional.margin_losses import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    soft_margin_loss,
    triplet_margin_loss,
)
from dlbook.functional.max_pooling import (
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from dlbook.functional.max_unpooling import (
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
from dlbook.functional.padding import pad
from dlbook.functional.pixel_shuffle import (
    channel_shuffle,
    pixel_shuffle,
    pixel_unshuffle,
)
from dlbook.functional.regression_losses import (
    gaussian_nll_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from dlbook.functional.rnn import rnn, rnn_cell
from dlbook.functional.rotary import rotary_embedding
from dlbook.functional.softmax import log_softmax, softmax
from dlbook.functional.unfold import fold, unfold

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
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
    "fold",
    "gaussian_nll_loss",
    "gelu",
    "group_norm",
    "gru",
    "gru_cell",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "lstm",
    "lstm_cell",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mse_loss",
    "multi_margin_loss",
    "nll_loss",
    "pad",
    "pairwise_distance",
    "pixel_shuffle",
    "pixel_unshuffle",
    "relu",
    "relu6",
    "rms_norm",
    "rnn",
    "rnn_cell",
    "rotary_embedding",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softplus",
    "tanh",
    "triplet_margin_loss",
    "unfold",
]
