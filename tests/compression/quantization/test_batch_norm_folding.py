"""Folded batch norms change nothing; torch's fused layers have the same parameters."""

import copy

import numpy as np
import pytest
import torch
from torch.nn.utils.fusion import fuse_conv_bn_eval as their_conv
from torch.nn.utils.fusion import fuse_linear_bn_eval as their_linear

from dlbook import nn
from dlbook.autograd import Tensor, no_grad
from dlbook.compare import copy_weights
from dlbook.compression.quantization.batch_norm_folding import (
    fold_batch_norm,
    fuse_conv_bn_eval,
    fuse_linear_bn_eval,
)
from dlbook.models import cifar_resnet


def used(bn):
    """Return a batch norm with numbers as after training."""
    rng = np.random.default_rng(0)
    for tensor in (*bn.parameters(), *bn.buffers()):
        if tensor.ndim:
            tensor.data[...] = rng.uniform(0.5, 2, tensor.shape)
    return bn.eval()


def output(model, x):
    with no_grad():
        return model(Tensor(x)).data


CASES = [
    (nn.Conv1d(2, 3, 2, rng=0), nn.BatchNorm1d(3), (4, 2, 5), their_conv),
    (nn.Conv2d(2, 4, 3, groups=2, rng=0), nn.BatchNorm2d(4), (2, 2, 5, 5), their_conv),
    (
        nn.Conv2d(2, 4, 3, bias=False, rng=0),
        nn.BatchNorm2d(4),
        (2, 2, 5, 5),
        their_conv,
    ),
    (
        nn.Conv3d(1, 2, 2, rng=0),
        nn.BatchNorm3d(2, eps=0.1),
        (2, 1, 3, 3, 3),
        their_conv,
    ),
    (nn.Linear(3, 4, rng=0), nn.BatchNorm1d(4), (5, 3), their_linear),
    (nn.Linear(3, 4, bias=False, rng=0), nn.BatchNorm1d(4), (5, 3), their_linear),
]


@pytest.mark.parametrize(("layer", "bn", "shape", "theirs"), CASES)
def test_fused_layers_are_torchs(layer, bn, shape, theirs, rng):
    bn = used(copy.deepcopy(bn))
    ours = fuse_linear_bn_eval if isinstance(layer, nn.Linear) else fuse_conv_bn_eval
    before = layer.weight.data.copy()
    fused = ours(layer, bn)
    x = rng.standard_normal(shape).astype(np.float32)
    np.testing.assert_allclose(
        output(fused, x), output(bn, output_of(layer, x)), atol=1e-5
    )
    assert np.array_equal(layer.weight.data, before)

    bias = {"bias": layer.bias is not None}
    if isinstance(layer, nn.Linear):
        their_layer = torch.nn.Linear(3, 4, **bias)
    else:
        their_layer = getattr(torch.nn, type(layer).__name__)(
            layer.in_channels,
            layer.out_channels,
            layer.kernel_size,
            groups=layer.groups,
            **bias,
        )
    their_bn = getattr(torch.nn, type(bn).__name__)(bn.num_features, eps=bn.eps)
    copy_weights(layer, their_layer)
    copy_weights(bn, their_bn)
    expected = theirs(their_layer.eval(), their_bn.eval())
    for name in ("weight", "bias"):
        ours_, theirs_ = getattr(fused, name), getattr(expected, name)
        np.testing.assert_allclose(ours_.data, theirs_.detach().numpy(), rtol=1e-5)


def output_of(layer, x):
    return output(layer, x)


@pytest.mark.parametrize("options", [{"affine": False}, {"bias": False}])
def test_batch_norms_without_weight_or_bias(options, rng):
    layer, bn = nn.Conv2d(2, 3, 2, rng=0), used(nn.BatchNorm2d(3, **options))
    x = rng.standard_normal((2, 2, 4, 4)).astype(np.float32)
    fused = fuse_conv_bn_eval(layer, bn)
    np.testing.assert_allclose(
        output(fused, x), output(bn, output(layer, x)), atol=1e-5
    )


def test_neighbors_in_a_row(rng):
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, rng=0),
        used(nn.BatchNorm2d(2)),
        nn.ReLU(),
        nn.Sequential(nn.Conv2d(2, 2, 1, rng=1), nn.ReLU(), used(nn.BatchNorm2d(2))),
        nn.Sequential(nn.Conv2d(2, 2, 1, rng=1), used(nn.BatchNorm2d(2))),
    ).eval()
    folded = fold_batch_norm(model)
    kinds = [type(m).__name__ for m in folded.modules()]
    assert kinds.count("Identity") == 2
    assert kinds.count("BatchNorm2d") == 1
    x = rng.standard_normal((2, 1, 5, 5)).astype(np.float32)
    np.testing.assert_allclose(output(folded, x), output(model, x), atol=1e-5)
    assert isinstance(model[1], nn.BatchNorm2d)


def test_a_resnet_by_names(rng):
    model = cifar_resnet(8, rng=0)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            used(module)
    model.eval()
    names = [name for name, m in model.named_modules() if isinstance(m, nn.Conv2d)]
    pairs = [(n, n.replace("conv", "bn")) for n in names if "conv" in n]
    folded = fold_batch_norm(model, pairs)
    x = rng.standard_normal((1, 3, 8, 8)).astype(np.float32)
    expected = output(model, x)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(output(folded, x), expected, atol=1e-5 * scale)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in folded.modules())


CONV, BN = nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2).eval()
ROW = nn.Sequential(CONV, BN)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: fuse_conv_bn_eval(nn.Linear(2, 2), BN), TypeError, "got Linear"),
        (lambda: fuse_linear_bn_eval(CONV, BN), TypeError, "needs Linear"),
        (lambda: fuse_conv_bn_eval(CONV, nn.ReLU()), TypeError, "and ReLU"),
        (lambda: fuse_conv_bn_eval(CONV, nn.BatchNorm2d(2)), ValueError, "eval"),
        (
            lambda: fuse_conv_bn_eval(
                CONV, nn.BatchNorm2d(2, track_running_stats=False).eval()
            ),
            ValueError,
            "running statistics",
        ),
        (
            lambda: fuse_conv_bn_eval(CONV, nn.BatchNorm2d(3).eval()),
            ValueError,
            "2 outputs, the batch norm 3",
        ),
        (lambda: fold_batch_norm(nn.Sequential(BN, CONV)), ValueError, "no batch norm"),
        (lambda: fold_batch_norm(ROW, [("0", "2")]), ValueError, r"no module \['2'\]"),
        (lambda: fold_batch_norm(ROW, [("0", "1")] * 2), ValueError, "in two pairs"),
        (lambda: fold_batch_norm([CONV, BN]), TypeError, "must be a Module"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()
