"""Initializations: distributions against their formulas and torch's own draws."""

import math

import numpy as np
import pytest
import torch
from scipy import stats  # scikit-learn brings it

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.nn import init

SHAPE = (90, 60, 3, 2)  # out, in, a filter of 3 x 2
FAN_IN, FAN_OUT = 60 * 6, 90 * 6
NONLINEARITIES = (
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "selu",
)


def empty(*shape, dtype=np.float32):
    return Tensor(np.full(shape or SHAPE, np.nan, dtype))


def fits(values, distribution):
    """Fail unless the values may come from the distribution (Kolmogorov, Smirnov)."""
    values = np.ravel(values)
    assert stats.kstest(values.astype(float), distribution.cdf).pvalue > 1e-3
    deviation = distribution.std() / math.sqrt(values.size)
    assert abs(values.mean(dtype=float) - distribution.mean()) < 4 * deviation
    assert values.std(dtype=float) == pytest.approx(distribution.std(), rel=0.02)
    low, high = distribution.support()
    assert low <= values.min()
    assert values.max() <= np.float32(high)


def alike(ours, theirs):
    """Fail unless both samples may come from one distribution."""
    pair = np.ravel(ours.data), theirs.numpy().ravel()
    assert stats.ks_2samp(*pair).pvalue > 1e-3


def torchs(function, *args, shape=SHAPE):
    torch.manual_seed(1)
    return getattr(torch.nn.init, function)(torch.empty(shape), *args)


def uniform(bound):
    return stats.uniform(-bound, 2 * bound)


# what is drawn: function, arguments, and the distribution by its formula
DRAWN = [
    ("uniform_", (), stats.uniform(0, 1)),
    ("uniform_", (-2.0, 3.0), stats.uniform(-2, 5)),
    ("normal_", (), stats.norm(0, 1)),
    ("normal_", (2.0, 0.5), stats.norm(2, 0.5)),
    ("trunc_normal_", (), stats.truncnorm(-2, 2)),
    ("trunc_normal_", (1.0, 2.0, -1.0, 4.0), stats.truncnorm(-1, 1.5, 1, 2)),
    ("trunc_normal_", (0.0, 1.0, 0.5, 1.5), stats.truncnorm(0.5, 1.5)),
    ("trunc_normal_", (0.3, 0.1, 0.25, 0.4), stats.truncnorm(-0.5, 1, 0.3, 0.1)),
    ("trunc_normal_", (3.0, 1.0, 0.0, 1.5), stats.truncnorm(-3, -1.5, 3, 1)),
    ("trunc_normal_", (-3.0, 1.0, -1.5, 0.0), stats.truncnorm(1.5, 3, -3, 1)),
    ("trunc_normal_", (-1.0, 0.5, -0.25, 2.0), stats.truncnorm(1.5, 6, -1, 0.5)),
    ("xavier_uniform_", (), uniform(math.sqrt(6 / (FAN_IN + FAN_OUT)))),
    ("xavier_uniform_", (2.5,), uniform(2.5 * math.sqrt(6 / (FAN_IN + FAN_OUT)))),
    ("xavier_normal_", (), stats.norm(0, math.sqrt(2 / (FAN_IN + FAN_OUT)))),
    ("xavier_normal_", (0.5,), stats.norm(0, 0.5 * math.sqrt(2 / (FAN_IN + FAN_OUT)))),
    ("kaiming_uniform_", (), uniform(math.sqrt(6 / FAN_IN))),
    ("kaiming_uniform_", (0, "fan_out", "relu"), uniform(math.sqrt(6 / FAN_OUT))),
    ("kaiming_uniform_", (math.sqrt(5),), uniform(math.sqrt(1 / FAN_IN))),
    ("kaiming_uniform_", (9, "fan_in", "tanh"), uniform(5 / math.sqrt(3 * FAN_IN))),
    ("kaiming_normal_", (), stats.norm(0, math.sqrt(2 / FAN_IN))),
    ("kaiming_normal_", (2.0, "fan_out"), stats.norm(0, math.sqrt(0.4 / FAN_OUT))),
    ("kaiming_normal_", (0, "fan_in", "selu"), stats.norm(0, 0.75 / math.sqrt(FAN_IN))),
]


@pytest.mark.parametrize(("name", "args", "distribution"), DRAWN)
def test_draws_follow_the_formula_and_torchs_own(name, args, distribution):
    tensor = empty()
    before = tensor.data
    assert getattr(init, name)(tensor, *args, rng=0) is tensor
    assert tensor.data is before  # filled in place
    assert tensor.dtype == np.float32
    fits(tensor.data, distribution)
    alike(tensor, torchs(name, *args))


@pytest.mark.parametrize(("name", "args"), [(name, args) for name, args, _ in DRAWN])
def test_the_generator_passed_in_decides(name, args):
    function = getattr(init, name)
    one, same, other, unseeded = (
        function(empty(4, 3), *args, rng=rng).data
        for rng in (5, np.random.default_rng(5), 6, None)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).all()
    assert (one != unseeded).all()


@pytest.mark.parametrize("shape", [(5, 3), (5, 3, 2), (5, 3, 2, 4), (2, 3, 4, 5, 6)])
def test_fans_are_torchs_for_any_number_of_axes(shape):
    fan_in, fan_out = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    for mode, fan in (("fan_in", fan_in), ("fan_out", fan_out)):
        drawn = init.kaiming_normal_(empty(*shape), 0, mode, "linear", rng=0).data
        standard = init.normal_(empty(*shape), rng=0).data
        np.testing.assert_allclose(drawn, standard / math.sqrt(fan), rtol=1e-6)
    drawn = init.xavier_normal_(empty(*shape), rng=0).data
    scale = math.sqrt(2 / (fan_in + fan_out))
    np.testing.assert_allclose(drawn, standard * scale, rtol=1e-6)


@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
@pytest.mark.parametrize("param", [None, 0, 0.2, -3])
def test_gains_are_torchs(nonlinearity, param):
    assert init.calculate_gain(nonlinearity, param) == pytest.approx(
        torch.nn.init.calculate_gain(nonlinearity, param), rel=1e-15
    )


@pytest.mark.parametrize("bounds", [(-math.inf, 0.5), (0.0, math.inf)])
def test_a_truncated_normal_may_be_open_on_one_side(bounds):
    tensor = init.trunc_normal_(empty(), 0, 1, *bounds, rng=0)
    fits(tensor.data, stats.truncnorm(*bounds))


def test_a_truncated_normal_keeps_to_its_bounds_where_they_are_narrow():
    tensor = init.trunc_normal_(empty(), 0, 1, 0.3, 0.3001, rng=0)
    assert tensor.data.min() >= np.float32(0.3)
    assert tensor.data.max() <= np.float32(0.3001)
    assert len(np.unique(tensor.data)) > 100


def test_constants():
    assert (init.constant_(empty(3, 2), 0.5).data == 0.5).all()
    assert (init.ones_(empty(3, 2)).data == 1).all()
    assert (init.zeros_(empty(3, 2)).data == 0).all()
    single = empty(1)
    assert init.constant_(single, 2) is single
    assert init.normal_(single, 3, 0, rng=0).data == 3
    assert init.uniform_(single, 2, 2, rng=0).data == 2


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)])
def test_eye_is_torchs(shape):
    np.testing.assert_array_equal(
        init.eye_(empty(*shape)).data, torchs("eye_", shape=shape)
    )


@pytest.mark.parametrize("shape", [(30, 30), (20, 50), (50, 20), (8, 3, 2), (3, 8, 2)])
@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_orthogonal_rows_or_columns(shape, gain):
    tensor = init.orthogonal_(empty(*shape), gain, rng=0)
    matrix = tensor.data.reshape(shape[0], -1).astype(float)
    shorter = matrix if len(matrix) <= matrix.shape[1] else matrix.T
    product = shorter @ shorter.T / gain**2
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-6)
    theirs = torchs("orthogonal_", gain, shape=shape).reshape(shape[0], -1)
    assert theirs.square().sum() == pytest.approx((matrix**2).sum(), rel=1e-5)


def test_orthogonal_matrices_are_uniformly_distributed():
    """Signs and angles of 2 x 2: by QR alone, the first entry is never positive."""
    rng = np.random.default_rng(0)
    drawn = [init.orthogonal_(empty(2, 2), rng=rng).data for _ in range(2000)]
    ours = np.array(drawn, float)
    angles = np.arctan2(ours[:, 1, 0], ours[:, 0, 0])
    assert stats.kstest(angles, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-3
    reflections = np.mean(np.linalg.det(ours) < 0)
    assert abs(reflections - 0.5) < 0.05


@pytest.mark.parametrize("sparsity", [0.0, 0.1, 0.25, 0.5, 0.99, 1.0])
def test_sparse_sets_the_same_number_of_each_column_to_0_as_torch(sparsity):
    shape = (30, 200)
    ours = init.sparse_(empty(*shape), sparsity, rng=0).data
    theirs = torchs("sparse_", sparsity, shape=shape).numpy()
    for matrix in (ours, theirs):
        assert set((matrix == 0).sum(axis=0)) == {math.ceil(30 * sparsity)}
    if 0 < sparsity < 0.9:  # which rows: all of them about as often
        share = (ours == 0).mean(axis=1)
        np.testing.assert_allclose(share, sparsity, atol=0.2)
        assert share.std() > 0


def test_what_is_not_sparse_is_normal():
    for std in (0.01, 2.0):
        drawn = init.sparse_(empty(100, 200), 0.3, std, rng=0).data
        fits(drawn[drawn != 0], stats.norm(0, std))
    default = init.sparse_(empty(100, 200), 0.3, rng=0).data
    fits(default[default != 0], stats.norm(0, 0.01))


@pytest.mark.parametrize(
    "name",
    [
        "kaiming_normal_",
        "kaiming_uniform_",
        "orthogonal_",
        "xavier_normal_",
        "xavier_uniform_",
    ],
)
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_where_there_is_nothing_to_fill_nothing_happens(name, shape):
    tensor = empty(*shape)
    for _ in range(2):
        assert getattr(init, name)(tensor, rng=0) is tensor


def test_float64_is_filled_in_float64():
    tensor = init.normal_(empty(50, 50, dtype=np.float64), rng=0)
    assert tensor.dtype == np.float64
    assert (tensor.data != tensor.data.astype(np.float32)).any()


def test_a_parameter_stays_the_parameter_that_an_optimizer_holds():
    layer = nn.Linear(4, 3, rng=0)
    held, memory = layer.weight, layer.weight.data
    init.kaiming_normal_(layer.weight, nonlinearity="relu", rng=0)
    assert layer.weight is held
    assert layer.weight.data is memory
    assert layer.weight.requires_grad
    assert layer.weight.op == "leaf"


@pytest.mark.parametrize(
    ("shape", "groups"),
    [
        ((3, 3, 3), 1),
        ((2, 4, 2, 5), 1),
        ((4, 2, 5, 2), 2),
        ((6, 2, 3), 3),
        ((4, 3, 3, 1, 2), 2),
        ((2, 0, 3), 2),
    ],
)
def test_dirac_is_torchs(shape, groups):
    ours, theirs = empty(*shape), torch.full(shape, np.nan)
    assert init.dirac_(ours, groups) is ours
    np.testing.assert_array_equal(ours.data, torch.nn.init.dirac_(theirs, groups))
    default = init.dirac_(empty(*shape)).data
    np.testing.assert_array_equal(default, torch.nn.init.dirac_(theirs))


def test_a_convolution_with_dirac_filters_passes_its_input_on():
    layer = nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False)
    init.dirac_(layer.weight, groups=2)
    x = np.random.default_rng(0).standard_normal((2, 4, 5, 6)).astype(np.float32)
    np.testing.assert_array_equal(layer(Tensor(x)).data, x)


def test_all_of_torchs_names_are_there():
    names = {
        name
        for name in dir(torch.nn.init)
        if name.endswith("_") and not name.startswith("_")
    }
    assert names <= set(init.__all__)
    assert set(init.__all__) - names == {"calculate_gain"}
