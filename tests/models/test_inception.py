"""GoogLeNet: the paper's 5x5 branch, auxiliary classifiers, small sizes."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.autograd import Tensor, no_grad
from dlbook.models import GoogLeNetOutputs, Inception, blank_rng, googlenet
from dlbook.models.inception import TABLE_1

SMALL = {"width": 1 / 16, "stem": "small", "in_channels": 1}


@pytest.mark.slow
def test_the_5x5_branch_costs_380928_parameters():
    more = sum(16 * row[3] * row[4] for row in TABLE_1.values())
    assert more == 380_928
    for aux in (False, True):
        counts = [
            googlenet(
                aux_logits=aux, five_by_five=five, rng=blank_rng()
            ).num_parameters()
            for five in (False, True)
        ]
        assert counts[1] - counts[0] == more
    assert counts == [13_004_888, 13_385_816]


@pytest.mark.parametrize("five", [False, True])
def test_branches_stand_side_by_side_and_keep_the_size(five, rng):
    block = Inception(3, 2, 4, 5, 2, 3, 1, five_by_five=five, rng=rng).eval()
    x = Tensor(rng.standard_normal((2, 3, 7, 6)).astype(np.float32))
    y = block(x).data
    assert y.shape == (2, 2 + 5 + 3 + 1, 7, 6)
    np.testing.assert_array_equal(y[:, :2], block.branch1(x).data)
    np.testing.assert_array_equal(y[:, 7:10], block.branch3(x).data)
    assert block.branch3[1].conv.weight.shape[2:] == ((5, 5) if five else (3, 3))


def test_auxiliary_classifiers_answer_in_training_alone(rng):
    model = googlenet(5, aux_logits=True, rng=rng, **SMALL)
    x = Tensor(rng.random((2, 1, 16, 16), dtype=np.float32))
    outputs = model(x)
    assert isinstance(outputs, GoogLeNetOutputs)
    assert [output.shape for output in outputs] == [(2, 5)] * 3
    loss = sum(nn.CrossEntropyLoss()(output, np.array([0, 3])) for output in outputs)
    loss.backward()
    assert all(p.grad is not None for p in model.parameters())
    assert model.eval()(x).shape == (2, 5)


def test_without_them_there_is_one_output(rng):
    model = googlenet(5, rng=rng, **SMALL)
    assert model(Tensor(rng.random((2, 1, 16, 16), dtype=np.float32))).shape == (2, 5)
    assert model.num_parameters() < 50_000


def test_small_stem_keeps_the_size(rng):
    model = googlenet(5, rng=rng, **SMALL)
    x = Tensor(rng.random((2, 1, 9, 8), dtype=np.float32))
    assert model.conv1.conv.weight.shape == (4, 1, 3, 3)
    assert model.conv1(x).shape == (2, 4, 9, 8)
    with no_grad():
        assert model.inception3b(
            model.inception3a(model.conv3(model.conv2(model.conv1(x))))
        ).shape == (2, 8 + 12 + 6 + 4, 9, 8)


def test_every_layer_has_a_channel(rng):
    model = googlenet(5, rng=rng, **(SMALL | {"width": 1e-6}))
    weights = [p.shape for p in model.parameters() if p.ndim == 4]
    assert {shape[0] for shape in weights} == {1}


def test_transform_input_renormalizes_the_channels(rng):
    """The same pixels give the same scores, normalized for it or for the others."""
    pixels = rng.random((4, 3, 32, 32))
    mean = np.array([0.485, 0.456, 0.406])[:, None, None]
    deviation = np.array([0.229, 0.224, 0.225])[:, None, None]
    # in training, normalization by the batch lets the image through to the scores
    model = googlenet(5, width=1 / 8, dropout=0.0, rng=rng).to(np.float64)
    with no_grad():
        expected = model(Tensor((pixels - 0.5) / 0.5)).data
        model.transform_input = True
        scores = model(Tensor((pixels - mean) / deviation)).data
    np.testing.assert_allclose(scores, expected, rtol=1e-10)
    assert (np.ptp(expected, axis=0) > 1e-3).all()


def test_transform_input_keeps_float32(rng):
    model = googlenet(5, width=1 / 8, transform_input=True, rng=rng).eval()
    with no_grad():
        y = model(Tensor(rng.random((1, 3, 32, 32), dtype=np.float32)))
    assert y.dtype == np.float32


@pytest.mark.parametrize("init", [True, False])
def test_initial_values(init, rng):
    weight = googlenet(rng=rng, init_weights=init).inception5b.branch2[1].conv.weight
    expected = 0.01 if init else 1 / np.sqrt(3 * 192 * 9)
    assert weight.data.std() == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stem": "tiny"}, r"stem must be .* got 'tiny'"),
        ({"width": 0}, "width must be positive, got 0"),
        ({"transform_input": True, "in_channels": 1}, "needs in_channels=3, got 1"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        googlenet(**options)
